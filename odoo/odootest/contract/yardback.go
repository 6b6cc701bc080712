package contract

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// countLots makes lots of a product and counts their units. The product must have been named by no command before.
func (y *yard) countLots(args []string) (any, error) {
	y.t.Helper()
	product := y.product(args[0])
	if _, err := y.write("product.product", product, map[string]any{"tracking": "lot"}); err != nil {
		return nil, err
	}
	model := "stock.lot"
	if y.target.Series < 16 {
		model = "stock.production.lot"
	}
	in := map[string]any{"inventory_mode": true}
	for i := 1; i+1 < len(args); i += 2 {
		y.lots[args[i]] = y.create(y.t, model, map[string]any{"name": args[i], "product_id": product, "company_id": 1})
		vals := map[string]any{"product_id": product, "location_id": y.places["1"], "lot_id": y.lots[args[i]], "inventory_quantity": json.Number(args[i+1])}
		v, err := y.call("stock.quant", "create", nil, in, place("vals_list", []any{vals}))
		if err == nil && y.target.Series >= 15 {
			_, err = y.call("stock.quant", "action_apply_inventory", ids(v), in)
		}
		if err != nil {
			return nil, err
		}
	}
	return true, nil
}

// loadReturn loads the picking by which units of a move come back, as a program does that must not make it twice.
func (y *yard) loadReturn(args []string) (any, error) {
	y.t.Helper()
	move := y.move(args[1])
	row := y.read(y.t, "stock.move", move, "picking_id", "product_id", "product_uom", "sale_line_id", "picking_type_id", "location_id", "location_dest_id")
	link := func(field string) string {
		if id := number(at0(row[field])); id != 0 {
			return fmt.Sprint(id)
		}
		return ""
	}
	kind := y.read(y.t, "stock.picking.type", number(at0(row["picking_type_id"])), "return_picking_type_id", "code")
	back := fmt.Sprint(number(at0(kind["return_picking_type_id"])))
	to := link("location_id")
	cells := [][2]string{
		{"id", y.external(args[0])}, {"picking_type_id/.id", back}, {"location_id/.id", link("location_dest_id")}, {"location_dest_id/.id", to}, {"partner_id/.id", "{partner}"}, {"origin", "Return R {u}"},
	}
	if y.target.Series >= 17 {
		cells = append(cells, [2]string{"return_id/.id", link("picking_id")})
	}
	group := y.group(move)
	if group != "" {
		cells = append(cells, [2]string{"group_id/.id", group})
	}
	sub := [][2]string{
		{"id", y.external(args[0]) + "_1"}, {"product_id/.id", link("product_id")}, {"product_uom_qty", args[2]}, {"product_uom/.id", link("product_uom")}, {"location_id/.id", link("location_dest_id")},
		{"location_dest_id/.id", to}, {"origin_returned_move_id/.id", fmt.Sprint(move)}, {"to_refund", "True"}, {"sale_line_id/.id", link("sale_line_id")}, {"procure_method", "make_to_stock"},
		{"move_orig_ids/.id", fmt.Sprint(move)}, {"picking_type_id/.id", back},
	}
	if group != "" {
		sub = append(sub, [2]string{"group_id/.id", group})
	}
	return y.loadPicking(cells, sub)
}

// group is the procurement group of a move, by which real servers before 19 tie pickings to orders.
func (y *yard) group(move int64) string {
	y.t.Helper()
	v, err := y.call("stock.move", "fields_get", nil, nil, by("allfields", []string{"group_id"}), by("attributes", []string{"relation"}))
	fields, _ := y.must(y.t, v, err).(map[string]any)
	if relation, _ := fields["group_id"].(map[string]any); str(relation["relation"]) != "procurement.group" {
		return ""
	}
	return fmt.Sprint(number(at0(y.read(y.t, "stock.move", move, "group_id")["group_id"])))
}

// external is an External ID of the yard.
func (y *yard) external(name string) string {
	return fmt.Sprintf("{u}.%s%d", name, slices.Min(y.goods()))
}

// loadTransfer loads a transfer between two places of the first warehouse.
func (y *yard) loadTransfer(args []string) (any, error) {
	y.t.Helper()
	kind := fmt.Sprint(number(at0(y.read(y.t, "stock.warehouse", y.sites(y.t).warehouses[0], "int_type_id")["int_type_id"])))
	product, from, to := y.product(args[3]), fmt.Sprint(y.places[args[1]]), fmt.Sprint(y.places[args[2]])
	cells := [][2]string{{"id", y.external(args[0])}, {"picking_type_id/.id", kind}, {"location_id/.id", from}, {"location_dest_id/.id", to}, {"origin", "Return R {u}"}}
	sub := [][2]string{
		{"id", y.external(args[0]) + "_1"}, {"product_id/.id", fmt.Sprint(product)}, {"product_uom_qty", args[4]}, {"product_uom/.id", fmt.Sprint(y.unit())},
		{"location_id/.id", from}, {"location_dest_id/.id", to}, {"picking_type_id/.id", kind},
	}
	return y.loadPicking(cells, sub)
}

// loadPicking loads a picking with one move in one row, unless it exists.
func (y *yard) loadPicking(cells, sub [][2]string) (any, error) {
	y.t.Helper()
	field := "move_ids"
	if y.target.Series < 16 {
		field = "move_lines"
	}
	if y.target.Series < 19 {
		sub = append(sub, [2]string{"name", "Comes back"})
	}
	for _, cell := range sub {
		cells = append(cells, [2]string{field + "/" + cell[0], cell[1]})
	}
	var columns []string
	var row []any
	for _, cell := range cells {
		columns, row = append(columns, cell[0]), append(row, cell[1])
	}
	context := map[string]any{"mode": "update", "noupdate": true, "mail_create_nosubscribe": true, "mail_create_nolog": true, "active_test": false}
	v, err := y.load("stock.picking", strings.Join(columns, " "), [][]any{row}, context)
	if err != nil {
		return nil, err
	}
	answer, _ := v.(map[string]any)
	list, _ := answer["ids"].([]any)
	if len(list) == 0 {
		messages, _ := answer["messages"].([]any)
		for _, m := range messages {
			return nil, fmt.Errorf("%s", messageLine(m))
		}
	}
	for n, id := range y.pickings() {
		if len(list) == 1 && id == number(list[0]) {
			return map[string]any{"res_id": list[0]}, y.named(n+1, id)
		}
	}
	return nil, fmt.Errorf("loaded %v, which is no picking of the yard", list)
}

// named wants the External ID of a picking to be the run's, and that of its move, too.
func (y *yard) named(n int, picking int64) error {
	v, err := y.call("stock.picking", "get_external_id", []int64{picking}, nil)
	names, _ := y.must(y.t, v, err).(map[string]any)
	move := y.search(y.t, "stock.move", []any{leaf("picking_id", "=", picking)})
	v, err = y.call("stock.move", "get_external_id", move, nil)
	moves, _ := y.must(y.t, v, err).(map[string]any)
	for _, name := range []any{names[fmt.Sprint(picking)], moves[fmt.Sprint(move[0])]} {
		if !strings.HasPrefix(str(name), y.prefix+".") {
			return fmt.Errorf("picking %d and its move are called %v and %v", n, names, moves)
		}
	}
	return nil
}

// scrap makes a scrap order and validates it.
func (y *yard) scrap(args []string) (any, error) {
	y.t.Helper()
	product := y.product(args[0])
	vals := map[string]any{"product_id": product, "scrap_qty": json.Number(args[1]), "product_uom_id": y.unit(), "location_id": y.places["1"], "origin": "Return R " + y.prefix}
	for i := 2; i+1 < len(args); i += 2 {
		switch args[i] {
		case "at":
			vals["location_id"] = y.places[args[i+1]]
		case "of":
			vals["picking_id"] = y.picking(args[i+1])
		case "lot":
			vals["lot_id"] = y.lots[args[i+1]]
		}
	}
	order := y.create(y.t, "stock.scrap", vals)
	y.scraps = append(y.scraps, order)
	return y.call("stock.scrap", "action_validate", []int64{order}, nil)
}

// scrapState is a line per scrap order and one per move of it that is of no picking.
func (y *yard) scrapState() []string {
	y.t.Helper()
	numbers := map[int64]int{}
	for n, id := range y.pickings() {
		numbers[id] = n + 1
	}
	rows, to := y.by("stock.scrap", "id", y.scraps, "name", "state", "product_id", "scrap_qty", "location_id", "scrap_location_id", "picking_id", "date_done", "lot_id"), []any{}
	var lines []string
	for n, id := range y.scraps {
		r := rows[id][0]
		line := fmt.Sprintf("scrap %d %s %s %s %s>%s", n+1, str(r["state"]), y.sku(r["product_id"]), plain(r["scrap_qty"]), y.place(r["location_id"]), y.place(r["scrap_location_id"]))
		if r["picking_id"] != false {
			line += fmt.Sprintf(" of picking %d", numbers[number(at0(r["picking_id"]))])
		}
		if r["date_done"] != false {
			line += " dated"
		}
		if strings.HasPrefix(str(r["name"]), "SP/") {
			line += " numbered"
		} else {
			line += " " + str(r["name"])
		}
		lines = append(lines, line+y.lotName(r["lot_id"]))
		to = append(to, at0(r["scrap_location_id"]))
	}
	if len(y.scraps) == 0 {
		return lines
	}
	fields := []string{"product_id", "state", "product_uom_qty", "location_id", "location_dest_id", "picking_id", "origin", "reference"}
	if y.target.Series < 17 {
		fields = append(fields, "quantity_done", "reserved_availability")
	} else {
		fields = append(fields, "quantity", "picked")
	}
	for _, m := range y.rows(y.t, "stock.move", []any{leaf("product_id", "in", y.goods()), leaf("location_dest_id", "in", to)}, fields...) {
		reference := str(m["reference"])
		switch {
		case strings.HasPrefix(reference, "SP/"):
			reference = "SP"
		case strings.Contains(reference, "/IN/"):
			reference = "RECEIPT"
		}
		lines = append(lines, fmt.Sprintf("scrapped %s %s %s %s>%s%s origin %s reference %s", y.sku(m["product_id"]), str(m["state"]), plain(m["product_uom_qty"]), y.place(m["location_id"]), y.place(m["location_dest_id"]), progress(m),
			strings.ReplaceAll(fmt.Sprint(m["origin"]), y.prefix, "RUN"), reference))
	}
	return lines
}

// lotName names a lot that the script made.
func (y *yard) lotName(link any) string {
	for name, id := range y.lots {
		if number(at0(link)) == id {
			return " lot " + name
		}
	}
	return ""
}
