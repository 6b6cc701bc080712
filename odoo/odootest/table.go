package odootest

import "slices"

// record is one row; v holds the values by the field's index. A value is nil (SQL's NULL), a string,
// a bool, an int64 (integers and many2one), a decimal.Decimal, an []int64 (many2many) or decoded JSON.
type record struct {
	id int64
	v  []any
}

func (r *record) get(f *Field) any {
	if f == nil || f.index >= len(r.v) {
		return nil
	}
	return r.v[f.index]
}

// table holds a model's records.
type table struct {
	model *Model
	rows  map[int64]*record
	ids   []int64 // ascending
	last  int64   // the last id given out; never taken back
	index map[int]map[any][]int64
	blank []any // the values of a record of which nothing is said
}

func newTable(m *Model) *table {
	t := &table{model: m, rows: map[int64]*record{}, index: map[int]map[any][]int64{}}
	t.reindex()
	return t
}

// reindex builds the indexes anew, after Define changed the fields.
func (t *table) reindex() {
	clear(t.index)
	for i := range t.model.Fields {
		if f := &t.model.Fields[i]; f.Indexed && f.stored() {
			t.index[i] = map[any][]int64{}
			for _, id := range t.ids {
				t.link(i, t.rows[id].v[i], id)
			}
		}
	}
}

func (t *table) link(field int, value any, id int64) {
	if ix, ok := t.index[field]; ok && value != nil {
		ids := ix[value]
		at, found := slices.BinarySearch(ids, id)
		if !found {
			ix[value] = slices.Insert(ids, at, id)
		}
	}
}

func (t *table) unlink(field int, value any, id int64) {
	ix, ok := t.index[field]
	if !ok || value == nil {
		return
	}
	ids := ix[value]
	if at, found := slices.BinarySearch(ids, id); found {
		if ids = slices.Delete(ids, at, at+1); len(ids) == 0 {
			delete(ix, value)
		} else {
			ix[value] = ids
		}
	}
}

// by returns the ids whose indexed field has the value, ascending; the caller must not keep them.
func (t *table) by(f *Field, value any) []int64 { return t.index[f.index][value] }

func (t *table) insert(r *record) {
	t.rows[r.id] = r
	if n := len(t.ids); n == 0 || t.ids[n-1] < r.id {
		t.ids = append(t.ids, r.id)
	} else if at, found := slices.BinarySearch(t.ids, r.id); !found {
		t.ids = slices.Insert(t.ids, at, r.id)
	}
	for i := range t.index {
		t.link(i, r.v[i], r.id)
	}
}

func (t *table) remove(r *record) {
	delete(t.rows, r.id)
	if len(t.ids) > 0 && t.ids[0] == r.id {
		t.ids = t.ids[1:]
	} else if at, found := slices.BinarySearch(t.ids, r.id); found {
		t.ids = slices.Delete(t.ids, at, at+1)
	}
	for i := range t.index {
		t.unlink(i, r.v[i], r.id)
	}
}

func (t *table) set(r *record, field int, value any) {
	if _, ok := t.index[field]; ok {
		t.unlink(field, r.v[field], r.id)
		t.link(field, value, r.id)
	}
	r.v[field] = value
}
