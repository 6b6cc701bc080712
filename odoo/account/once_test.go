package account_test

import (
	"testing"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// TestAnItemIsInsertedOnce: an entry of another name that has an item which exists is refused, as a draft and posted, and changes
// nothing. So two processes that see a settlement differently cannot book the same part of it.
func TestAnItemIsInsertedOnce(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := openShop(t, w)
		ctx := t.Context()
		clearing, fees := s.account("Clearing", true), s.account("Fees", false)
		misc := warehouse.Call[[]int64](w, "account.journal", "search", nil, odoo.Args{"domain": odoo.And(odoo.Eq("type", "general"), odoo.Eq("code", "MISC")), "order": "id", "limit": 1}, nil)[0]
		item := func(name string, on int64, amount string) account.EntryItem {
			return account.EntryItem{ExternalID: s.external("entry", name), Account: on, Name: name, Amount: dec(amount)}
		}
		entry := func(name string, items ...account.EntryItem) account.Entry {
			return account.Entry{ExternalID: s.external(name), Journal: misc, Date: odoo.Date{Year: 2026, Month: 11, Day: 25}, Ref: s.tag, Items: items}
		}
		first, err := account.InsertEntries(ctx, w.Client, []account.Entry{entry("first", item("a", fees, "1"), item("b", fees, "2"), item("c1", clearing, "-3"))})
		if err != nil || first[0].Err != nil {
			t.Fatal(first, err)
		}
		before, err := account.OpenItems(ctx, w.Client, clearing)
		if err != nil {
			t.Fatal(err)
		}
		refused := func() {
			t.Helper()
			for name, second := range map[string]account.Entry{
				"the same and more": entry("second", item("b", fees, "2"), item("d", fees, "4"), item("c2", clearing, "-6")),
				"another amount":    entry("third", item("b", fees, "2.50"), item("c3", clearing, "-2.50")),
				"the same":          entry("fourth", item("a", fees, "1"), item("b", fees, "2"), item("c4", clearing, "-3")),
			} {
				results, err := account.InsertEntries(ctx, w.Client, []account.Entry{second})
				if err == nil && results[0].Err == nil {
					t.Errorf("%s: inserted", name)
				}
			}
		}
		refused()
		warehouse.Call[any](w, "account.move", "button_draft", []int64{first[0].ID}, nil, nil) // as a process that dies before it posts leaves it
		refused()
		if err := account.Post(ctx, w.Client, first[0].ID); err != nil {
			t.Fatal(err)
		}
		after, err := account.OpenItems(ctx, w.Client, clearing)
		if err != nil || len(after) != len(before) {
			t.Error("changed", before, after, err)
		}
		moves := warehouse.Call[[]struct {
			ID    int64  `json:"id"`
			State string `json:"state"`
		}](w, "account.move", "search_read", nil, odoo.Args{"domain": odoo.Eq("ref", s.tag), "fields": []string{"state"}}, nil)
		if len(moves) != 1 || moves[0].State != "posted" {
			t.Error("moves", moves)
		}
	})
}
