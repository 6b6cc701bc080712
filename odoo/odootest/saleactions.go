package odootest

import "slices"

func (e *env) confirm(ids []int64) (any, error) {
	t, rows, err := e.existing("sale.order", ids)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		s := t.str(r, "state")
		if e.series < 19 && (s == "done" || s == "cancel") {
			return nil, userError("It is not allowed to confirm an order in the following states: cancel, done")
		}
		if e.series >= 19 && s != "draft" && s != "sent" {
			return nil, userError("Some orders are not in a state requiring confirmation.")
		}
		if e.series >= 19 && e.lacksProduct(r.id) {
			return nil, userError("Some order lines are missing a product, you need to correct them before going further.")
		}
	}
	if err := e.write(t, ids, map[string]any{"state": "sale", "date_order": e.now()}); err != nil {
		return nil, err
	}
	for _, r := range rows {
		e.procure(r, e.orderLines(r.id))
	}
	return true, nil
}

// lacksProduct reports a line that sells nothing.
func (e *env) lacksProduct(order int64) bool {
	lines := e.table("sale.order.line")
	return slices.ContainsFunc(lines.by(lines.model.field("order_id"), order), func(id int64) bool {
		r := lines.rows[id]
		return lines.ref(r, "product_id") == 0 && lines.str(r, "display_type") == "" && !lines.truth(r, "is_downpayment")
	})
}

// cancelWizard is what Odoo 14 answers where goods went out or an invoice is open.
func (e *env) cancelWizard(t *table, rows []*record) bool {
	if e.series >= 19 || e.flag("disable_cancel_warning") {
		return false
	}
	lines := e.table("sale.order.line")
	done := lines.model.field("qty_delivered")
	return slices.ContainsFunc(rows, func(r *record) bool {
		return slices.ContainsFunc(lines.by(lines.model.field("order_id"), r.id), func(id int64) bool {
			return !falsy(lines.rows[id].get(done))
		})
	})
}

func (e *env) cancel(ids []int64) (any, error) {
	t, rows, err := e.existing("sale.order", ids)
	if err != nil {
		return nil, err
	}
	if e.cancelWizard(t, rows) {
		e.cancelDeliveries(rows) // so does Odoo, before it asks
		return map[string]any{
			"name": "Cancel Sales Order", "view_mode": "form", "res_model": "sale.order.cancel", "view_id": 1,
			"type": "ir.actions.act_window", "context": map[string]any{"default_order_id": rows[0].id}, "target": "new",
		}, nil
	}
	for _, r := range rows {
		if t.truth(r, "locked") {
			return nil, userError("You cannot cancel a locked order. Please unlock it first.")
		}
	}
	e.cancelDeliveries(rows)
	return true, e.write(t, ids, map[string]any{"state": "cancel"})
}

func (e *env) draft(ids []int64) (any, error) {
	t, rows, err := e.existing("sale.order", ids)
	if err != nil {
		return nil, err
	}
	var back []int64
	for _, r := range rows {
		if s := t.str(r, "state"); s == "cancel" || s == "sent" {
			back = append(back, r.id)
		}
	}
	return true, e.write(t, back, map[string]any{"state": "draft"})
}

// lock and unlock: a flag on 19, a state before; both answer None where Odoo's methods do.
func (e *env) lock(ids []int64) (any, error) {
	t := e.table("sale.order")
	if e.series >= 19 {
		return nil, e.write(t, ids, map[string]any{"locked": true})
	}
	return true, e.write(t, ids, map[string]any{"state": "done"})
}

func (e *env) unlock(ids []int64) (any, error) {
	t := e.table("sale.order")
	if e.series >= 19 {
		return nil, e.write(t, ids, map[string]any{"locked": false})
	}
	return nil, e.write(t, ids, map[string]any{"state": "sale"})
}
