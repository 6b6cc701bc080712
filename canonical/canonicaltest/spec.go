package canonicaltest

import (
	"fmt"
	"math/big"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// Rounding is where a channel rounds its taxes to minor units.
type Rounding int

// The places.
const (
	RoundPerLine Rounding = iota
	RoundPerUnit
	// RoundPerOrder rounds each tax once for the order and shares it out by largest remainder.
	RoundPerOrder
)

// spec describes an order in minor units; build makes it whole.
type spec struct {
	key         canonical.Key
	at          time.Time
	status      canonical.Status
	currency    canonical.Currency
	presentment canonical.Currency
	// exchange is what 1000 minor units of currency are in presentment.
	exchange  int64
	included  bool
	rounding  Rounding
	lines     []lineSpec
	discounts []int64
	// giftCard is the thousandth part of the total that a gift card pays.
	giftCard int64
	country  string
	guest    bool
}

type lineSpec struct {
	id, sku, title, parent string
	kind                   canonical.LineKind
	qty, cancelled         int64
	price                  int64 // of one unit, with tax if the order's prices include it
	rates                  []Rate
	collector              canonical.Collector
}

func (l *lineSpec) open() int64 { return l.qty - l.cancelled }

// rate is the sum of the line's rates.
func (l *lineSpec) rate() int64 {
	var sum Rate
	for _, r := range l.rates {
		sum += r
	}
	return int64(sum)
}

// money is the amounts of one currency, in minor units, by line.
type money struct {
	price, subtotal, total []int64
	taxes, shares          [][]int64
	discounts              []int64
}

// build makes an order that is valid. Taxes that were rounded per order can miss their line by more
// than validation accepts; they are then rounded per line.
func (s spec) build() canonical.Order {
	o := s.assemble()
	if s.rounding == RoundPerOrder && o.Validate() != nil {
		s.rounding = RoundPerLine
		o = s.assemble()
	}
	return o
}

// side computes one currency; convert turns minor units of the order's currency into minor units of it.
func (s *spec) side(convert func(int64) int64) money {
	n := len(s.lines)
	m := money{
		price: make([]int64, n), subtotal: make([]int64, n), total: make([]int64, n),
		taxes: make([][]int64, n), shares: make([][]int64, n),
	}
	base := make([]int64, n) // of the ordered quantity, discounts deducted, with tax if included
	for i := range s.lines {
		m.price[i] = convert(s.lines[i].price)
		base[i] = m.price[i] * s.lines[i].qty
	}
	gross := s.discount(&m, base, convert)
	open := make([]int64, n)
	for i := range s.lines {
		l := &s.lines[i]
		open[i] = roundDiv(base[i]*l.open(), l.qty)
		if l.open() > 0 {
			m.taxes[i] = s.lineTaxes(l, open[i], l.open(), s.rounding)
		}
	}
	if s.rounding == RoundPerOrder {
		s.orderTaxes(&m, open)
	}
	for i := range s.lines {
		l := &s.lines[i]
		m.total[i] = s.net(open[i], m.taxes[i])
		whole := m.total[i]
		if l.cancelled > 0 {
			whole = max(whole, s.net(base[i], s.lineTaxes(l, base[i], l.qty, s.rounding)))
		}
		m.subtotal[i] = whole
		m.shares[i] = make([]int64, len(s.discounts))
		for d := range gross {
			share := gross[d][i]
			if s.included {
				share = roundDiv(share*100_000, 100_000+l.rate())
			}
			m.shares[i][d] = share
			m.subtotal[i] += share
			m.discounts[d] += share
		}
	}
	return m
}

// discount takes the discounts from base and returns each one's shares by line.
func (s *spec) discount(m *money, base []int64, convert func(int64) int64) [][]int64 {
	m.discounts = make([]int64, len(s.discounts))
	shares := make([][]int64, len(s.discounts))
	for d, amount := range s.discounts {
		shares[d] = make([]int64, len(base))
		caps := make([]decimal.Decimal, len(base))
		var room int64
		for i := range base {
			if k := s.lines[i].kind; base[i] > 0 && (k == canonical.LineProduct || k == canonical.LineShipping) {
				caps[i] = whole(base[i])
				room += base[i]
			}
		}
		amount = min(convert(amount), room)
		if amount <= 0 {
			continue
		}
		split, err := canonical.AllocateCapped(whole(amount), caps, caps, decimal.One)
		if err != nil {
			continue
		}
		for i := range split {
			units, _, _ := split[i].Int64(0)
			shares[d][i] = units
			base[i] -= units
		}
	}
	return shares
}

// net is what is left of the base without the taxes that it includes.
func (s *spec) net(base int64, taxes []int64) int64 {
	if s.included {
		for _, t := range taxes {
			base -= t
		}
	}
	return base
}

// divisor is what base × rate is divided by to get the tax.
func (s *spec) divisor(l *lineSpec) int64 {
	if s.included {
		return 100_000 + l.rate()
	}
	return 100_000
}

func (s *spec) lineTaxes(l *lineSpec, base, qty int64, by Rounding) []int64 {
	taxes := make([]int64, len(l.rates))
	for j, rate := range l.rates {
		if by == RoundPerUnit {
			taxes[j] = qty * roundDiv(base*int64(rate), s.divisor(l)*qty)
		} else {
			taxes[j] = roundDiv(base*int64(rate), s.divisor(l))
		}
	}
	return taxes
}

// orderTaxes rounds each tax once for the whole order: every line gets its tax rounded down, the
// missing units go to the largest remainders.
func (s *spec) orderTaxes(m *money, base []int64) {
	type place struct{ line, tax int }
	groups := map[string][]place{}
	for i := range s.lines {
		for j, rate := range s.lines[i].rates[:len(m.taxes[i])] {
			code := TaxCode(rate, s.lines[i].collector)
			groups[code] = append(groups[code], place{i, j})
		}
	}
	for _, places := range groups {
		sum, down := new(big.Rat), int64(0)
		rest := make([]*big.Rat, len(places))
		for k, p := range places {
			l := &s.lines[p.line]
			exact := big.NewRat(base[p.line]*int64(l.rates[p.tax]), s.divisor(l))
			sum.Add(sum, exact)
			floor := new(big.Int).Div(exact.Num(), exact.Denom()).Int64()
			m.taxes[p.line][p.tax] = floor
			down += floor
			rest[k] = exact.Sub(exact, new(big.Rat).SetInt64(floor))
		}
		twice := new(big.Rat).Mul(sum, big.NewRat(2, 1))
		rounded := new(big.Int).Add(twice.Num(), twice.Denom())
		missing := rounded.Div(rounded, new(big.Int).Mul(twice.Denom(), big.NewInt(2))).Int64() - down
		for ; missing > 0; missing-- {
			best := 0
			for k := range rest {
				if rest[k].Cmp(rest[best]) > 0 {
					best = k
				}
			}
			m.taxes[places[best].line][places[best].tax]++
			rest[best].SetInt64(-1)
		}
	}
}

// roundDiv divides with halves away from zero; b is positive.
func roundDiv(a, b int64) int64 {
	if a < 0 {
		return -roundDiv(-a, b)
	}
	return (2*a + b) / (2 * b)
}

func whole(n int64) decimal.Decimal {
	d, err := decimal.New(n, 0)
	if err != nil { // cannot be: an int64 has at most 19 digits
		return decimal.Zero
	}
	return d
}

func lineID(i int) string { return fmt.Sprintf("L%d", i+1) }
