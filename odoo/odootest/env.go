package odootest

import (
	"slices"
	"strings"
	"time"
)

// env is what one call runs in: its transaction, user and context.
type env struct {
	*Server
	tx   *transaction
	user *user
	su   bool // past access rights, as Odoo's own code often is
	ctx  map[string]any

	began time.Time // when the transaction did, once somebody asked
	dirty []int64   // sale orders whose amounts are to be computed
	moves []int64   // invoices whose amounts are to be computed
	recut []int64   // those of them whose written lines changed
	sold  []int64   // lines of orders whose invoiced quantity is to be computed
	depth int       // of nested creates and writes
}

func (e *env) table(model string) *table { return e.store.tables[model] }

// existing returns the table of a model and its records of the ids, or a MissingError.
func (e *env) existing(model string, ids []int64) (*table, []*record, error) {
	t := e.table(model)
	rows := make([]*record, len(ids))
	for i, id := range ids {
		if rows[i] = t.rows[id]; rows[i] == nil {
			return nil, nil, missing(model, id, e.user.id)
		}
	}
	return t, rows, nil
}

// start is when the transaction began, which is the time of everything in it.
func (e *env) start() time.Time {
	if e.began.IsZero() {
		e.began = e.clock().UTC()
	}
	return e.began
}

// now is the time as dates of documents hold it: to the second.
func (e *env) now() string { return e.start().Format(datetimeLayout) }

// stampTime is the time as create_date and write_date hold it. Reads do not show the microseconds; order, and before 19
// domains, see them.
func (e *env) stampTime() string { return e.start().Format(datetimeLayout + ".999999") }

// flag reads a context key as Python's truth.
func (e *env) flag(key string) bool { return !falsy(e.ctx[key]) }

// activeTest is on unless the context says false.
func (e *env) activeTest() bool {
	v, set := e.ctx["active_test"]
	return !set || !falsy(v)
}

// company is the one company's record.
func (e *env) company() *record { return e.table("res.company").rows[1] }

// str reads a char field, "" when empty.
func (t *table) str(r *record, name string) string {
	s, _ := r.get(t.model.field(name)).(string)
	return s
}

// ref reads a many2one, 0 when empty.
func (t *table) ref(r *record, name string) int64 {
	id, _ := r.get(t.model.field(name)).(int64)
	return id
}

func (t *table) truth(r *record, name string) bool {
	b, _ := r.get(t.model.field(name)).(bool)
	return b
}

func (t *table) list(r *record, name string) []int64 {
	ids, _ := r.get(t.model.field(name)).([]int64)
	return ids
}

// children are the ids that a one2many reads.
func (e *env) children(f *Field, id int64) []int64 {
	t := e.table(f.Relation)
	if t == nil {
		return nil
	}
	inverse := t.model.field(f.Inverse)
	if inverse == nil {
		return nil
	}
	ids := t.by(inverse, id)
	if seq := t.model.field("sequence"); seq != nil && len(ids) > 1 {
		ids = slices.Clone(ids)
		slices.SortStableFunc(ids, func(a, b int64) int {
			x, _ := t.rows[a].get(seq).(int64)
			y, _ := t.rows[b].get(seq).(int64)
			return int(x - y)
		})
	}
	if active := t.model.field("active"); active != nil && e.activeTest() {
		ids = slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return t.rows[id].get(active) == false })
	}
	return ids
}

// value is what a record holds or computes for a field.
func (e *env) value(t *table, r *record, f *Field) any {
	switch {
	case f.Name == "id":
		return r.id
	case f.compute != nil:
		return f.compute(e, t, r)
	case f.related != "":
		hop, rest, _ := strings.Cut(f.related, ".")
		via := t.model.field(hop)
		if via == nil {
			return nil
		}
		other := e.table(via.Relation)
		id, _ := r.get(via).(int64)
		if other == nil || other.rows[id] == nil || other.model.field(rest) == nil {
			return nil
		}
		return e.value(other, other.rows[id], other.model.field(rest))
	case f.Type == One2Many:
		return e.children(f, r.id)
	}
	return r.get(f)
}

// displayName is what a many2one shows for the record.
func (e *env) displayName(t *table, r *record) string {
	if t.model.display != nil {
		return t.model.display(e, t, r)
	}
	if t.model.field(t.model.NameField) == nil {
		return t.model.Name + "," + itoa(r.id)
	}
	return t.str(r, t.model.NameField)
}

// named is the [id, name] of a many2one, or false.
func (e *env) named(model string, id int64) any {
	t := e.table(model)
	if id == 0 {
		return false
	}
	if t == nil || t.rows[id] == nil {
		return []any{id, ""}
	}
	return []any{id, e.displayName(t, t.rows[id])}
}

func defaultClock() time.Time { return time.Now() }
