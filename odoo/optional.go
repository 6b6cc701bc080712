package odoo

// Optional is a field that a write leaves alone, sets or clears; as read it tells a value from "empty".
// The zero value leaves the field alone.
type Optional[T any] struct {
	value T
	state optionalState
}

type optionalState uint8

const (
	untouched optionalState = iota
	present
	cleared
)

// Set returns an Optional that sets the field to a value, also to a zero one.
func Set[T any](value T) Optional[T] { return Optional[T]{value: value, state: present} }

// Clear returns an Optional that empties the field (Odoo's false).
func Clear[T any]() Optional[T] { return Optional[T]{state: cleared} }

// Get returns the value, and whether there is one.
func (o Optional[T]) Get() (T, bool) { return o.value, o.state == present }

// Or returns the value, or a fallback if there is none.
func (o Optional[T]) Or(fallback T) T {
	if o.state == present {
		return o.value
	}
	return fallback
}

// IsZero reports whether a write leaves the field alone.
func (o Optional[T]) IsZero() bool { return o.state == untouched }

// IsCleared reports whether the field was read as empty, or a write empties it.
func (o Optional[T]) IsCleared() bool { return o.state == cleared }

// MarshalJSON writes the value, or false for a cleared or untouched field.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if o.state != present {
		return []byte("false"), nil
	}
	return marshal(plain(o.value))
}

// UnmarshalJSON reads a value; false (unless T is bool) and null are "empty".
func (o *Optional[T]) UnmarshalJSON(raw []byte) error {
	value, err := single(raw)
	if err != nil {
		return err
	}
	return o.scanOdoo(value)
}

func (o *Optional[T]) scanOdoo(raw []byte) error {
	*o = Clear[T]()
	_, boolean := any(&o.value).(*bool)
	if isNull(raw) || !boolean && isAbsent(raw) {
		return nil
	}
	if err := scanInto(&o.value, raw); err != nil {
		return err
	}
	o.state = present
	return nil
}
