package contract

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// searchCase is a domain over the partners that the run made, and the refs of those it finds.
type searchCase struct {
	domain  []any
	order   string
	context map[string]any
	want    string // refs in order
}

func leaf(field, op string, v any) []any { return []any{field, op, v} }

// The partners: a b c are people of company k; b is in Germany, c in the US, d is archived.
func searchCases() []searchCase {
	all := map[string]any{"active_test": false}
	return []searchCase{
		{want: "a b c k"}, {context: all, want: "a b c d k"}, {domain: []any{leaf("active", "in", []any{true, false})}, want: "a b c d k"},
		{domain: []any{leaf("active", "=", false)}, want: "d"},
		{domain: []any{leaf("ref", "=", "a")}, want: "a"}, {domain: []any{leaf("ref", "!=", "a")}, want: "b c k"},
		{domain: []any{leaf("ref", "in", []any{"a", "c", "x"})}, want: "a c"}, {domain: []any{leaf("ref", "not in", []any{"a", "c"})}, want: "b k"},
		{domain: []any{leaf("ref", "in", []any{})}, want: ""}, {domain: []any{leaf("ref", "not in", []any{})}, want: "a b c k"},
		{domain: []any{leaf("email", "=", false)}, want: "k"}, {domain: []any{leaf("email", "!=", false)}, want: "a b c"},
		{domain: []any{leaf("email", "!=", "A@x.example")}, want: "b c k"}, {domain: []any{leaf("email", "in", []any{"b@y.example", false})}, want: "b k"},
		{domain: []any{leaf("email", "like", "x.example")}, want: "a c"}, {domain: []any{leaf("email", "like", "X.EXAMPLE")}, want: ""},
		{domain: []any{leaf("email", "like", `A\@x.example`)}, want: "a"}, {domain: []any{leaf("email", "like", `\_@x`)}, want: ""}, {domain: []any{leaf("email", "like", `\%`)}, want: ""},
		{domain: []any{leaf("email", "like", `\\`)}, want: ""}, {domain: []any{leaf("email", "like", "A%_.example")}, want: "a"}, {domain: []any{leaf("email", "=like", `A\@x.exampl_`)}, want: "a"},
		{domain: []any{leaf("email", "ilike", "X.EXAMPLE")}, want: "a c"}, {domain: []any{leaf("email", "not ilike", "x.example")}, want: "b k"},
		{domain: []any{leaf("email", "=like", "a@%")}, want: ""}, {domain: []any{leaf("email", "=ilike", "a@%")}, want: "a"}, {domain: []any{leaf("email", "=like", "_@y.example")}, want: "b"},
		{domain: []any{leaf("country_id.code", "=", "DE")}, want: "b"}, {domain: []any{leaf("country_id.code", "in", []any{"DE", "US"})}, want: "b c"},
		{domain: []any{leaf("country_id", "=", false)}, want: "a k"}, {domain: []any{leaf("country_id", "!=", false)}, want: "b c"}, {domain: []any{leaf("country_id", "=", "Germany")}, want: "b"},
		{domain: []any{leaf("country_id.name", "ilike", "germ")}, want: "b"}, {domain: []any{leaf("parent_id.ref", "=", "k")}, want: "a b c"}, {domain: []any{leaf("parent_id.parent_id", "=", false)}, want: "a b c"},
		{domain: []any{leaf("child_ids.ref", "=", "b")}, want: "k"}, {domain: []any{leaf("child_ids", "!=", false)}, want: "k"},
		{domain: []any{"|", leaf("ref", "=", "a"), leaf("ref", "=", "b")}, want: "a b"}, {domain: []any{"!", leaf("ref", "=", "a")}, want: "b c k"},
		{domain: []any{"&", "!", leaf("ref", "=", "a"), "|", leaf("ref", "=", "b"), leaf("ref", "=", "a")}, want: "b"},
		{domain: []any{"!", "|", leaf("ref", "=", "a"), leaf("ref", "=", "b")}, want: "c k"}, {domain: []any{"|", "|", leaf("ref", "=", "a"), leaf("ref", "=", "b"), leaf("ref", "=", "k")}, want: "a b k"},
		{domain: []any{"|", leaf("ref", "=", "a"), leaf("ref", "=", "b"), leaf("email", "like", "y.example")}, want: "b"},
		{domain: []any{leaf("color", ">", 1)}, want: "b c"}, {domain: []any{leaf("color", ">=", 1)}, want: "a b c"}, {domain: []any{leaf("color", "<", 2)}, want: "a k"}, {domain: []any{leaf("color", "=", 0)}, want: "k"},
		{domain: []any{leaf("is_company", "=", true)}, want: "k"}, {domain: []any{leaf("is_company", "=", false)}, want: "a b c"}, {domain: []any{leaf("create_date", ">", "2020-01-01 00:00:00")}, want: "a b c k"},
		{domain: []any{leaf("create_date", "<", "2020-01-01")}, want: ""}, {domain: []any{leaf("ref", ">", "a")}, want: "b c k"}, {domain: []any{leaf("type", "=", "delivery")}, want: "c"},
		{order: "ref desc", want: "k c b a"}, {order: "color desc, ref", want: "c b a k"}, {order: "id desc", want: "k c b a"},
		{domain: []any{leaf("id", "child_of", "{k}")}, want: "a b c k"}, {domain: []any{leaf("parent_id", "child_of", "{k}")}, want: "a b c k"}, {domain: []any{leaf("id", ">", "{b}")}, want: "c k"}, {domain: []any{leaf("id", "in", []any{"{a}", "{c}", 99999999})}, want: "a c"},
		{domain: []any{[]any{1, "=", 1}}, want: "a b c k"}, {domain: []any{[]any{0, "=", 1}}, want: ""}, {domain: []any{leaf("ref", "=?", false)}, want: "a b c k"}, {domain: []any{leaf("ref", "=?", "b")}, want: "b"},
	}
}

func (s *suite) records(t *testing.T) {
	tag := "T" + s.prefix
	country := func(code string) int64 { return s.search(t, "res.country", []any{leaf("code", "=", code)})[0] }
	// The company is made last, so that ids and refs are in one order.
	refs := map[int64]string{}
	make1 := func(ref string, vals map[string]any) {
		vals["name"], vals["ref"], vals["comment"] = tag+" "+ref, ref, tag
		vals["city"] = tag
		id := s.create(t, "res.partner", vals)
		refs[id] = ref
		s.vars["{"+ref+"}"] = fmt.Sprint(id)
	}
	make1("a", map[string]any{"email": "A@x.example", "color": 1})
	make1("b", map[string]any{"email": "b@y.example", "color": 2, "country_id": country("DE"), "type": "other"})
	make1("c", map[string]any{"email": "c@x.example", "color": 3, "country_id": country("US"), "type": "delivery"})
	make1("d", map[string]any{"active": false, "email": "d@x.example"})
	make1("k", map[string]any{"is_company": true})
	for _, ref := range []string{"a", "b", "c"} {
		v, err := s.call("res.partner", "write", []int64{numberOf(s.vars["{"+ref+"}"])}, nil, place("vals", map[string]any{"parent_id": s.value("{k}"), "city": tag, "country_id": map[string]any{"b": country("DE"), "c": country("US")}[ref]}))
		s.must(t, v, err)
	}
	for i, c := range searchCases() {
		s.run(t, fmt.Sprintf("search/%d %v", i, c.domain), func(t *testing.T) {
			domain := append([]any{leaf("city", "=", tag)}, c.domain...)
			order := c.order
			if order == "" {
				order = "id"
			}
			v, err := s.call("res.partner", "search", nil, c.context, place("domain", s.value(domain)), by("order", order))
			got := ""
			for _, id := range ids(s.must(t, v, err)) {
				got += " " + refs[id]
			}
			if d := cmp.Diff(c.want, trimSpace(got)); d != "" {
				t.Errorf("%v (-want +got):\n%s", domain, d)
			}
		})
	}
	s.run(t, "records/page", func(t *testing.T) {
		v, err := s.call("res.partner", "search_read", nil, nil, place("domain", []any{leaf("city", "=", tag)}), by("fields", []string{"ref"}), by("offset", 1), by("limit", 2), by("order", "id"))
		got := ""
		list, _ := s.must(t, v, err).([]any)
		for _, row := range list {
			got += str(row.(map[string]any)["ref"])
		}
		if got != "bc" {
			t.Errorf("%q, want bc", got)
		}
		v, err = s.call("res.partner", "search_count", nil, nil, place("domain", []any{leaf("city", "=", tag)}))
		if number(s.must(t, v, err)) != 4 {
			t.Errorf("count %v, want 4", v)
		}
	})
	s.run(t, "records/read", s.readShapes)
	s.run(t, "records/write_date", s.writeDate)
	s.run(t, "records/vanished ids are left out", func(t *testing.T) {
		v, err := s.call("res.partner", "read", []int64{numberOf(s.vars["{a}"]), 99999999}, nil, place("fields", []string{"ref"}))
		if list, _ := s.must(t, v, err).([]any); len(list) != 1 {
			t.Errorf("%v, want one", v)
		}
	})
	s.run(t, "records/write x2many", s.writeMany)
	s.run(t, "records/fields_get", func(t *testing.T) {
		v, err := s.call("sale.order", "fields_get", nil, nil, by("allfields", []string{"state", "order_line", "partner_id", "nofield"}), by("attributes", []string{"type", "relation", "required"}))
		want := map[string]any{"state": map[string]any{"type": "selection", "required": false}, "order_line": map[string]any{"type": "one2many", "relation": "sale.order.line", "required": false},
			"partner_id": map[string]any{"type": "many2one", "relation": "res.partner", "required": true}}
		if d := cmp.Diff(any(want), s.must(t, v, err)); d != "" {
			t.Error(d)
		}
	})
	s.run(t, "records/fields of this version", func(t *testing.T) {
		v, err := s.call("sale.order.line", "fields_get", nil, nil, by("attributes", []string{"type"}))
		fields, _ := s.must(t, v, err).(map[string]any)
		for _, f := range []struct {
			name  string
			since int
			until int
		}{{"tax_id", 0, 18}, {"tax_ids", 19, 0}, {"product_uom", 0, 18}, {"product_uom_id", 19, 0}, {"extra_tax_data", 19, 0}, {"discount", 0, 0}, {"is_delivery", 0, 0}} {
			_, has := fields[f.name]
			if want := s.target.Series >= f.since && (f.until == 0 || s.target.Series <= f.until); has != want {
				t.Errorf("%s: %v, want %v", f.name, has, want)
			}
		}
	})
	s.run(t, "records/name_search", func(t *testing.T) {
		v, err := s.call("product.product", "name_search", nil, nil, by("name", s.prefix), by("limit", 1))
		list, _ := s.must(t, v, err).([]any)
		if len(list) != 1 || fmt.Sprint(list[0]) != fmt.Sprintf("[%s [%s] Product]", s.vars["{product}"], s.prefix) {
			t.Errorf("%v", v)
		}
	})
	s.run(t, "records/get_external_id of none", func(t *testing.T) {
		v, err := s.call("res.partner", "get_external_id", []int64{numberOf(s.vars["{a}"])}, nil)
		if d := cmp.Diff(any(map[string]any{s.vars["{a}"]: ""}), s.must(t, v, err)); d != "" {
			t.Error(d)
		}
	})
	s.run(t, "records/message_post", func(t *testing.T) {
		v, err := s.call("res.partner", "message_post", []int64{numberOf(s.vars["{a}"])}, nil, by("body", "hello"))
		switch s.must(t, v, err).(type) {
		case []any:
			if s.target.Series < 19 {
				t.Errorf("%v, want a number", v)
			}
		default:
			if s.target.Series >= 19 {
				t.Errorf("%v, want a list", v)
			}
		}
	})
	s.run(t, "records/unlink forgets the External ID", func(t *testing.T) {
		v, err := s.load("res.partner", "id name", [][]any{{"{u}.gone", "Gone"}}, nil)
		first := s.loaded(t, v, err)
		v, err = s.call("res.partner", "unlink", first, nil)
		s.must(t, v, err)
		v, err = s.load("res.partner", "id name", [][]any{{"{u}.gone", "Back"}}, nil)
		if second := s.loaded(t, v, err); second[0] == first[0] {
			t.Errorf("the record %d is back", first[0])
		}
	})
	s.run(t, "records/a batch is one transaction", func(t *testing.T) {
		_, err := s.call("res.partner", "create", nil, nil, place("vals_list", []any{map[string]any{"name": "good", "city": tag + "x"}, map[string]any{"name": "bad", "type": "zzz"}}))
		if err == nil {
			t.Fatal("no error")
		}
		if found := s.search(t, "res.partner", []any{leaf("city", "=", tag+"x")}); len(found) != 0 {
			t.Errorf("%v are left of a batch that failed", found)
		}
	})
}

// at is an element of a list, nil where there is none.
func at(v any, i int) any {
	if list, ok := v.([]any); ok && i < len(list) {
		return list[i]
	}
	return nil
}

func numberOf(v string) int64 {
	var n int64
	_, _ = fmt.Sscan(v, &n)
	return n
}

func trimSpace(v string) string {
	if v == "" {
		return v
	}
	return v[1:]
}

func (s *suite) readShapes(t *testing.T) {
	row := s.read(t, "res.partner", numberOf(s.vars["{b}"]), "name", "email", "country_id", "active", "is_company", "color", "phone", "child_ids", "parent_id")
	tag := "T" + s.prefix
	got := []string{str(row["name"]), str(row["email"]), fmt.Sprint(at(row["country_id"], 1)), fmt.Sprint(row["active"]), fmt.Sprint(row["is_company"]), fmt.Sprint(row["color"]), fmt.Sprint(row["phone"]), fmt.Sprint(row["child_ids"]), fmt.Sprint(row["parent_id"])}
	want := []string{tag + " b", "b@y.example", "Germany", "true", "false", "2", "false", "[]", "[" + s.vars["{k}"] + " " + tag + " k]"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	v, err := s.call("res.partner", "read", []int64{numberOf(s.vars["{b}"])}, nil, place("fields", []string{"parent_id"}), by("load", nil))
	list, _ := s.must(t, v, err).([]any)
	if len(list) != 1 || fmt.Sprint(list[0].(map[string]any)["parent_id"]) != s.vars["{k}"] {
		t.Errorf("plain %v", v)
	}
}

func (s *suite) writeMany(t *testing.T) {
	one, two := s.tax(t, taxSpec{amount: "6.5"}), s.tax(t, taxSpec{amount: "1"})
	order := s.create(t, "sale.order", map[string]any{"partner_id": s.value("{partner}")})
	write := func(vals map[string]any) {
		v, err := s.call("sale.order", "write", []int64{order}, nil, place("vals", vals))
		s.must(t, v, err)
	}
	lines := func() []int64 { return ids(s.read(t, "sale.order", order, "order_line")["order_line"]) }
	for range 2 {
		write(map[string]any{"order_line": []any{[]any{0, 0, map[string]any{"product_id": s.value("{product}"), "price_unit": 10, "product_uom_qty": 1, s.taxField(): []any{[]any{6, 0, []any{one, two}}}}}}})
	}
	line := lines()
	if len(line) != 2 {
		t.Fatalf("lines %v, want two", line)
	}
	taxes := func() int {
		return len(ids(s.read(t, "sale.order.line", line[0], s.taxField())[s.taxField()]))
	}
	for _, c := range []struct {
		command []any
		want    int
	}{{[]any{3, one}, 1}, {[]any{4, one}, 2}, {[]any{5}, 0}, {[]any{6, 0, []any{two}}, 1}} {
		write(map[string]any{"order_line": []any{[]any{1, line[0], map[string]any{s.taxField(): []any{c.command}}}}})
		if n := taxes(); n != c.want {
			t.Errorf("%v: %d taxes, want %d", c.command, n, c.want)
		}
	}
	write(map[string]any{"order_line": []any{[]any{2, line[1], 0}}})
	if left := lines(); len(left) != 1 {
		t.Errorf("lines %v, want one", left)
	}
	if got := fmt.Sprint(s.read(t, "sale.order", order, "amount_total")["amount_total"]); got != "10.1" {
		t.Errorf("total %s, want 10.1", got)
	}
	write(map[string]any{"order_line": []any{[]any{5, 0, 0}}})
	if left := lines(); len(left) != 0 {
		t.Errorf("lines %v, want none", left)
	}
}

// writeDate wants that reads cut write_date to the second, and that only before 19 domains compare what was cut.
func (s *suite) writeDate(t *testing.T) {
	id := s.create(t, "res.partner", map[string]any{"name": "Now " + s.prefix})
	at := str(s.read(t, "res.partner", id, "write_date")["write_date"])
	if len(at) != len("2006-01-02 15:04:05") {
		t.Fatalf("write_date %q", at)
	}
	got := ""
	for _, op := range []string{">", ">=", "=", "<=", "<"} {
		if len(s.search(t, "res.partner", []any{leaf("id", "=", id), leaf("write_date", op, at)})) > 0 {
			got += " " + op
		}
	}
	want := " >= = <="
	if s.target.Series < 19 {
		want = " > >="
	}
	if got != want {
		t.Errorf("write_date is%s what it shows, want%s", got, want)
	}
}
