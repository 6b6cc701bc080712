package odootest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// fieldMark stands in a conversion's text for the field's label, which the caller knows.
const fieldMark = "\x00"

// conversion is a cell that cannot be converted.
type conversion struct {
	text      string
	more      any
	explained bool   // 19 adds the field's name to those that come with arguments
	below     string // the label of the sub-field, for one2many
	broken    bool   // the statement broke the transaction
}

func (c *conversion) Error() string { return strings.ReplaceAll(c.text, fieldMark, "field") }

func (c *conversion) path(label string) string {
	if c.below != "" {
		return label + "/" + c.below
	}
	return label
}

// convertAll converts the raw values of a record; what fails is logged and left out.
func (l *loading) convertAll(t *table, raw map[string]any, log func(*Field, error)) map[string]any {
	out := make(map[string]any, len(raw))
	for i := range t.model.Fields {
		f := &t.model.Fields[i]
		v, given := raw[f.Name]
		if !given || f.Name == "id" {
			continue
		}
		if falsy(v) {
			out[f.Name] = false
			continue
		}
		if list, ok := v.([]map[string]any); ok && len(list) == 0 {
			out[f.Name] = false
			continue
		}
		c, err := l.cell(t, f, v)
		if err != nil {
			log(f, err)
			continue
		}
		out[f.Name] = c
	}
	return out
}

// cell converts one value by the field's type.
func (l *loading) cell(t *table, f *Field, v any) (any, error) {
	switch f.Type {
	case Boolean:
		return l.boolean(v), nil
	case Integer:
		d, err := parseNumber(text(v))
		if err != nil || !d.IsInt() {
			return nil, &conversion{text: fmt.Sprintf("'%s' does not seem to be an integer for field '%s'", text(v), fieldMark), explained: true}
		}
		return d, nil
	case Float, Monetary:
		d, err := parseNumber(text(v))
		if err != nil {
			return nil, &conversion{text: fmt.Sprintf("'%s' does not seem to be a number for field '%s'", text(v), fieldMark), explained: true}
		}
		return d, nil
	case Date, Datetime:
		s, err := checkTime(text(v), f.Type == Datetime)
		if err != nil {
			kind, example := "date", "2012-12-31"
			if f.Type == Datetime {
				kind, example = "datetime", "2012-12-31 23:59:59"
			}
			return nil, &conversion{text: fmt.Sprintf("'%s' does not seem to be a valid %s for field '%s'", text(v), kind, fieldMark), more: "Use the format '" + example + "'", explained: true}
		}
		return s, nil
	case Selection:
		for _, o := range f.Selection {
			if strings.EqualFold(o[0], text(v)) || strings.EqualFold(o[1], text(v)) {
				return o[0], nil
			}
		}
		var labels []string
		for _, o := range f.Selection {
			labels = append(labels, o[1])
		}
		return nil, &conversion{text: fmt.Sprintf("Value '%s' not found in selection field '%s'", text(v), fieldMark), more: labels, explained: true}
	case JSON:
		var out any
		dec := json.NewDecoder(strings.NewReader(text(v)))
		dec.UseNumber()
		if s, ok := v.(string); !ok {
			return v, nil
		} else if err := dec.Decode(&out); err != nil {
			return nil, &conversion{text: fmt.Sprintf("'%s' does not seem to be a valid JSON for field '%s'", s, fieldMark), explained: true}
		}
		return out, nil
	case Many2One, Many2Many, One2Many:
		list, ok := v.([]map[string]any)
		if !ok {
			return nil, valueError("bad value")
		}
		if f.Type == One2Many {
			return l.subRecords(f, list)
		}
		return l.references(f, list[0])
	}
	return text(v), nil
}

func (l *loading) boolean(v any) bool {
	switch strings.ToLower(text(v)) {
	case "", "0", "false", "no":
		return false
	}
	return true
}

var referencing = []string{"", "id", ".id"}

// reference finds the one column that refers to an existing record.
func reference(values map[string]any) (string, error) {
	found := ""
	n := 0
	for k := range values {
		if !slices.Contains(referencing, k) {
			return "", &conversion{text: "Can not create Many-To-One records indirectly, import the field separately"}
		}
		found, n = k, n+1
	}
	if n > 1 {
		return "", &conversion{text: "Ambiguous specification for field '" + fieldMark + "', only provide one of name, external id or database id"}
	}
	return found, nil
}

// references converts a many2one's or many2many's cell.
func (l *loading) references(f *Field, values map[string]any) (any, error) {
	by, err := reference(values)
	if err != nil {
		return nil, err
	}
	if f.Type == Many2One {
		id, err := l.find(f, by, values[by])
		if err != nil || id == 0 {
			return false, err
		}
		return id, nil
	}
	if _, ok := values[by].(string); !ok {
		return nil, raise("builtins.AttributeError", "'int' object has no attribute 'split'")
	}
	var ids []int64
	for part := range strings.SplitSeq(text(values[by]), ",") {
		id, err := l.find(f, by, part)
		if err != nil {
			return nil, err
		}
		if id != 0 {
			ids = append(ids, id)
		}
	}
	return []any{[]any{int64(6), int64(0), ids}}, nil
}

// find looks a reference up by database id, External ID or name.
func (l *loading) find(f *Field, by string, v any) (int64, error) {
	other := l.env.table(f.Relation)
	kind := map[string]string{"": "name", "id": "external id", ".id": "database id"}[by]
	switch by {
	case ".id":
		if !l.boolean(v) {
			return 0, nil
		}
		id, err := parseID(v)
		if err != nil {
			return 0, &conversion{text: fmt.Sprintf("Invalid database id '%s' for the field '%s'", text(v), fieldMark), more: l.possible(f, by), explained: true, broken: true}
		}
		if other.rows[id] != nil {
			return id, nil
		}
	case "id":
		if !l.boolean(v) {
			return 0, nil
		}
		xid := qualify(text(v), l.module)
		if l.pending[xid] {
			l.flush()
		}
		// The server looks for a row of that id in the expected table, and only then at the model.
		if known := l.store.xids[xid]; known != nil && other.rows[known.res] != nil {
			if known.model != f.Relation {
				return 0, &conversion{text: fmt.Sprintf("Invalid external ID %s: expected model '%s', found '%s'", xid, f.Relation, known.model)}
			}
			return known.res, nil
		}
	default:
		if f.Relation == l.table.model.Name {
			l.flush()
		}
		found, err := l.nameSearch(other, text(v), nil, "=", 2)
		if err != nil {
			return 0, err
		}
		if len(found) > 0 {
			id, _ := found[0].([]any)[0].(int64)
			if len(found) > 1 {
				l.messages = append(l.messages, map[string]any{"type": "warning", "field": f.Name,
					"message": fmt.Sprintf("Found multiple matches for value %q in field %q (%d matches)", text(v), f.Label, len(found))})
			}
			return id, nil
		}
	}
	return 0, &conversion{text: fmt.Sprintf("No matching record found for %s '%s' in field '%s'", kind, text(v), fieldMark), more: l.possible(f, by), explained: true}
}

// possible is the action that shows the possible values.
func (l *loading) possible(f *Field, by string) map[string]any {
	mode := "list,form"
	if l.series < 19 {
		mode = "tree,form"
	}
	action := map[string]any{
		"name": "Possible Values", "type": "ir.actions.act_window", "target": "new", "view_mode": mode,
		"views": []any{[]any{false, "list"}, []any{false, "form"}}, "context": map[string]any{"create": false}, "help": "See all possible values",
	}
	if by == "" {
		action["res_model"] = f.Relation
	} else {
		action["res_model"], action["domain"] = "ir.model.data", []any{[]any{"model", "=", f.Relation}}
	}
	return action
}

// subRecords converts the rows of a one2many into commands; the first bad one refuses the field.
func (l *loading) subRecords(f *Field, list []map[string]any) (any, error) {
	other := l.env.table(f.Relation)
	if len(list) == 1 && !slices.ContainsFunc(keysOf(list[0]), func(k string) bool { return !slices.Contains(referencing, k) }) {
		by, err := reference(list[0])
		if err != nil {
			return nil, err
		}
		var split []map[string]any
		for part := range strings.SplitSeq(text(list[0][by]), ",") {
			split = append(split, map[string]any{by: part})
		}
		list = split
	}
	var commands []any
	for _, values := range list {
		refs, rest := map[string]any{}, map[string]any{}
		for k, v := range values {
			if slices.Contains(referencing, k) {
				refs[k] = v
			} else {
				rest[k] = v
			}
		}
		var failed error
		vals := l.convertAll(other, rest, func(sub *Field, err error) {
			if failed == nil {
				failed = err
				if c := (*conversion)(nil); errors.As(err, &c) {
					c.below = c.path(sub.Label)
				}
			}
		})
		if failed != nil {
			return nil, failed
		}
		var id int64
		if len(refs) > 0 {
			by, err := reference(refs)
			if err != nil {
				return nil, err
			}
			if id, err = l.find(f, by, refs[by]); err != nil {
				if by != "id" {
					return nil, err
				}
				vals["id"] = refs["id"]
			}
		}
		if id != 0 {
			commands = append(commands, []any{int64(4), id, false}, []any{int64(1), id, vals})
		} else {
			commands = append(commands, []any{int64(0), int64(0), vals})
		}
	}
	return commands, nil
}

func keysOf(m map[string]any) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}
