package canonical

import "github.com/govalues/decimal"

// Amount is one sum of money of an order, in the shop's currency and, where the
// channel sold in another one, in the shopper's.
//
// The currencies are named once, on the [Order]: Shop is in [Order.Currency],
// Presentment in [Order.PresentmentCurrency]. Both are major units. When the order
// has no presentment currency, Presentment is zero everywhere.
//
// One order, its refunds included, is posted in one of the two currencies, never in a
// mixture: [Order.InPresentment] turns the order into its presentment view.
type Amount struct {
	Shop        decimal.Decimal
	Presentment decimal.Decimal
}

// Shop is an amount of an order that is sold in the shop's own currency.
func Shop(amount decimal.Decimal) Amount { return Amount{Shop: amount} }
