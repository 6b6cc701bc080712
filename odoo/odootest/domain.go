package odootest

import (
	"slices"
	"strings"
	"time"
)

// predicate says whether a record matches.
type predicate func(*record) bool

// domain is a parsed domain: the predicate and, where the domain asks for certain ids or indexed
// values at its top, the only candidates.
type domain struct {
	match      predicate
	candidates []int64
	narrowed   bool
	after      int64 // ids up to it cannot match
	active     bool  // the domain itself speaks of the field active
}

// parseDomain compiles a domain in prefix notation. Terms that no operator joins are and-ed.
func (e *env) parseDomain(t *table, raw any) (*domain, error) {
	list, ok := raw.([]any)
	if !ok {
		if falsy(raw) {
			return &domain{match: func(*record) bool { return true }}, nil
		}
		return nil, e.malformed(raw)
	}
	d := &domain{}
	type operand struct {
		p   predicate
		ids []int64
		cut bool
	}
	var stack []operand
	alone := !slices.ContainsFunc(list, func(x any) bool { return x == "|" || x == "!" })
	for i := len(list) - 1; i >= 0; i-- {
		switch term := list[i].(type) {
		case string:
			need := 2
			if term == "!" {
				need = 1
			}
			if (term != "&" && term != "|" && term != "!") || len(stack) < need {
				return nil, e.malformed(raw)
			}
			a := stack[len(stack)-1]
			if need == 1 {
				stack[len(stack)-1] = operand{p: func(r *record) bool { return !a.p(r) }}
				continue
			}
			b := stack[len(stack)-2]
			stack = stack[:len(stack)-1]
			joined := operand{p: func(r *record) bool { return a.p(r) || b.p(r) }}
			if term == "&" {
				joined.p = func(r *record) bool { return a.p(r) && b.p(r) }
				if a.cut {
					joined.ids, joined.cut = a.ids, true
				} else if b.cut {
					joined.ids, joined.cut = b.ids, true
				}
			}
			stack[len(stack)-1] = joined
		case []any:
			if len(term) != 3 {
				return nil, e.malformed(raw)
			}
			p, ids, cut, err := e.leaf(t, term)
			if err != nil {
				return nil, err
			}
			path := term[0]
			if path == "active" {
				d.active = true
			}
			if path == "id" && term[1] == ">" && alone {
				if n, ok := integer(term[2]); ok && n > d.after {
					d.after = n
				}
			}
			stack = append(stack, operand{p, ids, cut})
		default:
			return nil, e.malformed(raw)
		}
	}
	d.match = func(r *record) bool {
		for i := len(stack) - 1; i >= 0; i-- {
			if !stack[i].p(r) {
				return false
			}
		}
		return true
	}
	for _, o := range stack {
		if o.cut && (!d.narrowed || len(o.ids) < len(d.candidates)) {
			d.candidates, d.narrowed = o.ids, true
		}
	}
	return d, nil
}

func (e *env) malformed(raw any) error {
	if e.series < 19 {
		return raise("builtins.AssertionError", "This domain is syntactically not correct: %s", quote(raw))
	}
	return valueError("Domain() malformed domain %s", quote(raw))
}

// leafError is a leaf that names no field or no operator.
func (e *env) leafError(what string, term []any) error {
	shown := "(" + quote(term[0]) + ", " + quote(term[1]) + ", " + quote(term[2]) + ")"
	switch {
	case what == "" && e.series < 19:
		return valueError("Invalid leaf %s", shown)
	case what == "":
		return valueError("Invalid operator in condition %s", shown)
	case e.series < 19:
		return valueError("Invalid field %s in leaf %s", what, shown)
	}
	return valueError("Invalid field %s in condition %s", what, shown)
}

var operators = []string{"=", "!=", "<>", ">", ">=", "<", "<=", "in", "not in", "like", "not like",
	"ilike", "not ilike", "=like", "=ilike", "=?", "child_of", "parent_of"}

// leaf compiles one condition; it also returns the only ids that can match where an index knows them.
func (e *env) leaf(t *table, term []any) (p predicate, ids []int64, cut bool, err error) {
	path, ok := term[0].(string)
	if n, isNumber := integer(term[0]); !ok && isNumber { // (1, '=', 1) and (0, '=', 1)
		m, _ := integer(term[2])
		return func(*record) bool { return n == m }, nil, false, nil
	}
	op, _ := term[1].(string)
	if !ok || !slices.Contains(operators, op) {
		return nil, nil, false, e.leafError("", term)
	}
	head, rest, dotted := strings.Cut(path, ".")
	f := t.model.field(head)
	if f == nil {
		return nil, nil, false, e.leafError(t.model.Name+"."+head, term)
	}
	if dotted && f.relational() {
		other := e.table(f.Relation)
		if other == nil {
			return nil, nil, false, e.leafError(t.model.Name+"."+path, term)
		}
		sub, _, _, err := e.leaf(other, []any{rest, term[1], term[2]})
		if err != nil {
			return nil, nil, false, err
		}
		return func(r *record) bool {
			return slices.ContainsFunc(e.linked(t, r, f), func(id int64) bool { return other.rows[id] != nil && sub(other.rows[id]) })
		}, nil, false, nil
	}
	if dotted {
		return nil, nil, false, e.leafError(t.model.Name+"."+path, term)
	}
	value := term[2]
	if op == "<>" {
		op = "!="
	}
	if op == "=?" {
		if falsy(value) {
			return func(*record) bool { return true }, nil, false, nil
		}
		op = "="
	}
	if op == "child_of" || op == "parent_of" {
		return e.hierarchy(t, f, op, value), nil, false, nil
	}
	if f.relational() {
		return e.relationLeaf(t, f, op, value, term)
	}
	return e.scalarLeaf(t, f, op, value)
}

// linked are the records that a relational field leads to.
func (e *env) linked(t *table, r *record, f *Field) []int64 {
	switch v := e.value(t, r, f).(type) {
	case int64:
		return []int64{v}
	case []int64:
		return v
	}
	return nil
}

func (e *env) relationLeaf(t *table, f *Field, op string, value any, term []any) (predicate, []int64, bool, error) {
	negative := op == "!=" || strings.HasPrefix(op, "not ")
	var wanted []int64
	empty := false
	switch v := value.(type) {
	case string:
		other := e.table(f.Relation)
		nameOp := map[string]string{"!=": "=", "not in": "=", "in": "=", "not like": "like", "not ilike": "ilike"}[op]
		if nameOp == "" {
			nameOp = op
		}
		for _, id := range other.ids {
			if matchText(e.displayName(other, other.rows[id]), nameOp, v) {
				wanted = append(wanted, id)
			}
		}
	case []any:
		for _, x := range v {
			if falsy(x) {
				empty = true
			} else if n, ok := integer(x); ok {
				wanted = append(wanted, n)
			}
		}
	case bool, nil:
		empty = falsy(v)
		if v == true {
			negative, empty = !negative, true
		}
	default:
		n, ok := integer(v)
		if !ok {
			return nil, nil, false, e.leafError("", term)
		}
		if op != "=" && op != "!=" && op != "in" && op != "not in" {
			return func(r *record) bool {
				return slices.ContainsFunc(e.linked(t, r, f), func(id int64) bool { return compared(op, int(id-n)) })
			}, nil, false, nil
		}
		wanted = []int64{n}
	}
	set := make(map[int64]bool, len(wanted))
	for _, id := range wanted {
		set[id] = true
	}
	match := func(r *record) bool {
		got := e.linked(t, r, f)
		if len(got) == 0 {
			return empty != negative
		}
		return slices.ContainsFunc(got, func(id int64) bool { return set[id] }) != negative
	}
	if _, ok := t.index[f.index]; ok && !negative && !empty && f.Type == Many2One {
		var ids []int64
		for _, id := range wanted {
			ids = append(ids, t.by(f, id)...)
		}
		return match, ids, true, nil
	}
	return match, nil, false, nil
}

func (e *env) scalarLeaf(t *table, f *Field, op string, value any) (predicate, []int64, bool, error) {
	read := func(r *record) any { return e.value(t, r, f) }
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
		case j+1 < len(p) && p[j] == '\\' && p[j+1] == s[i]:
			i, j = i+1, j+2
		case j < len(p) && (p[j] == '_' || p[j] == s[i]):
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

// hierarchy matches a record below (child_of) or above (parent_of) the given ones.
func (e *env) hierarchy(t *table, f *Field, op string, value any) predicate {
	other := t
	parent := t.model.field("parent_id")
	// A link to the model itself is the hierarchy: the record is looked at, not what it links to.
	own := f.Name == "id" || f.Relation == t.model.Name
	if own && f.Name != "id" {
		parent = f
	}
	if !own {
		other = e.table(f.Relation)
		parent = other.model.field("parent_id")
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
