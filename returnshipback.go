package retailsync

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

// shipBack sends units to the buyer as they are, or once they are repaired: the way back of their receipts, one for each. What a run
// before opened of them counts.
func (t *returnTask) shipBack(ctx context.Context, effect returns.Effect) (string, error) {
	tag := returns.ShortName(effect.ID)
	var c exact.Calc
	wanted := map[orderPart]decimal.Decimal{}
	lots := map[string][]stock.LotQuantity{}
	for _, line := range effect.Lines {
		t.order.add(&c, wanted, line.OrderLine, line.Qty)
		known := t.lineWith(line.Line)
		lots[line.OrderLine] = append(lots[line.OrderLine], beyondLots(known.LotsInOdoo, nil)...)
	}
	var made []string
	for _, back := range t.order.returns {
		if back.State == "cancel" || !t.madeFor(effect, back) || !slices.ContainsFunc(back.Moves, func(m stock.ReturnMove) bool { return m.Out }) {
			continue
		}
		if err := t.arrange(ctx, back); err != nil {
			return "", err
		}
		made = append(made, back.Name)
		for _, move := range back.Moves {
			of := t.order.partOf(move.SaleLine, move.KitLine)
			wanted[of] = c.Sub(wanted[of], unitsOf(move))
		}
	}
	drafts := t.drafts(0)
	for _, byLot := range []bool{true, false} {
		for _, back := range t.order.returns {
			if _, own := ownReturn(t.known, back); !own {
				continue
			}
			for _, move := range back.Moves {
				of := t.order.partOf(move.SaleLine, move.KitLine)
				if move.State != "done" || move.Out {
					continue
				}
				units := c.Sub(c.Sub(move.Done, t.sentBack(&c, move)), drafts.taken[move.ID]).Min(wanted[of])
				if byLot {
					var some []stock.LotQuantity
					some, lots[of.line] = takeLots(lots[of.line], units, move.Lots)
					units = sumOfLots(&c, some)
				}
				if !units.IsPos() {
					continue
				}
				wanted[of] = c.Sub(wanted[of], units)
				// What the receipt took off the delivered quantity is delivered again.
				if err := drafts.add(returnName(t.known.Key, tag, "of"+strconv.FormatInt(back.ID, 10)), move.ID, units, move.ToRefund); err != nil {
					return "", err
				}
			}
		}
	}
	if err := c.Err(); err != nil {
		return "", err
	}
	if name, rest := t.firstWanted(wanted); name != "" {
		return "", fmt.Errorf("%s units of line %s of return %s have not arrived in Odoo, or went back already: look at its return pickings", rest, name, t.known.Key)
	}
	opened, err := drafts.open(ctx, t.erp)
	if err != nil {
		return "", err
	}
	if effect.Kind == returns.EffectRepair {
		if _, err := t.askPerson(ctx, effect); err != nil {
			return "", err
		}
	}
	return strings.Join(append(made, opened...), ", "), nil
}

// sentBack are the units that go or went out again of what a move brought.
func (t *returnTask) sentBack(c *exact.Calc, arrival stock.ReturnMove) decimal.Decimal {
	units := decimal.Zero
	for _, back := range t.order.returns {
		for _, move := range back.Moves {
			if move.Of == arrival.ID && move.State != "cancel" {
				units = c.Add(units, unitsOf(move))
			}
		}
	}
	return units
}
