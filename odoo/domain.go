package odoo

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// Domain is a condition on records. Build it with [Eq], [In], [And] and their like; the zero value is true
// for all records. A mistake in building it, such as a bad field name, is reported when it is used.
// Domains are immutable.
type Domain struct {
	terms []term
	err   error
}

// term is an operator ("&", "|", "!") or a leaf, in Odoo's prefix notation.
type term struct {
	operator string // of two domains, or "" for a leaf
	field    string
	compare  string
	value    any
}

// constant reports whether the leaf is true or false for all records.
func (t term) constant() bool { return t.field == "0" || t.field == "1" }

var (
	leafAll  = term{compare: "=", value: 1, field: "1"}
	leafNone = term{compare: "=", value: 1, field: "0"}
)

// Eq is field = value. Eq(field, false) finds empty fields. Values are texts, numbers, booleans, decimals,
// ids, dates and times (which are sent in UTC).
func Eq(field string, value any) Domain { return Where(field, "=", value) }

// Ne is field != value. In Odoo empty fields differ from every value.
func Ne(field string, value any) Domain { return Where(field, "!=", value) }

// Gt is field > value.
func Gt(field string, value any) Domain { return Where(field, ">", value) }

// Ge is field >= value.
func Ge(field string, value any) Domain { return Where(field, ">=", value) }

// Lt is field < value.
func Lt(field string, value any) Domain { return Where(field, "<", value) }

// Le is field <= value.
func Le(field string, value any) Domain { return Where(field, "<=", value) }

// Like is true where the field contains the text, upper and lower case apart. "%" and "_" are wildcards, and a backslash
// takes the meaning from what follows it.
func Like(field, text string) Domain { return Where(field, "like", text) }

// Contains is true where the field contains the text as it stands, upper and lower case apart: nothing in it is a wildcard. It is the one to
// take for a text that comes from somewhere else.
func Contains(field, text string) Domain { return Like(field, wildcards.Replace(text)) }

var wildcards = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// ILike is [Like] with upper and lower case alike.
func ILike(field, text string) Domain { return Where(field, "ilike", text) }

// ChildOf is true for a record of a tree and everything below it.
func ChildOf(field string, id int64) Domain { return Where(field, "child_of", id) }

// In is true where the field is one of the values. No values: no records.
func In[V any](field string, values []V) Domain {
	if len(values) == 0 {
		return withName(field, leafNone)
	}
	return Where(field, "in", values)
}

// NotIn is true where the field is none of the values, or empty. No values: all records.
func NotIn[V any](field string, values []V) Domain {
	if len(values) == 0 {
		return withName(field, leafAll)
	}
	return Where(field, "not in", values)
}

func withName(field string, leaf term) Domain {
	if d := Where(field, "=", false); d.err != nil {
		return d
	}
	return Domain{terms: []term{leaf}}
}

var comparisons = map[string]bool{
	"=": true, "!=": true, ">": true, ">=": true, "<": true, "<=": true, "=?": true, "like": true, "not like": true,
	"ilike": true, "not ilike": true, "=like": true, "=ilike": true, "in": true, "not in": true,
	"child_of": true, "parent_of": true,
}

// Where is any condition of Odoo's domains: a field, or a path such as "partner_id.country_id.code", a
// comparison and a value.
func Where(field, compare string, value any) Domain {
	if !validName(field) || field[0] <= '9' || strings.HasSuffix(field, ".") || strings.Contains(field, "..") {
		return Domain{err: fmt.Errorf("%q is not the name of a field", field)}
	}
	if !comparisons[compare] {
		return Domain{err: fmt.Errorf("%q is not a comparison of Odoo", compare)}
	}
	return Domain{terms: []term{{field: field, compare: compare, value: value}}}
}

// And is true where all are. And() is true for all records.
func And(domains ...Domain) Domain { return join("&", domains) }

// Or is true where one is at least. Or() is true for no records.
func Or(domains ...Domain) Domain {
	for _, d := range domains {
		if d.err == nil && len(d.terms) == 0 {
			return Domain{err: join("|", domains).err}
		}
	}
	if len(domains) == 0 {
		return Domain{terms: []term{leafNone}}
	}
	return join("|", domains)
}

// Not is true where the domain is not.
func Not(d Domain) Domain {
	if d.err != nil {
		return d
	}
	if len(d.terms) == 0 {
		return Domain{terms: []term{leafNone}}
	}
	return Domain{terms: append([]term{{operator: "!"}}, d.terms...)}
}

func join(operator string, domains []Domain) Domain {
	var joined Domain
	parts := 0
	size := 0
	for _, d := range domains {
		if d.err != nil {
			joined.err = errors.Join(joined.err, d.err)
		}
		if len(d.terms) > 0 {
			parts++
			size += len(d.terms)
		}
	}
	if joined.err != nil || parts == 0 {
		return joined
	}
	joined.terms = make([]term, 0, size+parts-1)
	for range parts - 1 {
		joined.terms = append(joined.terms, term{operator: operator})
	}
	for _, d := range domains {
		joined.terms = append(joined.terms, d.terms...)
	}
	return joined
}

// Err returns what is wrong with the domain, or nil.
func (d Domain) Err() error { return d.err }

// renamed translates the first step of each path.
func (d Domain) renamed(name func(string) string) Domain {
	terms := make([]term, len(d.terms))
	for i, t := range d.terms {
		if t.operator == "" && !t.constant() {
			first, rest, nested := strings.Cut(t.field, ".")
			t.field = name(first)
			if nested {
				t.field += "." + rest
			}
		}
		terms[i] = t
	}
	return Domain{terms: terms, err: d.err}
}

// MarshalJSON writes the domain as Odoo reads it.
func (d Domain) MarshalJSON() ([]byte, error) {
	if d.err != nil {
		return nil, fmt.Errorf("domain: %w", d.err)
	}
	list := make([]any, len(d.terms))
	for i, t := range d.terms {
		switch {
		case t.operator != "":
			list[i] = t.operator
		case t.constant():
			list[i] = [3]any{json.Number(t.field), t.compare, t.value}
		default:
			list[i] = [3]any{t.field, t.compare, plain(t.value)}
		}
	}
	return marshal(list)
}

// String returns the domain as JSON. It may hold values of records.
func (d Domain) String() string {
	b, err := d.MarshalJSON()
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// plain turns values of Go into what Odoo compares with.
func plain(value any) any {
	switch v := value.(type) {
	case time.Time:
		return formatTime(v)
	case decimal.Decimal:
		return json.Number(v.String())
	case Many2One:
		return v.value()
	case []time.Time:
		return each(v, func(t time.Time) any { return formatTime(t) })
	case []decimal.Decimal:
		return each(v, func(d decimal.Decimal) any { return json.Number(d.String()) })
	case []Many2One:
		return each(v, func(m Many2One) any { return m.value() })
	}
	return value
}

func each[V any](values []V, convert func(V) any) []any {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = convert(v)
	}
	return list
}
