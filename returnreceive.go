package retailsync

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

// receive books units as arrived. It books what Odoo does not have yet of the units in all, so a repeat changes nothing. Units of a lot
// that left with another delivery than Odoo expects them from come back from that one.
func (t *returnTask) receive(ctx context.Context, effect returns.Effect) (string, error) {
	var c exact.Calc
	wanted := map[orderPart]decimal.Decimal{}
	lots := map[string][]stock.LotQuantity{}
	for _, line := range effect.Lines {
		beyond := c.Sub(c.Add(line.From, line.Qty), t.lineWith(line.Line).SeenInOdoo)
		if beyond.IsPos() {
			t.order.add(&c, wanted, line.OrderLine, beyond)
			lots[line.OrderLine] = append(lots[line.OrderLine], t.freshLots(line)...)
		}
	}
	for of, units := range t.loose(&c) {
		if wanted[of].IsPos() {
			wanted[of] = c.Sub(wanted[of], units)
		}
	}
	if err := c.Err(); err != nil {
		return "", err
	}
	made, err := t.receiveExpected(ctx, wanted, lots)
	if err != nil {
		return "", err
	}
	if name, _ := t.firstWanted(wanted); name != "" && len(lots[name]) > 0 {
		if err := t.refresh(ctx, t.order); err != nil { // what was received has gone into other pickings
			return "", err
		}
		opened, err := t.openByLots(ctx, effect, wanted, lots)
		if err != nil {
			return "", err
		}
		if opened {
			if err := t.refresh(ctx, t.order); err != nil {
				return "", err
			}
			more, err := t.receiveExpected(ctx, wanted, lots)
			if err != nil {
				return "", err
			}
			made = append(made, more...)
		}
	}
	if name, rest := t.firstWanted(wanted); name != "" {
		return "", fmt.Errorf("%s units of line %s of order %s have arrived and Odoo expects no more of this return: look at its return pickings", rest, name, t.order.there.Key)
	}
	return strings.Join(made, ", "), nil
}

// loose are components of kits that have arrived without the others, and goods that make no whole unit of their order line.
func (t *returnTask) loose(c *exact.Calc) map[orderPart]decimal.Decimal {
	loose := map[orderPart]decimal.Decimal{}
	for of, units := range t.arrived(c) {
		if of.kit > 0 || t.inParts(of.line) {
			loose[of] = c.Add(loose[of], units)
		}
	}
	for _, line := range t.known.Lines {
		if t.inParts(line.OrderLine) {
			t.order.add(c, loose, line.OrderLine, line.SeenInOdoo.Neg())
		}
	}
	return loose
}

// firstWanted is the first order line of which units are wanted, and how many of one part; empty if there is none.
func (t *returnTask) firstWanted(wanted map[orderPart]decimal.Decimal) (string, decimal.Decimal) {
	byPart := func(a, b orderPart) int { return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.kit, b.kit)) }
	for _, of := range slices.SortedFunc(maps.Keys(wanted), byPart) {
		if wanted[of].IsPos() {
			return of.line, wanted[of]
		}
	}
	return "", decimal.Zero
}

// receiveExpected books what of the units the open returns of the case expect, and takes it off wanted and lots.
func (t *returnTask) receiveExpected(ctx context.Context, wanted map[orderPart]decimal.Decimal, lots map[string][]stock.LotQuantity) ([]string, error) {
	var c exact.Calc
	var made []string
	for _, back := range t.order.returns {
		if _, own := ownReturn(t.known, back); !own || !back.Open() {
			continue
		}
		receipt := stock.Receipt{Return: back.ID}
		for _, move := range back.Moves {
			of := t.order.partOf(move.SaleLine, move.KitLine)
			name := of.line
			units := move.Wanted.Min(wanted[of])
			if !units.IsPos() || move.Out {
				continue
			}
			var some []stock.LotQuantity
			if sold := t.soldFrom(move); len(sold.Lots) > 0 && len(lots[name]) > 0 {
				some, lots[name] = takeLots(lots[name], units, t.lotsLeft(sold))
				if units = sumOfLots(&c, some); !units.IsPos() {
					continue // its lots left with another delivery
				}
			}
			wanted[of] = c.Sub(wanted[of], units)
			receipt.Lines = append(receipt.Lines, stock.ReceivedLine{Move: move.ID, Quantity: units, Lots: some})
		}
		if err := c.Err(); err != nil {
			return nil, err
		}
		if len(receipt.Lines) == 0 {
			continue
		}
		if back.State == "draft" { // a process died before it was confirmed
			if err := t.arrange(ctx, back); err != nil {
				return nil, err
			}
		}
		if err := stock.Receive(ctx, t.erp, receipt); err != nil {
			return nil, err
		}
		made = append(made, pickingRecord(back.ID))
	}
	return made, nil
}
