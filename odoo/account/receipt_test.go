package account_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// A receipt is registered before the order is invoiced, is there once, and meets the invoice when that is posted.
func TestAReceiptMeetsItsInvoice(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := openShop(t, w)
		ctx := t.Context()
		billing := w.As("sales_team.group_sale_salesman_all_leads", "account.group_account_invoice")
		o := s.sell(s.tax, nil)
		s.ship(&o)
		journal := s.clearing()
		day := odoo.Date{Year: 2026, Month: 11, Day: 20}
		receipt := func(id, amount string) account.Receipt {
			return account.Receipt{ExternalID: s.external("receipt", id), Order: o.order, Journal: journal, Amount: dec(amount), Date: day, Ref: id + s.tag, Reference: "order " + s.tag}
		}
		all := []account.Receipt{receipt("a", "50.00"), receipt("b", "20.70"), receipt("c", "5")}
		bad := []account.Receipt{{Order: o.order}, receipt("none", "0"), {ExternalID: s.external("x"), Order: 999999999, Journal: journal, Amount: dec("1"), Date: day}, {ExternalID: s.external("y"), Order: o.order, Amount: dec("1")}}
		first, err := account.RegisterReceipts(ctx, billing, slices.Concat(all, bad))
		if err != nil {
			t.Fatal(err)
		}
		of := map[int64]int64{}
		for i, r := range first {
			var invalid *account.InvalidDraft
			switch {
			case i < len(all) && (r.Err != nil || !r.New || r.ID == 0):
				t.Error(all[i].Ref, r)
			case i >= len(all) && !errors.As(r.Err, &invalid):
				t.Error(bad[i-len(all)], r)
			case i < len(all):
				of[r.ID] = o.order
			}
		}
		again, err := account.RegisterReceipts(ctx, billing, all)
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range again {
			if r.ID != first[i].ID || r.New || r.Err != nil {
				t.Error("again", r, first[i])
			}
		}
		differs := receipt("a", "50.01")
		var other *account.PaymentDiffers
		if r, err := account.RegisterReceipts(ctx, billing, []account.Receipt{differs}); err != nil || !errors.As(r[0].Err, &other) {
			t.Error("another amount", r, err)
		}
		if matched, failed, err := account.MatchReceipts(ctx, billing, of); err != nil || len(matched)+len(failed) != 0 {
			t.Error("matched before there is an invoice", matched, failed, err)
		}
		open, err := account.OpenReceipts(ctx, billing, []int64{journal})
		if err != nil || len(open) != 3 {
			t.Error(open, err)
		}
		invoice, err := account.InvoiceOrder(ctx, billing, o.order, "")
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, failed, err := account.MatchReceipts(ctx, billing, of); err != nil || len(failed) != 0 {
				t.Fatal(failed, err)
			}
		}
		if got := s.left(invoice.ID); got != "paid 0" && got != "in_payment 0" {
			t.Error("invoice", got)
		}
		// What was paid beyond the invoice is the customer's.
		found, err := account.FindReceipts(ctx, billing, []string{"order " + s.tag})
		if err != nil || len(found) != 3 {
			t.Fatal(found, err)
		}
		credit, err := account.CustomerCredit(ctx, billing, found)
		if err != nil {
			t.Fatal(err)
		}
		sum := dec("0")
		for _, left := range credit {
			sum, _ = sum.Add(left)
		}
		if sum.Cmp(dec("5")) != 0 {
			t.Error("beyond the invoice", credit)
		}
		if open, err = account.OpenReceipts(ctx, billing, []int64{journal}); err != nil || len(open) != 1 {
			t.Error("open", open, err)
		}
		// All three wait for the provider's settlement, matched with an invoice or not.
		items, err := account.UnsettledReceipts(ctx, billing, found)
		if err != nil {
			t.Fatal(err)
		}
		var waiting []string
		for _, r := range found {
			for _, u := range items[r.ID] {
				waiting = append(waiting, u.Ref+" "+u.Residual.Trim(0).String())
			}
		}
		slices.Sort(waiting)
		if diff := cmp.Diff([]string{"a" + s.tag + " 50", "b" + s.tag + " 20.7", "c" + s.tag + " 5"}, waiting); diff != "" {
			t.Error(diff)
		}
		if err := account.CancelPayment(ctx, billing, open[0].ID); err != nil {
			t.Fatal(err)
		}
		var cancelled *account.PaymentCancelled
		for i, r := range all {
			if first[i].ID != open[0].ID {
				continue
			}
			if r, err := account.RegisterReceipts(ctx, billing, []account.Receipt{r}); err != nil || !errors.As(r[0].Err, &cancelled) {
				t.Error("a cancelled payment came back:", r, err)
			}
		}
	})
}

// Odoo 19 matches a credit note with an invoice that is not paid yet: money that comes in for all of it undoes that.
func TestAReceiptOutweighsACreditNote(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := openShop(t, w)
		ctx := t.Context()
		o := s.sell(s.tax, nil)
		s.ship(&o)
		invoice, err := account.InvoiceOrder(ctx, w.Client, o.order, "")
		if err != nil {
			t.Fatal(err)
		}
		s.Return(o.picking, 1)
		note, err := account.InsertCreditNote(ctx, w.Client, s.creditOne(o, s.tax))
		if err != nil {
			t.Fatal(err)
		}
		made, err := account.RegisterReceipts(ctx, w.Client, []account.Receipt{{
			ExternalID: s.external("all"), Order: o.order, Journal: s.clearing(), Amount: dec("70.70"), Date: odoo.Date{Year: 2026, Month: 11, Day: 20}, Ref: "ch", Reference: s.tag,
		}})
		if err != nil || made[0].Err != nil {
			t.Fatal(made, err)
		}
		if _, failed, err := account.MatchReceipts(ctx, w.Client, map[int64]int64{made[0].ID: o.order}); err != nil || len(failed) != 0 {
			t.Fatal(failed, err)
		}
		if got := s.left(invoice.ID); got != "paid 0" && got != "in_payment 0" {
			t.Error("invoice", got)
		}
		if got := s.left(note.ID); got != "not_paid 24.52" {
			t.Error("credit note", got)
		}
	})
}
