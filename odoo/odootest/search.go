package odootest

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// search returns the ids that match, in the order asked for; by id where none is.
func (e *env) search(t *table, rawDomain any, orderBy string, offset, limit int) ([]int64, error) {
	d, err := e.parseDomain(t, rawDomain)
	if err != nil {
		return nil, err
	}
	less, err := e.ordering(t, orderBy)
	if err != nil {
		return nil, err
	}
	active := t.model.field("active")
	if active != nil && (d.active || !e.activeTest()) {
		active = nil
	}
	ids := t.ids
	if d.narrowed {
		ids = slices.Clone(d.candidates)
		slices.Sort(ids)
		ids = slices.Compact(ids)
	} else if d.after > 0 {
		at, found := slices.BinarySearch(ids, d.after)
		if found {
			at++
		}
		ids = ids[at:]
	}
	stop := -1
	if less == nil && limit > 0 {
		stop = offset + limit
	}
	found := []int64{}
	for _, id := range ids {
		r := t.rows[id]
		if r == nil || (active != nil && r.get(active) == false) || !d.match(r) {
			continue
		}
		if found = append(found, id); len(found) == stop {
			break
		}
	}
	if less != nil {
		slices.SortStableFunc(found, func(a, b int64) int { return less(t.rows[a], t.rows[b]) })
	}
	if offset > 0 {
		found = found[min(offset, len(found)):]
	}
	if limit > 0 && len(found) > limit {
		found = found[:limit]
	}
	return found, nil
}

var orderTerm = regexp.MustCompile(`(?i)^\s*([a-z0-9_]+(?:\.[a-z0-9_]+)?)(?:\s+(asc|desc))?(?:\s+nulls\s+(?:first|last))?\s*$`)

// ordering compiles an order; nil stands for ascending ids.
func (e *env) ordering(t *table, orderBy string) (func(a, b *record) int, error) {
	if strings.TrimSpace(orderBy) == "" {
		return nil, nil
	}
	type by struct {
		f    *Field
		desc bool
	}
	var keys []by
	for part := range strings.SplitSeq(orderBy, ",") {
		m := orderTerm.FindStringSubmatch(part)
		if m == nil {
			return nil, userError(`Invalid "order" specified (%s). A valid "order" specification is a comma-separated list of valid field names (optionally followed by asc/desc for the direction)`, orderBy)
		}
		name, _, _ := strings.Cut(m[1], ".")
		f := t.model.field(name)
		if f == nil {
			return nil, valueError("Invalid field %s on model %s", quote(name), quote(t.model.Name))
		}
		keys = append(keys, by{f, strings.EqualFold(m[2], "desc")})
	}
	if len(keys) == 1 && keys[0].f.Name == "id" && !keys[0].desc {
		return nil, nil
	}
	return func(a, b *record) int {
		for _, k := range keys {
			c := compareValues(e.value(t, a, k.f), e.value(t, b, k.f))
			if k.desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return cmp.Compare(a.id, b.id)
	}, nil
}

// compareValues orders two stored values of one field; SQL puts NULL last.
func compareValues(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	switch x := a.(type) {
	case int64:
		y, _ := b.(int64)
		return cmp.Compare(x, y)
	case string:
		y, _ := b.(string)
		return strings.Compare(x, y)
	case decimal.Decimal:
		y, _ := b.(decimal.Decimal)
		return x.Cmp(y)
	case bool:
		y, _ := b.(bool)
		if x == y {
			return 0
		}
		if y {
			return -1
		}
		return 1
	}
	return 0
}
