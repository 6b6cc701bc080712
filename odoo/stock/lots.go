package stock

import (
	"context"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// lotID is a stock.lot.
type lotID struct {
	ID   int64  `odoo:"id"`
	Name string `odoo:"name"`
}

func (lotID) OdooModel() string { return "stock.lot" }

// findLot is the lot of a product with the name. One that there is not is an [*UnknownLot] of the move, if it is for one.
func findLot(ctx context.Context, client *odoo.Client, product, move int64, name string) (int64, error) {
	found, err := odoo.Find[lotID](ctx, client, odoo.And(odoo.Eq("product_id", product), odoo.Eq("name", name)))
	if err != nil {
		return 0, err
	}
	if len(found) != 1 {
		return 0, &UnknownLot{Move: move, Lot: name}
	}
	return found[0].ID, nil
}

// lotPart is what of a move is of one lot.
type lotPart struct {
	lot      int64
	quantity decimal.Decimal
}

// writeLots writes what a move brings, by lot.
func writeLots(ctx context.Context, client *odoo.Client, m returnMoveRow, parts []lotPart) error {
	quantity, _ := client.FieldName("stock.move.line", "quantity")
	lines := odoo.Commands{odoo.ClearCmd()}
	for _, part := range parts {
		values := map[string]any{
			"product_id": m.Product.ID, "product_uom_id": m.Unit.ID, "location_id": m.From.ID, "location_dest_id": m.To.ID, "lot_id": part.lot,
			"picking_id": m.Picking.ID, quantity: part.quantity,
		}
		if client.Version().AtLeast(17) {
			values["picked"] = true
		}
		lines = append(lines, odoo.CreateCmd(values))
	}
	return client.Do(ctx, odoo.Call{Model: "stock.move", Method: "write", IDs: []int64{m.ID}, Args: odoo.Args{"vals": map[string]any{"move_line_ids": lines}}})
}
