package graphql

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Object is a JSON object.
type Object = map[string]any

// Resolver gives the value of a field: a JSON value, null for nothing. The arguments of a directive on the field are among
// the field's own, as an object under the directive's name ("@idempotent").
type Resolver func(parent Object, arguments Object) (any, error)

// Answer carries out a document that Check has found right. Resolvers are by "Type.field"; a field without one is the
// parent's value of that name. A connection is stored as {"nodes": [...]} and is paged here. What is missing although
// the schema requires it gets the value that says least.
func (s *Schema) Answer(document Document, values Object, resolvers map[string]Resolver) (Object, error) {
	operation := document.Operations[0]
	a := answerer{schema: s, document: document, values: Object{}, resolvers: resolvers}
	for _, v := range operation.variables {
		if value, given := values[v.name]; given {
			a.values[v.name] = value
		} else if v.has {
			a.values[v.name] = v.fallback
		}
	}
	root := s.query
	if operation.Kind == "mutation" {
		root = s.mutation
	}
	return a.object(root, Object{}, operation.selections)
}

type answerer struct {
	schema    *Schema
	document  Document
	values    Object
	resolvers map[string]Resolver
}

// object answers what is selected on a value of an object type.
func (a *answerer) object(name string, value Object, selections []selection) (Object, error) {
	result := Object{}
	err := a.into(result, name, value, selections)
	return result, err
}

func (a *answerer) into(result Object, name string, value Object, selections []selection) error {
	for _, s := range selections {
		switch {
		case s.spread != "":
			fragment := a.document.Fragments[s.spread]
			if !a.applies(name, fragment.on) {
				continue
			}
			if err := a.into(result, name, value, fragment.selections); err != nil {
				return err
			}
		case s.inline:
			if s.on != "" && !a.applies(name, s.on) {
				continue
			}
			if err := a.into(result, name, value, s.selections); err != nil {
				return err
			}
		case s.name == "__typename":
			result[s.key()] = name
		default:
			answer, err := a.field(name, value, s)
			if err != nil {
				return err
			}
			// Fields that are selected twice are merged.
			if before, ok := result[s.key()].(Object); ok {
				if more, ok := answer.(Object); ok {
					for key, entry := range more {
						before[key] = entry
					}
					continue
				}
			}
			result[s.key()] = answer
		}
	}
	return nil
}

func (a *answerer) applies(name, condition string) bool {
	for _, possible := range a.schema.possible(condition) {
		if possible == name {
			return true
		}
	}
	return false
}

func (a *answerer) field(on string, parent Object, s selection) (any, error) {
	f := a.schema.types[on].fields[s.name]
	arguments := Object{}
	for name, value := range s.arguments {
		arguments[name] = a.plain(value)
	}
	for name, given := range s.directives {
		values := Object{}
		for argument, value := range given {
			values[argument] = a.plain(value)
		}
		arguments["@"+name] = values
	}
	value := parent[s.name]
	if resolve := a.resolvers[on+"."+s.name]; resolve != nil {
		var err error
		if value, err = resolve(parent, arguments); err != nil {
			return nil, err
		}
	}
	if strings.HasSuffix(f.of.base(), "Connection") && f.of.List == nil {
		value = page(value, arguments)
	}
	return a.complete(f.of, value, s.selections)
}

// complete gives a value the form that its type wants.
func (a *answerer) complete(of Type, value any, selections []selection) (any, error) {
	if value == nil {
		if !of.Required {
			return nil, nil
		}
		value = a.least(of)
	}
	if of.List != nil {
		list, _ := value.([]any)
		all := make([]any, len(list))
		for i, entry := range list {
			var err error
			if all[i], err = a.complete(*of.List, entry, selections); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	d := a.schema.types[of.Name]
	if !d.composite() {
		return value, nil
	}
	object, ok := value.(Object)
	if !ok {
		return nil, fmt.Errorf("a %s is no object", of.Name)
	}
	concrete := of.Name
	if d.kind != "type" {
		concrete, _ = object["__typename"].(string)
		if a.schema.types[concrete] == nil {
			return nil, fmt.Errorf("a %s does not say which type it has: set __typename", of.Name)
		}
	}
	return a.object(concrete, object, selections)
}

// least is the value that says least: no, none, nothing, zero.
func (a *answerer) least(of Type) any {
	switch d := a.schema.types[of.base()]; {
	case of.List != nil:
		return []any{}
	case d.kind == "enum":
		for _, word := range d.values {
			if word == "NONE" || strings.HasPrefix(word, "UN") {
				return word
			}
		}
		return d.values[0]
	case d.composite():
		return Object{}
	case of.Name == "Boolean":
		return false
	case of.Name == "Int" || of.Name == "Float":
		return json.Number("0")
	case of.Name == "Decimal" || of.Name == "Money":
		return "0.0"
	default:
		return ""
	}
}

// plain puts variables in and makes words texts.
func (a *answerer) plain(value any) any {
	switch value := value.(type) {
	case variableValue:
		return a.values[string(value)]
	case enumValue:
		return string(value)
	case []any:
		all := make([]any, len(value))
		for i, entry := range value {
			all[i] = a.plain(entry)
		}
		return all
	case map[string]any:
		all := Object{}
		for name, entry := range value {
			all[name] = a.plain(entry)
		}
		return all
	default:
		return value
	}
}

// page cuts a page out of a connection. A connection whose resolver has paged it says so with its own pageInfo.
func page(value any, arguments Object) any {
	connection, _ := value.(Object)
	if connection["pageInfo"] != nil {
		return connection
	}
	nodes, _ := connection["nodes"].([]any)
	start := 0
	if after, ok := arguments["after"].(string); ok {
		start, _ = strconv.Atoi(after) // an unknown cursor begins at the top
	}
	start = min(max(start, 0), len(nodes))
	end := len(nodes)
	if first, ok := arguments["first"].(json.Number); ok {
		if count, err := strconv.Atoi(first.String()); err == nil {
			end = min(len(nodes), start+max(count, 0))
		}
	}
	return Connection(nodes[start:end], strconv.Itoa(end), end < len(nodes))
}

// Connection is a page of nodes that ends at a cursor.
func Connection(nodes []any, end string, more bool) Object {
	edges := make([]any, len(nodes))
	for i, node := range nodes {
		edges[i] = Object{"node": node}
	}
	info := Object{"hasNextPage": more, "endCursor": nil}
	if len(nodes) > 0 {
		info["endCursor"] = end
	}
	return Object{"nodes": nodes, "edges": edges, "pageInfo": info}
}
