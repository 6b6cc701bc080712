package mapping

import (
	"errors"
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/internal/exact"
)

func dec(s string) decimal.Decimal { return decimal.MustParse(s) }

func percent(id int64, rate string) Tax {
	return Tax{Record: Record{ID: id}, Type: TaxPercent, Percent: dec(rate)}
}

var (
	centTax = Tax{Record: Record{ID: 99}, Type: TaxFixed, Percent: dec("0.01")}
	odoo14  = arithmetic{digits: 2, priceDigits: 2, discountDigits: 2}
	odoo19  = arithmetic{digits: 2, priceDigits: -1, discountDigits: 2, stated: true}
)

func TestReproduce(t *testing.T) {
	t.Parallel()
	type line struct{ qty, price, discount, net, tax string }
	tests := []struct {
		name      string
		odoo      arithmetic
		goal      goal
		lines     []line
		net, cent string
	}{
		{
			name:  "19 states the amounts and shows the discount",
			odoo:  odoo19,
			goal:  goal{qty: dec("3"), net: dec("54.97"), list: dec("19.99"), taxes: []goalTax{{tax: percent(1, "7.125"), amount: dec("3.91")}}},
			lines: []line{{"3", "19.99", "8.34", "54.97", "3.91"}},
		},
		{
			name:  "14 corrects the tax by a cent",
			odoo:  odoo14,
			goal:  goal{qty: dec("3"), net: dec("54.97"), list: dec("19.99"), taxes: []goalTax{{tax: percent(1, "7.125"), cent: &centTax, amount: dec("3.91")}}},
			lines: []line{{"3", "19.99", "8.34", "54.97", "3.92"}},
			cent:  "-0.01",
		},
		{
			name:  "14 takes the percent discount where it is exact",
			odoo:  odoo14,
			goal:  goal{qty: dec("2"), net: dec("18"), list: dec("10"), taxes: []goalTax{{tax: percent(1, "25"), amount: dec("4.50")}}},
			lines: []line{{"2", "10", "10", "18", "4.50"}},
		},
		{
			name:  "14 without tax",
			odoo:  odoo14,
			goal:  goal{qty: dec("7"), net: dec("1.00")},
			lines: []line{{"5", "0.14", "0", "0.70", "0"}, {"2", "0.15", "0", "0.30", "0"}},
		},
		{
			name:  "negative line",
			odoo:  odoo14,
			goal:  goal{qty: dec("1"), net: dec("-5.00"), taxes: []goalTax{{tax: percent(1, "20"), amount: dec("-1.00")}}},
			lines: []line{{"1", "-5.00", "0", "-5.00", "-1.00"}},
		},
		{
			name:  "yen",
			odoo:  arithmetic{digits: 0, priceDigits: 2, discountDigits: 2},
			goal:  goal{qty: dec("3"), net: dec("1000"), taxes: []goalTax{{tax: percent(1, "10"), amount: dec("100")}}},
			lines: []line{{"3", "333.33", "0", "1000", "100"}},
		},
		{
			name:  "dinar beyond the price precision",
			odoo:  arithmetic{digits: 3, priceDigits: 2, discountDigits: 2},
			goal:  goal{qty: dec("1"), net: dec("1.234"), taxes: []goalTax{{tax: percent(1, "5"), amount: dec("0.062")}}},
			lines: []line{{"1", "1.23", "0", "1.230", "0.062"}},
			net:   "0.004",
		},
		{
			name: "dinar beyond the price precision, taxed twice",
			odoo: arithmetic{digits: 3, priceDigits: 2, discountDigits: 2},
			goal: goal{qty: dec("1"), net: dec("1.058"), taxes: []goalTax{
				{tax: percent(1, "20"), cent: &centTax, amount: dec("0.212")}, {tax: percent(2, "25"), cent: &centTax, amount: dec("0.265")},
			}},
			lines: []line{{"1", "1.05", "0", "1.050", "0.473"}},
			net:   "0.008", cent: "0.004",
		},
		{
			name:  "included twin",
			odoo:  odoo14,
			goal:  goal{qty: dec("1"), net: dec("0.04"), taxes: []goalTax{{tax: percent(1, "25"), included: &Tax{Record: Record{ID: 2}, Percent: dec("25"), Included: true}, amount: dec("0.01")}}},
			lines: []line{{"1", "0.04", "0", "0.04", "0.01"}},
		},
		{
			name:  "fraction of a unit",
			odoo:  odoo14,
			goal:  goal{qty: dec("1.5"), net: dec("10.00")},
			lines: []line{{"1.5", "6.67", "0", "10.01", "0"}},
			net:   "-0.01",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, rest, err := test.odoo.reproduce(test.goal)
			if err != nil {
				t.Fatal(err)
			}
			if test.name == "fraction of a unit" {
				// which split is chosen does not matter, the sum does
				checkSum(t, test.goal, got, rest)
				return
			}
			if len(got) != len(test.lines) {
				t.Fatalf("got %d lines, want %d: %v", len(got), len(test.lines), got)
			}
			for i, want := range test.lines {
				g := got[i]
				if !g.qty.Equal(dec(want.qty)) || !g.price.Equal(dec(want.price)) || !g.discount.Equal(dec(want.discount)) ||
					!g.net.Equal(dec(want.net)) || !g.tax.Equal(dec(want.tax)) {
					t.Errorf("line %d: got %s × %s −%s %% = %s + %s, want %+v", i, g.qty, g.price, g.discount, g.net, g.tax, want)
				}
			}
			if want := test.net; want != "" && !rest.net.Equal(dec(want)) || want == "" && !rest.net.IsZero() {
				t.Errorf("net residue %s, want %q", rest.net, want)
			}
			cents := decimal.Zero
			for _, cent := range rest.cent {
				cents, _ = cents.Add(cent.amount)
			}
			if want := test.cent; want != "" && !cents.Equal(dec(want)) || want == "" && !cents.IsZero() {
				t.Errorf("tax residue %s, want %q", cents, want)
			}
		})
	}
}

func checkSum(t testing.TB, g goal, lines []priced, rest residue) {
	t.Helper()
	var c exact.Calc
	net, tax, qty, want := rest.net, decimal.Zero, decimal.Zero, decimal.Zero
	for _, cent := range rest.cent {
		tax = c.Add(tax, cent.amount)
	}
	for _, l := range lines {
		net, tax, qty = c.Add(net, l.net), c.Add(tax, l.tax), c.Add(qty, l.qty)
	}
	for _, goalTax := range g.taxes {
		want = c.Add(want, goalTax.amount)
	}
	if c.Err() != nil || !net.Equal(g.net) || !tax.Equal(want) || !qty.Equal(g.qty) {
		t.Fatalf("lines come to %s of net %s tax %s, want %s of %s and %s: %v %v", qty, net, tax, g.qty, g.net, want, lines, rest)
	}
}

// What no rounding explains is refused.
func TestReproduceRefuses(t *testing.T) {
	t.Parallel()
	for name, g := range map[string]goal{
		"wrong rate":  {path: "lines[0]", qty: dec("1"), net: dec("100"), taxes: []goalTax{{tax: percent(1, "7"), cent: &centTax, amount: dec("9")}}},
		"no cent tax": {path: "lines[0]", qty: dec("3"), net: dec("54.97"), taxes: []goalTax{{tax: percent(1, "7.125"), amount: dec("3.90")}}},
	} {
		_, _, err := odoo14.reproduce(g)
		var refused *TotalsError
		if !errors.As(err, &refused) || refused.Path != "lines[0]" || refused.WayOut == "" {
			t.Errorf("%s: got %v, want a TotalsError", name, err)
		}
	}
}

// Whatever way a channel rounds, the lines and their corrections come to its amounts.
func TestReproduceIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.SampledFrom([]int{0, 2, 3}).Draw(t, "digits")
		a := arithmetic{digits: digits, priceDigits: rapid.SampledFrom([]int{2, 3, 6}).Draw(t, "price digits"), discountDigits: 2}
		rate := dec(rapid.SampledFrom([]string{"0", "5.5", "6", "7.125", "8.25", "10", "21", "25"}).Draw(t, "rate"))
		qty := decimal.MustNew(rapid.Int64Range(1, 12).Draw(t, "qty"), 0)
		net := decimal.MustNew(rapid.Int64Range(1, 10_000_000).Draw(t, "net"), digits)
		var c exact.Calc
		exactTax := c.Quo(c.Mul(net, rate), decimal.Hundred)
		amount := exact.HalfUp(exactTax, digits)
		if rapid.Bool().Draw(t, "rounded per unit") {
			amount = c.Mul(exact.HalfUp(c.Quo(exactTax, qty), digits), qty)
		}
		g := goal{path: "lines[0]", qty: qty, net: net, taxes: []goalTax{{tax: percent(1, rate.String()), cent: &centTax, amount: amount}}}
		lines, rest, err := a.reproduce(g)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.check(g, lines); err != nil || c.Err() != nil {
			t.Fatal(err, c.Err())
		}
		sum(t, g, lines, rest)
	})
}

func sum(t *rapid.T, g goal, lines []priced, rest residue) {
	var c exact.Calc
	net, tax := rest.net, decimal.Zero
	for _, cent := range rest.cent {
		tax = c.Add(tax, cent.amount)
	}
	for _, l := range lines {
		net, tax = c.Add(net, l.net), c.Add(tax, l.tax)
	}
	if c.Err() != nil || !net.Equal(g.net) || !tax.Equal(g.taxes[0].amount) {
		t.Fatalf("lines come to net %s tax %s, want %s and %s: %v %v", net, tax, g.net, g.taxes[0].amount, lines, rest)
	}
}
