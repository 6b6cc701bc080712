package contract

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"
)

// priceRule is a rule of a pricelist in the cases; {names} stand for records.
type priceRule = map[string]any

// priceCase is what one unit of a product costs by some rules. The rules stand in the order in which they are made.
type priceCase struct {
	name  string
	rules []priceRule
	// of is the product: "below" the category, or "" for one in it.
	of string
	// at is how far from now, in hours.
	at int
	// dozen asks for a dozen, of a product that is counted in units.
	dozen bool
	want  string
}

func priceCases() []priceCase {
	category := func(rule priceRule) priceRule {
		rule["applied_on"], rule["categ_id"] = "2_product_category", "{category}"
		return rule
	}
	variant := func(rule priceRule) priceRule {
		rule["applied_on"], rule["product_id"], rule["product_tmpl_id"] = "0_product_variant", "{priced}", "{template}"
		return rule
	}
	dated := func(from, until int, rule priceRule) priceRule {
		if from != 0 {
			rule["date_start"] = fmt.Sprintf("{hour%d}", from)
		}
		if until != 0 {
			rule["date_end"] = fmt.Sprintf("{hour%d}", until)
		}
		return rule
	}
	return []priceCase{
		{name: "no rule", want: "20"},
		{name: "fixed", rules: []priceRule{{"compute_price": "fixed", "fixed_price": 12.5}}, want: "12.5"},
		{name: "a discount", rules: []priceRule{{"compute_price": "percentage", "percent_price": 15}}, want: "17"},
		{name: "a surcharge", rules: []priceRule{{"compute_price": "percentage", "percent_price": -10}}, want: "22"},
		{name: "a formula", rules: []priceRule{{"compute_price": "formula", "price_discount": 13, "price_round": 5, "price_surcharge": -0.01}}, want: "14.99"},
		{name: "a margin above cost", rules: []priceRule{{"compute_price": "formula", "base": "standard_price", "price_discount": 0, "price_min_margin": 4, "price_max_margin": 100}}, want: "12"},
		{name: "a bounded margin", rules: []priceRule{{"compute_price": "formula", "base": "standard_price", "price_surcharge": 9, "price_max_margin": 3}}, want: "11"},
		{name: "the category", rules: []priceRule{category(priceRule{"compute_price": "fixed", "fixed_price": 5})}, want: "5"},
		{name: "a category below", of: "below", rules: []priceRule{category(priceRule{"compute_price": "fixed", "fixed_price": 5})}, want: "5"},
		{name: "the variant before the category", rules: []priceRule{variant(priceRule{"compute_price": "fixed", "fixed_price": 3}), category(priceRule{"compute_price": "fixed", "fixed_price": 5})}, want: "3"},
		{name: "the category before everything", rules: []priceRule{category(priceRule{"compute_price": "fixed", "fixed_price": 5}), {"compute_price": "fixed", "fixed_price": 6}}, want: "5"},
		{name: "the newest of two", rules: []priceRule{{"compute_price": "fixed", "fixed_price": 5}, {"compute_price": "fixed", "fixed_price": 6}}, want: "6"},
		{name: "for another product", of: "below", rules: []priceRule{variant(priceRule{"compute_price": "fixed", "fixed_price": 3})}, want: "30"},
		{name: "for larger quantities", rules: []priceRule{{"compute_price": "fixed", "fixed_price": 3, "min_quantity": 2}}, want: "20"},
		{name: "for one", rules: []priceRule{{"compute_price": "fixed", "fixed_price": 3, "min_quantity": 1}}, want: "3"},
		{name: "within its time", rules: []priceRule{dated(-1, 1, priceRule{"compute_price": "fixed", "fixed_price": 3})}, want: "3"},
		{name: "after its time", rules: []priceRule{dated(-1, 1, priceRule{"compute_price": "fixed", "fixed_price": 3})}, at: 2, want: "20"},
		{name: "before its time", rules: []priceRule{dated(1, 0, priceRule{"compute_price": "fixed", "fixed_price": 3})}, want: "20"},
		{name: "from its time on", rules: []priceRule{dated(1, 0, priceRule{"compute_price": "fixed", "fixed_price": 3})}, at: 1, want: "3"},
		{name: "until the last second", rules: []priceRule{dated(0, 1, priceRule{"compute_price": "fixed", "fixed_price": 3})}, at: 1, want: "3"},
		{name: "on another pricelist", rules: []priceRule{{"compute_price": "formula", "base": "pricelist", "base_pricelist_id": "{other}", "price_discount": 10}}, want: "13.5"},
		{name: "a dozen without a rule", dozen: true, want: "240"},
		{name: "a dozen at a fixed price", dozen: true, rules: []priceRule{{"compute_price": "fixed", "fixed_price": 12.5}}, want: "150"},
		{name: "a dozen with a discount", dozen: true, rules: []priceRule{{"compute_price": "percentage", "percent_price": 15}}, want: "204"},
		{name: "a dozen by a formula", dozen: true, rules: []priceRule{{"compute_price": "formula", "price_discount": 13, "price_round": 5, "price_surcharge": -0.01}}, want: "209.88"},
		{name: "a dozen with a margin above cost", dozen: true, rules: []priceRule{{"compute_price": "formula", "base": "standard_price", "price_discount": 0, "price_min_margin": 4, "price_max_margin": 100}}, want: "144"},
		{name: "a dozen on another pricelist", dozen: true, rules: []priceRule{{"compute_price": "formula", "base": "pricelist", "base_pricelist_id": "{other}", "price_discount": 10}}, want: "162"},
		{name: "a dozen is enough", dozen: true, rules: []priceRule{{"compute_price": "fixed", "fixed_price": 3, "min_quantity": 12}}, want: "36"},
		{name: "a dozen is too few", dozen: true, rules: []priceRule{{"compute_price": "fixed", "fixed_price": 3, "min_quantity": 13}}, want: "240"},
	}
}

// prices holds what public methods tell of prices: the field price until 15, a quotation that is not saved since 17.
func (s *suite) prices(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	hour := func(n int) string { return now.Add(time.Duration(n) * time.Hour).Format(time.DateTime) }
	for _, n := range []int{-1, 1} {
		s.vars[fmt.Sprintf("{hour%d}", n)] = hour(n)
	}
	category := s.create(t, "product.category", map[string]any{"name": "Priced " + s.prefix})
	below := s.create(t, "product.category", map[string]any{"name": "Below", "parent_id": category})
	product := func(price int, category int64) int64 {
		return s.create(t, "product.product", map[string]any{"name": "Priced " + s.prefix, "list_price": price, "standard_price": 8, "categ_id": category, "taxes_id": []any{}})
	}
	products := map[string]int64{"": product(20, category), "below": product(30, below)}
	s.vars["{category}"], s.vars["{priced}"] = fmt.Sprint(category), fmt.Sprint(products[""])
	if template, ok := at(s.read(t, "product.product", products[""], "product_tmpl_id")["product_tmpl_id"], 0).(json.Number); ok {
		s.vars["{template}"] = template.String()
	}
	list := func(t *testing.T, rules []priceRule) int64 {
		t.Helper()
		items := make([]any, len(rules))
		for i, rule := range rules {
			values := map[string]any{}
			for name, value := range rule {
				switch text, _ := value.(string); {
				case strings.HasPrefix(text, "{hour"):
					values[name] = s.vars[text]
				case text == "{template}" && s.vars[text] == "":
					// The in-process Odoo may have a variant without a template.
				default:
					values[name] = s.value(value)
				}
			}
			items[i] = []any{0, 0, values}
		}
		return s.create(t, "product.pricelist", map[string]any{"name": "Priced " + s.prefix, "item_ids": items})
	}
	s.vars["{other}"] = fmt.Sprint(list(t, []priceRule{{"compute_price": "fixed", "fixed_price": 15}}))
	for _, c := range priceCases() {
		s.run(t, "price/"+c.name, func(t *testing.T) {
			pricelist := list(t, c.rules)
			var dozen int64
			if c.dozen {
				dozen = s.dozen(t)
			}
			if got := s.price(t, pricelist, products[c.of], dozen, hour(c.at)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if s.target.Series < 17 {
				return
			}
			v, err := s.call("product.product", "get_contextual_price", []int64{products[c.of]}, priced(pricelist, dozen, hour(c.at)))
			if got := decimalOf(s.must(t, v, err)); got != c.want {
				t.Errorf("by itself: %s, want %s", got, c.want)
			}
		})
	}
}

// priced is the context of a price; a unit of 0 is the product's own.
func priced(pricelist, unit int64, when string) map[string]any {
	with := map[string]any{"pricelist": pricelist, "date": when}
	if unit != 0 {
		with["uom"] = unit
	}
	return with
}

// price asks what one of a unit costs, as this series tells it; 0 is the product's own.
func (s *suite) price(t *testing.T, pricelist, product, unit int64, when string) string {
	t.Helper()
	if s.target.Series < 16 {
		v, err := s.call("product.product", "read", []int64{product}, priced(pricelist, unit, when), place("fields", []string{"price"}))
		row, _ := at(s.must(t, v, err), 0).(map[string]any)
		return decimalOf(row["price"])
	}
	ids := []int64{}
	if s.json2 {
		ids = nil
	}
	none, asked := map[string]any{}, map[string]any{"product_id": product, "product_uom_qty": 1}
	if unit != 0 {
		asked["product_uom_id"] = unit
		if s.target.Series < 19 {
			asked["product_uom"] = unit
			delete(asked, "product_uom_id")
		}
	}
	v, err := s.call("sale.order", "onchange", ids, nil,
		by("values", map[string]any{"pricelist_id": pricelist, "date_order": when, "order_line": []any{[]any{0, product, asked}}}),
		by("field_names", []any{}),
		by("fields_spec", map[string]any{"order_line": map[string]any{"fields": map[string]any{"price_unit": none, "discount": none, "product_type": none}}}),
	)
	reply, _ := s.must(t, v, err).(map[string]any)
	value, _ := reply["value"].(map[string]any)
	line := at(value["order_line"], 0)
	if number(at(line, 1)) != product {
		t.Errorf("the line %v is not that of product %d", line, product)
	}
	shown, _ := at(line, 2).(map[string]any)
	if kind := str(shown["product_type"]); kind != "consu" || decimalOf(shown["discount"]) != "0" {
		t.Errorf("type %q, discount %v", kind, shown["discount"])
	}
	return decimalOf(shown["price_unit"])
}

// decimalOf is a number as text, without the noise of floating point.
func decimalOf(v any) string {
	n, _ := v.(json.Number)
	d, err := decimal.Parse(n.String())
	if err != nil {
		return fmt.Sprint(v)
	}
	return d.Round(6).Trim(0).String()
}
