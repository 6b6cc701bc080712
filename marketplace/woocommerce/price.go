package woocommerce

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/tally"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const (
	opPublishPrices = "publish prices"
	opReadPrices    = "read prices"
	priceFields     = keyFields + ",regular_price,sale_price,date_on_sale_from_gmt,date_on_sale_to_gmt"
)

// PriceBatch implements [marketplace.PricePublisher].
func (a *Adapter) PriceBatch() int { return pageSize }

// PublishPrices implements [marketplace.PricePublisher]. A price is the shop's regular price, with or without tax as the
// shop's own setting says (Prices entered with tax); a sale is its sale price with its dates. Prices that the shop has
// already are not written. The shop has one currency and no price lists: others are refused.
func (a *Adapter) PublishPrices(ctx context.Context, prices []marketplace.Price) ([]marketplace.PriceResult, error) {
	results := make([]marketplace.PriceResult, len(prices))
	if len(prices) == 0 {
		return results, nil
	}
	currency, err := a.currency(ctx, opPublishPrices)
	if err != nil {
		return nil, err
	}
	var open []int
	var skus []string
	for i, price := range prices {
		results[i] = marketplace.PriceResult{Item: price.PriceItem, Outcome: marketplace.PriceRejected}
		if results[i].Err = a.checkPrice(price, currency); results[i].Err == nil {
			open, skus = append(open, i), append(skus, price.SKU)
		}
	}
	there, err := a.lookUp(ctx, opPublishPrices, priceFields, skus)
	if err != nil {
		return nil, err
	}
	var changes []change
	var written []int
	for k, i := range open {
		switch {
		case there[k].err != nil:
			results[i].Err = there[k].err
		case there[k].hasVariations() || there[k].Type.String() == "grouped":
			results[i].Err = a.fail(marketplace.CodeInvalid, opPublishPrices, "sku", fmt.Sprintf("%q is a product of the type %q, which has no price of its own: publish the prices of what it is made of", prices[i].SKU, there[k].Type.String()), nil)
		case has(there[k].product, prices[i]):
			results[i].Outcome = marketplace.PriceAccepted
		default:
			changes = append(changes, change{target: there[k].product, path: "amount", fields: priceWrite(prices[i], tally.Scale(currency))})
			written = append(written, i)
		}
	}
	shown, err := a.write(ctx, opPublishPrices, changes)
	if err != nil {
		return nil, err
	}
	for k, i := range written {
		switch {
		case shown[k].err != nil:
			results[i].Err = shown[k].err
		case !has(shown[k].product, prices[i]):
			results[i].Err = a.fail(marketplace.CodeInvalid, opPublishPrices, "amount", fmt.Sprintf("the shop shows another price of %q than was set: a plugin changes it", prices[i].SKU), nil)
		default:
			results[i].Outcome = marketplace.PriceAccepted
		}
	}
	return results, nil
}

func (a *Adapter) currency(ctx context.Context, op string) (canonical.Currency, error) {
	word, err := a.setting(ctx, op, currencySetting)
	return canonical.Currency(strings.ToUpper(word)), err
}

// checkItem refuses what the shop does not have at all.
func (a *Adapter) checkItem(op string, item marketplace.PriceItem, currency canonical.Currency) error {
	switch {
	case item.List != "":
		return a.fail(marketplace.CodeNotFound, op, "list", fmt.Sprintf("WooCommerce has no price list %q: name none in the rules", item.List), nil)
	case item.Currency != currency:
		return a.fail(marketplace.CodeNotFound, op, "currency", fmt.Sprintf("the shop sells in %s and has no prices in %s: choose a pricelist in %[1]s in the rules", currency, item.Currency), nil)
	}
	return nil
}

// checkPrice refuses what the shop would keep but not charge.
func (a *Adapter) checkPrice(price marketplace.Price, currency canonical.Currency) error {
	if err := a.checkItem(opPublishPrices, price.PriceItem, currency); err != nil {
		return err
	}
	refuse := func(path, why string) error {
		return a.fail(marketplace.CodeInvalid, opPublishPrices, path, fmt.Sprintf("the price of %q cannot be set: %s", price.SKU, why), nil)
	}
	scale := tally.Scale(currency)
	if !isPrice(price.Amount, scale) {
		return refuse("amount", fmt.Sprintf("%s is not an amount of %s", price.Amount, currency))
	}
	sale := price.Sale
	if sale == nil {
		return nil
	}
	switch {
	case !isPrice(sale.Amount, scale):
		return refuse("sale", fmt.Sprintf("%s is not an amount of %s", sale.Amount, currency))
	case sale.Amount.Cmp(price.Amount) >= 0:
		return refuse("sale", "the shop ignores a sale price that is not lower than the regular one")
	case !sale.Until.IsZero() && !sale.Until.After(sale.From):
		return refuse("sale", "the sale ends before it begins")
	}
	return nil
}

// isPrice reports whether an amount is one of whole minor units from 0.
func isPrice(amount decimal.Decimal, scale int) bool {
	return !amount.IsNeg() && amount.Trim(0).Scale() <= scale
}

// wireMoment is a time in UTC as PHP reads it without a doubt.
const wireMoment = "2006-01-02T15:04:05Z"

// saleDates are the first and the last second of a sale; empty for a side that is open.
func saleDates(sale *marketplace.SalePrice) (from, to string) {
	if sale == nil {
		return "", ""
	}
	if !sale.From.IsZero() {
		from = sale.From.UTC().Add(time.Second - 1).Truncate(time.Second).Format(wireMoment)
	}
	if !sale.Until.IsZero() {
		to = sale.Until.UTC().Add(-1).Truncate(time.Second).Format(wireMoment)
	}
	return from, to
}

// priceWrite are the fields that set a price. An empty text clears a field; null would leave it alone. Amounts have all their
// decimals: a sale price of "0" is shown as none, one of "0.00" is not.
func priceWrite(price marketplace.Price, scale int) map[string]any {
	from, to := saleDates(price.Sale)
	fields := map[string]any{
		"regular_price": price.Amount.Trim(0).Pad(scale).String(), "sale_price": "", "date_on_sale_from_gmt": from, "date_on_sale_to_gmt": to,
	}
	if price.Sale != nil {
		fields["sale_price"] = price.Sale.Amount.Trim(0).Pad(scale).String()
	}
	return fields
}

// has reports whether a product has the price already.
func has(p product, price marketplace.Price) bool {
	var r wire.Reader
	amount, sale := readPrice(&r, p)
	if failed(r) || p.RegularPrice.IsEmpty() || !amount.Equal(price.Amount) || (sale == nil) != (price.Sale == nil) {
		return false
	}
	if sale == nil {
		return true
	}
	from, to := saleDates(sale)
	wantFrom, wantTo := saleDates(price.Sale)
	return sale.Amount.Equal(price.Sale.Amount) && from == wantFrom && to == wantTo
}

// readPrice is what a product costs.
func readPrice(r *wire.Reader, p product) (decimal.Decimal, *marketplace.SalePrice) {
	amount := r.Amount("regular_price", p.RegularPrice)
	var sale *marketplace.SalePrice
	if !p.SalePrice.IsEmpty() {
		sale = &marketplace.SalePrice{
			Amount: r.Amount("sale_price", p.SalePrice),
			From:   r.Time("date_on_sale_from_gmt", p.SaleFrom),
			Until:  r.Time("date_on_sale_to_gmt", p.SaleTo),
		}
		if !sale.Until.IsZero() {
			sale.Until = sale.Until.Add(time.Second) // the shop's is the last second of the sale
		}
	}
	return amount, sale
}

// ReadPrices implements [marketplace.PriceReader]. What has no price in the shop, as products with variations, is
// [marketplace.CodeNotFound] with the Path "list".
func (a *Adapter) ReadPrices(ctx context.Context, items []marketplace.PriceItem) ([]marketplace.PriceReading, error) {
	readings := make([]marketplace.PriceReading, len(items))
	if len(items) == 0 {
		return readings, nil
	}
	currency, err := a.currency(ctx, opReadPrices)
	if err != nil {
		return nil, err
	}
	skus := make([]string, len(items))
	for i, item := range items {
		skus[i] = item.SKU
	}
	there, err := a.lookUp(ctx, opReadPrices, priceFields, skus)
	if err != nil {
		return nil, err
	}
	for i, item := range items {
		readings[i] = a.priceReading(item, currency, there[i])
	}
	return readings, nil
}

func (a *Adapter) priceReading(item marketplace.PriceItem, currency canonical.Currency, there found) marketplace.PriceReading {
	reading := marketplace.PriceReading{Item: item}
	if reading.Err = a.checkItem(opReadPrices, item, currency); reading.Err != nil {
		return reading
	}
	if reading.Err = there.err; reading.Err != nil {
		return reading
	}
	if there.RegularPrice.IsEmpty() {
		reading.Err = a.fail(marketplace.CodeNotFound, opReadPrices, "list", fmt.Sprintf("the shop has no price of %q: publish one", item.SKU), nil)
		return reading
	}
	var r wire.Reader
	amount, sale := readPrice(&r, there.product)
	if path, err := r.Failure(); err != nil {
		reading.Err = a.fail(marketplace.CodeInvalid, opReadPrices, path, fmt.Sprintf("the price of %q cannot be read: correct it in the shop", item.SKU), err)
		return reading
	}
	reading.Amount, reading.Sale = amount, sale
	return reading
}
