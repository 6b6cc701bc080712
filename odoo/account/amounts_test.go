package account_test

import (
	"errors"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// yen returns a currency without a minor unit, and a price list in it.
func (s *shop) yen() int64 {
	found := warehouse.Call[[]int64](s.Warehouse, "res.currency", "search", nil, odoo.Args{"domain": odoo.Eq("name", "JPY")}, odoo.Context{"active_test": false})
	warehouse.Call[any](s.Warehouse, "res.currency", "write", found, odoo.Args{"vals": map[string]any{"active": true}}, nil)
	return s.Create("product.pricelist", map[string]any{"name": "Yen " + s.tag, "currency_id": found[0]}, nil)
}

func TestAmountsThatOdooWouldRoundOtherwise(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		yen, included bool
		units         string
		net, tax      string
		// refused is the version that cannot express it.
		refused int
	}{
		"an indivisible amount over three units":           {units: "3", net: "20.00", tax: "4.00"},
		"tax rounded down":                                 {units: "1", net: "17.99", tax: "3.59"},
		"no cents":                                         {units: "2", net: "33", tax: "6", yen: true},
		"tax in the price":                                 {units: "1", net: "15.12", tax: "2.87", included: true},
		"tax in the price, the channel rounds the tax":     {units: "1", net: "15.12", tax: "2.88", included: true},
		"tax in the price, the channel rounds the net sum": {units: "1", net: "15.11", tax: "2.88", included: true},
		"another tax rate, which Odoo 19 takes over":       {units: "1", net: "10.00", tax: "1.00", refused: 14},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
				s := openShop(t, w)
				ctx := t.Context()
				tax, values := s.tax, map[string]any{}
				if c.included {
					tax = s.included
				}
				if c.yen {
					values["pricelist_id"] = s.yen()
				}
				o := s.sell(tax, values)
				s.ship(&o)
				if _, err := account.InvoiceOrder(ctx, w.Client, o.order, ""); err != nil {
					t.Fatal(err)
				}
				net, amount := dec(c.net), dec(c.tax)
				total, _ := net.Add(amount)
				draft := account.CreditNoteDraft{
					ExternalID: s.external("credit"), Order: o.order, Ref: "RMA-" + s.tag, Untaxed: net, Tax: amount, Total: total,
					Lines: []account.CreditLine{{
						ExternalID: s.external("credit", "1"), SaleLine: o.goods, Kept: true, Quantity: dec(c.units), Untaxed: net, Taxes: []account.TaxAmount{{Tax: tax, Amount: amount}},
					}},
				}
				note, err := account.InsertCreditNote(ctx, w.Client, draft)
				if c.refused == w.Series {
					var mismatch *account.TotalMismatch
					if !errors.As(err, &mismatch) {
						t.Fatal("not refused:", err)
					}
					moves, err := account.ReadMoves(ctx, w.Client, []int64{mismatch.Move})
					if err != nil || moves[0].State != account.StateDraft {
						t.Error("posted", moves, err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if note.State != account.StatePosted || note.Untaxed.Cmp(net) != 0 || note.Tax.Cmp(amount) != 0 || note.Total.Cmp(total) != 0 {
					t.Error(see(note))
				}
				units := decimal.Zero
				for _, line := range note.Lines {
					units, _ = units.Add(line.Quantity)
				}
				if units.Cmp(dec(c.units)) != 0 {
					t.Error("units", units)
				}
				// what a person has credited counts, too
				draft.ExternalID = s.external("again")
				draft.Lines[0].ExternalID, draft.Lines[0].Quantity = s.external("again", "1"), dec("3")
				var over *account.OverCredit
				if _, err := account.InsertCreditNote(ctx, w.Client, draft); !errors.As(err, &over) {
					t.Error("credited more than was invoiced:", err)
				}
			})
		})
	}
}
