// Package exact does the decimal arithmetic of money paths: sums that remember their first
// error instead of checking one at every step, and rounding as Odoo rounds.
package exact

import "github.com/govalues/decimal"

// Calc adds, multiplies and divides, and remembers the first error (overflow, division by zero).
// After an error its results are zero. The zero value is ready to use; it is not safe for
// concurrent use.
type Calc struct{ err error }

// Err returns the first error.
func (c *Calc) Err() error { return c.err }

// Add returns a + b.
func (c *Calc) Add(a, b decimal.Decimal) decimal.Decimal { return c.keep(a.Add(b)) }

// Sub returns a − b.
func (c *Calc) Sub(a, b decimal.Decimal) decimal.Decimal { return c.keep(a.Sub(b)) }

// Mul returns a × b.
func (c *Calc) Mul(a, b decimal.Decimal) decimal.Decimal { return c.keep(a.Mul(b)) }

// Quo returns a ÷ b to as many digits as a decimal holds.
func (c *Calc) Quo(a, b decimal.Decimal) decimal.Decimal { return c.keep(a.Quo(b)) }

func (c *Calc) keep(d decimal.Decimal, err error) decimal.Decimal {
	if c.err != nil {
		return decimal.Zero
	}
	if err != nil {
		c.err = err
		return decimal.Zero
	}
	return d
}

// HalfUp rounds to scale decimals with halves away from zero, as Odoo's float_round does by
// default (odoo/tools/float_utils.py, HALF-UP). The result has at most scale decimals.
func HalfUp(d decimal.Decimal, scale int) decimal.Decimal {
	cut := d.Trunc(scale)
	rest, err := d.Sub(cut)
	if err != nil || rest.IsZero() {
		return cut
	}
	half, err := decimal.New(5, scale+1)
	if err != nil || rest.CmpAbs(half) < 0 {
		return cut
	}
	step, err := decimal.New(1, scale)
	if err != nil {
		return cut
	}
	if d.IsNeg() {
		step = step.Neg()
	}
	up, err := cut.Add(step)
	if err != nil {
		return cut
	}
	return up
}
