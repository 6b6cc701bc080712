package odootest

import (
	"slices"

	"github.com/govalues/decimal"
)

// countInvoiced sets how much of an order's line is invoiced: drafts count, what is cancelled does not, and credit notes
// lower it.
func (e *env) countInvoiced(line *record) {
	t, items, moves := e.table("sale.order.line"), e.table("account.move.line"), e.table("account.move")
	sum := decimal.Zero
	for _, id := range t.list(line, "invoice_lines") {
		item := items.rows[id]
		if item == nil {
			continue
		}
		move := moves.rows[items.ref(item, "move_id")]
		if move == nil || moves.str(move, "state") == "cancel" {
			continue
		}
		q := e.convertUnit(items.num(item, "quantity"), items.ref(item, "product_uom_id"), t.ref(line, e.uomField()))
		switch moves.str(move, "move_type") {
		case "out_invoice":
			sum = plus(sum, q)
		case "out_refund":
			sum = minus(sum, q)
		}
	}
	e.put(t, line, "qty_invoiced", sum)
}

// toInvoice is what a line of a confirmed order is still to be invoiced, by its product's policy.
func toInvoice(e *env, t *table, r *record) any {
	orders, products := e.table("sale.order"), e.table("product.product")
	order := orders.rows[t.ref(r, "order_id")]
	if order == nil || t.str(r, "display_type") != "" {
		return decimal.Zero
	}
	if s := orders.str(order, "state"); s != "sale" && s != "done" {
		return decimal.Zero
	}
	due := t.num(r, "product_uom_qty")
	if product := products.rows[t.ref(r, "product_id")]; product != nil && products.str(product, "invoice_policy") == "delivery" {
		due = t.num(r, "qty_delivered")
	}
	return minus(due, t.num(r, "qty_invoiced"))
}

// lineInvoiceStatus is how far a line is invoiced.
func lineInvoiceStatus(e *env, t *table, r *record) any {
	orders, products := e.table("sale.order"), e.table("product.product")
	order := orders.rows[t.ref(r, "order_id")]
	if order == nil {
		return "no"
	}
	state, ordered := orders.str(order, "state"), t.num(r, "product_uom_qty")
	product := products.rows[t.ref(r, "product_id")]
	switch {
	case state != "sale" && state != "done":
		return "no"
	case !asDecimal(toInvoice(e, t, r)).IsZero():
		return "to invoice"
	case state == "sale" && product != nil && products.str(product, "invoice_policy") == "order" && t.num(r, "qty_delivered").Cmp(ordered) > 0:
		return "upselling"
	case t.num(r, "qty_invoiced").Cmp(ordered) >= 0, e.nothingMoves(r, product, state):
		return "invoiced"
	}
	return "no"
}

// nothingMoves tells of goods that are invoiced as delivered whether all that moved of a line is at its end, so that no more will be
// invoiced: up to 16 only if the order is locked.
func (e *env) nothingMoves(line, product *record, state string) bool {
	products, moves := e.table("product.product"), e.table("stock.move")
	last := "sale"
	if e.series < 17 {
		last = "done"
	}
	if state != last || product == nil || products.str(product, "type") == "service" || products.str(product, "invoice_policy") != "delivery" {
		return false
	}
	done := false
	for _, id := range moves.by(moves.model.field("sale_line_id"), line.id) {
		switch moves.str(moves.rows[id], "state") {
		case "done":
			done = true
		case "cancel":
		default:
			return false
		}
	}
	return done
}

// invoiceStatus sums up the lines of an order, without sections and down payments.
func invoiceStatus(e *env, t *table, r *record) any {
	if s := t.str(r, "state"); s != "sale" && s != "done" {
		return "no"
	}
	lines := e.table("sale.order.line")
	seen := map[any]bool{}
	for _, id := range lines.by(lines.model.field("order_id"), r.id) {
		if line := lines.rows[id]; lines.str(line, "display_type") == "" && !lines.truth(line, "is_downpayment") {
			seen[lineInvoiceStatus(e, lines, line)] = true
		}
	}
	switch {
	case seen["to invoice"]:
		return "to invoice"
	case seen["no"] || len(seen) == 0:
		return "no"
	case seen["upselling"]:
		return "upselling"
	}
	return "invoiced"
}

// untaxedInvoiced is the amount of the posted invoices of a line less its credit notes.
func untaxedInvoiced(e *env, t *table, r *record) any {
	items, moves := e.table("account.move.line"), e.table("account.move")
	sum := decimal.Zero
	for _, id := range t.list(r, "invoice_lines") {
		item := items.rows[id]
		move := moves.rows[items.ref(item, "move_id")]
		if move == nil || moves.str(move, "state") != "posted" {
			continue
		}
		switch moves.str(move, "move_type") {
		case "out_invoice":
			sum = plus(sum, items.num(item, "price_subtotal"))
		case "out_refund":
			sum = minus(sum, items.num(item, "price_subtotal"))
		}
	}
	return sum
}

// invoicesOf are the invoices and credit notes of an order's lines, cancelled ones included.
func invoicesOf(e *env, _ *table, r *record) any {
	lines, items, moves := e.table("sale.order.line"), e.table("account.move.line"), e.table("account.move")
	var ids []int64
	for _, id := range lines.by(lines.model.field("order_id"), r.id) {
		for _, item := range lines.list(lines.rows[id], "invoice_lines") {
			move := moves.rows[items.ref(items.rows[item], "move_id")]
			if move == nil || slices.Contains(ids, move.id) {
				continue
			}
			if kind := moves.str(move, "move_type"); kind == "out_invoice" || kind == "out_refund" {
				ids = append(ids, move.id)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

func invoiceCount(e *env, t *table, r *record) any {
	ids, _ := invoicesOf(e, t, r).([]int64)
	return int64(len(ids))
}
