package shopify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const (
	opPublishPrices = "publish prices"
	opReadPrices    = "read prices"
	// priceBatch keeps a call within the points of an operation even if each price is of another product.
	priceBatch = 100
)

// PriceBatch implements [marketplace.PricePublisher].
func (a *Adapter) PriceBatch() int { return priceBatch }

// PublishPrices implements [marketplace.PricePublisher]. The base price is that of the variant, in the shop's currency; a price
// list is named by its number and has a currency of its own. A sale price is what Shopify charges then, and the regular
// one its price to compare at.
//
// Shopify knows no dates: a sale would neither begin nor end by itself. So one with a time that is still to come, be it the
// beginning or the end, is refused with [marketplace.CodeInvalid] and the Path "sale"; a rule that sends the price of the
// moment (sale: included) does the same honestly. One that is over is none.
func (a *Adapter) PublishPrices(ctx context.Context, prices []marketplace.Price) ([]marketplace.PriceResult, error) {
	results := make([]marketplace.PriceResult, len(prices))
	base, lists := []int{}, map[string][]int{}
	items := make([]marketplace.PriceItem, len(prices))
	charges := make([]charged, len(prices))
	for i, price := range prices {
		items[i] = price.PriceItem
		results[i] = marketplace.PriceResult{Item: price.PriceItem, Outcome: marketplace.PriceRejected}
		if charges[i], results[i].Err = a.chargedFor(price, time.Now()); results[i].Err != nil {
			continue
		}
		if price.List == "" {
			base = append(base, i)
		} else {
			lists[price.List] = append(lists[price.List], i)
		}
	}
	found, err := a.priced(ctx, opPublishPrices, items)
	if err != nil {
		return nil, err
	}
	if err := a.publishBase(ctx, base, found, charges, results); err != nil {
		return nil, err
	}
	for list, places := range lists {
		for part := range slices.Chunk(places, stockBatch) {
			if err := a.publishList(ctx, list, part, found, charges, results); err != nil {
				return nil, err
			}
		}
	}
	return results, nil
}

// charged is a price as Shopify keeps it; compare is nil if there is no sale.
type charged struct {
	price   decimal.Decimal
	compare *decimal.Decimal
}

func (c charged) equal(other charged) bool {
	return c.price.Equal(other.price) && (c.compare == nil) == (other.compare == nil) && (c.compare == nil || c.compare.Equal(*other.compare))
}

// chargedFor is what Shopify shall charge at a time.
func (a *Adapter) chargedFor(price marketplace.Price, now time.Time) (charged, error) {
	refuse := func(path, message string) (charged, error) {
		return charged{}, a.fail(marketplace.CodeInvalid, opPublishPrices, path, message, nil)
	}
	scale, known := price.Currency.Exponent()
	if !known {
		return charged{}, a.fail(marketplace.CodeNotFound, opPublishPrices, "currency", fmt.Sprintf("%q is no currency", price.Currency), nil)
	}
	if price.Amount.IsNeg() || !price.Amount.Equal(price.Amount.Trunc(scale)) {
		return refuse("amount", fmt.Sprintf("%s is not a price in whole minor units of %s, from 0", price.Amount, price.Currency))
	}
	sale := price.Sale
	if sale == nil || !sale.Until.IsZero() && !sale.Until.After(now) {
		return charged{price: price.Amount}, nil
	}
	if sale.From.After(now) || !sale.Until.IsZero() {
		return refuse("sale", "Shopify has no sale prices with a time: have the rule send the price of the moment (sale: included), or one to compare with (sale: compared)")
	}
	if sale.Amount.IsNeg() || !sale.Amount.Equal(sale.Amount.Trunc(scale)) || sale.Amount.Cmp(price.Amount) > 0 {
		return refuse("sale", fmt.Sprintf("%s is not a sale price of something that costs %s %s", sale.Amount, price.Amount, price.Currency))
	}
	if sale.Amount.Equal(price.Amount) {
		return charged{price: price.Amount}, nil
	}
	regular := price.Amount
	return charged{price: sale.Amount, compare: &regular}, nil
}

// pricedVariant is a variant with its base price, or why there is none.
type pricedVariant struct {
	id, product string
	charged     charged
	currency    canonical.Currency
	err         error
}

const (
	shopCurrency   = "\n  shop { currencyCode }"
	pricedFragment = "\nfragment Found on ProductVariant { price compareAtPrice product { id } }"
)

// priced finds the variants of items.
func (a *Adapter) priced(ctx context.Context, op string, items []marketplace.PriceItem) ([]pricedVariant, error) {
	var currency canonical.Currency
	search := variantSearch{
		op: op, name: "PricesOf", more: shopCurrency,
		fragments: pricedFragment,
		root: func(data map[string]json.RawMessage) {
			var shop struct {
				Currency wire.Text `json:"currencyCode"`
			}
			if json.Unmarshal(data["shop"], &shop) == nil {
				currency = canonical.Currency(shop.Currency.String())
			}
		},
	}
	skus := make([]string, len(items))
	for i, item := range items {
		skus[i] = item.SKU
	}
	rows, err := a.findVariants(ctx, search, skus)
	if err != nil {
		return nil, err
	}
	found := make([]pricedVariant, len(items))
	for i, item := range items {
		found[i] = a.pricedOne(op, item, rows[item.SKU])
		found[i].currency = currency
	}
	return found, nil
}

func (a *Adapter) pricedOne(op string, item marketplace.PriceItem, rows []variantRow) pricedVariant {
	row, err := a.single(op, item.SKU, rows)
	if err != nil {
		return pricedVariant{err: err}
	}
	var source struct {
		Price   wire.Text `json:"price"`
		Compare wire.Text `json:"compareAtPrice"`
	}
	_ = json.Unmarshal(row.body, &source) // what is not readable stays empty
	result := pricedVariant{id: tail(row.ID), product: productOf(row)}
	result.charged, result.err = a.readCharged(op, source.Price, source.Compare)
	if result.err == nil && result.product == "" {
		result.err = a.fail(marketplace.CodeInvalid, op, "product", fmt.Sprintf("the variant %q cannot be read", item.SKU), nil)
	}
	return result
}

// readCharged reads amounts. A price to compare at that is not higher is none: shops leave old ones there.
func (a *Adapter) readCharged(op string, price, compare wire.Text) (charged, error) {
	r := &wire.Reader{}
	result := charged{price: r.Amount("price", price)}
	if price.IsEmpty() {
		r.Fail("price", wire.ErrForm)
	}
	if !compare.IsEmpty() {
		regular := r.Amount("compareAtPrice", compare)
		result.compare = &regular
	}
	if path, err := r.Failure(); err != nil {
		return charged{}, a.fail(marketplace.CodeInvalid, op, path, "the price cannot be read", err)
	}
	return result, nil
}

// publishBase sets the prices of variants as far as they differ.
func (a *Adapter) publishBase(ctx context.Context, places []int, found []pricedVariant, charges []charged, results []marketplace.PriceResult) error {
	var changes []productChange
	var of [][]int // the places of each change's variants
	for _, i := range places {
		there, item := found[i], results[i].Item
		switch {
		case there.err != nil:
			results[i].Err = there.err
			continue
		case item.Currency != there.currency:
			results[i].Err = a.fail(marketplace.CodeNotFound, opPublishPrices, "currency", fmt.Sprintf("the shop's currency is %s: use a price list for %s", there.currency, item.Currency), nil)
			continue
		case there.charged.equal(charges[i]):
			results[i].Outcome = marketplace.PriceAccepted
			continue
		}
		at := slices.IndexFunc(changes, func(c productChange) bool { return c.product == there.product })
		if at < 0 {
			at = len(changes)
			changes, of = append(changes, productChange{product: there.product}), append(of, nil)
		}
		input := map[string]any{"id": globalID("ProductVariant", there.id), "price": charges[i].price.String(), "compareAtPrice": nil}
		if charges[i].compare != nil {
			input["compareAtPrice"] = charges[i].compare.String()
		}
		changes[at].variants, of[at] = append(changes[at].variants, input), append(of[at], i)
	}
	refusals, err := a.changeProducts(ctx, opPublishPrices, "SetPrices", changes)
	if err != nil {
		return err
	}
	for at, refusal := range refusals {
		for k, i := range of[at] {
			if results[i].Err = refusal.of(k); results[i].Err == nil {
				results[i].Outcome = marketplace.PriceAccepted
			}
		}
	}
	return nil
}

// ReadPrices implements [marketplace.PriceReader]. What Shopify charges below its price to compare at is a sale price, without a
// time.
func (a *Adapter) ReadPrices(ctx context.Context, items []marketplace.PriceItem) ([]marketplace.PriceReading, error) {
	found, err := a.priced(ctx, opReadPrices, items)
	if err != nil {
		return nil, err
	}
	readings := make([]marketplace.PriceReading, len(items))
	lists := map[string][]int{}
	for i, item := range items {
		readings[i] = marketplace.PriceReading{Item: item, Err: found[i].err}
		switch {
		case found[i].err != nil:
		case item.List != "":
			lists[item.List] = append(lists[item.List], i)
		case item.Currency != found[i].currency:
			readings[i].Err = a.fail(marketplace.CodeNotFound, opReadPrices, "currency", fmt.Sprintf("the shop's currency is %s", found[i].currency), nil)
		default:
			readings[i].Amount, readings[i].Sale = found[i].charged.reading()
		}
	}
	for list, places := range lists {
		for part := range slices.Chunk(places, skuBatch) {
			if err := a.readList(ctx, list, part, found, readings); err != nil {
				return nil, err
			}
		}
	}
	return readings, nil
}

// reading is the regular price, and the sale price if there is one.
func (c charged) reading() (decimal.Decimal, *marketplace.SalePrice) {
	if c.compare == nil || c.compare.Cmp(c.price) <= 0 {
		return c.price, nil
	}
	return *c.compare, &marketplace.SalePrice{Amount: c.price}
}
