package contract

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// orderLine is a line of an amounts case.
type orderLine struct {
	quantity, price, discount string
	taxes                     []taxSpec
	// extra is extra_tax_data: the untaxed amount and an amount per tax; stale changes the quantity
	// that it names, so that it no longer fits.
	extra *extra
}

type extra struct {
	untaxed string
	taxes   []string
	stale   bool
}

// amountCase is an order and what it amounts to. Where the versions or the company's two rounding
// methods differ, each has its own figures, which were read from real servers.
type amountCase struct {
	name     string
	currency string // "" is USD
	only19   bool
	lines    []orderLine
}

func percent(amount string) taxSpec  { return taxSpec{amount: amount} }
func included(amount string) taxSpec { return taxSpec{amount: amount, included: true} }
func fixed(amount string) taxSpec    { return taxSpec{amount: amount, kind: "fixed"} }

func line(quantity, price, discount string, taxes ...taxSpec) orderLine {
	return orderLine{quantity: quantity, price: price, discount: discount, taxes: taxes}
}

func amountCases() []amountCase {
	base := func(t taxSpec, seq int) taxSpec { t.bases, t.sequence = true, seq; return t }
	after := func(t taxSpec, seq int) taxSpec { t.sequence = seq; return t }
	return []amountCase{
		{name: "no tax", lines: []orderLine{line("2", "10", "0")}},
		{name: "percent", lines: []orderLine{line("1", "100", "0", percent("15"))}},
		{name: "half a cent of tax", lines: []orderLine{line("1", "1.70", "0", percent("7.5")), line("1", "1.70", "0", percent("7.5"))}},
		{name: "many small lines", lines: []orderLine{line("1", "0.33", "0", percent("7.125")), line("1", "0.33", "0", percent("7.125")), line("1", "0.33", "0", percent("7.125")), line("3", "0.17", "0", percent("7.125"))}},
		{name: "discount", lines: []orderLine{line("3", "19.99", "8.34", percent("6.5"))}},
		{name: "discount of a third", lines: []orderLine{line("7", "9.99", "33.33", percent("8.25"))}},
		{name: "all discounted", lines: []orderLine{line("1", "9.99", "100", percent("8.25"))}},
		{name: "price of three decimals", lines: []orderLine{line("3", "19.995", "0", percent("6.5"))}},
		{name: "price of five decimals", lines: []orderLine{line("7", "3.33333", "0", percent("8"))}},
		{name: "price at half a cent", lines: []orderLine{line("1", "2.675", "0"), line("1", "1.005", "0")}},
		{name: "quantity of two decimals", lines: []orderLine{line("2.25", "3.37", "0", percent("8.875"))}},
		{name: "quantity of three decimals", lines: []orderLine{line("1.005", "10", "0", percent("10"))}},
		{name: "included", lines: []orderLine{line("1", "119", "0", included("19"))}},
		{name: "included with a rest", lines: []orderLine{line("3", "9.99", "0", included("19"))}},
		{name: "included on two lines", lines: []orderLine{line("1", "21.53", "0", included("21")), line("1", "21.53", "0", included("21"))}},
		{name: "included on five lines", lines: []orderLine{line("1", "4.99", "0", included("7")), line("1", "4.99", "0", included("7")), line("1", "4.99", "0", included("7")), line("1", "4.99", "0", included("7")), line("1", "4.99", "0", included("7"))}},
		{name: "included and discounted", lines: []orderLine{line("2", "24.95", "12.5", included("19"))}},
		{name: "two rates included", lines: []orderLine{line("1", "9.99", "0", included("19")), line("1", "4.49", "0", included("7"))}},
		{name: "two included on one line", lines: []orderLine{line("1", "100", "0", included("10"), included("5"))}},
		{name: "included beside excluded lines", lines: []orderLine{line("1", "21.53", "0", included("21")), line("3", "7.77", "0", percent("21"))}},
		{name: "included and excluded on one line", lines: []orderLine{line("1", "100", "0", included("10"), percent("5"))}},
		{name: "fixed", lines: []orderLine{line("3", "1.99", "0", fixed("0.25"))}},
		{name: "fixed and percent", lines: []orderLine{line("3", "1.99", "0", fixed("0.25"), percent("19"))}},
		{name: "fixed as a base of percent", lines: []orderLine{line("3", "1.99", "0", base(fixed("0.25"), 1), after(percent("19"), 2))}},
		{name: "tax on tax", lines: []orderLine{line("1", "100", "0", base(percent("5"), 1), after(percent("9.975"), 2))}},
		{name: "three taxes", lines: []orderLine{line("3", "12.49", "0", percent("6.25"), percent("1"), percent("0.25"))}},
		{name: "three taxes on three lines", lines: []orderLine{line("1", "1.25", "0", percent("6.25"), percent("1"), percent("0.25")), line("1", "3.15", "0", percent("6.25"), percent("1")), line("2", "0.55", "5", percent("6.25"))}},
		{name: "a negative line", lines: []orderLine{line("1", "59.97", "0", percent("6.5")), line("1", "-5", "0", percent("6.5"))}},
		{name: "a negative included line", lines: []orderLine{line("1", "59.97", "0", included("19")), line("1", "-5.55", "0", included("19"))}},
		{name: "a negative quantity", lines: []orderLine{line("-2", "10.55", "0", percent("8.25"))}},
		{name: "fixed on a negative price", lines: []orderLine{line("2", "-3", "0", fixed("0.5"))}},
		{name: "no quantity", lines: []orderLine{line("0", "10", "0", percent("15")), line("1", "5", "0", percent("15"))}},
		{name: "zero percent", lines: []orderLine{line("3", "3.33", "0", percent("0")), line("1", "2", "0", included("0"))}},
		{name: "yen", currency: "JPY", lines: []orderLine{line("3", "333", "0", percent("10")), line("1", "105", "0", percent("8"))}},
		{name: "yen included", currency: "JPY", lines: []orderLine{line("1", "999", "0", included("10")), line("1", "999", "0", included("10")), line("2", "107", "10", included("8"))}},
		{name: "yen with decimals", currency: "JPY", lines: []orderLine{line("3", "33.5", "0", percent("10"))}},
		{name: "dinar", currency: "KWD", lines: []orderLine{line("3", "1.235", "0", percent("5")), line("1", "0.333", "0", percent("5"))}},
		{name: "dinar included", currency: "KWD", lines: []orderLine{line("7", "1.111", "0", included("5"))}},
		{name: "large", lines: []orderLine{line("999", "9999.99", "0", percent("19"))}},
		{name: "division", lines: []orderLine{line("1", "100", "0", taxSpec{amount: "10", kind: "division"}), line("1", "33.33", "0", taxSpec{amount: "10", kind: "division", included: true})}},
		{name: "given amounts", only19: true, lines: []orderLine{{quantity: "3", price: "19.99", discount: "0", taxes: []taxSpec{percent("6.5")}, extra: &extra{untaxed: "54.97", taxes: []string{"3.91"}}}, {quantity: "1", price: "4.95", discount: "0", taxes: []taxSpec{percent("7")}, extra: &extra{untaxed: "4.95", taxes: []string{"0.37"}}}}},
		{name: "given amounts beside computed ones", only19: true, lines: []orderLine{{quantity: "3", price: "19.99", discount: "0", taxes: []taxSpec{percent("6.5")}, extra: &extra{untaxed: "54.97", taxes: []string{"3.91"}}}, line("1", "4.95", "0", percent("6.5"))}},
		{name: "given amounts that no longer fit", only19: true, lines: []orderLine{{quantity: "3", price: "19.99", discount: "0", taxes: []taxSpec{percent("6.5")}, extra: &extra{untaxed: "54.97", taxes: []string{"3.91"}, stale: true}}}},
		{name: "given amounts for two taxes", only19: true, lines: []orderLine{{quantity: "1", price: "10", discount: "0", taxes: []taxSpec{percent("6.25"), percent("1")}, extra: &extra{untaxed: "9.5", taxes: []string{"0.6", "0.11"}}}}},
		{name: "given amounts for one of two taxes", only19: true, lines: []orderLine{{quantity: "1", price: "10", discount: "0", taxes: []taxSpec{percent("6.25"), percent("1")}, extra: &extra{untaxed: "9.5", taxes: []string{"0.6"}}}}},
		{name: "given amounts and an included tax", only19: true, lines: []orderLine{{quantity: "2", price: "11.9", discount: "0", taxes: []taxSpec{included("19")}, extra: &extra{untaxed: "19.99", taxes: []string{"3.81"}}}, line("1", "5.55", "0", included("19"))}},
	}
}

// amounts checks all cases; they are loaded in one call.
func (s *suite) amounts(t *testing.T) {
	var cases []amountCase
	for _, c := range amountCases() {
		if !c.only19 || s.target.Series >= 19 {
			cases = append(cases, c)
		}
	}
	got := s.amountsOf(t, cases)
	for i, c := range cases {
		s.run(t, "amounts/"+c.name, func(t *testing.T) {
			method := "per line"
			if s.target.Globally {
				method = "globally"
			}
			want := amountWants()[fmt.Sprintf("%d %s/%s", s.target.Series, method, c.name)]
			if got[i] != want {
				t.Errorf("\n got %s\nwant %s", got[i], want)
			}
		})
	}
}

// amountsOf loads the orders and returns for each "untaxed tax total; subtotal total; ...".
func (s *suite) amountsOf(t testing.TB, cases []amountCase) []string {
	t.Helper()
	columns := []string{"id", "partner_id/.id", "pricelist_id/.id", "order_line/id", "order_line/product_id/.id", "order_line/name", "order_line/product_uom_qty", "order_line/price_unit", "order_line/discount", "order_line/" + s.taxField() + "/.id"}
	if s.target.Series >= 19 {
		columns = append(columns, "order_line/extra_tax_data")
	}
	s.batch++
	var rows []any
	for i, c := range cases {
		code := c.currency
		if code == "" {
			code = "USD"
		}
		list := s.pricelist(t, code)
		for j, l := range c.lines {
			var taxes []string
			for _, spec := range l.taxes {
				taxes = append(taxes, fmt.Sprint(s.tax(t, spec)))
			}
			row := []any{"", "", "", fmt.Sprintf("%s.b%d_%d_%d", s.prefix, s.batch, i, j), s.vars["{product}"], "Line", l.quantity, l.price, l.discount, strings.Join(taxes, ",")}
			if j == 0 {
				row[0], row[1], row[2] = fmt.Sprintf("%s.b%d_%d", s.prefix, s.batch, i), s.vars["{partner}"], fmt.Sprint(list)
			}
			if s.target.Series >= 19 {
				row = append(row, s.extraData(t, code, l, taxes))
			}
			rows = append(rows, row)
		}
	}
	v, err := s.call("sale.order", "load", nil, nil, place("fields", columns), place("data", rows))
	orders := s.loaded(t, v, err)
	v, err = s.call("sale.order", "search_read", nil, nil, place("domain", []any{leaf("id", "in", orders)}), by("fields", []string{"amount_untaxed", "amount_tax", "amount_total", "order_line"}), by("order", "id"))
	list, _ := s.must(t, v, err).([]any)
	v, err = s.call("sale.order.line", "search_read", nil, nil, place("domain", []any{leaf("order_id", "in", orders)}), by("fields", []string{"price_subtotal", "price_total"}), by("order", "id"))
	lines := map[int64]string{}
	rowsOf, _ := s.must(t, v, err).([]any)
	for _, r := range rowsOf {
		m, _ := r.(map[string]any)
		lines[number(m["id"])] = fmt.Sprintf("; %v %v", m["price_subtotal"], m["price_total"])
	}
	out := make([]string, len(list))
	for i, r := range list {
		m, _ := r.(map[string]any)
		out[i] = fmt.Sprintf("%v %v %v", m["amount_untaxed"], m["amount_tax"], m["amount_total"])
		for _, id := range ids(m["order_line"]) {
			out[i] += lines[id]
		}
		out[i] = negativeZero.ReplaceAllString(out[i], "0.0") // a float's zero may carry a sign
	}
	return out
}

var negativeZero = regexp.MustCompile(`-0\.0\b`)

// extraData is the cell of extra_tax_data.
func (s *suite) extraData(t testing.TB, code string, l orderLine, taxes []string) any {
	if l.extra == nil {
		return ""
	}
	quantity := l.quantity
	if l.extra.stale {
		quantity += "0"
	}
	manual := map[string]any{}
	for i, amount := range l.extra.taxes {
		manual[taxes[i]] = map[string]any{"tax_amount_currency": json.Number(amount), "tax_amount": json.Number(amount), "base_amount_currency": json.Number(l.extra.untaxed), "base_amount": json.Number(l.extra.untaxed)}
	}
	raw, err := json.Marshal(map[string]any{"currency_id": s.search(t, "res.currency", []any{leaf("name", "=", code)})[0], "price_unit": json.Number(l.price), "discount": json.Number(l.discount), "quantity": json.Number(quantity),
		"rate": 1, "manual_total_excluded_currency": json.Number(l.extra.untaxed), "manual_total_excluded": json.Number(l.extra.untaxed), "manual_tax_amounts": manual})
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
