package canonical_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	ct "github.com/retailsync/retailsync/canonical/canonicaltest"
)

func ExampleCompare() {
	known := ct.Order("1001", ct.Item("SHIRT", 3, 1999), ct.Item("MUG", 1, 500))
	fetched := ct.Order("1001", ct.Item("SHIRT", 3, 1999), ct.Cancelled(1))
	fetched.Revision.UpdatedAt = known.Revision.UpdatedAt.Add(time.Minute)

	change, err := canonical.Compare(&known, &fetched)
	fmt.Println(change.Age, change.Header, err)
	for _, line := range change.Lines {
		fmt.Printf("%s removed=%t qty=%t price=%t\n", line.ID, line.Removed, line.Qty, line.Price)
	}
	// Output:
	// newer [payments totals] <nil>
	// L1 removed=false qty=true price=true
	// L2 removed=true qty=false price=false
}

func TestCompareHeader(t *testing.T) {
	t.Parallel()
	base := rich()
	for want, change := range map[string]func(*canonical.Order){
		"number":             func(o *canonical.Order) { o.Number = "x" },
		"status":             func(o *canonical.Order) { o.StatusReason = "fraud" },
		"currency":           func(o *canonical.Order) { o.Currency = "SEK" },
		"prices_include_tax": func(o *canonical.Order) { o.PricesIncludeTax = true },
		"buyer":              func(o *canonical.Order) { o.Buyer.Phone = "1" },
		"bill_to":            func(o *canonical.Order) { o.BillTo = nil },
		"ship_to":            func(o *canonical.Order) { o.ShipTo.City = "x" },
		"discounts":          func(o *canonical.Order) { o.Discounts[0].Code = "x" },
		"payments":           func(o *canonical.Order) { o.Payments[0].Status = canonical.PaymentFailed },
		"fulfillments":       func(o *canonical.Order) { o.Fulfillments[0].Lines[0].Qty = dec("1") },
		"adjustments":        func(o *canonical.Order) { o.Adjustments = nil },
		"links":              func(o *canonical.Order) { o.Links[0].Key.ID = "9" },
		"flags":              func(o *canonical.Order) { o.Flags.Hold = true },
		"totals":             func(o *canonical.Order) { shop(&o.Totals.Paid, "1") },
		"note":               func(o *canonical.Order) { o.Note = "x" },
		"ext":                func(o *canonical.Order) { o.Ext = map[string]json.RawMessage{"a": json.RawMessage("1")} },
	} {
		o := rich()
		change(&o)
		got, err := canonical.Compare(&base, &o)
		if diff := cmp.Diff(canonical.Change{Age: canonical.AgeNewer, Header: []string{want}}, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", want, err, diff)
		}
	}
}

func TestCompareLines(t *testing.T) {
	t.Parallel()
	base := rich()
	for name, test := range map[string]struct {
		change func(*canonical.Order)
		want   canonical.LineChange
	}{
		"ordered":   {func(o *canonical.Order) { o.Lines[0].Qty.Ordered = dec("4") }, canonical.LineChange{ID: "L1", Qty: true}},
		"cancelled": {func(o *canonical.Order) { o.Lines[0].Qty.Cancelled = dec("1") }, canonical.LineChange{ID: "L1", Qty: true}},
		"shipped":   {func(o *canonical.Order) { o.Lines[0].Qty.Shipped = dec("3") }, canonical.LineChange{ID: "L1", Progress: true}},
		"refunded":  {func(o *canonical.Order) { o.Lines[0].Qty.Refunded = dec("3") }, canonical.LineChange{ID: "L1", Progress: true}},
		"price":     {func(o *canonical.Order) { shop(&o.Lines[0].UnitPrice, "1") }, canonical.LineChange{ID: "L1", Price: true}},
		"share":     {func(o *canonical.Order) { o.Lines[0].Discounts = nil }, canonical.LineChange{ID: "L1", Price: true}},
		"tax":       {func(o *canonical.Order) { o.Lines[0].Taxes[0].Collector = "channel" }, canonical.LineChange{ID: "L1", Taxes: true}},
		"sku":       {func(o *canonical.Order) { o.Lines[0].SKU = "x" }, canonical.LineChange{ID: "L1", Item: true}},
		"property":  {func(o *canonical.Order) { o.Lines[0].Properties = map[string]string{"a": "b"} }, canonical.LineChange{ID: "L1", Item: true}},
		"added":     {func(o *canonical.Order) { o.Lines = append(o.Lines, canonical.Line{ID: "L9"}) }, canonical.LineChange{ID: "L9", Added: true}},
		"removed":   {func(o *canonical.Order) { o.Lines = o.Lines[1:] }, canonical.LineChange{ID: "L1", Removed: true}},
	} {
		o := rich()
		test.change(&o)
		got, err := canonical.Compare(&base, &o)
		if diff := cmp.Diff([]canonical.LineChange{test.want}, got.Lines); diff != "" || err != nil || len(got.Header) > 0 {
			t.Errorf("%s: %v %v\n%s", name, err, got.Header, diff)
		}
	}
}

func TestCompareAges(t *testing.T) {
	t.Parallel()
	known, other := rich(), rich()
	other.Key.ID = "2"
	var mismatch *canonical.KeyMismatchError
	if _, err := canonical.Compare(&known, &other); !errors.As(err, &mismatch) {
		t.Error(err)
	}
	for _, test := range []struct {
		shift  time.Duration
		change bool
		want   canonical.Age
	}{
		{0, false, canonical.AgeSame}, {time.Hour, false, canonical.AgeSame}, {-time.Hour, false, canonical.AgeSame},
		{0, true, canonical.AgeNewer}, {time.Hour, true, canonical.AgeNewer}, {-time.Hour, true, canonical.AgeOlder},
	} {
		fetched := rich()
		fetched.Revision.UpdatedAt = fetched.Revision.UpdatedAt.Add(test.shift)
		if test.change {
			fetched.Note = "x"
		}
		if got, err := canonical.Compare(&known, &fetched); got.Age != test.want || err != nil {
			t.Errorf("%v %v: %s, %v, want %s", test.shift, test.change, got.Age, err, test.want)
		}
	}
}

// TestCompareAgreesWithDigest: nothing changed exactly if the digests are equal.
func TestCompareAgreesWithDigest(t *testing.T) {
	t.Parallel()
	orders := ct.Orders(ct.Options{MaxLines: 2})
	rapid.Check(t, func(t *rapid.T) {
		a, b := orders.Draw(t, "a"), orders.Draw(t, "b")
		b.Key = a.Key
		if rapid.Bool().Draw(t, "same") {
			data, err := canonical.EncodeOrder(a)
			if err != nil {
				t.Fatal(err)
			}
			if b, err = canonical.DecodeOrder(data); err != nil {
				t.Fatal(err)
			}
			slices.Reverse(b.Lines)
		}
		change, err := canonical.Compare(&a, &b)
		if err != nil {
			t.Fatal(err)
		}
		if change.Empty() != (a.Digest() == b.Digest()) {
			t.Fatalf("digests and comparison disagree: %+v", change)
		}
	})
}
