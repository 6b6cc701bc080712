package mapping

import (
	"github.com/govalues/decimal"
)

// StockPlace is a place of the channel with all that is needed to say what it shows.
type StockPlace struct {
	// Location is the channel's own id; empty for a channel with but one place.
	Location string
	// Warehouses serve the place. None: all of the company.
	Warehouses []Ref
	// Buffer is kept back, Share percent of the rest are shown, and never more than Most (nil: no bound).
	Buffer, Share decimal.Decimal
	Most          *decimal.Decimal
	// Step is what every quantity is a whole multiple of; zero means 1.
	Step decimal.Decimal
}

// StockPlaces returns the channel's places, in the order of the rules.
func (c Channel) StockPlaces() []StockPlace {
	rules := c.Stock
	if len(rules.Locations) == 0 {
		rules.Locations = []StockLocationRule{{}}
		if !c.Warehouse.IsZero() {
			rules.Locations[0].Warehouses = []Ref{c.Warehouse}
		}
	}
	places := make([]StockPlace, len(rules.Locations))
	for i, location := range rules.Locations {
		places[i] = StockPlace{
			Location: location.Location, Warehouses: location.Warehouses,
			Buffer: *firstOf(location.Buffer, rules.Buffer, &decimal.Zero),
			Share:  *firstOf(location.Share, rules.Share, &decimal.Hundred),
			Most:   firstOf(location.Most, rules.Most),
			Step:   *firstOf(rules.Step, &decimal.One),
		}
	}
	return places
}

// Sellable returns what the place shows of a product of which free units are free in its warehouses together: less
// the buffer, the share of the rest, bounded, rounded down to whole steps, never negative. Places that share a
// warehouse never show more together than is free. The error is for quantities beyond 19 digits.
func (p StockPlace) Sellable(free decimal.Decimal) (decimal.Decimal, error) {
	return p.SellableIn(SaleUnit{}, free)
}

// SellableIn is [StockPlace.Sellable] of a SKU that is sold in another unit than the product's own: free, the buffer and the bound
// are in the product's own unit, what is left of them is turned into the unit of sale, and the steps are of that.
func (p StockPlace) SellableIn(unit SaleUnit, free decimal.Decimal) (decimal.Decimal, error) {
	step := p.Step
	if !step.IsPos() {
		step = decimal.One
	}
	rest, err := free.Sub(p.Buffer)
	if err != nil || !rest.IsPos() {
		return decimal.Zero, err
	}
	if p.Share.Cmp(decimal.Hundred) < 0 {
		if rest, err = rest.Mul(p.Share); err != nil {
			return decimal.Zero, err
		}
		if rest, err = rest.Quo(decimal.Hundred); err != nil {
			return decimal.Zero, err
		}
	}
	if p.Most != nil {
		rest = rest.Min(*p.Most)
	}
	steps, err := unit.whole(rest, step)
	if err != nil {
		return decimal.Zero, err
	}
	level, err := steps.Mul(step)
	if err != nil {
		return decimal.Zero, err
	}
	return level.Trim(0), nil
}
