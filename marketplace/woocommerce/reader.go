package woocommerce

import (
	"errors"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// The reasons for which an order cannot be read.
var (
	errNoID      = errors.New("is not the id of an object")
	errForm      = errors.New("does not have the expected form")
	errTooLarge  = errors.New("is too large a number")
	errDuplicate = errors.New("is the id of an earlier line too")
)

// reader reads fields and keeps the first failure with its path.
type reader struct {
	path string
	err  error
}

func (r *reader) fail(path string, err error) {
	if r.err == nil {
		r.path, r.err = path, err
	}
}

// amount reads a decimal number; one with more than a quadrillion is no amount of money.
func (r *reader) amount(path string, text wire.Text) decimal.Decimal {
	value, err := text.Decimal()
	if err == nil && value.CmpAbs(largest) > 0 {
		err = errTooLarge
	}
	if err != nil {
		r.fail(path, err)
		return decimal.Zero
	}
	return value
}

// largest leaves room for four decimals of all amounts of an order in 19 digits.
var largest = decimal.MustNew(1_000_000_000_000, 0)

func (r *reader) time(path string, text wire.Text) time.Time {
	at, err := text.Time()
	if err != nil {
		r.fail(path, err)
	}
	return at
}

func (r *reader) add(path string, a, b decimal.Decimal) decimal.Decimal {
	sum, err := a.Add(b)
	if err != nil {
		r.fail(path, errTooLarge)
		return decimal.Zero
	}
	return sum
}

func (r *reader) sub(path string, a, b decimal.Decimal) decimal.Decimal {
	return r.add(path, a, b.Neg())
}

// form fails for lists with elements that are no objects.
func (r *reader) form(path string, odd int) {
	if odd > 0 {
		r.fail(path, errForm)
	}
}
