package medusa

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const (
	opPublishPrices = "publish prices"
	opReadPrices    = "read prices"
	// priceBatch spreads the reading of the sale lists over many prices.
	priceBatch  = 500
	priceFields = "id,sku,product_id,*prices,*prices.price_rules"
)

// variantPrice is a price of a variant that is on no price list.
type variantPrice struct {
	ID       wire.Text                `json:"id"`
	Currency wire.Text                `json:"currency_code"`
	Amount   wire.Text                `json:"amount"`
	From     wire.Text                `json:"min_quantity"`
	To       wire.Text                `json:"max_quantity"`
	Rules    wire.Object[priceRegion] `json:"rules"`
	raw      map[string]json.RawMessage
}

type priceRegion struct {
	Region wire.Text
	others int
}

// UnmarshalJSON also counts the rules that are not of a region.
func (p *priceRegion) UnmarshalJSON(data []byte) error {
	var rules map[string]wire.Text
	if err := json.Unmarshal(data, &rules); err != nil {
		return err
	}
	for name, value := range rules {
		switch {
		case name == "region_id":
			p.Region = value
		case !value.IsEmpty():
			p.others++
		}
	}
	return nil
}

// UnmarshalJSON also keeps what has to be written back as it is.
func (p *variantPrice) UnmarshalJSON(data []byte) error {
	type plain variantPrice
	if err := json.Unmarshal(data, (*plain)(p)); err != nil {
		return err
	}
	return json.Unmarshal(data, &p.raw)
}

// of says whether the price is that of an item: for one unit, in its currency, and in its region or everywhere.
func (p variantPrice) of(item marketplace.PriceItem) bool {
	return p.From.IsEmpty() && p.To.IsEmpty() && p.Rules.Value.others == 0 &&
		p.Rules.Value.Region.String() == item.List && strings.EqualFold(p.Currency.String(), string(item.Currency))
}

// PriceBatch implements [marketplace.PricePublisher].
func (a *Adapter) PriceBatch() int { return priceBatch }

// PublishPrices implements [marketplace.PricePublisher]. A list is the id of a region; without one it is the price of the
// currency everywhere. Whether prices are with tax is the shop's setting of the currency (or region), and is not changed:
// write the same under taxes in the rules.
//
// A sale price goes to a price list of the type sale for its time, titled "retailsync sale …", which is made when it is
// needed and deleted when its time is over. Prices for larger quantities and of other price lists are left alone.
// Medusa sets all prices of a variant at once, so what somebody else writes to the same variant in that moment can be lost.
func (a *Adapter) PublishPrices(ctx context.Context, prices []marketplace.Price) ([]marketplace.PriceResult, error) {
	results := make([]marketplace.PriceResult, len(prices))
	if len(prices) == 0 {
		return results, nil
	}
	items := make([]marketplace.PriceItem, len(prices))
	for i, price := range prices {
		items[i] = price.PriceItem
	}
	shelf, err := a.priced(ctx, opPublishPrices, items)
	if err != nil {
		return nil, err
	}
	var open []int
	for i, price := range prices {
		results[i] = marketplace.PriceResult{Item: price.PriceItem, Outcome: marketplace.PriceRejected}
		if results[i].Err = shelf.failed(price.PriceItem); results[i].Err != nil {
			continue
		}
		if results[i].Err = a.checkPrice(price); results[i].Err == nil {
			open = append(open, i)
		}
	}
	if err := a.writePrices(ctx, shelf, prices, results, open); err != nil {
		return nil, err
	}
	open = slices.DeleteFunc(open, func(i int) bool { return results[i].Err != nil })
	if err := a.writeSales(ctx, shelf, prices, results, open); err != nil {
		return nil, err
	}
	for _, i := range open {
		if results[i].Err == nil {
			results[i].Outcome = marketplace.PriceAccepted
		}
	}
	return results, nil
}

// checkPrice refuses what Medusa would take and not be able to charge.
func (a *Adapter) checkPrice(price marketplace.Price) error {
	check := func(path string, amount decimal.Decimal) error {
		if amount.IsNeg() {
			return a.fail(marketplace.CodeInvalid, opPublishPrices, path, fmt.Sprintf("%s for %q is less than nothing", amount, price.SKU), nil)
		}
		if _, err := price.Currency.Minor(amount); err != nil {
			return a.fail(marketplace.CodeInvalid, opPublishPrices, path, fmt.Sprintf("%s for %q is no amount of %s", amount, price.SKU, price.Currency), err)
		}
		return nil
	}
	if err := check("amount", price.Amount); err != nil || price.Sale == nil {
		return err
	}
	if sale := price.Sale; !sale.From.IsZero() && !sale.Until.IsZero() && !sale.From.Before(sale.Until) {
		return a.fail(marketplace.CodeInvalid, opPublishPrices, "sale", fmt.Sprintf("the sale of %q ends before it begins", price.SKU), nil)
	}
	return check("sale", price.Sale.Amount)
}

// writePrices sets the regular prices that differ, product by product.
func (a *Adapter) writePrices(ctx context.Context, shelf *priceShelf, prices []marketplace.Price, results []marketplace.PriceResult, open []int) error {
	wanted := map[string]map[string][]int{} // by product and variant
	for _, i := range open {
		of := shelf.variants[prices[i].SKU]
		if there, ok := shelf.regular(prices[i].PriceItem); ok && there.Equal(prices[i].Amount) {
			continue
		}
		product := of.Product.String()
		if wanted[product] == nil {
			wanted[product] = map[string][]int{}
		}
		wanted[product][of.ID.String()] = append(wanted[product][of.ID.String()], i)
	}
	var lost lostProducts
	for _, product := range slices.Sorted(maps.Keys(wanted)) {
		var writes []variantWrite
		for _, id := range slices.Sorted(maps.Keys(wanted[product])) {
			of := shelf.variants[prices[wanted[product][id][0]].SKU]
			var all []map[string]any
			for _, there := range of.Prices.Items {
				if !slices.ContainsFunc(wanted[product][id], func(i int) bool { return there.of(prices[i].PriceItem) }) {
					all = append(all, there.asIs())
				}
			}
			for _, i := range wanted[product][id] {
				all = append(all, set(prices[i].PriceItem, prices[i].Amount))
			}
			writes = append(writes, variantWrite{id: id, fields: map[string]any{"prices": all}})
		}
		failed, err := a.writeVariants(ctx, opPublishPrices, product, writes)
		if lost.over(err, len(wanted)) {
			return err
		}
		for id, of := range wanted[product] {
			for _, i := range of {
				if results[i].Err = failed[id]; err != nil {
					results[i].Err = err
				}
			}
		}
	}
	return nil
}

// asIs is a price as it is written back.
func (p variantPrice) asIs() map[string]any {
	kept := map[string]any{}
	for _, name := range []string{"id", "currency_code", "amount", "min_quantity", "max_quantity", "rules"} {
		if value := p.raw[name]; value != nil && string(value) != "null" {
			kept[name] = value
		}
	}
	return kept
}

// set is a price as Medusa takes it.
func set(item marketplace.PriceItem, amount decimal.Decimal) map[string]any {
	price := map[string]any{"currency_code": strings.ToLower(string(item.Currency)), "amount": number(amount.Trim(0).String())}
	if item.List != "" {
		price["rules"] = map[string]string{"region_id": item.List}
	}
	return price
}

// ReadPrices implements [marketplace.PriceReader]. The sale price is the one that this adapter has set; sales of other
// price lists are the shop's own.
func (a *Adapter) ReadPrices(ctx context.Context, items []marketplace.PriceItem) ([]marketplace.PriceReading, error) {
	readings := make([]marketplace.PriceReading, len(items))
	if len(items) == 0 {
		return readings, nil
	}
	shelf, err := a.priced(ctx, opReadPrices, items)
	if err != nil {
		return nil, err
	}
	for i, item := range items {
		readings[i].Item = item
		if readings[i].Err = shelf.failed(item); readings[i].Err != nil {
			continue
		}
		amount, ok := shelf.regular(item)
		if !ok {
			readings[i].Err = a.fail(marketplace.CodeNotFound, opReadPrices, "currency", fmt.Sprintf("%q has no price in %s", item.SKU, item.Currency), nil)
			continue
		}
		readings[i].Amount, readings[i].Sale = amount, shelf.sale(item)
	}
	return readings, nil
}

// priceShelf is what the shop has of some items.
type priceShelf struct {
	adapter  *Adapter
	op       string
	variants map[string]soldVariant
	bySKU    map[string]error
	// currencies are the shop's, regions its regions that were asked for with their currency.
	currencies map[canonical.Currency]bool
	regions    map[string]canonical.Currency
	lists      []saleList
}

// priced reads what the shop has of the items: variants, currencies, regions and sale lists.
func (a *Adapter) priced(ctx context.Context, op string, items []marketplace.PriceItem) (*priceShelf, error) {
	s := &priceShelf{adapter: a, op: op}
	skus := make([]string, len(items))
	regions := map[string]bool{}
	for i, item := range items {
		skus[i] = item.SKU
		if item.List != "" {
			regions[item.List] = true
		}
	}
	var err error
	if s.variants, s.bySKU, err = a.variantsBySKU(ctx, op, priceFields, skus); err != nil {
		return nil, err
	}
	if s.currencies, err = a.currencies(ctx, op); err != nil {
		return nil, err
	}
	if s.regions, err = a.regions(ctx, op, slices.Sorted(maps.Keys(regions))); err != nil {
		return nil, err
	}
	s.lists, err = a.saleLists(ctx, op)
	return s, err
}

// failed says why the shop cannot have a price of the item.
func (s *priceShelf) failed(item marketplace.PriceItem) error {
	if err := s.bySKU[item.SKU]; err != nil {
		return err
	}
	if item.List != "" {
		of, ok := s.regions[item.List]
		switch {
		case !ok:
			return s.adapter.fail(marketplace.CodeNotFound, s.op, "list", fmt.Sprintf("the shop has no region %q: correct prices.list in the rules", item.List), nil)
		case of != item.Currency:
			return s.adapter.fail(marketplace.CodeNotFound, s.op, "currency", fmt.Sprintf("the region %q charges in %s, not in %s", item.List, of, item.Currency), nil)
		}
	}
	if !s.currencies[item.Currency] {
		return s.adapter.fail(marketplace.CodeNotFound, s.op, "currency", fmt.Sprintf("the shop does not sell in %s: add the currency to the store", item.Currency), nil)
	}
	return nil
}

// regular is the item's price that is on no list; false if there is none that can be read.
func (s *priceShelf) regular(item marketplace.PriceItem) (decimal.Decimal, bool) {
	for _, price := range s.variants[item.SKU].Prices.Items {
		if price.of(item) {
			amount, err := price.Amount.Decimal()
			return amount.Trim(0), err == nil
		}
	}
	return decimal.Zero, false
}

// currencies are those that the store sells in.
func (a *Adapter) currencies(ctx context.Context, op string) (map[canonical.Currency]bool, error) {
	reply, err := a.client.Get(ctx, op, "/admin/stores", url.Values{"fields": {"id,*supported_currencies"}})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Stores []struct {
			Currencies wire.List[struct {
				Code wire.Text `json:"currency_code"`
			}] `json:"supported_currencies"`
		} `json:"stores"`
	}
	if err := a.client.Decode(op, reply, &answer); err != nil {
		return nil, err
	}
	known := map[canonical.Currency]bool{}
	for _, store := range answer.Stores {
		for _, currency := range store.Currencies.Items {
			known[canonical.Currency(strings.ToUpper(currency.Code.String()))] = true
		}
	}
	return known, nil
}

// regions are the currencies of the regions, as far as the shop has them.
func (a *Adapter) regions(ctx context.Context, op string, ids []string) (map[string]canonical.Currency, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	reply, err := a.client.Get(ctx, op, "/admin/regions", url.Values{"id[]": ids, "limit": {strconv.Itoa(len(ids))}, "fields": {"id,currency_code"}})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Regions []struct {
			ID       wire.Text `json:"id"`
			Currency wire.Text `json:"currency_code"`
		} `json:"regions"`
	}
	if err := a.client.Decode(op, reply, &answer); err != nil {
		return nil, err
	}
	known := map[string]canonical.Currency{}
	for _, region := range answer.Regions {
		known[region.ID.String()] = canonical.Currency(strings.ToUpper(region.Currency.String()))
	}
	return known, nil
}
