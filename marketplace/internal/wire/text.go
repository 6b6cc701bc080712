package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// The ways in which a field is not what it should be.
var (
	ErrNotScalar = errors.New("is a list or an object where a single value is expected")
	ErrNotNumber = errors.New("is not a decimal number")
	ErrNotTime   = errors.New("is not a time")
)

// Text is a JSON string, number or boolean as text, exactly as it was written. Null and absent are
// empty.
type Text struct {
	value  string
	nested bool
}

// NewText returns the text of a string field.
func NewText(value string) Text { return Text{value: value} }

// UnmarshalJSON implements json.Unmarshaler. It never fails.
func (t *Text) UnmarshalJSON(data []byte) error {
	*t = Text{}
	data = bytes.TrimSpace(data)
	switch {
	case len(data) == 0 || bytes.Equal(data, []byte("null")):
	case data[0] == '"':
		// The decoder has checked the syntax, so this cannot fail.
		_ = json.Unmarshal(data, &t.value)
	case data[0] == '{' || data[0] == '[':
		// PHP writes an empty array for nothing.
		t.nested = len(bytes.TrimSpace(data[1:len(data)-1])) > 0
	case bytes.Equal(data, []byte("false")):
	default:
		t.value = string(data)
	}
	return nil
}

// MarshalJSON implements json.Marshaler.
func (t Text) MarshalJSON() ([]byte, error) { return json.Marshal(t.value) }

// String returns the text without surrounding space.
func (t Text) String() string { return strings.TrimSpace(t.value) }

// IsTrue reports whether the field says yes.
func (t Text) IsTrue() bool {
	switch strings.ToLower(t.String()) {
	case "true", "1", "yes":
		return true
	default:
		return false
	}
}

// Decimal returns the number; empty is zero.
func (t Text) Decimal() (decimal.Decimal, error) {
	if t.nested {
		return decimal.Zero, ErrNotScalar
	}
	text := t.String()
	if text == "" {
		return decimal.Zero, nil
	}
	value, err := decimal.Parse(text)
	if err != nil {
		// The cause quotes the input, which may be anything.
		return decimal.Zero, ErrNotNumber
	}
	return value, nil
}

// Time returns the time in UTC; empty is the zero time. A time without a zone is taken as UTC.
func (t Text) Time() (time.Time, error) {
	if t.nested {
		return time.Time{}, ErrNotScalar
	}
	text := t.String()
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, ErrNotTime
}

// IsEmpty reports whether the field is absent, null or empty.
func (t Text) IsEmpty() bool { return t.String() == "" && !t.nested }
