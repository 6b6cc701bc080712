package retailsync

import (
	"context"
	"iter"
	"slices"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo/product"
	"github.com/retailsync/retailsync/odoo/stock"
)

// shadowChunk is how many products are compared at once; it bounds the memory of a shadow run.
const shadowChunk = 500

// ShadowStock compares the levels that the rules in service and others would have the channel show of every product, by SKU and location: what is
// free in Odoo, by the warehouses, buffers, shares and bounds of each. Of levels that differ it also says what the channel was told last
// ("published"), if the store remembers that. A SKU that several products have is published by no rules, and is left out.
//
// It writes nothing, to neither Odoo nor the channel, store or journal, and does not ask the channel anything. Both rules look at the same
// quantities, unless they name different companies: then Odoo is read for each. Its memory is bounded, whatever the size of the catalog. Records
// that rules name and Odoo lacks are an error.
func (c *Connector) ShadowStock(ctx context.Context, channel canonical.Channel, others *mapping.Rules, run ShadowRun) (*ShadowReport, error) {
	report := &ShadowReport{Flow: "levels", onDiffering: run.OnDiffering}
	now, then := c.shadowPair(others)
	here, err := now.outlet(ctx, channel)
	if err != nil {
		return report, err
	}
	there, err := then.outlet(ctx, channel)
	if err != nil {
		return report, otherRules(err)
	}
	s := &shadowStock{Connector: now, report: report, channel: channel, now: here, then: there}
	for pair, err := range s.pairs(ctx) {
		if err != nil {
			return report, err
		}
		if s.chunk = append(s.chunk, pair); len(s.chunk) == shadowChunk {
			if err := s.weigh(ctx); err != nil {
				return report, err
			}
		}
	}
	return report, s.weigh(ctx)
}

// shadowStock is a shadow run over stock.
type shadowStock struct {
	*Connector
	report    *ShadowReport
	channel   canonical.Channel
	now, then *outlet
	chunk     []shadowProduct
}

// shadowProduct is a product with its stock as both rules look at it; nil for the rules of a company that does not have it.
type shadowProduct struct{ now, then *stock.Availability }

// pairs streams the products by id.
func (s *shadowStock) pairs(ctx context.Context) iter.Seq2[shadowProduct, error] {
	if s.now.company == s.then.company {
		query := stock.Query{Company: s.now.company}
		if len(s.now.warehouses) > 0 && len(s.then.warehouses) > 0 {
			query.Warehouses = slices.Concat(s.now.warehouses, s.then.warehouses)
			slices.Sort(query.Warehouses)
			query.Warehouses = slices.Compact(query.Warehouses)
		}
		return func(yield func(shadowProduct, error) bool) {
			for there, err := range s.goods.Availability(ctx, query) {
				if !yield(shadowProduct{&there, &there}, err) {
					return
				}
			}
		}
	}
	return func(yield func(shadowProduct, error) bool) {
		nextNow, stopNow := iter.Pull2(s.goods.Availability(ctx, stock.Query{Company: s.now.company, Warehouses: s.now.warehouses}))
		defer stopNow()
		nextThen, stopThen := iter.Pull2(s.goods.Availability(ctx, stock.Query{Company: s.then.company, Warehouses: s.then.warehouses}))
		defer stopThen()
		a, errA, moreA := nextNow()
		b, errB, moreB := nextThen()
		for moreA || moreB {
			var pair shadowProduct
			first, second := a, b
			switch {
			case errA != nil || errB != nil:
				for _, err := range []error{errA, errB} {
					if err != nil {
						yield(pair, err)
						return
					}
				}
			case moreA && moreB && a.ProductID == b.ProductID:
				pair = shadowProduct{&first, &second}
			case moreA && (!moreB || a.ProductID < b.ProductID):
				pair.now = &first
			default:
				pair.then = &second
			}
			if !yield(pair, nil) {
				return
			}
			if pair.now != nil {
				a, errA, moreA = nextNow()
			}
			if pair.then != nil {
				b, errB, moreB = nextThen()
			}
		}
	}
}

// shadowLevel is a level as both rules see it.
type shadowLevel struct {
	sku       string // Odoo's
	now, then shadowView
}

// weigh compares the levels of the products of the chunk.
func (s *shadowStock) weigh(ctx context.Context) error {
	levels := map[marketplace.StockItem]*shadowLevel{}
	var order []marketplace.StockItem
	add := func(of *outlet, there *stock.Availability, view func(*shadowLevel) *shadowView) {
		if there == nil || there.SKU == "" {
			return
		}
		found, err := of.levels(*there)
		if err != nil { // of all its levels
			found = []level{{item: marketplace.StockItem{SKU: there.SKU}}}
		}
		for _, l := range found {
			at := levels[l.item]
			if at == nil {
				at = &shadowLevel{sku: there.SKU}
				levels[l.item], order = at, append(order, l.item)
			}
			failed := err
			if l.refused != nil {
				failed = l.refused
			}
			*view(at) = shadowView{values: map[string]string{"quantity": l.quantity.Trim(0).String()}, err: failed}
		}
	}
	for _, p := range s.chunk {
		add(s.now, p.now, func(l *shadowLevel) *shadowView { return &l.now })
		add(s.then, p.then, func(l *shadowLevel) *shadowView { return &l.then })
	}
	s.chunk = s.chunk[:0]
	var differ []marketplace.StockItem
	for _, item := range order {
		if l := levels[item]; len(mapping.Compare(l.now.values, l.then.values)) > 0 || (l.now.err == nil) != (l.then.err == nil) {
			differ = append(differ, item)
		}
	}
	twins, err := s.twins(ctx, levels, differ)
	if err != nil {
		return err
	}
	published, err := s.published(ctx, differ)
	if err != nil {
		return err
	}
	for _, item := range order {
		l := levels[item]
		if twins[l.sku] {
			continue
		}
		name := item.SKU
		if item.Location != "" {
			name += "@" + item.Location
		}
		if last, ok := published[item]; ok {
			name += " (published: " + last + ")"
		}
		s.report.compare(canonical.Key{Channel: s.channel, ID: item.SKU}, name, l.now, l.then)
	}
	return nil
}

// twins are the SKUs of what differs that several products have.
func (s *shadowStock) twins(ctx context.Context, levels map[marketplace.StockItem]*shadowLevel, differ []marketplace.StockItem) (map[string]bool, error) {
	var skus []string
	for _, item := range differ {
		skus = append(skus, levels[item].sku)
	}
	slices.Sort(skus)
	skus = slices.Compact(skus)
	twins := map[string]bool{}
	if len(skus) == 0 {
		return twins, nil
	}
	products, err := product.Find(ctx, s.erp, s.now.company, skus, nil, nil)
	if err != nil {
		return nil, err
	}
	owner := map[string]int64{}
	for _, p := range products {
		if known := owner[p.SKU]; known != 0 && known != p.ID {
			twins[p.SKU] = true
		}
		owner[p.SKU] = p.ID
	}
	return twins, nil
}

// published is what the channel was told last of the items, as far as the store remembers.
func (s *shadowStock) published(ctx context.Context, items []marketplace.StockItem) (map[marketplace.StockItem]string, error) {
	said := map[marketplace.StockItem]string{}
	memory, ok := s.store.(idempotency.RevisionStore)
	if !ok || len(items) == 0 {
		return said, nil
	}
	keys := make([]idempotency.Key, len(items))
	for i, item := range items {
		keys[i] = stockMemoryKey(s.scope("stock", s.channel), item)
	}
	revisions, err := memory.Revisions(ctx, keys)
	if err != nil {
		return nil, err
	}
	for i, item := range items {
		var o offer
		if readMemory(revisions[keys[i]].Digest, &o); o.remembered != nil {
			said[item] = o.remembered.String()
		}
	}
	return said, nil
}
