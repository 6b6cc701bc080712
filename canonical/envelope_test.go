package canonical_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
)

// strict compares amounts by digit, zeros after the point included; of zero only the value counts. Times
// are compared by instant, absent and empty lists are the same.
var strict = cmp.Options{
	cmp.Comparer(func(a, b decimal.Decimal) bool { return a == b || a.IsZero() && b.IsZero() }),
	cmp.Comparer(func(a, b canonical.Amount) bool {
		return (a.Shop == b.Shop || a.Shop.IsZero() && b.Shop.IsZero()) &&
			(a.Presentment == b.Presentment || a.Presentment.IsZero() && b.Presentment.IsZero())
	}),
	cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) }),
	cmpopts.EquateEmpty(),
}

func TestEncodingIsLossless(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := anyOrder().Draw(t, "order")
		data, err := canonical.EncodeOrder(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := canonical.DecodeOrder(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, strict); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		if got.PlacedAt.Location() != time.UTC {
			t.Fatal("times are not in UTC")
		}
		again, err := canonical.EncodeOrder(got)
		if err != nil || string(again) != string(data) {
			t.Fatalf("encoding again differs: %v\n%s\n%s", err, data, again)
		}
	})
}

func TestEncodingOfAFullOrder(t *testing.T) {
	t.Parallel()
	want := fullOrder()
	data, err := canonical.EncodeOrder(want)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(data), `{"schema":1,"key":{`) {
		t.Errorf("begins with %.40s", data)
	}
	got, err := canonical.DecodeOrder(data)
	if diff := cmp.Diff(want, got, strict); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestDecodeKeepsLongTextThatLooksLikeNumbers(t *testing.T) {
	t.Parallel()
	o, err := canonical.DecodeOrder([]byte(`{"schema":1,"note":"12345678901234567890123","number":"1e-40","lines":[{"qty":{"ordered":1e2}}]}`))
	if err != nil || o.Note != "12345678901234567890123" || o.Number != "1e-40" || !o.Lines[0].Qty.Ordered.Equal(decimal.Hundred) {
		t.Error(o.Note, o.Number, err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	var refused *canonical.EncodingError
	for name, o := range map[string]canonical.Order{
		"ext":  {Ext: map[string]json.RawMessage{"a": json.RawMessage("{")}},
		"year": {PlacedAt: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if _, err := canonical.EncodeOrder(o); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDecodeNamesThePath(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ in, path, problem string }{
		{`{"key":{}}`, "schema", "missing"},
		{`{"schema":1,"colour":1}`, "colour", "unknown field"},
		{`{"schema":1,"lines":[{},{},{"colour":1}]}`, "lines[2].colour", "unknown field"},
		{`{"schema":1,"lines":[{"taxes":[{"amount":"1,5"}]}]}`, "lines[0].taxes[0].amount", "decimal"},
		{`{"schema":1,"lines":[{"taxes":[{"amount":{"shop":"1","euro":"2"}}]}]}`, "lines[0].taxes[0].amount", "shop and presentment"},
		{`{"schema":1,"lines":[{"qty":{"ordered":"secret"}}]}`, "lines[0].qty.ordered", "decimal"},
		{`{"schema":1,"lines":[{"qty":{"ordered":1.00000000000000000001}}]}`, "lines[0].qty.ordered", "19 digits"},
		{`{"schema":1,"lines":[{"qty":{"ordered":"5","shipped":"1e-25"}}]}`, "lines[0].qty.shipped", "19 digits"},
		{`{"schema":1,"lines":[{"taxes":[{"rate":7.12500000000000000000001}]}]}`, "lines[0].taxes[0].rate", "19 digits"},
		{`{"schema":1,"lines":{}}`, "lines", "list"},
		{`{"schema":1,"buyer":"secret"}`, "buyer", "object"},
		{`{"schema":1,"bill_to":{"zip":5}}`, "bill_to.zip", "string"},
		{`{"schema":1,"placed_at":"yesterday"}`, "placed_at", "time"},
		{`{"schema":"1"}`, "schema", "int"},
		{`{"schema":1} {}`, "", "JSON"},
		{`{"schema":1`, "", "JSON"},
		{``, "", "JSON"},
		{`[]`, "", "JSON"},
	} {
		_, err := canonical.DecodeOrder([]byte(test.in))
		var refused *canonical.EncodingError
		if !errors.As(err, &refused) {
			t.Errorf("%s: %v", test.in, err)
			continue
		}
		if refused.Path != test.path || !strings.Contains(refused.Problem, test.problem) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", test.in, err)
		}
	}
}

func TestDecodeRefusesOtherSchemas(t *testing.T) {
	t.Parallel()
	for _, in := range []string{`{"schema":2,"colour":1}`, `{"schema":0}`, `{"schema":-1}`} {
		var refused *canonical.SchemaError
		if _, err := canonical.DecodeOrder([]byte(in)); !errors.As(err, &refused) || !strings.Contains(err.Error(), "upgrade") {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// TestDecodeFormerDocuments keeps documents of released schemas readable.
func TestDecodeFormerDocuments(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/schema*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no documents", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		o, err := canonical.DecodeOrder(data)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if err := o.Validate(); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func FuzzDecodeOrder(f *testing.F) {
	for _, o := range []canonical.Order{fullOrder(), canonicaltest.Order("1"), canonicaltest.Order("2", canonicaltest.Presentment("USD", 1100), canonicaltest.Discount(300))} {
		data, err := canonical.EncodeOrder(o)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"schema":1,"lines":[{"total":1e400}]}`))
	f.Add([]byte(`{"schema":1,"placed_at":"0000-01-01T00:00:00+23:59"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := canonical.DecodeOrder(data)
		if err != nil {
			var refused *canonical.EncodingError
			var schema *canonical.SchemaError
			if !errors.As(err, &refused) && !errors.As(err, &schema) {
				t.Fatalf("untyped error %T", err)
			}
			return
		}
		_ = o.Validate()
		_ = o.DerivedStatus()
		_, _ = o.InPresentment()
		again, err := canonical.EncodeOrder(o)
		if err != nil {
			return // a year before 0 or after 9999 once in UTC
		}
		back, err := canonical.DecodeOrder(again)
		if err != nil {
			t.Fatal(err)
		}
		if o.Digest() != back.Digest() {
			t.Fatalf("content changed:\n%s\n%s", data, again)
		}
	})
}

func ExampleEncodeOrder() {
	data, err := canonical.EncodeOrder(canonicaltest.Order("1001"))
	fmt.Println(string(data[:70]), err)
	order, err := canonical.DecodeOrder(data)
	fmt.Println(order.Key, order.Totals.Grand.Shop, err)
	_, err = canonical.DecodeOrder([]byte(`{"schema":7}`))
	fmt.Println(err)
	// Output:
	// {"schema":1,"key":{"channel":{"name":"test","account":"main"},"id":"10 <nil>
	// test/main/1001 31.25 <nil>
	// canonical: schema version 7 is not readable, versions 1 to 1 are: upgrade this library to the one that wrote it
}
