package account_test

import (
	"errors"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// yen returns a price list in a currency without a minor unit.
func (s *shop) yen() int64 {
	found := warehouse.Call[[]int64](s.Warehouse, "res.currency", "search", nil, odoo.Args{"domain": odoo.Eq("name", "JPY")}, odoo.Context{"active_test": false})
	warehouse.Call[any](s.Warehouse, "res.currency", "write", found, odoo.Args{"vals": map[string]any{"active": true}}, nil)
	return s.Create("product.pricelist", map[string]any{"name": "Yen " + s.tag, "currency_id": found[0]}, nil)
}

// services sells three units each of services, one a tax, at 20 and without delivery; it returns order and lines.
func (s *shop) services(values map[string]any, taxes ...int64) (order int64, lines []int64) {
	s.t.Helper()
	name, _ := s.FieldName("sale.order.line", "tax_ids")
	all := map[string]any{"partner_id": s.Create("res.partner", map[string]any{"name": "Test " + s.tag}, nil)}
	var sold []any
	for _, tax := range taxes {
		product := s.Create("product.product", map[string]any{"name": "Service", "type": "service", "invoice_policy": "order"}, nil)
		sold = append(sold, []any{0, 0, map[string]any{"product_id": product, "product_uom_qty": 3, "price_unit": 20, name: []any{[]any{6, 0, []int64{tax}}}}})
	}
	all["order_line"] = sold
	for key, value := range values {
		all[key] = value
	}
	order = s.Create("sale.order", all, nil)
	warehouse.Call[any](s.Warehouse, "sale.order", "action_confirm", []int64{order}, nil, nil)
	if _, err := account.InvoiceOrder(s.t.Context(), s.Client, order, ""); err != nil {
		s.t.Fatal(err)
	}
	return order, s.LinesOf(order)
}

func TestAmountsThatOdooWouldRoundOtherwise(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name            string
		yen, included   bool
		units, net, tax string
		// refused is the version that does not take it.
		refused int
	}{
		{name: "an indivisible amount over three units", units: "3", net: "20.00", tax: "4.00"},
		{name: "tax rounded down", units: "1", net: "17.99", tax: "3.59"},
		{name: "no cents", units: "2", net: "33", tax: "6", yen: true},
		{name: "tax in the price", units: "1", net: "15.12", tax: "2.87", included: true},
		{name: "tax in the price, the channel rounds the tax", units: "1", net: "15.12", tax: "2.88", included: true},
		{name: "tax in the price, the channel rounds the net sum", units: "1", net: "15.11", tax: "2.88", included: true},
		{name: "another tax rate, which Odoo 19 takes over", units: "1", net: "10.00", tax: "1.00", refused: 14},
	}
	eachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := openShop(t, w)
		ctx := t.Context()
		taxes := make([]int64, len(cases))
		for i, c := range cases {
			taxes[i] = map[bool]int64{false: s.tax, true: s.included}[c.included]
		}
		order, lines := s.services(nil, taxes...)
		yen, yenLines := s.services(map[string]any{"pricelist_id": s.yen()}, s.tax)
		for i, c := range cases {
			of, line := order, lines[i]
			if c.yen {
				of, line = yen, yenLines[0]
			}
			net, amount := dec(c.net), dec(c.tax)
			total, _ := net.Add(amount)
			draft := account.CreditNoteDraft{
				ExternalID: s.external(c.name), Order: of, Ref: "RMA-" + s.tag, Untaxed: net, Tax: amount, Total: total,
				Lines: []account.CreditLine{{
					ExternalID: s.external(c.name, "1"), SaleLine: line, Quantity: dec(c.units), Untaxed: net, Taxes: []account.TaxAmount{{Tax: taxes[i], Amount: amount}},
				}},
			}
			note, err := account.InsertCreditNote(ctx, w.Client, draft)
			if c.refused == w.Series {
				var mismatch *account.TotalMismatch
				if !errors.As(err, &mismatch) {
					t.Error(c.name, "is not refused:", err)
					continue
				}
				moves, err := account.ReadMoves(ctx, w.Client, []int64{mismatch.Move})
				if err != nil || moves[0].State != account.StateDraft {
					t.Error(c.name, "is posted", moves, err)
				}
				continue
			}
			if err != nil {
				t.Error(c.name, err)
				continue
			}
			if note.State != account.StatePosted || note.Untaxed.Cmp(net) != 0 || note.Tax.Cmp(amount) != 0 || note.Total.Cmp(total) != 0 {
				t.Error(c.name, see(note))
			}
			units := decimal.Zero
			for _, line := range note.Lines {
				units, _ = units.Add(line.Quantity)
			}
			if units.Cmp(dec(c.units)) != 0 {
				t.Error(c.name, units, "units")
			}
		}
		// Of what is invoiced as ordered, nothing is invoiced again.
		if got := s.status(order); got != "invoiced" {
			t.Error("the order is", got)
		}
		var over *account.OverCredit
		if _, err := account.InsertCreditNote(ctx, w.Client, account.CreditNoteDraft{
			ExternalID: s.external("again"), Order: order, Ref: "again", Untaxed: dec("20"), Total: dec("20"),
			Lines: []account.CreditLine{{ExternalID: s.external("again", "1"), SaleLine: lines[0], Quantity: dec("1"), Untaxed: dec("20")}},
		}); !errors.As(err, &over) || over.SaleLine != lines[0] || !over.Left.IsZero() {
			t.Error("credited more than was invoiced:", err)
		}
	})
}
