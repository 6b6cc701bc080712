package retailsync_test

import (
	"testing"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
)

// A delivery that people put together of two orders, with a gift of their own and a line of which nothing leaves, is one shipment for
// each order, of its own lines.
func TestShipmentsOfOneDeliveryForTwoOrders(t *testing.T) {
	t.Parallel()
	warehouse.EachReal(t, func(t *testing.T, w *warehouse.Warehouse) {
		p := newParcelDesk(t, w, "")
		product, gift := w.Product(nil), w.Product(nil)
		w.Count(product, w.Place, 100)
		w.Count(gift, w.Place, 100)
		one, two := p.sell(product, 2, 3), p.sell(product, 1)
		type move struct {
			ID      int64         `json:"id"`
			Picking odoo.Many2One `json:"picking_id"`
			Line    odoo.Many2One `json:"sale_line_id"`
			From    odoo.Many2One `json:"location_id"`
			To      odoo.Many2One `json:"location_dest_id"`
			Unit    odoo.Many2One `json:"product_uom"`
		}
		read := func(order sold) []move {
			return warehouse.Call[[]move](w, "stock.move", "search_read", nil, odoo.Args{
				"domain": odoo.In("sale_line_id", order.lines), "fields": []string{"picking_id", "sale_line_id", "location_id", "location_dest_id", "product_uom"}, "order": "id",
			}, nil)
		}
		ours, theirs := read(one), read(two)
		delivery := ours[0].Picking.ID
		id := []int64{theirs[0].ID}
		warehouse.Call[any](w, "stock.move", "write", id, odoo.Args{"vals": map[string]any{"picking_id": delivery}}, nil)
		lines := warehouse.Call[[]int64](w, "stock.move.line", "search", nil, odoo.Args{"domain": odoo.In("move_id", id)}, nil)
		warehouse.Call[any](w, "stock.move.line", "write", lines, odoo.Args{"vals": map[string]any{"picking_id": delivery}}, nil)
		values := map[string]any{
			"product_id": gift, "product_uom": theirs[0].Unit.ID, "picking_id": delivery, "location_id": ours[0].From.ID, "location_dest_id": ours[0].To.ID, "product_uom_qty": 1,
		}
		if !w.Version().AtLeast(19) {
			values["name"] = "A gift"
		}
		added := w.Create("stock.move", values, nil)
		warehouse.Call[any](w, "stock.picking", "action_confirm", []int64{delivery}, nil, nil)
		done := func(move int64, units float64) {
			values := map[string]any{"quantity_done": units}
			if w.Version().AtLeast(17) {
				values = map[string]any{"quantity": units, "picked": units > 0}
			}
			warehouse.Call[any](w, "stock.move", "write", []int64{move}, odoo.Args{"vals": values}, nil)
		}
		for _, m := range ours {
			units := 0.0
			if m.Line.ID == one.lines[0] {
				units = 2
			}
			done(m.ID, units)
		}
		done(theirs[0].ID, 1)
		done(added, 1)
		warehouse.Call[any](w, "stock.picking", "button_validate", []int64{delivery}, nil, odoo.Context{"skip_backorder": true})
		w.Track(delivery, w.Carrier("Carrier "+w.Name), "NR-1")
		p.want("one delivery", p.publish(), map[int64]string{delivery: "published"})
		p.shows(one, "l0:2 [NR-1] shipped")
		p.shows(two, "l0:1 [NR-1] shipped")
		p.forget()
		p.want("with an empty store", p.publish(), map[int64]string{delivery: "already"})
	})
}
