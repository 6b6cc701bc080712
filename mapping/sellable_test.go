package mapping_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

func TestSellable(t *testing.T) {
	t.Parallel()
	most := decimal.MustParse("20")
	tests := []struct {
		name             string
		place            mapping.StockPlace
		free, step, want string
	}{
		{"all of it", mapping.StockPlace{}, "7", "1", "7"},
		{"nothing is below nothing", mapping.StockPlace{}, "-3", "1", "0"},
		{"less the buffer", mapping.StockPlace{Buffer: decimal.MustParse("2")}, "7", "1", "5"},
		{"all is buffer", mapping.StockPlace{Buffer: decimal.MustParse("2")}, "2", "1", "0"},
		{"a share, rounded down", mapping.StockPlace{Share: decimal.MustParse("33.3")}, "10", "1", "3"},
		{"the share is of what the buffer leaves", mapping.StockPlace{Buffer: decimal.MustParse("3"), Share: decimal.MustParse("50")}, "10", "1", "3"},
		{"bounded", mapping.StockPlace{Most: &most}, "500", "1", "20"},
		{"broken units are not sold", mapping.StockPlace{}, "2.75", "0", "2"},
		{"metres", mapping.StockPlace{}, "2.75", "0.5", "2.5"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.place.Share.IsZero() {
				test.place.Share = decimal.Hundred
			}
			test.place.Step = decimal.MustParse(test.step)
			got, err := test.place.Sellable(decimal.MustParse(test.free))
			if err != nil || got.String() != test.want {
				t.Errorf("got %s, %v, want %s", got, err, test.want)
			}
		})
	}
}

// Places that share what is free never show more than that, and more in stock never shows less.
func TestSellableProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		free := decimal.MustNew(rapid.Int64Range(-1000, 1_000_000).Draw(t, "free"), 2)
		step := rapid.SampledFrom([]decimal.Decimal{decimal.Zero, decimal.One, decimal.MustParse("0.01"), decimal.MustParse("0.25"), decimal.MustParse("6")}).Draw(t, "step")
		left, sum := int64(100), decimal.Zero
		for left > 0 {
			share := rapid.Int64Range(1, left).Draw(t, "share")
			left -= share
			place := mapping.StockPlace{Step: step, Share: decimal.MustNew(share, 0), Buffer: decimal.MustNew(rapid.Int64Range(0, 300).Draw(t, "buffer"), 1)}
			level, err := place.Sellable(free)
			if err != nil {
				t.Fatal(err)
			}
			more, err := place.Sellable(must(free.Add(decimal.One))(t))
			if err != nil || more.Less(level) {
				t.Fatalf("one more free: %s instead of %s, %v", more, level, err)
			}
			sum = must(sum.Add(level))(t)
		}
		if sum.IsNeg() || sum.Cmp(free.Max(decimal.Zero)) > 0 {
			t.Fatalf("%s shown of %s", sum, free)
		}
	})
}

func must(d decimal.Decimal, err error) func(t *rapid.T) decimal.Decimal {
	return func(t *rapid.T) decimal.Decimal {
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
}

const stockRules = `version: 1
defaults:
  stock: {buffer: 1}
channels:
  medusa/main:
    stock:
      share: 50
      locations:
        - {location: sloc_1, warehouses: [WH, 7]}
        - {location: sloc_2, warehouses: [WH], buffer: 0, most: 10}
  woocommerce/main:
    warehouse: WH
`

func TestStockPlaces(t *testing.T) {
	t.Parallel()
	rules, err := mapping.Load(strings.NewReader(stockRules), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	places := func(name string) []mapping.StockPlace {
		channel, err := rules.For(canonical.Channel{Name: name, Account: "main"})
		if err != nil {
			t.Fatal(err)
		}
		return channel.StockPlaces()
	}
	one, half, ten := decimal.One, decimal.MustParse("50"), decimal.Ten
	want := []mapping.StockPlace{
		{Location: "sloc_1", Warehouses: []mapping.Ref{mapping.Name("WH"), mapping.ID(7)}, Buffer: one, Share: half, Step: one},
		{Location: "sloc_2", Warehouses: []mapping.Ref{mapping.Name("WH")}, Buffer: decimal.Zero, Share: half, Most: &ten, Step: one},
	}
	same := cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })
	if diff := cmp.Diff(want, places("medusa"), same, cmp.Comparer(func(a, b mapping.Ref) bool { return a == b })); diff != "" {
		t.Errorf("medusa (-want +got):\n%s", diff)
	}
	single := []mapping.StockPlace{{Warehouses: []mapping.Ref{mapping.Name("WH")}, Buffer: one, Share: decimal.Hundred, Step: one}}
	if diff := cmp.Diff(single, places("woocommerce"), same, cmp.Comparer(func(a, b mapping.Ref) bool { return a == b })); diff != "" {
		t.Errorf("woocommerce (-want +got):\n%s", diff)
	}
}

func TestStockRulesAreChecked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ stock, path, says string }{
		"no id of the place": {"{locations: [{warehouses: [WH]}]}", "stock.locations[0].location", "location is missing"},
		"no warehouse":       {"{locations: [{location: a}]}", "stock.locations[0].warehouses", "no warehouse"},
		"warehouse twice":    {"{locations: [{location: a, warehouses: [WH, WH]}]}", "stock.locations[0].warehouses[1]", "twice"},
		"place twice":        {"{share: 10, locations: [{location: a, warehouses: [A]}, {location: a, warehouses: [B]}]}", "stock.locations[1]", ""},
		"units shown twice":  {"{locations: [{location: a, warehouses: [WH]}, {location: b, warehouses: [WH], share: 1}]}", "stock.locations[1].warehouses[0]", "101 percent"},
		"negative buffer":    {"{buffer: -1}", "stock.buffer", "negative"},
		"negative bound":     {"{most: -1}", "stock.most", "negative"},
		"no share":           {"{share: 0}", "stock.share", "percentage"},
		"more than all":      {"{share: 100.1}", "stock.share", "percentage"},
		"unknown key":        {"{bufer: 1}", "stock.bufer", "unknown key"},
		"no step":            {"{step: 0}", "stock.step", "not above 0"},
		"an empty pattern":   {`{critical: {skus: ["TS-*", " "]}}`, "stock.critical.skus[1]", "empty"},
		"sold without days":  {"{critical: {sold: {units: 3}}}", "stock.critical.sold.days", "missing"},
		"sold without units": {"{critical: {sold: {days: 3}}}", "stock.critical.sold.units", "missing"},
		"sold too long ago":  {"{critical: {sold: {units: 1, days: 400}}}", "stock.critical.sold.days", "366"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := mapping.Load(strings.NewReader("version: 1\nchannels:\n  medusa/main:\n    stock: "+test.stock+"\n"), "rules.yaml")
			var refused *mapping.RulesError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), test.path) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want a problem at %s that says %q", err, test.path, test.says)
			}
		})
	}
}

func TestCritical(t *testing.T) {
	t.Parallel()
	var none mapping.CriticalRules
	some := mapping.CriticalRules{SKUs: []string{"TS-*", "mug"}}
	if !none.IsZero() || some.IsZero() {
		t.Error("rules without a condition are not told from others")
	}
	for sku, want := range map[string]bool{"TS-M": true, "ts-l": true, "MUG": true, "MUG-2": false, "": false} {
		if got := some.HasSKU(sku); got != want {
			t.Errorf("%q: %t", sku, got)
		}
	}
}
