package main

import (
	"context"
	"fmt"

	"github.com/retailsync/retailsync/odoo"
)

// openMove is what a delivery still has to take of a product.
type openMove struct {
	ID      int64         `odoo:"id"`
	Product odoo.Many2One `odoo:"product_id"`
	Picking odoo.Many2One `odoo:"picking_id"`
}

// OdooModel names the model.
func (openMove) OdooModel() string { return "stock.move" }

// ship delivers units of an order, by SKU, with a carrier, as a person in the warehouse does: it takes the order's open
// delivery, writes what is packed, and leaves the rest to another delivery. A carrier's number that is not known yet is
// empty. (Before Odoo 17 what is packed is written to quantity_done.)
func (b *backbone) ship(ctx context.Context, order, carrier int64, number string, units map[string]int) (delivery odoo.Many2One, err error) {
	moves, err := odoo.Find[openMove](ctx, b.Client, odoo.And(
		odoo.Eq("picking_id.sale_id", order), odoo.NotIn("state", []string{"done", "cancel"}),
	))
	if err != nil {
		return delivery, err
	}
	if len(moves) == 0 {
		return delivery, fmt.Errorf("order %d has nothing left to deliver", order)
	}
	packed := map[int64]int{}
	for sku, n := range units {
		packed[b.products[sku]] = n
	}
	for _, move := range moves {
		n := packed[move.Product.ID]
		if err := b.write(ctx, "stock.move", move.ID, map[string]any{"quantity": n, "picked": n > 0}); err != nil {
			return delivery, err
		}
	}
	delivery = moves[0].Picking
	values := map[string]any{"carrier_id": carrier}
	if number != "" {
		values["carrier_tracking_ref"] = number
	}
	if err := b.write(ctx, "stock.picking", delivery.ID, values); err != nil {
		return delivery, err
	}
	return delivery, b.Call(ctx, odoo.Call{
		Model: "stock.picking", Method: "button_validate", IDs: []int64{delivery.ID}, Context: odoo.Context{"skip_backorder": true},
	}, nil)
}

// track writes the carrier's number on a delivery that has left.
func (b *backbone) track(ctx context.Context, delivery int64, number string) error {
	return b.write(ctx, "stock.picking", delivery, map[string]any{"carrier_tracking_ref": number})
}

func (b *backbone) write(ctx context.Context, model string, id int64, values map[string]any) error {
	return b.Call(ctx, odoo.Call{Model: model, Method: "write", IDs: []int64{id}, Args: odoo.Args{"vals": values}}, nil)
}
