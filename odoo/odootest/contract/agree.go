package contract

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// Agree loads the same generated orders into two servers of one series and rounding method and wants
// the same amounts of both, order by order and line by line.
func Agree(t *testing.T, a, b Target, orders int) {
	t.Helper()
	gen := generatedOrder(a.Series)
	cases := make([]amountCase, orders)
	for i := range cases {
		cases[i] = gen.Example(i)
	}
	first, second := newSuite(t, a, false), newSuite(t, b, false)
	different := 0
	const chunk = 50
	for from := 0; from < orders; from += chunk {
		part := cases[from:min(from+chunk, orders)]
		x, y := first.amountsOf(t, part), second.amountsOf(t, part)
		for i := range part {
			if x[i] == y[i] {
				continue
			}
			if different++; different <= 5 {
				t.Errorf("order %d %s %+v\n  %s: %s\n  %s: %s", from+i, part[i].currency, part[i].lines, a.Database, x[i], b.Database, y[i])
			}
		}
	}
	t.Logf("%d orders on Odoo %d, %d differ", orders, a.Series, different)
}

// generatedOrder makes orders as channels bring them: a few lines, one currency, prices with or
// without tax, discounts, and on 19 now and then the channel's own amounts.
func generatedOrder(series int) *rapid.Generator[amountCase] {
	rates := []string{"0", "5", "6.25", "7", "7.125", "7.5", "8.25", "8.875", "10", "15", "19", "21", "25"}
	return rapid.Custom(func(t *rapid.T) amountCase {
		c := amountCase{currency: rapid.SampledFrom([]string{"USD", "USD", "USD", "JPY", "KWD"}).Draw(t, "currency")}
		places := map[string]int{"USD": 2, "JPY": 0, "KWD": 3}[c.currency]
		inclusive := rapid.Bool().Draw(t, "inclusive")
		for range rapid.IntRange(1, 6).Draw(t, "lines") {
			l := orderLine{quantity: fmt.Sprint(rapid.IntRange(1, 12).Draw(t, "quantity")), discount: "0"}
			l.price = decimalText(rapid.IntRange(0, 30_000).Draw(t, "price"), places)
			if rapid.IntRange(0, 9).Draw(t, "negative") == 0 {
				l.price, l.quantity = "-"+l.price, "1"
			}
			if rapid.IntRange(0, 3).Draw(t, "discounted") == 0 {
				l.discount = decimalText(rapid.IntRange(0, 10_000).Draw(t, "discount"), 2)
			}
			for range rapid.IntRange(0, 2).Draw(t, "taxes") {
				spec := taxSpec{amount: rapid.SampledFrom(rates).Draw(t, "rate"), included: inclusive}
				if !inclusive && rapid.IntRange(0, 5).Draw(t, "fixed") == 0 {
					spec = fixed(decimalText(rapid.IntRange(1, 200).Draw(t, "deposit"), 2))
				}
				if len(l.taxes) == 0 || l.taxes[0] != spec {
					l.taxes = append(l.taxes, spec)
				}
			}
			if series >= 19 && len(l.taxes) > 0 && rapid.IntRange(0, 4).Draw(t, "given") == 0 {
				l.extra = &extra{untaxed: decimalText(rapid.IntRange(0, 90_000).Draw(t, "untaxed"), places), stale: rapid.IntRange(0, 5).Draw(t, "stale") == 0}
				for range l.taxes {
					l.extra.taxes = append(l.extra.taxes, decimalText(rapid.IntRange(0, 9_000).Draw(t, "tax"), places))
				}
			}
			c.lines = append(c.lines, l)
		}
		return c
	})
}

// decimalText prints a whole number of the smallest units.
func decimalText(n, places int) string {
	if places == 0 {
		return fmt.Sprint(n)
	}
	unit := 1
	for range places {
		unit *= 10
	}
	return fmt.Sprintf("%d.%0*d", n/unit, places, n%unit)
}
