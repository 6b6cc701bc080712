package graphql

import (
	"maps"
	"slices"
	"strings"
)

// CheckBulk is [Schema.Check] for a query that the server runs by itself and whose answer it writes as lines: its
// connections are not bounded, but they are few, not deep, not in lists, and selected by their edges.
func (s *Schema) CheckBulk(document Document) []string {
	found := s.run(document, nil, true)
	if len(found) > 0 {
		return found
	}
	operation := document.Operations[0]
	if operation.Kind != "query" {
		return []string{"only query operations are supported"}
	}
	b := bulkChecker{schema: s, document: document}
	b.selections(s.query, operation.selections, 0, false)
	if b.connections == 0 {
		b.found = append(b.found, "bulk queries must contain at least one connection")
	}
	if b.connections > 5 {
		b.found = append(b.found, "bulk queries cannot contain more than 5 connections")
	}
	return b.found
}

type bulkChecker struct {
	schema      *Schema
	document    Document
	connections int
	found       []string
}

func (b *bulkChecker) selections(on string, all []selection, depth int, inList bool) {
	for _, s := range all {
		switch {
		case s.spread != "":
			fragment := b.document.Fragments[s.spread]
			b.selections(fragment.on, fragment.selections, depth, inList)
		case s.inline && s.on == "":
			b.selections(on, s.selections, depth, inList)
		case s.inline:
			b.selections(s.on, s.selections, depth, inList)
		case s.name != "__typename":
			b.field(b.schema.types[on].fields[s.name].of, s, depth, inList)
		}
	}
}

func (b *bulkChecker) field(of Type, s selection, depth int, inList bool) {
	inList = inList || of.List != nil
	if of.List != nil || !strings.HasSuffix(of.Name, "Connection") {
		b.selections(of.base(), s.selections, depth, inList)
		return
	}
	b.connections++
	if inList {
		b.found = append(b.found, "queries that contain a connection field within a list field are not supported: "+s.name)
	}
	if depth > 2 {
		b.found = append(b.found, "connections cannot be nested deeper than 2: "+s.name)
	}
	for _, edge := range s.selections {
		if edge.name != "edges" {
			b.found = append(b.found, "connections must be selected by 'edges' > 'node': "+s.name)
			continue
		}
		edges := b.schema.types[of.Name].fields["edges"].of.base()
		for _, node := range edge.selections {
			b.selections(b.schema.types[edges].fields["node"].of.base(), node.selections, depth+1, false)
		}
	}
}

// Lines flattens the answer of such a query: each node is an object of its own, followed by those of its connections,
// which name it as their parent.
func Lines(answer Object) []Object {
	var all []Object
	flatten(answer, "", &all)
	return all
}

// flatten returns a value without its connections, whose nodes it adds to all.
func flatten(value any, parent string, all *[]Object) any {
	object, is := value.(Object)
	if !is {
		return value
	}
	plain := Object{}
	var connections [][]any
	for _, name := range slices.Sorted(maps.Keys(object)) {
		inner, _ := object[name].(Object)
		if edges, is := inner["edges"].([]any); is {
			connections = append(connections, edges)
			continue
		}
		plain[name] = flatten(object[name], parent, all)
	}
	for _, edges := range connections {
		for _, edge := range edges {
			entry, _ := edge.(Object)
			node, _ := entry["node"].(Object)
			at := len(*all)
			*all = append(*all, nil)
			id, _ := node["id"].(string)
			line, _ := flatten(node, id, all).(Object)
			if parent != "" {
				line["__parentId"] = parent
			}
			(*all)[at] = line
		}
	}
	return plain
}
