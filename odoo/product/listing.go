package product

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Described is a product with what some of its fields hold.
type Described struct {
	ID     int64
	SKU    string
	Active bool
	// Values are by the names that were asked for.
	Values map[string]Value
}

// Value is what a field holds, as text: "true" and "false" for checkboxes, numbers as they are written, the key of a
// selection, the name of a linked record. An empty field is the empty text.
type Value struct {
	Text string
	// HTML says that the text is HTML.
	HTML bool
	// Bool says that the field is a checkbox, whose "false" is no empty field.
	Bool bool
}

// DescribeQuery says what [Reader.Describe] reads.
type DescribeQuery struct {
	// Products are ids of product variants; nil for all.
	Products []int64
	// Company leaves out the products of other companies; 0 takes all that the user may see.
	Company int64
	// Fields are those of product.product, which has its template's too, or reached over one link:
	// "country_of_origin.code".
	Fields []string
	// Language is the language of translated texts, such as de_DE; empty for the user's own.
	Language string
}

// Describe returns the products that have a SKU, archived ones too, by id, with what the fields hold. A field that the
// database lacks is an error of [odoo.CodeUnknownField]. Weights are in the database's unit: see [Reader.WeightUnit]. It
// only reads.
func (r *Reader) Describe(ctx context.Context, q DescribeQuery) ([]Described, error) {
	plan, err := r.planFields(ctx, q.Fields)
	if err != nil {
		return nil, err
	}
	in := odoo.Context{"active_test": false}
	if q.Language != "" {
		in["lang"] = q.Language
	}
	domain := odoo.And(odoo.Ne("default_code", false), ofCompany(q.Company))
	var found []Described
	read := func(domain odoo.Domain) error {
		for last := int64(0); ; {
			rows, err := odoo.Invoke[[]map[string]json.RawMessage](ctx, r.client, odoo.Call{
				Model: "product.product", Method: "search_read", Context: in, Args: odoo.Args{
					"domain": odoo.And(odoo.Gt("id", last), domain), "fields": plan.names, "order": "id", "limit": describePage,
				},
			})
			if err != nil {
				return err
			}
			for _, row := range rows {
				one, err := plan.describe(row)
				if err != nil {
					return err
				}
				found, last = append(found, one), one.ID
			}
			if len(rows) < describePage {
				return nil
			}
		}
	}
	if q.Products == nil {
		err = read(domain)
	} else {
		for part := range slices.Chunk(q.Products, describePage) {
			if err = read(odoo.And(odoo.In("id", part), domain)); err != nil {
				break
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return found, plan.follow(ctx, r.client, in, found)
}

// describePage is how many products are described in one call; descriptions can be long.
const describePage = 1000

// fieldPlan is how the wanted fields are read.
type fieldPlan struct {
	names []string // of product.product
	infos map[string]odoo.FieldInfo
	paths []fieldPath
}

type fieldPath struct {
	wanted      string
	field, then string // then is the field of the linked record, if there is one
	info        odoo.FieldInfo
}

func (r *Reader) planFields(ctx context.Context, wanted []string) (*fieldPlan, error) {
	infos, err := r.client.Fields(ctx, "product.product")
	if err != nil {
		return nil, err
	}
	plan := &fieldPlan{infos: infos}
	names := map[string]bool{"default_code": true, "active": true}
	for _, path := range wanted {
		field, then, linked := strings.Cut(path, ".")
		info, ok := infos[field]
		switch {
		case !ok:
			return nil, noField("product.product", field)
		case linked && info.Type != "many2one":
			return nil, &odoo.Error{Code: odoo.CodeUnknownField, Model: "product.product", Field: path, Message: "it is no link to a record", Hint: "name the field without what stands behind the point"}
		case linked:
			inner, err := r.client.Fields(ctx, info.Relation)
			if err != nil {
				return nil, err
			}
			if info, ok = inner[then]; !ok {
				return nil, noField(infos[field].Relation, then)
			}
		}
		names[field] = true
		plan.paths = append(plan.paths, fieldPath{wanted: path, field: field, then: then, info: info})
	}
	plan.names = slices.Sorted(maps.Keys(names))
	return plan, nil
}

func noField(model, field string) error {
	return &odoo.Error{Code: odoo.CodeUnknownField, Model: model, Field: field, Message: "the database has no such field", Hint: "correct listings in the rules, or install the app that adds it"}
}

// describe reads a row; what lies behind links holds the id until follow.
func (p *fieldPlan) describe(row map[string]json.RawMessage) (Described, error) {
	d := Described{Values: make(map[string]Value, len(p.paths))}
	var sku any
	for name, into := range map[string]any{"id": &d.ID, "active": &d.Active, "default_code": &sku} {
		if err := json.Unmarshal(row[name], into); err != nil {
			return d, odooDecode(name, err)
		}
	}
	d.SKU, _ = sku.(string)
	for _, path := range p.paths {
		if path.then != "" {
			var link odoo.Many2One
			if err := json.Unmarshal(row[path.field], &link); err != nil {
				return d, odooDecode(path.field, err)
			}
			if link.ID != 0 {
				d.Values[path.wanted] = Value{Text: fmt.Sprint(link.ID)}
			} else {
				d.Values[path.wanted] = Value{}
			}
			continue
		}
		value, err := valueOf(path.info, row[path.field])
		if err != nil {
			return d, odooDecode(path.field, err)
		}
		d.Values[path.wanted] = value
	}
	return d, nil
}

// follow replaces ids by what the fields of the linked records hold.
func (p *fieldPlan) follow(ctx context.Context, client *odoo.Client, in odoo.Context, found []Described) error {
	for _, path := range p.paths {
		if path.then == "" {
			continue
		}
		var ids []int64
		seen := map[string]bool{}
		for _, d := range found {
			if text := d.Values[path.wanted].Text; text != "" && !seen[text] {
				seen[text] = true
				var id int64
				if _, err := fmt.Sscan(text, &id); err != nil {
					return odooDecode(path.field, err)
				}
				ids = append(ids, id)
			}
		}
		values := map[string]Value{}
		for part := range slices.Chunk(ids, describePage) {
			rows, err := odoo.Invoke[[]map[string]json.RawMessage](ctx, client, odoo.Call{
				Model: p.infos[path.field].Relation, Method: "read", IDs: part, Context: in, Args: odoo.Args{"fields": []string{path.then}},
			})
			if err != nil {
				return err
			}
			for _, row := range rows {
				value, err := valueOf(path.info, row[path.then])
				if err != nil {
					return odooDecode(path.wanted, err)
				}
				values[string(row["id"])] = value
			}
		}
		for _, d := range found {
			d.Values[path.wanted] = values[d.Values[path.wanted].Text]
		}
	}
	return nil
}

func odooDecode(field string, err error) error {
	return &odoo.Error{Code: odoo.CodeDecode, Model: "product.product", Field: field, Message: "a value cannot be read: " + err.Error()}
}

// valueOf reads a field by its type.
func valueOf(info odoo.FieldInfo, raw json.RawMessage) (Value, error) {
	text := string(raw)
	if info.Type == "boolean" {
		return Value{Text: text, Bool: true}, nil
	}
	if text == "" || text == "false" || text == "null" {
		return Value{}, nil
	}
	switch info.Type {
	case "many2one":
		var link odoo.Many2One
		err := json.Unmarshal(raw, &link)
		return Value{Text: link.Name}, err
	case "integer", "float", "monetary":
		var n number
		if err := n.UnmarshalJSON(raw); err != nil {
			return Value{}, err
		}
		return Value{Text: n.String()}, nil
	case "one2many", "many2many", "binary", "json", "properties", "reference":
		return Value{}, fmt.Errorf("fields of the type %s have no text", info.Type)
	default:
		err := json.Unmarshal(raw, &text)
		return Value{Text: text, HTML: info.Type == "html"}, err
	}
}

// pound is a pound in kilograms.
var pound = decimal.MustNew(45359237, 8)

// WeightUnit returns how many kilograms the database's unit of weight has: 1, or those of a pound. It only reads, and
// needs a product to look at: without any it is 1.
func (r *Reader) WeightUnit(ctx context.Context) (decimal.Decimal, error) {
	rows, err := odoo.Invoke[[]struct {
		Unit string `json:"weight_uom_name"`
	}](ctx, r.client, odoo.Call{Model: "product.product", Method: "search_read", Context: odoo.Context{"lang": "en_US"}, Args: odoo.Args{
		"domain": odoo.And(), "fields": []string{"weight_uom_name"}, "limit": 1,
	}})
	if err != nil || len(rows) == 0 || !strings.HasPrefix(strings.ToLower(rows[0].Unit), "lb") {
		return decimal.One, err
	}
	return pound, nil
}
