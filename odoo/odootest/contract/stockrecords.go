package contract

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stockRecords are cases of what the records of a delivery show.
func (s *suite) stockRecords(t *testing.T) {
	s.run(t, "stock/records of a delivery", s.deliveryRecords)
	s.run(t, "stock/the action that asks", s.askingAction)
	s.run(t, "stock/tracking links", s.trackingLinks)
	s.run(t, "stock/fields of this version", s.stockFields)
	s.run(t, "stock/places", s.placeRecords)
	s.run(t, "stock/by location", s.stockByLocation)
	s.run(t, "stock/units of measure", s.units)
}

// shown are fields of a record as text, a link by its name.
func shown(row map[string]any, fields ...string) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		v := row[f]
		if name := at(v, 1); name != nil && len(v.([]any)) == 2 {
			if text, ok := name.(string); ok {
				v = text
			}
		}
		parts[i] = fmt.Sprintf("%s %v", f, v)
	}
	return strings.Join(parts, "; ")
}

func (s *suite) deliveryRecords(t *testing.T) {
	y := s.newYard(t)
	for _, command := range []string{"count A 5", "order A 3", "done 1.1 2", "validate 1 skip"} {
		y.do(command)
	}
	order := str(s.read(t, "sale.order", y.orders[0], "name")["name"])
	code := str(s.read(t, "stock.warehouse", s.sites(t).warehouses[0], "code")["code"])
	first, second := y.picking("1"), y.picking("2")
	names := map[int64]string{}
	for _, id := range []int64{first, second} {
		names[id] = str(s.read(t, "stock.picking", id, "name")["name"])
		if !regexp.MustCompile("^" + code + "/OUT/[0-9]{5}$").MatchString(names[id]) {
			t.Errorf("name %q", names[id])
		}
	}
	said := strings.NewReplacer(order, "ORDER", names[first], "FIRST", names[second], "SECOND", code, "CODE", s.prefix, "RUN", "Partner Locations/Customers", "Customers").Replace
	fields := []string{"name", "display_name", "state", "origin", "partner_id", "picking_type_id", "picking_type_code", "location_id", "location_dest_id", "sale_id", "backorder_id", "move_type", "priority", "is_locked", "carrier_id", "carrier_tracking_ref", "carrier_tracking_url", "user_id", "note"}
	var got []string
	for _, id := range []int64{first, second} {
		row := s.read(t, "stock.picking", id, append(fields, "date_done", "scheduled_date", "write_date")...)
		got = append(got, said(shown(row, fields...)))
		if len(str(row["scheduled_date"])) != 19 || (row["date_done"] != false) != (id == first) || len(str(row["write_date"])) != 19 {
			t.Errorf("dates %v", row)
		}
	}
	moveFields := []string{"display_name", "state", "origin", "reference", "picking_id", "picking_type_id", "warehouse_id", "partner_id", "product_uom", "product_qty", "sequence", "origin_returned_move_id", "to_refund"}
	for _, row := range s.rows(t, "stock.move", []any{leaf("product_id", "in", y.goods())}, moveFields...) {
		got = append(got, said(shown(row, moveFields...)))
	}
	lineFields := []string{"state", "reference", "picking_id", "move_id", "package_id", "result_package_id", "lot_id"}
	for _, row := range s.rows(t, "stock.move.line", []any{leaf("picking_id", "in", []any{first, second})}, lineFields...) {
		got = append(got, said(shown(row, lineFields...)))
	}
	got = append(got, fmt.Sprintf("pickings of the order %t", cmp.Equal(map[int64]bool{first: true, second: true}, setOf(ids(s.read(t, "sale.order", y.orders[0], "picking_ids")["picking_ids"])))))
	want := deliveryWant19
	if s.target.Series < 19 {
		want = deliveryWant14
	}
	if d := cmp.Diff(strings.Split(strings.TrimSpace(want), "\n"), got); d != "" {
		t.Error(d)
	}
}

const deliveryWant14 = `
name FIRST; display_name FIRST; state done; origin ORDER; partner_id Partner RUN; picking_type_id Yard CODE: Delivery Orders; picking_type_code outgoing; location_id CODE/Stock; location_dest_id Customers; sale_id ORDER; backorder_id false; move_type direct; priority 0; is_locked true; carrier_id false; carrier_tracking_ref false; carrier_tracking_url false; user_id false; note false
name SECOND; display_name SECOND; state confirmed; origin ORDER; partner_id Partner RUN; picking_type_id Yard CODE: Delivery Orders; picking_type_code outgoing; location_id CODE/Stock; location_dest_id Customers; sale_id ORDER; backorder_id FIRST; move_type direct; priority 0; is_locked true; carrier_id false; carrier_tracking_ref false; carrier_tracking_url false; user_id false; note false
display_name Inventory adjustment>Stock; state done; origin false; reference Product Quantity Updated; picking_id false; picking_type_id false; warehouse_id false; partner_id false; product_uom Units; product_qty 5.0; sequence 10; origin_returned_move_id false; to_refund false
display_name ORDER/Stock>Customers; state done; origin ORDER; reference FIRST; picking_id FIRST; picking_type_id Yard CODE: Delivery Orders; warehouse_id Yard CODE; partner_id Partner RUN; product_uom Units; product_qty 2.0; sequence 10; origin_returned_move_id false; to_refund false
display_name ORDER/Stock>Customers; state confirmed; origin ORDER; reference SECOND; picking_id SECOND; picking_type_id Yard CODE: Delivery Orders; warehouse_id Yard CODE; partner_id Partner RUN; product_uom Units; product_qty 1.0; sequence 10; origin_returned_move_id false; to_refund false
state done; reference FIRST; picking_id FIRST; move_id ORDER/Stock>Customers; package_id false; result_package_id false; lot_id false
pickings of the order true
`

const deliveryWant19 = `
name FIRST; display_name FIRST; state done; origin ORDER; partner_id Partner RUN; picking_type_id Yard CODE: Delivery Orders; picking_type_code outgoing; location_id CODE/Stock; location_dest_id Customers; sale_id ORDER; backorder_id false; move_type direct; priority 0; is_locked true; carrier_id false; carrier_tracking_ref false; carrier_tracking_url false; user_id false; note false
name SECOND; display_name SECOND; state assigned; origin ORDER; partner_id Partner RUN; picking_type_id Yard CODE: Delivery Orders; picking_type_code outgoing; location_id CODE/Stock; location_dest_id Customers; sale_id ORDER; backorder_id FIRST; move_type direct; priority 0; is_locked true; carrier_id false; carrier_tracking_ref false; carrier_tracking_url false; user_id false; note false
display_name Inventory adjustment>Stock; state done; origin false; reference Product Quantity Updated (Administrator); picking_id false; picking_type_id false; warehouse_id false; partner_id false; product_uom Units; product_qty 5.0; sequence 10; origin_returned_move_id false; to_refund true
display_name ORDER/Stock>Customers; state done; origin ORDER; reference FIRST; picking_id FIRST; picking_type_id Yard CODE: Delivery Orders; warehouse_id Yard CODE; partner_id Partner RUN; product_uom Units; product_qty 2.0; sequence 10; origin_returned_move_id false; to_refund true
display_name ORDER/Stock>Customers; state assigned; origin ORDER; reference SECOND; picking_id SECOND; picking_type_id Yard CODE: Delivery Orders; warehouse_id Yard CODE; partner_id Partner RUN; product_uom Units; product_qty 1.0; sequence 10; origin_returned_move_id false; to_refund true
state done; reference FIRST; picking_id FIRST; move_id ORDER/Stock>Customers; package_id false; result_package_id false; lot_id false
state assigned; reference SECOND; picking_id SECOND; move_id ORDER/Stock>Customers; package_id false; result_package_id false; lot_id false
pickings of the order true
`

func setOf(ids []int64) map[int64]bool {
	set := map[int64]bool{}
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// rows reads records by ascending id.
func (s *suite) rows(t testing.TB, model string, domain []any, fields ...string) []map[string]any {
	t.Helper()
	v, err := s.call(model, "search_read", nil, nil, by("domain", domain), by("fields", fields), by("order", "id"))
	list, _ := s.must(t, v, err).([]any)
	out := make([]map[string]any, len(list))
	for i := range list {
		out[i], _ = list[i].(map[string]any)
	}
	return out
}

// askingAction wants the whole action of button_validate where a person would be asked, whose context makes the wizard.
func (s *suite) askingAction(t *testing.T) {
	y := s.newYard(t)
	for _, command := range []string{"count A 5", "order A 3", "done 1.1 2"} {
		y.do(command)
	}
	picking := y.picking("1")
	v, err := s.call("stock.picking", "button_validate", []int64{picking}, map[string]any{"lang": "en_US"})
	action, _ := s.must(t, v, err).(map[string]any)
	context, _ := action["context"].(map[string]any)
	id := fmt.Sprint(picking)
	got := map[string]string{}
	for k, v := range action {
		if k != "context" && k != "views" && k != "view_id" {
			got[k] = fmt.Sprint(v)
		}
	}
	for _, k := range []string{"lang", "button_validate_picking_ids", "default_show_transfers", "default_pick_ids"} {
		got["context."+k] = fmt.Sprint(context[k])
	}
	want := map[string]string{
		"name": "Create Backorder?", "type": "ir.actions.act_window", "view_mode": "form", "res_model": "stock.backorder.confirmation", "target": "new",
		"context.lang": "en_US", "context.button_validate_picking_ids": "[" + id + "]", "context.default_show_transfers": "false", "context.default_pick_ids": "[[4 " + id + "]]",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if fmt.Sprint(action["views"]) != fmt.Sprintf("[[%v form]]", action["view_id"]) {
		t.Errorf("views %v, view %v", action["views"], action["view_id"])
	}
	wizard := s.makeWizard(t, context, map[string]any{})
	row := s.read(t, "stock.backorder.confirmation", wizard, "pick_ids", "show_transfers", "backorder_confirmation_line_ids", "display_name")
	if fmt.Sprint(row["pick_ids"]) != "["+id+"]" || row["show_transfers"] != false || len(ids(row["backorder_confirmation_line_ids"])) != 1 || str(row["display_name"]) != fmt.Sprintf("stock.backorder.confirmation,%d", wizard) {
		t.Errorf("wizard %v", row)
	}
	// Without the context nothing is validated.
	bare := s.makeWizard(t, nil, map[string]any{"pick_ids": []any{[]any{4, picking}}})
	if row := s.read(t, "stock.backorder.confirmation", bare, "pick_ids", "backorder_confirmation_line_ids"); fmt.Sprint(row["pick_ids"]) != "["+id+"]" || len(ids(row["backorder_confirmation_line_ids"])) != 0 {
		t.Errorf("wizard by hand %v", row)
	}
	v, err = s.call("stock.backorder.confirmation", "process", []int64{bare}, nil)
	if s.must(t, v, err) != true {
		t.Errorf("process: %v", v)
	}
	if state := str(s.read(t, "stock.picking", picking, "state")["state"]); state != "assigned" {
		t.Errorf("the picking is %s", state)
	}
}

func (s *suite) makeWizard(t *testing.T, context, vals map[string]any) int64 {
	t.Helper()
	v, err := s.call("stock.backorder.confirmation", "create", nil, context, place("vals_list", []any{vals}))
	return ids(s.must(t, v, err))[0]
}

// trackingLinks wants carrier_tracking_url from the carrier's own link, which carriers have since 17.
func (s *suite) trackingLinks(t *testing.T) {
	y := s.newYard(t)
	for _, command := range []string{"count A 5", "order A 3", "done 1.1 3", "validate 1", "track 1 AB-1+2"} {
		y.do(command)
	}
	picking, carrier := y.picking("1"), s.sites(t).carrier
	url := func() string {
		return fmt.Sprint(s.read(t, "stock.picking", picking, "carrier_tracking_url")["carrier_tracking_url"])
	}
	if got := url(); got != "false" {
		t.Errorf("without a link: %s", got)
	}
	v, err := s.call("delivery.carrier", "get_tracking_link", []int64{carrier}, nil, place("picking", picking))
	if s.must(t, v, err) != false {
		t.Errorf("get_tracking_link: %v", v)
	}
	if s.target.Series < 17 {
		return
	}
	row := s.read(t, "delivery.carrier", carrier, "product_id")
	linked := s.create(t, "delivery.carrier", map[string]any{"name": "Linked " + s.prefix, "product_id": at(row["product_id"], 0), "tracking_url": "https://t.example/?n=<shipmenttrackingnumber>&a=<shipmenttrackingnumber>"})
	v, err = y.write("stock.picking", picking, map[string]any{"carrier_id": linked})
	s.must(t, v, err)
	if got, want := url(), "https://t.example/?n=AB-1+2&a=AB-1+2"; got != want {
		t.Errorf("link %s, want %s", got, want)
	}
	// A caller can give no record, and the carrier asks the id for its fields.
	_, err = s.call("delivery.carrier", "get_tracking_link", []int64{linked}, nil, place("picking", picking))
	if name, message := exceptionOf(err); name != "builtins.AttributeError" || message != "'int' object has no attribute 'carrier_tracking_ref'" {
		t.Errorf("get_tracking_link of a linked carrier: %v", err)
	}
	v, err = y.write("stock.picking", picking, map[string]any{"carrier_tracking_ref": false})
	s.must(t, v, err)
	if got := url(); got != "false" {
		t.Errorf("without a reference: %s", got)
	}
}

// stockFields wants the fields that the versions name differently.
func (s *suite) stockFields(t *testing.T) {
	lot, pack := "stock.lot", "stock.package"
	if s.target.Series < 19 {
		lot, pack = "stock.production.lot", "stock.quant.package"
	}
	for _, c := range []struct {
		model, field, kind string
		since, until       int
	}{
		{"stock.picking", "move_lines", "one2many stock.move", 0, 15}, {"stock.picking", "move_ids", "one2many stock.move", 16, 0}, {"stock.picking", "move_line_ids", "one2many stock.move.line", 0, 0},
		{"stock.picking", "carrier_tracking_ref", "char ", 0, 0}, {"stock.picking", "carrier_tracking_url", "char ", 0, 0}, {"stock.picking", "sale_id", "many2one sale.order", 0, 0}, {"stock.picking", "return_id", "many2one stock.picking", 17, 0},
		{"stock.move", "quantity_done", "float ", 0, 16}, {"stock.move", "quantity", "float ", 17, 0}, {"stock.move", "picked", "boolean ", 17, 0}, {"stock.move", "name", "char ", 0, 18}, {"stock.move", "sale_line_id", "many2one sale.order.line", 0, 0}, {"stock.move", "product_qty", "float ", 0, 0},
		{"stock.move.line", "qty_done", "float ", 0, 16}, {"stock.move.line", "quantity", "float ", 17, 0}, {"stock.move.line", "product_uom_qty", "float ", 0, 15}, {"stock.move.line", "result_package_id", "many2one " + pack, 0, 0}, {"stock.move.line", "lot_id", "many2one " + lot, 0, 0},
		{"stock.quant", "inventory_quantity", "float ", 0, 0}, {"stock.quant", "inventory_quantity_set", "boolean ", 15, 0}, {"stock.quant", "package_id", "many2one " + pack, 0, 0},
		{"product.product", "is_storable", "boolean ", 18, 0}, {"product.product", "free_qty", "float ", 0, 0}, {"product.product", "virtual_available", "float ", 0, 0}, {"product.product", "all_product_tag_ids", "many2many product.tag", 16, 0},
		{"delivery.carrier", "tracking_url", "char ", 17, 0}, {"delivery.carrier", "delivery_type", "selection ", 0, 0}, {pack, "name", "char ", 0, 0}, {pack, "location_id", "many2one stock.location", 0, 0}, {lot, "name", "char ", 0, 0},
		{"sale.order", "picking_ids", "one2many stock.picking", 0, 0}, {"sale.order.line", "move_ids", "one2many stock.move", 0, 0}, {"stock.location", "parent_path", "char ", 0, 0}, {"uom.uom", "rounding", "float ", 0, 0},
	} {
		v, err := s.call(c.model, "fields_get", nil, nil, by("allfields", []string{c.field}), by("attributes", []string{"type", "relation"}))
		fields, _ := s.must(t, v, err).(map[string]any)
		f, has := fields[c.field].(map[string]any)
		if want := s.target.Series >= c.since && (c.until == 0 || s.target.Series <= c.until); has != want {
			t.Errorf("%s.%s: %t, want %t", c.model, c.field, has, want)
		} else if got := str(f["type"]) + " " + str(f["relation"]); has && got != c.kind {
			t.Errorf("%s.%s is %s, want %s", c.model, c.field, got, c.kind)
		}
	}
	missing := "stock.quant.package"
	if s.target.Series < 19 {
		missing = "stock.package"
	}
	if _, err := s.call(missing, "search_count", nil, nil, place("domain", []any{})); err == nil {
		t.Errorf("there is a model %s", missing)
	}
}

// placeRecords wants names and paths of locations and operation types.
func (s *suite) placeRecords(t *testing.T) {
	y := s.newYard(t)
	warehouse := s.read(t, "stock.warehouse", s.sites(t).warehouses[0], "name", "code", "view_location_id", "lot_stock_id", "out_type_id", "in_type_id", "int_type_id")
	code, name := str(warehouse["code"]), str(warehouse["name"])
	got := []string{shown(warehouse, "view_location_id", "lot_stock_id", "out_type_id", "in_type_id", "int_type_id")}
	want := []string{fmt.Sprintf("view_location_id %[1]s; lot_stock_id %[1]s/Stock; out_type_id %[2]s: Delivery Orders; in_type_id %[2]s: Receipts; int_type_id %[2]s: Internal Transfers", code, name)}
	shelf := s.read(t, "stock.location", y.places["shelf"], "complete_name", "display_name", "usage", "parent_path", "location_id")
	got = append(got, shown(shelf, "complete_name", "display_name", "usage", "location_id"))
	want = append(want, fmt.Sprintf("complete_name %[1]s/Stock/Shelf; display_name %[1]s/Stock/Shelf; usage internal; location_id %[1]s/Stock", code))
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	view := number(at(warehouse["view_location_id"], 0))
	if path := str(shelf["parent_path"]); !strings.HasSuffix(path, fmt.Sprintf("%d/%d/%d/", view, y.places["1"], y.places["shelf"])) {
		t.Errorf("path %s", path)
	}
	below := s.search(t, "stock.location", []any{leaf("id", "child_of", view)}, by("order", "id"))
	if d := cmp.Diff([]int64{view, y.places["1"], y.places["shelf"], y.places["own"]}, below); d != "" && len(below) < 4 {
		t.Error(d)
	}
}

// stockByLocation wants that a product's quantities count the context's location and those below it.
func (s *suite) stockByLocation(t *testing.T) {
	y := s.newYard(t)
	for _, command := range []string{"count A 5", "count A 3 at shelf", "count A 2 at own", "count A 7 at 2", "order A 4"} {
		y.do(command)
	}
	for _, c := range []struct {
		context map[string]any
		want    string
	}{
		{map[string]any{"location": y.places["1"]}, "8 4 4 4"}, {map[string]any{"location": y.places["shelf"]}, "3 3 3 0"}, {map[string]any{"location": y.places["own"]}, "2 2 2 0"},
		{map[string]any{"location": []int64{y.places["shelf"], y.places["own"]}}, "5 5 5 0"},
		{map[string]any{"warehouse": s.sites(t).warehouses[1], "warehouse_id": s.sites(t).warehouses[1]}, "7 7 7 0"}, {nil, "17 13 13 4"},
	} {
		v, err := s.call("product.product", "read", []int64{y.product("A")}, c.context, place("fields", []string{"qty_available", "free_qty", "virtual_available", "outgoing_qty"}))
		row, _ := at(s.must(t, v, err), 0).(map[string]any)
		got := strings.Join([]string{plain(row["qty_available"]), plain(row["free_qty"]), plain(row["virtual_available"]), plain(row["outgoing_qty"])}, " ")
		if got != c.want {
			t.Errorf("%v: %s, want %s", c.context, got, c.want)
		}
	}
}

// units wants how large a dozen is, as each version says it.
func (s *suite) units(t *testing.T) {
	y := s.newYard(t)
	fields, want := []string{"factor", "relative_factor", "rounding"}, "factor 12; relative_factor 12; rounding 0.01"
	if s.target.Series < 19 {
		fields, want = []string{"factor_inv", "uom_type", "rounding"}, "factor_inv 12; uom_type bigger; rounding 0.01"
	}
	row := s.read(t, "uom.uom", y.dozen(), fields...)
	for _, f := range fields {
		if f != "uom_type" {
			row[f] = plain(row[f])
		}
	}
	if got := shown(row, fields...); got != want {
		t.Errorf("a dozen: %s, want %s", got, want)
	}
}
