package contract

import (
	"encoding/json"
	"testing"
)

// whoCounts wants that whoever may count can do it in inventory mode alone: administrators of the inventory, and since
// 15 its users.
func (s *suite) whoCounts(t *testing.T) {
	y := s.newYard(t)
	vals := map[string]any{"product_id": y.product("A"), "location_id": y.places["1"], "inventory_quantity": json.Number("2")}
	for _, c := range []struct {
		group          string
		want14, want19 string
	}{
		{"stock.group_stock_user", "odoo.exceptions.AccessError", ""}, {"stock.group_stock_manager", "", ""}, {"sales_team.group_sale_manager", "odoo.exceptions.AccessError", "odoo.exceptions.AccessError"},
	} {
		who := s.addUser(t, "base.group_user", c.group)
		_, err := who.call("stock.quant", "create", nil, map[string]any{"inventory_mode": true}, place("vals_list", []any{vals}))
		want := c.want19
		if s.target.Series < 15 {
			want = c.want14
		}
		if got, _ := exceptionOf(err); got != want {
			t.Errorf("%s counts: %v, want %q", c.group, err, want)
		}
	}
}

// sellerDelivers wants that a salesperson may change, validate and cancel the deliveries of orders, but not answer the
// wizard that asks.
func (s *suite) sellerDelivers(t *testing.T, seller *client) {
	y := s.newYard(t)
	for _, command := range []string{"count A 5", "order A 4", "done 1.1 1"} {
		if answer := y.do(command); answer != "ok" && answer != "none" {
			t.Fatal(command, answer)
		}
	}
	v, err := seller.call("stock.move", "write", []int64{y.move("1.1")}, nil, place("vals", map[string]any{"product_uom_qty": 2}))
	s.must(t, v, err)
	v, err = seller.call("stock.picking", "button_validate", []int64{y.picking("1")}, nil)
	action, _ := s.must(t, v, err).(map[string]any)
	context, _ := action["context"].(map[string]any)
	_, err = seller.call("stock.backorder.confirmation", "create", nil, context, place("vals_list", []any{map[string]any{}}))
	if name, _ := exceptionOf(err); name != "odoo.exceptions.AccessError" {
		t.Errorf("the wizard: %v", err)
	}
	v, err = seller.call("stock.picking", "button_validate", []int64{y.picking("1")}, map[string]any{"skip_backorder": true})
	if s.must(t, v, err) != true {
		t.Errorf("validate: %v", v)
	}
	v, err = seller.call("stock.picking", "action_cancel", []int64{y.picking("2")}, nil)
	s.must(t, v, err)
	got := ""
	for _, n := range []string{"1", "2"} {
		got += str(s.read(t, "stock.picking", y.picking(n), "state")["state"]) + " "
	}
	if got != "done cancel " {
		t.Errorf("deliveries are %s", got)
	}
}
