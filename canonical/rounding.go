package canonical

import (
	"fmt"

	"github.com/govalues/decimal"
)

// RangeError reports that an exact result has more than the 19 digits that a decimal holds.
type RangeError struct {
	// Op is what was computed ("add", "allocate").
	Op string
}

// Error names the computation.
func (e *RangeError) Error() string {
	return fmt.Sprintf("canonical: %s: the exact result has more than 19 digits: check the amounts for a wrong scale", e.Op)
}

// addExact is a + b without rounding: plain Add drops digits when 19 are not enough.
func addExact(a, b decimal.Decimal) (decimal.Decimal, error) {
	sum, err := a.AddExact(b, max(a.Scale(), b.Scale()))
	if err != nil { // zeros at the end may be what does not fit
		a, b = a.Trim(0), b.Trim(0)
		sum, err = a.AddExact(b, max(a.Scale(), b.Scale()))
	}
	if err != nil {
		return decimal.Decimal{}, &RangeError{Op: "add"}
	}
	return sum, nil
}

// subExact is a − b without rounding.
func subExact(a, b decimal.Decimal) (decimal.Decimal, error) { return addExact(a, b.Neg()) }

// roundHalfUp rounds to at most scale decimals, halves away from zero. decimal.Round would take
// halves to even, which differs from Odoo by a cent.
func roundHalfUp(d decimal.Decimal, scale int) decimal.Decimal {
	drop := d.Scale() - scale
	if drop <= 0 {
		return d
	}
	step := pow10(drop)
	units, rest := d.Coef()/step, d.Coef()%step
	if rest >= step-rest {
		units++
	}
	// At least one digit was dropped, so units has at most 19 digits and begins with a one if it
	// has 19: it fits an int64.
	rounded, err := decimal.New(int64(units), scale)
	if err != nil {
		return d.Trunc(scale)
	}
	return rounded.CopySign(d)
}

// pow10 is 10^n for 0 <= n <= 19, the range of a decimal's scale.
func pow10(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}
