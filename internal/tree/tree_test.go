package tree

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/canonical"
)

const document = `{
	"id": 9007199254740993, "amount": 0.10000000000000001, "empty": "", "none": null, "no": false, "yes": true,
	"order": {"external_id": " 42 ", "a.b": "dotted"},
	"shipments": [{"kind": "out", "n": 1}, {"kind": "return", "n": 2, "label": {"url": "u"}}, {"kind": "return", "n": 3}]
}`

func parsed(t testing.TB) Value {
	t.Helper()
	v, err := Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestPath(t *testing.T) {
	t.Parallel()
	root := parsed(t)
	scope := root.Get("shipments").At(1)
	for _, test := range []struct{ path, text, at string }{
		{"n", "2", "shipments[1].n"},
		{"label.url", "u", "shipments[1].label.url"},
		{"$.id", "9007199254740993", "id"},
		{"$.amount", "0.10000000000000001", "amount"},
		{"$.order.external_id", "42", "order.external_id"},
		{"$.order.'a.b'", "dotted", "order.a.b"},
		{"$.shipments[0].kind", "out", "shipments[0].kind"},
		{"$.shipments[kind=return].n", "2", "shipments[1].n"},
		{"$.shipments[*].label.url", "u", "shipments[1].label.url"},
		{"$.shipments[9].n", "", "shipments[9].n"},
		{"$.shipments[kind=none].n", "", "$.shipments[kind=none].n"},
		{"missing | $.empty | kind", "return", "shipments[1].kind"},
		{"missing | =EUR", "EUR", ""},
		{"=", "", ""},
		{"$.none", "", "none"},
		{"$.no", "false", "no"},
		{"$.yes", "true", "yes"},
		{"kind.deeper", "", "shipments[1].kind.deeper"},
		{"", "", ""},
	} {
		path, err := Compile(test.path)
		if err != nil {
			t.Errorf("%q: %v", test.path, err)
			continue
		}
		value := path.Find(scope, root)
		if text, err := value.Text(); text != test.text || err != nil || value.Path() != test.at {
			t.Errorf("%q: %q at %q, %v; want %q at %q", test.path, text, value.Path(), err, test.text, test.at)
		}
	}
}

func TestItems(t *testing.T) {
	t.Parallel()
	root := parsed(t)
	for path, want := range map[string]int{
		"shipments": 3, "shipments[*]": 3, "shipments[kind=return]": 2, "shipments[0]": 1, "order": 1, "none": 0, "missing": 0, "empty": 0, "": 0,
		"missing | shipments": 3,
	} {
		compiled, err := Compile(path)
		if err != nil {
			t.Fatal(err)
		}
		if items, err := compiled.Items(root, root); err != nil || len(items) != want {
			t.Errorf("%q: %d items, %v; want %d", path, len(items), err, want)
		}
	}
	path, _ := Compile("order.external_id")
	if _, err := path.Items(root, root); !errors.Is(err, ErrForm) {
		t.Errorf("a text as a list: %v", err)
	}
}

func TestBadPaths(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"a..b", ".a", "a.", "a[", "a]", "a[]", "a[-1]", "a[x]", "a[=b]", "a[b=]", "a[0]b", "'a", "'a'b", "''", "a b", "a | ", "|", "$a", "a.$", "a=b", "a[0",
	} {
		if _, err := Compile(path); !errors.Is(err, ErrPath) {
			t.Errorf("%q is taken for a path: %v", path, err)
		}
	}
}

func TestReader(t *testing.T) {
	t.Parallel()
	berlin := time.FixedZone("CET", 3600)
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		body    string
		layouts []string
		want    time.Time
		err     error
	}{
		{`"2026-03-01T12:00:00Z"`, Layouts, noon, nil},
		{`"2026-03-01 13:00:00"`, Layouts, noon, nil},
		{`"2026-03-01 12:00:00+00:00"`, Layouts, noon, nil},
		{`1772366400`, []string{"unix"}, noon, nil},
		{`"1772366400.25"`, []string{"unix"}, noon.Add(250 * time.Millisecond), nil},
		{`1772366400250`, []string{"unixms"}, noon.Add(250 * time.Millisecond), nil},
		{`"01.03.2026"`, []string{"02.01.2006"}, time.Date(2026, 2, 28, 23, 0, 0, 0, time.UTC), nil},
		{`null`, Layouts, time.Time{}, nil},
		{`"soon"`, Layouts, time.Time{}, ErrNotTime},
		{`1e30`, []string{"unix"}, time.Time{}, ErrNotTime},
		{`{"a":1}`, Layouts, time.Time{}, ErrNotScalar},
	} {
		v, err := Parse([]byte(test.body))
		if err != nil {
			t.Fatal(err)
		}
		var r Reader
		got := r.Time(v, berlin, test.layouts)
		if _, err := r.Failure(); !got.Equal(test.want) || !errors.Is(err, test.err) {
			t.Errorf("%s: %v, %v; want %v, %v", test.body, got, err, test.want, test.err)
		}
	}
	for _, test := range []struct {
		body     string
		currency canonical.Currency
		want     string
		err      error
	}{
		{`1999`, "EUR", "19.99", nil},
		{`"1999"`, "JPY", "1999", nil},
		{`10125`, "KWD", "10.125", nil},
		{`-5`, "EUR", "-0.05", nil},
		{`null`, "EUR", "0", nil},
		{`19.99`, "EUR", "0", ErrNotWhole},
		{`"x"`, "EUR", "0", ErrNotNumber},
		{`1`, "???", "0", ErrNotWhole},
		{`99999999999999999999`, "EUR", "0", ErrNotNumber},
		{`9007199254740993`, "EUR", "90071992547409.93", nil},
		{`900719925474099300`, "EUR", "0", ErrTooLarge},
	} {
		v, _ := Parse([]byte(test.body))
		var r Reader
		got := r.Minor(v, test.currency)
		if _, err := r.Failure(); got.Trim(0).String() != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s minor units of %s: %s, %v; want %s, %v", test.body, test.currency, got, err, test.want, test.err)
		}
	}
	var r Reader
	root := parsed(t)
	r.Must(root.Get("missing"))
	r.Decimal(root.Get("order"))
	if path, err := r.Failure(); path != "missing" || !errors.Is(err, ErrMissing) {
		t.Errorf("the first failure is %q, %v", path, err)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "{", `{"a":1} x`, "nothing", `{"a":1}{}`} {
		if _, err := Parse([]byte(body)); !errors.Is(err, ErrForm) {
			t.Errorf("%q is taken for a document: %v", body, err)
		}
	}
	if diff := cmp.Diff(`{"a":0.10}`, string(must(Parse([]byte(`{"a":0.10}`))).JSON())); diff != "" {
		t.Error(diff)
	}
}

func must(v Value, err error) Value {
	if err != nil {
		panic(err)
	}
	return v
}

// No path and no document make it panic, and a path that compiles finds something or nothing in every document.
func FuzzPath(f *testing.F) {
	f.Add("a.b[0] | 'x.y'[k=v] | =EUR", `{"a":{"b":[1]}}`)
	f.Add("$.shipments[*].n", document)
	f.Fuzz(func(t *testing.T, text, body string) {
		path, err := Compile(text)
		if err != nil {
			return
		}
		root, err := Parse([]byte(body))
		if err != nil {
			return
		}
		value := path.Find(root, root)
		_, _ = value.Text()
		var r Reader
		r.Decimal(value)
		r.Time(value, time.UTC, append([]string{"unix", "unixms"}, Layouts...))
		for _, item := range path.All(root, root) {
			_ = item.JSON()
		}
	})
}
