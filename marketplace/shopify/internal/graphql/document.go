package graphql

import (
	"encoding/json"
	"fmt"
)

// Document is what a client sends: operations and fragments.
type Document struct {
	Operations []Operation
	Fragments  map[string]*Fragment
}

// Operation is a query or a mutation.
type Operation struct {
	// Kind is "query" or "mutation".
	Kind       string
	Name       string
	variables  []variable
	selections []selection
}

// Fragment is a named set of fields.
type Fragment struct {
	on         string
	selections []selection
}

type variable struct {
	name     string
	of       Type
	fallback any
	has      bool
}

// selection is a field, the use of a fragment, or fields on a condition.
type selection struct {
	name, alias string
	arguments   map[string]any
	directives  map[string]map[string]any
	// spread names a fragment; on is the condition of an inline one.
	spread, on string
	inline     bool
	selections []selection
}

// key is the name of the field in the answer.
func (s selection) key() string {
	if s.alias != "" {
		return s.alias
	}
	return s.name
}

// Type is a type where it is used: "[String!]!".
type Type struct {
	Name     string
	List     *Type
	Required bool
}

// String writes the type as GraphQL does.
func (t Type) String() string {
	text := t.Name
	if t.List != nil {
		text = "[" + t.List.String() + "]"
	}
	if t.Required {
		text += "!"
	}
	return text
}

// base is the named type inside of lists.
func (t Type) base() string {
	for t.List != nil {
		t = *t.List
	}
	return t.Name
}

// variableValue and enumValue are the values that JSON has no form for.
type (
	variableValue string
	enumValue     string
)

// ParseDocument reads what a client sends.
func ParseDocument(source string) (Document, error) {
	r := read(source)
	document := Document{Fragments: map[string]*Fragment{}}
	for r.err == nil && r.next.kind != tokenEnd {
		switch {
		case r.is("{"):
			document.Operations = append(document.Operations, Operation{Kind: "query", selections: r.selections()})
		case r.is("query"), r.is("mutation"):
			document.Operations = append(document.Operations, r.operation())
		case r.take("fragment"):
			name := r.name()
			r.want("on")
			fragment := &Fragment{on: r.name()}
			fragment.selections = r.selections()
			if document.Fragments[name] != nil {
				r.fail(fmt.Sprintf("the fragment %s is there twice", name))
			}
			document.Fragments[name] = fragment
		default:
			r.fail(fmt.Sprintf("an operation or a fragment is expected, not %q", r.next.text))
		}
	}
	return document, r.err
}

func (r *reader) operation() Operation {
	operation := Operation{Kind: r.name()}
	if r.next.kind == tokenName {
		operation.Name = r.name()
	}
	if r.is("(") {
		r.list("(", ")", func() {
			r.want("$")
			v := variable{name: r.name()}
			r.want(":")
			v.of = r.typeUse()
			if r.take("=") {
				v.fallback, v.has = r.value(), true
			}
			operation.variables = append(operation.variables, v)
		})
	}
	operation.selections = r.selections()
	return operation
}

func (r *reader) selections() []selection {
	var all []selection
	r.list("{", "}", func() { all = append(all, r.selection()) })
	if len(all) == 0 {
		r.fail("a selection is empty")
	}
	return all
}

func (r *reader) selection() selection {
	var s selection
	switch {
	case r.take("..."):
		switch {
		case r.take("on"):
			s.inline, s.on = true, r.name()
		case r.is("{"), r.is("@"):
			s.inline = true
		default:
			s.spread = r.name()
		}
	default:
		s.name = r.name()
		if r.take(":") {
			s.alias, s.name = s.name, r.name()
		}
		s.arguments = r.arguments()
	}
	for r.take("@") {
		if s.directives == nil {
			s.directives = map[string]map[string]any{}
		}
		name := r.name()
		s.directives[name] = r.arguments()
	}
	if s.spread == "" && r.is("{") {
		s.selections = r.selections()
	}
	return s
}

func (r *reader) arguments() map[string]any {
	if !r.is("(") {
		return nil
	}
	found := map[string]any{}
	r.list("(", ")", func() {
		name := r.name()
		r.want(":")
		found[name] = r.value()
	})
	return found
}

func (r *reader) typeUse() Type {
	var t Type
	if r.take("[") {
		inner := r.typeUse()
		t.List = &inner
		r.want("]")
	} else {
		t.Name = r.name()
	}
	t.Required = r.take("!")
	return t
}

func (r *reader) value() any {
	switch {
	case r.take("$"):
		return variableValue(r.name())
	case r.is("["):
		all := []any{}
		r.list("[", "]", func() { all = append(all, r.value()) })
		return all
	case r.is("{"):
		all := map[string]any{}
		r.list("{", "}", func() {
			name := r.name()
			r.want(":")
			all[name] = r.value()
		})
		return all
	case r.next.kind == tokenText:
		defer r.advance()
		return r.next.text
	case r.next.kind == tokenNumber:
		defer r.advance()
		return json.Number(r.next.text)
	}
	switch name := r.name(); name {
	case "true", "false":
		return name == "true"
	case "null":
		return nil
	default:
		return enumValue(name)
	}
}
