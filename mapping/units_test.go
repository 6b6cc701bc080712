package mapping_test

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

var pieces = []mapping.Unit{
	{Record: mapping.Record{ID: 1, Name: "Units", Code: "uom.product_uom_unit"}, Active: true, Kind: 1, More: decimal.One, Less: decimal.One},
	{Record: mapping.Record{ID: 2, Name: "Dozens", Code: "uom.product_uom_dozen"}, Active: true, Kind: 1, More: decimal.MustParse("12"), Less: decimal.One},
	{Record: mapping.Record{ID: 3, Name: "Thirds"}, Active: true, Kind: 1, More: decimal.One, Less: decimal.MustParse("3")},
	{Record: mapping.Record{ID: 4, Name: "Old"}, Kind: 1, More: decimal.Ten, Less: decimal.One},
	{Record: mapping.Record{ID: 5, Name: "kg"}, Active: true, Kind: 5, More: decimal.One, Less: decimal.One},
	{Record: mapping.Record{ID: 6, Name: "lb"}, Active: true, Kind: 5, More: decimal.MustParse("0.45359237"), Less: decimal.One},
	{Record: mapping.Record{ID: 7, Name: "Twin"}, Active: true, Kind: 1, More: decimal.Two, Less: decimal.One},
	{Record: mapping.Record{ID: 8, Name: "Twin"}, Active: true, Kind: 1, More: decimal.Two, Less: decimal.One},
	{Record: mapping.Record{ID: 9, Name: "Dozens"}, Kind: 1, More: decimal.Ten, Less: decimal.One}, // archived
}

func soldIn(refs map[string]mapping.Ref) mapping.SaleUnits {
	channel := mapping.Channel{Name: canonical.Channel{Name: "shop", Account: "main"}}
	channel.Products.Units = refs
	return channel.SaleUnits(pieces)
}

func TestSaleUnits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		ref  mapping.Ref
		own  int64
		want int64 // the unit of sale
		text string
	}{
		{name: "by name, an archived one does not count", ref: mapping.Name("Dozens"), own: 1, want: 2},
		{name: "by External ID", ref: mapping.Name("uom.product_uom_dozen"), own: 1, want: 2},
		{name: "by id", ref: mapping.ID(2), own: 3, want: 2},
		{name: "its own", ref: mapping.ID(2), own: 2, want: 0},
		{name: "another one is not named", ref: mapping.Ref{}, own: 1, want: 0},
		{name: "none", ref: mapping.Name("Crates"), own: 1, text: `rules of shop/main: products.units: "MUG" is sold in the unit "Crates" of uom.uom: there is no such unit: create it in Odoo, or correct the rule`},
		{name: "archived", ref: mapping.Name("Old"), own: 1, text: "the unit is archived: restore it"},
		{name: "archived, by id", ref: mapping.ID(9), own: 1, text: "the unit is archived: restore it"},
		{name: "another kind", ref: mapping.Name("kg"), own: 1, text: `cannot be turned into the product's own unit, "Units"`},
		{name: "two", ref: mapping.Name("Twin"), own: 1, text: "2 units are called so: use the database id"},
		{name: "a product of nothing", ref: mapping.Name("Dozens"), own: 77, text: "the id 77"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			refs := map[string]mapping.Ref{"MUG": test.ref}
			if test.ref.IsZero() {
				refs = map[string]mapping.Ref{"mug": mapping.ID(2)} // SKUs are equal byte for byte
			}
			unit, err := soldIn(refs).Of("MUG", test.own)
			var wrong *mapping.UnitError
			switch {
			case test.text == "" && (err != nil || unit.ID != test.want):
				t.Errorf("the unit %d, %v, want %d", unit.ID, err, test.want)
			case test.text != "" && (!errors.As(err, &wrong) || !strings.Contains(err.Error(), test.text) || wrong.SKU != "MUG" || wrong.Own.ID != test.own):
				t.Errorf("%v, want %q", err, test.text)
			}
		})
	}
}

func TestSellableInAnotherUnit(t *testing.T) {
	t.Parallel()
	most := decimal.MustParse("25")
	for _, test := range []struct {
		name, free, want string
		sold, own        int64
		place            mapping.StockPlace
	}{
		{name: "dozens of units", free: "30", sold: 2, own: 1, want: "2"},
		{name: "a unit short", free: "23", sold: 2, own: 1, want: "1"},
		{name: "nothing", free: "-5", sold: 2, own: 1, want: "0"},
		{name: "units of dozens", free: "3", sold: 1, own: 2, want: "36"},
		{name: "units of broken dozens", free: "2.58", sold: 1, own: 2, want: "30"},
		{name: "dozens of thirds", free: "71", sold: 2, own: 3, want: "1"},
		{name: "thirds of dozens", free: "1", sold: 3, own: 2, want: "36"},
		{name: "kilograms of pounds", free: "10", sold: 5, own: 6, want: "4"},
		{name: "pounds of kilograms", free: "1", sold: 6, own: 5, want: "2"},
		{name: "the buffer is of the product's unit", free: "30", sold: 2, own: 1, place: mapping.StockPlace{Buffer: decimal.MustParse("7")}, want: "1"},
		{name: "so is the bound", free: "100", sold: 2, own: 1, place: mapping.StockPlace{Most: &most}, want: "2"},
		{name: "a share", free: "48", sold: 2, own: 1, place: mapping.StockPlace{Share: decimal.MustParse("50")}, want: "2"},
		{name: "the step is of the unit of sale", free: "47", sold: 2, own: 1, place: mapping.StockPlace{Step: decimal.MustParse("0.5")}, want: "3.5"},
		{name: "steps of several", free: "47", sold: 1, own: 2, place: mapping.StockPlace{Step: decimal.MustParse("10")}, want: "560"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.place.Share.IsZero() {
				test.place.Share = decimal.Hundred
			}
			unit, err := soldIn(map[string]mapping.Ref{"MUG": mapping.ID(test.sold)}).Of("MUG", test.own)
			if err != nil {
				t.Fatal(err)
			}
			got, err := test.place.SellableIn(unit, decimal.MustParse(test.free))
			if err != nil || got.String() != test.want {
				t.Errorf("got %s, %v, want %s", got, err, test.want)
			}
		})
	}
}

// What is shown is never more than there is, and one step more would be.
func TestSellableInAnotherUnitProperties(t *testing.T) {
	t.Parallel()
	rational := func(d decimal.Decimal) *big.Rat {
		r, _ := new(big.Rat).SetString(d.String())
		return r
	}
	rapid.Check(t, func(t *rapid.T) {
		size := func(label string) (decimal.Decimal, decimal.Decimal) {
			return decimal.MustNew(rapid.Int64Range(1, 100_000).Draw(t, label), rapid.IntRange(0, 4).Draw(t, label+" scale")), decimal.MustNew(rapid.Int64Range(1, 1000).Draw(t, label+" less"), 0)
		}
		sold, own := mapping.Unit{Record: mapping.Record{ID: 1}, Active: true}, mapping.Unit{Record: mapping.Record{ID: 2}, Active: true}
		sold.More, sold.Less = size("sold")
		own.More, own.Less = size("own")
		channel := mapping.Channel{}
		channel.Products.Units = map[string]mapping.Ref{"MUG": mapping.ID(1)}
		unit, err := channel.SaleUnits([]mapping.Unit{sold, own}).Of("MUG", 2)
		if err != nil {
			t.Fatal(err)
		}
		free := decimal.MustNew(rapid.Int64Range(-100, 10_000_000).Draw(t, "free"), 2)
		step := rapid.SampledFrom([]decimal.Decimal{decimal.One, decimal.MustParse("0.01"), decimal.MustParse("6")}).Draw(t, "step")
		level, err := mapping.StockPlace{Share: decimal.Hundred, Step: step}.SellableIn(unit, free)
		if err != nil {
			t.Fatal(err)
		}
		there := new(big.Rat).Mul(rational(free), new(big.Rat).Quo(rational(own.More), rational(own.Less)))
		taken := func(level *big.Rat) *big.Rat {
			return new(big.Rat).Mul(level, new(big.Rat).Quo(rational(sold.More), rational(sold.Less)))
		}
		if level.IsNeg() || level.IsPos() && taken(rational(level)).Cmp(there) > 0 {
			t.Fatalf("%s shown of %s", level, free)
		}
		if next := new(big.Rat).Add(rational(level), rational(step)); taken(next).Cmp(there) <= 0 {
			t.Fatalf("%s shown of %s, a step more is there", level, free)
		}
	})
}

func TestUnitRules(t *testing.T) {
	t.Parallel()
	const head = "version: 1\ndefaults:\n  products: {units: {A: Dozens, B: 4}}\nchannels:\n  shop/main:\n    products: {units: {A: uom.product_uom_unit, \"C\": \"7\"}}\n"
	rules, err := mapping.Load(strings.NewReader(head), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	channel, err := rules.For(canonical.Channel{Name: "shop", Account: "main"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]mapping.Ref{"A": mapping.Name("uom.product_uom_unit"), "B": mapping.ID(4), "C": mapping.Name("7")}
	if diff := cmp.Diff(want, channel.Products.Units); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	other, err := mapping.Load(strings.NewReader(strings.Replace(head, "B: 4", "B: 5", 1)), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]mapping.Change{{Path: "defaults.products.units.B", Old: "4", New: "5"}}, mapping.Diff(*rules, *other)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
