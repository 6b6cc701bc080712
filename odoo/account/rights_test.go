package account_test

import (
	"errors"
	"testing"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// TestRights runs with exactly the groups that the package names.
func TestRights(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := openShop(t, w)
		ctx := t.Context()
		o := s.sell(s.tax, nil)
		s.ship(&o)
		journal := s.clearing()
		seller := w.As("sales_team.group_sale_salesman_all_leads", "account.group_account_invoice")
		billing := w.As("account.group_account_invoice")
		if _, err := account.InvoiceOrder(ctx, billing, o.order, ""); odoo.CodeOf(err) != odoo.CodeAccess {
			t.Error("the wizard is for salespeople:", err)
		}
		sales := w.As("sales_team.group_sale_salesman_all_leads")
		if _, err := account.InvoiceOrder(ctx, sales, o.order, ""); odoo.CodeOf(err) != odoo.CodeAccess {
			t.Error("posting is for accountants:", err)
		}
		// That user's draft is somebody else's to the next.
		var others *account.DraftByOthers
		if _, err := account.InvoiceOrder(ctx, seller, o.order, "pay"); !errors.As(err, &others) {
			t.Fatal(err)
		}
		warehouse.Call[any](w, "account.move", "unlink", []int64{others.Move}, nil, nil)
		invoice, err := account.InvoiceOrder(ctx, seller, o.order, "pay")
		if err != nil {
			t.Fatal(err)
		}
		draft := s.creditOne(o, s.tax)
		s.Return(o.picking, 1)
		note, err := account.InsertCreditNote(ctx, billing, draft)
		if err != nil {
			t.Fatal(err)
		}
		id, err := account.RegisterPayment(ctx, billing, account.Payment{ExternalID: s.external("refund"), Move: note.ID, Journal: journal, Amount: dec("24.52"), Ref: "re"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := account.ReversePayment(ctx, billing, id, s.external("reversal"), odoo.Date{}, "rev"); err != nil {
			t.Fatal(err)
		}
		if id, err = account.RegisterPayment(ctx, billing, account.Payment{ExternalID: s.external("in"), Move: invoice.ID, Journal: journal, Amount: dec("70.70"), Ref: "ch"}); err != nil {
			t.Fatal(err)
		}
		if err := account.CancelPayment(ctx, billing, id); err != nil {
			t.Fatal(err)
		}
	})
}
