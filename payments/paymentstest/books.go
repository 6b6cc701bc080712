package paymentstest

import (
	"strconv"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/payments/settlement"
)

// Books returns a settlement of about n entries that is right, and the items that it pays: orders of three lines sold for a
// marketplace, with shipping, fees and withheld tax, and a refund for one order in eight.
func Books(n int) (canonical.Settlement, []settlement.Item) {
	const perOrder = 7
	channel := canonical.Channel{Name: "market", Account: "main"}
	s := canonical.Settlement{
		Key:     canonical.Key{Channel: canonical.Channel{Name: "market-pay", Account: "main"}, ID: "settlement"},
		Entries: make([]canonical.SettlementEntry, 0, n+perOrder),
	}
	items := make([]settlement.Item, 0, n/perOrder+n/perOrder/8+2)
	var total int64
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	add := func(order canonical.Key, kind canonical.EntryKind, raw, line, refund string, cents int64) {
		s.Entries = append(s.Entries, canonical.SettlementEntry{
			ID: strconv.Itoa(len(s.Entries) + 1), Kind: kind, RawKind: raw, Currency: "EUR", Amount: decimal.MustNew(cents, 2),
			Order: order, LineID: line, Refund: refund, At: at.Add(time.Duration(len(s.Entries)) * time.Second),
		})
		total += cents
	}
	for number := 0; len(s.Entries) < n; number++ {
		order := canonical.Key{Channel: channel, ID: "305-" + strconv.Itoa(10_000_000+number)}
		price := int64(1000 + number%9000)
		for line := range 3 {
			add(order, canonical.EntrySale, "ItemPrice/Principal", strconv.Itoa(line+1), "", price)
		}
		add(order, canonical.EntrySale, "ItemPrice/Shipping", "", "", 499)
		add(order, canonical.EntryFee, "ItemFees/Commission", "", "", -(3*price+499)*15/100)
		add(order, canonical.EntryTaxWithheld, "ItemWithheldTax", "", "", -(3 * price * 19 / 119))
		items = append(items, settlement.Item{
			ID: "sale/" + order.ID, Kind: canonical.EntrySale, Order: order, Currency: "EUR", Amount: decimal.MustNew(3*price+499, 2),
		})
		if number%8 == 0 {
			add(order, canonical.EntryRefund, "Refund", "1", "r"+order.ID, -price)
			items = append(items, settlement.Item{
				ID: "refund/" + order.ID, Kind: canonical.EntryRefund, Order: order, Refund: "r" + order.ID, Currency: "EUR", Amount: decimal.MustNew(-price, 2),
			})
		}
	}
	s.Payouts = []canonical.Payout{{Currency: "EUR", Amount: decimal.MustNew(total, 2)}}
	return s, items
}
