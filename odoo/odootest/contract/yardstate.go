package contract

import (
	"fmt"
	"slices"
	"strings"
)

// state is all that the script has come to, one line per thing:
//
//	A 1: 10 free 7 forecast 7        a product in the two warehouses, as Odoo computes it
//	A at 1: 10 (3)                   a quant, and what of it is reserved
//	picking 1 assigned 1>out of order 1
//	  A assigned 3 held 3 done 0     a move: demand, reserved, done (since 17 held and picked)
//	    from 1: 3 done 0 in X        its lines
//	order 1 sale: A 3 delivered 0
func (y *yard) state() string {
	y.t.Helper()
	var lines []string
	lines = append(lines, y.productState()...)
	lines = append(lines, y.quantState()...)
	lines = append(lines, y.pickingState()...)
	lines = append(lines, y.scrapState()...)
	ordered := y.by("sale.order.line", "order_id", y.orders, "product_id", "product_uom_qty", "qty_delivered")
	states := y.by("sale.order", "id", y.orders, "state")
	for n, id := range y.orders {
		parts := []string{}
		for _, l := range ordered[id] {
			parts = append(parts, fmt.Sprintf("%s %s delivered %s", y.sku(l["product_id"]), plain(l["product_uom_qty"]), plain(l["qty_delivered"])))
		}
		lines = append(lines, fmt.Sprintf("order %d %s: %s", n+1, str(states[id][0]["state"]), strings.Join(parts, ", ")))
	}
	return strings.Join(lines, "\n")
}

func (y *yard) productState() []string {
	var lines []string
	fields := []string{"qty_available", "free_qty", "incoming_qty", "outgoing_qty", "virtual_available"}
	for n, warehouse := range y.sites(y.t).warehouses {
		v, err := y.call("product.product", "read", y.goods(), map[string]any{"warehouse": warehouse, "warehouse_id": warehouse}, place("fields", fields))
		list, _ := y.must(y.t, v, err).([]any)
		for _, row := range list {
			row := row.(map[string]any)
			text := ""
			for _, f := range fields {
				text += " " + plain(row[f])
			}
			if text != " 0 0 0 0 0" {
				lines = append(lines, fmt.Sprintf("%s %d:%s", y.skus[number(row["id"])], n+1, text))
			}
		}
	}
	slices.Sort(lines)
	return lines
}

func (y *yard) quantState() []string {
	var lines []string
	for _, q := range y.rows(y.t, "stock.quant", []any{leaf("product_id", "in", y.goods())}, "product_id", "location_id", "quantity", "reserved_quantity", "package_id", "lot_id") {
		lines = append(lines, fmt.Sprintf("%s at %s: %s (%s)%s", y.sku(q["product_id"]), y.place(q["location_id"]), plain(q["quantity"]), plain(q["reserved_quantity"]), y.packName(q["package_id"])+y.lotName(q["lot_id"])))
	}
	slices.Sort(lines)
	return lines
}

func (y *yard) pickingState() []string {
	all := y.pickings()
	number1 := map[int64]int{}
	for n, id := range all {
		number1[id] = n + 1
	}
	moveFields, lineFields := []string{"product_id", "state", "product_uom_qty", "sale_line_id", "location_id", "location_dest_id"}, []string{"location_id", "location_dest_id", "result_package_id", "picking_id", "lot_id"}
	if y.target.Series < 17 {
		moveFields, lineFields = append(moveFields, "reserved_availability", "quantity_done"), append(lineFields, "product_uom_qty", "qty_done")
	} else {
		moveFields, lineFields = append(moveFields, "quantity", "picked"), append(lineFields, "quantity", "picked")
	}
	pickings := y.by("stock.picking", "id", all, "state", "location_id", "location_dest_id", "sale_id", "backorder_id", "date_done", "carrier_id", "carrier_tracking_ref")
	moves := y.by("stock.move", "picking_id", all, moveFields...)
	var moveIDs []int64
	for _, list := range moves {
		for _, m := range list {
			moveIDs = append(moveIDs, number(m["id"]))
		}
	}
	moveLines := y.by("stock.move.line", "move_id", moveIDs, lineFields...)
	var lines []string
	for n, id := range all {
		p := pickings[id][0]
		line := fmt.Sprintf("picking %d %s %s>%s", n+1, str(p["state"]), y.place(p["location_id"]), y.place(p["location_dest_id"]))
		for k, order := range y.orders {
			if number(at0(p["sale_id"])) == order {
				line += fmt.Sprintf(" of order %d", k+1)
			}
		}
		if b := number(at0(p["backorder_id"])); b != 0 {
			line += fmt.Sprintf(" rest of %d", number1[b])
		}
		if p["date_done"] != false {
			line += " dated"
		}
		if p["carrier_id"] != false {
			line += " carried"
		}
		if ref := str(p["carrier_tracking_ref"]); ref != "" {
			line += " " + ref
		}
		lines = append(lines, line)
		for _, m := range moves[id] {
			lines = append(lines, fmt.Sprintf("  %s %s %s%s", y.sku(m["product_id"]), str(m["state"]), plain(m["product_uom_qty"]), progress(m)))
			for _, l := range moveLines[number(m["id"])] {
				if number(at0(l["picking_id"])) != id {
					lines = append(lines, "    of another picking")
				}
				lines = append(lines, fmt.Sprintf("    %s>%s%s%s", y.place(l["location_id"]), y.place(l["location_dest_id"]), progress(l), y.packName(l["result_package_id"])+y.lotName(l["lot_id"])))
			}
		}
	}
	return lines
}

// by reads the records whose field is one of the ids, by that id.
func (y *yard) by(model, field string, of []int64, fields ...string) map[int64][]map[string]any {
	y.t.Helper()
	found := map[int64][]map[string]any{}
	if len(of) == 0 {
		return found
	}
	for _, row := range y.rows(y.t, model, []any{leaf(field, "in", of)}, append(fields, field)...) {
		key := number(row[field])
		if field != "id" {
			key = number(at0(row[field]))
		}
		found[key] = append(found[key], row)
	}
	return found
}

// progress is what is reserved and done of a move or line.
func progress(row map[string]any) string {
	if q, ok := row["quantity"]; ok {
		text := " held " + plain(q)
		if row["picked"] == true {
			text += " picked"
		}
		return text
	}
	held, done := row["reserved_availability"], row["quantity_done"]
	if held == nil {
		held, done = row["product_uom_qty"], row["qty_done"]
	}
	return " held " + plain(held) + " done " + plain(done)
}

func (y *yard) sku(link any) string { return y.skus[number(at0(link))] }

func (y *yard) place(link any) string {
	id := number(at0(link))
	for name, place := range y.places {
		if place == id {
			return name
		}
	}
	return "elsewhere"
}

func (y *yard) packName(link any) string {
	for name, id := range y.packs {
		if number(at0(link)) == id {
			return " in " + name
		}
	}
	if link != false {
		return " in a package"
	}
	return ""
}

// plain prints a number without the zeros behind its point.
func plain(v any) string {
	text := fmt.Sprint(v)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		return "0"
	}
	return text
}
