package contract

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// loadCase is one load and its answer. Want has a line per message: type, record, rows, field and
// text. Err is the class of an exception instead.
type loadCase struct {
	name, model string
	columns     string // separated by spaces
	rows        [][]any
	context     map[string]any
	ids         int // how many; −1 is false
	want        []string
	want14      []string // where Odoo 14 says it otherwise
	err, err14  string
	series      int // 0: every
}

const missing19 = ".\nModel: 'Sales Order' (sale.order)\n- create/update: a mandatory field is not set\n- delete: another model requires the record being deleted, you can archive it instead\n"
const unknown19 = ".\nModel: Unknown\n- create/update: a mandatory field is not set\n- delete: another model requires the record being deleted, you can archive it instead\n"

func noCustomer(record int) string {
	return fmt.Sprintf("error %d %d-%d partner_id Missing required value for the field 'Customer' (partner_id)", record, record, record)
}

func loadCases() []loadCase {
	insertOnly := map[string]any{"mode": "update", "noupdate": true}
	bad := "error 0 0-0 partner_id "
	return []loadCase{
		{name: "create two", model: "res.partner", columns: "id name email", rows: [][]any{{"{u}.p1", "One {u}", "a@example.com"}, {"{u}.p2", "Two {u}", ""}}, ids: 2},
		{name: "update one", model: "res.partner", columns: "id name", rows: [][]any{{"{u}.p1", "One again {u}"}}, ids: 1},
		{name: "insert if absent updates what was loaded without noupdate", model: "res.partner", columns: "id name", rows: [][]any{{"{u}.p1", "One thrice {u}"}, {"{u}.p3", "Three {u}"}}, context: insertOnly, ids: 2},
		{name: "insert if absent leaves what was loaded with noupdate", model: "res.partner", columns: "id name", rows: [][]any{{"{u}.p3", "Other"}}, context: insertOnly, ids: 1},
		{name: "nothing", model: "res.partner", columns: "id name", rows: [][]any{}, ids: 0},
		{name: "no name", model: "res.partner", columns: "id name", rows: [][]any{{"{u}.p4", ""}}, ids: -1,
			want: []string{"error 0 0-0  Contacts require a name"}, want14: []string{"error 0 0-0  'Contacts require a name'"}},
		{name: "order", model: "sale.order", columns: "id partner_id/id client_order_ref date_order order_line/id order_line/product_id/.id order_line/product_uom_qty order_line/price_unit order_line/discount order_line/{tax_ids}/.id order_line/name",
			rows: [][]any{{"{u}.so1", "{u}.p1", "REF {u}", "2026-01-02 03:04:05", "{u}.l1", "{product}", "3", "19.99", "8.34", "{tax}", "Line one"}, {"", "", "", "", "{u}.l2", "{product}", "1", "5", "", "", "Line two"}}, ids: 1},
		{name: "order again", model: "sale.order", columns: "id partner_id/id client_order_ref date_order order_line/id order_line/product_id/.id order_line/product_uom_qty order_line/price_unit order_line/discount order_line/{tax_ids}/.id order_line/name",
			rows: [][]any{{"{u}.so1", "{u}.p1", "REF {u}", "2026-01-02 03:04:05", "{u}.l1", "{product}", "3", "19.99", "8.34", "{tax}", "Line one"}, {"", "", "", "", "{u}.l2", "{product}", "1", "5", "", "", "Line two"}}, ids: 1},
		{name: "look up by id alone", model: "sale.order", columns: "id", rows: [][]any{{"{u}.so1"}}, ids: 1},
		{name: "look up what is not there", model: "sale.order", columns: "id", rows: [][]any{{"{u}.none"}}, ids: -1, want: []string{noCustomer(0) + missing19}, want14: []string{noCustomer(0)}},
		{name: "unknown External ID", model: "sale.order", columns: "id partner_id/id", rows: [][]any{{"{u}.e1", "{u}.nobody"}}, ids: -1,
			want: []string{bad + "No matching record found for external id '{u}.nobody' in field 'Customer'", noCustomer(0) + missing19}, want14: []string{bad + "No matching record found for external id '{u}.nobody' in field 'Customer'", noCustomer(0)}},
		{name: "unknown database id", model: "sale.order", columns: "id partner_id/.id", rows: [][]any{{"{u}.e1", "99999999"}}, ids: -1,
			want: []string{bad + "No matching record found for database id '99999999' in field 'Customer'", noCustomer(0) + missing19}, want14: []string{bad + "No matching record found for database id '99999999' in field 'Customer'", noCustomer(0)}},
		{name: "no database id", model: "sale.order", columns: "id partner_id/.id", rows: [][]any{{"{u}.e1", "abc"}}, ids: -1,
			want: []string{bad + "Invalid database id 'abc' for the field 'Customer'", noCustomer(0) + missing19}, want14: []string{bad + "Invalid database id 'abc' for the field 'Customer'"}},
		{name: "bad number", model: "sale.order", columns: "id partner_id/.id order_line/product_id/.id order_line/product_uom_qty", rows: [][]any{{"{u}.e1", "{partner}", "{product}", "abc"}}, ids: -1,
			want: []string{"error 0 0-0 order_line 'abc' does not seem to be a number for field 'Order Lines/Quantity'"}},
		{name: "bad time", model: "sale.order", columns: "id partner_id/.id date_order", rows: [][]any{{"{u}.e1", "{partner}", "yesterday"}}, ids: -1,
			want: []string{"error 0 0-0 date_order 'yesterday' does not seem to be a valid datetime for field 'Order Date'"}},
		{name: "unknown field", model: "sale.order", columns: "id nofield", rows: [][]any{{"{u}.e1", "x"}}, err: "builtins.ValueError", err14: "builtins.KeyError"},
		{name: "unknown sub-field", model: "sale.order", columns: "id partner_id/.id order_line/nofield", rows: [][]any{{"{u}.e1", "{partner}", "x"}}, err: "builtins.ValueError", err14: "builtins.KeyError"},
		{name: "a many2one's own field", model: "sale.order", columns: "id partner_id/name", rows: [][]any{{"{u}.e1", "x"}}, ids: -1,
			want: []string{bad + "Can not create Many-To-One records indirectly, import the field separately", noCustomer(0) + missing19}, want14: []string{bad + "Can not create Many-To-One records indirectly, import the field separately", noCustomer(0)}},
		{name: "line without product and name", model: "sale.order", columns: "id partner_id/.id order_line/id order_line/product_uom_qty", rows: [][]any{{"{u}.e1", "{partner}", "{u}.el", "2"}}, ids: -1,
			want: []string{"error 0 0-0  Missing required value for the field 'Order Reference' (name)" + unknown19}, want14: []string{"error 0 0-0  Missing required value for the field 'name'"}},
		{name: "line with an empty name", model: "sale.order", columns: "id partner_id/.id order_line/id order_line/product_id/.id order_line/name", rows: [][]any{{"{u}.e1", "{partner}", "{u}.el", "{product}", ""}}, ids: -1,
			want: []string{"error 0 0-0  Missing required value for the field 'Order Reference' (name)" + unknown19}, want14: []string{"error 0 0-0  Missing required value for the field 'name'"}},
		{name: "line without product", series: 14, model: "sale.order", columns: "id partner_id/.id order_line/id order_line/name", rows: [][]any{{"{u}.e1", "{partner}", "{u}.el", "Words"}}, ids: -1,
			want: []string{"error 0 0-0  new row for relation \"sale_order_line\" violates check constraint \"sale_order_line_accountable_required_fields\"\nDETAIL:*"}},
		{name: "line without product", series: 19, model: "sale.order", columns: "id partner_id/.id order_line/id order_line/name", rows: [][]any{{"{u}.noproduct", "{partner}", "{u}.noproductline", "Words"}}, ids: 1},
		{name: "line with unknown product", model: "sale.order", columns: "id partner_id/.id order_line/id order_line/product_id/.id", rows: [][]any{{"{u}.e1", "{partner}", "{u}.el", "99999999"}}, ids: -1,
			want: []string{"error 0 0-0 order_line No matching record found for database id '99999999' in field 'Order Lines/Product'"}},
		{name: "line with unknown tax", model: "sale.order", columns: "id partner_id/.id order_line/id order_line/product_id/.id order_line/{tax_ids}/.id", rows: [][]any{{"{u}.e1", "{partner}", "{u}.el", "{product}", "{tax},99999999"}}, ids: -1,
			want: []string{"error 0 0-0 order_line No matching record found for database id '99999999' in field 'Order Lines/Taxes'"}},
		{name: "two bad of three", model: "sale.order", columns: "id partner_id/.id", rows: [][]any{{"{u}.e1", "99999999"}, {"{u}.e2", "{partner}"}, {"{u}.e3", "99999998"}}, ids: -1,
			want:   []string{bad + "No matching record found for database id '99999999' in field 'Customer'", "error 2 2-2 partner_id No matching record found for database id '99999998' in field 'Customer'", noCustomer(0) + missing19, noCustomer(2) + missing19},
			want14: []string{bad + "No matching record found for database id '99999999' in field 'Customer'", "error 2 2-2 partner_id No matching record found for database id '99999998' in field 'Customer'", noCustomer(0), noCustomer(2)}},
		{name: "one bad of two leaves nothing", model: "sale.order", columns: "id partner_id/.id", rows: [][]any{{"{u}.e2", "{partner}"}, {"{u}.e3", ""}}, ids: -1, want: []string{noCustomer(1) + missing19}, want14: []string{noCustomer(1)}},
		{name: "and so e2 is not there", model: "sale.order", columns: "id", rows: [][]any{{"{u}.e2"}}, ids: -1, want: []string{noCustomer(0) + missing19}, want14: []string{noCustomer(0)}},
		{name: "reference to another model", model: "sale.order", columns: "id partner_id/id", rows: [][]any{{"{u}.e1", "{u}.so1"}}, ids: -1,
			want: []string{bad + "*", noCustomer(0) + missing19}, want14: []string{bad + "*", noCustomer(0)}},
		{name: "bad selection", model: "sale.order", columns: "id partner_id/.id picking_policy", rows: [][]any{{"{u}.e1", "{partner}", "zzz"}}, ids: -1, want: []string{"error 0 0-0 picking_policy Value 'zzz' not found in selection field 'Shipping Policy'"}},
		{name: "selection by its label", model: "sale.order", columns: "id partner_id/.id picking_policy", rows: [][]any{{"{u}.so2", "{partner}", "When all products are ready"}}, ids: 1},
		{name: "database id as a number", model: "sale.order", columns: "id partner_id/.id", rows: [][]any{{"{u}.so3", "{#partner}"}}, ids: 1},
		{name: "many2many as a number", model: "sale.order", columns: "id partner_id/.id order_line/id order_line/product_id/.id order_line/{tax_ids}/.id", rows: [][]any{{"{u}.e1", "{partner}", "{u}.el", "{product}", "{#tax}"}}, err: "builtins.AttributeError"},
		{name: "quantity as a number", model: "sale.order", columns: "id partner_id/.id order_line/id order_line/product_id/.id order_line/product_uom_qty", rows: [][]any{{"{u}.so4", "{partner}", "{u}.so4l", "{product}", 2.5}}, ids: 1},
		{name: "false is empty", model: "sale.order", columns: "id partner_id/.id client_order_ref", rows: [][]any{{"{u}.so5", "{partner}", false}}, ids: 1},
		{name: "a short row", model: "sale.order", columns: "id partner_id/.id client_order_ref", rows: [][]any{{"{u}.so6", "{partner}"}}, ids: 1},
		{name: "External ID without a module", model: "sale.order", columns: "id partner_id/.id", rows: [][]any{{"{u}_so7", "{partner}"}}, ids: 1},
		{name: "unknown database id of the record", model: "sale.order", columns: ".id client_order_ref", rows: [][]any{{"99999999", "x"}}, ids: -1,
			want: []string{"error 0 0-0 .id Unknown database identifier '99999999'", noCustomer(0) + missing19}, want14: []string{"error 0 0-0 .id Unknown database identifier '99999999'", noCustomer(0)}},
		{name: "update mode without an id", model: "res.partner", columns: "name", rows: [][]any{{"x"}}, context: map[string]any{"mode": "update"}, ids: -1,
			want: []string{"error 0 0-0  Cannot update a record without specifying its id or xml_id"}, want14: []string{"error 0 0-0  Unknown error during import: <class 'KeyError'>: 'record'"}},
		{name: "reference to an earlier row", model: "res.partner", columns: "id name parent_id/id", rows: [][]any{{"{u}.c1", "Company {u}", ""}, {"{u}.c2", "Contact {u}", "{u}.c1"}}, ids: 2},
		{name: "name that nobody has", model: "sale.order", columns: "id partner_id", rows: [][]any{{"{u}.e1", "Nobody {u}"}}, ids: -1,
			want: []string{bad + "No matching record found for name 'Nobody {u}' in field 'Customer'", noCustomer(0) + missing19}, want14: []string{bad + "No matching record found for name 'Nobody {u}' in field 'Customer'", noCustomer(0)}},
		{name: "two orders in one load", model: "sale.order", columns: "id partner_id/.id order_line/id order_line/product_id/.id", rows: [][]any{{"{u}.m1", "{partner}", "{u}.m1a", "{product}"}, {"", "", "{u}.m1b", "{product}"}, {"{u}.m2", "{partner}", "{u}.m2a", "{product}"}}, ids: 2},
		{name: "bad row after a spread one", model: "sale.order", columns: "id partner_id/.id order_line/id order_line/product_id/.id", rows: [][]any{{"{u}.m3", "{partner}", "{u}.m3a", "{product}"}, {"", "", "{u}.m3b", "{product}"}, {"{u}.m4", "99999999", "{u}.m4a", "{product}"}}, ids: -1,
			want:   []string{"error 1 2-2 partner_id No matching record found for database id '99999999' in field 'Customer'", "error 1 2-2 partner_id Missing required value for the field 'Customer' (partner_id)" + missing19},
			want14: []string{"error 1 2-2 partner_id No matching record found for database id '99999999' in field 'Customer'", "error 1 2-2 partner_id Missing required value for the field 'Customer' (partner_id)"}},
	}
}

func (s *suite) loads(t *testing.T) {
	for _, c := range loadCases() {
		if c.series != 0 && c.series != s.target.Series {
			continue
		}
		s.run(t, "load/"+c.name, func(t *testing.T) { s.loadCase(t, c) })
	}
	s.run(t, "load/lines are not doubled", func(t *testing.T) {
		v, err := s.load("sale.order", "id", [][]any{{"{u}.so1"}}, nil)
		order := s.read(t, "sale.order", s.loaded(t, v, err)[0], "order_line", "amount_total", "client_order_ref", "date_order", "state")
		if n := len(ids(order["order_line"])); n != 2 {
			t.Errorf("%d lines, want 2", n)
		}
		got := []string{fmt.Sprint(order["amount_total"]), str(order["client_order_ref"]), str(order["date_order"]), str(order["state"])}
		if d := cmp.Diff([]string{"63.54", "REF " + s.prefix, "2026-01-02 03:04:05", "draft"}, got); d != "" {
			t.Error(d)
		}
	})
	s.run(t, "load/names after the insert-if-absent", func(t *testing.T) {
		var got []string
		for _, name := range []string{"p1", "p3"} {
			v, err := s.load("res.partner", "id", [][]any{{"{u}." + name}}, nil)
			got = append(got, str(s.read(t, "res.partner", s.loaded(t, v, err)[0], "name")["name"]))
		}
		if d := cmp.Diff([]string{"One thrice " + s.prefix, "Three " + s.prefix}, got); d != "" {
			t.Error(d)
		}
	})
	s.run(t, "load/External IDs of lines", func(t *testing.T) {
		v, err := s.load("sale.order.line", "id", [][]any{{"{u}.l1"}, {"{u}.l2"}}, nil)
		lines := s.loaded(t, v, err)
		v, err = s.call("sale.order.line", "get_external_id", lines, nil)
		got, _ := s.must(t, v, err).(map[string]any)
		if len(lines) != 2 || str(got[fmt.Sprint(lines[0])]) != s.prefix+".l1" || str(got[fmt.Sprint(lines[1])]) != s.prefix+".l2" {
			t.Errorf("%v: %v", lines, got)
		}
	})
}

func (s *suite) load(model, columns string, rows [][]any, context map[string]any) (any, error) {
	data := make([]any, len(rows))
	for i, row := range rows {
		cells := make([]any, len(row))
		for j, cell := range row {
			cells[j] = s.cell(cell)
		}
		data[i] = cells
	}
	return s.call(model, "load", nil, context, place("fields", strings.Fields(s.text(columns))), place("data", data))
}

// cell is a cell of a load: text, but {#name} is a number.
func (s *suite) cell(v any) any {
	if text, ok := v.(string); ok {
		if name, found := strings.CutPrefix(text, "{#"); found {
			return json.Number(s.vars["{"+name])
		}
		return s.text(text)
	}
	return v
}

// loaded is the ids of a load that must have gone well.
func (s *suite) loaded(t testing.TB, v any, err error) []int64 {
	t.Helper()
	answer, _ := s.must(t, v, err).(map[string]any)
	list := ids(answer["ids"])
	if len(list) == 0 {
		t.Fatalf("not loaded: %v", answer)
	}
	return list
}

func (s *suite) loadCase(t *testing.T, c loadCase) {
	want, wantErr := c.want, c.err
	if s.target.Series < 19 {
		if c.want14 != nil {
			want = c.want14
		}
		if c.err14 != "" {
			wantErr = c.err14
		}
	}
	v, err := s.load(c.model, c.columns, c.rows, c.context)
	if name, message := exceptionOf(err); name != wantErr || (err != nil && name == "") {
		t.Fatalf("exception %q (%s), want %q", name, message, wantErr)
	}
	if wantErr != "" {
		return
	}
	answer, _ := v.(map[string]any)
	n := -1
	if list, ok := answer["ids"].([]any); ok {
		n = len(list)
	}
	if n != c.ids {
		t.Errorf("ids %v, want %d", answer["ids"], c.ids)
	}
	var got []string
	messages, _ := answer["messages"].([]any)
	for i, m := range messages {
		line := messageLine(m)
		if i < len(want) && strings.HasSuffix(want[i], "*") && strings.HasPrefix(line, strings.TrimSuffix(want[i], "*")) {
			line = want[i]
		}
		got = append(got, line)
	}
	for i := range want {
		want[i] = s.text(want[i])
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("messages (-want +got):\n%s", d)
	}
}

func messageLine(v any) string {
	m, _ := v.(map[string]any)
	rows, _ := m["rows"].(map[string]any)
	return fmt.Sprintf("%s %v %v-%v %s %s", str(m["type"]), m["record"], rows["from"], rows["to"], str(m["field"]), str(m["message"]))
}
