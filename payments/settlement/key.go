package settlement

import "github.com/retailsync/retailsync/canonical"

// entryKey is what an entry is grouped by; false when it does not say.
func entryKey(e *canonical.SettlementEntry, by Criterion) (key, bool) {
	return keyOf(by, e.Kind, e.Currency, e.Order, e.OrderNumber, e.LineID, e.Payment, e.Refund, e.Reference)
}

func itemKey(i *Item, by Criterion) (key, bool) {
	return keyOf(by, i.Kind, i.Currency, i.Order, i.OrderNumber, i.LineID, i.Payment, i.Refund, i.Reference)
}

func keyOf(by Criterion, kind canonical.EntryKind, currency canonical.Currency, order canonical.Key, number, line, payment, refund, reference string) (key, bool) {
	k := key{kind: kind, currency: currency}
	switch by {
	case ByRefund:
		k.id = refund
	case ByReference:
		k.id = reference
	case ByLine:
		if line == "" {
			return k, false
		}
		k.name, k.account, k.id, k.line = order.Channel.Name, order.Channel.Account, order.ID, line
	case ByPayment:
		k.id = payment
	case ByOrder:
		k.name, k.account, k.id = order.Channel.Name, order.Channel.Account, order.ID
	case ByNumber:
		k.id = number
	}
	return k, k.id != ""
}
