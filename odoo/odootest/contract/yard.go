package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// yard is a place where goods are counted, sold and delivered by a script, one command a line:
//
//	count A 5 [at 2]           a person counts 5 of A, at the stock of warehouse 1 unless told otherwise
//	order A 3 B 2 [from 2]     an order is confirmed
//	dozens A 2                 an order by the dozen
//	line 1 B 2                 order 1 gets another line
//	quantity 1.2 4             the second line of order 1 is for 4
//	cancel 1                   order 1 is cancelled
//	hand shelf out A 3         a picking made by hand, from place to place; it stays a draft
//	confirm 1, assign 1, unreserve 1, drop 1    buttons of picking 1
//	done 1.1 2                 2 are noted as done of the first move of picking 1
//	demand 1.1 2               the move is to deliver 2
//	pack 1.1 X                 the move's lines go into package X
//	split 1.1 2 X              2 more of the move are noted on a line of their own, in package X
//	validate 1 [skip] [now] [final]    context: skip_backorder, skip_immediate, picking_ids_not_to_backorder
//	ask 1, refuse 1            the wizard that validate left open is processed, or without back order
//	back 1 1.1 2               2 of the move come back from the customer of picking 1, in a picking of their own
//	lots A L1 2 L2 3           2 of A with lot L1 and 3 with lot L2 are counted
//	load R 1.1 2               2 of the move come back, in a draft that is loaded with the External ID R
//	carry R 1 shelf A 2        2 of A go from place to place, in a draft that is loaded with the External ID R
//	scrap A 2 [at shelf] [of 1] [lot L1]    2 of A are written off, and are of picking 1
//	rescrap 1                  the first scrap order is validated once more
//	track 1 REF                a carrier and a tracking reference are written
//
// Places are 1 and 2 (the stock of the warehouses), shelf (below 1), own (of a channel), out (customers), vendor and, until Odoo 18,
// scrap.
type yard struct {
	*suite
	t        testing.TB
	places   map[string]int64
	products map[string]int64
	skus     map[int64]string
	orders   []int64
	packs    map[string]int64
	lots     map[string]int64
	scraps   []int64
	pending  map[string]any // the action that validate answered
}

// sites are what the yards of a run share: making a warehouse takes a real server a while.
type sites struct {
	places     map[string]int64
	warehouses [2]int64
	carrier    int64
}

func (s *suite) sites(t testing.TB) *sites {
	t.Helper()
	if s.shared != nil {
		return s.shared
	}
	at := &sites{places: map[string]int64{}}
	for i := range at.warehouses {
		code := strings.ToUpper(s.prefix[len(s.prefix)-4:]) + fmt.Sprint(i)
		at.warehouses[i] = s.create(t, "stock.warehouse", map[string]any{"name": "Yard " + code, "code": code})
		at.places[fmt.Sprint(i+1)] = number(at0(s.read(t, "stock.warehouse", at.warehouses[i], "lot_stock_id")["lot_stock_id"]))
	}
	at.places["shelf"] = s.create(t, "stock.location", map[string]any{"name": "Shelf", "location_id": at.places["1"], "usage": "internal"})
	at.places["own"] = s.create(t, "stock.location", map[string]any{"name": "Channel", "location_id": number(at0(s.read(t, "stock.warehouse", at.warehouses[0], "view_location_id")["view_location_id"])), "usage": "internal"})
	for name, usage := range map[string]string{"out": "customer", "vendor": "supplier"} {
		at.places[name] = s.search(t, "stock.location", []any{leaf("usage", "=", usage)}, by("order", "id"), by("limit", 1))[0]
	}
	if s.target.Series < 19 { // where the company's differences of inventory are not written off to
		at.places["scrap"] = s.search(t, "stock.location", []any{leaf("usage", "=", "inventory"), leaf("name", "=", "Scrap"), leaf("company_id", "=", 1)}, by("limit", 1))[0]
	}
	service := s.create(t, "product.product", map[string]any{"name": "Carriage", "type": "service", "taxes_id": []any{}})
	at.carrier = s.create(t, "delivery.carrier", map[string]any{"name": "Carrier " + s.prefix, "product_id": service, "delivery_type": "fixed"})
	s.shared = at
	return at
}

func at0(v any) any { return at(v, 0) }

func (s *suite) newYard(t testing.TB) *yard {
	t.Helper()
	return &yard{suite: s, t: t, places: s.sites(t).places, products: map[string]int64{}, skus: map[int64]string{}, packs: map[string]int64{}, lots: map[string]int64{}}
}

// product makes the product of a letter. C is no product that Odoo keeps stock of.
func (y *yard) product(name string) int64 {
	y.t.Helper()
	if id := y.products[name]; id != 0 {
		return id
	}
	vals := map[string]any{"name": "Yard " + name, "type": "consu", "taxes_id": []any{}}
	switch {
	case name == "C":
	case y.target.Series >= 18:
		vals["is_storable"] = true
	default:
		vals["type"] = "product"
	}
	y.products[name] = y.create(y.t, "product.product", vals)
	y.skus[y.products[name]] = name
	return y.products[name]
}

// do runs one command and returns what the server answered: ok, none, the wizard's model, or the error.
func (y *yard) do(command string) string {
	y.t.Helper()
	words := strings.Fields(command)
	if y.pending == nil && (words[0] == "ask" || words[0] == "refuse") {
		return "nothing was asked"
	}
	v, err := y.command(words[0], words[1:])
	if err != nil {
		name, message := exceptionOf(err)
		return name[strings.LastIndex(name, ".")+1:] + ": " + message
	}
	switch v := v.(type) {
	case absent, nil:
		return "none"
	case map[string]any:
		if _, made := v["res_id"]; made {
			return "picking " + fmt.Sprint(len(y.pickings()))
		}
		y.pending = v
		return str(v["res_model"])
	}
	return "ok"
}

func (y *yard) command(verb string, args []string) (any, error) {
	switch verb {
	case "count":
		return y.count(args)
	case "order":
		return y.order(args, 0)
	case "dozens":
		return y.order(args, y.dozen())
	case "back":
		return y.back(args)
	case "lots":
		return y.countLots(args)
	case "load":
		return y.loadReturn(args)
	case "carry":
		return y.loadTransfer(args)
	case "scrap":
		return y.scrap(args)
	case "rescrap":
		return y.call("stock.scrap", "action_validate", []int64{nth(y.t, y.scraps, args[0])}, nil)
	case "line":
		vals := map[string]any{"order_id": y.orders[numberOf(args[0])-1], "product_id": y.product(args[1]), "product_uom_qty": json.Number(args[2]), "price_unit": 1, y.taxField(): []any{}}
		return y.call("sale.order.line", "create", nil, nil, place("vals_list", []any{vals}))
	case "quantity":
		return y.write("sale.order.line", y.orderLine(args[0]), map[string]any{"product_uom_qty": json.Number(args[1])})
	case "cancel":
		return y.call("sale.order", "action_cancel", []int64{y.orders[numberOf(args[0])-1]}, map[string]any{"disable_cancel_warning": true})
	case "hand":
		return y.hand(args)
	case "confirm", "assign", "unreserve", "drop":
		button := map[string]string{"confirm": "action_confirm", "assign": "action_assign", "unreserve": "do_unreserve", "drop": "action_cancel"}[verb]
		return y.call("stock.picking", button, []int64{y.picking(args[0])}, nil)
	case "done":
		return y.write("stock.move", y.move(args[0]), y.doneValues(args[1]))
	case "demand":
		return y.write("stock.move", y.move(args[0]), map[string]any{"product_uom_qty": json.Number(args[1])})
	case "pack", "split":
		return y.pack(verb, args)
	case "validate":
		return y.validate(args)
	case "ask":
		return y.process("process")
	case "refuse":
		return y.process("process_cancel_backorder")
	case "track":
		return y.write("stock.picking", y.picking(args[0]), map[string]any{"carrier_id": y.sites(y.t).carrier, "carrier_tracking_ref": args[1]})
	}
	y.t.Fatalf("no command %q", verb)
	return nil, nil
}

func (y *yard) write(model string, id int64, vals map[string]any) (any, error) {
	return y.call(model, "write", []int64{id}, nil, place("vals", vals))
}

// doneValues are how each version notes what is done of a move.
func (y *yard) doneValues(quantity string) map[string]any {
	if y.target.Series < 17 {
		return map[string]any{"quantity_done": json.Number(quantity)}
	}
	return map[string]any{"quantity": json.Number(quantity), "picked": true}
}

func (y *yard) count(args []string) (any, error) {
	where := "1"
	if len(args) > 3 {
		where = args[3]
	}
	vals := map[string]any{"product_id": y.product(args[0]), "location_id": y.places[where], "inventory_quantity": json.Number(args[1])}
	v, err := y.call("stock.quant", "create", nil, map[string]any{"inventory_mode": true}, place("vals_list", []any{vals}))
	if err != nil || y.target.Series < 15 {
		return v, err
	}
	return y.call("stock.quant", "action_apply_inventory", ids(v), map[string]any{"inventory_mode": true})
}

func (y *yard) order(args []string, unit int64) (any, error) {
	from := y.sites(y.t).warehouses[0]
	if n := len(args); n > 2 && args[n-2] == "from" {
		from, args = y.sites(y.t).warehouses[numberOf(args[n-1])-1], args[:n-2]
	}
	var lines []any
	for i := 0; i+1 < len(args); i += 2 {
		line := map[string]any{"product_id": y.product(args[i]), "product_uom_qty": json.Number(args[i+1]), "price_unit": 1, y.taxField(): []any{}}
		switch {
		case unit != 0 && y.target.Series >= 19:
			line["product_uom_id"] = unit
		case unit != 0:
			line["product_uom"] = unit
		}
		lines = append(lines, []any{0, 0, line})
	}
	order := y.create(y.t, "sale.order", map[string]any{"partner_id": y.value("{partner}"), "warehouse_id": from, "order_line": lines})
	y.orders = append(y.orders, order)
	return y.call("sale.order", "action_confirm", []int64{order}, nil)
}

func (y *yard) hand(args []string) (any, error) {
	types := y.read(y.t, "stock.warehouse", y.sites(y.t).warehouses[0], "out_type_id")
	move := map[string]any{"product_id": y.product(args[2]), "product_uom_qty": json.Number(args[3]), "product_uom": y.unit(), "location_id": y.places[args[0]], "location_dest_id": y.places[args[1]]}
	field := "move_ids"
	if y.target.Series < 16 {
		field = "move_lines"
	}
	if y.target.Series < 19 {
		move["name"] = "By hand"
	}
	vals := map[string]any{"picking_type_id": at0(types["out_type_id"]), "location_id": y.places[args[0]], "location_dest_id": y.places[args[1]], field: []any{[]any{0, 0, move}}}
	return y.call("stock.picking", "create", nil, nil, place("vals_list", []any{vals}))
}

// dozen is a unit of twelve of that.
func (y *yard) dozen() int64 { return y.suite.dozen(y.t) }

// dozen is a unit of twelve of the products' own.
func (s *suite) dozen(t testing.TB) int64 {
	found := s.search(t, "uom.uom", []any{leaf("name", "=", "Dozens")}, by("limit", 1))
	if len(found) > 0 {
		return found[0]
	}
	return s.create(t, "uom.uom", map[string]any{"name": "Dozens", "relative_factor": 12, "relative_uom_id": s.search(t, "uom.uom", []any{leaf("name", "=", "Units")}, by("limit", 1))[0]})
}

// back returns goods by the wizard of the picking.
func (y *yard) back(args []string) (any, error) {
	picking, move := y.picking(args[0]), y.move(args[1])
	context := map[string]any{"active_id": picking, "active_ids": []int64{picking}, "active_model": "stock.picking"}
	vals := map[string]any{}
	if y.target.Series < 18 {
		row := y.read(y.t, "stock.move", move, "product_id")
		vals["location_id"] = y.places["1"]
		vals["product_return_moves"] = []any{[]any{0, 0, map[string]any{"product_id": at0(row["product_id"]), "quantity": json.Number(args[2]), "move_id": move, "to_refund": true}}}
	}
	v, err := y.call("stock.return.picking", "create", nil, context, place("vals_list", []any{vals}))
	if err != nil {
		return nil, err
	}
	button := "create_returns"
	if y.target.Series >= 18 {
		button = "action_create_returns"
		line := y.search(y.t, "stock.return.picking.line", []any{leaf("wizard_id", "=", ids(v)[0]), leaf("move_id", "=", move)})
		if _, err := y.call("stock.return.picking.line", "write", line, nil, place("vals", map[string]any{"quantity": json.Number(args[2])})); err != nil {
			return nil, err
		}
	}
	return y.call("stock.return.picking", button, ids(v), context)
}

// unit is that of every product here.
func (y *yard) unit() int64 {
	for _, id := range y.products {
		return number(at0(y.read(y.t, "product.product", id, "uom_id")["uom_id"]))
	}
	return 0
}

func (y *yard) pack(verb string, args []string) (any, error) {
	move := y.move(args[0])
	name := args[len(args)-1]
	if y.packs[name] == 0 {
		model := "stock.package"
		if y.target.Series < 19 {
			model = "stock.quant.package"
		}
		y.packs[name] = y.create(y.t, model, map[string]any{"name": name + " " + y.prefix})
	}
	if verb == "pack" {
		lines := y.search(y.t, "stock.move.line", []any{leaf("move_id", "=", move)}, by("order", "id"))
		return y.call("stock.move.line", "write", lines, nil, place("vals", map[string]any{"result_package_id": y.packs[name]}))
	}
	row := y.read(y.t, "stock.move", move, "picking_id", "product_id", "product_uom", "location_id", "location_dest_id")
	vals := map[string]any{"move_id": move, "result_package_id": y.packs[name], "picking_id": at0(row["picking_id"]), "product_id": at0(row["product_id"]),
		"product_uom_id": at0(row["product_uom"]), "location_id": at0(row["location_id"]), "location_dest_id": at0(row["location_dest_id"])}
	if y.target.Series < 17 {
		vals["qty_done"] = json.Number(args[1])
	} else {
		vals["quantity"], vals["picked"] = json.Number(args[1]), true
	}
	return y.call("stock.move.line", "create", nil, nil, place("vals_list", []any{vals}))
}

func (y *yard) validate(args []string) (any, error) {
	context := map[string]any{}
	picking := y.picking(args[0])
	for _, word := range args[1:] {
		switch word {
		case "skip":
			context["skip_backorder"] = true
		case "now":
			context["skip_immediate"] = true
		case "final":
			context["skip_backorder"], context["picking_ids_not_to_backorder"] = true, []int64{picking}
		}
	}
	return y.call("stock.picking", "button_validate", []int64{picking}, context)
}

// process creates the wizard that was asked for and presses its button, with the context that the action brought.
func (y *yard) process(button string) (any, error) {
	context, _ := y.pending["context"].(map[string]any)
	model := str(y.pending["res_model"])
	y.pending = nil
	v, err := y.call(model, "create", nil, context, place("vals_list", []any{map[string]any{}}))
	if err != nil {
		return nil, err
	}
	return y.call(model, button, ids(v), context)
}

// pickings are those of the yard's goods, oldest first; the n-th is called n.
func (y *yard) pickings() []int64 {
	y.t.Helper()
	seen := map[int64]bool{}
	for _, m := range y.rows(y.t, "stock.move", []any{leaf("product_id", "in", y.goods()), leaf("picking_id", "!=", false)}, "picking_id") {
		seen[number(at0(m["picking_id"]))] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

func (y *yard) goods() []int64 { return slices.Sorted(maps.Values(y.products)) }

func (y *yard) picking(name string) int64 {
	y.t.Helper()
	return nth(y.t, y.pickings(), name)
}

func nth(t testing.TB, list []int64, name string) int64 {
	t.Helper()
	n := numberOf(name)
	if n < 1 || int(n) > len(list) {
		t.Fatalf("%d records, none is number %s", len(list), name)
	}
	return list[n-1]
}

func (y *yard) move(name string) int64 {
	y.t.Helper()
	picking, move, _ := strings.Cut(name, ".")
	return nth(y.t, y.search(y.t, "stock.move", []any{leaf("picking_id", "=", y.picking(picking))}, by("order", "id")), move)
}

func (y *yard) orderLine(name string) int64 {
	y.t.Helper()
	order, line, _ := strings.Cut(name, ".")
	return nth(y.t, y.search(y.t, "sale.order.line", []any{leaf("order_id", "=", nth(y.t, y.orders, order))}, by("order", "id")), line)
}
