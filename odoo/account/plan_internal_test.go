package account

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// Prices come to the amount to the last minor unit, for whole units and whatever Odoo's price precision.
func TestPartsComeToTheAmount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.IntRange(0, 3).Draw(t, "digits")
		prices := rapid.IntRange(max(digits, 2), 10).Draw(t, "prices")
		minor := rapid.Int64Range(-1e9, 1e9).Draw(t, "amount")
		units := rapid.Int64Range(1, 1e4).Draw(t, "units")
		amount, quantity := decimal.MustNew(minor, digits), decimal.MustNew(units, 0)
		p := creditPlan{currency: currency{Digits: digits}, prices: prices}
		var c exact.Calc
		sum, count := decimal.Zero, decimal.Zero
		for _, part := range p.parts(&CreditLine{Quantity: quantity, Untaxed: amount}) {
			if part.price.IsNeg() {
				t.Fatal("a negative price", part)
			}
			sum = c.Add(sum, exact.HalfUp(c.Mul(part.price, part.quantity), digits))
			count = c.Add(count, part.quantity.Abs())
		}
		if c.Err() != nil || !sum.Equal(amount) || !count.Equal(quantity) {
			t.Fatal(sum, count, c.Err())
		}
	})
}

// With a tax in the price, one unit comes to the amount without tax as Odoo computes it, whatever the channel says the tax is; of
// several units, rounding part by part can leave a cent or two, which the gate then refuses.
func TestIncludedTaxComesToTheAmount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		net := decimal.MustNew(rapid.Int64Range(1, 1e7).Draw(t, "net"), 2)
		units := decimal.MustNew(rapid.Int64Range(1, 9).Draw(t, "units"), 0)
		rate := decimal.MustNew(rapid.SampledFrom([]int64{5, 7, 10, 19, 20, 25}).Draw(t, "rate"), 0)
		p := creditPlan{currency: currency{Digits: 2}, prices: 2, taxes: map[int64]taxRow{1: {ID: 1, Rate: rate, Included: true}}}
		var c exact.Calc
		factor := c.Add(decimal.One, c.Quo(rate, decimal.Hundred))
		sum := decimal.Zero
		tax := c.Add(exact.HalfUp(c.Mul(net, c.Sub(factor, decimal.One)), 2), decimal.MustNew(rapid.Int64Range(-1, 1).Draw(t, "off"), 2))
		for _, part := range p.parts(&CreditLine{Quantity: units, Untaxed: net, Taxes: []TaxAmount{{1, tax}}}) {
			sum = c.Add(sum, exact.HalfUp(c.Quo(c.Mul(part.price, part.quantity), factor), 2))
		}
		off := c.Sub(sum, net)
		if c.Err() != nil || off.CmpAbs(decimal.MustNew(2, 2)) > 0 || units.Equal(decimal.One) && !off.IsZero() {
			t.Fatal(sum, c.Err())
		}
	})
}

func item20(id, tax int64, amount, balance string, due bool) item {
	it := item{ID: id, Tax: odoo.Many2One{ID: tax}, Amount: decimal.MustParse(amount), Balance: decimal.MustParse(balance)}
	if due {
		it.Due = odoo.Date{Year: 2026, Month: 11, Day: 25}
	}
	return it
}

func TestTaxChanges(t *testing.T) {
	t.Parallel()
	draft := func(amounts ...string) CreditNoteDraft {
		var d CreditNoteDraft
		for i, amount := range amounts {
			d.Lines = append(d.Lines, CreditLine{Quantity: decimal.One, Taxes: []TaxAmount{{Tax: int64(i + 1), Amount: decimal.MustParse(amount)}}})
		}
		return d
	}
	for name, c := range map[string]struct {
		draft CreditNoteDraft
		items []item
		want  map[int64][2]string // amount and balance by item
	}{
		"one cent less": {
			draft("3.59"), []item{item20(1, 0, "17.99", "17.99", false), item20(2, 1, "3.60", "3.60", false), item20(3, 0, "-21.59", "-21.59", true)},
			map[int64][2]string{2: {"3.59", "3.59"}, 3: {"-21.58", "-21.58"}},
		},
		"two taxes, one of them right, in another currency": {
			draft("3.59", "1.00"),
			[]item{item20(1, 1, "3.60", "7.20", false), item20(2, 2, "1.00", "2.00", false), item20(3, 0, "-24.60", "-49.20", true)},
			map[int64][2]string{1: {"3.59", "7.18"}, 3: {"-24.59", "-49.18"}},
		},
		"more than rounding":      {draft("1.00"), []item{item20(1, 1, "2.00", "2.00", false), item20(2, 0, "-12", "-12", true)}, nil},
		"a tax that is not there": {draft("0.01"), []item{item20(2, 0, "-12", "-12", true)}, nil},
		"no customer's item":      {draft("0.01"), []item{item20(1, 1, "0.02", "0.02", false)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changes, err := c.draft.taxChanges(c.items, 2, 2)
			if err != nil {
				t.Fatal(err)
			}
			var got map[int64][2]string
			for _, change := range changes {
				if got == nil {
					got = map[int64][2]string{}
				}
				got[change.ID] = [2]string{change.Amount.Trim(2).String(), change.Balance.Trim(2).String()}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUnitsThatPeopleCreditedCount(t *testing.T) {
	t.Parallel()
	goods := odoo.Many2One{ID: 7}
	line := func(quantity string, sale ...int64) []MoveLine {
		return []MoveLine{{Product: goods, Quantity: decimal.MustParse(quantity), SaleLines: sale}}
	}
	moves := []Move{
		{ID: 1, Kind: KindInvoice, State: StatePosted, Lines: line("3", 4)},
		{ID: 2, Kind: KindInvoice, State: StateDraft, Lines: line("5", 4)},
		{ID: 3, Kind: KindCreditNote, State: StateDraft, Lines: line("1", 4)}, // a person's, linked
		{ID: 4, Kind: KindCreditNote, State: StatePosted, Lines: line("1")},   // a person's, not linked
		{ID: 5, Kind: KindCreditNote, State: StateCancel, Lines: line("1", 4)},
	}
	p := creditPlan{
		sold:  map[int64]soldLine{4: {ID: 4, Product: goods}},
		draft: CreditNoteDraft{Order: 9, Lines: []CreditLine{{SaleLine: 4, Quantity: decimal.One}}},
	}
	if err := p.checkUnits(moves); err != nil {
		t.Error(err)
	}
	p.draft.Lines = append(p.draft.Lines, CreditLine{SaleLine: 4, Quantity: decimal.One})
	want := &OverCredit{Order: 9, SaleLine: 4, Left: decimal.Zero, Asked: decimal.One}
	if diff := cmp.Diff(error(want), p.checkUnits(moves), cmp.Comparer(decimal.Decimal.Equal)); diff != "" {
		t.Error(diff)
	}
	credits, err := Credited(moves, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[int64]string{}
	for line, credit := range credits {
		got[line] = credit.Quantity.String()
	}
	if diff := cmp.Diff(map[int64]string{4: "1", 0: "1"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestDraftsThatContradictThemselves(t *testing.T) {
	t.Parallel()
	good := func() CreditNoteDraft {
		return CreditNoteDraft{
			ExternalID: odoo.ExternalID{Module: "m", Name: "c"}, Order: 1, Untaxed: decimal.Two, Tax: decimal.One, Total: decimal.MustParse("3"),
			Lines: []CreditLine{{
				ExternalID: odoo.ExternalID{Module: "m", Name: "l"}, SaleLine: 1, Quantity: decimal.One, Untaxed: decimal.Two, Taxes: []TaxAmount{{1, decimal.One}},
			}},
		}
	}
	for want, spoil := range map[string]func(*CreditNoteDraft){
		"":                 func(*CreditNoteDraft) {},
		"ExternalID":       func(d *CreditNoteDraft) { d.ExternalID = odoo.ExternalID{} },
		"Order":            func(d *CreditNoteDraft) { d.Order = 0 },
		"Lines":            func(d *CreditNoteDraft) { d.Lines = nil },
		"Total":            func(d *CreditNoteDraft) { d.Total = decimal.Zero },
		"Untaxed":          func(d *CreditNoteDraft) { d.Untaxed = decimal.One },
		"Tax":              func(d *CreditNoteDraft) { d.Tax = decimal.Two },
		"Lines.ExternalID": func(d *CreditNoteDraft) { d.Lines = append(d.Lines, d.Lines[0]) },
		"Lines.Quantity":   func(d *CreditNoteDraft) { d.Lines[0].Quantity = decimal.Zero },
		"Lines.Product":    func(d *CreditNoteDraft) { d.Lines[0].SaleLine = 0 },
	} {
		d := good()
		spoil(&d)
		got := ""
		if invalid, ok := d.check().(*InvalidDraft); ok {
			got = invalid.Field
		}
		if got != want {
			t.Errorf("blamed %q, want %q", got, want)
		}
	}
}
