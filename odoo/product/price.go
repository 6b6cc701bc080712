package product

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// PriceQuery says which prices to read.
type PriceQuery struct {
	// Pricelist is the id of a product.pricelist.
	Pricelist int64
	// Company is whose costs and exchange rates count; 0: the user's own.
	Company int64
	// Products are ids of product variants.
	Products []int64
	// Unit is the unit of measure that prices are of; 0: each product's own. It must measure the same thing.
	Unit int64
	// Pieces is how many of the products' own unit one of Unit is; 0 is 1. [Reader.Windows] leaves out rules for more than that.
	Pieces decimal.Decimal
	// At is the moment of the prices; zero means now. Exchange rates are those of its day, and of the latest day that
	// has any.
	At time.Time
}

// Prices returns what one unit of each product costs on the pricelist, in the pricelist's currency and the query's unit of
// measure, with taxes as the product's price has them. Odoo computes them: whatever pricelists can say, and
// what add-ons make of it, is in them.
//
// They are not rounded to the currency: Odoo 19 sells at prices with more decimals than the currency has, and taxes are to
// be added before rounding. Until Odoo 15 they have the decimals of "Product Price". Only quantities of 1 of that unit
// are asked for, so rules for larger quantities do not show; those for a dozen do for one that is a dozen.
//
// Until Odoo 15 the price is a field of products; it takes about a quarter of a millisecond each. Since 17 no method that
// may be called answers for several products, but for a quotation, which is computed and never saved; it takes a
// millisecond or two each, and the right to make quotations. A price that the quotation splits into a price and a
// discount is put together again, and the discount has the decimals of "Discount". Odoo 16 has neither way: the
// error is of [odoo.CodeUnsupported]. It only reads.
func (r *Reader) Prices(ctx context.Context, q PriceQuery) (map[int64]decimal.Decimal, error) {
	prices := make(map[int64]decimal.Decimal, len(q.Products))
	if q.At.IsZero() {
		q.At = r.now()
	}
	ask := r.quoted
	switch version := r.client.Version(); {
	case version.AtLeast(17):
	case version.AtLeast(16):
		return nil, &odoo.Error{
			Code: odoo.CodeUnsupported, Model: "product.pricelist", Message: "Odoo 16 tells prices of a pricelist by no public method",
			Hint: "use Odoo 14, 15, or 17 and later",
		}
	default:
		ask = r.field
	}
	ids := slices.Compact(slices.Sorted(slices.Values(q.Products)))
	for part := range slices.Chunk(ids, r.page) {
		if err := ask(ctx, q, part, prices); err != nil {
			return nil, err
		}
	}
	if !r.client.Version().AtLeast(16) {
		return prices, r.mustExist(ctx, q.Pricelist)
	}
	return prices, nil
}

// mustExist refuses a pricelist that is gone: until 15 Odoo tells prices of 0 on it, and no error.
func (r *Reader) mustExist(ctx context.Context, pricelist int64) error {
	there, err := odoo.Invoke[int](ctx, r.client, odoo.Call{
		Model: "product.pricelist", Method: "search_count", Args: odoo.Args{"domain": odoo.Eq("id", pricelist)}, Context: odoo.Context{"active_test": false},
	})
	if err == nil && there == 0 {
		err = &odoo.Error{
			Code: odoo.CodeMissingRecord, Model: "product.pricelist", Message: fmt.Sprintf("there is no pricelist %d", pricelist),
			Hint: "it was deleted, or belongs to a company that the user may not see: name another",
		}
	}
	return err
}

// field reads the field price, which Odoo has until 15.
func (r *Reader) field(ctx context.Context, q PriceQuery, ids []int64, into map[int64]decimal.Decimal) error {
	rows, err := odoo.Invoke[[]struct {
		ID    int64  `json:"id"`
		Price number `json:"price"`
	}](ctx, r.client, odoo.Call{
		Model: "product.product", Method: "read", IDs: ids, Args: odoo.Args{"fields": []string{"price"}},
		Context: q.context(),
	})
	if err != nil {
		return err
	}
	for _, row := range rows {
		into[row.ID] = row.Price.Decimal
	}
	return nil
}

// quoted computes the lines of a quotation that is never saved. Each line carries its product's id as its name.
func (r *Reader) quoted(ctx context.Context, q PriceQuery, ids []int64, into map[int64]decimal.Decimal) error {
	lines := make([]any, len(ids))
	unit, _ := r.client.FieldName("sale.order.line", "product_uom_id")
	for i, id := range ids {
		line := map[string]any{"product_id": id, "product_uom_qty": 1}
		if q.Unit != 0 {
			line[unit] = q.Unit
		}
		lines[i] = []any{0, id, line}
	}
	values := map[string]any{"pricelist_id": q.Pricelist, "date_order": q.At.UTC().Format(time.DateTime), "order_line": lines}
	if q.Company != 0 {
		values["company_id"] = q.Company
	}
	none := map[string]any{}
	wanted := map[string]any{"price_unit": none, "discount": none}
	if r.client.Version().AtLeast(18) {
		wanted["product_type"] = none // combos are Odoo's since 18
	}
	reply, err := odoo.Invoke[struct {
		Value struct {
			Lines []quotedLine `json:"order_line"`
		} `json:"value"`
	}](ctx, r.client, odoo.Call{
		Model: "sale.order", Method: "onchange", Context: withCompany(q.Company, nil),
		Args: odoo.Args{"values": values, "field_names": []string{}, "fields_spec": map[string]any{
			"order_line": map[string]any{"fields": wanted},
		}},
	})
	if err != nil {
		return err
	}
	asked := make(map[int64]bool, len(ids))
	for _, id := range ids {
		asked[id] = true
	}
	var alone []int64
	for _, line := range reply.Value.Lines {
		switch {
		case !asked[line.product]:
		case line.kind == "combo":
			// A quotation puts the price of a combo on its parts.
			alone = append(alone, line.product)
		default:
			if into[line.product], err = line.price(); err != nil {
				return &odoo.Error{Code: odoo.CodeDecode, Model: "sale.order.line", Field: "price_unit", Message: fmt.Sprintf("the price of product %d does not fit 19 digits", line.product)}
			}
		}
	}
	for _, id := range alone {
		price, err := odoo.Invoke[number](ctx, r.client, odoo.Call{
			Model: "product.product", Method: "get_contextual_price", IDs: []int64{id}, Effect: odoo.EffectRead,
			Context: q.context(),
		})
		if err != nil {
			return err
		}
		into[id] = price.Decimal
	}
	return nil
}

// context is what prices of products depend on.
func (q PriceQuery) context() odoo.Context {
	with := odoo.Context{"pricelist": q.Pricelist, "date": q.At.UTC().Format(time.DateTime)}
	if q.Unit != 0 {
		with["uom"] = q.Unit
	}
	return withCompany(q.Company, with)
}

// withCompany adds the company whose costs and rates count.
func withCompany(company int64, to odoo.Context) odoo.Context {
	with := odoo.Context{}
	maps.Copy(with, to)
	if company != 0 {
		with["allowed_company_ids"] = []int64{company}
	}
	return with
}

// quotedLine is a line of a quotation that is not saved, as the command that makes it.
type quotedLine struct {
	product         int64
	kind            string
	unit, reduction number
}

// UnmarshalJSON reads [0, product, values].
func (q *quotedLine) UnmarshalJSON(raw []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(raw, &parts); err != nil || len(parts) < 3 {
		return err
	}
	var values struct {
		Unit     number `json:"price_unit"`
		Discount number `json:"discount"`
		Type     any    `json:"product_type"`
	}
	if json.Unmarshal(parts[1], &q.product) != nil {
		q.product = 0 // a line that something else has added
		return nil
	}
	if err := json.Unmarshal(parts[2], &values); err != nil {
		return err
	}
	q.kind, _ = values.Type.(string)
	q.unit, q.reduction = values.Unit, values.Discount
	return nil
}

// price is what the line charges for one unit.
func (q *quotedLine) price() (decimal.Decimal, error) {
	if q.reduction.IsZero() {
		return q.unit.Decimal, nil
	}
	rest, err := decimal.Hundred.Sub(q.reduction.Decimal)
	if err != nil {
		return decimal.Zero, err
	}
	price, err := q.unit.Mul(rest)
	if err != nil {
		return decimal.Zero, err
	}
	return price.Quo(decimal.Hundred)
}

// number is a number of Odoo's that is computed in floating point there: what lies beyond its 15 sure digits is cut
// off, or 7.77 would be 7.7700000000000005 and half a cent less than that.
type number struct{ decimal.Decimal }

// UnmarshalJSON reads a number without passing through a float; false is zero.
func (n *number) UnmarshalJSON(raw []byte) error {
	if text := string(raw); text == "false" || text == "null" {
		n.Decimal = decimal.Zero
		return nil
	}
	d, err := decimal.Parse(string(raw))
	if err != nil {
		return err
	}
	if sure := 15 - (d.Prec() - d.Scale()); d.Scale() > max(0, sure) {
		d = d.Round(max(0, sure))
	}
	n.Decimal = d.Trim(0)
	return nil
}
