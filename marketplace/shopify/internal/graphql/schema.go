package graphql

import "fmt"

// Schema is what a server offers.
type Schema struct {
	query, mutation string
	types           map[string]*definition
	directives      map[string]map[string]argument
}

type definition struct {
	kind, name string
	// fields are those of objects, interfaces and inputs.
	fields     map[string]*field
	interfaces []string
	// members are a union's types, values an enum's words in their order.
	members, values []string
}

type field struct {
	of         Type
	arguments  map[string]argument
	deprecated bool
	// optional says that an input's field has a default.
	optional bool
}

type argument struct {
	of       Type
	optional bool
}

// ParseSchema reads a schema in GraphQL's own language.
func ParseSchema(source string) (*Schema, error) {
	r := read(source)
	s := &Schema{types: map[string]*definition{}, directives: map[string]map[string]argument{}}
	for _, name := range []string{"ID", "String", "Int", "Float", "Boolean"} {
		s.types[name] = &definition{kind: "scalar", name: name}
	}
	for r.err == nil && r.next.kind != tokenEnd {
		switch word := r.name(); word {
		case "schema":
			r.list("{", "}", func() {
				kind := r.name()
				r.want(":")
				if name := r.name(); kind == "query" {
					s.query = name
				} else {
					s.mutation = name
				}
			})
		case "directive":
			r.want("@")
			name := r.name()
			s.directives[name] = r.parameters()
			for r.take("on"); r.next.kind == tokenName && !keyword(r.next.text); r.take("|") {
				r.name()
			}
		default:
			if !keyword(word) {
				r.fail(fmt.Sprintf("%q begins no definition", word))
				continue
			}
			d := r.definition(word)
			s.types[d.name] = d
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	return s, s.check()
}

func keyword(word string) bool {
	switch word {
	case "scalar", "type", "interface", "input", "enum", "union", "directive", "schema":
		return true
	default:
		return false
	}
}

func (r *reader) definition(kind string) *definition {
	d := &definition{kind: kind, name: r.name(), fields: map[string]*field{}}
	if r.take("implements") {
		for r.take("&"); r.next.kind == tokenName; r.take("&") {
			d.interfaces = append(d.interfaces, r.name())
		}
	}
	switch kind {
	case "union":
		r.want("=")
		for r.take("|"); ; {
			d.members = append(d.members, r.name())
			if !r.take("|") {
				break
			}
		}
	case "enum":
		r.list("{", "}", func() { d.values = append(d.values, r.name()) })
	case "type", "interface", "input":
		r.list("{", "}", func() {
			name, f := r.name(), &field{}
			f.arguments = r.parameters()
			r.want(":")
			f.of = r.typeUse()
			if r.take("=") {
				r.value()
				f.optional = true
			}
			for r.take("@") {
				f.deprecated = r.name() == "deprecated" || f.deprecated
				r.arguments()
			}
			d.fields[name] = f
		})
	}
	return d
}

func (r *reader) parameters() map[string]argument {
	found := map[string]argument{}
	if !r.is("(") {
		return found
	}
	r.list("(", ")", func() {
		name := r.name()
		r.want(":")
		a := argument{of: r.typeUse()}
		if r.take("=") {
			r.value()
			a.optional = true
		}
		found[name] = a
	})
	return found
}

// check finds names that nothing defines.
func (s *Schema) check() error {
	for _, d := range s.types {
		for name, f := range d.fields {
			if s.types[f.of.base()] == nil {
				return fmt.Errorf("%s.%s is of the type %s, which is not defined", d.name, name, f.of)
			}
			for at, a := range f.arguments {
				if s.types[a.of.base()] == nil {
					return fmt.Errorf("%s.%s(%s:) is of the type %s, which is not defined", d.name, name, at, a.of)
				}
			}
		}
		for _, name := range append(d.interfaces, d.members...) {
			if s.types[name] == nil {
				return fmt.Errorf("%s names %s, which is not defined", d.name, name)
			}
		}
	}
	return nil
}

// composite tells whether a type has fields to select.
func (d *definition) composite() bool {
	return d.kind == "type" || d.kind == "interface" || d.kind == "union"
}

// possible are the object types that a value of the type may have.
func (s *Schema) possible(name string) []string {
	d := s.types[name]
	switch {
	case d == nil:
		return nil
	case d.kind == "union":
		return d.members
	case d.kind != "interface":
		return []string{name}
	}
	var found []string
	for _, other := range s.types {
		for _, implemented := range other.interfaces {
			if implemented == name && other.kind == "type" {
				found = append(found, other.name)
			}
		}
	}
	return found
}
