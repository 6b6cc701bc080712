package canonicaltest_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
)

func TestOrdersAreValid(t *testing.T) {
	t.Parallel()
	options := map[string]canonicaltest.Options{
		"default":    {},
		"everything": {Cancellations: true, DiscountLines: true, Presentment: true},
		"narrow": {Currencies: []canonical.Currency{"JPY"}, SellerTaxOnly: true, OneTax: true, NoBundles: true,
			NoGiftCards: true, Kinds: []canonical.LineKind{canonical.LineShipping}, Rates: []canonicaltest.Rate{10000}},
	}
	for name, opts := range options {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			orders := canonicaltest.Orders(opts)
			rapid.Check(t, func(t *rapid.T) {
				o := orders.Draw(t, "order")
				if err := o.Validate(); err != nil {
					t.Fatal(err)
				}
				if status := o.DerivedStatus(); status != canonical.StatusConfirmed {
					t.Fatalf("derived status %s", status)
				}
			})
		})
	}
}

func TestOrdersKeepToOptions(t *testing.T) {
	t.Parallel()
	orders := canonicaltest.Orders(canonicaltest.Options{
		Currencies: []canonical.Currency{"EUR"}, SKUs: []string{"A", "B"}, SellerTaxOnly: true, OneTax: true, NoBundles: true,
		MaxLines: 3, Channel: canonical.Channel{Name: "woo", Account: "de"}, IDPrefix: "X",
	})
	rapid.Check(t, func(t *rapid.T) {
		o := orders.Draw(t, "order")
		if o.Currency != "EUR" || len(o.Lines) > 3 || o.Key.Channel.Account != "de" || o.Key.ID[0] != 'X' {
			t.Fatalf("order %s strays from its options", o.Key)
		}
		for _, l := range o.Lines {
			if l.Kind == canonical.LineBundle || len(l.Taxes) > 1 || (l.SKU != "" && l.SKU != "A" && l.SKU != "B") {
				t.Fatalf("line %s strays from its options", l.ID)
			}
			for _, tax := range l.Taxes {
				if tax.Collector != canonical.CollectorSeller {
					t.Fatalf("line %s has a tax of the channel", l.ID)
				}
			}
		}
	})
}

func TestOrderBuildsWhatItSays(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                        string
		opts                        []canonicaltest.Option
		net, tax, grand, discounted string
	}{
		{"default", nil, "25.00", "6.25", "31.25", "0.00"},
		{"three at 19.99 less 5.00", []canonicaltest.Option{
			canonicaltest.TaxedItem("A", 3, 1999, 7125, canonical.CollectorSeller), canonicaltest.Discount(500),
		}, "54.97", "3.92", "58.89", "5.00"},
		{"tax included", []canonicaltest.Option{canonicaltest.Item("A", 1, 1999), canonicaltest.TaxIncluded()}, "15.99", "4.00", "19.99", "0.00"},
		{"yen", []canonicaltest.Option{canonicaltest.TaxedItem("A", 3, 999, 10000, canonical.CollectorChannel), canonicaltest.Currency("JPY")}, "2997", "300", "3297", "0"},
		{"dinar", []canonicaltest.Option{canonicaltest.TaxedItem("A", 1, 1234, 5500, canonical.CollectorSeller), canonicaltest.Currency("KWD")}, "1.234", "0.068", "1.302", "0.000"},
		{"per unit", []canonicaltest.Option{canonicaltest.TaxedItem("A", 3, 105, 10000, canonical.CollectorSeller), canonicaltest.RoundTaxes(canonicaltest.RoundPerUnit)}, "3.15", "0.33", "3.48", "0.00"},
		{"partly cancelled", []canonicaltest.Option{canonicaltest.Item("A", 3, 1000), canonicaltest.Cancelled(1)}, "20.00", "5.00", "25.00", "0.00"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := canonicaltest.Order("1", test.opts...)
			if err := o.Validate(); err != nil {
				t.Fatal(err)
			}
			got := []string{o.Totals.Net.Shop.String(), o.Totals.Tax.Shop.String(), o.Totals.Grand.Shop.String(), o.Totals.Discount.Shop.String()}
			if diff := cmp.Diff([]string{test.net, test.tax, test.grand, test.discounted}, got); diff != "" {
				t.Errorf("net, tax, grand, discount (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOrderRefusesToPanic(t *testing.T) {
	t.Parallel()
	o := canonicaltest.Order("", canonicaltest.Item("", -3, -1), canonicaltest.Currency("???"), canonicaltest.Cancelled(9), canonicaltest.Presentment("!", 0))
	if o.Validate() == nil {
		t.Error("a senseless order is valid")
	}
}

func ExampleOrder() {
	order := canonicaltest.Order("1001",
		canonicaltest.Item("SHIRT", 2, 1999),
		canonicaltest.Shipping(495),
		canonicaltest.Discount(500),
	)
	fmt.Println(order.Totals.Net.Shop, order.Totals.Tax.Shop, order.Totals.Grand.Shop)
	fmt.Println(order.Validate())
	// Output:
	// 39.93 9.98 49.91
	// <nil>
}
