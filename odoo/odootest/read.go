package odootest

import (
	"encoding/json"
	"slices"

	"github.com/govalues/decimal"
)

// read returns the records' values in the shapes of the API; vanished ids are left out.
func (e *env) read(t *table, ids []int64, names []string, plain bool) ([]any, error) {
	fields := make([]*Field, 0, len(names)+1)
	fields = append(fields, t.model.field("id"))
	if len(names) == 0 {
		for i := range t.model.Fields {
			if t.model.Fields[i].Name != "id" {
				fields = append(fields, &t.model.Fields[i])
			}
		}
	}
	for _, n := range names {
		f := t.model.field(n)
		if f == nil {
			if e.series < 19 {
				return nil, valueError("Invalid field %s on model %s", quote(n), quote(t.model.Name))
			}
			return nil, valueError("Invalid field %s on %s", quote(n), quote(t.model.Name))
		}
		if n != "id" {
			fields = append(fields, f)
		}
	}
	out := make([]any, 0, len(ids))
	for _, id := range ids {
		r := t.rows[id]
		if r == nil {
			continue
		}
		row := make(map[string]any, len(fields))
		for _, f := range fields {
			row[f.Name] = e.shown(t, r, f, plain)
		}
		out = append(out, row)
	}
	return out, nil
}

// shown is a value as read gives it: false for what is empty, [id, name] for a many2one.
func (e *env) shown(t *table, r *record, f *Field, plain bool) any {
	v := e.value(t, r, f)
	switch f.Type {
	case Many2One:
		id, _ := v.(int64)
		if plain && id != 0 {
			return id
		}
		return e.named(f.Relation, id)
	case One2Many, Many2Many:
		ids, _ := v.([]int64)
		if ids == nil {
			return []int64{}
		}
		return ids
	case Integer:
		if v == nil {
			return 0
		}
	case Float, Monetary:
		d, _ := v.(decimal.Decimal)
		return json.Number(pythonFloat(d))
	case Boolean:
		return v == true
	case Datetime:
		v = toTheSecond(v)
	}
	if v == nil {
		return false
	}
	return v
}

// fieldsGet describes fields.
func (e *env) fieldsGet(t *table, names, attributes []string) map[string]any {
	out := map[string]any{}
	for i := range t.model.Fields {
		f := &t.model.Fields[i]
		if len(names) > 0 && !slices.Contains(names, f.Name) {
			continue
		}
		d := map[string]any{
			"type": string(f.Type), "string": f.Label, "required": f.Required, "store": f.stored() || f.Type == One2Many,
			"readonly": f.ReadOnly || (f.compute != nil && f.inverse == nil) || f.related != "", "searchable": true, "sortable": f.stored(),
			"company_dependent": false, "manual": false, "change_default": false, "depends": []any{},
		}
		if e.series >= 19 {
			d["name"] = f.Name
		}
		if f.Relation != "" {
			d["relation"] = f.Relation
			d["domain"], d["context"] = []any{}, map[string]any{}
		}
		if f.Inverse != "" {
			d["relation_field"] = f.Inverse
		}
		if len(f.Selection) > 0 {
			d["selection"] = f.Selection
		}
		if f.Type == Float {
			d["digits"] = false
			if f.Digits > 0 {
				d["digits"] = []int{16, f.Digits}
			}
		}
		if f.Type == Monetary {
			d["currency_field"] = "currency_id"
		}
		if len(attributes) > 0 {
			for k := range d {
				if !slices.Contains(attributes, k) {
					delete(d, k)
				}
			}
		}
		out[f.Name] = d
	}
	return out
}

// nameSearch finds records by what they are shown as.
func (e *env) nameSearch(t *table, name string, rawDomain any, operator string, limit int) ([]any, error) {
	ids, err := e.search(t, rawDomain, "", 0, 0)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, id := range ids {
		shown := e.displayName(t, t.rows[id])
		if name != "" && !matchText(shown, operator, name) && !matchText(t.str(t.rows[id], t.model.NameField), operator, name) &&
			!(t.model.field("default_code") != nil && matchText(t.str(t.rows[id], "default_code"), operator, name)) {
			continue
		}
		if out = append(out, []any{id, shown}); limit > 0 && len(out) == limit {
			break
		}
	}
	return out, nil
}

// externalIDs answers get_external_id: "" for a record without one.
func (e *env) externalIDs(model string, ids []int64) map[string]any {
	out := map[string]any{}
	for _, id := range ids {
		out[itoa(id)] = ""
		if names := e.store.names[target{model, id}]; len(names) > 0 {
			out[itoa(id)] = names[0]
		}
	}
	return out
}
