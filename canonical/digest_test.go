package canonical_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
)

func TestDigestSeesEveryField(t *testing.T) {
	t.Parallel()
	o := fullOrder()
	before := o.Digest()
	leaves := 0
	eachLeaf(reflect.ValueOf(&o).Elem(), "order", func(path string, leaf reflect.Value) {
		if strings.HasSuffix(path, ".Ext") || strings.HasSuffix(path, ".Properties") {
			return // copies, see below
		}
		leaves++
		old := reflect.New(leaf.Type()).Elem()
		old.Set(leaf)
		leaf.SetZero()
		changed := o.Digest() != before
		leaf.Set(old)
		if want := !strings.HasPrefix(path, "order.Revision"); changed != want {
			t.Errorf("%s: the digest changes: %v, want %v", path, changed, want)
		}
	})
	if leaves < 100 {
		t.Errorf("only %d fields were seen", leaves)
	}
	for i, change := range []func(){
		func() { o.Ext = map[string]json.RawMessage{"x": json.RawMessage("1")} },
		func() { o.Ext = map[string]json.RawMessage{"x": json.RawMessage("2")} },
		func() { o.Ext = map[string]json.RawMessage{"y": json.RawMessage("2")} },
		func() { o.Ext = map[string]json.RawMessage{"": nil} },
		func() { o.Lines[0].Properties = map[string]string{"a": ""} },
		func() { o.Lines = append(o.Lines, canonical.Line{}) },
		func() { o.BillTo, o.ShipTo = &canonical.Address{}, nil },
		func() { o.BillTo, o.ShipTo = nil, &canonical.Address{} },
		func() { o.ShipTo = nil },
	} {
		change()
		after := o.Digest()
		if after == before {
			t.Errorf("change %d is not seen", i)
		}
		before = after
	}
}

func TestDigestIgnoresForm(t *testing.T) {
	t.Parallel()
	orders := canonicaltest.Orders(canonicaltest.Options{Presentment: true, Cancellations: true})
	rapid.Check(t, func(t *rapid.T) {
		o := orders.Draw(t, "order")
		o.Ext = map[string]json.RawMessage{"a": json.RawMessage(`{"x":1,"y":[2]}`), "b": json.RawMessage(`"<"`)}
		want := o.Digest()

		data, err := canonical.EncodeOrder(o)
		if err != nil {
			t.Fatal(err)
		}
		other, err := canonical.DecodeOrder(data)
		if err != nil {
			t.Fatal(err)
		}
		other.Revision = canonical.Revision{UpdatedAt: time.Unix(1, 0), Digest: "x"}
		slices.Reverse(other.Lines)
		for i := range other.Lines {
			slices.Reverse(other.Lines[i].Taxes)
			slices.Reverse(other.Lines[i].Discounts)
			other.Lines[i].Total.Shop = other.Lines[i].Total.Shop.Pad(9)
			other.Lines[i].Qty.Ordered = other.Lines[i].Qty.Ordered.Pad(3)
		}
		slices.Reverse(other.Discounts)
		slices.Reverse(other.Payments)
		other.PlacedAt = other.PlacedAt.In(time.FixedZone("", 3600))
		other.Ext["a"] = json.RawMessage("{ \"y\": [2], \"x\": 1 }")
		if got := other.Digest(); got != want {
			t.Fatalf("the digest depends on the form")
		}
		other.Lines[0].Qty.Ordered = decimal.Thousand
		if other.Digest() == want {
			t.Fatal("the digest does not see a quantity")
		}
	})
}
