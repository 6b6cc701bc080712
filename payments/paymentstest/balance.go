package paymentstest

import (
	"context"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// balance reads the stream of movements to its end and returns the entries by id.
func (b *bench) balance(lister payments.BalanceLister, query payments.Query) (map[string]canonical.SettlementEntry, marketplace.Cursor) {
	b.Helper()
	all := map[string]canonical.SettlementEntry{}
	for range 1000 {
		page, err := lister.ListBalance(context.Background(), query)
		b.must(err)
		for _, entry := range page.Entries {
			if entry.ID == "" || entry.Currency == "" || entry.Kind == "" {
				b.Errorf("an entry says too little: %+v", entry)
			}
			all[entry.ID] = entry
		}
		if page.Cursor == "" {
			b.Fatal("a page has no cursor")
		}
		if query.Cursor = page.Cursor; !page.More {
			return all, query.Cursor
		}
	}
	b.Fatal("the stream does not end")
	return nil, ""
}

func testBalance(t *testing.T, h Harness) {
	b := h.open(t)
	lister, creator := capability[payments.BalanceLister](b), capability[payments.RefundCreator](b)
	var paid []string
	for range 5 {
		paid = append(paid, b.pay("20"))
	}
	all, cursor := b.balance(lister, payments.Query{Limit: 2})
	for _, payment := range paid {
		found := 0
		for _, entry := range all {
			if entry.Payment == payment && entry.Kind == canonical.EntrySale && entry.Amount.Equal(decimal.MustParse("20")) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("the sale %s is on the balance %d times", payment, found)
		}
	}
	refund := b.create(creator, b.request(paid[2], decimal.MustParse("7.25")))
	later, _ := b.balance(lister, payments.Query{Cursor: cursor, Limit: 2})
	found := 0
	for _, entry := range later {
		if entry.Refund == refund.Key.ID && entry.Kind == canonical.EntryRefund && entry.Amount.Equal(decimal.MustParse("-7.25")) && entry.Payment == paid[2] {
			found++
		}
	}
	if found != 1 {
		t.Errorf("reading on, the refund is there %d times among %d entries", found, len(later))
	}
	again, _ := b.balance(lister, payments.Query{})
	for id, entry := range all {
		if other, ok := again[id]; !ok || !other.Amount.Equal(entry.Amount) || other.Kind != entry.Kind {
			t.Errorf("entry %s is another one at the second reading", id)
		}
	}
}

func testPayouts(t *testing.T, h Harness) {
	b := h.open(t)
	lister, getter := capability[payments.PayoutLister](b), capability[payments.SettlementGetter](b)
	b.need("PayOut", b.PayOut != nil)
	payment := b.pay("20")
	if creator, ok := b.Provider.(payments.RefundCreator); ok {
		b.create(creator, b.request(payment, decimal.MustParse("5")))
	}
	ids := map[string]bool{b.PayOut(t): false}
	b.pay("12.34")
	second := b.PayOut(t)
	ids[second] = false
	query := payments.Query{Limit: 1}
	for range 1000 {
		page, err := lister.ListPayouts(context.Background(), query)
		b.must(err)
		for _, payout := range page.Payouts {
			if _, ok := ids[payout.ID]; ok {
				ids[payout.ID] = true
				b.settlement(getter, payout)
			}
		}
		if query.Cursor = page.Cursor; !page.More {
			break
		}
	}
	for id, listed := range ids {
		if !listed {
			t.Errorf("payout %s is not listed", id)
		}
	}
	settlement, err := getter.GetSettlement(context.Background(), second)
	b.must(err)
	for _, entry := range settlement.Entries {
		if entry.Payment == payment {
			t.Error("the first payment is in the second payout")
		}
	}
}

// settlement checks that a payout is the sum of its entries.
func (b *bench) settlement(getter payments.SettlementGetter, payout payments.ListedPayout) {
	b.Helper()
	if !payout.Complete {
		return
	}
	first, err := getter.GetSettlement(context.Background(), payout.ID)
	b.must(err)
	b.must(first.Validate())
	if first.Key.Channel != b.Provider.Channel() || first.Key.ID != payout.ID {
		b.Errorf("the settlement is %s", first.Key)
	}
	paid, err := first.PaidOut()
	b.must(err)
	if !paid[payout.Currency].Equal(payout.Amount) {
		b.Errorf("the settlement pays %s, the payout %s", paid[payout.Currency], payout.Amount)
	}
	again, err := getter.GetSettlement(context.Background(), payout.ID)
	b.must(err)
	if len(first.Entries) != len(again.Entries) {
		b.Fatalf("%d entries, then %d", len(first.Entries), len(again.Entries))
	}
	for i := range first.Entries {
		if first.Entries[i].ID != again.Entries[i].ID {
			b.Errorf("entry %d is %s, then %s", i, first.Entries[i].ID, again.Entries[i].ID)
		}
	}
}

func testForeignCursor(t *testing.T, h Harness) {
	b := h.open(t)
	const foreign = "!not a cursor of this provider!"
	if lister, ok := b.Provider.(payments.BalanceLister); ok {
		_, err := lister.ListBalance(context.Background(), payments.Query{Cursor: foreign})
		b.expect("a foreign cursor", err, marketplace.CodeInvalid)
	}
	if lister, ok := b.Provider.(payments.PayoutLister); ok {
		_, err := lister.ListPayouts(context.Background(), payments.Query{Cursor: foreign})
		b.expect("a foreign cursor", err, marketplace.CodeInvalid)
	}
}
