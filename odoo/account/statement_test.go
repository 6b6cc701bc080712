package account_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// account returns an account, made for the test.
func (s *shop) account(name string, reconcile bool) int64 {
	values := map[string]any{"name": name + " " + s.tag, "code": s.tag[:6] + name[:2], "reconcile": reconcile}
	if s.Version().AtLeast(16) {
		values["account_type"] = map[bool]string{true: "asset_current", false: "expense"}[reconcile]
	} else {
		values["user_type_id"] = warehouse.Call[[]int64](s.Warehouse, "account.account.type", "search", nil, odoo.Args{
			"domain": odoo.Eq("internal_group", map[bool]string{true: "asset", false: "expense"}[reconcile]), "order": "id desc", "limit": 1,
		}, nil)[0]
		if reconcile { // not that of receivables or of banks
			values["user_type_id"] = warehouse.Call[[]int64](s.Warehouse, "account.account.type", "search", nil, odoo.Args{"domain": odoo.Eq("name", "Current Assets")}, nil)[0]
		}
	}
	return s.Create("account.account", values, nil)
}

func TestASettlementClosesToTheCent(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := openShop(t, w)
		ctx := t.Context()
		b := &breaking{dies: true, seen: map[string]bool{}}
		books := w.AsThrough(b.options(), map[int]string{19: "account.group_account_basic", 14: "account.group_account_user"}[w.Series])
		clearing, fees := s.account("Clearing", true), s.account("Fees", false)
		bank := s.clearing()
		misc := warehouse.Call[[]int64](w, "account.journal", "search", nil, odoo.Args{"domain": odoo.And(odoo.Eq("type", "general"), odoo.Eq("code", "MISC")), "order": "id", "limit": 1}, nil)[0]
		tax := w.Create("account.tax", map[string]any{"name": "Input 20 " + s.tag, "amount": 20, "type_tax_use": "purchase"}, nil)
		of := odoo.And(odoo.Eq("tax_id", tax), odoo.Eq("document_type", "invoice"))
		if !w.Version().AtLeast(16) {
			of = odoo.Eq("invoice_tax_id", tax)
		}
		repartition := warehouse.Call[[]int64](w, "account.tax.repartition.line", "search", nil, odoo.Args{"domain": odoo.And(of, odoo.Eq("repartition_type", "tax"))}, nil)[0]
		day := odoo.Date{Year: 2026, Month: 11, Day: 25}
		item := func(name string, on int64, amount string) account.EntryItem {
			return account.EntryItem{ExternalID: s.external("entry", name), Account: on, Name: name, Amount: dec(amount)}
		}
		fee := item("fee", fees, "1.75")
		fee.Taxes = []int64{tax}
		feeTax := item("fee tax", fees, "0.36") // the provider rounds as it likes
		feeTax.TaxOf = repartition
		entries := []account.Entry{
			{ExternalID: s.external("sale"), Journal: misc, Date: day, Ref: "ch_" + s.tag, Items: []account.EntryItem{item("sale", clearing, "70.70"), item("sold", fees, "-70.70")}},
			{ExternalID: s.external("fee"), Journal: misc, Date: day, Ref: "fee_" + s.tag, Items: []account.EntryItem{fee, feeTax, item("kept", clearing, "-2.11")}},
			{ExternalID: s.external("wrong"), Journal: misc, Date: day, Ref: "wrong", Items: []account.EntryItem{item("a", fees, "1"), item("b", clearing, "-1.01")}},
		}
		statement := account.Statement{ExternalID: s.external("payout"), Journal: bank, Date: day, Name: "po_" + s.tag, Lines: []account.StatementLine{
			{ExternalID: s.external("payout", "1"), Ref: "po_" + s.tag, Amount: dec("68.59")},
			{ExternalID: s.external("payout", "2"), Ref: "other", Amount: dec("-5"), Partner: s.Create("res.partner", map[string]any{"name": "Test"}, nil)},
		}}
		var before []int64
		settle := func() error {
			results, err := account.InsertEntries(ctx, books, entries)
			if err != nil {
				return err
			}
			var invalid *account.InvalidDraft
			if !errors.As(results[2].Err, &invalid) {
				t.Error("not refused", results[2])
			}
			lines, err := account.InsertStatement(ctx, books, statement)
			if err != nil {
				return err
			}
			if err := errors.Join(results[0].Err, results[1].Err, lines[0].Err, lines[1].Err); err != nil {
				return err
			}
			now := []int64{results[0].ID, results[1].ID, lines[0].ID, lines[1].ID}
			if before != nil && !cmp.Equal(before, now) {
				t.Error("inserted again", before, now)
			}
			before = now
			open, err := account.OpenItems(ctx, books, clearing)
			if err != nil {
				return err
			}
			var items []int64
			sum := decimal.Zero
			for _, it := range open {
				items = append(items, it.ID)
				sum, _ = sum.Add(it.Residual)
			}
			if len(items) > 0 && sum.Cmp(dec("68.59")) != 0 && len(items) != 3 { // the payout's item is the third
				t.Error("open before the payout", sum, items)
			}
			return account.MatchStatementLine(ctx, books, lines[0].ID, items)
		}
		b.through(t, settle)
		b.restart()
		if err := settle(); err != nil {
			t.Error("settled again:", err)
		}
		open, err := account.OpenItems(ctx, w.Client, clearing)
		if err != nil || len(open) != 0 {
			t.Error("left open", open, err)
		}
		matched := warehouse.Call[[]struct {
			Done bool `json:"is_reconciled"`
		}](w, "account.bank.statement.line", "read", before[2:], odoo.Args{"fields": []string{"is_reconciled"}}, nil)
		if !matched[0].Done || matched[1].Done {
			t.Error("statement lines", matched)
		}
		taxes := warehouse.Call[[]struct {
			Debit decimal.Decimal `json:"debit"`
		}](w, "account.move.line", "search_read", nil, odoo.Args{"domain": odoo.And(odoo.Eq("move_id", before[1]), odoo.Eq("tax_line_id", tax)), "fields": []string{"debit"}}, nil)
		if len(taxes) != 1 || taxes[0].Debit.Cmp(dec("0.36")) != 0 {
			t.Error("fee tax", taxes)
		}
	})
}
