package retailsync

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo/product"
)

// priceRun is one run for one channel.
type priceRun struct {
	*outbound[marketplace.PriceItem, priceValue]
	target  marketplace.PricePublisher
	till    *till
	options PriceRun
	report  *PriceReport

	// at is the moment of the prices, to the second. It is not before that of the changes: what begins between the two is
	// named by no later cycle.
	at time.Time
	// changed is what a cycle is about.
	changed product.Changed
	// unknown asks for what only the channel has.
	unknown bool
}

// priceValue is what an item shall cost.
type priceValue struct {
	amount decimal.Decimal
	sale   *marketplace.SalePrice
}

// changes names what changed since a cursor.
func (r *priceRun) changes(ctx context.Context, cursor string) (string, error) {
	var err error
	r.changed, err = r.articles.Changes(ctx, product.Cursor(cursor), product.Watch{Pricelists: r.till.pricelists, Taxes: r.till.taxes != nil})
	return string(r.changed.Cursor), err
}

// compare works on what changed and what is owed, or on everything.
func (r *priceRun) compare(ctx context.Context, everything bool) error {
	r.full, r.at = everything, time.Now().UTC().Truncate(time.Second)
	var ids []int64
	if !everything && !r.changed.Everything {
		wanted := r.owedProducts()
		for _, id := range r.changed.Products {
			wanted[id] = true
		}
		if ids = slices.Sorted(maps.Keys(wanted)); len(ids) == 0 {
			return nil
		}
	}
	articles, err := r.articles.Articles(ctx, r.till.company, ids)
	if err != nil {
		return err
	}
	if err := r.onlyThere(ctx, articles); err != nil {
		return err
	}
	if articles, err = r.unique(ctx, articles, ids != nil); err != nil {
		return err
	}
	var offers []outboundOffer[marketplace.PriceItem, priceValue]
	for _, rule := range r.till.prices {
		of, err := r.offers(ctx, rule, articles)
		if err != nil {
			return err
		}
		offers = append(offers, of...)
	}
	return r.settle(ctx, offers, nil)
}

// unique leaves out products without a SKU, and refuses SKUs that several products have.
func (r *priceRun) unique(ctx context.Context, articles []product.Article, some bool) ([]product.Article, error) {
	var find func(context.Context, []string) ([]product.Article, error)
	if some {
		find = func(ctx context.Context, skus []string) ([]product.Article, error) {
			return r.articles.Named(ctx, r.till.company, skus)
		}
	}
	owners, err := ownersOf(ctx, articles, find)
	if err != nil {
		return nil, err
	}
	for _, sku := range slices.Sorted(maps.Keys(owners)) {
		if ids := owners[sku]; len(ids) > 1 {
			for _, rule := range r.till.prices {
				r.result(PriceResult{Item: rule.item(sku), Outcome: OutFailed, Err: sharedSKU(sku, ids)})
			}
		}
	}
	return slices.DeleteFunc(articles, func(a product.Article) bool { return a.SKU == "" || len(owners[a.SKU]) > 1 }), nil
}

// ownersOf returns the products of each SKU, also those that find knows and that are not among the articles; nil if these are
// all.
func ownersOf(ctx context.Context, articles []product.Article, find func(ctx context.Context, skus []string) ([]product.Article, error)) (map[string][]int64, error) {
	owners := map[string][]int64{}
	if find == nil {
		for _, a := range articles {
			if a.SKU != "" {
				owners[a.SKU] = append(owners[a.SKU], a.ID)
			}
		}
		return owners, nil
	}
	for part := range slices.Chunk(articles, 1000) {
		skus := make([]string, 0, len(part))
		for _, a := range part {
			if a.SKU != "" {
				skus = append(skus, a.SKU)
			}
		}
		products, err := find(ctx, skus)
		if err != nil {
			return nil, err
		}
		for _, p := range products {
			if !slices.Contains(owners[p.SKU], p.ID) {
				owners[p.SKU] = append(owners[p.SKU], p.ID)
			}
		}
	}
	return owners, nil
}

func sharedSKU(sku string, owners []int64) error {
	return fmt.Errorf("the SKU %q is that of %d products in Odoo (%v): give each its own internal reference", sku, len(owners), owners)
}

// onlyThere reports the SKUs that only the channel has, where they can be listed and somebody asked.
func (r *priceRun) onlyThere(ctx context.Context, articles []product.Article) error {
	lister, ok := r.target.(marketplace.ListingLister)
	if !ok || !r.unknown {
		return nil
	}
	known := map[string]bool{}
	for _, a := range articles {
		for _, name := range r.till.callsIt(a.SKU) {
			known[name] = true
		}
	}
	listed, err := listListings(ctx, lister)
	if err != nil {
		return err
	}
	for _, listing := range listed {
		if !known[listing.SKU] {
			r.result(PriceResult{Item: marketplace.PriceItem{SKU: listing.SKU}, Outcome: OutUnknown})
		}
	}
	return nil
}

// callsIt returns the names that the channel has for a SKU of Odoo.
func (t *till) callsIt(sku string) []string { return t.names.of(sku) }

func (p priceRule) item(sku string) marketplace.PriceItem {
	return marketplace.PriceItem{SKU: sku, List: p.List, Currency: p.Currency}
}

// offers says what the articles shall cost by a rule. Those that have no price are reported.
func (r *priceRun) offers(ctx context.Context, rule priceRule, articles []product.Article) ([]outboundOffer[marketplace.PriceItem, priceValue], error) {
	priced, err := r.priced(ctx, rule, articles)
	if err != nil {
		return nil, err
	}
	offers := make([]outboundOffer[marketplace.PriceItem, priceValue], 0, len(priced))
	for _, p := range priced {
		item := rule.item(p.sku)
		if p.err != nil {
			r.result(PriceResult{Item: item, ProductID: p.article.ID, Outcome: OutFailed, Err: fmt.Errorf("the price of %q: %w", p.sku, p.err)})
			continue
		}
		offers = append(offers, outboundOffer[marketplace.PriceItem, priceValue]{item: item, product: p.article.ID, wanted: p.value})
	}
	return offers, nil
}

// pricedSKU is what one of the channel's names of a product costs, in its unit of sale, or why that cannot be said.
type pricedSKU struct {
	sku     string
	article product.Article
	unit    mapping.SaleUnit
	value   priceValue
	err     error
}

// priced says what the articles cost by a rule, by each name that the channel has for them. Odoo is asked once per unit of
// sale. Those that were deleted meanwhile are left out.
func (r *priceRun) priced(ctx context.Context, rule priceRule, articles []product.Article) ([]pricedSKU, error) {
	all := make([]pricedSKU, 0, len(articles))
	wanted := map[mapping.SaleUnit][]int64{}
	for _, a := range articles {
		for _, sku := range r.till.callsIt(a.SKU) {
			p := pricedSKU{sku: sku, article: a}
			if p.unit, p.err = r.till.units.Of(sku, a.UoM.ID); p.err == nil {
				wanted[p.unit] = append(wanted[p.unit], a.ID)
			}
			all = append(all, p)
		}
	}
	asked := map[mapping.SaleUnit]map[int64]priceValue{}
	for unit, ids := range wanted {
		var err error
		if asked[unit], err = r.ask(ctx, rule, unit, slices.Compact(ids)); err != nil {
			return nil, err
		}
	}
	priced := all[:0]
	for _, p := range all {
		if p.err == nil {
			price, ok := asked[p.unit][p.article.ID]
			if !ok {
				continue
			}
			p.value, p.err = r.till.charge(rule, p.article, price)
		}
		priced = append(priced, p)
	}
	return priced, nil
}

// charge turns what Odoo asks into what the channel charges.
func (t *till) charge(rule priceRule, article product.Article, asked priceValue) (priceValue, error) {
	form := func(price decimal.Decimal) (decimal.Decimal, error) {
		price, err := convert(t, rule, article, price)
		if err != nil {
			return price, err
		}
		return rule.Round(price)
	}
	amount, err := form(asked.amount)
	if err != nil || asked.sale == nil {
		return priceValue{amount: amount}, err
	}
	sale := *asked.sale
	if sale.Amount, err = form(sale.Amount); err != nil {
		return priceValue{}, err
	}
	if sale.Amount.Cmp(amount) >= 0 {
		return priceValue{amount: amount}, nil // rounded to the same
	}
	return priceValue{amount: amount, sale: &sale}, nil
}

// batch implements port.
func (r *priceRun) batch() int { return r.target.PriceBatch() }

// name implements port.
func (r *priceRun) name(item marketplace.PriceItem) string {
	return item.SKU + "@" + item.List + "/" + string(item.Currency)
}

// digest implements port.
func (r *priceRun) digest(value priceValue) string {
	text := value.amount.Trim(0).String()
	if sale := value.sale; sale != nil {
		text += fmt.Sprintf("|%s|%s|%s", sale.Amount.Trim(0), moment(sale.From), moment(sale.Until))
	}
	return text
}

// moment is a time in a digest; open sides are empty.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// same implements port.
func (r *priceRun) same(o outboundOffer[marketplace.PriceItem, priceValue]) bool {
	return r.digest(*o.shown) == r.digest(o.wanted)
}

// drifted implements port.
func (r *priceRun) drifted(o outboundOffer[marketplace.PriceItem, priceValue]) bool {
	return r.digest(*o.shown) != o.remembered
}

// look implements port.
func (r *priceRun) look(ctx context.Context, items []marketplace.PriceItem) (map[marketplace.PriceItem]shownValue[priceValue], error) {
	reader, ok := r.target.(marketplace.PriceReader)
	if !ok {
		return nil, nil
	}
	readings, err := reader.ReadPrices(ctx, items)
	if err != nil {
		return nil, err
	}
	shown := make(map[marketplace.PriceItem]shownValue[priceValue], len(readings))
	for _, reading := range readings {
		value := priceValue{amount: reading.Amount, sale: reading.Sale}
		if value.sale != nil && !value.sale.Until.IsZero() && !value.sale.Until.After(r.at) {
			value.sale = nil // it is over
		}
		shown[reading.Item] = shownValue[priceValue]{value: value, err: reading.Err}
	}
	return shown, nil
}

// send implements port.
func (r *priceRun) send(ctx context.Context, offers []outboundOffer[marketplace.PriceItem, priceValue]) ([]outboundAnswer, error) {
	prices := make([]marketplace.Price, len(offers))
	for i, o := range offers {
		prices[i] = marketplace.Price{PriceItem: o.item, Amount: o.wanted.amount, Sale: o.wanted.sale, Key: r.key(o)}
	}
	results, err := r.target.PublishPrices(ctx, prices)
	return priceAnswers(results), err
}

// follow implements port.
func (r *priceRun) follow(ctx context.Context, tickets []string) ([]outboundAnswer, error) {
	follower, ok := r.target.(marketplace.PriceFollower)
	if !ok {
		return nil, nil
	}
	results, err := follower.FollowPrices(ctx, tickets)
	return priceAnswers(results), err
}

func priceAnswers(results []marketplace.PriceResult) []outboundAnswer {
	answers := make([]outboundAnswer, len(results))
	for i, result := range results {
		answers[i] = outboundAnswer{ticket: result.Ticket, err: result.Err}
		switch result.Outcome {
		case marketplace.PriceAccepted:
			answers[i].outcome = outboundAccepted
		case marketplace.PricePending:
			answers[i].outcome = outboundPending
		}
	}
	return answers
}

// event implements port.
func (r *priceRun) event(o outboundOffer[marketplace.PriceItem, priceValue]) (canonical.EventType, string) {
	text := fmt.Sprintf("costs %s %s", o.wanted.amount, o.item.Currency)
	if o.wanted.sale != nil {
		text += fmt.Sprintf(", on sale %s", o.wanted.sale.Amount)
	}
	if o.shown != nil {
		text += fmt.Sprintf(" instead of %s", o.shown.amount)
		if o.shown.sale != nil {
			text += fmt.Sprintf(", on sale %s", o.shown.sale.Amount)
		}
	}
	return canonical.EventPricePublished, text
}

// decided implements port.
func (r *priceRun) decided(o outboundOffer[marketplace.PriceItem, priceValue], outcome PublishOutcome, err error) {
	result := PriceResult{
		Item: o.item, ProductID: o.product, Outcome: outcome, Amount: o.wanted.amount, Sale: o.wanted.sale, Drifted: o.drifted, Err: err,
	}
	if o.shown != nil {
		result.Shown = &marketplace.PriceReading{Item: o.item, Amount: o.shown.amount, Sale: o.shown.sale}
	}
	r.result(result)
}

func (r *priceRun) result(result PriceResult) {
	r.report.add(result, result.Outcome, result.Drifted)
	if r.options.OnResult != nil {
		r.options.OnResult(result)
	}
}
