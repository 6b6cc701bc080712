package warehouse

import "github.com/retailsync/retailsync/odoo"

// Steps has the warehouse receive and deliver in several steps: "two_steps" or "three_steps", and "pick_ship" or "pick_pack_ship". The
// in-process Odoo does not.
func (w *Warehouse) Steps(receive, deliver string) {
	w.t.Helper()
	Call[any](w, "stock.warehouse", "write", []int64{w.ID}, odoo.Args{"vals": map[string]any{"reception_steps": receive, "delivery_steps": deliver}}, nil)
}

// DeliverInSteps does one transfer of an order after the other, as they become ready, until all is delivered.
func (w *Warehouse) DeliverInSteps(order int64) {
	w.t.Helper()
	for range 5 {
		ready := Call[[]int64](w, "stock.picking", "search", nil, odoo.Args{"domain": odoo.And(odoo.Eq("sale_id", order), odoo.Eq("state", "assigned")), "limit": 1}, nil)
		if len(ready) == 0 {
			ready = Call[[]int64](w, "stock.picking", "search", nil, odoo.Args{"domain": odoo.And(odoo.Eq("sale_id", order), odoo.Eq("state", "confirmed")), "limit": 1}, nil)
		}
		if len(ready) == 0 {
			return
		}
		w.deliver(ready)
	}
}
