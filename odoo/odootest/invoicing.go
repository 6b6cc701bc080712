package odootest

import "slices"

// prepareInvoicing takes the orders to invoice from the context unless the caller names them.
func prepareInvoicing(e *env, t *table, vals map[string]any) map[string]any {
	if vals["sale_order_ids"] != nil || e.ctx["active_ids"] == nil || t.model.field("sale_order_ids") == nil {
		return vals
	}
	vals = cloneMap(vals)
	vals["sale_order_ids"] = []any{[]any{6, 0, e.ctx["active_ids"]}}
	return vals
}

// createInvoices drafts an invoice for each order of the wizard of what is to be invoiced of it. Sellers may, though they may not
// create invoices otherwise.
func (e *env) createInvoices(ids []int64) (any, error) {
	t := e.table("sale.advance.payment.inv")
	if len(ids) != 1 {
		return nil, valueError("Expected singleton: %s", t.model.Name)
	}
	wizard := t.rows[ids[0]]
	if wizard == nil {
		return nil, missing(t.model.Name, ids[0], e.user.id)
	}
	if t.str(wizard, "advance_payment_method") != "delivered" {
		return nil, userError("odootest: down payments are not covered")
	}
	asked := t.list(wizard, "sale_order_ids")
	if e.series < 16 {
		asked, _ = integers(e.ctx["active_ids"])
	}
	orders, rows, err := e.existing("sale.order", asked)
	if err != nil {
		return nil, err
	}
	if err := e.allow(orders, 'w'); err != nil {
		return nil, err
	}
	var made []int64
	for _, order := range rows {
		id, err := e.invoiceOrder(orders, order, t.truth(wizard, "deduct_down_payments"))
		if err != nil {
			return nil, err
		}
		if id != 0 {
			made = append(made, id)
		}
	}
	switch {
	case len(made) == 0 && e.series < 16:
		return nil, userError("There is nothing to invoice!\n\nReason(s) of this behavior could be:\n- You should deliver your products before invoicing them: Click on the \"truck\" icon (top-right of your screen) and follow instructions.\n- You should modify the invoicing policy of your product: Open the product, go to the \"Sales tab\" and modify invoicing policy from \"delivered quantities\" to \"ordered quantities\".\n        ")
	case len(made) == 0:
		return nil, userError("Cannot create an invoice. No items are available to invoice.\n\nTo resolve this issue, please ensure that:\n   • The products have been delivered before attempting to invoice them.\n   • The invoicing policy of the product is configured correctly.\n\nIf you want to invoice based on ordered quantities instead:\n   • For consumable or storable products, open the product, go to the 'General Information' tab and change the 'Invoicing Policy' from 'Delivered Quantities' to 'Ordered Quantities'.\n   • For services (and other products), change the 'Invoicing Policy' to 'Prepaid/Fixed Price'.\n")
	case e.series < 16:
		return map[string]any{"type": "ir.actions.act_window_close"}, nil
	}
	action := map[string]any{"name": "Invoices", "type": "ir.actions.act_window", "res_model": "account.move", "view_mode": "list,kanban,form,activity"}
	if len(made) == 1 {
		action["res_id"] = made[0]
	}
	return action, nil
}

// invoiceOrder drafts the invoice of an order, or answers 0 if nothing is to be invoiced. What is invoiced beyond what is due
// comes as a negative line of the final invoice; if that makes the total negative, it becomes a credit note.
func (e *env) invoiceOrder(orders *table, order *record, final bool) (int64, error) {
	lines, moves := e.table("sale.order.line"), e.table("account.move")
	var items []any
	for _, line := range e.invoiceable(order.id, final) {
		vals := map[string]any{
			"name": lines.str(line, "name"), "quantity": asDecimal(toInvoice(e, lines, line)), "price_unit": lines.num(line, "price_unit"), "discount": lines.num(line, "discount"),
			"product_id": nilZero(lines.ref(line, "product_id")), "product_uom_id": nilZero(lines.ref(line, e.uomField())), "sequence": int64(len(items) + 1),
			"tax_ids": lines.list(line, e.taxField()), "sale_line_ids": []int64{line.id},
		}
		if extra := lines.model.field("extra_tax_data"); extra != nil {
			vals["extra_tax_data"] = line.get(extra)
		}
		items = append(items, []any{0, 0, vals})
	}
	if len(items) == 0 {
		return 0, nil
	}
	past := e.su
	e.su = true
	defer func() { e.su = past }()
	vals := map[string]any{
		"move_type": "out_invoice", "invoice_line_ids": items, "invoice_origin": orders.str(order, "name"), "ref": orders.str(order, "client_order_ref"), "payment_reference": orders.str(order, "reference"),
		"partner_id": orders.ref(order, "partner_invoice_id"), "partner_shipping_id": orders.ref(order, "partner_shipping_id"), "currency_id": orders.ref(order, "currency_id"),
		"invoice_user_id": nilZero(orders.ref(order, "user_id")), "team_id": nilZero(orders.ref(order, "team_id")), "fiscal_position_id": nilZero(orders.ref(order, "fiscal_position_id")),
	}
	for name, v := range vals {
		if v == "" {
			delete(vals, name)
		}
	}
	ids, err := e.create(moves, []map[string]any{vals})
	if err != nil {
		return 0, err
	}
	if move := moves.rows[ids[0]]; final && moves.num(move, "amount_total").IsNeg() {
		err = e.switchToCredit(move)
	}
	return ids[0], err
}

// invoiceable are the lines of an order of which something is to be invoiced; what is to be taken back only at last.
func (e *env) invoiceable(order int64, final bool) []*record {
	lines := e.table("sale.order.line")
	var rows []*record
	for _, id := range lines.by(lines.model.field("order_id"), order) {
		due := asDecimal(toInvoice(e, lines, lines.rows[id]))
		if due.IsPos() || due.IsNeg() && final {
			rows = append(rows, lines.rows[id])
		}
	}
	slices.SortStableFunc(rows, func(a, b *record) int {
		x, _ := a.get(lines.model.field("sequence")).(int64)
		y, _ := b.get(lines.model.field("sequence")).(int64)
		return int(x - y)
	})
	return rows
}

// switchToCredit turns an invoice over a negative amount into a credit note over the positive one.
func (e *env) switchToCredit(move *record) error {
	moves, items := e.table("account.move"), e.table("account.move.line")
	e.set(moves, move, map[string]any{"move_type": "out_refund"})
	for _, id := range items.by(items.model.field("move_id"), move.id) {
		if item := items.rows[id]; e.written(item) {
			e.set(items, item, map[string]any{"quantity": items.num(item, "quantity").Neg()})
		}
	}
	e.touch(moves, move)
	e.recut = append(e.recut, move.id)
	return e.settle()
}
