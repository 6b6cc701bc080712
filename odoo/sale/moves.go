package sale

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/stock"
)

// ReducesMovesSince is the version from which on Odoo itself lowers open deliveries when the quantity of a
// confirmed line is lowered. Before, it only leaves a note for a person.
const ReducesMovesSince = 17

// move is what is read of a stock.move.
type move struct {
	ID       int64           `odoo:"id"`
	LineID   odoo.Many2One   `odoo:"sale_line_id"`
	Quantity decimal.Decimal `odoo:"product_uom_qty"`
	UoM      odoo.Many2One   `odoo:"product_uom"`
	Picking  odoo.Many2One   `odoo:"picking_id"`
	Returned odoo.Many2One   `odoo:"origin_returned_move_id"`
	KitLine  odoo.Many2One   `odoo:"bom_line_id,optional"`
}

func (move) OdooModel() string { return "stock.move" }

// moveQuantity is what is written to a stock.move: a number, since Odoo 14 calculates with it before it
// converts it.
type moveQuantity struct {
	Quantity decimal.Decimal `odoo:"product_uom_qty,always"`
}

func (moveQuantity) OdooModel() string { return "stock.move" }

// ReduceMoves lowers the open deliveries of confirmed orders to what their lines still order: the newest moves first,
// and pickings that are left with nothing are cancelled. It never raises anything and does nothing when the
// deliveries fit, or where the app Inventory is not installed, so it is safe to repeat. Lines that people added, goods
// that go out again after a return, and kits of which it cannot be told what they take are left alone. A salesperson may do it: Odoo lets them write the deliveries
// of orders. Errors are as in [Confirm].
func ReduceMoves(ctx context.Context, client *odoo.Client, orderIDs []int64) ([]error, error) {
	byOrder, err := Lines(ctx, client, orderIDs)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, lines := range byOrder {
		for _, line := range lines {
			ids = append(ids, line.ID)
		}
	}
	failures := make([]error, len(orderIDs))
	if len(ids) == 0 {
		return failures, nil
	}
	slices.Sort(ids)
	moves, err := odoo.Find[move](ctx, client, odoo.And(
		odoo.In("sale_line_id", ids), odoo.NotIn("state", []string{"done", "cancel"}), odoo.Eq("location_dest_id.usage", "customer"),
	))
	switch {
	case odoo.CodeOf(err) == odoo.CodeUnknownModel:
		return failures, nil
	case err != nil:
		return nil, err
	}
	byLine, units := map[int64][]move{}, map[part]int64{}
	for _, m := range moves {
		byLine[m.LineID.ID] = append(byLine[m.LineID.ID], m)
		if m.KitLine.ID != 0 {
			units[part{m.LineID.ID, m.KitLine.ID}] = m.UoM.ID
		}
	}
	kits, left, err := kitsOf(ctx, client, byOrder, units)
	if err != nil {
		return nil, err
	}
	others, err := inMoves(ctx, client, byOrder, byLine)
	if err != nil {
		return nil, err
	}
	for n, order := range orderIDs {
		if err := reduce(ctx, client, byOrder[order], byLine, kits, left, others); err != nil {
			if odoo.CodeOf(err) != "" && !odoo.Isolatable(err) && !odoo.Ambiguous(err) {
				return nil, err
			}
			failures[n] = err
		}
	}
	return failures, nil
}

// inMoves are the lines of goods that Odoo delivers in another unit than they are ordered in, with their quantities in that: what
// has left is that of the moves, since the order line has it rounded.
func inMoves(ctx context.Context, client *odoo.Client, byOrder map[int64][]Line, byLine map[int64][]move) (map[int64]Line, error) {
	reader, converted := stock.NewReader(client), map[int64]Line{}
	for _, lines := range byOrder {
		for _, line := range lines {
			moves := byLine[line.ID]
			if len(moves) == 0 || moves[0].KitLine.ID != 0 || moves[0].UoM.ID == line.UoM.ID {
				continue
			}
			var err error
			if line.Quantity, err = reader.Convert(ctx, line.Quantity, line.UoM.ID, moves[0].UoM.ID); err != nil {
				return nil, err
			}
			line.UoM = moves[0].UoM
			converted[line.ID] = line
		}
	}
	left, err := leftBy(ctx, client, slices.Sorted(maps.Keys(converted)), odoo.And())
	for id, line := range converted {
		line.Delivered = left[part{line: id}]
		converted[id] = line
	}
	return converted, err
}

// kitsOf reads the lines of orders that open moves deliver as components, with what has left of these.
func kitsOf(ctx context.Context, client *odoo.Client, byOrder map[int64][]Line, units map[part]int64) (kits, map[part]decimal.Decimal, error) {
	if len(units) == 0 {
		return kits{}, nil, nil
	}
	lines := map[int64]Line{}
	for _, all := range byOrder {
		for _, line := range all {
			lines[line.ID] = line
		}
	}
	k, err := readKits(ctx, client, lines, units)
	if err != nil {
		return kits{}, nil, err
	}
	left, err := leftParts(ctx, client, slices.Sorted(maps.Keys(k.shares)))
	return k, left, err
}

// reduce lowers the moves of one order.
func reduce(ctx context.Context, client *odoo.Client, lines []Line, byLine map[int64][]move, kits kits, parts map[part]decimal.Decimal, inMoves map[int64]Line) error {
	left := map[int64]bool{}    // pickings that still deliver something
	emptied := map[int64]bool{} // pickings with a move that delivers nothing, perhaps since an earlier call
	for _, line := range lines {
		var quantities []decimal.Decimal
		var err error
		if slices.ContainsFunc(byLine[line.ID], func(m move) bool { return m.KitLine.ID != 0 }) {
			quantities, err = kits.loweredParts(line, byLine[line.ID], parts)
		} else {
			if other, ok := inMoves[line.ID]; ok {
				line = other
			}
			quantities, err = lowered(line, byLine[line.ID])
		}
		if err != nil {
			return err
		}
		for n, m := range slices.Backward(byLine[line.ID]) {
			if quantities[n].IsPos() {
				left[m.Picking.ID] = true
			} else {
				emptied[m.Picking.ID] = true
			}
			if quantities[n].Equal(m.Quantity) {
				continue
			}
			if err := odoo.Write(ctx, client, []int64{m.ID}, moveQuantity{quantities[n]}); err != nil {
				return err
			}
		}
	}
	for _, picking := range slices.Sorted(maps.Keys(emptied)) {
		if picking == 0 || left[picking] {
			continue
		}
		// People may have added goods to the delivery.
		others, err := odoo.Count[move](ctx, client, odoo.And(
			odoo.Eq("picking_id", picking), odoo.NotIn("state", []string{"done", "cancel"}), odoo.Gt("product_uom_qty", 0),
		))
		if err != nil {
			return err
		}
		if others > 0 {
			continue
		}
		if err := client.Do(ctx, odoo.Call{Model: "stock.picking", Method: "action_cancel", IDs: []int64{picking}, Effect: odoo.EffectIdempotent}); err != nil {
			return err
		}
	}
	return nil
}

// lowered is what the open moves of a line may still deliver, by move.
func lowered(line Line, moves []move) ([]decimal.Decimal, error) {
	var c exact.Calc
	quantities := make([]decimal.Decimal, len(moves))
	over := c.Sub(line.Delivered, line.Quantity) // what is open beyond what is still ordered
	for n, m := range moves {
		quantities[n] = m.Quantity
		if m.Returned.ID == 0 {
			over = c.Add(over, m.Quantity)
		}
	}
	for n, m := range slices.Backward(moves) {
		if !over.IsPos() || line.ExternalID.Name == "" {
			break
		}
		if m.Returned.ID != 0 {
			continue
		}
		if m.UoM.ID != line.UoM.ID {
			return nil, fmt.Errorf("the deliveries of line %d are in different units of measure: lower them by hand", line.ID)
		}
		quantities[n] = c.Sub(m.Quantity, over).Max(decimal.Zero)
		over = c.Sub(over, c.Sub(m.Quantity, quantities[n]))
	}
	return quantities, c.Err()
}
