package canonical

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"github.com/govalues/decimal"
)

// Allocate splits total into one share per weight, in whole multiples of unit, so that the
// shares add up to total exactly: each share is rounded down and the missing units go to the
// largest remainders, the first of equal ones first. The same input gives the same shares.
//
// Weights are not negative. When all of them are zero the total is split evenly; otherwise a
// zero weight gets nothing. A negative total gives the negated shares of its opposite. Total must
// be a whole multiple of unit, unit positive (see [Currency.MinorUnit]); anything else is an
// [*AllocationError].
func Allocate(total decimal.Decimal, weights []decimal.Decimal, unit decimal.Decimal) ([]decimal.Decimal, error) {
	units, err := inUnits("total", total, unit)
	if err != nil {
		return nil, err
	}
	if len(weights) == 0 {
		if units.Sign() == 0 {
			return nil, nil
		}
		return nil, &AllocationError{Problem: "there is no weight to give the total to"}
	}
	scaled, err := commonScale(weights)
	if err != nil {
		return nil, err
	}
	shares := largestRemainder(new(big.Int).Abs(units), scaled)
	return fromUnits(shares, unit, total.IsNeg())
}

// AllocateCapped is [Allocate] with a ceiling per share, as refunds need it: no line gets back
// more than what is left of it. What a full share cannot take goes to the others by their
// weights, then by what is left of their caps. Caps are not negative; a cap counts in whole units. For
// a negative total the caps bound the shares' absolute values. A total above the sum of the caps
// is an [*AllocationError].
func AllocateCapped(total decimal.Decimal, weights, caps []decimal.Decimal, unit decimal.Decimal) ([]decimal.Decimal, error) {
	if len(weights) != len(caps) {
		return nil, &AllocationError{Problem: "weights and caps differ in number"}
	}
	units, err := inUnits("total", total, unit)
	if err != nil {
		return nil, err
	}
	scaled, err := commonScale(weights)
	if err != nil {
		return nil, err
	}
	room := make([]*big.Int, len(caps))
	sum := new(big.Int)
	for i, limit := range caps {
		if limit.IsNeg() {
			return nil, &AllocationError{Problem: fmt.Sprintf("cap %d is negative", i)}
		}
		n, d := ratio(limit, unit)
		room[i] = n.Quo(n, d)
		sum.Add(sum, room[i])
	}
	left := new(big.Int).Abs(units)
	if left.Cmp(sum) > 0 {
		return nil, &AllocationError{Problem: "the total is more than all caps together"}
	}
	shares := capped(left, scaled, room)
	return fromUnits(shares, unit, total.IsNeg())
}

// capped gives out left units by weight and never more than room; the rooms sum to left or more.
// Each round but the last fills at least one share, so there are at most len(room)+1 rounds.
func capped(left *big.Int, weights, room []*big.Int) []*big.Int {
	shares := make([]*big.Int, len(room))
	for i := range shares {
		shares[i] = new(big.Int)
	}
	for left.Sign() > 0 {
		open := make([]*big.Int, len(room))
		weighted := false
		for i := range room {
			open[i] = new(big.Int)
			if shares[i].Cmp(room[i]) < 0 {
				open[i].Set(weights[i])
				weighted = weighted || weights[i].Sign() > 0
			}
		}
		if !weighted { // what has weight is full: go by what is left of the caps
			for i := range room {
				open[i].Sub(room[i], shares[i])
			}
		}
		for i, more := range largestRemainder(left, open) {
			if free := new(big.Int).Sub(room[i], shares[i]); more.Cmp(free) > 0 {
				more = free
			}
			shares[i].Add(shares[i], more)
			left = new(big.Int).Sub(left, more)
		}
	}
	return shares
}

// largestRemainder splits units by weights; it splits evenly if all weights are zero.
func largestRemainder(units *big.Int, weights []*big.Int) []*big.Int {
	sum := new(big.Int)
	for _, w := range weights {
		sum.Add(sum, w)
	}
	if sum.Sign() == 0 {
		even := make([]*big.Int, len(weights))
		for i := range even {
			even[i] = big.NewInt(1)
		}
		weights, sum = even, big.NewInt(int64(len(weights)))
	}
	shares := make([]*big.Int, len(weights))
	rests := make([]*big.Int, len(weights))
	order := make([]int, len(weights))
	left := new(big.Int).Set(units)
	for i, w := range weights {
		product := new(big.Int).Mul(units, w)
		shares[i], rests[i] = new(big.Int).QuoRem(product, sum, new(big.Int))
		left.Sub(left, shares[i])
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rests[b].Cmp(rests[a]) })
	// Fewer units are missing than there are remainders above zero.
	for _, i := range order[:left.Int64()] {
		shares[i].Add(shares[i], big.NewInt(1))
	}
	return shares
}

// inUnits returns amount ÷ unit, which must be whole.
func inUnits(name string, amount, unit decimal.Decimal) (*big.Int, error) {
	if !unit.IsPos() {
		return nil, &AllocationError{Problem: "the unit is not positive: take Currency.MinorUnit"}
	}
	n, d := ratio(amount, unit)
	units, rest := new(big.Int).QuoRem(n, d, new(big.Int))
	if rest.Sign() != 0 {
		return nil, &AllocationError{Problem: name + " is no whole multiple of the unit: round it first"}
	}
	return units, nil
}

// ratio returns a ÷ b as a fraction of whole numbers.
func ratio(a, b decimal.Decimal) (numerator, denominator *big.Int) {
	numerator, denominator = coefficient(a), coefficient(b)
	if a.Scale() > b.Scale() {
		denominator.Mul(denominator, new(big.Int).SetUint64(pow10(a.Scale()-b.Scale())))
	} else {
		numerator.Mul(numerator, new(big.Int).SetUint64(pow10(b.Scale()-a.Scale())))
	}
	return numerator, denominator
}

// coefficient is the decimal without its point, with its sign.
func coefficient(d decimal.Decimal) *big.Int {
	n := new(big.Int).SetUint64(d.Coef())
	if d.IsNeg() {
		n.Neg(n)
	}
	return n
}

// commonScale returns the weights as whole numbers of the same scale.
func commonScale(weights []decimal.Decimal) ([]*big.Int, error) {
	scale := 0
	for i, w := range weights {
		if w.IsNeg() {
			return nil, &AllocationError{Problem: fmt.Sprintf("weight %d is negative", i)}
		}
		scale = max(scale, w.Scale())
	}
	scaled := make([]*big.Int, len(weights))
	for i, w := range weights {
		scaled[i] = coefficient(w)
		scaled[i].Mul(scaled[i], new(big.Int).SetUint64(pow10(scale-w.Scale())))
	}
	return scaled, nil
}

// fromUnits multiplies shares by unit.
func fromUnits(shares []*big.Int, unit decimal.Decimal, negative bool) ([]decimal.Decimal, error) {
	out := make([]decimal.Decimal, len(shares))
	for i, share := range shares {
		n := new(big.Int).Mul(share, coefficient(unit))
		d, err := fromCoefficient(n, unit.Scale())
		if err != nil {
			return nil, err
		}
		if negative {
			d = d.Neg()
		}
		out[i] = d
	}
	return out, nil
}

// fromCoefficient is the inverse of [coefficient]. A share is at most the total, but at the unit's scale it may
// need more digits than a decimal has.
func fromCoefficient(n *big.Int, scale int) (decimal.Decimal, error) {
	digits := n.String()
	if len(digits) > decimal.MaxPrec {
		return decimal.Decimal{}, &RangeError{Op: "allocate"}
	}
	// Not decimal.New, which ends at the largest int64, a little before 19 digits do.
	d, err := decimal.Parse(digits + "e-" + strconv.Itoa(scale))
	if err != nil {
		return decimal.Decimal{}, &RangeError{Op: "allocate"}
	}
	return d, nil
}

// AllocationError reports an amount that cannot be split as asked.
type AllocationError struct{ Problem string }

// Error says what does not fit.
func (e *AllocationError) Error() string { return "canonical: allocate: " + e.Problem }
