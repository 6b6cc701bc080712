package odoo

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
)

// line is a record with a field of each kind.
type line struct {
	ID       int64             `odoo:"id"`
	Order    Many2One          `odoo:"order_id"`
	Product  Many2One          `odoo:"product_id"`
	Name     string            `odoo:"name"`
	Quantity decimal.Decimal   `odoo:"product_uom_qty"`
	Price    decimal.Decimal   `odoo:"price_unit"`
	Discount decimal.Decimal   `odoo:"discount"`
	Net      decimal.Decimal   `odoo:"price_subtotal"`
	Taxes    []int64           `odoo:"tax_ids"`
	Created  time.Time         `odoo:"create_date"`
	Date     Date              `odoo:"date"`
	Display  Optional[string]  `odoo:"display_type"`
	Delivery bool              `odoo:"is_delivery"`
	Extra    json.RawMessage   `odoo:"extra_tax_data"`
	Other    map[string]string `odoo:"properties"`
}

func (line) OdooModel() string { return "sale.order.line" }

func linePlan(t testing.TB) *plan {
	t.Helper()
	c := &Client{version: Version{Major: 19}}
	known := map[string]FieldInfo{}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[line]()) {
		known[field.Tag.Get("odoo")] = FieldInfo{}
	}
	c.fields.Store("sale.order.line", known)
	p, err := c.planOf(t.Context(), reflect.TypeFor[line]())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const lineJSON = `{"id":7,"order_id":[3,"S00003"],"product_id":[9,"[SKU-1] T-shirt"],"name":"T-shirt\nblue","product_uom_qty":3.0,` +
	`"price_unit":19.99,"discount":0.0,"price_subtotal":59.97,"tax_ids":[1,2],"create_date":"2026-01-02 03:04:05","date":"2026-01-02",` +
	`"display_type":false,"is_delivery":true,"extra_tax_data":{"a":[1]},"properties":false,"unasked":[[],{"x":"}"}]}`

func TestRecords(t *testing.T) {
	t.Parallel()
	got, err := records(linePlan(t), []byte("[ "+lineJSON+" , {} ]"), []line(nil))
	if err != nil {
		t.Fatal(err)
	}
	want := []line{{
		ID: 7, Order: Many2One{3, "S00003"}, Product: Many2One{9, "[SKU-1] T-shirt"}, Name: "T-shirt\nblue",
		Quantity: decimal.MustParse("3.0"), Price: decimal.MustParse("19.99"), Discount: decimal.MustParse("0.0"), Net: decimal.MustParse("59.97"),
		Taxes: []int64{1, 2}, Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Date: Date{2026, 1, 2},
		Display: Clear[string](), Delivery: true, Extra: json.RawMessage(`{"a":[1]}`),
	}, {}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Optional[string]{}), cmp.Comparer(func(a, b decimal.Decimal) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	for raw, says := range map[string]string{
		`{"id":1}`: "list of records", `[{"id":"x"}]`: "field id: expected an integer, got a text", `[{"price_unit":true}]`: "price_unit",
		`[{"create_date":"soon"}]`: "create_date", `[{"is_delivery":1}]`: "expected a boolean, got a number", `[{"tax_ids":{}}]`: "list of ids",
		`[{"name":5}]`: "expected a text", `[{"price_unit":1e400}]`: "19 digits", `[5]`: "JSON",
	} {
		if _, err := records(linePlan(t), []byte(raw), []line(nil)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestDecimalsAreExact(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"19.99": "19.99", "1e-05": "0.00001", "0.30000000000000004": "0.30000000000000004", "-0.0": "0.0", "9007199254740993": "9007199254740993",
		"false": "0", "1E+3": "1000", `"12.50"`: "12.50",
	} {
		d, err := parseDecimal([]byte(raw))
		if err != nil || d.String() != want {
			t.Errorf("%s: %s %v", raw, d, err)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for raw, offset := range map[string]time.Duration{
		`"2026-01-02 03:04:05"`: 0, `"2026-01-02 03:04:05.250000"`: 250 * time.Millisecond, `"2026-01-02T03:04:05"`: 0, `"2026-01-02T05:04:05+02:00"`: 0,
	} {
		if got, err := parseTime([]byte(raw)); err != nil || !got.Equal(want.Add(offset)) || got.Location() != time.UTC {
			t.Errorf("%s: %v %v", raw, got, err)
		}
	}
	if got, err := parseTime([]byte(`false`)); err != nil || !got.IsZero() {
		t.Errorf("false: %v %v", got, err)
	}
	if formatTime(time.Date(2026, 1, 1, 0, 30, 0, 0, time.FixedZone("", 7200))) != "2025-12-31 22:30:00" {
		t.Error("times are not sent in UTC")
	}
}

func TestPlans(t *testing.T) {
	t.Parallel()
	c := &Client{version: Version{Major: 14}}
	c.fields.Store("sale.order.line", map[string]FieldInfo{"id": {}, "name": {}, "tax_id": {}, "x_old": {}})
	p, err := c.planOf(t.Context(), reflect.TypeFor[drifting]())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"id", "name", "tax_id", "x_old"}, p.names); diff != "" {
		t.Error(diff)
	}
	_, err = c.planOf(t.Context(), reflect.TypeFor[demanding]())
	var e *Error
	if !errors.As(err, &e) || e.Code != CodeUnknownField || e.Field != "extra_tax_data, is_delivery" ||
		!strings.Contains(e.Hint, "extra_tax_data came with Odoo 19.0; is_delivery is brought by the module delivery") {
		t.Errorf("%v", err)
	}
	for _, bad := range []any{floating{}, doubled{}, optionless{}, textID{}, pointing{}} {
		if _, err := c.planOf(t.Context(), reflect.TypeOf(bad)); CodeOf(err) != CodeBadArguments {
			t.Errorf("%T: %v", bad, err)
		}
	}
	values, err := c.values(t.Context(), reflect.ValueOf(drifting{ID: 5, Name: "n", Taxes: []int64{3}, Added: "x"}))
	if err != nil {
		t.Fatal(err)
	}
	sent, err := marshal(values)
	if string(sent) != `{"name":"n","tax_id":[[6,0,[3]]]}` || err != nil {
		t.Errorf("%s %v", sent, err)
	}
}

type lineModel struct{}

func (lineModel) OdooModel() string { return "sale.order.line" }

type (
	drifting struct {
		lineModel
		ID    int64   `odoo:"id"`
		Name  string  `odoo:"name"`
		Taxes []int64 `odoo:"tax_ids"`
		Extra string  `odoo:"extra_tax_data,optional"`
		Added string  `odoo:"x_new,was=x_older,was=x_old,readonly"`
	}
	demanding struct {
		lineModel
		Extra    string `odoo:"extra_tax_data"`
		Delivery bool   `odoo:"is_delivery"`
	}
	floating struct {
		lineModel
		Name float64 `odoo:"name"`
	}
	doubled struct {
		lineModel
		A string `odoo:"name"`
		B string `odoo:"name"`
	}
	textID struct {
		lineModel
		ID Optional[int64] `odoo:"id"`
	}
	pointing struct {
		lineModel
		*Named
	}
	// Named is embedded by pointer.
	Named struct {
		Name string `odoo:"name"`
	}
	optionless struct {
		lineModel
		A string `odoo:"name,omitempty"`
	}
)

func TestFieldNames(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		major        int
		model, field string
		want         string
		there        bool
	}{
		{14, "sale.order.line", "tax_ids", "tax_id", true},
		{18, "sale.order.line", "tax_ids", "tax_id", true},
		{19, "sale.order.line", "tax_ids", "tax_ids", true},
		{14, "product.product", "is_storable", "", false},
		{18, "product.product", "is_storable", "is_storable", true},
		{14, "stock.move", "quantity", "quantity_done", true},
		{14, "res.partner", "name", "name", true},
	} {
		got, there := fieldName(Version{Major: test.major}, test.model, test.field)
		if got != test.want || there != test.there {
			t.Errorf("%d %s.%s: %q %v", test.major, test.model, test.field, got, there)
		}
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string][2]int{"14.0": {14, 0}, "19.0+e": {19, 0}, "saas~18.3": {18, 3}, "saas-18.4+e": {18, 4}, "18.0-20250101": {18, 0}} {
		v, ok := parseVersion(raw)
		if !ok || v.Major != want[0] || v.Minor != want[1] {
			t.Errorf("%s: %v %v", raw, v, ok)
		}
	}
	for _, raw := range []string{"", "master", "x.y", "99999999999999999999.1"} {
		if v, ok := parseVersion(raw); ok {
			t.Errorf("%q: %v", raw, v)
		}
	}
}

func TestRetryAfterHeader(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"": 0, "2": 2 * time.Second, "-5": 0, "soon": 0, "10000000000": 24 * time.Hour, "99999999999999999999": 0, "Mon, 02 Jan 2006 15:04:05 GMT": 0} {
		if got := retryAfter(http.Header{"Retry-After": {text}}); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzReplies(f *testing.F) {
	for _, seed := range []string{
		`{"jsonrpc":"2.0","id":1,"result":[` + lineJSON + `]}`, `{"jsonrpc":"2.0","id":1}`, `[` + lineJSON + `]`, `null`, `<html>`, ``, `{"jsonrpc":"2.0","error":{"code":200,"data":{"name":"odoo.exceptions.UserError","message":"x"}}}`,
		`{"name":"builtins.ValueError","message":"Invalid field 'a' on 'b'"}`, `{"ids":[1,2],"messages":[]}`, `"text"`, `{"jsonrpc":1,"error":5}`,
		`{"ids":false,"messages":[{"type":"error","message":"x","record":0,"rows":{"from":0,"to":0},"field":["a","b"]}]}`, `[[[[`, `{"a":`,
	} {
		f.Add(seed, 200)
		f.Add(seed, 500)
	}
	p := linePlan(f)
	call := &Call{Model: "sale.order.line", Method: "search_read", Effect: EffectWrite}
	f.Fuzz(func(t *testing.T, body string, status int) {
		for _, decode := range []func(*Call, *answer) ([]byte, *Error){decodeJSON2, decodeJSONRPC, decodeVersion} {
			reply, failed := decode(call, &answer{status: status, header: http.Header{}, body: []byte(body)})
			if failed != nil {
				if failed.Code == "" || failed.Error() == "" {
					t.Fatalf("no code: %#v", failed)
				}
				continue
			}
			if len(reply) > 0 && !json.Valid(reply) {
				t.Fatalf("an invalid reply was let through: %q", reply)
			}
			_ = wizardError(*call, reply)
			if a, err := parseLoad(reply); err == nil {
				l := &loader{batch: LoadBatch{Model: "m", Records: make([]LoadRecord, 3)}, fields: []string{"id"}, results: make([]LoadResult, 3)}
				l.blame([]int{0, 1, 2}, a)
				a.says(transient)
			}
			if len(reply) > 0 {
				_, _ = records(p, reply, []line(nil))
			}
		}
	})
}

func FuzzScan(f *testing.F) {
	for _, seed := range []string{lineJSON, `[1,-0.5e+3,"\u00e5\\"]`, `01`, `"` + "\x01" + `"`, `{"a":1,}`, `[1 2]`, ` true `, strings.Repeat("[", 2000), `"\u00e5\ud83d\ude00\ud83d \/\b\f\n\r\t\"å` + "\xff" + `"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		value, err := single(body)
		if (err == nil) != json.Valid(body) && !errors.Is(err, errDepth) {
			t.Fatalf("%q: %v, but valid is %v", body, err, json.Valid(body))
		}
		if err == nil && !bytes.Equal(value, bytes.Trim(body, " \t\r\n")) {
			t.Fatalf("%q: found %q", body, value)
		}
		if err == nil && value[0] == '"' {
			var want string
			if got, err := text(value); json.Unmarshal(value, &want) != nil || err != nil || got != want {
				t.Fatalf("%q: %q %v, want %q", value, got, err, want)
			}
		}
	})
}

func FuzzValues(f *testing.F) {
	for _, seed := range []string{`false`, `[5,"x"]`, `{"id":5,"display_name":null}`, `"2026-01-02 03:04:05"`, `1.5e3`, `"x"`, `[1,2]`, `-1`, `1e999999999`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		value, err := single(raw)
		if err != nil {
			return
		}
		targets := []any{
			new(Many2One), new(Date), new(Optional[string]), new(Optional[bool]), new(Optional[decimal.Decimal]), new(Optional[time.Time]),
			new(string), new(bool), new(int64), new(uint8), new(decimal.Decimal), new(time.Time), new([]int64), new(json.RawMessage), new(map[string]any), new(any),
		}
		for _, target := range targets {
			if err := scanInto(target, value); err != nil {
				continue
			}
			again, err := marshal(plain(reflect.ValueOf(target).Elem().Interface()))
			if err != nil {
				t.Fatalf("%q read as %#v cannot be written: %v", value, target, err)
			}
			if _, err := single(again); err != nil {
				t.Fatalf("%q read as %#v is written as %q", value, target, again)
			}
		}
	})
}

func FuzzExternalID(f *testing.F) {
	f.Add("a_b", "c.~5f")
	f.Add("", "å")
	f.Fuzz(func(t *testing.T, a, b string) {
		x := NewExternalID("m", a, b)
		parts, ok := x.Parts()
		if !ok && !strings.Contains(x.Name, "~~") {
			t.Fatalf("%q %q gives %s, which has no parts", a, b, x)
		}
		if ok && (parts[0] != a || parts[1] != b) {
			t.Fatalf("%q %q comes back as %q", a, b, parts)
		}
		_, _ = ExternalID{Module: a, Name: b}.Parts()
		_, _ = ParseExternalID(a + b)
	})
}

func BenchmarkRead150Lines(b *testing.B) {
	body := []byte(`{"jsonrpc":"2.0","id":1,"result":[` + strings.Repeat(lineJSON+",", 149) + lineJSON + `]}`)
	p := linePlan(b)
	call := &Call{Model: "sale.order.line", Method: "search_read", Effect: EffectRead}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		reply, failed := decodeJSONRPC(call, &answer{status: 200, header: http.Header{}, body: body})
		if failed != nil {
			b.Fatal(failed)
		}
		if lines, err := records(p, reply, []line(nil)); err != nil || len(lines) != 150 {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeLoad50Orders(b *testing.B) {
	l := &loader{batch: LoadBatch{Model: "sale.order"}, fields: make([]string, 18)}
	for i := range 50 {
		rows := make([][]string, 3)
		for n := range rows {
			rows[n] = make([]string, 17)
			for k := range rows[n] {
				rows[n][k] = "value " + strconv.Itoa(i*k)
			}
		}
		l.batch.Records = append(l.batch.Records, LoadRecord{ExternalID: NewExternalID("m", "order", strconv.Itoa(i)), Rows: rows})
	}
	chunk := make([]int, 50)
	for i := range chunk {
		chunk[i] = i
	}
	b.ReportAllocs()
	for b.Loop() {
		call := l.call(chunk)
		if _, err := encodeJSON2(&call); err != nil {
			b.Fatal(err)
		}
	}
}
