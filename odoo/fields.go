package odoo

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// FieldInfo describes a field of a model in this database.
type FieldInfo struct {
	// Name and Label are the technical and the human name.
	Name, Label string
	// Type is Odoo's: char, text, html, integer, float, monetary, boolean, date, datetime, selection, many2one,
	// one2many, many2many, binary, json and so on.
	Type string
	// Relation is the model that a relational field refers to.
	Relation                  string
	Required, ReadOnly, Store bool
	// Digits are precision and scale of a float, nil if Odoo does not round it.
	Digits []int
}

// The values of selections are not among them: Odoo 19 computes those of a company's chart of accounts from the files of all charts, which
// takes it a fifth of a second.
var fieldAttributes = []string{"string", "type", "relation", "required", "readonly", "store", "digits"}

// Fields returns the fields of a model that the user may see, by name, in this database with its modules.
// It is read once per model and client; do not change the map.
func (c *Client) Fields(ctx context.Context, model string) (map[string]FieldInfo, error) {
	if known, ok := c.fields.Load(model); ok {
		return known.(map[string]FieldInfo), nil
	}
	type answer struct {
		String   json.RawMessage `json:"string"`
		Type     string          `json:"type"`
		Relation json.RawMessage `json:"relation"`
		Required json.RawMessage `json:"required"`
		ReadOnly json.RawMessage `json:"readonly"`
		Store    json.RawMessage `json:"store"`
		Digits   json.RawMessage `json:"digits"`
	}
	described, err := Invoke[map[string]answer](ctx, c, Call{
		Model: model, Method: "fields_get", Args: Args{"attributes": fieldAttributes}, Effect: EffectRead,
	})
	if err != nil {
		return nil, err
	}
	fields := make(map[string]FieldInfo, len(described))
	for name, a := range described {
		f := FieldInfo{Name: name, Type: a.Type, Required: isTrue(a.Required), ReadOnly: isTrue(a.ReadOnly), Store: isTrue(a.Store)}
		f.Label, _ = text(a.String)
		f.Relation, _ = text(a.Relation)
		f.Digits = digits(a.Digits)
		fields[name] = f
	}
	known, _ := c.fields.LoadOrStore(model, fields)
	return known.(map[string]FieldInfo), nil
}

func isTrue(raw []byte) bool { return string(raw) == "true" }

// digits reads [16, 2]; anything else is no rounding.
func digits(raw []byte) []int {
	var d []int
	if json.Unmarshal(raw, &d) != nil || len(d) != 2 {
		return nil
	}
	return d
}

// Require checks that a model has these fields, by their newest names, and returns one error of
// [CodeUnknownField] that lists all that are missing, or of [CodeUnknownModel].
func (c *Client) Require(ctx context.Context, model string, fields ...string) error {
	known, err := c.Fields(ctx, model)
	if err != nil {
		return err
	}
	var missing []string
	for _, field := range fields {
		if c.resolve(model, field, nil, known) == "" {
			missing = append(missing, field)
		}
	}
	if missing != nil {
		return c.missingFields(model, missing)
	}
	return nil
}

func (c *Client) missingFields(model string, fields []string) *Error {
	slices.Sort(fields)
	e := &Error{
		Code: CodeUnknownField, Model: model, Field: strings.Join(fields, ", "),
		Message: "not in this Odoo " + c.version.String() + " database, or hidden from the user",
	}
	var ways []string
	for _, field := range fields {
		if way := fieldSource(model, field); way != "" && !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	e.Hint = strings.Join(ways, "; ")
	if e.Hint == "" {
		e.Hint = "install the module that brings it, or mark the field optional"
	}
	return e
}
