package odootest

import "slices"

// wizards are the questions that validating a picking asks, and where each keeps its answers.
var wizards = map[string]struct{ lines, back, flag string }{
	"stock.backorder.confirmation": {"backorder_confirmation_line_ids", "backorder_confirmation_id", "to_backorder"},
	"stock.immediate.transfer":     {"immediate_transfer_line_ids", "immediate_transfer_id", "to_immediate"},
}

// wizard is the action that asks about pickings. Its context is what the wizard is to be created with.
func (e *env) wizard(name, model string, all, asked []*record) any {
	ctx := cloneMap(e.ctx)
	links := make([]any, len(asked))
	for i, r := range asked {
		links[i] = []any{4, r.id}
	}
	if falsy(ctx["button_validate_picking_ids"]) {
		ctx["button_validate_picking_ids"] = idsOf(all)
	}
	ctx["default_show_transfers"], ctx["default_pick_ids"] = len(all) > 1, links
	return map[string]any{
		"name": name, "type": "ir.actions.act_window", "view_mode": "form", "res_model": model, "views": []any{[]any{1, "form"}}, "view_id": 1, "target": "new", "context": ctx,
	}
}

func idsOf(rows []*record) []int64 {
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.id
	}
	return ids
}

// prepareWizard answers yes for each picking that the context names, unless the caller names its own.
func prepareWizard(e *env, t *table, vals map[string]any) map[string]any {
	w := wizards[t.model.Name]
	if vals["pick_ids"] != nil || vals[w.lines] != nil {
		return vals
	}
	commands, _ := e.ctx["default_pick_ids"].([]any)
	var picks, lines []any
	for _, c := range commands {
		command, _ := c.([]any)
		switch op, _ := integer(at(command, 0)); op {
		case 4:
			picks = append(picks, at(command, 1))
		case 6:
			more, _ := at(command, 2).([]any)
			picks = append(picks, more...)
		}
	}
	for _, id := range picks {
		lines = append(lines, []any{0, 0, map[string]any{"picking_id": id, w.flag: true}})
	}
	vals = cloneMap(vals)
	vals["pick_ids"], vals[w.lines] = []any{[]any{6, 0, picks}}, lines
	return vals
}

// answers are the pickings of a wizard's lines that are answered with yes or with no.
func (e *env) answers(t *table, ids []int64, yes bool) ([]int64, error) {
	w := wizards[t.model.Name]
	field := t.model.field(w.lines)
	lines := e.table(field.Relation)
	var picked []int64
	for _, id := range ids {
		r := t.rows[id]
		if r == nil {
			return nil, missing(t.model.Name, id, e.user.id)
		}
		for _, line := range e.linked(t, r, field) {
			if l := lines.rows[line]; lines.truth(l, w.flag) == yes {
				picked = append(picked, lines.ref(l, "picking_id"))
			}
		}
	}
	return picked, nil
}

// again validates what the context says was being validated, with more said in it.
func (e *env) again(without []int64, more map[string]any) (any, error) {
	ids, _ := integers(e.ctx["button_validate_picking_ids"])
	if len(ids) == 0 {
		return true, nil
	}
	defer func(before map[string]any) { e.ctx = before }(e.ctx)
	e.ctx = cloneMap(e.ctx)
	for k, v := range more {
		e.ctx[k] = v
	}
	return e.validate(slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return slices.Contains(without, id) }))
}

// backorder validates, and leaves the rest of those answered with yes in back orders.
func (e *env) backorder(ids []int64) (any, error) {
	final, err := e.answers(e.table("stock.backorder.confirmation"), ids, false)
	if err != nil {
		return nil, err
	}
	more := map[string]any{"skip_backorder": true}
	if len(final) > 0 {
		more["picking_ids_not_to_backorder"] = final
	}
	return e.again(nil, more)
}

// noBackorder validates, and the rest of all that was asked about ends.
func (e *env) noBackorder(ids []int64) (any, error) {
	t := e.table("stock.backorder.confirmation")
	var final []int64
	for _, id := range ids {
		r := t.rows[id]
		if r == nil {
			return nil, missing(t.model.Name, id, e.user.id)
		}
		final = append(final, t.list(r, "pick_ids")...)
	}
	return e.again(nil, map[string]any{"skip_backorder": true, "picking_ids_not_to_backorder": final})
}

// transferAtOnce takes what is reserved for done, before 17.
func (e *env) transferAtOnce(ids []int64) (any, error) {
	t, pickings := e.table("stock.immediate.transfer"), e.table("stock.picking")
	yes, err := e.answers(t, ids, true)
	if err != nil {
		return nil, err
	}
	no, _ := e.answers(t, ids, false)
	for _, id := range yes {
		r := pickings.rows[id]
		if r == nil {
			return nil, missing(pickings.model.Name, id, e.user.id)
		}
		if pickings.str(r, "state") == "draft" {
			for _, step := range []func([]int64) (any, error){e.confirmPickings, e.assign} {
				if _, err := step([]int64{id}); err != nil {
					return nil, err
				}
				if pickings.str(r, "state") == "assigned" {
					break
				}
			}
			if pickings.str(r, "state") != "assigned" {
				return nil, userError("Could not reserve all requested products. Please use the 'Mark as Todo' button to handle the reservation manually.")
			}
		}
		for _, m := range e.openMoves(id) {
			lines, list := e.moveLines(m.id)
			for _, l := range list {
				e.set(lines, l, map[string]any{e.doneField(): lines.num(l, e.heldField())})
			}
		}
	}
	return e.again(no, map[string]any{"skip_immediate": true})
}
