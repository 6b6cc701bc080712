package wire

import (
	"bytes"
	"encoding/json"
	"io"
)

// List is a JSON array. Null, false and an empty text are an empty list; an object is the list of
// its values in the order in which they are written. An element that does not fit T is kept as a
// zero value and counted in Odd.
type List[T any] struct {
	Items []T
	// Odd is how many elements did not have T's form.
	Odd int
}

// UnmarshalJSON implements json.Unmarshaler. It never fails.
func (l *List[T]) UnmarshalJSON(data []byte) error {
	*l = List[T]{}
	var elements []json.RawMessage
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return nil
	}
	switch data[0] {
	case '[':
		if json.Unmarshal(data, &elements) != nil {
			l.Odd++
		}
	case '{':
		elements = values(data)
	case 'n', 'f', '"':
		return nil
	default:
		l.Odd++
	}
	for _, element := range elements {
		var item T
		if json.Unmarshal(element, &item) != nil {
			l.Odd++
			var none T
			item = none
		}
		l.Items = append(l.Items, item)
	}
	return nil
}

// MarshalJSON implements json.Marshaler.
func (l List[T]) MarshalJSON() ([]byte, error) {
	if l.Items == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(l.Items)
}

// values returns an object's values in their order; a map would lose it.
func values(object []byte) []json.RawMessage {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if _, err := decoder.Token(); err != nil {
		return nil
	}
	var found []json.RawMessage
	for decoder.More() {
		if _, err := decoder.Token(); err != nil {
			return found
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil && err != io.EOF {
			return found
		}
		found = append(found, value)
	}
	return found
}

// Object is a JSON object. Anything else is the zero value of T, and Odd unless it is null, false
// or an empty array.
type Object[T any] struct {
	Value   T
	Present bool
	Odd     bool
}

// UnmarshalJSON implements json.Unmarshaler. It never fails.
func (o *Object[T]) UnmarshalJSON(data []byte) error {
	*o = Object[T]{}
	data = bytes.TrimSpace(data)
	if len(data) > 0 && data[0] == '{' {
		if json.Unmarshal(data, &o.Value) != nil {
			var none T
			o.Value, o.Odd = none, true
			return nil
		}
		o.Present = true
		return nil
	}
	var list List[json.RawMessage]
	_ = list.UnmarshalJSON(data)
	o.Odd = list.Odd > 0 || len(list.Items) > 0
	return nil
}

// MarshalJSON implements json.Marshaler.
func (o Object[T]) MarshalJSON() ([]byte, error) {
	if !o.Present {
		return []byte("null"), nil
	}
	return json.Marshal(o.Value)
}
