package retailsync

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo/stock"
)

// outlet is a channel as far as stock goes: its places, resolved against the database.
type outlet struct {
	rules      mapping.Channel
	company    int64
	places     []servedPlace
	warehouses []int64 // of all places; none: all of the company
	// named are the warehouses that the rules name.
	named map[mapping.Ref]int64
	// own is the warehouse that the channel ships from itself, 0 if there is none.
	own   int64
	names channelNames
	// units are those that the channel sells in.
	units mapping.SaleUnits
	// owners are products that have their SKU alone; they are found anew with the outlet.
	owners *skuOwners
}

// skuOwners remembers products that have their SKU alone. It is safe for concurrent use.
type skuOwners struct {
	mu    sync.Mutex
	bySKU map[string]int64
}

func (s *skuOwners) has(sku string, product int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bySKU[sku] == product
}

func (s *skuOwners) add(sku string, product int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bySKU[sku] = product
}

// replace forgets all others.
func (s *skuOwners) replace(bySKU map[string]int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bySKU = bySKU
}

// servedPlace is a place of the channel with the warehouses that serve it; none: all of the company.
type servedPlace struct {
	mapping.StockPlace
	warehouses []int64
}

// outlet returns the resolved stock rules of a channel, reading warehouses when they are not known or old.
func (c *Connector) outlet(ctx context.Context, channel canonical.Channel) (*outlet, error) {
	return c.outlets.get(channel, func() (*outlet, error) { return c.openOutlet(ctx, channel) })
}

func (c *Connector) openOutlet(ctx context.Context, channel canonical.Channel) (*outlet, error) {
	rules, err := c.rules.For(channel)
	if err != nil {
		return nil, err
	}
	o := &outlet{
		rules: rules, company: rules.Company, named: map[mapping.Ref]int64{}, names: namesOf(rules),
		owners: &skuOwners{bySKU: map[string]int64{}},
	}
	if o.company == 0 {
		if o.company, err = ownCompany(ctx, c.erp); err != nil {
			return nil, err
		}
	}
	for _, place := range rules.StockPlaces() {
		served := servedPlace{StockPlace: place}
		for _, ref := range place.Warehouses {
			id := ref.ID
			if id == 0 {
				found, err := c.goods.Warehouse(ctx, o.company, ref.Name)
				if err != nil {
					return nil, fmt.Errorf("rules of %s: stock: warehouse %s: %w", channel, ref, err)
				}
				id = found.ID
			}
			served.warehouses, o.named[ref] = append(served.warehouses, id), id
			if !slices.Contains(o.warehouses, id) {
				o.warehouses = append(o.warehouses, id)
			}
		}
		o.places = append(o.places, served)
	}
	if err := c.checkPlaces(ctx, o); err != nil {
		return nil, fmt.Errorf("rules of %s: %w", channel, err)
	}
	if ref := rules.ChannelWarehouse; !ref.IsZero() {
		if o.own = ref.ID; o.own == 0 {
			found, err := c.goods.Warehouse(ctx, o.company, ref.Name)
			if err != nil {
				return nil, fmt.Errorf("rules of %s: channel_warehouse: warehouse %s: %w", channel, ref, err)
			}
			o.own = found.ID
		}
	}
	units, err := readUnits(ctx, c.erp, &rules)
	if err != nil {
		return nil, err
	}
	o.units = rules.SaleUnits(units)
	return o, nil
}

// checkPlaces refuses what the rules alone do not show: one warehouse under an id here and a name there, of which places
// would show the same units, and a warehouse of another company.
func (c *Connector) checkPlaces(ctx context.Context, o *outlet) error {
	shown := map[int64]decimal.Decimal{}
	for _, place := range o.places {
		for _, id := range slices.Compact(slices.Sorted(slices.Values(place.warehouses))) {
			sum, err := shown[id].Add(place.Share)
			if err != nil {
				return err
			}
			if shown[id] = sum; sum.Cmp(decimal.Hundred) > 0 {
				return fmt.Errorf("stock.locations: warehouse %d serves several places with %s percent in all: the same units would be sold twice: "+
					"give the places a share, 100 together at most", id, sum.Trim(0))
			}
		}
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(o.named)), func(ref mapping.Ref) bool { return ref.ID != 0 }) {
		return nil // those that are named are looked for in the company
	}
	all, err := c.goods.Warehouses(ctx)
	if err != nil {
		return err
	}
	for _, w := range all {
		if slices.Contains(o.warehouses, w.ID) && w.Company.ID != o.company {
			return fmt.Errorf("stock: warehouse %d (%s) is of company %d, and the channel's company is %d: name one of the channel's company",
				w.ID, w.Name, w.Company.ID, o.company)
		}
	}
	return nil
}

// warehouseNamed is the warehouse that a reference of the rules names.
func (o *outlet) warehouseNamed(ref mapping.Ref) int64 { return o.named[ref] }

// level is what an item shall show.
type level struct {
	item     marketplace.StockItem
	product  int64
	quantity decimal.Decimal
	// offered is what was published last of Odoo's, where the level is a safe one beneath it; nil for Odoo's own. sold says
	// that the channel had lowered it by itself before, so that a sale may not be in Odoo.
	offered *decimal.Decimal
	sold    bool
	// refused is why there is no such level: the unit that the SKU is sold in.
	refused error
}

// levels says what the channel shall show of a product: one level per name and place. Those that are refused have no quantity.
func (o *outlet) levels(there stock.Availability) ([]level, error) {
	var levels []level
	for _, place := range o.places {
		free := decimal.Zero
		for _, s := range there.Stock {
			if len(place.warehouses) > 0 && !slices.Contains(place.warehouses, s.WarehouseID) {
				continue
			}
			var err error
			if free, err = free.Add(s.Free); err != nil {
				return nil, fmt.Errorf("stock of %q: %w", there.SKU, err)
			}
		}
		for _, sku := range o.names.of(there.SKU) {
			l := level{item: marketplace.StockItem{SKU: sku, Location: place.Location}, product: there.ProductID}
			var unit mapping.SaleUnit
			if unit, l.refused = o.units.Of(sku, there.Unit.ID); l.refused == nil {
				var err error
				if l.quantity, err = place.SellableIn(unit, free); err != nil {
					return nil, fmt.Errorf("stock of %q: %w", sku, err)
				}
			}
			levels = append(levels, l)
		}
	}
	return levels, nil
}

// serves reports whether the rules have the location.
func (o *outlet) serves(location string) bool {
	return slices.ContainsFunc(o.places, func(p servedPlace) bool { return p.Location == location || p.Location == "" })
}
