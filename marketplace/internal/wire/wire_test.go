package wire

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
)

// decode reads one field; the types never fail, so an error is the test's own.
func decode[T any](t testing.TB, body string) T {
	t.Helper()
	var holder struct {
		Field T `json:"field"`
	}
	if err := json.Unmarshal([]byte(`{"field":`+body+`}`), &holder); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return holder.Field
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		body, text, number string
		empty, yes         bool
		err                error // of Decimal
	}{
		{body: `"19.90"`, text: "19.90", number: "19.90"},
		{body: `19.90`, text: "19.90", number: "19.90"},
		{body: `" 1 "`, text: "1", number: "1", yes: true},
		{body: `0.10000000000000001`, text: "0.10000000000000001", number: "0.10000000000000001"},
		{body: `9007199254740993`, text: "9007199254740993", number: "9007199254740993"},
		{body: `1e2`, text: "1e2", number: "100"},
		{body: `null`, number: "0", empty: true},
		{body: `""`, number: "0", empty: true},
		{body: `false`, number: "0", empty: true},
		{body: `[]`, number: "0", empty: true},
		{body: `{}`, number: "0", empty: true},
		{body: `true`, text: "true", yes: true, err: ErrNotNumber},
		{body: `"Yes"`, text: "Yes", yes: true, err: ErrNotNumber},
		{body: `"N/A"`, text: "N/A", err: ErrNotNumber},
		{body: `"1,50"`, text: "1,50", err: ErrNotNumber},
		{body: `[1]`, err: ErrNotScalar},
		{body: `{"value":"1"}`, err: ErrNotScalar},
		{body: `"\u00e9"`, text: "é", err: ErrNotNumber},
	} {
		got := decode[Text](t, test.body)
		if got.String() != test.text || got.IsEmpty() != test.empty || got.IsTrue() != test.yes {
			t.Errorf("%s: text %q, empty %t, true %t", test.body, got, got.IsEmpty(), got.IsTrue())
		}
		number, err := got.Decimal()
		if !errors.Is(err, test.err) {
			t.Errorf("%s: error %v, want %v", test.body, err, test.err)
		}
		if test.err == nil && number.String() != test.number {
			t.Errorf("%s: number %s, want %s", test.body, number, test.number)
		}
	}
}

func TestTextTime(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		body string
		want time.Time
		err  error
	}{
		{body: `"2026-03-01T12:00:00"`, want: noon},
		{body: `"2026-03-01 12:00:00"`, want: noon},
		{body: `"2026-03-01T13:00:00+01:00"`, want: noon},
		{body: `"2026-03-01T12:00:00.250Z"`, want: noon.Add(250 * time.Millisecond)},
		{body: `null`},
		{body: `""`},
		{body: `"yesterday"`, err: ErrNotTime},
		{body: `1772366400`, err: ErrNotTime},
		{body: `"2026-02-30T12:00:00"`, err: ErrNotTime},
		{body: `["2026-03-01T12:00:00"]`, err: ErrNotScalar},
	} {
		got, err := decode[Text](t, test.body).Time()
		if !errors.Is(err, test.err) || !got.Equal(test.want) || got.Location() != time.UTC {
			t.Errorf("%s: %v, %v; want %v, %v", test.body, got, err, test.want, test.err)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		body string
		want []int
		odd  int
	}{
		{body: `[1,2,3]`, want: []int{1, 2, 3}},
		{body: `{"9":1,"3":2,"x":3}`, want: []int{1, 2, 3}},
		{body: `[]`}, {body: `{}`}, {body: `null`}, {body: `false`}, {body: `""`},
		// An element that does not fit keeps its place, so that paths stay right.
		{body: `[1,"two",3]`, want: []int{1, 0, 3}, odd: 1},
		{body: `7`, odd: 1},
		{body: `true`, odd: 1},
	} {
		got := decode[List[int]](t, test.body)
		if diff := cmp.Diff(test.want, got.Items); diff != "" || got.Odd != test.odd {
			t.Errorf("%s: odd %d, want %d (-want +got):\n%s", test.body, got.Odd, test.odd, diff)
		}
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	type point struct{ X int }
	for _, test := range []struct {
		body         string
		want         point
		present, odd bool
	}{
		{body: `{"X":3}`, want: point{3}, present: true},
		{body: `{}`, present: true},
		{body: `null`}, {body: `false`}, {body: `[]`}, {body: `""`},
		{body: `{"X":"three"}`, odd: true},
		{body: `[1]`, odd: true},
		{body: `5`, odd: true},
	} {
		got := decode[Object[point]](t, test.body)
		want := Object[point]{Value: test.want, Present: test.present, Odd: test.odd}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.body, diff)
		}
	}
}

// What was read is written so that it reads the same: fake shops keep orders that way.
func TestWrittenReadsTheSame(t *testing.T) {
	t.Parallel()
	type all struct {
		Text   Text
		List   List[int]
		Object Object[map[string]int]
	}
	for _, body := range []string{
		`{"Text":"19.90","List":[1,2],"Object":{"a":1}}`,
		`{"Text":7,"List":null,"Object":null}`,
		`{}`,
	} {
		var first, second all
		if err := json.Unmarshal([]byte(body), &first); err != nil {
			t.Fatal(err)
		}
		written, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(written, &second); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, second, cmp.AllowUnexported(Text{})); diff != "" {
			t.Errorf("%s became %s:\n%s", body, written, diff)
		}
	}
}

// The first failure is kept with its path; later ones and results after it do not matter.
func TestReaderKeepsTheFirstFailure(t *testing.T) {
	t.Parallel()
	trillion := decimal.MustNew(1_000_000_000_000, 0)
	for _, test := range []struct {
		name string
		read func(*Reader)
		path string
		want error
	}{
		{"nothing wrong", func(r *Reader) {
			r.Amount("a", NewText("-1000000000000"))
			r.Time("b", NewText(""))
			r.Form("c", 0)
			r.Quo("d", decimal.One, decimal.Zero)
		}, "", nil},
		{"not a number", func(r *Reader) { r.Amount("total", NewText("a lot")) }, "total", ErrNotNumber},
		{"too large", func(r *Reader) { r.Amount("total", NewText("1000000000000.01")) }, "total", ErrTooLarge},
		{"not a time", func(r *Reader) { r.Time("at", NewText("soon")) }, "at", ErrNotTime},
		{"odd elements", func(r *Reader) { r.Form("lines", 2) }, "lines", ErrForm},
		{"a product without room", func(r *Reader) { r.Mul("price", trillion, trillion) }, "price", ErrTooLarge},
		{"the first of two", func(r *Reader) {
			r.Fail("first", ErrNoID)
			r.Amount("second", NewText("x"))
		}, "first", ErrNoID},
	} {
		var r Reader
		test.read(&r)
		if path, err := r.Failure(); path != test.path || !errors.Is(err, test.want) {
			t.Errorf("%s: %q, %v; want %q, %v", test.name, path, err, test.path, test.want)
		}
	}
}

func TestReaderCalculates(t *testing.T) {
	t.Parallel()
	var r Reader
	two, three := decimal.MustNew(2, 0), decimal.MustNew(3, 0)
	for _, test := range []struct {
		got  decimal.Decimal
		want string
	}{
		{r.Add("", two, three), "5"},
		{r.Sub("", two, three), "-1"},
		{r.Mul("", two, three), "6"},
		{r.Quo("", three, two), "1.5"},
		{r.Quo("", three, decimal.Zero), "0"},
		{r.Sum("", []decimal.Decimal{two, three, two}), "7"},
		{r.Sum("", nil), "0"},
	} {
		if test.got.String() != test.want {
			t.Errorf("got %s, want %s", test.got, test.want)
		}
	}
	if path, err := r.Failure(); err != nil {
		t.Errorf("%s: %v", path, err)
	}
}
