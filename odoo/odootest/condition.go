package odootest

import (
	"slices"
	"strings"
	"time"
)

// scalarLeaf compiles a condition on a field that links nowhere.
func (e *env) scalarLeaf(t *table, f *Field, op string, value any) (predicate, []int64, bool, error) {
	read := func(r *record) any { return e.value(t, r, f) }
	if f.Type == Datetime && e.series >= 19 { // before, the microseconds of create_date and write_date count
		read = func(r *record) any { return toTheSecond(e.value(t, r, f)) }
	}
	switch op {
	case "in", "not in":
		list, ok := value.([]any)
		if !ok {
			list = []any{value}
		}
		keys := make(map[any]bool, len(list))
		var ids []int64
		_, indexed := t.index[f.index]
		cut := op == "in" && (indexed || f.Name == "id")
		for _, x := range list {
			k := key(f, x)
			keys[k] = true
			if id, isID := k.(int64); isID && f.Name == "id" {
				ids = append(ids, id)
			} else if k == nil {
				cut = false
			} else if indexed {
				ids = append(ids, t.by(f, k)...)
			}
		}
		return func(r *record) bool { return keys[key(f, read(r))] == (op == "in") }, ids, cut, nil
	case "=", "!=":
		want := key(f, value)
		var ids []int64
		_, indexed := t.index[f.index]
		cut := op == "=" && want != nil && (indexed || f.Name == "id")
		if n, isID := want.(int64); isID && f.Name == "id" {
			ids = []int64{n}
		} else if cut && indexed {
			ids = t.by(f, want)
		}
		return func(r *record) bool { return (key(f, read(r)) == want) == (op == "=") }, slices.Clone(ids), cut, nil
	case ">", ">=", "<", "<=":
		return func(r *record) bool {
			c, ok := order(f, read(r), value)
			return ok && compared(op, c)
		}, nil, false, nil
	}
	negative := strings.HasPrefix(op, "not ")
	pattern := text(value)
	positive := strings.TrimPrefix(op, "not ")
	return func(r *record) bool {
		s, ok := read(r).(string)
		if !ok {
			if x := read(r); x != nil && f.Type != Char {
				s, ok = text(x), true
			}
		}
		if !ok {
			return negative
		}
		return matchText(s, positive, pattern) != negative
	}, nil, false, nil
}

// toTheSecond is a time without its microseconds.
func toTheSecond(v any) any {
	if s, ok := v.(string); ok {
		return s[:min(len(s), len(datetimeLayout))]
	}
	return v
}

// key makes values comparable: nil for everything empty, decimals without their trailing zeros.
func key(f *Field, v any) any {
	switch f.Type {
	case Boolean:
		return !falsy(v)
	case Integer:
		n, ok := integer(v)
		if !ok {
			return text(v)
		}
		if n == 0 && f.Name != "id" {
			return int64(0)
		}
		return n
	case Float, Monetary:
		d, err := number(v, 0)
		if err != nil {
			return text(v)
		}
		return d.Trim(0)
	case JSON, Many2Many, One2Many:
		return nil
	}
	if v == nil || v == false {
		return nil
	}
	if s, ok := v.(string); ok {
		if f.Type == Datetime && len(s) == len(dateLayout) {
			return s + " 00:00:00"
		}
		return s
	}
	return text(v)
}

// order compares a stored value with one of a domain; false where they have no order.
func order(f *Field, a, b any) (int, bool) {
	switch f.Type {
	case Integer, Float, Monetary, Boolean:
		x, err1 := number(a, 0)
		y, err2 := number(b, 0)
		return x.Cmp(y), err1 == nil && err2 == nil
	}
	s, ok1 := a.(string)
	u, ok2 := b.(string)
	if f.Type == Datetime && len(u) == len(dateLayout) {
		if _, err := time.Parse(dateLayout, u); err == nil {
			u += " 00:00:00"
		}
	}
	return strings.Compare(s, u), ok1 && ok2
}

func compared(op string, c int) bool {
	switch op {
	case ">":
		return c > 0
	case ">=":
		return c >= 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	}
	return c == 0
}

// matchText is SQL's like: contained for like and ilike, the whole for =like and =ilike.
func matchText(s, op, pattern string) bool {
	switch op {
	case "=":
		return s == pattern
	case "ilike", "=ilike":
		s, pattern = strings.ToLower(s), strings.ToLower(pattern)
	}
	if !strings.HasPrefix(op, "=") {
		pattern = "%" + pattern + "%"
	}
	return like([]rune(s), []rune(pattern))
}

// like matches % and _ with an iterative walk, so that no pattern can make it slow.
func like(s, p []rune) bool {
	i, j, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case j < len(p) && p[j] == '%':
			star, mark = j, i
			j++
		case escaped(p, j) && p[j+1] == s[i]:
			i, j = i+1, j+2
		case j < len(p) && !escaped(p, j) && (p[j] == '_' || p[j] == s[i]):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = mark, star+1
		default:
			return false
		}
	}
	for j < len(p) && p[j] == '%' {
		j++
	}
	return j == len(p)
}

// escaped reports whether a backslash takes the meaning from the sign after it.
func escaped(p []rune, j int) bool { return j+1 < len(p) && p[j] == '\\' }

// hierarchy matches a record below (child_of) or above (parent_of) the given ones.
func (e *env) hierarchy(t *table, f *Field, op string, value any) predicate {
	other := t
	parent := t.model.field(t.model.Parent)
	// A link to the model itself is the hierarchy: the record is looked at, not what it links to.
	own := f.Name == "id" || f.Relation == t.model.Name
	if own && f.Name != "id" {
		parent = f
	}
	if !own {
		other = e.table(f.Relation)
		parent = other.model.field(other.model.Parent)
	}
	roots, _ := integers(value)
	above := func(id int64) []int64 {
		chain := []int64{id}
		for r := other.rows[id]; r != nil && parent != nil && len(chain) < 100; r = other.rows[id] {
			if id, _ = r.get(parent).(int64); id == 0 {
				break
			}
			chain = append(chain, id)
		}
		return chain
	}
	set := map[int64]bool{}
	if op == "parent_of" {
		for _, id := range roots {
			for _, a := range above(id) {
				set[a] = true
			}
		}
	}
	hit := func(id int64) bool {
		if op == "parent_of" {
			return set[id]
		}
		return slices.ContainsFunc(above(id), func(a int64) bool { return slices.Contains(roots, a) })
	}
	return func(r *record) bool {
		if own {
			return hit(r.id)
		}
		return slices.ContainsFunc(e.linked(t, r, f), hit)
	}
}
