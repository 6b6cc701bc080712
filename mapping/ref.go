package mapping

import (
	"fmt"
	"strconv"
)

// Ref names one Odoo record: by its database id, or by its exact name or code. In YAML it is one
// scalar: a number is an id, text is a name. A name that looks like a number is put in quotes.
// Which codes count besides the name depends on the model (a product's SKU, a warehouse's short
// name). The zero Ref names nothing.
type Ref struct {
	ID   int64
	Name string
}

// RefNone is the word that says "on purpose none" where a rule allows it ("tax: none").
const RefNone = "none"

// ID refers to a record by its database id.
func ID(id int64) Ref { return Ref{ID: id} }

// Name refers to a record by its exact name or code.
func Name(name string) Ref { return Ref{Name: name} }

// IsZero reports whether r names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// IsNone reports whether r says "on purpose none".
func (r Ref) IsNone() bool { return r == Ref{Name: RefNone} }

// String is the reference as it stands in YAML, an id or a name, for messages.
func (r Ref) String() string {
	if r.Name != "" {
		return r.Name
	}
	if r.ID != 0 {
		return strconv.FormatInt(r.ID, 10)
	}
	return ""
}

// MarshalYAML implements go-yaml's InterfaceMarshaler.
func (r Ref) MarshalYAML() (any, error) {
	switch {
	case r.Name != "" && r.ID != 0:
		return nil, fmt.Errorf("mapping: reference has both the id %d and the name %q: keep one", r.ID, r.Name)
	case r.Name != "":
		return r.Name, nil
	case r.ID != 0:
		return r.ID, nil
	default:
		return nil, nil
	}
}

// UnmarshalYAML implements go-yaml's InterfaceUnmarshaler.
func (r *Ref) UnmarshalYAML(unmarshal func(any) error) error {
	var scalar any
	if err := unmarshal(&scalar); err != nil {
		return err
	}
	switch value := scalar.(type) {
	case nil:
		*r = Ref{}
	case string:
		*r = Ref{Name: value}
	case uint64:
		id, err := strconv.ParseInt(strconv.FormatUint(value, 10), 10, 64)
		if err != nil || id == 0 {
			return fmt.Errorf("mapping: %d is no database id: write a positive number or a name", value)
		}
		*r = Ref{ID: id}
	default:
		return fmt.Errorf("mapping: a reference is a database id or a name, not %T", scalar)
	}
	return nil
}
