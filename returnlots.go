package retailsync

import (
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

// freshLots are the lots of the units of a line that no receipt before named, nor anybody in Odoo.
func (t *returnTask) freshLots(line returns.EffectLine) []stock.LotQuantity {
	named := map[string]decimal.Decimal{}
	note := func(lots []returns.LotUnits) {
		for _, lot := range lots { // they are in all: the last receipt has the most
			named[lot.Lot] = lot.Qty.Max(named[lot.Lot])
		}
	}
	note(t.lineWith(line.Line).LotsInOdoo)
	for _, before := range t.known.Effects {
		if before.Kind != returns.EffectReceive || before.Status != returns.EffectDone {
			continue
		}
		for _, part := range before.Lines {
			if part.Line == line.Line {
				note(part.Lots)
			}
		}
	}
	return beyondLots(line.Lots, named)
}

// comingLots are the lots of a line that are known and not in Odoo yet.
func (t *returnTask) comingLots(line returns.EffectLine) []stock.LotQuantity {
	known, there := t.lineWith(line.Line), map[string]decimal.Decimal{}
	for _, lot := range known.LotsInOdoo {
		there[lot.Lot] = lot.Qty
	}
	return beyondLots(known.Lots, there)
}

// beyondLots are the units of lots besides some of them.
func beyondLots(lots []returns.LotUnits, some map[string]decimal.Decimal) []stock.LotQuantity {
	var c exact.Calc
	var beyond []stock.LotQuantity
	for _, lot := range lots {
		if more := c.Sub(lot.Qty, some[lot.Lot]); more.IsPos() {
			beyond = append(beyond, stock.LotQuantity{Lot: lot.Lot, Quantity: more})
		}
	}
	return beyond
}

// lotsLeft are the lots that left with a delivered move and did not come back.
func (t *returnTask) lotsLeft(sold stock.Returnable) []stock.LotQuantity {
	var c exact.Calc
	left := slices.Clone(sold.Lots)
	for _, back := range t.order.returns {
		for _, move := range back.Moves {
			if move.Of != sold.Move {
				continue
			}
			for _, lot := range move.Lots {
				if at := slices.IndexFunc(left, func(l stock.LotQuantity) bool { return l.Lot == lot.Lot }); at >= 0 {
					left[at].Quantity = c.Sub(left[at].Quantity, lot.Quantity)
				}
			}
		}
	}
	return slices.DeleteFunc(left, func(l stock.LotQuantity) bool { return !l.Quantity.IsPos() })
}

// sumOfLots are the units of lots.
func sumOfLots(c *exact.Calc, lots []stock.LotQuantity) decimal.Decimal {
	sum := decimal.Zero
	for _, lot := range lots {
		sum = c.Add(sum, lot.Quantity)
	}
	return sum
}

// takeLots takes lots for some units, of those that left with the delivery; the rest is for others.
func takeLots(lots []stock.LotQuantity, units decimal.Decimal, left []stock.LotQuantity) (some, rest []stock.LotQuantity) {
	var c exact.Calc
	for _, lot := range lots {
		part := decimal.Zero
		if at := slices.IndexFunc(left, func(l stock.LotQuantity) bool { return l.Lot == lot.Lot }); at >= 0 {
			part = lot.Quantity.Min(units).Min(left[at].Quantity).Max(decimal.Zero)
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
