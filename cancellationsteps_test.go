package retailsync_test

import (
	"testing"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
)

// openTransfers are the transfers of an order that are neither done nor cancelled.
func (p *parcelDesk) openTransfers(order sold) []int64 {
	p.t.Helper()
	return warehouse.Call[[]int64](p.odoo, "stock.picking", "search", nil, odoo.Args{"domain": odoo.And(odoo.Eq("sale_id", order.odoo), odoo.NotIn("state", []string{"done", "cancel"})), "order": "id"}, nil)
}

// moveOn does units of an order's transfer that is ready, the last one first, and leaves the rest to another one.
func (p *parcelDesk) moveOn(order sold, units float64) {
	p.t.Helper()
	assigned := odoo.And(odoo.Eq("sale_id", order.odoo), odoo.Eq("state", "assigned"))
	var ready []int64
	for _, last := range []odoo.Domain{odoo.Eq("location_dest_id.usage", "customer"), odoo.Ne("location_dest_id.usage", "customer")} {
		ready = append(ready, warehouse.Call[[]int64](p.odoo, "stock.picking", "search", nil, odoo.Args{"domain": odoo.And(assigned, last), "order": "id"}, nil)...)
	}
	if len(ready) == 0 {
		p.t.Fatalf("order %d has no transfer that is ready", order.odoo)
	}
	values := map[string]any{"quantity_done": units}
	if p.odoo.Version().AtLeast(17) {
		values = map[string]any{"quantity": units, "picked": true}
	}
	moves := warehouse.Call[[]int64](p.odoo, "stock.move", "search", nil, odoo.Args{"domain": odoo.Eq("picking_id", ready[0])}, nil)
	warehouse.Call[any](p.odoo, "stock.move", "write", moves, odoo.Args{"vals": values}, nil)
	warehouse.Call[any](p.odoo, "stock.picking", "button_validate", ready[:1], nil, odoo.Context{"skip_backorder": true})
}

// Where goods leave in several steps, units that wait for a later step are still to come, once, and what a person cancels of
// any step is not.
func TestCancellationsOfSteps(t *testing.T) {
	t.Parallel()
	warehouse.EachReal(t, func(t *testing.T, w *warehouse.Warehouse) {
		w.Steps("one_step", "pick_ship")
		p := newParcelDesk(t, w, "    cancellations: {publish: true, reason: out_of_stock}\n")
		product := w.Product(nil)
		w.Count(product, w.Place, 100)
		all, rest, kept := p.sell(product, 5), p.sell(product, 5), p.sell(product, 5)
		for _, order := range []sold{all, rest, kept} {
			p.imported(order)
		}
		p.wants("nothing is cancelled", p.cancel(), map[string]string{})
		warehouse.Call[any](w, "stock.picking", "action_cancel", p.openTransfers(all), nil, nil)

		p.moveOn(rest, 3)
		w.DeliverInSteps(kept.odoo)
		p.publish()
		p.imported(kept)
		p.wants("all of a delivery", p.cancel(), map[string]string{all.id: "published"})
		p.wants("units of the order that was delivered", p.left(kept), map[string]string{kept.names[0]: "5"})
		p.wants("units of the order that is under way", p.left(rest), map[string]string{rest.names[0]: "5"})

		p.moveOn(rest, 3)
		if got := p.publish(); len(got) != 1 {
			t.Errorf("%d deliveries of one that left: %v", len(got), got)
		}
		p.imported(rest)
		p.wants("a part has left", p.cancel(), map[string]string{})
		warehouse.Call[any](w, "stock.picking", "action_cancel", p.openTransfers(rest), nil, nil)
		p.wants("the rest of a delivery", p.cancel(), map[string]string{rest.id: "published"})
		p.wants("units of the order that was delivered in part", p.left(rest), map[string]string{rest.names[0]: "3"})
	})
}

// Where an earlier step is pulled by a later one, as in databases that have come from older versions, the moves of both can be of the
// line: its units are still to come once.
func TestCancellationsOfPulledSteps(t *testing.T) {
	t.Parallel()
	warehouse.EachReal(t, func(t *testing.T, w *warehouse.Warehouse) {
		p := newParcelDesk(t, w, "    cancellations: {publish: true, reason: out_of_stock}\n")
		w.Steps("one_step", "pick_ship")
		at := warehouse.Call[[]struct {
			Output odoo.Many2One `json:"wh_output_stock_loc_id"`
			Pick   odoo.Many2One `json:"pick_type_id"`
			Out    odoo.Many2One `json:"out_type_id"`
		}](w, "stock.warehouse", "read", []int64{w.ID}, odoo.Args{"fields": []string{"wh_output_stock_loc_id", "pick_type_id", "out_type_id"}}, nil)[0]
		customers := warehouse.Call[[]int64](w, "stock.location", "search", nil, odoo.Args{"domain": odoo.Eq("usage", "customer"), "limit": 1, "order": "id"}, nil)[0]
		model, to := "stock.location.route", "location_id"
		if w.Version().AtLeast(16) {
			model, to = "stock.route", "location_dest_id"
		}
		rule := func(name string, from, into, kind int64, method string) any {
			return []any{0, 0, map[string]any{"name": name, "action": "pull", "location_src_id": from, to: into, "picking_type_id": kind, "procure_method": method}}
		}
		route := w.Create(model, map[string]any{"name": "Pulled " + w.Name, "product_selectable": true, "rule_ids": []any{
			rule("Ship", at.Output.ID, customers, at.Out.ID, "make_to_order"), rule("Pick", w.Place, at.Output.ID, at.Pick.ID, "make_to_stock"),
		}}, nil)
		product := w.Product(map[string]any{"route_ids": []any{[]any{4, route, 0}}})
		w.Count(product, w.Place, 100)
		order := p.sell(product, 5)
		p.imported(order)
		p.moveOn(order, 3)
		p.moveOn(order, 3)
		if got := p.publish(); len(got) != 1 {
			t.Errorf("%d deliveries of one that left: %v", len(got), got)
		}
		p.imported(order)
		p.wants("a part has left", p.cancel(), map[string]string{})
		open := warehouse.Call[[]int64](w, "stock.picking", "search", nil, odoo.Args{"domain": odoo.And(
			odoo.In("id", p.openTransfers(order)), odoo.Eq("location_dest_id", customers),
		)}, nil)
		warehouse.Call[any](w, "stock.picking", "action_cancel", open, nil, nil)
		p.wants("the rest of the last step", p.cancel(), map[string]string{order.id: "published"})
		p.wants("units of the order", p.left(order), map[string]string{order.names[0]: "3"})
	})
}
