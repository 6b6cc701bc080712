package shopify

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/tally"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// bag is an amount in the shop's currency and in the shopper's.
type bag struct{ shop, presentment decimal.Decimal }

func (b bag) isZero() bool { return b.shop.IsZero() && b.presentment.IsZero() }

// bags calculates with both sides of amounts.
type bags struct{ r *wire.Reader }

func (c bags) add(path string, a, b bag) bag {
	return bag{shop: c.r.Add(path, a.shop, b.shop), presentment: c.r.Add(path, a.presentment, b.presentment)}
}

func (c bags) sub(path string, a, b bag) bag {
	return bag{shop: c.r.Sub(path, a.shop, b.shop), presentment: c.r.Sub(path, a.presentment, b.presentment)}
}

// part is the amount × qty ÷ of.
func (c bags) part(path string, a bag, qty, of decimal.Decimal) bag {
	return bag{
		shop:        c.r.Quo(path, c.r.Mul(path, a.shop, qty), of),
		presentment: c.r.Quo(path, c.r.Mul(path, a.presentment, qty), of),
	}
}

// coin rounds amounts to the order's currencies.
type coin struct {
	shop, presentment int
	two               bool
}

func coinOf(order canonical.Order) coin {
	return coin{
		shop: tally.Scale(order.Currency), presentment: tally.Scale(order.PresentmentCurrency),
		two: order.PresentmentCurrency != "",
	}
}

func (c coin) amount(b bag) canonical.Amount {
	if !c.two {
		return canonical.Shop(tally.Round(b.shop, c.shop))
	}
	return both(tally.Round(b.shop, c.shop), tally.Round(b.presentment, c.presentment))
}

// pair joins two orders' amounts, each of which stands in its order's Shop.
func pair(shop, presentment canonical.Amount) canonical.Amount {
	return both(shop.Shop, presentment.Shop)
}

// both is an amount with two sides. A zero keeps decimals, so that it counts as given.
func both(shop, presentment decimal.Decimal) canonical.Amount {
	return canonical.Amount{Shop: given(shop), Presentment: given(presentment)}
}

func given(amount decimal.Decimal) decimal.Decimal {
	if amount.IsZero() {
		return decimal.MustNew(0, 2)
	}
	return amount
}
