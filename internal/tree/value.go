package tree

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// The ways in which a value is not what it should be. None holds the value: it may be anybody's.
var (
	ErrForm      = errors.New("does not have the expected form")
	ErrNotScalar = errors.New("is a list or an object where a single value is expected")
	ErrNotNumber = errors.New("is not a decimal number of at most 19 digits")
	ErrNotTime   = errors.New("is not a time")
	ErrNotWhole  = errors.New("is not a whole number of minor units")
	ErrMissing   = errors.New("is missing")
	ErrDuplicate = errors.New("is the id of an earlier line too")
	ErrNegative  = errors.New("is less than nothing")
	ErrTooLarge  = errors.New("is too large a number")
)

// Value is a node of a JSON document, or nothing. The zero Value is nothing.
type Value struct {
	node any
	path string
	null bool // a field that is there and null
}

// Parse reads a document.
func Parse(data []byte) (Value, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var node any
	if err := decoder.Decode(&node); err != nil {
		return Value{}, ErrForm
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Value{}, ErrForm
	}
	return Value{node: node}, nil
}

// literal is a text that is in no document.
func literal(text string) Value { return Value{node: text} }

// Path is where the value stands or should stand, such as "line_items[2].refund".
func (v Value) Path() string { return v.path }

// IsObject reports whether the value is an object.
func (v Value) IsObject() bool {
	_, ok := v.node.(map[string]any)
	return ok
}

// IsList reports whether the value is a list.
func (v Value) IsList() bool {
	_, ok := v.node.([]any)
	return ok
}

// IsNull reports whether the value is a field that is there and null, as some services write an empty list.
func (v Value) IsNull() bool { return v.null }

// Get returns a field of an object; nothing for anything else.
func (v Value) Get(name string) Value {
	path := name
	if v.path != "" {
		path = v.path + "." + name
	}
	object, _ := v.node.(map[string]any)
	node, there := object[name]
	return Value{node: node, path: path, null: there && node == nil}
}

// At returns an element of a list; nothing for anything else.
func (v Value) At(i int) Value {
	path := v.path + "[" + strconv.Itoa(i) + "]"
	list, _ := v.node.([]any)
	if i < 0 || i >= len(list) {
		return Value{path: path}
	}
	return Value{node: list[i], path: path}
}

// Items returns the elements of a list. Nothing, false and an empty text are an empty list; anything else is no list.
func (v Value) Items() ([]Value, error) {
	list, ok := v.node.([]any)
	if !ok {
		if v.IsEmpty() {
			return nil, nil
		}
		return nil, ErrForm
	}
	items := make([]Value, len(list))
	for i := range list {
		items[i] = v.At(i)
	}
	return items, nil
}

// Text returns a text, number or truth value as text, as it is written and without surrounding space. Nothing is empty.
func (v Value) Text() (string, error) {
	switch node := v.node.(type) {
	case nil:
		return "", nil
	case string:
		return strings.TrimSpace(node), nil
	case json.Number:
		return node.String(), nil
	case bool:
		return strconv.FormatBool(node), nil
	default:
		if v.IsEmpty() {
			return "", nil
		}
		return "", ErrNotScalar
	}
}

// IsEmpty reports whether the value is nothing, null, false, or an empty text, list or object.
func (v Value) IsEmpty() bool {
	switch node := v.node.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(node) == ""
	case bool:
		return !node
	case []any:
		return len(node) == 0
	case map[string]any:
		return len(node) == 0
	default:
		return false
	}
}

// IsTrue reports whether the value says yes.
func (v Value) IsTrue() bool {
	text, _ := v.Text()
	switch strings.ToLower(text) {
	case "true", "1", "yes", "y":
		return true
	default:
		return false
	}
}

// JSON returns the value as JSON.
func (v Value) JSON() json.RawMessage {
	data, err := json.Marshal(v.node)
	if err != nil {
		return json.RawMessage("null") // what was read can be written
	}
	return data
}
