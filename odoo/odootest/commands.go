package odootest

import "slices"

// apply runs x2many commands, or takes a list of ids as the new content.
func (e *env) apply(t *table, r *record, f *Field, raw any) error {
	list, _ := raw.([]any)
	if ids, ok := raw.([]int64); ok {
		list = []any{[]any{int64(6), int64(0), ids}}
	}
	plain := len(list) > 0
	for _, c := range list {
		if _, isCommand := c.([]any); isCommand {
			plain = false
		}
	}
	if plain {
		ids, ok := integers(list)
		if !ok {
			return valueError("Wrong value for %s.%s: %s", t.model.Name, f.Name, quote(raw))
		}
		list = []any{[]any{int64(6), int64(0), ids}}
	}
	if falsy(raw) && f.Type == Many2Many {
		list = []any{[]any{int64(5)}}
	}
	for _, c := range list {
		command, _ := c.([]any)
		if len(command) == 0 {
			return valueError("Wrong value for %s.%s: %s", t.model.Name, f.Name, quote(raw))
		}
		op, _ := integer(command[0])
		var id int64
		if len(command) > 1 {
			id, _ = integer(command[1])
		}
		var arg any
		if len(command) > 2 {
			arg = command[2]
		}
		if err := e.command(t, r, f, op, id, arg); err != nil {
			return err
		}
	}
	return nil
}

func (e *env) command(t *table, r *record, f *Field, op, id int64, arg any) error {
	other := e.table(f.Relation)
	if other == nil {
		return valueError("Model %s does not exist", quote(f.Relation))
	}
	vals, _ := arg.(map[string]any)
	switch op {
	case 0:
		vals = cloneMap(vals)
		if f.Type == One2Many {
			vals[f.Inverse] = r.id
		}
		ids, err := e.create(other, []map[string]any{vals})
		if err != nil || f.Type == One2Many {
			return err
		}
		return e.link(t, r, f, append(slices.Clone(e.linked(t, r, f)), ids...))
	case 1:
		return e.write(other, []int64{id}, vals)
	case 2:
		if f.Type == Many2Many {
			if err := e.command(t, r, f, 3, id, nil); err != nil {
				return err
			}
		}
		return e.unlink(other, []int64{id})
	}
	if f.Type == One2Many {
		return e.commandMany(t, r, f, other, op, id, arg)
	}
	now := slices.Clone(e.linked(t, r, f))
	switch op {
	case 3:
		now = slices.DeleteFunc(now, func(x int64) bool { return x == id })
	case 4:
		if !slices.Contains(now, id) {
			now = append(now, id)
		}
	case 5:
		now = nil
	case 6:
		now, _ = integers(arg)
	default:
		return valueError("Wrong value for %s.%s", t.model.Name, f.Name)
	}
	return e.link(t, r, f, now)
}

// commandMany moves or detaches the records of a one2many.
func (e *env) commandMany(t *table, r *record, f *Field, other *table, op, id int64, arg any) error {
	inverse := other.model.field(f.Inverse)
	detach := func(id int64) error {
		if inverse.Required {
			return e.unlink(other, []int64{id})
		}
		return e.write(other, []int64{id}, map[string]any{f.Inverse: nil})
	}
	switch op {
	case 3:
		return detach(id)
	case 4:
		if row := other.rows[id]; row != nil && row.get(inverse) == r.id {
			return nil
		}
		return e.write(other, []int64{id}, map[string]any{f.Inverse: r.id})
	case 5, 6:
		var keep []int64
		if op == 6 {
			keep, _ = integers(arg)
		}
		for _, child := range slices.Clone(other.by(inverse, r.id)) {
			if op == 5 || !slices.Contains(keep, child) {
				if err := detach(child); err != nil {
					return err
				}
			}
		}
		for _, child := range keep {
			if err := e.commandMany(t, r, f, other, 4, child, nil); err != nil {
				return err
			}
		}
		return nil
	}
	return valueError("Wrong value for %s.%s", t.model.Name, f.Name)
}

// link sets a many2many; ids are kept once each and in ascending order, as reads give them.
func (e *env) link(t *table, r *record, f *Field, ids []int64) error {
	other := e.table(f.Relation)
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	for _, id := range ids {
		if other.rows[id] == nil {
			return &integrity{kind: "fk", table: t, field: f.Name}
		}
	}
	old := e.linked(t, r, f)
	e.tx.set(t, r, f.index, ids)
	if f.mirror != "" {
		e.mirror(other, f, r.id, old, ids)
	}
	return nil
}

// mirror makes the other model say of a many2many what this one does.
func (e *env) mirror(other *table, f *Field, id int64, old, now []int64) {
	back := other.model.field(f.mirror)
	for _, x := range old {
		if row := other.rows[x]; row != nil && !slices.Contains(now, x) {
			left := slices.DeleteFunc(slices.Clone(other.list(row, f.mirror)), func(y int64) bool { return y == id })
			e.tx.set(other, row, back.index, left)
			e.relinked(f, id, x)
		}
	}
	for _, x := range now {
		if row := other.rows[x]; !slices.Contains(old, x) {
			more := append(slices.Clone(other.list(row, f.mirror)), id)
			slices.Sort(more)
			e.tx.set(other, row, back.index, slices.Compact(more))
			e.relinked(f, id, x)
		}
	}
}
