package odootest

import (
	"cmp"
	"slices"
	"strings"
)

// dataModel is ir.model.data, which shows the External IDs as records.
func dataModel(series int) *Model {
	m := &Model{Name: "ir.model.data", Description: "Model Data", Fields: []Field{
		{Name: "name", Label: "External Identifier", Type: Char, Required: true}, {Name: "module", Type: Char, Required: true},
		{Name: "model", Label: "Model Name", Type: Char, Required: true}, {Name: "res_id", Label: "Record ID", Type: Integer}, {Name: "noupdate", Label: "Non Updatable", Type: Boolean},
		{Name: "complete_name", Label: "Complete ID", Type: Char, compute: func(_ *env, t *table, r *record) any { return t.str(r, "module") + "." + t.str(r, "name") }},
	}}
	m.Access = map[string]string{"base.group_erp_manager": "rwcu"}
	if series < 19 {
		m.Access["base.group_user"] = "rc"
	}
	m.prepare(series)
	return m
}

// dataTable builds the table that a call on ir.model.data sees.
func (e *env) dataTable() *table {
	t := newTable(e.table("ir.model.data").model)
	for name, x := range e.store.xids {
		module, rest, _ := strings.Cut(name, ".")
		r := &record{id: x.id, v: make([]any, len(t.model.Fields))}
		for field, v := range map[string]any{"name": rest, "module": module, "model": x.model, "res_id": x.res, "noupdate": x.noupdate} {
			r.v[t.model.field(field).index] = v
		}
		t.rows[x.id] = r
		t.ids = append(t.ids, x.id)
	}
	slices.SortFunc(t.ids, cmp.Compare)
	return t
}

// dataMethods read ir.model.data and create in it; what is there nothing changes but load.
func dataMethods(standard map[string]method) map[string]method {
	out := map[string]method{}
	for _, name := range []string{"search", "search_count", "search_read", "read"} {
		m := standard["."+name]
		run := m.run
		m.run = func(e *env, _ *table, ids []int64, a map[string]any) (any, error) {
			return run(e, e.dataTable(), ids, a)
		}
		out["ir.model.data."+name] = m
	}
	create := standard[".create"]
	create.run = func(e *env, t *table, _ []int64, a map[string]any) (any, error) {
		if err := e.allow(t, 'c'); err != nil {
			return nil, err
		}
		one, single := a["vals_list"].(map[string]any)
		list := []any{one}
		if !single {
			list, _ = a["vals_list"].([]any)
		}
		ids := make([]int64, len(list))
		for i, raw := range list {
			vals, _ := raw.(map[string]any)
			id, err := e.name(t, vals)
			if err != nil {
				return nil, err
			}
			ids[i] = id
		}
		if single {
			return ids[0], nil
		}
		return ids, nil
	}
	out["ir.model.data.create"] = create
	for _, name := range []string{"write", "unlink", "load"} {
		m := standard["."+name]
		m.run = func(e *env, t *table, _ []int64, _ map[string]any) (any, error) {
			if err := e.allow(t, map[string]rune{"load": 'c', "write": 'w', "unlink": 'u'}[name]); err != nil {
				return nil, err
			}
			return nil, userError("odootest: External IDs are changed by load alone")
		}
		out["ir.model.data."+name] = m
	}
	return out
}

// name gives a record an External ID that nothing has yet.
func (e *env) name(t *table, vals map[string]any) (int64, error) {
	if err := e.known(t, vals); err != nil {
		return 0, err
	}
	for i := range t.model.Fields {
		if f := &t.model.Fields[i]; f.Required && falsy(vals[f.Name]) {
			return 0, &integrity{kind: "null", table: t, field: f.Name}
		}
	}
	name := text(vals["module"]) + "." + text(vals["name"])
	if e.store.xids[name] != nil {
		return 0, userError("odootest: the External ID %s is taken; load moves it", name)
	}
	res, _ := integer(vals["res_id"])
	e.store.xidSeq++
	e.tx.setXID(name, &externalID{id: e.store.xidSeq, model: text(vals["model"]), res: res, noupdate: !falsy(vals["noupdate"])})
	return e.store.xidSeq, nil
}
