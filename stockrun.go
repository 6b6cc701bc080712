package retailsync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo/product"
	"github.com/retailsync/retailsync/odoo/stock"
)

// identifyChunk is how many SKUs are asked for at once.
const identifyChunk = 500

// stockRun is one run for one channel.
type stockRun struct {
	*Connector
	StockRun
	target  marketplace.StockPublisher
	outlet  *outlet
	cursors idempotency.CursorStore
	report  *StockReport

	// owed is what earlier runs owe, owes what this one leaves to the next; stored is the backlog in the store.
	owed, owes map[marketplace.StockItem]owed
	stored     backlog
	// full says that everything is compared, whatever was published last.
	full bool
	// pending are levels that the channel is working on, settled those that an earlier run gave it and it has set.
	pending map[marketplace.StockItem]ticketed
	settled map[marketplace.StockItem]bool
	// unsure are levels that were sent without an answer, told what the channel said that it shows of others.
	unsure map[marketplace.StockItem]bool
	told   map[marketplace.StockItem]marketplace.StockReading
	// superseded are levels that replace others that the channel was working on, and may yet show.
	superseded map[marketplace.StockItem]bool
	// safe says that the levels are safe ones: nothing is raised, and all that is sent is owed to Odoo's own level.
	safe bool
	// marks counts the marks that the run has given.
	marks int
	// down is why the channel cannot be reached any more; levels after it are owed.
	down error
}

func (r *stockRun) scope() string { return r.Connector.scope("stock", r.target.Channel()) }

// cycle publishes what changed since the last one.
func (r *stockRun) cycle(ctx context.Context) error {
	name := r.scope()
	text, err := r.cursors.Cursor(ctx, name)
	if err != nil {
		return fmt.Errorf("read cursor %s: %w", name, err)
	}
	before := text
	if err := r.loadBacklog(ctx); err != nil {
		return err
	}
	if r.stored.Everything {
		text = "" // begin again: the comparison covers what the cursor would have said
	}
	changed, err := r.goods.Follow(ctx, stock.Cursor(text), stock.Query{Warehouses: r.outlet.warehouses, Company: r.outlet.company})
	if err != nil {
		return err
	}
	if err := r.resume(ctx); err != nil {
		return err
	}
	if text == "" {
		err = r.compareAll(ctx)
	} else {
		err = r.compareChanged(ctx, changed)
	}
	return r.end(ctx, err, func(ctx context.Context) error {
		if string(changed.Cursor) == before {
			return nil
		}
		if err := r.cursors.PutCursor(ctx, name, string(changed.Cursor)); err != nil {
			return fmt.Errorf("store cursor %s: %w", name, err)
		}
		return nil
	})
}

// reconcile compares everything.
func (r *stockRun) reconcile(ctx context.Context) error {
	if err := r.loadBacklog(ctx); err != nil {
		return err
	}
	if err := r.resume(ctx); err != nil {
		return err
	}
	return r.end(ctx, r.compareAll(ctx), func(context.Context) error { return nil })
}

// end stores what is owed first and the position after it: a crash in between repeats, and loses nothing. A run that
// was cut short by anything but its channel leaves both as they were, but for tickets.
func (r *stockRun) end(ctx context.Context, err error, move func(context.Context) error) error {
	if r.DryRun || err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := r.saveBacklog(ctx, false, r.owes); err != nil {
		return err
	}
	if err := move(ctx); err != nil {
		return err
	}
	return r.down
}

// compareChanged looks at the critical ones of the products and at those that are owed.
func (r *stockRun) compareChanged(ctx context.Context, changed stock.Followed) error {
	if err := r.identify(ctx); err != nil {
		return err
	}
	wanted, due := map[int64]bool{}, map[int64]bool{}
	for _, id := range changed.Products {
		wanted[id] = true
	}
	unread := slices.Clone(changed.Unread)
	for _, o := range r.owed {
		if o.Product == 0 {
			continue
		}
		if !wanted[o.Product] {
			unread = append(unread, o.Product)
		}
		wanted[o.Product], due[o.Product] = true, true
	}
	if len(wanted) == 0 {
		return nil
	}
	ids := slices.Sorted(maps.Keys(wanted))
	critical, err := r.critical(ctx, ids)
	if err != nil {
		return err
	}
	all, err := r.withUnread(ctx, changed.Stock, unread)
	if err != nil {
		return err
	}
	var found []stock.Availability
	for _, there := range all {
		if there.SKU != "" && (due[there.ProductID] || critical(there)) {
			found = append(found, there)
		}
	}
	if err := r.refuseTwins(ctx, found); err != nil {
		return err
	}
	levels, err := r.levels(found)
	if err != nil {
		return err
	}
	return r.settle(ctx, levels, nil)
}

// withUnread adds the stock of products to that of others.
func (r *stockRun) withUnread(ctx context.Context, read []stock.Availability, unread []int64) ([]stock.Availability, error) {
	if len(unread) == 0 {
		return read, nil
	}
	for there, err := range r.goods.Availability(ctx, stock.Query{Products: unread, Warehouses: r.outlet.warehouses, Company: r.outlet.company}) {
		if err != nil {
			return nil, err
		}
		read = append(read, there)
	}
	slices.SortFunc(read, func(a, b stock.Availability) int { return cmp.Compare(a.ProductID, b.ProductID) })
	return read, nil
}

// identify finds the products of what is owed by its SKU alone. What Odoo does not have any more is reported, and owed no more.
func (r *stockRun) identify(ctx context.Context) error {
	named := map[string][]marketplace.StockItem{}
	for item, o := range r.owed {
		if o.Product != 0 {
			continue
		}
		sku := item.SKU
		if of, ok := r.outlet.rules.Products.Aliases[sku]; ok {
			sku = of
		}
		named[sku] = append(named[sku], item)
	}
	for skus := range slices.Chunk(slices.Sorted(maps.Keys(named)), identifyChunk) {
		products, err := product.Find(ctx, r.erp, r.outlet.company, skus, nil, nil)
		if err != nil {
			return err
		}
		for _, p := range products {
			for _, item := range named[p.SKU] {
				o := r.owed[item]
				o.Product = p.ID
				r.owed[item] = o
			}
			delete(named, p.SKU)
		}
	}
	for _, sku := range slices.Sorted(maps.Keys(named)) {
		for _, item := range named[sku] {
			r.decided(StockResult{Item: item, Outcome: StockUnknown})
		}
	}
	return nil
}

// critical tells the products that a channel must hear of at once.
func (r *stockRun) critical(ctx context.Context, ids []int64) (func(stock.Availability) bool, error) {
	rules := r.outlet.rules.Stock.Critical
	named := map[int64]bool{}
	tagged, err := product.Tagged(ctx, r.erp, ids, rules.Tags)
	if err != nil {
		return nil, fmt.Errorf("rules of %s: stock.critical.tags: %w", r.target.Channel(), err)
	}
	for _, id := range tagged {
		named[id] = true
	}
	if rules.Sold.Units != nil {
		sold, err := r.goods.Sold(ctx, ids, time.Now().AddDate(0, 0, -*rules.Sold.Days))
		if err != nil {
			return nil, err
		}
		for id, units := range sold {
			if units.Cmp(*rules.Sold.Units) >= 0 {
				named[id] = true
			}
		}
	}
	return func(there stock.Availability) bool {
		return rules.IsZero() || rules.HasSKU(there.SKU) || named[there.ProductID]
	}, nil
}

// refuseTwins marks the products whose SKU another product has as well, which a full comparison sees by itself. What was
// found to be alone counts as that for as long as the outlet is known.
func (r *stockRun) refuseTwins(ctx context.Context, found []stock.Availability) error {
	var skus []string
	for _, there := range found {
		if !r.outlet.owners.has(there.SKU, there.ProductID) {
			skus = append(skus, there.SKU)
		}
	}
	if len(skus) == 0 {
		return nil
	}
	products, err := product.Find(ctx, r.erp, r.outlet.company, skus, nil, nil)
	if err != nil {
		return err
	}
	owners := map[string][]int64{}
	for _, p := range products {
		owners[p.SKU] = append(owners[p.SKU], p.ID)
	}
	for i, there := range found {
		switch ids := owners[there.SKU]; {
		case len(ids) > 1:
			r.refuse(there.SKU, ids)
			r.outlet.owners.add(there.SKU, 0)
			found[i].SKU = ""
		case len(ids) == 1 && ids[0] == there.ProductID:
			r.outlet.owners.add(there.SKU, there.ProductID)
		}
	}
	return nil
}

func (r *stockRun) refuse(sku string, owners []int64) {
	for _, place := range r.outlet.places {
		r.decided(StockResult{
			Item: marketplace.StockItem{SKU: sku, Location: place.Location}, Outcome: StockFailed,
			Err: fmt.Errorf("the SKU %q is that of %d products in Odoo (%v): give each its own internal reference", sku, len(owners), owners),
		})
	}
}

func (r *stockRun) levels(found []stock.Availability) ([]level, error) {
	var levels []level
	for _, there := range found {
		if there.SKU == "" {
			continue
		}
		of, err := r.outlet.levels(there)
		if err != nil {
			return nil, err
		}
		levels = append(levels, of...)
	}
	return r.without(levels, nil), nil
}

// without leaves out the levels of products, and those that are refused, which it reports.
func (r *stockRun) without(levels []level, products map[int64]bool) []level {
	return slices.DeleteFunc(levels, func(l level) bool {
		if l.refused != nil && !products[l.product] {
			r.decided(StockResult{Item: l.item, ProductID: l.product, Outcome: StockFailed, Err: l.refused})
		}
		return l.refused != nil || products[l.product]
	})
}

// compareAll compares the whole catalog with all that the channel shows.
func (r *stockRun) compareAll(ctx context.Context) error {
	r.full = true
	owners := map[string][]int64{}
	var levels []level
	for there, err := range r.goods.Availability(ctx, stock.Query{Warehouses: r.outlet.warehouses, Company: r.outlet.company}) {
		if err != nil {
			return err
		}
		if there.SKU == "" {
			continue
		}
		owners[there.SKU] = append(owners[there.SKU], there.ProductID)
		of, err := r.outlet.levels(there)
		if err != nil {
			return err
		}
		levels = append(levels, of...)
	}
	twins, alone := map[int64]bool{}, make(map[string]int64, len(owners))
	for _, sku := range slices.Sorted(maps.Keys(owners)) {
		ids := owners[sku]
		if len(ids) == 1 {
			alone[sku] = ids[0]
			continue
		}
		r.refuse(sku, ids)
		for _, id := range ids {
			twins[id] = true
		}
	}
	r.outlet.owners.replace(alone)
	listed, err := r.list(ctx, levels)
	if err != nil {
		return err
	}
	return r.settle(ctx, r.without(levels, twins), listed)
}

// list reads all that the channel shows, and reports what only the channel has; nil where it cannot list.
func (r *stockRun) list(ctx context.Context, levels []level) (map[marketplace.StockItem]marketplace.StockReading, error) {
	wanted := make(map[marketplace.StockItem]bool, len(levels))
	for _, l := range levels {
		wanted[l.item] = true
	}
	listed := map[marketplace.StockItem]marketplace.StockReading{}
	lists, err := r.eachListed(ctx, func(reading marketplace.StockReading) {
		switch {
		case wanted[reading.Item]:
			listed[reading.Item] = reading
		case r.outlet.serves(reading.Item.Location):
			quantity := reading.Quantity
			r.decided(StockResult{Item: reading.Item, Outcome: StockUnknown, Shown: &quantity})
		default:
			r.decided(StockResult{Item: reading.Item, Outcome: StockFailed, Err: &marketplace.Error{
				Code: marketplace.CodeInvalid, Channel: r.target.Channel(), Op: "compare stock", Path: "location",
				Message: fmt.Sprintf("the channel has stock at %q, which the rules do not map: add it under stock.locations", reading.Item.Location),
			}})
		}
	})
	if err != nil || !lists {
		return nil, err
	}
	return listed, nil
}

// eachListed reads all that the channel shows, if it can list it.
func (r *stockRun) eachListed(ctx context.Context, found func(marketplace.StockReading)) (lists bool, err error) {
	lister, ok := r.target.(marketplace.StockLister)
	if !ok {
		return false, nil
	}
	// A channel with one place that the rules do not name lists it under its own id.
	nameless := len(r.outlet.places) == 1 && r.outlet.places[0].Location == ""
	for cursor := marketplace.Cursor(""); ; {
		page, err := lister.ListStock(ctx, cursor)
		if err != nil {
			return true, err
		}
		for _, reading := range page.Readings {
			if nameless {
				reading.Item.Location = ""
			}
			found(reading)
		}
		if cursor = page.Cursor; cursor == "" {
			return true, nil
		}
	}
}

// decided reports what became of a level.
func (r *stockRun) decided(result StockResult) {
	r.report.add(result)
	if r.OnResult != nil {
		r.OnResult(result)
	}
}

// fatal reports whether an error of the channel concerns every further call.
func fatal(err error) bool {
	switch marketplace.CodeOf(err) {
	case marketplace.CodeInvalid, marketplace.CodeNotFound, marketplace.CodeConflict, marketplace.CodeUnknown:
		return false
	default:
		return !errors.Is(err, context.Canceled)
	}
}
