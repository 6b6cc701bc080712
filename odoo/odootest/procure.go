package odootest

import (
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// procure brings the deliveries of a confirmed order in line with its lines: what is ordered beyond the
// moves joins an open delivery or makes one. Since 17 what is ordered less is taken from open moves; before,
// only a person does that.
func (e *env) procure(order *record, lines []int64) {
	t := e.table("sale.order.line")
	var picking *record
	for _, id := range lines {
		line := t.rows[id]
		if line == nil || !e.delivers(t.ref(line, "product_id")) {
			continue
		}
		missing := minus(t.num(line, "product_uom_qty"), e.procured(id))
		unit, _ := e.unitOf(t.ref(line, "product_id")).(int64) // of deliveries, whatever the order's is
		missing = e.convertUnit(missing, t.ref(line, e.uomField()), unit)
		switch {
		case missing.IsPos():
			if picking == nil {
				picking = e.openDelivery(order)
			}
			e.procureLine(picking, line, missing)
		case missing.IsNeg() && e.series >= 17:
			e.reduceLine(id, missing.Neg())
		}
	}
	if picking != nil {
		e.refreshPicking(picking.id)
	}
	if e.series < 17 {
		e.reassign(order)
	}
}

// reassign reserves for all open deliveries of an order, as Odoo does before 17 whenever one of its lines asks for
// more.
func (e *env) reassign(order *record) {
	t := e.table("stock.picking")
	ids := slices.Clone(t.by(t.model.field("sale_id"), order.id))
	slices.SortStableFunc(ids, func(a, b int64) int {
		if c := strings.Compare(t.str(t.rows[a], "scheduled_date"), t.str(t.rows[b], "scheduled_date")); c != 0 {
			return c
		}
		return int(b - a)
	})
	for _, id := range ids {
		if !open(t.str(t.rows[id], "state")) {
			continue
		}
		for _, m := range e.openMoves(id) {
			e.confirmMove(m)
			e.reserve(m)
		}
	}
}

// followQuantities refuses quantities below what is delivered, and lets deliveries follow the others once they
// are written.
func (e *env) followQuantities(t *table, ids []int64, vals map[string]any) (func() error, error) {
	raw, changes := vals["product_uom_qty"]
	if !changes {
		return nil, nil
	}
	wanted, err := number(raw, 2)
	if err != nil {
		return nil, err
	}
	orders := e.table("sale.order")
	var changed []*record
	for _, id := range ids {
		line := t.rows[id]
		order := orders.rows[t.ref(line, "order_id")]
		now := t.num(line, "product_uom_qty")
		if order == nil || orders.str(order, "state") != "sale" || now.Cmp(wanted) == 0 || !e.delivers(t.ref(line, "product_id")) {
			continue
		}
		if wanted.Cmp(t.num(line, "qty_delivered")) < 0 {
			if e.series < 17 {
				return nil, userError("You cannot decrease the ordered quantity below the delivered quantity.\nCreate a return first.")
			}
			return nil, userError("The ordered quantity of a sale order line cannot be decreased below the amount already delivered. Instead, create a return in your inventory.")
		}
		if e.series >= 17 || now.Cmp(wanted) < 0 {
			changed = append(changed, line)
		}
	}
	return func() error {
		for _, line := range changed {
			if order := orders.rows[t.ref(line, "order_id")]; order != nil {
				e.procure(order, []int64{line.id})
			}
		}
		return nil
	}, nil
}

// deliverNewLine lets a line that a confirmed order gets be delivered.
func deliverNewLine(e *env, t *table, line *record) {
	orders := e.table("sale.order")
	if order := orders.rows[t.ref(line, "order_id")]; order != nil && orders.str(order, "state") == "sale" {
		e.procure(order, []int64{line.id})
	}
}

// delivers reports whether a product is goods.
func (e *env) delivers(product int64) bool {
	t := e.table("product.product")
	r := t.rows[product]
	return r != nil && t.str(r, "type") != "service" && t.str(r, "type") != "combo"
}

// procured is what the moves of a line have delivered or are to deliver; what came back counts against it.
func (e *env) procured(line int64) decimal.Decimal {
	return e.sumMoves(line, func(state string) bool { return state != "cancel" })
}

func (e *env) sumMoves(line int64, counts func(state string) bool) decimal.Decimal {
	t, lines := e.table("stock.move"), e.table("sale.order.line")
	sum := decimal.Zero
	unit := int64(0)
	if l := lines.rows[line]; l != nil {
		unit = lines.ref(l, e.uomField())
	}
	for _, id := range t.by(t.model.field("sale_line_id"), line) {
		m := t.rows[id]
		state := t.str(m, "state")
		if !counts(state) {
			continue
		}
		q := t.num(m, "product_uom_qty")
		if state == "done" {
			q = e.doneQuantity(id)
		}
		q = e.convertUnit(q, t.ref(m, "product_uom"), unit)
		if e.usage(t.ref(m, "location_dest_id")) == "customer" {
			if t.ref(m, "origin_returned_move_id") == 0 || t.truth(m, "to_refund") {
				sum = plus(sum, q)
			}
		} else if e.usage(t.ref(m, "location_id")) == "customer" && t.truth(m, "to_refund") {
			sum = minus(sum, q)
		}
	}
	return sum
}

func (e *env) usage(location int64) string {
	t := e.table("stock.location")
	if r := t.rows[location]; r != nil {
		return t.str(r, "usage")
	}
	return ""
}

// openDelivery is the order's delivery that can still take goods, a new one if there is none.
func (e *env) openDelivery(order *record) *record {
	t, orders, warehouses, types := e.table("stock.picking"), e.table("sale.order"), e.table("stock.warehouse"), e.table("stock.picking.type")
	for _, id := range t.by(t.model.field("sale_id"), order.id) {
		if r := t.rows[id]; !ended(t.str(r, "state")) && e.usage(t.ref(r, "location_dest_id")) == "customer" {
			return r
		}
	}
	w := warehouses.rows[orders.ref(order, "warehouse_id")]
	if w == nil {
		w = warehouses.rows[1]
	}
	vals := map[string]any{
		"origin": orders.str(order, "name"), "partner_id": order.get(orders.model.field("partner_shipping_id")), "sale_id": order.id, "scheduled_date": e.now(), "date_deadline": e.now(),
		"carrier_id": order.get(orders.model.field("carrier_id")), "move_type": order.get(orders.model.field("picking_policy")), "location_dest_id": e.locationFor("customer"),
	}
	if w != nil {
		kind := warehouses.ref(w, "out_type_id")
		vals["picking_type_id"], vals["location_id"] = nilZero(kind), w.get(warehouses.model.field("lot_stock_id"))
		if k := types.rows[kind]; k != nil {
			vals["name"] = e.nextPicking(k)
		}
	}
	return e.add(t, vals)
}

// procureLine lets a picking deliver more of a line.
func (e *env) procureLine(picking, line *record, q decimal.Decimal) {
	t, pickings, lines := e.table("stock.move"), e.table("stock.picking"), e.table("sale.order.line")
	for _, id := range t.by(t.model.field("sale_line_id"), line.id) {
		if m := t.rows[id]; t.ref(m, "picking_id") == picking.id && !ended(t.str(m, "state")) {
			e.set(t, m, map[string]any{"product_uom_qty": plus(t.num(m, "product_uom_qty"), q)})
			if t.str(m, "state") == "assigned" {
				e.setState(m, "partially_available")
			}
			if e.series >= 17 { // before, all of the order is served in turn
				e.restate(m)
				e.reserve(m)
			}
			return
		}
	}
	kinds := e.table("stock.picking.type")
	var warehouse any
	if kind := kinds.rows[pickings.ref(picking, "picking_type_id")]; kind != nil {
		warehouse = kind.get(kinds.model.field("warehouse_id"))
	}
	m := e.add(t, map[string]any{
		"name": lines.str(line, "name"), "product_id": lines.ref(line, "product_id"), "product_uom_qty": q, "product_uom": e.unitOf(lines.ref(line, "product_id")),
		"sale_line_id": line.id, "picking_id": picking.id, "origin": picking.get(pickings.model.field("origin")), "partner_id": picking.get(pickings.model.field("partner_id")),
		"location_id": picking.get(pickings.model.field("location_id")), "location_dest_id": picking.get(pickings.model.field("location_dest_id")),
		"picking_type_id": picking.get(pickings.model.field("picking_type_id")), "warehouse_id": warehouse, "date": e.now(), "date_deadline": e.now(), "state": "confirmed", "to_refund": e.series >= 17,
	})
	if e.series >= 17 {
		e.reserve(m)
	}
}

// reduceLine takes a quantity from a line's open moves; those that are left with nothing end.
func (e *env) reduceLine(line int64, less decimal.Decimal) {
	t := e.table("stock.move")
	for _, id := range slices.Clone(t.by(t.model.field("sale_line_id"), line)) {
		m := t.rows[id]
		part := less.Min(t.num(m, "product_uom_qty"))
		if ended(t.str(m, "state")) || !part.IsPos() {
			continue
		}
		left := minus(t.num(m, "product_uom_qty"), part)
		less = minus(less, part)
		e.set(t, m, map[string]any{"product_uom_qty": left})
		if !left.IsPos() {
			e.cancelMove(m)
			continue
		}
		if over := minus(e.held(id), left); over.IsPos() {
			e.lower(m, over)
		}
		e.restate(m)
	}
}

// setDelivered sets a line's delivered quantity from its moves.
func (e *env) setDelivered(line int64) {
	t, orders := e.table("sale.order.line"), e.table("sale.order")
	r := t.rows[line]
	if r == nil {
		return
	}
	e.set(t, r, map[string]any{"qty_delivered": e.sumMoves(line, func(state string) bool { return state == "done" })})
	if o := orders.rows[t.ref(r, "order_id")]; o != nil {
		e.set(orders, o, nil) // what it shows of its delivery has changed
	}
}

// orderLines are the lines of an order.
func (e *env) orderLines(order int64) []int64 {
	t := e.table("sale.order.line")
	return t.by(t.model.field("order_id"), order)
}

// cancelDeliveries ends the open deliveries of orders.
func (e *env) cancelDeliveries(orders []*record) {
	t := e.table("stock.picking")
	for _, o := range orders {
		for _, id := range slices.Clone(t.by(t.model.field("sale_id"), o.id)) {
			if t.str(t.rows[id], "state") != "done" {
				for _, m := range e.openMoves(id) {
					e.cancelMove(m)
				}
			}
		}
	}
}

// orphan lets the deliveries of an order that is deleted forget it.
func (e *env) orphan(order int64) {
	pickings, moves := e.table("stock.picking"), e.table("stock.move")
	for _, id := range slices.Clone(pickings.by(pickings.model.field("sale_id"), order)) {
		e.set(pickings, pickings.rows[id], map[string]any{"sale_id": nil})
	}
	for _, line := range e.orderLines(order) {
		for _, id := range slices.Clone(moves.by(moves.model.field("sale_line_id"), line)) {
			e.set(moves, moves.rows[id], map[string]any{"sale_line_id": nil})
		}
	}
}

// forget removes the deliveries of an order that a stub server drops; what they had reserved is free again.
func (e *env) forget(order int64) {
	pickings, moves := e.table("stock.picking"), e.table("stock.move")
	for _, id := range slices.Clone(pickings.by(pickings.model.field("sale_id"), order)) {
		for _, m := range e.movesOf(id) {
			lines, list := e.moveLines(m.id)
			for _, l := range list {
				if !ended(moves.str(m, "state")) {
					e.hold(lines.ref(l, "product_id"), source(lines, l), lines.num(l, e.heldField()).Neg())
				}
				e.tx.remove(lines, l)
			}
			e.tx.remove(moves, m)
		}
		e.tx.remove(pickings, pickings.rows[id])
	}
}
