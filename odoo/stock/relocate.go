package stock

import (
	"cmp"
	"context"
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Transfer moves units from one location to another: from where returned goods wait to stock, or out of stock to where damaged
// goods are kept.
type Transfer struct {
	// ExternalID makes it one transfer.
	ExternalID    odoo.ExternalID
	Product, Unit int64
	Quantity      decimal.Decimal
	// Lots are those of all units if the product has any. They may be left out where all that is in From is of one lot.
	Lots     []LotQuantity
	From, To int64
	// Warehouse is the one whose operation it is if neither location is in a warehouse; 0 for none.
	Warehouse int64
	Note      string
}

// transferRow is a warehouse with its operation for transfers.
type transferRow struct {
	ID       int64         `odoo:"id"`
	Internal odoo.Many2One `odoo:"int_type_id"`
}

func (transferRow) OdooModel() string { return "stock.warehouse" }

// WarehouseOf is the warehouse whose stock a location is part of, 0 if it is of none. What is in it counts as stock to sell.
func (r *Reader) WarehouseOf(ctx context.Context, location int64) (int64, error) {
	return r.warehouseOf(ctx, location)
}

// Relocate makes and validates a transfer, and returns the id of its picking. It is one transfer however often it is called, by its
// External ID; it is safe to repeat. A user of the group Inventory / User may do it.
//
// Errors: [*MissingLot], [*UnknownLot], those of [odoo.Client.Load].
func (r *Reader) Relocate(ctx context.Context, t Transfer) (int64, error) {
	warehouse, err := r.warehouseOf(ctx, t.From)
	if err != nil {
		return 0, err
	}
	if warehouse == 0 {
		if warehouse, err = r.warehouseOf(ctx, t.To); err != nil {
			return 0, err
		}
	}
	warehouse = cmp.Or(warehouse, t.Warehouse)
	kinds, err := odoo.Find[transferRow](ctx, r.client, odoo.Eq("id", warehouse))
	if err != nil {
		return 0, err
	}
	if len(kinds) == 0 || kinds[0].Internal.ID == 0 {
		return 0, fmt.Errorf("neither location %d nor %d is in a warehouse that the user may see, and none is named: goods cannot be moved between them", t.From, t.To)
	}
	all := columns{
		{"picking_type_id/.id", id(kinds[0].Internal.ID)}, {"location_id/.id", id(t.From)}, {"location_dest_id/.id", id(t.To)}, {"origin", t.Note},
		{"move_ids/id", subName(t.ExternalID, t.Product)}, {"move_ids/product_id/.id", id(t.Product)}, {"move_ids/product_uom_qty", t.Quantity.String()},
		{"move_ids/product_uom/.id", id(t.Unit)}, {"move_ids/location_id/.id", id(t.From)}, {"move_ids/location_dest_id/.id", id(t.To)},
		{"move_ids/picking_type_id/.id", id(kinds[0].Internal.ID)},
	}
	if !r.client.Version().AtLeast(19) {
		all = append(all, column{"move_ids/name", t.Note})
	}
	batch := all.batch("stock.picking", t.ExternalID)
	batch.Context["active_test"] = false // a warehouse that uses no internal transfers has their operation archived
	picking, err := insert(ctx, r.client, batch)
	if err != nil {
		return 0, err
	}
	if err := arrange(ctx, r.client, picking); err != nil {
		return 0, err
	}
	return picking, r.finish(ctx, picking, t)
}

// finish validates a transfer unless that was done.
func (r *Reader) finish(ctx context.Context, picking int64, t Transfer) error {
	for lost := range 2 {
		rows, err := odoo.Find[returnRow](ctx, r.client, odoo.Eq("id", picking))
		if err != nil || len(rows) == 0 || rows[0].State == "done" || rows[0].State == "cancel" {
			return err
		}
		moves, err := odoo.Find[returnMoveRow](ctx, r.client, odoo.Eq("picking_id", picking))
		if err != nil {
			return err
		}
		if t.Lots, err = nameLots(ctx, r.client, t.Product, t.From, t.Quantity, t.Lots); err != nil {
			return err
		}
		for _, m := range moves {
			if err := r.take(ctx, m, t); err != nil {
				return err
			}
		}
		err = validate(ctx, r.client, picking, false)
		if err == nil || !odoo.Ambiguous(err) || lost > 0 {
			return err
		}
	}
	return nil
}

// take writes what a transfer moves.
func (r *Reader) take(ctx context.Context, m returnMoveRow, t Transfer) error {
	if len(t.Lots) == 0 {
		return odoo.Write(ctx, r.client, []int64{m.ID}, arrivedMove{Quantity: t.Quantity, Picked: true})
	}
	parts := make([]lotPart, len(t.Lots))
	for i, lot := range t.Lots {
		found, err := findLot(ctx, r.client, t.Product, m.ID, lot.Lot)
		if err != nil {
			return err
		}
		parts[i] = lotPart{found, lot.Quantity}
	}
	return writeLots(ctx, r.client, m, parts)
}
