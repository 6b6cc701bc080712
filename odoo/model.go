package odoo

import (
	"context"
	"reflect"
	"strings"
)

// Model is a struct that holds records of an Odoo model:
//
//	type Order struct {
//		ID    int64           `odoo:"id"`
//		Name  string          `odoo:"name"`
//		Total decimal.Decimal `odoo:"amount_total"`
//		Taxes []int64         `odoo:"tax_ids,was=tax_id"`
//	}
//
//	func (Order) OdooModel() string { return "sale.order" }
//
// A tag names the field as the newest Odoo does; names that changed are translated by the package's table
// of version differences. After the name may come
//
//   - optional: leave the field out where this database lacks it; without it that is an error;
//   - was=name: another name to look for, for fields of add-ons; may be repeated;
//   - readonly: never write the field;
//   - always: write the field also when it is zero.
//
// Fields without a tag and with the tag "-" are not Odoo's. Field types are texts, booleans, integers
// (which also take a many2one's id), decimal.Decimal, [Many2One], time.Time for datetimes, [Date], []int64
// for x2many, [Optional] of these, json.RawMessage and types that implement json.Unmarshaler; for writing,
// [Commands]. Floats are refused.
type Model interface {
	// OdooModel names the model, such as "sale.order". It is called on the zero value.
	OdooModel() string
}

// plan is how a struct type is read from and written to one database.
type plan struct {
	model  string
	fields []planField
	names  []string // asked for when reading; id is first
	id     []int    // the struct's id field; nil if it has none
}

type planField struct {
	canonical, name string
	index           []int
	scan            scanFunc
	value           valueFunc
	readonly        bool
	always          bool
	time            bool
}

// planOf returns the plan of a type, made at its first use from the model's fields in this database.
func (c *Client) planOf(ctx context.Context, t reflect.Type) (*plan, error) {
	if known, ok := c.plans.Load(t); ok {
		return known.(*plan), nil
	}
	made, err := c.makePlan(ctx, t)
	if err != nil {
		return nil, err
	}
	known, _ := c.plans.LoadOrStore(t, made)
	return known.(*plan), nil
}

func (c *Client) makePlan(ctx context.Context, t reflect.Type) (*plan, error) {
	if t.Kind() != reflect.Struct {
		return nil, &Error{Code: CodeBadArguments, Message: t.String() + " is not a struct", Hint: "use a struct type with odoo tags"}
	}
	model, ok := reflect.Zero(t).Interface().(Model)
	if !ok {
		return nil, &Error{Code: CodeBadArguments, Message: t.String() + " has no method OdooModel", Hint: "implement odoo.Model with a value receiver"}
	}
	p := &plan{model: model.OdooModel(), names: []string{"id"}}
	known, err := c.Fields(ctx, p.model)
	if err != nil {
		return nil, err
	}
	missing := []string{}
	seen := map[string]bool{}
	for _, field := range reflect.VisibleFields(t) {
		tag, ok := field.Tag.Lookup("odoo")
		if !ok || tag == "-" || !field.IsExported() {
			continue
		}
		f, was, optional, err := parseTag(p.model, t, field, tag)
		if err != nil {
			return nil, err
		}
		if f.name = c.resolve(p.model, f.canonical, was, known); f.name == "" {
			if !optional {
				missing = append(missing, f.canonical)
			}
			continue
		}
		if f.name == "id" && !field.Type.ConvertibleTo(reflect.TypeFor[int64]()) {
			return nil, tagError(p.model, "id", t, "the id is no integer", "make it an int64")
		}
		if throughPointer(t, field.Index) {
			return nil, tagError(p.model, f.canonical, t, "it is in an embedded pointer", "embed the struct itself")
		}
		if seen[f.name] {
			return nil, tagError(p.model, f.canonical, t, "two struct fields read it", "remove one")
		}
		seen[f.name] = true
		p.fields = append(p.fields, f)
		if f.name == "id" {
			p.id = f.index
		} else if f.scan != nil {
			p.names = append(p.names, f.name)
		}
	}
	if len(missing) > 0 {
		return nil, c.missingFields(p.model, missing)
	}
	return p, nil
}

// throughPointer reports whether a field is reached through an embedded pointer, which may be nil.
func throughPointer(t reflect.Type, index []int) bool {
	for _, step := range index[:len(index)-1] {
		if t = t.Field(step).Type; t.Kind() == reflect.Pointer {
			return true
		}
	}
	return false
}

// resolve finds the name that a field has in this database, "" if it has none.
func (c *Client) resolve(model, canonical string, was []string, known map[string]FieldInfo) string {
	if canonical == "id" {
		return "id"
	}
	if name, ok := c.FieldName(model, canonical); ok {
		if _, there := known[name]; there {
			return name
		}
	}
	for _, name := range was {
		if _, there := known[name]; there {
			return name
		}
	}
	return ""
}

func parseTag(model string, t reflect.Type, field reflect.StructField, tag string) (f planField, was []string, optional bool, err error) {
	parts := strings.Split(tag, ",")
	f = planField{canonical: parts[0], index: field.Index}
	if !validName(f.canonical) {
		return f, nil, false, tagError(model, field.Name, t, "the tag names no field", `use a tag such as odoo:"name"`)
	}
	for _, option := range parts[1:] {
		switch {
		case option == "optional":
			optional = true
		case option == "readonly":
			f.readonly = true
		case option == "always":
			f.always = true
		case strings.HasPrefix(option, "was=") && validName(option[len("was="):]):
			was = append(was, option[len("was="):])
		default:
			return f, nil, false, tagError(model, field.Name, t, "unknown tag option "+option, "see odoo.Model")
		}
	}
	if field.Type != typeCommands {
		if f.scan, err = scanFor(field.Type); err != nil {
			return f, nil, false, tagError(model, f.canonical, t, err.Error(), "change the type of the struct field")
		}
	}
	f.value = valueFor(field.Type)
	f.time = field.Type == typeTime
	return f, was, optional, nil
}

func tagError(model, field string, t reflect.Type, message, hint string) *Error {
	return &Error{Code: CodeBadArguments, Model: model, Field: field, Message: t.String() + ": " + message, Hint: hint}
}
