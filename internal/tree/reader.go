package tree

import (
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// Reader reads values and keeps the first failure with its path, so that a decoder is not interrupted at every step. After a failure
// its results are zero where they have no value. The zero Reader is ready to use by one goroutine.
type Reader struct {
	path string
	err  error
}

// Failure returns the first failure and the path of its value.
func (r *Reader) Failure() (path string, err error) { return r.path, r.err }

// Fail keeps a failure unless there was one before.
func (r *Reader) Fail(path string, err error) {
	if r.err == nil && err != nil {
		r.path, r.err = path, err
	}
}

// Text reads a text.
func (r *Reader) Text(v Value) string {
	text, err := v.Text()
	r.Fail(v.path, err)
	return text
}

// Must reads a text that must be there.
func (r *Reader) Must(v Value) string {
	text := r.Text(v)
	if text == "" {
		r.Fail(v.path, ErrMissing)
	}
	return text
}

// Items reads a list.
func (r *Reader) Items(v Value) []Value {
	items, err := v.Items()
	r.Fail(v.path, err)
	return items
}

// Decimal reads a decimal number exactly; nothing is zero. One beyond 10^15 is no amount: sums of it would leave no digits for the
// decimals.
func (r *Reader) Decimal(v Value) decimal.Decimal { return r.bounded(v, r.number(v)) }

// Minor reads a whole number of minor units of a currency as an amount in major units.
func (r *Reader) Minor(v Value, currency canonical.Currency) decimal.Decimal {
	number := r.number(v)
	if !number.IsInt() {
		r.Fail(v.path, ErrNotWhole)
		return decimal.Zero
	}
	whole, _, ok := number.Int64(0)
	if !ok {
		r.Fail(v.path, ErrTooLarge)
		return decimal.Zero
	}
	amount, err := currency.FromMinor(whole)
	if err != nil {
		r.Fail(v.path, ErrNotWhole)
		return decimal.Zero
	}
	return r.bounded(v, amount)
}

// number reads a decimal number of any size that 19 digits hold.
func (r *Reader) number(v Value) decimal.Decimal {
	text := r.Text(v)
	if text == "" {
		return decimal.Zero
	}
	number, err := canonical.ParseDecimal(text)
	if err != nil {
		r.Fail(v.path, ErrNotNumber)
		return decimal.Zero
	}
	return number
}

func (r *Reader) bounded(v Value, number decimal.Decimal) decimal.Decimal {
	if number.CmpAbs(decimal.MustNew(1_000_000_000_000_000, 0)) > 0 {
		r.Fail(v.path, ErrTooLarge)
		return decimal.Zero
	}
	return number
}

// Add returns a + b.
func (r *Reader) Add(path string, a, b decimal.Decimal) decimal.Decimal {
	sum, err := a.Add(b)
	if err != nil {
		r.Fail(path, ErrTooLarge)
		return decimal.Zero
	}
	return sum
}

// Sub returns a − b.
func (r *Reader) Sub(path string, a, b decimal.Decimal) decimal.Decimal {
	return r.Add(path, a, b.Neg())
}

// Layouts are how times are commonly written.
var Layouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05",
}

// Time reads a time by the layouts; one without a zone is in the given zone. Besides the layouts of package time, "unix" is seconds
// and "unixms" milliseconds since 1970. Nothing is the zero time. The result is UTC.
func (r *Reader) Time(v Value, zone *time.Location, layouts []string) time.Time {
	text := r.Text(v)
	if text == "" {
		return time.Time{}
	}
	for _, layout := range layouts {
		switch strings.ToLower(layout) {
		case "unix", "unixms":
			number, err := canonical.ParseDecimal(text)
			if err != nil {
				continue
			}
			if strings.ToLower(layout) == "unixms" {
				if number, err = number.Quo(decimal.MustNew(1000, 0)); err != nil {
					continue
				}
			}
			seconds, fraction, ok := number.Trunc(9).Int64(9)
			if ok && seconds > -1<<40 && seconds < 1<<40 {
				return time.Unix(seconds, fraction).UTC()
			}
		default:
			if at, err := time.ParseInLocation(layout, text, zone); err == nil && at.Year() > 0 {
				return at.UTC()
			}
		}
	}
	r.Fail(v.path, ErrNotTime)
	return time.Time{}
}
