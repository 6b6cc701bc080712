package retailsync

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/payments/settlement"
)

// settledOrder is a sale order that entries are for, by what they say of it.
type settledOrder struct {
	id     int64
	name   string
	keys   []canonical.Key
	number string
	// reference is by what the order flow's payments name it.
	reference string
}

// readItems reads what is open in Odoo of what the entries are for: of their orders, and of payments by the provider's ids. It reads
// in proportion to the settlement.
func (t *settlementTask) readItems(ctx context.Context, earlier settlement.Earlier) ([]settlement.Item, []account.Unsettled, error) {
	keys, numbers, refs := t.wanted(earlier)
	orders, err := t.ordersOf(ctx, keys, numbers)
	if err != nil {
		return nil, nil, err
	}
	receipts, err := t.receipts(ctx, orders)
	if err != nil {
		return nil, nil, err
	}
	ids := slices.Sorted(maps.Keys(orders))
	open, err := account.FindUnsettled(ctx, t.erp, t.books.journal, ids)
	if err != nil {
		return nil, nil, err
	}
	if open, err = t.invoiceBare(ctx, orders, open, receipts.open); err != nil {
		return nil, nil, err
	}
	if t.DryRun {
		if open, err = receipts.foresee(open); err != nil {
			return nil, nil, err
		}
	}
	paid, err := account.FindUnsettledPayments(ctx, t.erp, t.books.journal, refs)
	if err != nil {
		return nil, nil, err
	}
	if err := t.decideRelease(earlier, orders, open); err != nil {
		return nil, nil, err
	}
	refunds := t.refunds()
	seen := map[int64]bool{}
	var items []settlement.Item
	var kept []account.Unsettled
	for _, u := range slices.Concat(receipts.open, open, paid) {
		if seen[u.ID] {
			continue
		}
		seen[u.ID] = true
		item := itemOf(u, orders[u.Order], refunds)
		if t.released[u.Order] && !u.Matched.IsZero() {
			if item.Amount, err = u.Residual.Add(u.Matched); err != nil {
				return nil, nil, err
			}
			item.Settled = false
		}
		items, kept = append(items, item), append(kept, u)
	}
	return items, kept, nil
}

// decideRelease finds the orders whose invoice Odoo matched with a credit note while the provider settles both: what entries say
// of such an order is not what is open of it.
func (t *settlementTask) decideRelease(earlier settlement.Earlier, orders map[int64]*settledOrder, open []account.Unsettled) error {
	t.released = map[int64]bool{}
	var c exact.Calc
	owed := map[int64]decimal.Decimal{}
	for _, u := range open {
		if !u.Matched.IsZero() {
			t.released[u.Order] = true
		}
		if u.Kind == account.KindInvoice {
			owed[u.Order] = c.Add(owed[u.Order], u.Residual)
		}
	}
	if len(t.released) == 0 {
		return c.Err()
	}
	byKey, byNumber := map[canonical.Key]int64{}, map[string]int64{}
	for id, order := range orders {
		for _, key := range order.keys {
			byKey[key] = id
		}
		if order.number != "" {
			byNumber[order.number] = id
		}
	}
	paid, refunded := map[int64]decimal.Decimal{}, map[int64]bool{}
	for i := range t.s.Entries {
		e := &t.s.Entries[i]
		id := byKey[e.Order]
		if id == 0 {
			id = byNumber[e.OrderNumber]
		}
		if _, known := earlier[e.ID]; known || !t.released[id] {
			continue
		}
		switch e.Kind {
		case canonical.EntrySale:
			paid[id] = c.Add(paid[id], e.Amount)
		case canonical.EntryRefund:
			refunded[id] = true
		}
	}
	for id := range t.released {
		if !refunded[id] && paid[id].Equal(owed[id]) {
			delete(t.released, id)
		}
	}
	return c.Err()
}

// refunds are the provider's ids of the refunds that entries name.
func (t *settlementTask) refunds() map[string]bool {
	ids := map[string]bool{}
	for i := range t.s.Entries {
		if e := &t.s.Entries[i]; e.Kind == canonical.EntryRefund && e.Refund != "" {
			ids[e.Refund] = true
		}
	}
	return ids
}

// itemOf is an item as package settlement takes it. A payment that came in under the id of a refund is that refund come back.
func itemOf(u account.Unsettled, order *settledOrder, refunds map[string]bool) settlement.Item {
	item := settlement.Item{Kind: canonical.EntrySale, Currency: canonical.Currency(u.Currency.Name), Amount: u.Residual, Settled: u.Settled}
	if u.Kind == account.KindCreditNote || u.Payment && refunds[u.Ref] {
		item.Kind = canonical.EntryRefund
	}
	if order != nil {
		item.OrderNumber = order.number
		if len(order.keys) > 0 {
			item.Order = order.keys[0]
		}
	}
	if u.Payment {
		item.Reference = u.Ref
		if item.Kind == canonical.EntryRefund {
			item.Refund = u.Ref
		} else {
			item.Payment = u.Ref
		}
	}
	return item
}

// wanted are the orders, their numbers and the provider's ids that entries name which are to be matched.
func (t *settlementTask) wanted(earlier settlement.Earlier) (keys []canonical.Key, numbers, refs []string) {
	direct := t.books.matchRules().Direct
	keySet, numberSet, refSet := map[canonical.Key]bool{}, map[string]bool{}, map[string]bool{}
	for i := range t.s.Entries {
		e := &t.s.Entries[i]
		if _, known := earlier[e.ID]; known || slices.Contains(direct, e.Kind) {
			continue
		}
		if e.Order.ID != "" && !keySet[e.Order] {
			keySet[e.Order] = true
			keys = append(keys, e.Order)
		}
		if e.OrderNumber != "" && !numberSet[e.OrderNumber] {
			numberSet[e.OrderNumber] = true
			numbers = append(numbers, e.OrderNumber)
		}
		for _, ref := range []string{e.Payment, e.Refund, e.Reference} {
			if ref != "" && !refSet[ref] {
				refSet[ref] = true
				refs = append(refs, ref)
			}
		}
	}
	return keys, numbers, refs
}

// ordersOf finds the orders that entries name, by the key that the order flow gave them, else by number.
func (t *settlementTask) ordersOf(ctx context.Context, keys []canonical.Key, numbers []string) (map[int64]*settledOrder, error) {
	orders := map[int64]*settledOrder{}
	for part := range slices.Chunk(keys, 500) {
		names := make([]odoo.ExternalID, len(part))
		for i, key := range part {
			channel := key.Channel
			if channel == (canonical.Channel{}) {
				channel = t.books.rules.OrdersChannel()
			}
			names[i] = odoo.NewExternalID(mapping.Module, channel.Name, channel.Account, "order", key.ID)
		}
		found, err := sale.FindByExternalID(ctx, t.erp, names)
		if err != nil {
			return nil, err
		}
		for i, key := range part {
			if record, ok := found[names[i]]; ok {
				if orders[record.ID] == nil {
					reference := mapping.PaymentReference(names[i])
					orders[record.ID] = &settledOrder{id: record.ID, name: record.Name, reference: reference}
				}
				orders[record.ID].keys = append(orders[record.ID].keys, key)
			}
		}
	}
	channel := t.books.rules.OrdersChannel()
	if channel == (canonical.Channel{}) || len(numbers) == 0 {
		return orders, nil
	}
	rules, err := t.rules.For(channel)
	if err != nil {
		return nil, err
	}
	byReference := make(map[string]string, len(numbers))
	for _, number := range numbers {
		byReference[rules.OrderPrefix+number] = number
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(byReference)), 500) {
		rows, err := odoo.Find[referredOrder](ctx, t.erp, odoo.In("client_order_ref", part))
		if err != nil {
			return nil, err
		}
		ids := make([]int64, len(rows))
		for i, row := range rows {
			ids[i] = row.ID
		}
		names, err := sale.ExternalIDs(ctx, t.erp, ids)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if _, ours := mapping.OrderOf(channel, names[row.ID]); !ours {
				continue
			}
			if orders[row.ID] == nil {
				orders[row.ID] = &settledOrder{id: row.ID, name: row.Name, reference: mapping.PaymentReference(names[row.ID])}
			}
			orders[row.ID].number = byReference[row.Reference]
		}
	}
	return orders, nil
}

type referredOrder struct {
	ID        int64  `odoo:"id"`
	Name      string `odoo:"name"`
	Reference string `odoo:"client_order_ref"`
}

func (referredOrder) OdooModel() string { return "sale.order" }

// invoiceBare invoices the orders that have no invoice, if the rules want that, and remembers the others, to say so. Those that have a
// registered payment need none to be settled.
func (t *settlementTask) invoiceBare(ctx context.Context, orders map[int64]*settledOrder, open, receipts []account.Unsettled) ([]account.Unsettled, error) {
	billed := map[int64]bool{}
	for _, u := range slices.Concat(open, receipts) {
		billed[u.Order] = true
	}
	t.bare = map[canonical.Key]string{}
	var invoiced []int64
	for _, id := range slices.Sorted(maps.Keys(orders)) {
		order := orders[id]
		if billed[id] {
			continue
		}
		if invoice := t.books.rules.Invoice; invoice != nil && *invoice && !t.DryRun {
			_, err := account.InvoiceOrder(ctx, t.erp, id, order.number)
			var nothing *account.NothingToInvoice
			var others *account.DraftByOthers
			if err == nil {
				t.changed = true
				invoiced = append(invoiced, id)
				continue
			}
			if !errors.As(err, &nothing) && !errors.As(err, &others) {
				return nil, err
			}
		}
		for _, key := range append(slices.Clone(order.keys), canonical.Key{}) {
			for _, number := range []string{"", order.number} {
				t.bare[canonical.Key{Channel: key.Channel, ID: key.ID + "|" + number}] = order.name
			}
		}
	}
	delete(t.bare, canonical.Key{ID: "|"})
	if len(invoiced) == 0 {
		return open, nil
	}
	more, err := account.FindUnsettled(ctx, t.erp, t.books.journal, invoiced)
	return append(open, more...), err
}
