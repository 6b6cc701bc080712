package retailsync

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo/product"
)

// ShadowPrices compares what the rules in service and others would have the channel charge for every product that Odoo sells, on each of its price
// lists: by pricelists, sales, taxes and rounding of each. Both ask Odoo for the prices of one moment. A SKU that several products have is
// published by no rules, and is left out.
//
// It writes nothing, to neither Odoo nor the channel, store or journal, and does not ask the channel anything. It needs memory in proportion to
// the catalog, about a hundred bytes a SKU: prices are compared a chunk at a time. Records that rules name and Odoo lacks are an error.
func (c *Connector) ShadowPrices(ctx context.Context, channel canonical.Channel, others *mapping.Rules, run ShadowRun) (*ShadowReport, error) {
	report := &ShadowReport{Flow: "prices", onDiffering: run.OnDiffering}
	now, then := c.shadowPair(others)
	here, err := now.till(ctx, channel)
	if err != nil {
		return report, err
	}
	there, err := then.till(ctx, channel)
	if err != nil {
		return report, otherRules(err)
	}
	started := time.Now().UTC()
	sides := [2]shadowTill{{till: here}, {till: there}}
	for i := range sides {
		side := &sides[i]
		side.run = &priceRun{till: side.till, at: started.UTC().Truncate(time.Second)}
		side.run.outbound = &outbound[marketplace.PriceItem, priceValue]{Connector: now, port: side.run, channel: channel, kind: "price", started: started}
		if i == 1 && there.company == here.company {
			side.articles = sides[0].articles
			continue
		}
		if side.articles, err = now.soldAlone(ctx, side.till.company); err != nil {
			return report, err
		}
	}
	ids := map[int64]bool{}
	for _, side := range sides {
		for id := range side.articles {
			ids[id] = true
		}
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(ids)), shadowChunk) {
		var views [2]map[marketplace.PriceItem]shadowView
		for i := range sides {
			if views[i], err = sides[i].look(ctx, part); err != nil {
				return report, err
			}
		}
		items := map[marketplace.PriceItem]bool{}
		for _, view := range views {
			for item := range view {
				items[item] = true
			}
		}
		for _, item := range slices.SortedFunc(maps.Keys(items), func(a, b marketplace.PriceItem) int {
			return cmp.Or(cmp.Compare(a.SKU, b.SKU), cmp.Compare(a.List, b.List), cmp.Compare(a.Currency, b.Currency))
		}) {
			report.compare(canonical.Key{Channel: channel, ID: item.SKU}, sides[0].run.name(item), views[0][item], views[1][item])
		}
	}
	return report, nil
}

// soldAlone are the products that are sold, by id, without those whose SKU another one has.
func (c *Connector) soldAlone(ctx context.Context, company int64) (map[int64]product.Article, error) {
	all, err := c.articles.Articles(ctx, company, nil)
	if err != nil {
		return nil, err
	}
	owners, err := ownersOf(ctx, all, nil)
	if err != nil {
		return nil, err
	}
	alone := make(map[int64]product.Article, len(all))
	for _, a := range all {
		if len(owners[a.SKU]) == 1 {
			alone[a.ID] = a
		}
	}
	return alone, nil
}

// shadowTill is how some rules charge.
type shadowTill struct {
	till     *till
	run      *priceRun
	articles map[int64]product.Article
}

// look says what the products cost by the rules.
func (s *shadowTill) look(ctx context.Context, ids []int64) (map[marketplace.PriceItem]shadowView, error) {
	var own []product.Article
	for _, id := range ids {
		if article, ok := s.articles[id]; ok {
			own = append(own, article)
		}
	}
	views := map[marketplace.PriceItem]shadowView{}
	for _, rule := range s.till.prices {
		priced, err := s.run.priced(ctx, rule, own)
		if err != nil {
			return nil, err
		}
		for _, p := range priced {
			view := shadowView{err: p.err, values: map[string]string{"price": p.value.amount.Trim(0).String()}}
			if sale := p.value.sale; sale != nil {
				view.values["sale price"], view.values["sale from"], view.values["sale until"] = sale.Amount.Trim(0).String(), moment(sale.From), moment(sale.Until)
			}
			views[rule.item(p.sku)] = view
		}
	}
	return views, nil
}
