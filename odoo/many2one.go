package odoo

import (
	"encoding/json"
	"strconv"
)

// Many2One is a reference to one record: its id and, as read, its display name. The zero value is no reference.
// Writing sends the id alone; to write "none", use [Optional].
type Many2One struct {
	ID   int64
	Name string
}

// IsZero reports whether there is no reference.
func (m Many2One) IsZero() bool { return m.ID == 0 }

func (m Many2One) value() any {
	if m.ID == 0 {
		return false
	}
	return m.ID
}

// MarshalJSON writes the id, or false.
func (m Many2One) MarshalJSON() ([]byte, error) {
	if m.ID == 0 {
		return []byte("false"), nil
	}
	return strconv.AppendInt(nil, m.ID, 10), nil
}

// UnmarshalJSON reads all the shapes that Odoo's versions and methods give: false, null, 5, [], [5], [5,
// "name"], [5, false] and {"id": 5, "display_name": "name"}.
func (m *Many2One) UnmarshalJSON(raw []byte) error {
	value, err := single(raw)
	if err != nil {
		return err
	}
	return m.scanOdoo(value)
}

func (m *Many2One) scanOdoo(raw []byte) (err error) {
	*m = Many2One{}
	if isAbsent(raw) {
		return nil
	}
	switch raw[0] {
	case '[':
		position := 0
		_, err = eachElement(raw, 0, 0, func(value []byte) (err error) {
			switch position {
			case 0:
				m.ID, err = integer(value)
			case 1:
				m.Name, err = optionalText(value)
			}
			position++
			return err
		})
	case '{':
		_, err = eachMember(raw, 0, 0, func(key, value []byte) (err error) {
			switch {
			case keyIs(key, "id"):
				m.ID, err = integer(value)
			case keyIs(key, "display_name"):
				m.Name, err = optionalText(value)
			}
			return err
		})
	default:
		m.ID, err = integer(raw)
	}
	if err != nil {
		*m = Many2One{}
	}
	return err
}

// integer reads an integer; false and null are 0.
func integer(raw []byte) (int64, error) {
	if isAbsent(raw) {
		return 0, nil
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err == nil {
		return n, nil
	}
	if raw[0] == '"' {
		return 0, errKind("an integer", raw)
	}
	// Some fields are declared as floats by modules: 5.0.
	f, parseErr := parseDecimal(raw)
	if parseErr != nil {
		return 0, errKind("an integer", raw)
	}
	whole, _, ok := f.Int64(0)
	if !ok || !f.IsInt() {
		return 0, errKind("an integer", raw)
	}
	return whole, nil
}

// optionalText reads a text; false and null are "".
func optionalText(raw []byte) (string, error) {
	if isAbsent(raw) {
		return "", nil
	}
	if raw[0] != '"' {
		return "", errKind("a text", raw)
	}
	return text(raw)
}

// errKind says what was expected and what kind of value came, without the value.
func errKind(want string, raw []byte) error {
	got := "a number"
	switch {
	case len(raw) == 0:
		got = "nothing"
	case raw[0] == '"':
		got = "a text"
	case raw[0] == '{':
		got = "an object"
	case raw[0] == '[':
		got = "a list"
	case raw[0] == 't', raw[0] == 'f':
		got = "a boolean"
	}
	return &kindError{want: want, got: got}
}

type kindError struct{ want, got string }

func (e *kindError) Error() string { return "expected " + e.want + ", got " + e.got }

var _ json.Unmarshaler = (*Many2One)(nil)
