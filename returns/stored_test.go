package returns_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/returns"
)

func FuzzDecodeCase(f *testing.F) {
	c, _, err := returns.Case{}.Apply(returns.Stated{Return: stated(canonical.ReturnApproved, shirt("2", canonical.ResolutionRefund), jacket(canonical.ResolutionStoreCredit))}, shirts(), automatic())
	if err != nil {
		f.Fatal(err)
	}
	data, err := returns.EncodeCase(c)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"schema":2}`))
	f.Add([]byte(`{"schema":1,"approval":"approved","currency":"EUR","lines":[{"id":"a","order_line":"shirt","requested":"9999999999999999999","granted":"1","settled":{"pending":"1"},"resolution":"refund"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := returns.DecodeCase(data)
		if err != nil {
			var refused *canonical.EncodingError
			var schema *canonical.SchemaError
			if !errors.As(err, &refused) && !errors.As(err, &schema) {
				t.Fatalf("untyped error %T", err)
			}
			return
		}
		// Whatever is stored, looking at it does no harm and is final.
		next, _, err := c.Apply(returns.Looked{}, shirts(), automatic())
		if err != nil {
			return
		}
		data, err = returns.EncodeCase(next)
		if err != nil {
			t.Fatal(err)
		}
		back, err := returns.DecodeCase(data)
		if err != nil {
			t.Fatal(err)
		}
		again, err := returns.EncodeCase(back)
		if err != nil || string(again) != string(data) {
			t.Fatalf("%v\n%s", err, cmp.Diff(string(data), string(again)))
		}
	})
}
