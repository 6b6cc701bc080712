package account_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo/account"
)

// seen is what matters of a move.
type seen struct {
	Kind                          account.Kind
	State                         account.State
	Untaxed, Tax, Total, Residual string
	Lines                         int
}

func see(m account.Move) seen {
	return seen{m.Kind, m.State, m.Untaxed.Trim(0).String(), m.Tax.Trim(0).String(), m.Total.Trim(0).String(), m.Residual.Trim(0).String(), len(m.Lines)}
}

func TestAReturnIsCreditedToTheCentAndTheOrderStaysInvoiced(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := openShop(t, w)
		ctx := t.Context()
		o := s.sell(s.tax, nil)
		s.ship(&o)
		var missing *account.NotInvoiced
		if _, err := account.InsertCreditNote(ctx, w.Client, s.creditOne(o, s.tax)); !errors.As(err, &missing) {
			t.Fatal("credited before it was invoiced:", err)
		}
		invoice, err := account.InvoiceOrder(ctx, w.Client, o.order, "pay-"+s.tag)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(seen{account.KindInvoice, account.StatePosted, "58.92", "11.78", "70.7", "70.7", 2}, see(invoice)); diff != "" {
			t.Error(diff)
		}
		if invoice.PaymentRef != "pay-"+s.tag {
			t.Error("payment reference", invoice.PaymentRef)
		}
		again, err := account.InvoiceOrder(ctx, w.Client, o.order, "pay-"+s.tag)
		if err != nil || again.ID != invoice.ID {
			t.Error("invoiced again", again.ID, err)
		}
		s.Return(o.picking, 1)
		draft := s.creditOne(o, s.tax)
		note, err := account.InsertCreditNote(ctx, w.Client, draft)
		if err != nil {
			t.Fatal(err)
		}
		if note.Untaxed.Cmp(draft.Untaxed) != 0 || note.Tax.Cmp(draft.Tax) != 0 || note.Total.Cmp(draft.Total) != 0 || note.State != account.StatePosted || len(note.Lines) != 3 {
			t.Error(see(note))
		}
		if note.ReversedEntry != invoice.ID || note.ExternalID != draft.ExternalID {
			t.Error(note.ReversedEntry, note.ExternalID)
		}
		// Odoo 14 calls an order "no" (nothing to invoice) of which less is invoiced than was ordered.
		if got, want := s.status(o.order), map[int]string{19: "invoiced", 14: "no"}[w.Series]; got != want {
			t.Error("the order is", got, "want", want)
		}
		second, err := account.InsertCreditNote(ctx, w.Client, draft)
		if err != nil || second.ID != note.ID {
			t.Error("credited again", second.ID, err)
		}
		moves, err := account.Moves(ctx, w.Client, []int64{o.order})
		if err != nil || len(moves) != 2 {
			t.Fatal(moves, err)
		}
		credits, err := account.Credited(moves, nil)
		if err != nil || credits[o.goods].Quantity.Cmp(dec("1")) != 0 || credits[o.goods].Untaxed.Cmp(dec("17.99")) != 0 {
			t.Error(credits, err)
		}
	})
}

func TestCreditNotesAtOnceAreEachInserted(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := openShop(t, w)
		o := s.sell(s.tax, nil)
		s.ship(&o)
		if _, err := account.InvoiceOrder(t.Context(), w.Client, o.order, "pay-"+s.tag); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for i := range 3 {
			draft := account.CreditNoteDraft{
				ExternalID: s.external("credit", fmt.Sprint(i)), Order: o.order, Ref: "RMA-" + s.tag,
				Untaxed: dec("17.99"), Tax: dec("3.60"), Total: dec("21.59"),
				Lines: []account.CreditLine{{ExternalID: s.external("credit", fmt.Sprint(i), "1"), SaleLine: o.goods, Quantity: dec("1"), Untaxed: dec("17.99"), Taxes: []account.TaxAmount{{Tax: s.tax, Amount: dec("3.60")}}}},
			}
			group.Go(func() {
				if _, err := account.InsertCreditNote(t.Context(), w.Client, draft); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		moves, err := account.Moves(t.Context(), w.Client, []int64{o.order})
		if err != nil || len(moves) != 4 {
			t.Error(len(moves), "entries, want the invoice and three credit notes", err)
		}
	})
}
