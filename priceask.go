package retailsync

import (
	"context"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo/product"
)

// ask returns what Odoo asks for one unit of sale of the products by the rule's pricelists, before taxes and rounding.
func (r *priceRun) ask(ctx context.Context, rule priceRule, unit mapping.SaleUnit, ids []int64) (map[int64]priceValue, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	now := r.at
	query := product.PriceQuery{Pricelist: rule.pricelist, Company: r.till.company, Products: ids, At: now, Unit: unit.ID, Pieces: unit.Pieces()}
	prices, err := r.articles.Prices(ctx, query)
	if err != nil {
		return nil, err
	}
	asked := make(map[int64]priceValue, len(prices))
	for id, price := range prices {
		asked[id] = priceValue{amount: price}
	}
	if rule.Sale == mapping.SaleIncluded {
		return asked, nil
	}
	regular := map[int64]decimal.Decimal{}
	if rule.Sale == mapping.SaleCompared {
		query.Pricelist = rule.regular
		if regular, err = r.articles.Prices(ctx, query); err != nil {
			return nil, err
		}
		query.Pricelist = rule.pricelist
	}
	windows, err := r.articles.Windows(ctx, query)
	if err != nil {
		return nil, err
	}
	// Each moment is asked once, for all products whose window it belongs to.
	inside, outside := map[time.Time][]int64{}, map[time.Time][]int64{}
	for id, window := range windows {
		inside[window.Inside(now)] = append(inside[window.Inside(now)], id)
		if rule.Sale == mapping.SaleDated && !window.Outside.IsZero() {
			outside[window.Outside] = append(outside[window.Outside], id)
		}
	}
	during, err := r.askAt(ctx, query, inside, now, prices)
	if err != nil {
		return nil, err
	}
	if rule.Sale == mapping.SaleDated {
		if regular, err = r.askAt(ctx, query, outside, now, prices); err != nil {
			return nil, err
		}
	}
	for id, price := range prices {
		full, ok := regular[id]
		window, timed := windows[id]
		switch {
		case !ok:
			// No price besides this one is known.
		case timed && !window.Open && price.Cmp(full) < 0:
			asked[id] = priceValue{amount: full, sale: &marketplace.SalePrice{Amount: price, Until: window.From}}
		case timed && during[id].Cmp(full) < 0:
			asked[id] = priceValue{amount: full, sale: &marketplace.SalePrice{Amount: during[id], From: window.From, Until: window.Until}}
		case price.Cmp(full) < 0 && rule.Sale == mapping.SaleCompared:
			asked[id] = priceValue{amount: full, sale: &marketplace.SalePrice{Amount: price}}
		}
	}
	return asked, nil
}

// askAt returns prices at moments other than now, and those of now that are known.
func (r *priceRun) askAt(ctx context.Context, query product.PriceQuery, at map[time.Time][]int64, now time.Time, known map[int64]decimal.Decimal) (map[int64]decimal.Decimal, error) {
	prices := map[int64]decimal.Decimal{}
	for moment, ids := range at {
		found := known
		if !moment.Equal(now) {
			query.At, query.Products = moment, ids
			var err error
			if found, err = r.articles.Prices(ctx, query); err != nil {
				return nil, err
			}
		}
		for _, id := range ids {
			if price, ok := found[id]; ok {
				prices[id] = price
			}
		}
	}
	return prices, nil
}

// convert turns a price of a product into one with or without tax, as the rule says.
func convert(t *till, rule priceRule, article product.Article, price decimal.Decimal) (decimal.Decimal, error) {
	if rule.Taxes == mapping.PricesAsPriced {
		return price, nil
	}
	return mapping.ConvertTaxes(price, rule.Taxes, t.own(article), t.market(rule, article))
}
