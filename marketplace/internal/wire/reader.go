package wire

import (
	"errors"
	"time"

	"github.com/govalues/decimal"
)

// The reasons for which an order cannot be read.
var (
	ErrNoID      = errors.New("is not the id of an object")
	ErrForm      = errors.New("does not have the expected form")
	ErrTooLarge  = errors.New("is too large a number")
	ErrDuplicate = errors.New("is the id of an earlier line too")
)

// Reader reads fields, calculates with them and keeps the first failure with its path, so that a
// decoder is not interrupted by an error check at every step. After a failure its results are zero
// where they have no value. The zero Reader is ready to use by one goroutine.
type Reader struct {
	path string
	err  error
}

// Failure returns the first failure and the path of its field.
func (r *Reader) Failure() (path string, err error) { return r.path, r.err }

// Fail keeps a failure unless there was one before.
func (r *Reader) Fail(path string, err error) {
	if r.err == nil {
		r.path, r.err = path, err
	}
}

// Amount reads a decimal number. One beyond a trillion is no amount of money: sums and products of it
// would leave no digits for the decimals.
func (r *Reader) Amount(path string, text Text) decimal.Decimal {
	value, err := text.Decimal()
	if err == nil && value.CmpAbs(decimal.MustNew(1_000_000_000_000, 0)) > 0 {
		err = ErrTooLarge
	}
	if err != nil {
		r.Fail(path, err)
		return decimal.Zero
	}
	return value
}

// Time reads a time.
func (r *Reader) Time(path string, text Text) time.Time {
	at, err := text.Time()
	if err != nil {
		r.Fail(path, err)
	}
	return at
}

// Form fails for a list of which some elements do not have the expected form.
func (r *Reader) Form(path string, odd int) {
	if odd > 0 {
		r.Fail(path, ErrForm)
	}
}

// Add returns a + b.
func (r *Reader) Add(path string, a, b decimal.Decimal) decimal.Decimal {
	sum, err := a.Add(b)
	return r.keep(path, sum, err)
}

// Sub returns a − b.
func (r *Reader) Sub(path string, a, b decimal.Decimal) decimal.Decimal {
	difference, err := a.Sub(b)
	return r.keep(path, difference, err)
}

// Mul returns a × b.
func (r *Reader) Mul(path string, a, b decimal.Decimal) decimal.Decimal {
	product, err := a.Mul(b)
	return r.keep(path, product, err)
}

// Quo returns a ÷ b, zero where b is zero.
func (r *Reader) Quo(path string, a, b decimal.Decimal) decimal.Decimal {
	if b.IsZero() {
		return decimal.Zero
	}
	quotient, err := a.Quo(b)
	return r.keep(path, quotient, err)
}

// Sum adds values.
func (r *Reader) Sum(path string, values []decimal.Decimal) decimal.Decimal {
	total := decimal.Zero
	for _, value := range values {
		total = r.Add(path, total, value)
	}
	return total
}

func (r *Reader) keep(path string, value decimal.Decimal, err error) decimal.Decimal {
	if err != nil {
		r.Fail(path, ErrTooLarge)
		return decimal.Zero
	}
	return value
}
