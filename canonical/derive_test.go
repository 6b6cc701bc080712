package canonical_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	ct "github.com/retailsync/retailsync/canonical/canonicaltest"
)

func TestDerivedStatus(t *testing.T) {
	t.Parallel()
	type order = canonical.Order
	ship := func(i int, shipped, delivered string) func(*order) {
		return func(o *order) { o.Lines[i].Qty.Shipped, o.Lines[i].Qty.Delivered = dec(shipped), dec(delivered) }
	}
	cancel := func(i int, units string) func(*order) {
		return func(o *order) { o.Lines[i].Qty.Cancelled = dec(units) }
	}
	state := func(s canonical.Status) func(*order) { return func(o *order) { o.Status = s } }
	for name, test := range map[string]struct {
		want    canonical.Status
		changes []func(*order)
	}{
		"as stated":              {"confirmed", nil},
		"pending":                {"pending", []func(*order){state("pending")}},
		"unknown word":           {"other", []func(*order){state("other")}},
		"claims a shipment":      {"confirmed", []func(*order){state("shipped")}},
		"some":                   {"partially_shipped", []func(*order){ship(0, "1", "0")}},
		"one line of two":        {"partially_shipped", []func(*order){ship(0, "3", "0")}},
		"all":                    {"shipped", []func(*order){ship(0, "3", "1"), ship(1, "2", "0")}},
		"rest cancelled":         {"shipped", []func(*order){ship(0, "3", "0"), cancel(1, "2")}},
		"delivered":              {"delivered", []func(*order){ship(0, "3", "3"), ship(1, "2", "2")}},
		"goods cancelled":        {"confirmed", []func(*order){cancel(0, "3"), cancel(1, "2")}},
		"all cancelled":          {"cancelled", []func(*order){cancel(0, "3"), cancel(1, "2"), cancel(2, "1")}},
		"stated cancelled":       {"cancelled", []func(*order){state("cancelled")}},
		"cancelled yet shipped":  {"conflict", []func(*order){state("cancelled"), ship(0, "1", "0")}},
		"shipped more than open": {"conflict", []func(*order){ship(0, "3", "0"), cancel(0, "1")}},
		"delivered, not shipped": {"conflict", []func(*order){ship(0, "1", "2")}},
		"cancelled too much":     {"conflict", []func(*order){cancel(0, "4")}},
		"closed stays":           {"closed", []func(*order){state("closed")}},
		"conflict stays":         {"conflict", []func(*order){state("conflict"), ship(0, "1", "0")}},
		"no lines":               {"confirmed", []func(*order){func(o *order) { o.Lines = nil }}},
		"no goods":               {"confirmed", []func(*order){func(o *order) { o.Lines = o.Lines[2:] }}},
		"bundle by its members":  {"shipped", []func(*order){func(o *order) { o.Lines[0].Kind, o.Lines[1].ParentID = "bundle", "L1" }, ship(1, "2", "0")}},
		"numbers beyond counting": {"conflict", []func(*order){func(o *order) {
			o.Lines[0].Qty.Ordered, o.Lines[0].Qty.Cancelled = dec("9999999999999999999"), dec("0.1")
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ct.Order("1", ct.Item("A", 3, 100), ct.Item("B", 2, 100), ct.Shipping(100))
			for _, change := range test.changes {
				change(&o)
			}
			if got := o.DerivedStatus(); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

func TestTaxesByCollector(t *testing.T) {
	t.Parallel()
	orders := ct.Orders(ct.Options{Presentment: true})
	rapid.Check(t, func(t *rapid.T) {
		o := orders.Draw(t, "order")
		seller, err1 := o.SellerTax()
		channel, err2 := o.ChannelTax()
		both, err3 := seller.Add(channel)
		if err := errors.Join(err1, err2, err3); err != nil || !both.Equal(o.Totals.Tax) {
			t.Fatalf("%v: %s and %s are not %s", err, seller.Shop, channel.Shop, o.Totals.Tax.Shop)
		}
		var byLine canonical.Amount
		for i := range o.Lines {
			tax, err := o.Lines[i].TaxTotal()
			if err != nil {
				t.Fatal(err)
			}
			if byLine, err = byLine.Add(tax); err != nil {
				t.Fatal(err)
			}
		}
		if !byLine.Equal(o.Totals.Tax) {
			t.Fatalf("by line %s, not %s", byLine.Shop, o.Totals.Tax.Shop)
		}
	})
}

func TestDerivedFacts(t *testing.T) {
	t.Parallel()
	o := ct.Order("1", ct.Item("A", 3, 1000), ct.Cancelled(1), ct.GiftCard(500))
	line := o.FindLine("L1")
	if line == nil || o.FindLine("L2") != nil {
		t.Fatal("the wrong line is found")
	}
	if open, err := o.OpenQty(line); err != nil || !open.Equal(dec("2")) {
		t.Errorf("open %s, %v", open, err)
	}
	used, err := o.GiftCardsUsed()
	if err != nil || !used.Equal(canonical.Shop(dec("12.50"))) {
		t.Errorf("gift cards %s, %v", used.Shop, err)
	}
	o.Payments[0].Status = canonical.PaymentFailed
	if used, err := o.GiftCardsUsed(); err != nil || !used.IsZero() {
		t.Errorf("failed gift cards %s, %v", used.Shop, err)
	}

	var tooLong *canonical.RangeError
	huge := canonical.Shop(dec("9999999999999999999"))
	line.Taxes = []canonical.Tax{{Amount: huge, Collector: "seller"}, {Amount: huge, Collector: "seller"}}
	if _, err := line.TaxTotal(); !errors.As(err, &tooLong) {
		t.Error(err)
	}
	if _, err := o.SellerTax(); !errors.As(err, &tooLong) {
		t.Error(err)
	}
	o.Payments = []canonical.Payment{{Kind: canonical.PaymentGiftCard, Amount: huge}, {Kind: canonical.PaymentStoreCredit, Amount: huge}}
	if _, err := o.GiftCardsUsed(); !errors.As(err, &tooLong) {
		t.Error(err)
	}
}
