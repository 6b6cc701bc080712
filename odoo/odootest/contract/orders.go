package contract

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// step is one call in an order's life: the method on the order or, with line set, on its first line.
type step struct {
	method  string
	line    bool
	vals    map[string]any
	context map[string]any
	want    string // "true", "none", "action", or the class of the exception
	says    string // the exception's message; "" any
	state   string // afterwards, "" unchecked
}

type orderCase struct {
	name   string
	series int // 0: every
	steps  []step
}

const (
	userError = "odoo.exceptions.UserError"
	locked    = "It is forbidden to modify the following fields in a locked order:\nUnit Price"
)

func orderCases() []orderCase {
	return []orderCase{
		{name: "confirm and cancel", steps: []step{
			{method: "action_confirm", want: "true", state: "sale"},
			{method: "action_cancel", want: "true", state: "cancel"},
			{method: "action_draft", want: "true", state: "draft"},
			{method: "action_confirm", want: "true", state: "sale"},
		}},
		{name: "confirm twice", series: 19, steps: []step{{method: "action_confirm", want: "true"}, {method: "action_confirm", want: userError, says: "Some orders are not in a state requiring confirmation.", state: "sale"}}},
		{name: "confirm twice", series: 14, steps: []step{{method: "action_confirm", want: "true"}, {method: "action_confirm", want: "true", state: "sale"}}},
		{name: "confirm what is cancelled", series: 19, steps: []step{{method: "action_cancel", want: "true"}, {method: "action_confirm", want: userError, says: "Some orders are not in a state requiring confirmation.", state: "cancel"}}},
		{name: "confirm what is cancelled", series: 14, steps: []step{{method: "action_cancel", want: "true"}, {method: "action_confirm", want: userError, state: "cancel"}}},
		{name: "lock", series: 19, steps: []step{
			{method: "action_confirm", want: "true"}, {method: "action_lock", want: "none", state: "sale"},
			{method: "write", line: true, vals: map[string]any{"price_unit": 3}, want: userError, says: locked},
			{method: "write", line: true, vals: map[string]any{"discount": 3}, want: userError},
			{method: "write", line: true, vals: map[string]any{"sequence": 3}, want: "true"},
			{method: "action_cancel", want: userError, says: "You cannot cancel a locked order. Please unlock it first.", state: "sale"},
			{method: "action_unlock", want: "none"}, {method: "action_cancel", want: "true", state: "cancel"},
		}},
		{name: "lock", series: 14, steps: []step{
			{method: "action_confirm", want: "true"}, {method: "action_done", want: "true", state: "done"},
			{method: "write", line: true, vals: map[string]any{"price_unit": 3}, want: userError, says: locked},
			{method: "write", line: true, vals: map[string]any{"discount": 3}, want: "true"},
			{method: "action_unlock", want: "none", state: "sale"}, {method: "action_done", want: "true"}, {method: "action_cancel", want: "true", state: "cancel"},
		}},
		{name: "unlink", steps: []step{
			{method: "action_confirm", want: "true"},
			{method: "unlink", want: userError, says: "You can not delete a sent quotation or a confirmed sales order. You must first cancel it."},
			{method: "unlink", line: true, want: userError}, {method: "action_cancel", want: "true"}, {method: "unlink", want: "true"},
			{method: "action_confirm", want: "odoo.exceptions.MissingError"}, {method: "write", vals: map[string]any{"origin": "x"}, want: "odoo.exceptions.MissingError"}, {method: "unlink", want: "odoo.exceptions.MissingError"},
		}},
		{name: "unlink a draft's line", series: 19, steps: []step{{method: "unlink", line: true, want: "true"}}},
		{name: "unlink a draft's line", series: 14, steps: []step{{method: "unlink", line: true, want: "none"}}}, // the module delivery forgets to return
		{name: "confirm a line without product", series: 19, steps: []step{
			{method: "write", vals: map[string]any{"order_line": []any{[]any{0, 0, map[string]any{"name": "Words"}}}}, want: "true"},
			{method: "action_confirm", want: userError, says: "Some order lines are missing a product, you need to correct them before going further.", state: "draft"},
		}},
		{name: "pricelist of a confirmed order", series: 19, steps: []step{{method: "action_confirm", want: "true"}, {method: "write", vals: map[string]any{"pricelist_id": false}, want: userError, says: "You cannot change the pricelist of a confirmed order !"}}},
		{name: "customer taken away", steps: []step{{method: "write", vals: map[string]any{"partner_id": false}, want: "odoo.exceptions.ValidationError"}}},
		{name: "cancel without warning", steps: []step{{method: "action_confirm", want: "true"}, {method: "action_cancel", context: map[string]any{"disable_cancel_warning": true}, want: "true", state: "cancel"}}},
		{name: "quantity of a confirmed line", steps: []step{{method: "action_confirm", want: "true"}, {method: "write", line: true, vals: map[string]any{"product_uom_qty": 0}, want: "true", state: "sale"}}},
	}
}

func (s *suite) orders(t *testing.T) {
	for i, c := range orderCases() {
		if c.series == 0 || c.series == s.target.Series {
			s.run(t, "order/"+c.name, func(t *testing.T) { s.orderCase(t, i, c) })
		}
	}
	s.run(t, "order/defaults", s.orderDefaults)
	s.run(t, "order/line defaults", s.lineDefaults)
	s.run(t, "order/addresses", s.orderAddresses)
	s.run(t, "order/a line more on a confirmed order", func(t *testing.T) {
		order := s.newOrder(t, 900)
		v, err := s.call("sale.order", "action_confirm", []int64{order}, nil)
		s.must(t, v, err)
		s.create(t, "sale.order.line", map[string]any{"order_id": order, "product_id": s.value("{product}"), "product_uom_qty": 1, "price_unit": 2, s.taxField(): []any{}})
		if got := fmt.Sprint(s.read(t, "sale.order", order, "amount_total")["amount_total"]); got != "12.0" {
			t.Errorf("total %s, want 12.0", got)
		}
	})
	s.run(t, "order/no ids", func(t *testing.T) {
		v, err := s.call("sale.order", "action_confirm", []int64{}, nil)
		if s.must(t, v, err) != true {
			t.Errorf("%v, want true", v)
		}
	})
}

// newOrder creates an order of one line at 5.00 × 2 without tax.
func (s *suite) newOrder(t *testing.T, n int) int64 {
	t.Helper()
	line := map[string]any{"product_id": s.value("{product}"), "product_uom_qty": 2, "price_unit": 5, s.taxField(): []any{}, "name": "Line"}
	return s.create(t, "sale.order", map[string]any{"partner_id": s.value("{partner}"), "client_order_ref": fmt.Sprintf("%s-%d", s.prefix, n), "order_line": []any{[]any{0, 0, line}}})
}

func (s *suite) orderCase(t *testing.T, n int, c orderCase) {
	order := s.newOrder(t, n)
	line := ids(s.read(t, "sale.order", order, "order_line")["order_line"])[0]
	for i, st := range c.steps {
		model, id := "sale.order", order
		if st.line {
			model, id = "sale.order.line", line
		}
		var args []arg
		if st.vals != nil {
			args = append(args, place("vals", st.vals))
		}
		v, err := s.call(model, st.method, []int64{id}, st.context, args...)
		got := ""
		switch v {
		case true:
			got = "true"
		case nil, absent{}:
			got = "none"
		}
		name, message := exceptionOf(err)
		if err != nil {
			got = name
		}
		if got != st.want {
			t.Fatalf("step %d %s: %q (%v %s), want %q", i, st.method, got, v, message, st.want)
		}
		if st.says != "" && message != st.says {
			t.Errorf("step %d %s says %q, want %q", i, st.method, message, st.says)
		}
		if st.state != "" {
			if state := str(s.read(t, "sale.order", order, "state")["state"]); state != st.state {
				t.Fatalf("step %d %s: state %q, want %q", i, st.method, state, st.state)
			}
		}
	}
}

func (s *suite) orderDefaults(t *testing.T) {
	order := s.create(t, "sale.order", map[string]any{"partner_id": s.value("{partner}")})
	row := s.read(t, "sale.order", order, "name", "state", "partner_invoice_id", "partner_shipping_id", "currency_id", "company_id", "warehouse_id",
		"date_order", "client_order_ref", "amount_total", "order_line", "picking_policy", "invoice_status", "user_id")
	got := map[string]any{}
	for _, f := range []string{"state", "client_order_ref", "picking_policy", "invoice_status"} {
		got[f] = row[f]
	}
	got["amount_total"] = fmt.Sprint(row["amount_total"])
	got["order_line"] = len(ids(row["order_line"]))
	want := map[string]any{"state": "draft", "client_order_ref": false, "picking_policy": "direct", "invoice_status": "no", "amount_total": "0.0", "order_line": 0}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, f := range []string{"partner_invoice_id", "partner_shipping_id"} {
		if pair, _ := row[f].([]any); len(pair) != 2 || fmt.Sprint(pair[0]) != s.vars["{partner}"] {
			t.Errorf("%s %v", f, row[f])
		}
	}
	// A pricelist stands there only where somebody has made one for the partner's country or company.
	for _, f := range []string{"currency_id", "company_id", "warehouse_id", "user_id"} {
		if pair, _ := row[f].([]any); len(pair) != 2 {
			t.Errorf("%s %v, want a record", f, row[f])
		}
	}
	if name := str(row["name"]); len(name) < 6 || name[0] != 'S' {
		t.Errorf("name %q", name)
	}
	if len(str(row["date_order"])) != len("2006-01-02 15:04:05") {
		t.Errorf("date_order %v", row["date_order"])
	}
}

func (s *suite) lineDefaults(t *testing.T) {
	order := s.create(t, "sale.order", map[string]any{"partner_id": s.value("{partner}"), "order_line": []any{[]any{0, 0, map[string]any{"product_id": s.value("{product}")}}}})
	uom := "product_uom"
	if s.target.Series >= 19 {
		uom = "product_uom_id"
	}
	row := s.read(t, "sale.order.line", ids(s.read(t, "sale.order", order, "order_line")["order_line"])[0], "name", "price_unit", "product_uom_qty", "discount", uom, s.taxField(), "price_total", "state", "sequence")
	got := []string{str(row["name"]), fmt.Sprint(row["price_unit"]), fmt.Sprint(row["product_uom_qty"]), fmt.Sprint(row["discount"]), fmt.Sprint(row["price_total"]), str(row["state"]), fmt.Sprint(row["sequence"]), fmt.Sprint(at(row[uom], 1))}
	if d := cmp.Diff([]string{"[" + s.prefix + "] Product", "19.99", "1.0", "0.0", "19.99", "draft", "10", "Units"}, got); d != "" {
		t.Error(d)
	}
}

func (s *suite) orderAddresses(t *testing.T) {
	parent := s.create(t, "res.partner", map[string]any{"name": "House " + s.prefix, "is_company": true})
	invoice := s.create(t, "res.partner", map[string]any{"name": "Bills", "parent_id": parent, "type": "invoice"})
	delivery := s.create(t, "res.partner", map[string]any{"name": "Door", "parent_id": parent, "type": "delivery"})
	order := s.create(t, "sale.order", map[string]any{"partner_id": parent})
	row := s.read(t, "sale.order", order, "partner_invoice_id", "partner_shipping_id")
	got := []string{fmt.Sprint(row["partner_invoice_id"]), fmt.Sprint(row["partner_shipping_id"])}
	want := []string{fmt.Sprintf("[%d House %s, Bills]", invoice, s.prefix), fmt.Sprintf("[%d House %s, Door]", delivery, s.prefix)}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
