package sale

import (
	"context"
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
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
}

func (move) OdooModel() string { return "stock.move" }

// ReduceMoves lowers the open deliveries of a confirmed order to what its lines still order: the newest moves first,
// and pickings that are left with nothing are cancelled. It never raises anything and does nothing when the
// deliveries fit, so it is safe to repeat. It needs the rights of an inventory user.
func ReduceMoves(ctx context.Context, client *odoo.Client, orderID int64) error {
	byOrder, err := Lines(ctx, client, []int64{orderID})
	if err != nil {
		return err
	}
	lines := map[int64]Line{}
	var ids []int64
	for _, line := range byOrder[orderID] {
		lines[line.ID] = line
		ids = append(ids, line.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	moves, err := odoo.Find[move](ctx, client, odoo.And(
		odoo.In("sale_line_id", ids), odoo.NotIn("state", []string{"done", "cancel"}), odoo.Eq("location_dest_id.usage", "customer"),
	))
	if err != nil {
		return err
	}
	var c exact.Calc
	excess := map[int64]decimal.Decimal{} // by line: open beyond what is still ordered
	for id, line := range lines {
		excess[id] = c.Sub(decimal.Zero, c.Sub(line.Quantity, line.Delivered))
	}
	for _, m := range moves {
		excess[m.LineID.ID] = c.Add(excess[m.LineID.ID], m.Quantity)
	}
	left := map[int64]bool{} // pickings that still deliver something
	touched := map[int64]bool{}
	for n := len(moves) - 1; n >= 0; n-- {
		m := moves[n]
		over := excess[m.LineID.ID]
		if over.Sign() <= 0 {
			left[m.Picking.ID] = left[m.Picking.ID] || m.Quantity.IsPos()
			continue
		}
		if m.UoM.ID != lines[m.LineID.ID].UoM.ID {
			return fmt.Errorf("the delivery of line %d is in another unit than the order: lower it by hand", m.LineID.ID)
		}
		quantity := c.Sub(m.Quantity, over).Max(decimal.Zero)
		excess[m.LineID.ID] = c.Sub(over, c.Sub(m.Quantity, quantity))
		touched[m.Picking.ID] = true
		left[m.Picking.ID] = left[m.Picking.ID] || quantity.IsPos()
		if err := client.Call(ctx, odoo.Call{
			Model: "stock.move", Method: "write", IDs: []int64{m.ID},
			Args: odoo.Args{"vals": map[string]any{"product_uom_qty": quantity}}, Effect: odoo.EffectIdempotent,
		}, nil); err != nil {
			return err
		}
	}
	if c.Err() != nil {
		return c.Err()
	}
	for picking := range touched {
		if picking != 0 && !left[picking] {
			if err := client.Do(ctx, odoo.Call{Model: "stock.picking", Method: "action_cancel", IDs: []int64{picking}, Effect: odoo.EffectIdempotent}); err != nil {
				return err
			}
		}
	}
	return nil
}
