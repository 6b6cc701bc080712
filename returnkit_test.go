package retailsync

import (
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/odoo/stock"
)

// setOrder is an order of a kit "K" by one line, of two of a component and half of another, of plain goods "P", and of a kit "X" that cannot
// be counted.
func setOrder() *returnedOrder {
	return &returnedOrder{
		names: map[int64]string{1: "K", 2: "P", 3: "X"},
		kits: map[string]soldKit{
			"K": {shares: []partShare{{orderPart{"K", 10}, amountOf("2")}, {orderPart{"K", 11}, amountOf("0.5")}}},
			"X": {problem: "a component is tracked"},
		},
	}
}

func TestPartOf(t *testing.T) {
	t.Parallel()
	o := setOrder()
	for _, test := range []struct {
		line, kitLine int64
		want          orderPart
	}{
		{1, 10, orderPart{"K", 10}}, {1, 99, orderPart{"K", 99}}, {2, 0, orderPart{"P", 0}}, {2, 10, orderPart{"P", 0}},
		{3, 10, orderPart{"X", unclear}}, {3, 0, orderPart{"X", unclear}}, {9, 10, orderPart{}},
	} {
		if got := o.partOf(test.line, test.kitLine); got != test.want {
			t.Errorf("line %d, bill of materials line %d: %v, want %v", test.line, test.kitLine, got, test.want)
		}
	}
}

// What some units take makes these units again. What is less of any component makes fewer, and what is more of one makes no more.
func TestUnitsOfParts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := setOrder()
		var c exact.Calc
		n := decimal.MustNew(rapid.Int64Range(0, 1000).Draw(t, "units"), 0)
		more := decimal.MustNew(rapid.Int64Range(0, 1000).Draw(t, "more"), 2)
		parts := map[orderPart]decimal.Decimal{}
		o.add(&c, parts, "K", n)
		o.add(&c, parts, "P", n)
		one := rapid.SampledFrom([]int64{10, 11}).Draw(t, "component")
		parts[orderPart{"K", one}] = c.Add(parts[orderPart{"K", one}], more)
		parts[orderPart{"X", unclear}] = n
		if got := o.units(&c, "K", parts); !got.Equal(n) {
			t.Fatalf("%v are %s kits, want %s", parts, got, n)
		}
		if got := o.units(&c, "P", parts); !got.Equal(n) {
			t.Fatalf("%v are %s of the plain goods, want %s", parts, got, n)
		}
		if got := o.units(&c, "X", parts); !got.IsZero() {
			t.Fatalf("%v are %s of what cannot be counted", parts, got)
		}
		other := orderPart{"K", 21 - one}
		parts[other] = c.Sub(parts[other], amountOf("0.01"))
		if got, want := o.units(&c, "K", parts), c.Sub(n, decimal.One); !got.Equal(want) || c.Err() != nil {
			t.Fatalf("%v are %s kits, want %s (%v)", parts, got, want, c.Err())
		}
	})
}

func TestExploded(t *testing.T) {
	t.Parallel()
	line := sale.Line{ID: 1, ProductID: odoo.Many2One{ID: 7}, Quantity: amountOf("2")}
	move := func(product, kitLine int64, units string) stock.Returnable {
		return stock.Returnable{SaleLine: 1, Product: product, KitLine: kitLine, Shipped: amountOf(units)}
	}
	for name, test := range map[string]struct {
		moves []stock.Returnable
		want  bool
	}{
		"goods":                                   {[]stock.Returnable{move(7, 0, "1"), move(7, 0, "1")}, false},
		"more than was ordered":                   {[]stock.Returnable{move(7, 0, "3")}, false},
		"other goods in their place":              {[]stock.Returnable{move(8, 0, "2")}, false},
		"a kit":                                   {[]stock.Returnable{move(8, 10, "2"), move(9, 11, "2")}, true},
		"a kit of one component":                  {[]stock.Returnable{move(8, 10, "2")}, true},
		"a kit whose bill is gone":                {[]stock.Returnable{move(8, 0, "2"), move(9, 0, "2")}, true},
		"a kit of one component, its bill gone":   {[]stock.Returnable{move(8, 0, "12")}, true},
		"goods that became a kit in the meantime": {[]stock.Returnable{move(7, 0, "1"), move(8, 10, "1")}, true},
	} {
		if got := exploded(line, test.moves, soldKit{}); got != test.want {
			t.Errorf("%s: %t, want %t", name, got, test.want)
		}
	}
}
