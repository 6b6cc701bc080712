package tally

import (
	"cmp"
	"slices"

	"github.com/govalues/decimal"
)

// Round rounds to a number of decimals, halves away from zero, as shops do.
func Round(value decimal.Decimal, scale int) decimal.Decimal {
	half, err := decimal.New(5, scale+1)
	if err != nil {
		return value.Round(scale)
	}
	if value.IsNeg() {
		half = half.Neg()
	}
	moved, err := value.Add(half)
	if err != nil {
		return value.Round(scale)
	}
	return moved.Trunc(scale).Trim(0)
}

// Fit rounds values to scale decimals so that they sum to target. Each result differs from its
// value by less than one unit of the last decimal, or by exactly one where the value was whole;
// a value of zero stays zero. The result is false, and every value rounded by itself, when the
// difference is more than half a unit per value that is not zero: rounding does not explain it.
// The same input always gives the same result.
func Fit(target decimal.Decimal, values []decimal.Decimal, scale int) ([]decimal.Decimal, bool) {
	rounded := make([]decimal.Decimal, len(values))
	var open []int
	for i, value := range values {
		rounded[i] = Round(value, scale)
		if !value.IsZero() {
			open = append(open, i)
		}
	}
	units, explained := missing(target, values, rounded, len(open), scale)
	if units == 0 || !explained {
		return rounded, explained
	}
	step, err := decimal.New(1, scale)
	if err != nil {
		return rounded, false
	}
	if units < 0 {
		units, step = -units, step.Neg()
	}
	slices.SortStableFunc(open, func(a, b int) int {
		// The value that rounding moved furthest against the step comes first; of equals, the larger.
		if order := gain(values[b], rounded[b], step).Cmp(gain(values[a], rounded[a], step)); order != 0 {
			return order
		}
		if order := values[b].CmpAbs(values[a]); order != 0 {
			return order
		}
		return cmp.Compare(a, b)
	})
	for _, i := range open[:units] {
		moved, err := rounded[i].Add(step)
		if err != nil {
			return rounded, false
		}
		rounded[i] = moved
	}
	return rounded, true
}

// missing returns how many units the rounded values lack, and whether rounding explains it.
func missing(target decimal.Decimal, values, rounded []decimal.Decimal, open, scale int) (int, bool) {
	exact, roundedSum := target, target
	var err error
	for i := range values {
		if exact, err = exact.Sub(values[i]); err != nil {
			return 0, false
		}
		if roundedSum, err = roundedSum.Sub(rounded[i]); err != nil {
			return 0, false
		}
	}
	bound, err := decimal.New(int64(open)*5, scale+1)
	if err != nil {
		return 0, false
	}
	// An unrounded sum may carry the error of its own last digits.
	if exact.Round(scale+2).CmpAbs(bound) > 0 {
		return 0, false
	}
	step, err := decimal.New(1, scale)
	if err != nil {
		return 0, false
	}
	count, err := roundedSum.Quo(step)
	if err != nil || !count.IsInt() {
		return 0, false
	}
	units, _, ok := count.Int64(0)
	if !ok || units > int64(open) || -units > int64(open) {
		return 0, false
	}
	return int(units), true
}

// gain is how much nearer a step brings the rounded value to its value.
func gain(value, rounded, step decimal.Decimal) decimal.Decimal {
	rest, err := value.Sub(rounded)
	if err != nil {
		return decimal.Zero
	}
	if step.IsNeg() {
		rest = rest.Neg()
	}
	return rest
}

// Sum adds; false when the sum does not fit a decimal.
func Sum(values ...decimal.Decimal) (decimal.Decimal, bool) {
	sum := decimal.Zero
	for _, value := range values {
		var err error
		if sum, err = sum.Add(value); err != nil {
			return decimal.Zero, false
		}
	}
	return sum, true
}
