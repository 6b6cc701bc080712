package canonicaltest

import (
	"time"

	"github.com/retailsync/retailsync/canonical"
)

// Option changes an order of [Order]. Amounts are minor units: 1999 is 19.99 EUR.
type Option func(*spec)

// Order returns the same valid order for the same arguments: without items, 2 of SKU-1 at 10.00 EUR and
// shipping at 5.00, without tax, each taxed at 25 %, which makes 31.25. It was placed on 2026-01-02 at
// 03:04:05 UTC on channel test/main, and paid by card.
func Order(id string, opts ...Option) canonical.Order {
	s := spec{
		key:    canonical.Key{Channel: canonical.Channel{Name: "test", Account: "main"}, ID: id},
		at:     time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		status: canonical.StatusConfirmed, currency: "EUR", country: "SE",
	}
	for _, opt := range opts {
		opt(&s)
	}
	if len(s.lines) == 0 {
		Item("SKU-1", 2, 1000)(&s)
		Shipping(500)(&s)
	}
	return s.build()
}

// Item adds qty units of a product at a unit price, taxed at 25 % by the seller. Fewer than one unit are
// taken as one.
func Item(sku string, qty, unitPrice int64) Option {
	return TaxedItem(sku, qty, unitPrice, 25000, canonical.CollectorSeller)
}

// TaxedItem is [Item] with a tax rate and who collects the tax.
func TaxedItem(sku string, qty, unitPrice int64, rate Rate, by canonical.Collector) Option {
	return func(s *spec) {
		s.lines = append(s.lines, lineSpec{
			id: lineID(len(s.lines)), kind: canonical.LineProduct, sku: sku, title: "Product " + sku,
			qty: max(qty, 1), price: unitPrice, rates: []Rate{rate}, collector: by,
		})
	}
}

// Shipping adds shipping, taxed at 25 % by the seller.
func Shipping(price int64) Option { return Charge(canonical.LineShipping, price, 25000) }

// Charge adds one unit of a kind of line, with a tax rate, the seller's.
func Charge(kind canonical.LineKind, price int64, rate Rate) Option {
	return func(s *spec) {
		s.lines = append(s.lines, lineSpec{
			id: lineID(len(s.lines)), kind: kind, title: string(kind), qty: 1, price: price,
			rates: []Rate{rate}, collector: canonical.CollectorSeller,
		})
	}
}

// Discount takes an amount from products and shipping, shared out by their prices.
func Discount(amount int64) Option {
	return func(s *spec) { s.discounts = append(s.discounts, amount) }
}

// Cancelled cancels units of the item that was added last.
func Cancelled(units int64) Option {
	return func(s *spec) {
		if n := len(s.lines); n > 0 {
			s.lines[n-1].cancelled = min(max(units, 0), s.lines[n-1].qty)
		}
	}
}

// Currency sets the order's currency.
func Currency(c canonical.Currency) Option { return func(s *spec) { s.currency = c } }

// Presentment sets the currency that the shopper saw and what 1000 minor units of the order's currency are
// in minor units of it.
func Presentment(c canonical.Currency, per1000 int64) Option {
	return func(s *spec) { s.presentment, s.exchange = c, per1000 }
}

// TaxIncluded makes all prices and discounts include tax.
func TaxIncluded() Option { return func(s *spec) { s.included = true } }

// RoundTaxes sets where taxes are rounded; otherwise per line.
func RoundTaxes(by Rounding) Option { return func(s *spec) { s.rounding = by } }

// GiftCard lets a gift card pay a share of the total, in thousandths.
func GiftCard(share int64) Option {
	return func(s *spec) { s.giftCard = min(max(share, 0), 1000) }
}

// At sets when the order was placed and last changed.
func At(t time.Time) Option { return func(s *spec) { s.at = t.UTC() } }

// Channel sets the order's channel.
func Channel(c canonical.Channel) Option { return func(s *spec) { s.key.Channel = c } }

// Status sets the order's status.
func Status(status canonical.Status) Option { return func(s *spec) { s.status = status } }

// Country sets both addresses' country, "SE" otherwise.
func Country(code string) Option { return func(s *spec) { s.country = code } }
