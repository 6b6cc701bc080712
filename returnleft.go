package retailsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

// departure is a move by which units of the return left the inspection location.
type departure struct {
	stock.Departure
	// effect is the short name of the effect that the flow made it for; empty: a person made it.
	effect string
	// as is what may have been found in units that were brought there, the likeliest first; none: the rules name no such place.
	as []canonical.Disposition
	// sure: it is as[0] unless something else was told.
	sure bool
}

// leftUnits are units of one lot that left by one move.
type leftUnits struct {
	departure
	lot string
	qty decimal.Decimal
}

// leftLine is what left the inspection location of one line of the return.
type leftLine struct {
	// fit are the units that people moved, by what is found in them; of a store that was lost also those that the flow moved.
	fit map[canonical.Disposition][]leftUnits
	// own are the units that the flow moved, by the short name of the effect and by lot.
	own map[string]map[string]decimal.Decimal
	// total are the units in all, by what was found in them.
	total map[canonical.Disposition]decimal.Decimal
	// astray are units that people moved to where they do not belong.
	astray []leftUnits
}

// readLeft reads what left the inspection location of what the case has received there.
func (t *returnTask) readLeft(ctx context.Context) error {
	t.order.left, t.order.leftRead = nil, true
	hold := t.hold()
	if hold == 0 {
		return nil
	}
	query := stock.DepartureQuery{From: hold, Units: map[int64]int64{}}
	pickings := map[int64]bool{}
	for _, back := range t.order.returns {
		if _, own := ownReturn(t.known, back); !own {
			continue
		}
		pickings[back.ID] = true
		for _, move := range back.Moves {
			of := t.order.partOf(move.SaleLine, move.KitLine)
			if move.State != "done" || move.Out || of.line == "" || of.kit != 0 || t.inParts(of.line) || back.Done.IsZero() {
				continue
			}
			query.Units[move.Product] = move.Unit
			if query.Since.IsZero() || back.Done.Before(query.Since) {
				query.Since = back.Done
			}
		}
	}
	query.Since = query.Since.Truncate(time.Second)
	found, err := t.goods.Departures(ctx, query)
	if err != nil {
		return err
	}
	for _, d := range found {
		if own, ok := t.departed(d, pickings); ok {
			if err := t.fitting(ctx, &own); err != nil {
				return err
			}
			t.order.left = append(t.order.left, own)
		}
	}
	t.order.left = slices.DeleteFunc(netOfBack(t.order.left), func(d departure) bool { return !d.Quantity.IsPos() })
	return nil
}

// inParts reports whether the goods of an order line are moved in other units than it was sold in: components of a kit, or singly what
// was sold by the dozen. What people move of them by hand is not followed.
func (t *returnTask) inParts(orderLine string) bool { return len(t.order.kits[orderLine].shares) > 0 }

// departed reports whether a move is of the return: it was made for it, names it, or brought lots that came back by it.
func (t *returnTask) departed(d stock.Departure, pickings map[int64]bool) (departure, bool) {
	for _, back := range t.order.returns {
		if slices.ContainsFunc(back.Moves, func(m stock.ReturnMove) bool { return d.Record == pickingRecord(back.ID) && m.Product == d.Product }) {
			return departure{}, false // the receipt, or the way back to the buyer
		}
	}
	if parts, ok := d.ExternalID.Parts(); ok && len(parts) > 4 && d.ExternalID == returnName(t.known.Key, parts[4:]...) {
		return departure{Departure: d, effect: parts[4]}, true
	}
	if d.ExternalID.Module == returnName(t.known.Key).Module {
		return departure{}, false // the flow made it for something else
	}
	if d.Picking != 0 && pickings[d.Picking] || slices.ContainsFunc(d.Texts, func(text string) bool { return says(text, t.known) }) {
		return departure{Departure: d}, true
	}
	if slices.ContainsFunc(d.Texts, func(text string) bool { return strings.Contains(text, "Return ") }) {
		return departure{}, false // another one's
	}
	var c exact.Calc
	var lots []stock.LotQuantity
	units := decimal.Zero
	for _, lot := range d.Lots {
		if slices.ContainsFunc(t.known.Lines, func(l returns.CaseLine) bool {
			return slices.ContainsFunc(l.LotsInOdoo, func(in returns.LotUnits) bool { return in.Lot == lot.Lot })
		}) {
			lots, units = append(lots, lot), c.Add(units, lot.Quantity)
		}
	}
	d.Lots, d.Quantity = lots, units
	return departure{Departure: d}, len(lots) > 0 && c.Err() == nil
}

// fitting finds what the rules say of units that are where a move brought them.
func (t *returnTask) fitting(ctx context.Context, d *departure) error {
	if d.Back {
		return nil
	}
	warehouse := int64(0)
	var err error
	if !d.WrittenOff {
		if warehouse, err = t.goods.WarehouseOf(ctx, d.To); err != nil {
			return err
		}
	}
	for _, disposition := range []canonical.Disposition{
		canonical.DispositionSellable, canonical.DispositionDamaged, canonical.DispositionRefurbish, canonical.DispositionWrongItem,
	} {
		kind, place := returns.Destination(t.policy, disposition)
		var fits bool
		switch {
		case kind == returns.EffectScrap || d.WrittenOff:
			fits = kind == returns.EffectScrap && d.WrittenOff
		case place.IsZero():
			fits = kind == returns.EffectRestock && warehouse != 0
		default:
			if fits, err = t.goods.Inside(ctx, d.To, t.order.places[place]); err != nil {
				return err
			}
		}
		if fits {
			d.as = append(d.as, disposition)
		}
	}
	// Of a wrong item the rules speak only where somebody found one: what left is of the article that was sold.
	likely := slices.DeleteFunc(slices.Clone(d.as), func(a canonical.Disposition) bool { return a == canonical.DispositionWrongItem })
	switch {
	case d.WrittenOff && (len(likely) == 0 || slices.Contains(likely, canonical.DispositionDamaged)):
		d.prefer(canonical.DispositionDamaged)
	case len(likely) == 1 || len(likely) > 0 && (d.WrittenOff || likely[0] == canonical.DispositionSellable):
		d.prefer(likely[0])
	}
	return nil
}

// prefer has a disposition be the likeliest one, unless something else was told.
func (d *departure) prefer(a canonical.Disposition) {
	d.sure = true
	d.as = append([]canonical.Disposition{a}, slices.DeleteFunc(d.as, func(b canonical.Disposition) bool { return a == b })...)
}

// netOfBack takes off what came back into the inspection location afterwards, of the newest moves to where it came from.
func netOfBack(all []departure) []departure {
	var c exact.Calc
	var net []departure
	for _, d := range all {
		if !d.Back {
			d.Lots = slices.Clone(d.Lots)
			net = append(net, d)
			continue
		}
		for _, part := range unitsByLot(d) {
			for i := len(net) - 1; i >= 0 && part.qty.IsPos(); i-- {
				to := &net[i]
				if to.Product != d.Product || to.To != d.From {
					continue
				}
				took := to.Quantity.Min(part.qty)
				if part.lot != "" {
					at := slices.IndexFunc(to.Lots, func(l stock.LotQuantity) bool { return l.Lot == part.lot })
					if at < 0 {
						continue
					}
					took = to.Lots[at].Quantity.Min(part.qty)
					to.Lots[at].Quantity = c.Sub(to.Lots[at].Quantity, took)
				}
				to.Quantity, part.qty = c.Sub(to.Quantity, took), c.Sub(part.qty, took)
			}
		}
	}
	return net
}

// unitsByLot are the units of a move by lot.
func unitsByLot(d departure) []leftUnits {
	if len(d.Lots) == 0 {
		return []leftUnits{{departure: d, qty: d.Quantity}}
	}
	var parts []leftUnits
	for _, lot := range d.Lots {
		parts = append(parts, leftUnits{departure: d, lot: lot.Lot, qty: lot.Quantity})
	}
	return parts
}

// leftOf sorts what left the inspection location by the line of the return and by what was found in it. What no line has room for is astray.
func (t *returnTask) leftOf() (map[string]*leftLine, error) {
	var c exact.Calc
	all := map[string]*leftLine{}
	room := map[string]decimal.Decimal{}
	for _, line := range t.known.Lines {
		all[line.ID] = &leftLine{
			fit: map[canonical.Disposition][]leftUnits{}, own: map[string]map[string]decimal.Decimal{}, total: map[canonical.Disposition]decimal.Decimal{},
		}
		found := decimal.Zero
		for disposition, units := range line.Found {
			if disposition != canonical.DispositionMissing {
				found = c.Add(found, units)
			}
		}
		room[line.ID] = c.Sub(line.SeenInOdoo.Min(line.Approved), found).Max(decimal.Zero)
	}
	// What the flow moved is known by its effect.
	rest := slices.DeleteFunc(slices.Clone(t.order.left), func(d departure) bool {
		at := slices.IndexFunc(t.known.Effects, func(e returns.Effect) bool { return d.effect != "" && returns.ShortName(e.ID) == d.effect })
		if at < 0 || len(t.known.Effects[at].Lines) == 0 || all[t.known.Effects[at].Lines[0].Line] == nil {
			return false
		}
		moved := t.known.Effects[at].Lines[0]
		if t.inParts(moved.OrderLine) {
			return true // these are no units of its order line
		}
		to := all[moved.Line]
		if to.own[d.effect] == nil {
			to.own[d.effect] = map[string]decimal.Decimal{}
		}
		for _, part := range unitsByLot(d) {
			to.own[d.effect][part.lot] = c.Add(to.own[d.effect][part.lot], part.qty)
			to.total[moved.Disposition] = c.Add(to.total[moved.Disposition], part.qty)
		}
		return true
	})
	for _, d := range rest {
		var lines []returns.CaseLine // that the units may be of
		for _, line := range t.known.Lines {
			if !t.inParts(line.OrderLine) && t.isOf(d.Product, line.OrderLine) && line.SeenInOdoo.IsPos() {
				lines = append(lines, line)
			}
		}
		for _, part := range unitsByLot(d) {
			if len(lines) == 0 || !part.qty.IsPos() {
				continue
			}
			last := lines[0].ID
			for _, told := range []bool{true, false} { // what was told of the units, then what nobody has told of
				for _, line := range lines {
					if part.lot != "" && !slices.ContainsFunc(line.LotsInOdoo, func(l returns.LotUnits) bool { return l.Lot == part.lot }) {
						continue
					}
					last = line.ID
					for i, as := range d.as {
						most := c.Sub(line.Found[as], all[line.ID].total[as]).Max(decimal.Zero)
						if !told {
							most = room[line.ID]
							if i > 0 || !d.sure {
								continue
							}
						}
						if some := part.qty.Min(most); some.IsPos() && lotFits(line, as, part.lot) {
							all[line.ID].add(&c, as, part, some)
							part.qty = c.Sub(part.qty, some)
							if !told {
								room[line.ID] = c.Sub(room[line.ID], some)
							}
						}
					}
				}
			}
			if part.qty.IsPos() && d.effect == "" {
				all[last].astray = append(all[last].astray, part)
			}
		}
	}
	return all, c.Err()
}

// isOf reports whether a product is that of an order line.
func (t *returnTask) isOf(product int64, orderLine string) bool {
	return slices.ContainsFunc(t.order.goods, func(sold stock.Returnable) bool {
		return sold.Product == product && t.order.partOf(sold.SaleLine, sold.KitLine).line == orderLine
	})
}

// lotFits reports whether nobody found something else in the units of a lot.
func lotFits(line returns.CaseLine, as canonical.Disposition, lot string) bool {
	has := func(lots []returns.LotUnits) bool {
		return slices.ContainsFunc(lots, func(l returns.LotUnits) bool { return l.Lot == lot })
	}
	if lot == "" || has(line.FoundLots[as]) {
		return true
	}
	for _, lots := range line.FoundLots {
		if has(lots) {
			return false
		}
	}
	return true
}

func (l *leftLine) add(c *exact.Calc, as canonical.Disposition, part leftUnits, units decimal.Decimal) {
	part.qty = units
	l.fit[as] = append(l.fit[as], part)
	l.total[as] = c.Add(l.total[as], units)
}

// astray are the units that people moved to where they do not belong.
func (t *returnTask) astray() []returns.AstrayUnits {
	if len(t.order.left) == 0 {
		return nil
	}
	left, err := t.leftOf()
	if err != nil {
		return nil // it is said where it is needed
	}
	var c exact.Calc
	var all []returns.AstrayUnits
	for _, line := range t.known.Lines {
		of := returns.AstrayUnits{Line: line.ID}
		var where []string
		for _, part := range left[line.ID].astray {
			of.Qty = c.Add(of.Qty, part.qty)
			where = append(where, fmt.Sprintf("%s to %s by %s", part.qty.Trim(0), part.Place, part.Name))
		}
		if of.Where = strings.Join(where, ", "); of.Qty.IsPos() {
			all = append(all, of)
		}
	}
	return all
}

// findLeft tells the case what was found in units that people moved from the inspection location: where they brought them says it.
func (t *returnTask) findLeft() error {
	if len(t.order.left) == 0 {
		return nil
	}
	left, err := t.leftOf()
	if err != nil {
		return err
	}
	for _, line := range slices.Clone(t.known.Lines) {
		found, by := t.foundLeft(line, left[line.ID])
		if len(found) == 0 {
			continue
		}
		err := t.apply(returns.Inspected{Line: line.ID, Found: found, By: returns.FromOdoo})
		var refusal *returns.Refusal
		switch {
		case errors.As(err, &refusal):
		case err != nil:
			return err
		default:
			t.journalise(canonical.EventReturnInspected, "odoo/"+line.ID+"/"+strings.Join(by, ","), by[len(by)-1], "moved in Odoo by hand")
		}
	}
	return nil
}

// foundLeft is what was found in all in units of a line that left, where that is more than is known, and the records that they left by.
func (t *returnTask) foundLeft(line returns.CaseLine, left *leftLine) (found []canonical.ReceivedUnits, by []string) {
	var c exact.Calc
	for _, as := range []canonical.Disposition{canonical.DispositionSellable, canonical.DispositionDamaged, canonical.DispositionRefurbish} {
		if left.total[as].Cmp(line.Found[as]) <= 0 {
			continue
		}
		lots := map[string]decimal.Decimal{}
		for _, effect := range t.known.Effects {
			for lot, units := range left.own[returns.ShortName(effect.ID)] {
				if effect.Lines[0].Disposition == as {
					lots[lot] = c.Add(lots[lot], units)
				}
			}
		}
		for _, part := range left.fit[as] {
			lots[part.lot] = c.Add(lots[part.lot], part.qty)
			by = append(by, part.Record)
		}
		for lot, units := range lots {
			found = append(found, canonical.ReceivedUnits{Qty: units, Disposition: as, Lot: lot})
		}
	}
	if c.Err() != nil {
		return nil, nil
	}
	return found, by
}

// movedByHand takes what is where it belongs off the n-th line of an effect, and returns the records by which it got there. Units that people
// moved elsewhere are not moved as if they were here.
func (t *returnTask) movedByHand(ctx context.Context, effect *returns.Effect, n int) ([]string, error) {
	line := effect.Lines[n]
	if t.hold() == 0 || t.inParts(line.OrderLine) {
		return nil, nil
	}
	if err := t.readLeft(ctx); err != nil {
		return nil, err
	}
	if len(t.order.left) == 0 {
		return nil, nil
	}
	all, err := t.leftOf()
	if err != nil {
		return nil, err
	}
	var c exact.Calc
	left := all[line.Line]
	strayed := decimal.Zero
	for _, part := range left.astray {
		strayed = c.Add(strayed, part.qty)
	}
	pool := slices.Clone(left.fit[line.Disposition])
	var stays []leftUnits
	if t.known.KeepsAstray(line.Line, strayed) {
		stays = slices.Clone(left.astray)
	}
	// Effects that are done took what they did not move themselves.
	for _, before := range t.known.Effects {
		if before.Status != returns.EffectDone || before.ID == effect.ID || len(before.Lines) == 0 || before.Lines[0].Line != line.Line || !relocates(before.Kind) {
			continue
		}
		for _, part := range lotParts(before.Lines[0]) {
			rest := c.Sub(part.Qty, left.own[returns.ShortName(before.ID)][part.Lot])
			if before.Lines[0].Disposition == line.Disposition {
				rest, _ = takeLeft(&c, pool, part.Lot, rest)
			} else {
				rest, _ = takeLeft(&c, slices.Clone(left.fit[before.Lines[0].Disposition]), part.Lot, rest)
			}
			takeLeft(&c, stays, part.Lot, rest)
		}
	}
	var records []string
	var lots []returns.LotUnits
	units, moved := decimal.Zero, decimal.Zero
	for _, part := range lotParts(line) {
		// What a process that died has moved for this effect is found by its name.
		own := left.own[returns.ShortName(effect.ID)][part.Lot].Min(part.Qty)
		rest, by := takeLeft(&c, pool, part.Lot, c.Sub(part.Qty, own))
		records = append(records, by...)
		rest, by = takeLeft(&c, stays, part.Lot, rest)
		records, moved = append(records, by...), c.Add(moved, own)
		if rest = c.Add(rest, own); rest.IsPos() {
			units = c.Add(units, rest)
			lots = append(lots, returns.LotUnits{Lot: part.Lot, Qty: rest})
		}
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	if strayed.IsPos() && len(stays) == 0 && c.Sub(units, moved).Cmp(t.stillHere(&c, line, all)) > 0 {
		return nil, &asleepError{fmt.Sprintf("units of line %s of return %s were moved elsewhere by hand", line.Line, t.known.Key)}
	}
	effect.Lines = slices.Clone(effect.Lines)
	effect.Lines[n].Qty = units
	if len(line.Lots) > 0 {
		effect.Lines[n].Lots = lots
	}
	slices.Sort(records)
	return slices.Compact(records), nil
}

// relocates reports whether effects of the kind move units out of the inspection location.
func relocates(kind returns.EffectKind) bool {
	return kind == returns.EffectRestock || kind == returns.EffectQuarantine || kind == returns.EffectScrap
}

// lotParts are the units of an effect by lot.
func lotParts(line returns.EffectLine) []returns.LotUnits {
	if len(line.Lots) == 0 {
		return []returns.LotUnits{{Qty: line.Qty}}
	}
	return line.Lots
}

// takeLeft takes units of a lot from a pool; an empty lot is any. It returns what is wanting, and the records of what it took.
func takeLeft(c *exact.Calc, pool []leftUnits, lot string, units decimal.Decimal) (rest decimal.Decimal, records []string) {
	for i := range pool {
		if some := pool[i].qty.Min(units); some.IsPos() && (lot == "" || pool[i].lot == lot) {
			pool[i].qty, units = c.Sub(pool[i].qty, some), c.Sub(units, some)
			records = append(records, pool[i].Record)
		}
	}
	return units, records
}

// stillHere are the units of a line's order line that are in the inspection location: those that came and did not leave.
func (t *returnTask) stillHere(c *exact.Calc, line returns.EffectLine, all map[string]*leftLine) decimal.Decimal {
	here := decimal.Zero
	for _, known := range t.known.Lines {
		if known.OrderLine != line.OrderLine {
			continue
		}
		here = c.Add(here, known.SeenInOdoo)
		for _, units := range all[known.ID].total {
			here = c.Sub(here, units)
		}
		for _, part := range all[known.ID].astray {
			here = c.Sub(here, part.qty)
		}
	}
	return here
}
