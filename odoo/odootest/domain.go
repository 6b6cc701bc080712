package odootest

import (
	"slices"
	"strings"
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
