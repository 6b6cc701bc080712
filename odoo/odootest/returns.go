package odootest

// prepareReturn names the picking of the context and, since 18, each of its moves with nothing to come back.
func prepareReturn(e *env, _ *table, vals map[string]any) map[string]any {
	vals = cloneMap(vals)
	if id, _ := integer(e.ctx["active_id"]); id != 0 && vals["picking_id"] == nil && e.ctx["active_model"] == "stock.picking" {
		vals["picking_id"] = id
	}
	picking, _ := integer(vals["picking_id"])
	if e.series < 18 || picking == 0 || vals["product_return_moves"] != nil {
		return vals
	}
	moves := e.table("stock.move")
	var lines []any
	for _, m := range e.movesOf(picking) {
		if moves.str(m, "state") != "cancel" {
			lines = append(lines, []any{0, 0, map[string]any{"product_id": moves.ref(m, "product_id"), "move_id": m.id, "quantity": 0}})
		}
	}
	vals["product_return_moves"] = lines
	return vals
}

// checkReturn refuses to return what has not gone out.
func checkReturn(e *env, _ *table, vals map[string]any) (int64, bool, error) {
	pickings := e.table("stock.picking")
	id, _ := integer(vals["picking_id"])
	if id == 0 && e.ctx["active_model"] == "stock.picking" {
		id, _ = integer(e.ctx["active_id"])
	}
	if p := pickings.rows[id]; p != nil && e.series >= 18 && pickings.str(p, "state") != "done" {
		return 0, false, userError("You may only return Done pickings.")
	}
	return 0, false, nil
}

// createReturns makes the picking by which goods come back and answers the action that shows it.
func (e *env) createReturns(ids []int64) (any, error) {
	t, lines, pickings, kinds := e.table("stock.return.picking"), e.table("stock.return.picking.line"), e.table("stock.picking"), e.table("stock.picking.type")
	if len(ids) != 1 {
		return nil, valueError("Expected singleton: %s", t.model.Name)
	}
	wizard := t.rows[ids[0]]
	if wizard == nil {
		return nil, missing(t.model.Name, ids[0], e.user.id)
	}
	from := pickings.rows[t.ref(wizard, "picking_id")]
	if from == nil {
		return nil, userError("odootest: a return needs its picking")
	}
	kind := kinds.rows[e.returnType(pickings.ref(from, "picking_type_id"))]
	vals := map[string]any{
		"origin": "Return of " + pickings.str(from, "name"), "return_id": from.id, "state": "draft", "scheduled_date": e.now(), "location_id": from.get(pickings.model.field("location_dest_id")),
		"picking_type_id": kind.id, "name": e.nextPicking(kind), "location_dest_id": nilZero(t.ref(wizard, "location_id")),
	}
	for _, name := range []string{"partner_id", "sale_id", "move_type", "company_id", "note"} {
		vals[name] = from.get(pickings.model.field(name))
	}
	if e.series >= 18 {
		vals["location_dest_id"] = from.get(pickings.model.field("location_id"))
		if kinds.str(kind, "code") == "incoming" {
			vals["location_dest_id"] = kind.get(kinds.model.field("default_location_dest_id"))
		}
	}
	back := e.add(pickings, vals)
	some := false
	for _, id := range lines.by(lines.model.field("wizard_id"), wizard.id) {
		if line := lines.rows[id]; !lines.num(line, "quantity").IsZero() {
			if e.series < 18 && lines.ref(line, "move_id") == 0 {
				return nil, userError("You have manually created product lines, please delete them to proceed.")
			}
			some = true
			e.returnLine(lines, line, back, kind)
		}
	}
	if !some {
		return nil, userError("Please specify at least one non-zero quantity.")
	}
	for _, step := range []func([]int64) (any, error){e.confirmPickings, e.assign} {
		if _, err := step([]int64{back.id}); err != nil {
			return nil, err
		}
	}
	mode := "form"
	if e.series < 18 {
		mode = "form,tree,calendar"
	}
	return map[string]any{"name": "Returned Picking", "view_mode": mode, "res_model": "stock.picking", "res_id": back.id, "type": "ir.actions.act_window", "context": cloneMap(e.ctx)}, nil
}

// returnLine adds the move by which the goods of a line come back.
func (e *env) returnLine(lines *table, line, back, kind *record) {
	t, pickings, kinds := e.table("stock.move"), e.table("stock.picking"), e.table("stock.picking.type")
	vals := map[string]any{"product_id": lines.ref(line, "product_id"), "product_uom": e.unitOf(lines.ref(line, "product_id")), "company_id": back.get(pickings.model.field("company_id"))}
	if m := t.rows[lines.ref(line, "move_id")]; m != nil {
		for i := range t.model.Fields {
			if f := &t.model.Fields[i]; f.stored() && f.Name != "id" {
				vals[f.Name] = m.v[i]
			}
		}
		vals["origin_returned_move_id"], vals["move_orig_ids"] = m.id, []int64{m.id}
	}
	vals["product_uom_qty"], vals["picking_id"], vals["state"], vals["date"], vals["picked"] = lines.num(line, "quantity"), back.id, "draft", e.now(), false
	vals["location_id"], vals["location_dest_id"] = back.get(pickings.model.field("location_id")), back.get(pickings.model.field("location_dest_id"))
	vals["picking_type_id"], vals["warehouse_id"] = kind.id, kind.get(kinds.model.field("warehouse_id"))
	vals["to_refund"] = lines.truth(line, "to_refund")
	e.add(t, vals)
}

// returnType is the operation by which goods of another come back: receipts for deliveries and the other way round.
func (e *env) returnType(kind int64) int64 {
	t, warehouses := e.table("stock.picking.type"), e.table("stock.warehouse")
	r := t.rows[kind]
	if r == nil {
		return kind
	}
	w := warehouses.rows[t.ref(r, "warehouse_id")]
	field := map[string]string{"outgoing": "in_type_id", "incoming": "out_type_id"}[t.str(r, "code")]
	if w == nil || field == "" {
		return kind
	}
	return warehouses.ref(w, field)
}
