package stock

import (
	"context"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
)

// KitShare is what one unit of an order line takes of a component, in the unit of measure of the component's moves. It is false if
// that is no quantity that Odoo can move by itself, such as a third of a piece. Units are read once.
func (r *Reader) KitShare(ctx context.Context, need KitNeed, lineUnit, moveUnit int64) (decimal.Decimal, bool, error) {
	sizes, err := r.unitSizes(ctx, need.UnitID, need.KitUnitID, lineUnit, moveUnit)
	if err != nil {
		return decimal.Zero, false, err
	}
	part, move, kit, line := sizes[need.UnitID], sizes[moveUnit], sizes[need.KitUnitID], sizes[lineUnit]
	var c exact.Calc
	share := need.Quantity
	if need.UnitID != moveUnit {
		share = c.Quo(c.Mul(c.Mul(share, part.more), move.less), c.Mul(part.less, move.more))
	}
	if need.KitUnitID != lineUnit {
		share = c.Quo(c.Mul(c.Mul(share, line.more), kit.less), c.Mul(line.less, kit.more))
	}
	if c.Err() != nil {
		return decimal.Zero, false, unfit(c.Err())
	}
	rounded, err := Unit{Rounding: move.rounding}.round(share)
	if err != nil {
		return decimal.Zero, false, unfit(err)
	}
	// What a division of units left behind the ninth digit is no part of a unit.
	return rounded.Trim(0), rounded.Equal(exact.HalfUp(share, 9)), nil
}
