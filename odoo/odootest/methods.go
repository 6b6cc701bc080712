package odootest

import "maps"

// standardMethods are the methods of every model under ".name", and of one model under "model.name".
func standardMethods(series int) map[string]method {
	dom := "args"
	fieldsParam := "fields_list"
	if series >= 19 {
		dom, fieldsParam = "domain", "fields"
	}
	search := []string{dom, "offset", "limit", "order"}
	if series < 19 {
		search = append(search, "count")
	}
	countParams := []string{dom}
	if series >= 19 {
		countParams = append(countParams, "limit")
	}
	m := map[string]method{
		".search": {params: search, required: 1, model: true, reads: true, run: func(e *env, t *table, _ []int64, a map[string]any) (any, error) {
			if err := e.allow(t, 'r'); err != nil {
				return nil, err
			}
			ids, err := e.search(t, a[dom], orderArg(a), intOf(a["offset"]), intOf(a["limit"]))
			if err == nil && !falsy(a["count"]) {
				return len(ids), nil
			}
			return ids, err
		}},
		".search_count": {params: countParams, required: 1, model: true, reads: true, run: func(e *env, t *table, _ []int64, a map[string]any) (any, error) {
			if err := e.allow(t, 'r'); err != nil {
				return nil, err
			}
			ids, err := e.search(t, a[dom], "", 0, intOf(a["limit"]))
			return len(ids), err
		}},
		".search_read": {params: []string{"domain", "fields", "offset", "limit", "order"}, model: true, kwargs: true, reads: true, run: func(e *env, t *table, _ []int64, a map[string]any) (any, error) {
			if err := e.allow(t, 'r'); err != nil {
				return nil, err
			}
			ids, err := e.search(t, a["domain"], orderArg(a), intOf(a["offset"]), intOf(a["limit"]))
			if err != nil {
				return nil, err
			}
			return e.read(t, ids, stringsOf(a["fields"]), plainLinks(a))
		}},
		".read": {params: []string{"fields", "load"}, reads: true, run: func(e *env, t *table, ids []int64, a map[string]any) (any, error) {
			if err := e.allow(t, 'r'); err != nil {
				return nil, err
			}
			return e.read(t, ids, stringsOf(a["fields"]), plainLinks(a))
		}},
		".create": {params: []string{"vals_list"}, required: 1, model: true, run: func(e *env, t *table, _ []int64, a map[string]any) (any, error) {
			one, single := a["vals_list"].(map[string]any)
			list := []map[string]any{one}
			if !single {
				list = nil
				raw, _ := a["vals_list"].([]any)
				for _, x := range raw {
					vals, ok := x.(map[string]any)
					if !ok {
						return nil, raise("builtins.AttributeError", "'%s' object has no attribute 'items'", "str")
					}
					list = append(list, vals)
				}
			}
			ids, err := e.create(t, list)
			if err == nil && single {
				return ids[0], nil
			}
			return ids, err
		}},
		".write": {params: []string{"vals"}, required: 1, run: func(e *env, t *table, ids []int64, a map[string]any) (any, error) {
			vals, _ := a["vals"].(map[string]any)
			return true, e.write(t, ids, vals)
		}},
		".unlink": {run: func(e *env, t *table, ids []int64, _ map[string]any) (any, error) {
			if err := e.unlink(t, ids); err != nil {
				return nil, err
			}
			if e.series < 19 && t.model.Name == "sale.order.line" {
				return nil, nil // the module delivery's override returns nothing
			}
			return true, nil
		}},
		".fields_get": {params: []string{"allfields", "attributes"}, model: true, reads: true, run: func(e *env, t *table, _ []int64, a map[string]any) (any, error) {
			return e.fieldsGet(t, stringsOf(a["allfields"]), stringsOf(a["attributes"])), nil
		}},
		".default_get": {params: []string{fieldsParam}, required: 1, model: true, reads: true, run: func(e *env, t *table, _ []int64, a map[string]any) (any, error) {
			return e.defaults(t, stringsOf(a[fieldsParam])), nil
		}},
		".name_search": {params: []string{"name", dom, "operator", "limit"}, model: true, reads: true, run: func(e *env, t *table, _ []int64, a map[string]any) (any, error) {
			if err := e.allow(t, 'r'); err != nil {
				return nil, err
			}
			limit, operator := 100, "ilike"
			if a["limit"] != nil {
				limit = intOf(a["limit"])
			}
			if op, ok := a["operator"].(string); ok {
				operator = op
			}
			name, _ := a["name"].(string)
			return e.nameSearch(t, name, a[dom], operator, limit)
		}},
		".get_external_id": {reads: true, run: func(e *env, t *table, ids []int64, _ map[string]any) (any, error) {
			return e.externalIDs(t.model.Name, ids), nil
		}},
		".load": {params: []string{"fields", "data"}, required: 2, model: true, run: func(e *env, t *table, _ []int64, a map[string]any) (any, error) {
			rows, _ := a["data"].([]any)
			return e.load(t, stringsOf(a["fields"]), rows)
		}},
		".message_post": {kwargs: true, run: func(e *env, t *table, ids []int64, _ map[string]any) (any, error) {
			for _, id := range ids {
				if t.rows[id] == nil {
					return nil, missing(t.model.Name, id, e.user.id)
				}
			}
			e.messages++
			if e.series < 19 {
				return e.messages, nil
			}
			return []int64{e.messages}, nil
		}},
		"res.users.context_get": {model: true, reads: true, run: func(e *env, _ *table, _ []int64, _ map[string]any) (any, error) {
			c := map[string]any{"lang": "en_US", "tz": false}
			if e.series >= 19 {
				c["uid"] = e.user.id
			}
			return c, nil
		}},
		"res.users.has_group": {params: []string{"group_ext_id"}, required: 1, model: series < 19, reads: true, run: func(e *env, t *table, ids []int64, a map[string]any) (any, error) {
			u := e.user
			if len(ids) == 1 && e.users[ids[0]] != nil {
				u = e.users[ids[0]]
			}
			group, _ := a["group_ext_id"].(string)
			return u.all || u.groups[group], nil
		}},
	}
	done := method{params: []string{"feedback", "attachment_ids"}, run: func(e *env, t *table, ids []int64, _ map[string]any) (any, error) {
		if err := e.allow(t, 'w'); err != nil {
			return nil, err
		}
		return e.endActivities(ids)
	}}
	m["mail.activity.action_feedback"] = done
	done.params = nil
	m["mail.activity.action_done"] = done
	actions := map[string]func(*env, []int64) (any, error){
		"action_confirm": (*env).confirm, "action_cancel": (*env).cancel, "action_draft": (*env).draft, "action_unlock": (*env).unlock,
	}
	if series >= 17 {
		actions["action_lock"] = (*env).lock
	} else {
		actions["action_done"] = (*env).lock
	}
	if series >= 17 {
		m[".web_search_read"] = method{params: []string{"domain", "specification", "offset", "limit", "order", "count_limit"}, required: 2, model: true, reads: true, run: func(e *env, t *table, _ []int64, a map[string]any) (any, error) {
			return e.webSearchRead(t, a)
		}}
	}
	for name, run := range actions {
		m["sale.order."+name] = method{run: func(e *env, t *table, ids []int64, _ map[string]any) (any, error) {
			if err := e.allow(t, 'w'); err != nil {
				return nil, err
			}
			return run(e, ids)
		}}
	}
	maps.Copy(m, stockMethods(series))
	for name, run := range map[string]func(*env, []int64) (any, error){
		"account.move.action_post": (*env).postMoves, "account.move.button_draft": (*env).draftMoves, "account.move.button_cancel": (*env).cancelMoves,
		"account.move.line.reconcile": (*env).reconcile, "account.move.line.remove_move_reconcile": (*env).unreconcile,
		"account.payment.action_post": (*env).postPayments, "account.payment.action_draft": (*env).draftPayments, "account.payment.action_cancel": (*env).cancelPayments,
		"sale.advance.payment.inv.create_invoices": (*env).createInvoices,
	} {
		m[name] = method{run: func(e *env, t *table, ids []int64, _ map[string]any) (any, error) {
			if err := e.allow(t, 'w'); err != nil {
				return nil, err
			}
			return run(e, ids)
		}}
	}
	return m
}

func orderArg(a map[string]any) string {
	s, _ := a["order"].(string)
	return s
}

// plainLinks reports load=None, which asks for ids without names.
func plainLinks(a map[string]any) bool {
	v, given := a["load"]
	return given && v != "_classic_read"
}

// defaults answers default_get for fields that have one.
func (e *env) defaults(t *table, names []string) map[string]any {
	out := map[string]any{}
	for _, n := range names {
		f := t.model.field(n)
		if f == nil {
			continue
		}
		if f.Default != nil {
			out[n] = f.Default
		}
		if t.model.Name != "sale.order" {
			continue
		}
		switch {
		case n == "company_id":
			out[n] = 1
		case n == "date_order":
			out[n] = e.now()
		case n == "warehouse_id" && e.series < 19:
			out[n] = e.first("stock.warehouse")
		case n == "team_id" && e.series < 19:
			out[n] = e.first("crm.team")
		}
	}
	return out
}
