package account_test

import (
	"errors"
	"testing"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// clearing makes a journal for a payment provider.
func (s *shop) clearing() int64 {
	return s.Create("account.journal", map[string]any{"name": "Clearing " + s.tag, "type": "bank", "code": s.tag[:5]}, nil)
}

// left is what is still to be paid of a move.
func (s *shop) left(move int64) string {
	s.t.Helper()
	moves, err := account.ReadMoves(s.t.Context(), s.Client, []int64{move})
	if err != nil {
		s.t.Fatal(err)
	}
	return string(moves[0].PaymentState) + " " + moves[0].Residual.Trim(0).String()
}

func TestARefundIsPaidOnceAndCanBeTakenBack(t *testing.T) {
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
		// Odoo 19 has matched the two; what the customer paid before undoes that.
		journal := s.clearing()
		receipt := account.Payment{ExternalID: s.external("receipt"), Move: invoice.ID, Journal: journal, Amount: dec("70.70"), Ref: "ch_" + s.tag}
		if _, err := account.RegisterPayment(ctx, w.Client, receipt); err != nil {
			t.Fatal(err)
		}
		if got := s.left(invoice.ID); got != "paid 0" && got != "in_payment 0" {
			t.Error("invoice", got)
		}
		refund := account.Payment{ExternalID: s.external("refund"), Move: note.ID, Journal: journal, Amount: dec("20"), Date: odoo.Date{Year: 2026, Month: 11, Day: 25}, Ref: "re_" + s.tag}
		first, err := account.RegisterPayment(ctx, w.Client, refund)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.left(note.ID); got != "partial 4.52" {
			t.Error("credit note", got)
		}
		if again, err := account.RegisterPayment(ctx, w.Client, refund); err != nil || again != first {
			t.Error("paid again", again, err)
		}
		other := refund
		other.Amount = dec("4.52")
		var differs *account.PaymentDiffers
		if _, err := account.RegisterPayment(ctx, w.Client, other); !errors.As(err, &differs) {
			t.Error("the same External ID for another amount:", err)
		}
		other.ExternalID, other.Amount = s.external("refund", "too much"), dec("4.53")
		var over *account.OverPayment
		if _, err := account.RegisterPayment(ctx, w.Client, other); !errors.As(err, &over) || over.Left.Cmp(dec("4.52")) != 0 {
			t.Error("paid more than is left:", err)
		}
		other.ExternalID, other.Amount = s.external("refund", "rest"), dec("4.52")
		rest, err := account.RegisterPayment(ctx, w.Client, other)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.left(note.ID); got != "paid 0" {
			t.Error("credit note", got)
		}
		for range 2 {
			if err := account.CancelPayment(ctx, w.Client, rest); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.left(note.ID); got != "partial 4.52" {
			t.Error("after the refund failed", got)
		}
		var cancelled *account.PaymentCancelled
		if _, err := account.RegisterPayment(ctx, w.Client, other); !errors.As(err, &cancelled) {
			t.Error("a cancelled payment came back:", err)
		}
		for range 2 {
			if _, err := account.ReversePayment(ctx, w.Client, first, s.external("reversal"), odoo.Date{}, "rev_"+s.tag); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.left(note.ID); got != "not_paid 24.52" {
			t.Error("after the refund was reversed", got)
		}
		// What the bank has seen is not cancelled.
		entry := warehouse.Call[[]struct {
			Entry odoo.Many2One `json:"move_id"`
		}](w, "account.payment", "read", []int64{first}, odoo.Args{"fields": []string{"move_id"}}, nil)[0].Entry.ID
		money := warehouse.Call[[]int64](w, "account.move.line", "search", nil, odoo.Args{"domain": odoo.And(odoo.Eq("move_id", entry), odoo.Gt("credit", 0))}, nil)
		books := w.As(map[int]string{19: "account.group_account_basic", 14: "account.group_account_user"}[w.Series])
		lines, err := account.InsertStatement(ctx, books, account.Statement{
			ExternalID: s.external("bank"), Journal: refund.Journal, Date: refund.Date, Name: s.tag,
			Lines: []account.StatementLine{{ExternalID: s.external("bank", "1"), Ref: refund.Ref, Amount: dec("-20")}},
		})
		if err != nil || lines[0].Err != nil {
			t.Fatal(lines, err)
		}
		if err := account.MatchStatementLine(ctx, books, lines[0].ID, money); err != nil {
			t.Fatal(err)
		}
		var matched *account.PaymentMatched
		if err := account.CancelPayment(ctx, w.Client, first); !errors.As(err, &matched) {
			t.Error("cancelled what the bank has seen:", err)
		}
	})
}
