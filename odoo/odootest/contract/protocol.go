package contract

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// protocolCase is one call that the server refuses, and how.
type protocolCase struct {
	name, model, method string
	ids                 []int64
	args                []arg
	status              int    // of JSON-2
	class               string // of JSON-2; of JSON-RPC where rpc is empty
	rpc, rpc14          string
	says                string // on 19; "" any
}

func protocolCases() []protocolCase {
	const valueError, notFound, unprocessable = "builtins.ValueError", "werkzeug.exceptions.NotFound", "werkzeug.exceptions.UnprocessableEntity"
	none := place("domain", []any{})
	return []protocolCase{
		{name: "unknown model", model: "no.model", method: "search", args: []arg{none}, status: 404, class: notFound, rpc: "odoo.exceptions.UserError"},
		{name: "unknown method", model: "res.partner", method: "nope", ids: []int64{1}, status: 404, class: notFound, rpc: "builtins.AttributeError"},
		{name: "private method", model: "res.partner", method: "_x", status: 403, class: "odoo.exceptions.AccessError"},
		{name: "unknown field in a domain", model: "res.partner", method: "search", args: []arg{place("domain", []any{[]any{"nofield", "=", 1}})}, status: 500, class: valueError, says: "Invalid field res.partner.nofield in condition ('nofield', '=', 1)"},
		{name: "unknown operator", model: "res.partner", method: "search", args: []arg{place("domain", []any{[]any{"name", "~~", "x"}})}, status: 500, class: valueError, says: "Invalid operator in condition ('name', '~~', 'x')"},
		{name: "operator without operands", model: "res.partner", method: "search", args: []arg{place("domain", []any{"&", []any{"name", "=", "x"}})}, status: 500, class: valueError, rpc14: "builtins.AssertionError"},
		{name: "unknown field to read", model: "res.partner", method: "read", ids: []int64{1}, args: []arg{place("fields", []string{"nofield"})}, status: 500, class: valueError, says: "Invalid field 'nofield' on 'res.partner'"},
		{name: "unknown field to create", model: "res.partner", method: "create", args: []arg{place("vals_list", []any{map[string]any{"nofield": 1}})}, status: 500, class: valueError, says: "Invalid field 'nofield' in 'res.partner'"},
		{name: "unknown field in the order", model: "res.partner", method: "search", args: []arg{none, by("order", "nofield")}, status: 500, class: valueError, says: "Invalid field 'nofield' on model 'res.partner'"},
		{name: "order that is none", model: "res.partner", method: "search", args: []arg{none, by("order", "name; drop")}, status: 422, class: "odoo.exceptions.UserError"},
		{name: "missing record", model: "res.partner", method: "write", ids: []int64{99999999}, args: []arg{place("vals", map[string]any{"name": "x"})}, status: 404, class: "odoo.exceptions.MissingError"},
		{name: "missing record to unlink", model: "res.partner", method: "unlink", ids: []int64{99999999}, status: 404, class: "odoo.exceptions.MissingError"},
		{name: "required field", model: "sale.order", method: "create", args: []arg{place("vals_list", []any{map[string]any{}})}, status: 422, class: "odoo.exceptions.ValidationError"},
		{name: "link to nowhere", model: "res.partner", method: "create", args: []arg{place("vals_list", []any{map[string]any{"name": "x", "country_id": 99999999}})}, status: 422, class: "odoo.exceptions.ValidationError"},
		{name: "bad selection", model: "res.partner", method: "create", args: []arg{place("vals_list", []any{map[string]any{"name": "x", "type": "zzz"}})}, status: 500, class: valueError, says: "Wrong value for res.partner.type: 'zzz'"},
		{name: "bad float", model: "sale.order.line", method: "create", args: []arg{place("vals_list", []any{map[string]any{"order_id": 1, "price_unit": "zzz"}})}, status: 500, class: valueError, says: "could not convert string to float: 'zzz'"},
		{name: "unknown argument", model: "res.partner", method: "search", args: []arg{none, by("nokw", 1)}, status: 422, class: unprocessable, rpc: "builtins.TypeError"},
		{name: "missing argument", model: "res.partner", method: "search", status: 422, class: unprocessable, rpc: "builtins.TypeError"},
		{name: "bad id of a link", model: "sale.order", method: "create", args: []arg{place("vals_list", []any{map[string]any{"partner_id": "abc"}})}, status: 500, class: "psycopg2.errors.InvalidTextRepresentation"},
	}
}

func (s *suite) protocol(t *testing.T) {
	for _, c := range protocolCases() {
		s.run(t, "protocol/"+c.name, func(t *testing.T) {
			v, err := s.call(c.model, c.method, c.ids, nil, c.args...)
			if err == nil {
				t.Fatalf("no error but %v", v)
			}
			want := c.class
			if !s.json2 && c.rpc != "" {
				want = c.rpc
			}
			if s.target.Series < 19 && c.rpc14 != "" {
				want = c.rpc14
			}
			f, _ := err.(*failure)
			if f == nil || f.Name != want {
				t.Fatalf("%v, want %s", err, want)
			}
			if s.json2 && f.Status != c.status {
				t.Errorf("status %d, want %d", f.Status, c.status)
			}
			if c.says != "" && s.target.Series >= 19 && f.Message != c.says {
				t.Errorf("says %q, want %q", f.Message, c.says)
			}
			checkShape(t, f, s.json2)
		})
	}
	if s.json2 {
		s.protocolJSON2(t)
		return
	}
	s.run(t, "protocol/version", func(t *testing.T) {
		v, err := s.service("common", "version")
		m, _ := s.must(t, v, err).(map[string]any)
		if str(m["server_serie"]) != fmt.Sprintf("%d.0", s.target.Series) || fmt.Sprint(m["protocol_version"]) != "1" {
			t.Errorf("%v", v)
		}
		status, _, raw, err := s.post("/web/webclient/version_info", nil, map[string]any{})
		if err != nil || status != http.StatusOK || !strings.Contains(string(raw), fmt.Sprintf(`"server_serie": "%d.0"`, s.target.Series)) && !strings.Contains(string(raw), fmt.Sprintf(`"server_serie":"%d.0"`, s.target.Series)) {
			t.Errorf("%d %s %v", status, raw, err)
		}
	})
	s.run(t, "protocol/wrong password", func(t *testing.T) {
		v, err := s.service("common", "login", s.target.Database, s.login, "wrong")
		if s.must(t, v, err) != false {
			t.Errorf("%v, want false", v)
		}
		v, err = s.service("common", "authenticate", s.target.Database, s.login, "wrong", map[string]any{})
		if s.must(t, v, err) != false {
			t.Errorf("%v, want false", v)
		}
		_, err = s.service("object", "execute_kw", s.target.Database, s.uid, "wrong", "res.users", "context_get", []any{}, map[string]any{})
		if name, _ := exceptionOf(err); name != "odoo.exceptions.AccessDenied" {
			t.Errorf("%v", err)
		}
	})
	s.run(t, "protocol/wrong database", func(t *testing.T) {
		_, err := s.service("object", "execute_kw", "no_such_db", s.uid, s.secret, "res.users", "context_get", []any{}, map[string]any{})
		if name, _ := exceptionOf(err); name != "psycopg2.OperationalError" {
			t.Errorf("%v", err)
		}
	})
	s.run(t, "protocol/an int for a dict, a list for a list", func(t *testing.T) {
		v, err := s.call("res.partner", "create", nil, nil, place("vals_list", map[string]any{"name": s.prefix}))
		if _, is := s.must(t, v, err).(json.Number); !is {
			t.Errorf("%v, want a number", v)
		}
	})
}

// checkShape wants exactly the keys that Odoo sends.
func checkShape(t *testing.T, f *failure, json2 bool) {
	t.Helper()
	v, err := parse([]byte(f.Body))
	if err != nil {
		t.Fatal(err)
	}
	m, _ := v.(map[string]any)
	if !json2 {
		e, _ := m["error"].(map[string]any)
		m, _ = e["data"].(map[string]any)
	}
	got := make(map[string]bool)
	for k := range m {
		got[k] = true
	}
	if d := cmp.Diff(map[string]bool{"name": true, "message": true, "arguments": true, "context": true, "debug": true}, got); d != "" {
		t.Error(d)
	}
	if list, ok := m["arguments"].([]any); !ok || len(list) == 0 {
		t.Errorf("arguments %v", m["arguments"])
	}
}

func (s *suite) protocolJSON2(t *testing.T) {
	url := "/json/2/res.users/context_get"
	bearer := map[string]string{"Authorization": "Bearer " + s.target.APIKey, "X-Odoo-Database": s.target.Database}
	with := func(k, v string) map[string]string {
		out := map[string]string{}
		for name, x := range bearer {
			out[name] = x
		}
		if v == "" {
			delete(out, k)
		} else {
			out[k] = v
		}
		return out
	}
	for _, c := range []struct {
		name, path, body string
		header           map[string]string
		status           int
		kind, contains   string
	}{
		{"the user's context", url, "{}", bearer, 200, "application/json", `"uid"`},
		{"scheme in another case", url, "{}", with("Authorization", "bEaReR "+s.target.APIKey), 200, "application/json", `"uid"`},
		{"empty body", url, "", bearer, 200, "application/json", `"uid"`},
		{"no key", url, "{}", with("Authorization", ""), 401, "application/json", "werkzeug.exceptions.Unauthorized"},
		{"wrong key", url, "{}", with("Authorization", "Bearer nonsense"), 401, "application/json", "Invalid apikey"},
		{"wrong database", url, "{}", with("X-Odoo-Database", "no_such_db"), 404, "text/html", "No database is selected"},
		{"no JSON", url, `{"x`, bearer, 400, "application/json", "could not parse the body as json"},
		{"wrong content type", url, "x", with("Content-Type", "text/plain"), 415, "text/html", "Unsupported Media Type"},
		{"no method", "/json/2/res.partner", "{}", bearer, 404, "application/json", "Did you mean POST /json/2/"},
		{"ids of an api.model method", "/json/2/res.partner/search", `{"ids":[1],"domain":[]}`, bearer, 422, "application/json", "cannot call res.partner.search with ids"},
		{"missing argument", "/json/2/res.partner/search", `{}`, bearer, 422, "application/json", "missing a required argument: 'domain'"},
		{"a record method without ids", "/json/2/sale.order/action_confirm", `{}`, bearer, 200, "application/json", "true"},
	} {
		s.run(t, "protocol/"+c.name, func(t *testing.T) {
			status, header, raw, err := s.post(c.path, c.header, c.body)
			if err != nil {
				t.Fatal(err)
			}
			if status != c.status || !strings.HasPrefix(header.Get("Content-Type"), c.kind) || !strings.Contains(string(raw), c.contains) {
				t.Errorf("%d %s %s, want %d %s with %q", status, header.Get("Content-Type"), raw, c.status, c.kind, c.contains)
			}
			if status == http.StatusUnauthorized && !strings.HasPrefix(strings.ToLower(header.Get("WWW-Authenticate")), "bearer") {
				t.Errorf("WWW-Authenticate %q", header.Get("WWW-Authenticate"))
			}
		})
	}
	s.run(t, "protocol/version pages", func(t *testing.T) {
		for _, path := range []string{"/web/version", "/json/version"} {
			resp, err := transport.Get(s.target.URL + path)
			if err != nil {
				t.Fatal(err)
			}
			var v struct {
				Version string `json:"version"`
				Info    []any  `json:"version_info"`
			}
			err = json.NewDecoder(resp.Body).Decode(&v)
			_ = resp.Body.Close()
			if err != nil || v.Version != fmt.Sprintf("%d.0", s.target.Series) || len(v.Info) != 6 {
				t.Errorf("%s: %+v %v", path, v, err)
			}
		}
	})
	s.run(t, "protocol/create gives a list", func(t *testing.T) {
		v, err := s.named("/json/2/res.partner/create", s.secret, map[string]any{"vals_list": map[string]any{"name": s.prefix}})
		if list, _ := s.must(t, v, err).([]any); len(list) != 1 {
			t.Errorf("%v, want a list of one", v)
		}
	})
}
