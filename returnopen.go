package retailsync

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

// returnDrafts are the pickings that Odoo is to expect for an effect: one per picking that they take back.
type returnDrafts struct {
	to    int64
	note  string
	names []odoo.ExternalID // in the order in which they came up
	lines map[odoo.ExternalID][]stock.ReturnLine
	taken map[int64]decimal.Decimal // units by the move that they take back
}

func (t *returnTask) drafts(to int64) *returnDrafts {
	return &returnDrafts{to: to, note: t.note(), lines: map[odoo.ExternalID][]stock.ReturnLine{}, taken: map[int64]decimal.Decimal{}}
}

// left is what can come back of a delivered move besides what the drafts take.
func (d *returnDrafts) left(move stock.Returnable) (decimal.Decimal, error) {
	left, err := move.Left()
	if err != nil {
		return left, err
	}
	return left.Sub(d.taken[move.Move])
}

// add has units of a move taken back by the picking with the name.
func (d *returnDrafts) add(name odoo.ExternalID, move int64, units decimal.Decimal, toRefund bool) error {
	taken, err := d.taken[move].Add(units)
	if err != nil {
		return err
	}
	d.taken[move] = taken
	lines, known := d.lines[name]
	if !known {
		d.names = append(d.names, name)
	}
	at := slices.IndexFunc(lines, func(l stock.ReturnLine) bool { return l.Move == move })
	if at < 0 {
		d.lines[name] = append(lines, stock.ReturnLine{Move: move, Quantity: units, ToRefund: toRefund})
		return nil
	}
	lines[at].Quantity, err = lines[at].Quantity.Add(units)
	return err
}

// open opens the pickings and returns what they are called.
func (d *returnDrafts) open(ctx context.Context, client *odoo.Client) ([]string, error) {
	var made []string
	for _, name := range d.names {
		id, err := stock.OpenReturn(ctx, client, stock.ReturnDraft{ExternalID: name, To: d.to, Note: d.note, Lines: d.lines[name]})
		if err != nil {
			return nil, err
		}
		made = append(made, pickingRecord(id))
	}
	return made, nil
}

// openReturn has Odoo expect the units: a return picking for exactly the delivered moves, one per delivery. Units whose lots are known
// come back from the deliveries that these left with, others from the newest. What a run before opened of them counts.
func (t *returnTask) openReturn(ctx context.Context, effect returns.Effect) (string, error) {
	tag := returns.ShortName(effect.ID)
	var c exact.Calc
	wanted := map[orderPart]decimal.Decimal{}
	lots := map[string][]stock.LotQuantity{}
	for _, line := range effect.Lines {
		t.order.add(&c, wanted, line.OrderLine, line.Qty)
		lots[line.OrderLine] = append(lots[line.OrderLine], t.comingLots(line)...)
	}
	keep := t.kept(effect)
	var made []string
	for _, back := range t.order.returns {
		if back.State == "cancel" || !t.madeFor(effect, back) {
			continue
		}
		if err := t.arrange(ctx, back); err != nil {
			return "", err
		}
		made = append(made, back.Name)
		for _, move := range back.Moves {
			if of := t.order.partOf(move.SaleLine, move.KitLine); !move.Out {
				wanted[of] = c.Sub(wanted[of], unitsOf(move))
			}
		}
	}
	drafts := t.drafts(t.hold())
	for _, byLot := range []bool{true, false} {
		for _, move := range t.newestFirst() {
			of := t.order.partOf(move.SaleLine, move.KitLine)
			units, err := drafts.left(move)
			if err != nil {
				return "", err
			}
			units = units.Min(wanted[of])
			if byLot {
				var some []stock.LotQuantity
				some, lots[of.line] = takeLots(lots[of.line], units, t.lotsLeft(move))
				units = sumOfLots(&c, some)
			}
			if !units.IsPos() {
				continue
			}
			wanted[of] = c.Sub(wanted[of], units)
			if err := drafts.add(returnName(t.known.Key, tag, strconv.FormatInt(move.Delivery, 10)), move.Move, units, !keep[of.line]); err != nil {
				return "", err
			}
		}
	}
	if err := c.Err(); err != nil {
		return "", err
	}
	if name, rest := t.firstWanted(wanted); name != "" {
		return "", fmt.Errorf("%s units of line %s of order %s cannot come back: they were not delivered, or are on their way back already", rest, name, t.order.there.Key)
	}
	opened, err := drafts.open(ctx, t.erp)
	return strings.Join(append(made, opened...), ", "), err
}

// madeFor reports whether a return of the case was made for an effect: it has its tag, or that of no effect that is known, since what was
// asked for in parts may be asked for at once by a store that begins anew.
func (t *returnTask) madeFor(effect returns.Effect, back stock.Return) bool {
	tag, own := ownReturn(t.known, back)
	return own && !slices.ContainsFunc(t.known.Effects, func(e returns.Effect) bool { return e.ID != effect.ID && returns.ShortName(e.ID) == tag })
}

// arrange confirms and reserves a return where a process died before it had.
func (t *returnTask) arrange(ctx context.Context, back stock.Return) error {
	switch back.State {
	case "draft", "waiting", "confirmed":
		return stock.ConfirmReturn(ctx, t.erp, back.ID)
	}
	return nil
}

// newestFirst are the delivered moves: what came last goes back first.
func (t *returnTask) newestFirst() []stock.Returnable {
	goods := slices.Clone(t.order.goods)
	slices.SortStableFunc(goods, func(a, b stock.Returnable) int { return cmp.Compare(b.Move, a.Move) })
	return goods
}

// kept are the order lines of an effect whose units the buyer gets back: the order counts them as delivered.
func (t *returnTask) kept(effect returns.Effect) map[string]bool {
	keep := map[string]bool{}
	for _, line := range effect.Lines {
		resolution := t.lineWith(line.Line).Resolution
		keep[line.OrderLine] = resolution == canonical.ResolutionRejected || resolution == canonical.ResolutionRepair
	}
	return keep
}

// openByLots has Odoo expect units from the deliveries that their lots left with, where it expects as many from others: nobody could know
// the lots when these were opened. What is expected from the others then is too much, see [returnTask.expectLess].
func (t *returnTask) openByLots(ctx context.Context, effect returns.Effect, wanted map[orderPart]decimal.Decimal, lots map[string][]stock.LotQuantity) (bool, error) {
	var c exact.Calc
	lots = maps.Clone(lots)
	keep, drafts := t.kept(effect), t.drafts(t.hold())
	for _, back := range t.order.returns {
		tag, own := ownReturn(t.known, back)
		if !own || tag == "" || !back.Open() {
			continue
		}
		for _, expected := range back.Moves {
			of := t.order.partOf(expected.SaleLine, expected.KitLine)
			name := of.line
			units := expected.Wanted.Min(wanted[of])
			if expected.Out {
				continue
			}
			for _, sold := range t.newestFirst() {
				left, err := drafts.left(sold)
				if err != nil {
					return false, err
				}
				if t.order.partOf(sold.SaleLine, sold.KitLine) != of || sold.Move == expected.Of {
					continue
				}
				var some []stock.LotQuantity
				some, lots[name] = takeLots(lots[name], units.Min(left), t.lotsLeft(sold))
				part := sumOfLots(&c, some)
				if !part.IsPos() {
					continue
				}
				units = c.Sub(units, part)
				// The tag of what expected them: the effect that opened it finds them among its own.
				title := returnName(t.known.Key, tag, strconv.FormatInt(sold.Delivery, 10)+"-"+returns.ShortName(effect.ID))
				if err := drafts.add(title, sold.Move, part, !keep[name]); err != nil {
					return false, err
				}
			}
		}
	}
	if err := c.Err(); err != nil {
		return false, err
	}
	_, err := drafts.open(ctx, t.erp)
	return len(drafts.names) > 0, err
}

// expectLess lowers what Odoo expects of units that came back from another delivery than it expected them from.
func (t *returnTask) expectLess(ctx context.Context) error {
	var c exact.Calc
	less := false
	for _, effect := range t.known.Effects {
		if effect.Kind != returns.EffectOpenReturn || effect.Status != returns.EffectDone {
			continue
		}
		over, other := map[orderPart]decimal.Decimal{}, false
		for _, line := range effect.Lines {
			t.order.add(&c, over, line.OrderLine, line.Qty.Neg())
		}
		var open []stock.Return
		for _, back := range t.order.returns {
			if tag, own := ownReturn(t.known, back); !own || tag != returns.ShortName(effect.ID) || back.State == "cancel" {
				continue
			}
			other = other || openedByLots(back)
			for _, move := range back.Moves {
				if of := t.order.partOf(move.SaleLine, move.KitLine); !move.Out && move.State != "cancel" {
					over[of] = c.Add(over[of], unitsOf(move))
				}
			}
			if back.Open() && !openedByLots(back) {
				open = append(open, back)
			}
		}
		if !other { // else people expect more, and know why
			continue
		}
		for _, back := range open {
			for _, move := range back.Moves {
				of := t.order.partOf(move.SaleLine, move.KitLine)
				cut := move.Wanted.Min(over[of])
				if !cut.IsPos() {
					continue
				}
				over[of], less = c.Sub(over[of], cut), true
				if err := stock.ExpectLess(ctx, t.erp, back.ID, move.ID, c.Sub(move.Wanted, cut)); err != nil {
					return err
				}
			}
		}
	}
	if !less || c.Err() != nil {
		return c.Err()
	}
	return t.refresh(ctx, t.order)
}

// openedByLots reports whether openByLots made a return of the case.
func openedByLots(back stock.Return) bool {
	parts, ok := back.ExternalID.Parts()
	return ok && strings.Contains(parts[len(parts)-1], "-")
}
