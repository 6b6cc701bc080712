package settlement

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// Item is something that a settlement should contain: a payment of an order, or of a line of it, a refund, a chargeback.
type Item struct {
	// ID is the caller's own, such as the record in Odoo.
	ID string
	// Kind is [canonical.EntrySale], [canonical.EntryRefund] or [canonical.EntryChargeback].
	Kind canonical.EntryKind
	// Order, OrderNumber, LineID, Payment, Refund and Reference are as in [canonical.SettlementEntry]: what is given can be
	// matched on. A LineID makes it an item of that line only.
	Order                                           canonical.Key
	OrderNumber, LineID, Payment, Refund, Reference string
	Currency                                        canonical.Currency
	// Amount is what is open of it, signed as an entry: positive for a sale, negative for a refund.
	Amount decimal.Decimal
	// Settled: it was in an earlier settlement and nothing is open. It is given so that an entry for it can be explained.
	Settled bool
}
