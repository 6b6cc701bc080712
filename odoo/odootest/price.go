package odootest

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/govalues/decimal"
)

// contextPrice is the field price of products until 15: what one unit costs on the context's pricelist.
func contextPrice(e *env, _ *table, r *record) any {
	list, ok := integer(e.ctx["pricelist"])
	if !ok {
		return decimal.Zero
	}
	unit, _ := integer(e.ctx["uom"])
	return halvesUp(e.priceOf(list, r, unit, e.priceMoment(e.ctx["date"]), 0), 2)
}

func (e *env) priceMoment(raw any) string {
	if at, ok := raw.(string); ok && at != "" {
		return at
	}
	return e.now()
}

// priceOf is what one of a unit of measure of a product (0: its own) costs on a pricelist at a moment, in the pricelist's currency. As Odoo it computes
// in floating point and so inexactly, decimals stand for it here: results differ beyond 15 digits.
func (e *env) priceOf(list int64, product *record, unit int64, at string, depth int) decimal.Decimal {
	products, rules := e.table("product.product"), e.table("product.pricelist.item")
	if e.table("product.pricelist").rows[list] == nil {
		return decimal.Zero
	}
	currency := e.table("product.pricelist").ref(e.table("product.pricelist").rows[list], "currency_id")
	per := func(price decimal.Decimal) decimal.Decimal {
		return e.pricePerUnit(price, products.ref(product, "uom_id"), unit)
	}
	rule := e.priceRule(list, product, unit, at)
	if rule == nil || depth > 10 {
		return e.exchanged(per(products.numeric(product, "list_price")), e.ownCurrency(), currency)
	}
	kind := rules.str(rule, "compute_price")
	if kind == "fixed" {
		return per(rules.numeric(rule, "fixed_price"))
	}
	var base decimal.Decimal
	from := e.ownCurrency()
	switch other := rules.ref(rule, "base_pricelist_id"); {
	case rules.str(rule, "base") == "pricelist" && other != 0:
		base, from = e.priceOf(other, product, unit, at, depth+1), e.table("product.pricelist").ref(e.table("product.pricelist").rows[other], "currency_id")
	case rules.str(rule, "base") == "standard_price":
		base = per(products.numeric(product, "standard_price"))
	default:
		base = per(products.numeric(product, "list_price"))
	}
	discount := "price_discount"
	if kind == "percentage" {
		discount = "percent_price"
	}
	// Odoo 14 converts when the rule has been applied, later versions before.
	if e.series >= 16 {
		base = e.exchanged(base, from, currency)
	}
	part := exactly(exactly(base.Mul(rules.numeric(rule, discount))).Quo(decimal.Hundred))
	price := exactly(base.Sub(part))
	if kind == "formula" {
		if step := rules.numeric(rule, "price_round"); !step.IsZero() {
			price = exactly(halvesUp(exactly(price.Quo(step)), 0).Mul(step))
		}
		price = exactly(price.Add(per(rules.numeric(rule, "price_surcharge"))))
		if margin := per(rules.numeric(rule, "price_min_margin")); !margin.IsZero() {
			price = price.Max(exactly(base.Add(margin)))
		}
		if margin := per(rules.numeric(rule, "price_max_margin")); !margin.IsZero() {
			price = price.Min(exactly(base.Add(margin)))
		}
	}
	if e.series < 16 {
		price = e.exchanged(price, from, currency)
	}
	return price
}

// priceRule is the rule that prices one of a unit of the product: the narrowest, and of those the newest.
func (e *env) priceRule(list int64, product *record, unit int64, at string) *record {
	rules, products := e.table("product.pricelist.item"), e.table("product.product")
	pieces := decimal.One
	if unit != 0 {
		pieces = e.convertUnit(pieces, unit, products.ref(product, "uom_id"))
	}
	var fit []*record
	for _, id := range rules.by(rules.model.field("pricelist_id"), list) {
		rule := rules.rows[id]
		start, end := rules.str(rule, "date_start"), rules.str(rule, "date_end")
		if start > at || end != "" && end < at || rules.numeric(rule, "min_quantity").Cmp(pieces) > 0 {
			continue
		}
		var holds bool
		switch rules.str(rule, "applied_on") {
		case "0_product_variant":
			holds = rules.ref(rule, "product_id") == product.id
		case "1_product":
			holds = rules.ref(rule, "product_tmpl_id") == products.ref(product, "product_tmpl_id")
		case "2_product_category":
			holds = e.inCategory(products.ref(product, "categ_id"), rules.ref(rule, "categ_id"))
		default:
			holds = true
		}
		if holds {
			fit = append(fit, rule)
		}
	}
	if len(fit) == 0 {
		return nil
	}
	return slices.MinFunc(fit, func(a, b *record) int {
		return cmp.Or(cmp.Compare(rules.str(a, "applied_on"), rules.str(b, "applied_on")), rules.numeric(b, "min_quantity").Cmp(rules.numeric(a, "min_quantity")),
			cmp.Compare(rules.ref(b, "categ_id"), rules.ref(a, "categ_id")), cmp.Compare(b.id, a.id))
	})
}

func (e *env) inCategory(category, of int64) bool {
	categories := e.table("product.category")
	for range 100 {
		r := categories.rows[category]
		if r == nil {
			return false
		}
		if category == of {
			return true
		}
		category = categories.ref(r, "parent_id")
	}
	return false
}

func (e *env) ownCurrency() int64 { return e.table("res.company").ref(e.company(), "currency_id") }

// exchanged converts an amount by the currencies' present rates.
func (e *env) exchanged(amount decimal.Decimal, from, to int64) decimal.Decimal {
	if from == to || from == 0 || to == 0 {
		return amount
	}
	currencies := e.table("res.currency")
	rate := func(id int64) decimal.Decimal {
		if r := currencies.rows[id]; r != nil && !currencies.numeric(r, "rate").IsZero() {
			return currencies.numeric(r, "rate")
		}
		return decimal.One
	}
	return exactly(exactly(amount.Mul(rate(to))).Quo(rate(from)))
}

func (t *table) numeric(r *record, name string) decimal.Decimal {
	if f := t.model.field(name); f != nil && r != nil {
		return asDecimal(r.get(f))
	}
	return decimal.Zero
}

// exactly is for arithmetic on prices, which do not reach 19 digits.
func exactly(d decimal.Decimal, err error) decimal.Decimal {
	if err != nil {
		return decimal.Zero
	}
	return d
}

// halvesUp rounds halves away from zero.
func halvesUp(d decimal.Decimal, scale int) decimal.Decimal {
	unit := decimal.MustNew(1, scale)
	half := exactly(unit.Quo(decimal.Two)).CopySign(d)
	return exactly(d.Add(half)).Trunc(scale)
}

// priceMethods are how prices are asked for since 17, by "model.name".
func priceMethods(series int) map[string]method {
	if series < 17 {
		return nil
	}
	return map[string]method{
		"sale.order.onchange": {params: []string{"values", "field_names", "fields_spec"}, required: 3, reads: true, run: func(e *env, t *table, _ []int64, a map[string]any) (any, error) {
			if err := e.allow(t, 'c'); err != nil {
				return nil, err
			}
			return e.quotation(a)
		}},
		"product.product.get_contextual_price": {reads: true, run: func(e *env, t *table, ids []int64, _ map[string]any) (any, error) {
			if err := e.allow(t, 'r'); err != nil {
				return nil, err
			}
			if len(ids) != 1 || t.rows[ids[0]] == nil {
				return nil, valueError("Expected singleton: %s", t.model.Name)
			}
			list, ok := integer(e.ctx["pricelist"])
			if !ok {
				return json.Number(pythonFloat(t.numeric(t.rows[ids[0]], "list_price"))), nil
			}
			unit, _ := integer(e.ctx["uom"])
			return json.Number(pythonFloat(e.priceOf(list, t.rows[ids[0]], unit, e.priceMoment(e.ctx["date"]), 0))), nil
		}},
	}
}

// quotation computes the lines of an order that is not saved, on the first call of a form: with no names of changed
// fields. It knows the fields of lines that prices are read from, and no other answer of onchange.
func (e *env) quotation(a map[string]any) (map[string]any, error) {
	values, _ := a["values"].(map[string]any)
	if names, _ := a["field_names"].([]any); len(names) > 0 || values == nil {
		return map[string]any{"value": map[string]any{}}, nil
	}
	spec, _ := a["fields_spec"].(map[string]any)
	lineSpec, _ := spec["order_line"].(map[string]any)
	fields, _ := lineSpec["fields"].(map[string]any)
	list, _ := integer(values["pricelist_id"])
	if list != 0 && e.table("product.pricelist").rows[list] == nil {
		return nil, missing("product.pricelist", list, e.user.id)
	}
	at, _ := values["date_order"].(string)
	products := e.table("product.product")
	commands, _ := values["order_line"].([]any)
	lines := []any{}
	for _, raw := range commands {
		command, _ := raw.([]any)
		if len(command) < 3 {
			continue
		}
		line, _ := command[2].(map[string]any)
		id, _ := integer(line["product_id"])
		unit, _ := integer(line[e.uomField()])
		product := products.rows[id]
		shown := map[string]any{}
		for name := range fields {
			switch {
			case product == nil:
				shown[name] = false
			case name == "price_unit":
				price := e.pricePerUnit(products.numeric(product, "list_price"), products.ref(product, "uom_id"), unit)
				if list != 0 {
					price = e.priceOf(list, product, unit, e.priceMoment(at), 0)
				}
				if products.str(product, "type") == "combo" {
					price = decimal.Zero // its parts have the price
				}
				shown[name] = json.Number(pythonFloat(price))
			case name == "discount":
				shown[name] = json.Number("0.0")
			case name == "product_type":
				shown[name] = products.str(product, "type")
			}
		}
		lines = append(lines, []any{0, command[1], shown})
	}
	return map[string]any{"value": map[string]any{"order_line": lines}}, nil
}
