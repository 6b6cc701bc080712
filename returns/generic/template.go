package generic

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// values are what placeholders stand for.
type values map[string]string

// pieces is a template taken apart: text and placeholders by turns, beginning with text.
type pieces []string

// parseTemplate reads a template; each placeholder must be one of those that are known.
func parseTemplate(text string, known ...string) (pieces, error) {
	var found pieces
	for {
		before, rest, more := strings.Cut(text, "{")
		found = append(found, before)
		if !more {
			return found, nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return nil, fmt.Errorf("a { has no }: write {%s}", strings.Join(known, "}, {"))
		}
		if !slices.Contains(known, strings.TrimSuffix(name, ":text")) {
			return nil, fmt.Errorf("there is no such placeholder here: write {%s}", strings.Join(known, "}, {"))
		}
		found = append(found, name)
		text = after
	}
}

// fill puts values in place of placeholders, and reports whether one of them was empty.
func (p pieces) fill(v values) (text string, empty bool) {
	var built strings.Builder
	for i, piece := range p {
		if i%2 == 0 {
			built.WriteString(piece)
			continue
		}
		value := v[strings.TrimSuffix(piece, ":text")]
		empty = empty || value == ""
		built.WriteString(value)
	}
	return built.String(), empty
}

// has reports whether a placeholder is in the template.
func (p pieces) has(name string) bool {
	for i := 1; i < len(p); i += 2 {
		if strings.TrimSuffix(p[i], ":text") == name {
			return true
		}
	}
	return false
}

// node is a body template: one of text, list, object and each.
type node struct {
	text   pieces
	fixed  any // a number, a truth value or null
	list   []node
	object map[string]node
	each   *node
}

// parseBody reads a body template. Outside of each the placeholders of lines are known only if perLine.
func parseBody(template any, known, line []string) (node, error) {
	switch t := template.(type) {
	case string:
		text, err := parseTemplate(t, known...)
		return node{text: text}, err
	case []any:
		n := node{list: make([]node, len(t))}
		for i, element := range t {
			var err error
			if n.list[i], err = parseBody(element, known, line); err != nil {
				return node{}, err
			}
		}
		return n, nil
	case map[string]any:
		if each, ok := t["each"]; ok && len(t) == 2 && t["item"] != nil {
			if each != "lines" {
				return node{}, fmt.Errorf("each is lines")
			}
			item, err := parseBody(t["item"], slices.Concat(known, line), nil)
			return node{each: &item}, err
		}
		n := node{object: make(map[string]node, len(t))}
		for _, name := range slices.Sorted(maps.Keys(t)) {
			field, err := parseBody(t[name], known, line)
			if err != nil {
				return node{}, err
			}
			n.object[name] = field
		}
		return n, nil
	case nil, bool, int, int64, uint64:
		return node{fixed: t}, nil
	default:
		return node{}, fmt.Errorf("a %T cannot be in a body: write it as text", template)
	}
}

// render makes JSON of a body template.
func (n node) render(v values, lines []values) any {
	switch {
	case n.each != nil:
		list := make([]any, len(lines))
		for i, line := range lines {
			list[i] = n.each.render(merged(v, line), nil)
		}
		return list
	case n.object != nil:
		object := make(map[string]any, len(n.object))
		for name, field := range n.object {
			optional := strings.HasSuffix(name, "?")
			value := field.render(v, lines)
			if optional && value == "" {
				continue
			}
			object[strings.TrimSuffix(name, "?")] = value
		}
		return object
	case n.list != nil:
		list := make([]any, len(n.list))
		for i, element := range n.list {
			list[i] = element.render(v, lines)
		}
		return list
	case n.text != nil:
		text, _ := n.text.fill(v)
		if len(n.text) == 3 && n.text[0] == "" && n.text[1] == "qty" && n.text[2] == "" && text != "" {
			return json.Number(text)
		}
		return text
	default:
		return n.fixed
	}
}

// hasEach reports whether the template makes a list of lines.
func (n node) hasEach() bool {
	if n.each != nil || slices.ContainsFunc(n.list, node.hasEach) {
		return true
	}
	for _, field := range n.object {
		if field.hasEach() {
			return true
		}
	}
	return false
}

func merged(a, b values) values {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// quantity is a quantity as it is written into a template.
func quantity(qty decimal.Decimal) string { return qty.Trim(0).String() }
