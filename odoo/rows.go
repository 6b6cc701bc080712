package odoo

import (
	"fmt"
	"reflect"
)

// records reads the rows of read and search_read into structs, in one pass over the reply.
func records[T Model](p *plan, reply []byte, into []T) ([]T, error) {
	if isAbsent(reply) {
		return into, nil
	}
	var record reflect.Value
	next := 0
	member := func(key, value []byte) error {
		f := p.field(key, &next)
		if f == nil || f.scan == nil {
			return nil
		}
		target, err := record.FieldByIndexErr(f.index)
		if err != nil {
			return err
		}
		if err := f.scan(target, value); err != nil {
			return fmt.Errorf("field %s: %w", f.name, err)
		}
		return nil
	}
	b, i := reply, 0
	if b[i] != '[' {
		return into, errKind("a list of records", b)
	}
	if i = skipSpace(b, i+1); i < len(b) && b[i] == ']' {
		return into, nil
	}
	for {
		into = append(into, *new(T))
		record = reflect.ValueOf(&into[len(into)-1]).Elem()
		next = 0
		end, err := eachMember(b, i, 1, member)
		if err != nil {
			return into[:len(into)-1], err
		}
		if i = skipSpace(b, end); i >= len(b) || b[i] != ',' && b[i] != ']' {
			return into, errJSON
		}
		if b[i] == ']' {
			return into, nil
		}
		i = skipSpace(b, i+1)
	}
}

// field finds a field by its key; Odoo answers in the order asked for, so the next one is tried first.
func (p *plan) field(key []byte, next *int) *planField {
	if *next < len(p.fields) && keyIs(key, p.fields[*next].name) {
		*next++
		return &p.fields[*next-1]
	}
	for i := range p.fields {
		if keyIs(key, p.fields[i].name) {
			*next = i + 1
			return &p.fields[i]
		}
	}
	return nil
}

// idOf returns the id of a record that was read; 0 if the struct has none.
func (p *plan) idOf(record reflect.Value) int64 {
	if p.id == nil {
		return 0
	}
	v, err := record.FieldByIndexErr(p.id)
	if err != nil {
		return 0
	}
	if v.CanInt() {
		return v.Int()
	}
	return int64(v.Uint())
}
