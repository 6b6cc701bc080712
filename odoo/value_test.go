package odoo_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/odoo"
)

func TestDomain(t *testing.T) {
	t.Parallel()
	a, b, c := odoo.Eq("a", 1), odoo.Ne("b", false), odoo.ILike("c.d", "x")
	at := time.Date(2026, 1, 1, 0, 30, 0, 0, time.FixedZone("", 2*3600))
	for name, test := range map[string]struct {
		domain odoo.Domain
		want   string
	}{
		"zero":           {odoo.Domain{}, `[]`},
		"and of none":    {odoo.And(), `[]`},
		"or of none":     {odoo.Or(), `[[0,"=",1]]`},
		"not all":        {odoo.Not(odoo.And()), `[[0,"=",1]]`},
		"one":            {odoo.And(a), `[["a","=",1]]`},
		"and":            {odoo.And(a, b, c), `["&","&",["a","=",1],["b","!=",false],["c.d","ilike","x"]]`},
		"or in and":      {odoo.And(a, odoo.Or(b, c)), `["&",["a","=",1],"|",["b","!=",false],["c.d","ilike","x"]]`},
		"not or":         {odoo.Not(odoo.Or(a, b)), `["!","|",["a","=",1],["b","!=",false]]`},
		"and with all":   {odoo.And(odoo.And(), a), `[["a","=",1]]`},
		"or with all":    {odoo.Or(a, odoo.And()), `[]`},
		"in":             {odoo.In("id", []int64{1, 2}), `[["id","in",[1,2]]]`},
		"in none":        {odoo.In("id", []int64{}), `[[0,"=",1]]`},
		"not in none":    {odoo.NotIn("id", []int64(nil)), `[[1,"=",1]]`},
		"time":           {odoo.Ge("write_date", at), `[["write_date",">=","2025-12-31 22:30:00"]]`},
		"date":           {odoo.Lt("date", odoo.Date{Year: 2026, Month: 1, Day: 9}), `[["date","<","2026-01-09"]]`},
		"decimal":        {odoo.Gt("amount", decimal.MustParse("0.10")), `[["amount",">",0.10]]`},
		"decimals":       {odoo.In("amount", []decimal.Decimal{decimal.MustParse("1.50")}), `[["amount","in",[1.50]]]`},
		"reference":      {odoo.Eq("partner_id", odoo.Many2One{ID: 5, Name: "x"}), `[["partner_id","=",5]]`},
		"tree":           {odoo.ChildOf("location_id", 8), `[["location_id","child_of",8]]`},
		"nothing lost<>": {odoo.Like("name", "<&>"), `[["name","like","<&>"]]`},
		"as it stands":   {odoo.Contains("name", `5%_\x`), `[["name","like","5\\%\\_\\\\x"]]`},
	} {
		got, err := test.domain.MarshalJSON()
		if err != nil || string(got) != test.want {
			t.Errorf("%s: %s %v, want %s", name, got, err, test.want)
		}
	}
	for _, bad := range []odoo.Domain{
		odoo.Eq("", 1), odoo.Eq("a b", 1), odoo.Eq("a..b", 1), odoo.Eq("a.", 1), odoo.Eq("1", 1), odoo.Where("a", "~", 1),
		odoo.And(a, odoo.Eq("", 1)), odoo.Or(odoo.And(), odoo.Eq("", 1)), odoo.Not(odoo.Eq("", 1)), odoo.In("", []int{}),
	} {
		if _, err := json.Marshal(bad); err == nil || bad.Err() == nil {
			t.Errorf("accepted %v", bad)
		}
	}
}

// TestDomainNesting evaluates random domains as built and as Odoo would read them.
func TestDomainNesting(t *testing.T) {
	t.Parallel()
	type tree struct {
		domain odoo.Domain
		value  func(int) bool
	}
	var grow func(t *rapid.T, depth int) tree
	grow = func(t *rapid.T, depth int) tree {
		kind := 0
		if depth > 0 {
			kind = rapid.IntRange(0, 3).Draw(t, "kind")
		}
		if kind == 0 {
			bit := rapid.IntRange(0, 3).Draw(t, "bit")
			return tree{odoo.Eq("b", bit), func(bits int) bool { return bits>>bit&1 == 1 }}
		}
		if kind == 3 {
			inner := grow(t, depth-1)
			return tree{odoo.Not(inner.domain), func(bits int) bool { return !inner.value(bits) }}
		}
		var domains []odoo.Domain
		var values []func(int) bool
		for range rapid.IntRange(0, 3).Draw(t, "n") {
			inner := grow(t, depth-1)
			domains, values = append(domains, inner.domain), append(values, inner.value)
		}
		every := kind == 1
		value := func(bits int) bool {
			for _, v := range values {
				if v(bits) != every {
					return !every
				}
			}
			return every
		}
		if every {
			return tree{odoo.And(domains...), value}
		}
		return tree{odoo.Or(domains...), value}
	}
	rapid.Check(t, func(t *rapid.T) {
		sample := grow(t, 4)
		var terms []any
		if err := json.Unmarshal([]byte(sample.domain.String()), &terms); err != nil {
			t.Fatal(err)
		}
		for bits := range 16 {
			if got := evaluate(terms, bits); got != sample.value(bits) {
				t.Fatalf("%s on %04b is %v", sample.domain, bits, got)
			}
		}
	})
}

// evaluate reads a domain in prefix notation; several domains after each other are joined by "and".
func evaluate(terms []any, bits int) bool {
	next := 0
	var read func() bool
	read = func() bool {
		term := terms[next]
		next++
		switch term {
		case "&":
			a, b := read(), read()
			return a && b
		case "|":
			a, b := read(), read()
			return a || b
		case "!":
			return !read()
		}
		leaf := term.([]any)
		if leaf[0] != "b" {
			return leaf[0] == leaf[2]
		}
		return bits>>int(leaf[2].(float64))&1 == 1
	}
	all := true
	for next < len(terms) {
		all = read() && all
	}
	return all
}

func TestMany2OneShapes(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]odoo.Many2One{
		`false`: {}, `null`: {}, `[]`: {}, `5`: {ID: 5}, `5.0`: {ID: 5}, `[5]`: {ID: 5}, `[5,"name"]`: {ID: 5, Name: "name"}, `[5, false]`: {ID: 5},
		`[5,null]`: {ID: 5}, `{"id":5,"display_name":"n\u00e5"}`: {ID: 5, Name: "nå"}, `{"id":false}`: {}, ` [ 5 , "x" , 1 ] `: {ID: 5, Name: "x"},
	} {
		var got odoo.Many2One
		if err := json.Unmarshal([]byte(raw), &got); err != nil || got != want {
			t.Errorf("%s: %+v %v", raw, got, err)
		}
	}
	for _, raw := range []string{`"5"`, `true`, `["5"]`, `[5,5]`, `5.5`, `99999999999999999999`, `{"id":[]}`} {
		got := odoo.Many2One{ID: 1, Name: "old"}
		if err := json.Unmarshal([]byte(raw), &got); err == nil || got.ID != 0 && raw[0] != '"' {
			t.Errorf("%s: %+v %v", raw, got, err)
		}
	}
}

func TestOptional(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]odoo.Optional[decimal.Decimal]{
		`false`: odoo.Clear[decimal.Decimal](), `null`: odoo.Clear[decimal.Decimal](), `0`: odoo.Set(decimal.MustParse("0")), `1.10`: odoo.Set(decimal.MustParse("1.10")),
	} {
		var got odoo.Optional[decimal.Decimal]
		if err := json.Unmarshal([]byte(raw), &got); err != nil || got != want {
			t.Errorf("%s: %+v %v", raw, got, err)
		}
	}
	var flag odoo.Optional[bool]
	if err := json.Unmarshal([]byte(`false`), &flag); err != nil || flag != odoo.Set(false) {
		t.Errorf("a boolean false is a value: %+v %v", flag, err)
	}
	var untouched odoo.Optional[string]
	if !untouched.IsZero() || untouched.IsCleared() || !odoo.Clear[string]().IsCleared() || odoo.Set("").IsZero() {
		t.Error("the three states are mixed up")
	}
}

func TestExternalID(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		parts []string
		want  string
	}{
		{[]string{"woo", "main", "order", "1001"}, "retailsync.woo_main_order_1001"},
		{[]string{"a_b", "c"}, "retailsync.a~5fb_c"},
		{[]string{"a", "b_c"}, "retailsync.a_b~5fc"},
		{[]string{"#10.5/å~"}, "retailsync.~2310~2e5~2f~c3~a5~7e"},
		{[]string{"", ""}, "retailsync._"},
	} {
		x := odoo.NewExternalID("retailsync", test.parts...)
		if x.String() != test.want {
			t.Errorf("%q: %s", test.parts, x)
		}
		if parts, ok := x.Parts(); !ok || cmp.Diff(test.parts, parts) != "" {
			t.Errorf("%s comes back as %q", x, parts)
		}
	}
	long := odoo.NewExternalID("m", strings.Repeat("x", 500))
	other := odoo.NewExternalID("m", strings.Repeat("x", 499)+"y")
	if len(long.Name) != 128 || long == other {
		t.Errorf("long names: %d bytes", len(long.Name))
	}
	if x := odoo.NewExternalID("a.b", "c"); x.Module != "a~2eb" {
		t.Errorf("module %s", x.Module)
	}
	if _, ok := odoo.ParseExternalID("nodot"); ok {
		t.Error("parsed a name without a module")
	}
}

func TestExternalIDsDiffer(t *testing.T) {
	t.Parallel()
	part := rapid.StringOfN(rapid.RuneFrom([]rune("ab_~.5fåÅ 漢")), 0, 40, -1)
	lists := rapid.SliceOfN(part, 1, 4)
	rapid.Check(t, func(t *rapid.T) {
		a, b := lists.Draw(t, "a"), lists.Draw(t, "b")
		x, y := odoo.NewExternalID("m", a...), odoo.NewExternalID("m", b...)
		if (x == y) != (cmp.Diff(a, b) == "") {
			t.Fatalf("%q and %q give %s and %s", a, b, x, y)
		}
		if len(x.Name) > 128 || strings.ContainsAny(x.String()[2:], ". ,") {
			t.Fatalf("bad name %s", x)
		}
		if again, ok := odoo.ParseExternalID(x.String()); x.Name != "" && (!ok || again != x) {
			t.Fatalf("%s parses as %v", x, again)
		}
	})
}

func TestCommands(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(odoo.Commands{
		odoo.CreateCmd(odoo.Args{"a": 1}), odoo.UpdateCmd(3, odoo.Args{"a": 1}), odoo.DeleteCmd(4), odoo.UnlinkCmd(5), odoo.LinkCmd(6), odoo.ClearCmd(), odoo.ReplaceCmd(7, 8), odoo.ReplaceCmd(),
	})
	want := `[[0,0,{"a":1}],[1,3,{"a":1}],[2,4,0],[3,5,0],[4,6,0],[5,0,0],[6,0,[7,8]],[6,0,[]]]`
	if string(got) != want || err != nil {
		t.Errorf("%s %v", got, err)
	}
}
