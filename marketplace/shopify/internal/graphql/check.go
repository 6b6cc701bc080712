package graphql

import (
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Check says where a document and the values of its variables do not fit the schema; nil if they do. It holds each
// document to one operation, since nothing here names one of several.
func (s *Schema) Check(document Document, values map[string]any) []string {
	return s.run(document, values, false)
}

func (s *Schema) run(document Document, values map[string]any, bulk bool) []string {
	c := checker{schema: s, document: document, used: map[string]bool{}, variables: map[string]variable{}, bulk: bulk}
	if len(document.Operations) != 1 {
		return []string{fmt.Sprintf("the document has %d operations", len(document.Operations))}
	}
	operation := document.Operations[0]
	for _, v := range operation.variables {
		c.variables[v.name] = v
		if s.types[v.of.base()] == nil {
			c.add("$%s is of the type %s, which the schema does not have", v.name, v.of)
			continue
		}
		value, given := values[v.name]
		if given || v.of.Required && !v.has {
			c.value("$"+v.name, v.of, value)
		}
	}
	for name := range values {
		if _, known := c.variables[name]; !known {
			c.add("there is a value for $%s, which the operation does not have", name)
		}
	}
	root := s.query
	if operation.Kind == "mutation" {
		root = s.mutation
	}
	c.selections(root, operation.selections, nil)
	for name := range c.variables {
		if !c.used["$"+name] {
			c.add("$%s is not used", name)
		}
	}
	for name := range document.Fragments {
		if !c.used[name] {
			c.add("the fragment %s is not used", name)
		}
	}
	sort.Strings(c.found)
	return slices.Compact(c.found)
}

type checker struct {
	schema    *Schema
	document  Document
	variables map[string]variable
	used      map[string]bool
	// bulk says that connections are not bounded.
	bulk  bool
	found []string
}

func (c *checker) add(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

// selections checks the fields that are selected on a type. Within are the fragments that are being looked at.
func (c *checker) selections(on string, selections []selection, within []string) {
	for _, s := range selections {
		c.directives(on, s)
		switch {
		case s.spread != "":
			fragment := c.document.Fragments[s.spread]
			c.used[s.spread] = true
			switch {
			case fragment == nil:
				c.add("the fragment %s is missing", s.spread)
			case slices.Contains(within, s.spread):
				c.add("the fragment %s contains itself", s.spread)
			default:
				c.condition(on, fragment.on)
				c.selections(fragment.on, fragment.selections, append(slices.Clone(within), s.spread))
			}
		case s.inline:
			condition := on
			if s.on != "" {
				condition = s.on
				c.condition(on, condition)
			}
			c.selections(condition, s.selections, within)
		case s.name == "__typename":
		default:
			c.field(on, s, within)
		}
	}
}

// condition checks that a value of one type can be of the other.
func (c *checker) condition(on, condition string) {
	d := c.schema.types[condition]
	if d == nil || !d.composite() {
		c.add("%s is no type of the schema that has fields", condition)
		return
	}
	for _, name := range c.schema.possible(on) {
		if slices.Contains(c.schema.possible(condition), name) {
			return
		}
	}
	c.add("%s can never be %s", on, condition)
}

func (c *checker) field(on string, s selection, within []string) {
	d := c.schema.types[on]
	if d == nil {
		return // reported where it is named
	}
	f := d.fields[s.name]
	if f == nil {
		c.add("%s has no field %s", on, s.name)
		return
	}
	place := on + "." + s.name
	if f.deprecated {
		c.add("%s is deprecated", place)
	}
	c.arguments(place, f.arguments, s.arguments)
	switch composite := c.schema.types[f.of.base()].composite(); {
	case composite && len(s.selections) == 0:
		c.add("%s needs a selection of fields", place)
	case !composite && len(s.selections) > 0:
		c.add("%s has no fields to select", place)
	case composite:
		c.selections(f.of.base(), s.selections, within)
	}
	// Shopify refuses a connection that is not bounded.
	if _, paged := f.arguments["first"]; !c.bulk && paged && strings.HasSuffix(f.of.base(), "Connection") && s.arguments["first"] == nil && s.arguments["last"] == nil {
		c.add("%s needs first or last", place)
	}
}

func (c *checker) directives(on string, s selection) {
	for name, arguments := range s.directives {
		defined, known := c.schema.directives[name]
		if !known {
			c.add("the directive @%s on %s.%s is unknown", name, on, s.name)
			continue
		}
		c.arguments("@"+name, defined, arguments)
	}
}

func (c *checker) arguments(place string, defined map[string]argument, given map[string]any) {
	for name, value := range given {
		a, known := defined[name]
		if !known {
			c.add("%s has no argument %s", place, name)
			continue
		}
		c.literal(fmt.Sprintf("%s(%s:)", place, name), a.of, a.optional, value)
	}
	for name, a := range defined {
		if _, is := given[name]; !is && a.of.Required && !a.optional {
			c.add("%s needs the argument %s", place, name)
		}
	}
}

// literal checks a value in the document, which may be or contain variables.
func (c *checker) literal(place string, of Type, optional bool, value any) {
	name, is := value.(variableValue)
	if !is {
		c.valueOf(place, of, value, func(place string, of Type, value any) { c.literal(place, of, false, value) })
		return
	}
	c.used["$"+string(name)] = true
	v, known := c.variables[string(name)]
	if !known {
		c.add("%s uses $%s, which the operation does not define", place, name)
		return
	}
	if optional || v.has {
		of.Required = false
	}
	if !fits(v.of, of) {
		c.add("%s is of the type %s, $%s of %s", place, of, name, v.of)
	}
}

// fits tells whether a variable of one type may stand where another is wanted.
func fits(variable, want Type) bool {
	if want.Required && !variable.Required {
		return false
	}
	if (variable.List == nil) != (want.List == nil) {
		return false
	}
	if want.List != nil {
		return fits(*variable.List, *want.List)
	}
	return variable.Name == want.Name
}

// value checks a variable's value, which is JSON.
func (c *checker) value(place string, of Type, value any) { c.valueOf(place, of, value, c.value) }

func (c *checker) valueOf(place string, of Type, value any, inner func(string, Type, any)) {
	if value == nil {
		if of.Required {
			c.add("%s must not be null", place)
		}
		return
	}
	if of.List != nil {
		list, is := value.([]any)
		if !is {
			list = []any{value} // GraphQL takes a single value for a list of one
		}
		for i, entry := range list {
			inner(fmt.Sprintf("%s[%d]", place, i), *of.List, entry)
		}
		return
	}
	d := c.schema.types[of.Name]
	switch {
	case d == nil:
	case d.kind == "input":
		c.input(place, d, value, inner)
	case d.kind == "enum":
		word := fmt.Sprint(value)
		_, literal := value.(enumValue)
		_, text := value.(string)
		if !literal && !text || !slices.Contains(d.values, word) {
			c.add("%s is no %s", place, of.Name)
		}
	case !scalar(of.Name, value):
		c.add("%s is no %s", place, of.Name)
	}
}

func (c *checker) input(place string, d *definition, value any, inner func(string, Type, any)) {
	object, is := value.(map[string]any)
	if !is {
		c.add("%s is no %s", place, d.name)
		return
	}
	for name, entry := range object {
		f := d.fields[name]
		if f == nil {
			c.add("%s has no field %s", place, name)
			continue
		}
		inner(place+"."+name, f.of, entry)
	}
	for name, f := range d.fields {
		if _, is := object[name]; !is && f.of.Required && !f.optional {
			c.add("%s needs the field %s", place, name)
		}
	}
}

// scalar tells whether a value has the form of a scalar. Those that the schema defines itself are texts.
func scalar(name string, value any) bool {
	number, isNumber := value.(json.Number)
	_, isText := value.(string)
	_, isFlag := value.(bool)
	switch name {
	case "Int":
		_, err := number.Int64()
		return isNumber && err == nil
	case "Float":
		return isNumber
	case "Boolean":
		return isFlag
	case "ID":
		return isText || isNumber
	default:
		return isText
	}
}
