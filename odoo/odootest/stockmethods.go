package odootest

// stockMethods are the buttons of the app Inventory, by "model.name".
func stockMethods(series int) map[string]method {
	m := map[string]method{}
	button := func(model, name string, run func(*env, []int64) (any, error)) {
		m[model+"."+name] = method{run: func(e *env, t *table, ids []int64, _ map[string]any) (any, error) {
			if err := e.allow(t, 'w'); err != nil {
				return nil, err
			}
			return run(e, ids)
		}}
	}
	button("stock.picking", "action_confirm", (*env).confirmPickings)
	button("stock.picking", "action_assign", (*env).assign)
	button("stock.picking", "do_unreserve", (*env).unreserve)
	button("stock.picking", "action_cancel", (*env).cancelPickings)
	button("stock.picking", "button_validate", (*env).validate)
	button("stock.scrap", "action_validate", (*env).scrap)
	button("stock.backorder.confirmation", "process", (*env).backorder)
	button("stock.backorder.confirmation", "process_cancel_backorder", (*env).noBackorder)
	if series < 18 {
		button("stock.return.picking", "create_returns", (*env).createReturns)
	} else {
		button("stock.return.picking", "action_create_returns", (*env).createReturns)
	}
	if series < 17 {
		button("stock.immediate.transfer", "process", (*env).transferAtOnce)
	}
	if series >= 15 {
		button("stock.quant", "action_apply_inventory", (*env).applyInventory)
	}
	m["delivery.carrier.get_tracking_link"] = method{params: []string{"picking"}, required: 1, reads: true, run: func(e *env, t *table, ids []int64, a map[string]any) (any, error) {
		if err := e.allow(t, 'r'); err != nil {
			return nil, err
		}
		return e.trackingLink(t, ids, a["picking"])
	}}
	return m
}

// trackingLink is what a carrier's own method answers to a caller, who can give it no record: it asks an id for
// its fields. carrier_tracking_url of the picking is the way to read the link.
func (e *env) trackingLink(t *table, ids []int64, picking any) (any, error) {
	if len(ids) != 1 {
		return nil, valueError("Expected singleton: %s", t.model.Name)
	}
	r := t.rows[ids[0]]
	if r == nil {
		return nil, missing(t.model.Name, ids[0], e.user.id)
	}
	if t.str(r, "tracking_url") == "" {
		return false, nil
	}
	kind := "int"
	if _, list := picking.([]any); list {
		kind = "list"
	}
	return nil, raise("builtins.AttributeError", "'%s' object has no attribute 'carrier_tracking_ref'", kind)
}
