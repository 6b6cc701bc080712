package odootest

import "slices"

// add inserts a record that the server itself makes, past rights, checks and hooks. The values are as
// records hold them; fields that this series lacks are left out.
func (e *env) add(t *table, vals map[string]any) *record {
	t.last++
	r := &record{id: t.last, v: e.blank(t)}
	for name, v := range vals {
		if f := t.model.field(name); f != nil {
			r.v[f.index] = v
		}
	}
	e.stamp(t, r, "create")
	e.stamp(t, r, "write")
	e.tx.insert(t, r)
	return r
}

// blank is the values of a record of which nothing is said.
func (e *env) blank(t *table) []any {
	if len(t.blank) != len(t.model.Fields) {
		t.blank = make([]any, len(t.model.Fields))
		for i := range t.model.Fields {
			if f := &t.model.Fields[i]; f.stored() && f.Name != "id" {
				t.blank[i], _ = e.convert(t, f, plainValue(f.Default))
			}
		}
	}
	return slices.Clone(t.blank)
}

// set changes values as records hold them, past rights, checks and hooks. The record counts as written
// even if it is left as it was.
func (e *env) set(t *table, r *record, vals map[string]any) {
	for name, v := range vals {
		if f := t.model.field(name); f != nil {
			e.tx.set(t, r, f.index, v)
		}
	}
	e.tx.set(t, r, t.model.field("write_date").index, e.stampTime())
	e.tx.set(t, r, t.model.field("write_uid").index, e.user.id)
}
