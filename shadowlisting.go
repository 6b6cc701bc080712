package retailsync

import (
	"context"
	"maps"
	"slices"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo/product"
)

// ShadowListings compares what the rules in service and others would have the channel's listings say of every product in Odoo, field by field.
// A SKU that several products have is published by no rules, and is left out.
//
// It writes nothing, to neither Odoo nor the channel, store or journal; of the channel's adapter it asks no more than which fields it can write. Its
// memory is bounded but for the list of SKUs: products are described a chunk at a time.
func (c *Connector) ShadowListings(ctx context.Context, target marketplace.ListingPublisher, others *mapping.Rules, run ShadowRun) (*ShadowReport, error) {
	report := &ShadowReport{Flow: "listings", onDiffering: run.OnDiffering}
	now, then := c.shadowPair(others)
	here, err := now.shopWindow(ctx, target)
	if err != nil {
		return report, err
	}
	there, err := then.shopWindow(ctx, target)
	if err != nil {
		return report, otherRules(err)
	}
	windows := [2]*shopWindow{here, there}
	var shown [2]map[int64]bool
	ids := map[int64]bool{}
	for i, window := range windows {
		if i == 1 && there.company == here.company {
			shown[1] = shown[0]
			continue
		}
		if shown[i], err = now.listedAlone(ctx, window.company); err != nil {
			return report, err
		}
		maps.Copy(ids, shown[i])
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(ids)), shadowChunk) {
		var views [2]map[string]shadowView
		for i, window := range windows {
			views[i] = map[string]shadowView{}
			of := slices.DeleteFunc(slices.Clone(part), func(id int64) bool { return !shown[i][id] })
			found, err := now.articles.Describe(ctx, product.DescribeQuery{
				Products: of, Company: window.company, Fields: window.listing.OdooFields(), Language: window.listing.Language,
			})
			if err != nil {
				return report, err
			}
			for _, one := range found {
				said, err := window.says(one)
				view := shadowView{err: err, values: map[string]string{}}
				for field, text := range said {
					view.values[string(field)] = text
				}
				for _, sku := range window.callsIt(one.SKU) {
					views[i][sku] = view
				}
			}
		}
		skus := map[string]bool{}
		for _, view := range views {
			for sku := range view {
				skus[sku] = true
			}
		}
		for _, sku := range slices.Sorted(maps.Keys(skus)) {
			report.compare(canonical.Key{Channel: target.Channel(), ID: sku}, sku, views[0][sku], views[1][sku])
		}
	}
	return report, nil
}

// listedAlone are the products that listings are about, by id: those that [listingRun.unique] lets pass.
func (c *Connector) listedAlone(ctx context.Context, company int64) (map[int64]bool, error) {
	found, err := c.articles.Describe(ctx, product.DescribeQuery{Company: company})
	if err != nil {
		return nil, err
	}
	alone := &listingRun{
		outbound: &outbound[string, listingFields]{Connector: c}, window: &shopWindow{company: company}, report: &ListingReport{},
	}
	if found, err = alone.unique(ctx, found, false); err != nil {
		return nil, err
	}
	ids := make(map[int64]bool, len(found))
	for _, one := range found {
		ids[one.ID] = true
	}
	return ids, nil
}
