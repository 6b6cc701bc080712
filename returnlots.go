package retailsync

import (
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

// freshLots are the lots of the units of a line that no receipt before named.
func (t *returnTask) freshLots(line returns.EffectLine) []stock.LotQuantity {
	named := map[string]decimal.Decimal{}
	var c exact.Calc
	for _, before := range t.known.Effects {
		if before.Kind != returns.EffectReceive || before.Status != returns.EffectDone {
			continue
		}
		for _, part := range before.Lines {
			if part.Line != line.Line {
				continue
			}
			for _, lot := range part.Lots { // they are in all: the last receipt has the most
				named[lot.Lot] = lot.Qty.Max(named[lot.Lot])
			}
		}
	}
	var fresh []stock.LotQuantity
	for _, lot := range line.Lots {
		if more := c.Sub(lot.Qty, named[lot.Lot]); more.IsPos() {
			fresh = append(fresh, stock.LotQuantity{Lot: lot.Lot, Quantity: more})
		}
	}
	return fresh
}

// takeLots takes lots for some units, of those that left with the delivery; the rest is for others.
func takeLots(lots []stock.LotQuantity, units decimal.Decimal, left []stock.LotQuantity) (some, rest []stock.LotQuantity) {
	var c exact.Calc
	for _, lot := range lots {
		part := decimal.Zero
		if at := slices.IndexFunc(left, func(l stock.LotQuantity) bool { return l.Lot == lot.Lot }); at >= 0 {
			part = lot.Quantity.Min(units).Min(left[at].Quantity)
		}
		if part.IsPos() {
			some = append(some, stock.LotQuantity{Lot: lot.Lot, Quantity: part})
			units = c.Sub(units, part)
		}
		if more := c.Sub(lot.Quantity, part); more.IsPos() {
			rest = append(rest, stock.LotQuantity{Lot: lot.Lot, Quantity: more})
		}
	}
	return some, rest
}

// ownLots are the lots of so many units of a line: those that were read from its units, then others. A lot of several pickings is one.
func ownLots(line returns.CaseLine, lots []stock.LotQuantity, units decimal.Decimal) (own []returns.LotUnits, rest []stock.LotQuantity) {
	var c exact.Calc
	taken := map[string]decimal.Decimal{}
	rest = slices.Clone(lots)
	take := func(at int, most decimal.Decimal) {
		if part := rest[at].Quantity.Min(units).Min(most); part.IsPos() {
			taken[rest[at].Lot] = c.Add(taken[rest[at].Lot], part)
			rest[at].Quantity, units = c.Sub(rest[at].Quantity, part), c.Sub(units, part)
		}
	}
	for _, read := range line.Lots {
		for at, lot := range rest {
			if lot.Lot == read.Lot {
				take(at, c.Sub(read.Qty, taken[lot.Lot]))
			}
		}
	}
	for at, lot := range rest {
		take(at, lot.Quantity)
	}
	for _, lot := range slices.Sorted(maps.Keys(taken)) {
		own = append(own, returns.LotUnits{Lot: lot, Qty: taken[lot]})
	}
	return own, slices.DeleteFunc(rest, func(l stock.LotQuantity) bool { return !l.Quantity.IsPos() })
}

// lotsOf are the lots of an effect's units, as Odoo is told them.
func lotsOf(line returns.EffectLine) []stock.LotQuantity {
	var lots []stock.LotQuantity
	for _, lot := range line.Lots {
		lots = append(lots, stock.LotQuantity{Lot: lot.Lot, Quantity: lot.Qty})
	}
	return lots
}
