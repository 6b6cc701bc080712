package contract

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// suite is one run against one target over one protocol.
type suite struct {
	*client
	prefix string            // unique to the run
	vars   map[string]string // {name} in the cases
	cases  int
	batch  int              // loads of amounts so far
	lists  map[string]int64 // pricelists by currency
	taxes  map[taxSpec]int64
	shared *sites // of the yards
}

// Run holds a target against the contract, over each protocol that it has.
func Run(t *testing.T, target Target) {
	t.Helper()
	total := 0
	protocols := []bool{false}
	if target.APIKey != "" {
		protocols = append(protocols, true)
	}
	for _, json2 := range protocols {
		name := "jsonrpc"
		if json2 {
			name = "json2"
		}
		t.Run(name, func(t *testing.T) {
			s := newSuite(t, target, json2)
			s.protocol(t)
			s.records(t)
			s.loads(t)
			s.orders(t)
			s.prices(t)
			s.access(t)
			if json2 == (target.Series >= 19) { // over the protocol that the version is for
				s.activities(t)
				s.stock(t)
				s.stockRecords(t)
				if target.Globally == (target.Series >= 19) { // the amounts that it wants are of companies that round so
					s.invoices(t)
				}
			}
			if !json2 {
				s.amounts(t)
			}
			total += s.cases
		})
	}
	t.Logf("%d cases on Odoo %d at %s", total, target.Series, target.Database)
}

func newSuite(t *testing.T, target Target, json2 bool) *suite {
	t.Helper()
	raw := make([]byte, 5)
	_, _ = rand.Read(raw)
	s := &suite{client: connect(t, target, json2), prefix: "ct" + hex.EncodeToString(raw), lists: map[string]int64{}, taxes: map[taxSpec]int64{}}
	s.vars = map[string]string{"{u}": s.prefix, "{tax_ids}": s.taxField()}
	s.vars["{partner}"] = fmt.Sprint(s.create(t, "res.partner", map[string]any{"name": "Partner " + s.prefix, "email": s.prefix + "@example.com"}))
	s.vars["{product}"] = fmt.Sprint(s.create(t, "product.product", map[string]any{"name": "Product", "default_code": s.prefix, "list_price": 19.99, "taxes_id": []any{}}))
	s.vars["{tax}"] = fmt.Sprint(s.tax(t, taxSpec{amount: "6.5"}))
	return s
}

func (s *suite) taxField() string {
	if s.target.Series >= 19 {
		return "tax_ids"
	}
	return "tax_id"
}

// text replaces the {names} in a case.
func (s *suite) text(v string) string {
	for k, x := range s.vars {
		v = strings.ReplaceAll(v, k, x)
	}
	return v
}

// value replaces the {names} in the strings of a value; a string that is one name becomes a number.
func (s *suite) value(v any) any {
	switch v := v.(type) {
	case string:
		out := s.text(v)
		if _, is := s.vars[v]; is && v != "{u}" && v != "{tax_ids}" {
			return json.Number(out)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = s.value(v[i])
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			out[s.text(k)] = s.value(x)
		}
		return out
	}
	return v
}

func (s *suite) run(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	s.cases++
	t.Run(name, f)
}

func (s *suite) must(t testing.TB, v any, err error) any {
	t.Helper()
	if err != nil {
		var f *failure
		if errors.As(err, &f) && f.Name == "" {
			t.Fatalf("%v %s", err, f.Body)
		}
		t.Fatal(err)
	}
	return v
}

func (s *suite) create(t testing.TB, model string, vals map[string]any) int64 {
	t.Helper()
	v, err := s.call(model, "create", nil, nil, place("vals_list", []any{vals}))
	list, _ := s.must(t, v, err).([]any)
	if len(list) != 1 {
		t.Fatalf("create %s: %v", model, v)
	}
	return number(list[0])
}

// read returns one record's fields.
func (s *suite) read(t testing.TB, model string, id int64, fields ...string) map[string]any {
	t.Helper()
	v, err := s.call(model, "read", []int64{id}, nil, place("fields", fields))
	list, _ := s.must(t, v, err).([]any)
	if len(list) != 1 {
		t.Fatalf("read %s %d: %v", model, id, v)
	}
	row, _ := list[0].(map[string]any)
	return row
}

func (s *suite) search(t testing.TB, model string, domain []any, extra ...arg) []int64 {
	t.Helper()
	name := "domain"
	v, err := s.call(model, "search", nil, nil, append([]arg{place(name, domain)}, extra...)...)
	return ids(s.must(t, v, err))
}

func ids(v any) []int64 {
	list, _ := v.([]any)
	out := []int64{}
	for _, x := range list {
		out = append(out, number(x))
	}
	return out
}

// pricelist returns a pricelist in the currency, made by this run.
func (s *suite) pricelist(t testing.TB, code string) int64 {
	t.Helper()
	if id := s.lists[code]; id != 0 {
		return id
	}
	v, err := s.call("res.currency", "search", nil, map[string]any{"active_test": false}, place("domain", []any{[]any{"name", "=", code}}))
	found := ids(s.must(t, v, err))
	if len(found) != 1 {
		t.Fatalf("%d currencies %s on this server", len(found), code)
	}
	v, err = s.call("res.currency", "write", found, nil, place("vals", map[string]any{"active": true}))
	s.must(t, v, err)
	s.lists[code] = s.create(t, "product.pricelist", map[string]any{"name": "List " + s.prefix, "currency_id": found[0]})
	return s.lists[code]
}

// taxSpec is a tax as the cases name it.
type taxSpec struct {
	amount          string
	kind            string // "" is percent
	included, bases bool
	sequence        int
}

func (s *suite) tax(t testing.TB, spec taxSpec) int64 {
	t.Helper()
	if id := s.taxes[spec]; id != 0 {
		return id
	}
	vals := map[string]any{"name": fmt.Sprintf("%s %s %d", s.prefix, spec.amount, len(s.taxes)), "amount": json.Number(spec.amount), "amount_type": "percent",
		"type_tax_use": "sale", "include_base_amount": spec.bases, "sequence": spec.sequence + 1}
	if spec.kind != "" {
		vals["amount_type"] = spec.kind
	}
	if s.target.Series >= 19 {
		vals["price_include_override"] = "tax_excluded"
		if spec.included {
			vals["price_include_override"] = "tax_included"
		}
	} else {
		vals["price_include"] = spec.included
	}
	s.taxes[spec] = s.create(t, "account.tax", vals)
	return s.taxes[spec]
}

// exceptionOf is the class and first line of an error.
func exceptionOf(err error) (name, message string) {
	var f *failure
	if errors.As(err, &f) {
		return f.Name, f.Message
	}
	if err != nil {
		return "", err.Error()
	}
	return "", ""
}
