package returns

import (
	"math/big"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// sums does exact arithmetic and keeps the first failure, so that the rules read as rules. After one, results mean nothing.
type sums struct {
	currency canonical.Currency
	err      error
}

func (s *sums) add(terms ...decimal.Decimal) decimal.Decimal {
	var total canonical.Amount
	for _, t := range terms {
		next, err := total.Add(canonical.Shop(t))
		if err != nil {
			s.fail(err)
			return decimal.Decimal{}
		}
		total = next
	}
	return total.Shop
}

func (s *sums) sub(a, b decimal.Decimal) decimal.Decimal { return s.add(a, b.Neg()) }

func (s *sums) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// share is total × part / whole, rounded to whole minor units, halves away from zero; zero if whole is.
func (s *sums) share(total, part, whole decimal.Decimal) decimal.Decimal {
	if whole.IsZero() || total.IsZero() || part.IsZero() {
		return decimal.Decimal{}
	}
	exponent, ok := s.currency.Exponent()
	if !ok {
		s.fail(&canonical.CurrencyError{Currency: s.currency})
		return decimal.Decimal{}
	}
	r := new(big.Rat).Quo(new(big.Rat).Mul(rat(total), rat(part)), rat(whole))
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil)
	r.Mul(r, new(big.Rat).SetInt(scale))
	// ⌊(2|n| + d) / 2d⌋ rounds halves away from zero.
	n, d := new(big.Int).Abs(r.Num()), r.Denom()
	n.Add(n.Lsh(n, 1), d)
	n.Quo(n, new(big.Int).Lsh(d, 1))
	if r.Sign() < 0 {
		n.Neg(n)
	}
	if !n.IsInt64() {
		s.fail(&canonical.RangeError{Op: "share of an amount"})
		return decimal.Decimal{}
	}
	amount, err := s.currency.FromMinor(n.Int64())
	if err != nil {
		s.fail(err)
	}
	return amount
}

// between is the part of total that is for the units after from up to to, of whole: all such parts side by side come to
// total exactly.
func (s *sums) between(total, from, to, whole decimal.Decimal) decimal.Decimal {
	return s.sub(s.share(total, to.Min(whole), whole), s.share(total, from.Min(whole), whole))
}

func rat(d decimal.Decimal) *big.Rat {
	r, _ := new(big.Rat).SetString(d.String())
	return r
}

// positive is d, or zero if it is negative.
func positive(d decimal.Decimal) decimal.Decimal { return d.Max(decimal.Decimal{}) }
