package tree

import (
	"errors"
	"strconv"
	"strings"
)

// Path finds values. The zero Path finds nothing.
type Path struct {
	text         string
	alternatives []alternative
}

type alternative struct {
	literal  string
	constant bool
	root     bool
	steps    []step
}

// step goes to a field, or to elements of a list.
type step struct {
	name string // a field; empty for elements
	// For elements: all of them, the one at index, or those whose field key is value.
	all        bool
	index      int
	key, value string
}

// ErrPath is a path that cannot be read.
var ErrPath = errors.New("is not a path: write a.b, a[0].b, a[*].b, a[key=value].b, $.a, @ or =text, with | between alternatives")

// Compile reads a path. An empty text is the path that finds nothing.
func Compile(text string) (Path, error) {
	p := Path{text: text}
	if strings.TrimSpace(text) == "" {
		return p, nil
	}
	parts, err := split(text, '|')
	if err != nil {
		return Path{}, err
	}
	for _, part := range parts {
		compiled, err := compile(strings.TrimSpace(part))
		if err != nil {
			return Path{}, err
		}
		p.alternatives = append(p.alternatives, compiled)
	}
	return p, nil
}

func compile(text string) (alternative, error) {
	if constant, ok := strings.CutPrefix(text, "="); ok {
		return alternative{constant: true, literal: constant}, nil
	}
	a := alternative{}
	switch {
	case text == "@":
		return a, nil
	case text == "$":
		a.root = true
		return a, nil
	case strings.HasPrefix(text, "$."):
		a.root, text = true, text[2:]
	}
	names, err := split(text, '.')
	if err != nil {
		return a, err
	}
	for _, name := range names {
		steps, err := steps(name)
		if err != nil {
			return a, err
		}
		a.steps = append(a.steps, steps...)
	}
	return a, nil
}

// steps reads a name with its brackets.
func steps(text string) ([]step, error) {
	var found []step
	name, rest := text, ""
	if strings.HasPrefix(text, "'") {
		end := strings.IndexByte(text[1:], '\'')
		if end < 1 {
			return nil, ErrPath
		}
		name, rest = text[1:end+1], text[end+2:]
		if rest != "" && rest[0] != '[' {
			return nil, ErrPath
		}
	} else if at := strings.IndexByte(text, '['); at >= 0 {
		name, rest = text[:at], text[at:]
	}
	if !strings.HasPrefix(text, "'") && strings.ContainsAny(name, "'$@=[] \t") {
		return nil, ErrPath
	}
	if name != "" {
		found = append(found, step{name: name})
	}
	for rest != "" {
		end := strings.IndexByte(rest, ']')
		if rest[0] != '[' || end < 2 {
			return nil, ErrPath
		}
		inside := rest[1:end]
		rest = rest[end+1:]
		key, value, filter := strings.Cut(inside, "=")
		index, err := strconv.Atoi(inside)
		switch {
		case inside == "*":
			found = append(found, step{all: true})
		case filter && key != "" && value != "":
			found = append(found, step{key: strings.TrimSpace(key), value: strings.TrimSpace(value), all: true})
		case err == nil && index >= 0:
			found = append(found, step{index: index})
		default:
			return nil, ErrPath
		}
	}
	if len(found) == 0 {
		return nil, ErrPath
	}
	return found, nil
}

// split cuts at a separator outside of brackets and quotes.
func split(text string, separator byte) ([]string, error) {
	var parts []string
	from, bracket, quote := 0, false, false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\'' && !bracket:
			quote = !quote
		case quote:
		case c == '[' && !bracket:
			bracket = true
		case c == ']' && bracket:
			bracket = false
		case c == separator && !bracket:
			parts = append(parts, text[from:i])
			from = i + 1
		}
	}
	if bracket || quote {
		return nil, ErrPath
	}
	return append(parts, text[from:]), nil
}

// String returns the path as it was written.
func (p Path) String() string { return p.text }

// IsZero reports whether the path finds nothing.
func (p Path) IsZero() bool { return len(p.alternatives) == 0 }

// Find returns the first value that is not empty; if there is none, one that is nothing and has the path of the last try.
func (p Path) Find(scope, root Value) Value {
	last := Value{path: p.text}
	for _, a := range p.alternatives {
		for _, value := range a.find(scope, root) {
			if !value.IsEmpty() {
				return value
			}
			last = value
		}
	}
	return last
}

// All returns all values of the first alternative that has one that is not empty. A list is not taken apart.
func (p Path) All(scope, root Value) []Value {
	for _, a := range p.alternatives {
		values := a.find(scope, root)
		for _, value := range values {
			if !value.IsEmpty() {
				return values
			}
		}
	}
	return nil
}

// Items returns the elements that the path finds: those of a list, or several values as they are. Something else than a list where
// one value was found is an error, except an object, which is a list of one.
func (p Path) Items(scope, root Value) ([]Value, error) {
	values := p.All(scope, root)
	if len(values) != 1 || values[0].IsObject() {
		return values, nil
	}
	return values[0].Items()
}

func (a alternative) find(scope, root Value) []Value {
	if a.constant {
		return []Value{literal(a.literal)}
	}
	found := []Value{scope}
	if a.root {
		found = []Value{root}
	}
	for _, s := range a.steps {
		var next []Value
		for _, value := range found {
			next = append(next, s.from(value)...)
		}
		found = next
	}
	return found
}

func (s step) from(value Value) []Value {
	switch {
	case s.name != "":
		return []Value{value.Get(s.name)}
	case !s.all:
		return []Value{value.At(s.index)}
	}
	items, _ := value.Items()
	if s.key == "" {
		return items
	}
	var matching []Value
	for _, item := range items {
		if text, err := item.Get(s.key).Text(); err == nil && text == s.value {
			matching = append(matching, item)
		}
	}
	return matching
}
