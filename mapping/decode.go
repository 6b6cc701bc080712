package mapping

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// decoder turns a YAML tree into rules. It goes on after a mistake, to report all of them, and
// remembers where every value stands.
type decoder struct {
	problems problems
	// places are those of the values by path, keys those of their keys.
	places, keys map[string]place
}

type place struct{ line, column int }

var (
	refType     = reflect.TypeFor[Ref]()
	decimalType = reflect.TypeFor[decimal.Decimal]()
	channelType = reflect.TypeFor[canonical.Channel]()
)

func (d *decoder) decode(body ast.Node, rules *Rules) {
	d.value(body, reflect.ValueOf(rules).Elem(), "")
}

// placeOf returns the place of what was found, or of the nearest value around it.
func (d *decoder) placeOf(f finding) place {
	path := f.Path
	if at, ok := d.keys[path]; ok && f.atKey {
		return at
	}
	for {
		if at, ok := d.places[path]; ok || path == "" {
			return at
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
}

// explained reports whether a problem of decoding already covers the path.
func (d *decoder) explained(path string) bool {
	for _, p := range d.problems {
		if p.Path == "" || within(p.Path, path) || within(path, p.Path) {
			return true
		}
	}
	return false
}

// within reports whether inner is outer or a part of it.
func within(inner, outer string) bool {
	rest, ok := strings.CutPrefix(inner, outer)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

func (d *decoder) refuse(n ast.Node, path, message, wayOut string) {
	d.problems = append(d.problems, at(startOf(n), path, message, wayOut))
}

// note remembers the place of a path, unless it has one: a mapping stands at its key.
func (d *decoder) note(path string, t *token.Token) {
	if _, ok := d.places[path]; !ok && t != nil && t.Position != nil {
		d.places[path] = place{t.Position.Line, t.Position.Column}
	}
}

// value decodes one node into v, which is addressable.
func (d *decoder) value(n ast.Node, v reflect.Value, path string) {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode:
		d.refuse(n, path, "anchors and aliases are not supported", "write the value out, or put what channels share under defaults")
		return
	case *ast.TagNode:
		d.refuse(n, path, "tags are not supported", "write the value without the tag")
		return
	case *ast.NullNode:
		d.refuse(n, path, "no value", "give one, or remove the key")
		return
	}
	switch {
	case v.Type() == refType || v.Type() == decimalType || v.Kind() == reflect.String || v.Kind() == reflect.Int ||
		v.Kind() == reflect.Int64 || v.Kind() == reflect.Bool:
		d.scalar(n, v, path)
	case v.Kind() == reflect.Pointer:
		target := reflect.New(v.Type().Elem())
		before := len(d.problems)
		d.value(n, target.Elem(), path)
		if len(d.problems) == before {
			v.Set(target)
		}
	case v.Kind() == reflect.Struct:
		d.structure(n, v, path)
	case v.Kind() == reflect.Map:
		d.mapping(n, v, path)
	case v.Kind() == reflect.Slice:
		d.list(n, v, path)
	}
}

// entries iterates over the pairs of a mapping with unique keys.
func (d *decoder) entries(n ast.Node, path string, each func(key string, keyNode, value ast.Node)) {
	var pairs []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		pairs = m.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{m}
	default:
		d.refuse(n, path, "a mapping of keys to values is wanted, not "+describe(n), "write \"key: value\" lines")
		return
	}
	seen := map[string]*token.Token{}
	for _, pair := range pairs {
		key, ok := keyText(pair.Key)
		if !ok {
			d.refuse(pair.Key, path, "this key is not plain text", "write the key as text, without anchors, tags, \"?\" or \"<<\"")
			continue
		}
		t := pair.Key.GetToken()
		if first, dup := seen[key]; dup {
			d.problems = append(d.problems, at(t, join(path, key), "the key is here twice",
				fmt.Sprintf("keep one of them; the first is in line %d", first.Position.Line)))
			continue
		}
		seen[key] = t
		each(key, pair.Key, pair.Value)
	}
}

func (d *decoder) structure(n ast.Node, v reflect.Value, path string) {
	fields := fieldsOf(v.Type())
	d.entries(n, path, func(key string, keyNode, value ast.Node) {
		i, known := fields[key]
		inner := join(path, key)
		if !known {
			d.refuse(keyNode, inner, "unknown key", suggest(key, slices.Sorted(maps.Keys(fields))))
			return
		}
		d.noteEntry(inner, keyNode, value)
		d.value(value, v.Field(i), inner)
	})
}

// noteEntry places a scalar at its value and anything larger at its key.
func (d *decoder) noteEntry(path string, keyNode, value ast.Node) {
	if t := keyNode.GetToken(); t.Position != nil {
		d.keys[path] = place{t.Position.Line, t.Position.Column}
	}
	switch value.(type) {
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode, *ast.NullNode:
		d.note(path, keyNode.GetToken())
	default:
		d.note(path, value.GetToken())
	}
}

func (d *decoder) mapping(n ast.Node, v reflect.Value, path string) {
	result := reflect.MakeMap(v.Type())
	d.entries(n, path, func(key string, keyNode, value ast.Node) {
		inner := join(path, key)
		d.noteEntry(inner, keyNode, value)
		k := reflect.New(v.Type().Key()).Elem()
		if k.Type() == channelType {
			channel, ok := parseChannel(key)
			if !ok {
				d.refuse(keyNode, inner, "a channel is named \"name/account\"", "for example woocommerce/main")
				return
			}
			k.Set(reflect.ValueOf(channel))
		} else {
			k.SetString(key)
		}
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(value, element, inner)
		result.SetMapIndex(k, element)
	})
	v.Set(result)
}

func (d *decoder) list(n ast.Node, v reflect.Value, path string) {
	sequence, ok := n.(*ast.SequenceNode)
	if !ok {
		d.refuse(n, path, "a list is wanted, not "+describe(n), "write each entry on its own line after \"- \", or all in [ ]")
		return
	}
	result := reflect.MakeSlice(v.Type(), len(sequence.Values), len(sequence.Values))
	for i, entry := range sequence.Values {
		inner := path + "[" + strconv.Itoa(i) + "]"
		d.note(inner, startOf(entry))
		d.value(entry, result.Index(i), inner)
	}
	v.Set(result)
}

// startOf is the first token of a node: what the parser calls the token of a block mapping is its colon.
func startOf(n ast.Node) *token.Token {
	switch m := n.(type) {
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			return m.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return m.Key.GetToken()
	}
	return n.GetToken()
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// fieldsOf is the index of each field of a rules struct by its YAML key.
func fieldsOf(t reflect.Type) map[string]int {
	fields := make(map[string]int, t.NumField())
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" {
			fields[name] = i
		}
	}
	return fields
}

func parseChannel(text string) (canonical.Channel, bool) {
	name, account, ok := strings.Cut(text, "/")
	if !ok || strings.Contains(account, "/") {
		return canonical.Channel{}, false
	}
	channel := canonical.Channel{Name: name, Account: account}
	return channel, validChannel(channel)
}

// suggest names the key that was probably meant, or all there are.
func suggest(key string, known []string) string {
	best, distance := "", 3
	for _, candidate := range known {
		if n := edits(key, candidate); n < distance {
			best, distance = candidate, n
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "known are " + strings.Join(known, ", ")
}

// edits is the Levenshtein distance of two short words; long ones are never close.
func edits(a, b string) int {
	if len(a) > 40 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
