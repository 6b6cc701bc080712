package canonical_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	ct "github.com/retailsync/retailsync/canonical/canonicaltest"
)

func ExampleOrder_Validate() {
	order := ct.Order("1001")
	order.Lines[1].ID = "L1"
	order.Lines[0].Taxes[0].Amount = canonical.Shop(decimal.MustParse("4.999"))

	var invalid *canonical.ValidationError
	if errors.As(order.Validate(), &invalid) {
		for _, v := range invalid.Violations {
			fmt.Println(v.Code, v)
		}
	}
	// Output:
	// minor_units lines[0].taxes[0].amount: must have at most 2 decimals in EUR
	// duplicate lines[1].id: another line has the same id
	// totals totals.tax: is not the sum of the lines' taxes
}

// rich is an order that has every part: SHIRT (3), MUG (1) and shipping in L1 to L3, a kit in L4 with its
// member L5, a discount D1, payments, a parcel, an adjustment and a link.
func rich() canonical.Order {
	o := ct.Order("1", ct.Item("SHIRT", 3, 1999), ct.Item("MUG", 1, 500), ct.Shipping(495), ct.Discount(500), ct.GiftCard(200),
		ct.Charge(canonical.LineBundle, 1000, 25000))
	o.Lines[3].SKU = "KIT-1"
	o.Lines = append(o.Lines, canonical.Line{
		ID: "L5", Kind: canonical.LineBundleMember, ParentID: "L4", SKU: "CUP", Qty: canonical.LineQty{Ordered: dec("2")},
	})
	o.Lines[0].Qty.Shipped, o.Lines[0].Qty.Delivered = dec("2"), dec("1")
	o.Lines[0].Qty.ReturnReceived, o.Lines[0].Qty.ReturnDamaged = dec("1"), dec("1")
	o.Fulfillments = []canonical.Fulfillment{{ID: "F1", Status: canonical.FulfillmentShipped,
		Lines: []canonical.FulfillmentLine{{LineID: "L1", Qty: dec("2")}}}}
	o.Adjustments = []canonical.Adjustment{{ID: "A1", Kind: canonical.AdjustmentRefund, Amount: canonical.Shop(dec("5")),
		Lines: []canonical.AdjustmentLine{{LineID: "L1", Qty: dec("1")}}}}
	o.Links = []canonical.Link{{Kind: canonical.LinkExchangeOf, Key: canonical.Key{Channel: o.Key.Channel, ID: "0"}}}
	return o
}

// shop sets one side of an amount.
func shop(a *canonical.Amount, s string) { a.Shop = dec(s) }

func TestValidateAcceptsARichOrder(t *testing.T) {
	t.Parallel()
	o := rich()
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
}

func TestValidateFindsEveryViolation(t *testing.T) {
	t.Parallel()
	type order = canonical.Order
	tests := []struct {
		path   string
		code   canonical.ViolationCode
		damage func(*order)
	}{
		{"key.channel.name", "missing", func(o *order) { o.Key.Channel.Name = "" }},
		{"key.channel.account", "missing", func(o *order) { o.Key.Channel.Account = "" }},
		{"key.id", "missing", func(o *order) { o.Key.ID = "" }},
		{"currency", "missing", func(o *order) { o.Currency = "" }},
		{"currency", "currency_unknown", func(o *order) { o.Currency = "eur" }},
		{"presentment_currency", "currency_unknown", func(o *order) { o.PresentmentCurrency = "$" }},
		{"totals.grand", "presentment", func(o *order) { o.PresentmentCurrency = "USD" }},
		{"lines[1].taxes[0].amount", "presentment", func(o *order) { o.Lines[1].Taxes[0].Amount.Presentment = dec("1") }},
		{"lines[1].total", "presentment", func(o *order) {
			o.PresentmentCurrency, o.Lines[1].Total.Presentment = "USD", dec("-1")
		}},
		{"payments[0].amount", "presentment", func(o *order) {
			o.PresentmentCurrency = "USD"
			o.Payments[0].Amount = canonical.Amount{Presentment: dec("1")}
		}},
		{"placed_at", "missing", func(o *order) { o.PlacedAt = time.Time{} }},
		{"revision.updated_at", "missing", func(o *order) { o.Revision.UpdatedAt = time.Time{} }},
		{"status", "unknown_word", func(o *order) { o.Status = "paid" }},
		{"raw_status", "missing", func(o *order) { o.Status = canonical.StatusOther }},
		{"lines", "missing", func(o *order) { o.Lines = nil }},
		{"bill_to.country", "country", func(o *order) { o.BillTo.Country = "se" }},
		{"ship_to.country", "country", func(o *order) { o.ShipTo.Country = "SWE" }},

		{"lines[1].id", "missing", func(o *order) { o.Lines[1].ID = "" }},
		{"lines[1].id", "duplicate", func(o *order) { o.Lines[1].ID = "L1" }},
		{"lines[1].kind", "unknown_word", func(o *order) { o.Lines[1].Kind = "thing" }},
		{"lines[1].raw_kind", "missing", func(o *order) { o.Lines[1].Kind = canonical.LineOther }},
		{"lines[1].fulfilled_by", "unknown_word", func(o *order) { o.Lines[1].FulfilledBy = "me" }},
		{"lines[1].parent_id", "unknown_reference", func(o *order) { o.Lines[1].ParentID = "L9" }},
		{"lines[1].parent_id", "bundle", func(o *order) { o.Lines[1].ParentID = "L1" }},
		{"lines[3].parent_id", "bundle", func(o *order) { o.Lines[3].ParentID = "L4" }},
		{"lines[4].parent_id", "missing", func(o *order) { o.Lines[4].ParentID = "" }},
		{"lines[3].total", "bundle", func(o *order) { shop(&o.Lines[4].Subtotal, "1"); shop(&o.Lines[4].Total, "1") }},

		{"lines[0].qty.ordered", "sign", func(o *order) { o.Lines[0].Qty.Ordered = dec("-1") }},
		{"lines[0].qty.return_requested", "sign", func(o *order) { o.Lines[0].Qty.ReturnRequested = dec("-1") }},
		{"lines[0].qty.cancelled", "quantity", func(o *order) { o.Lines[0].Qty.Cancelled = dec("4") }},
		{"lines[0].qty.cancelled", "number_too_long", func(o *order) {
			o.Lines[0].Qty.Ordered, o.Lines[0].Qty.Cancelled = dec("9999999999999999999"), dec("0.1")
		}},
		{"lines[0].qty.shipped", "quantity", func(o *order) { o.Lines[0].Qty.Cancelled = dec("2") }},
		{"lines[0].qty.delivered", "quantity", func(o *order) { o.Lines[0].Qty.Delivered = dec("3") }},
		{"lines[0].qty.return_received", "quantity", func(o *order) { o.Lines[0].Qty.ReturnReceived = dec("2.5") }},
		{"lines[0].qty.return_damaged", "quantity", func(o *order) { o.Lines[0].Qty.ReturnDamaged = dec("1.5") }},
		{"lines[0].qty.refunded", "quantity", func(o *order) { o.Lines[0].Qty.Refunded = dec("3.5") }},
		{"lines[1].total", "priced_while_closed", func(o *order) { o.Lines[1].Qty.Cancelled = dec("1") }},
		{"lines[1].taxes[0].amount", "priced_while_closed", func(o *order) { o.Lines[1].Qty.Cancelled = dec("1") }},

		{"lines[1].total", "minor_units", func(o *order) { shop(&o.Lines[1].Total, "4.615") }},
		{"lines[1].total", "sign", func(o *order) { shop(&o.Lines[1].Total, "-1") }},
		{"lines[1].subtotal", "sign", func(o *order) { shop(&o.Lines[1].Subtotal, "-1") }},
		{"lines[1].total", "sign", func(o *order) { o.Lines[1].Kind = canonical.LineDiscount }},
		{"lines[1].total", "line_total", func(o *order) { shop(&o.Lines[1].Subtotal, "5.01") }},
		{"lines[0].total", "line_total", func(o *order) {
			o.Lines[0].Qty.Cancelled = dec("1")
			shop(&o.Lines[0].Total, "60")
		}},
		{"lines[1].discounts[0].discount_id", "unknown_reference", func(o *order) { o.Lines[1].Discounts[0].DiscountID = "D9" }},
		{"lines[1].discounts[0].amount", "sign", func(o *order) { shop(&o.Lines[1].Discounts[0].Amount, "-1") }},
		{"discounts[0].amount", "discount_total", func(o *order) { shop(&o.Lines[1].Discounts[0].Amount, "0.01") }},
		{"discounts[0].amount", "sign", func(o *order) { shop(&o.Discounts[0].Amount, "-5") }},
		{"discounts[0].id", "missing", func(o *order) { o.Discounts[0].ID = "" }},
		{"discounts[1].id", "duplicate", func(o *order) { o.Discounts = append(o.Discounts, o.Discounts[0]) }},

		{"lines[1].taxes[0].amount", "minor_units", func(o *order) { shop(&o.Lines[1].Taxes[0].Amount, "1.155") }},
		{"lines[1].taxes[0].amount", "sign", func(o *order) { shop(&o.Lines[1].Taxes[0].Amount, "-0.01") }},
		{"lines[4].taxes[0].amount", "sign", func(o *order) {
			o.Lines[4].Taxes = []canonical.Tax{{Amount: canonical.Shop(dec("-1")), Collector: canonical.CollectorSeller}}
		}},
		{"lines[1].taxes[0].collector", "unknown_word", func(o *order) { o.Lines[1].Taxes[0].Collector = "" }},
		{"lines[1].taxes[0].rate", "tax_rate", func(o *order) { o.Lines[1].Taxes[0].Rate = dec("100.01") }},
		{"lines[1].taxes[0].rate", "tax_rate", func(o *order) { o.Lines[1].Taxes[0].Rate = dec("-1") }},
		{"lines[1].taxes[0].amount", "tax_implausible", func(o *order) { shop(&o.Lines[1].Taxes[0].Amount, "1.20") }},
		{"lines[1].taxes[0].amount", "tax_implausible", func(o *order) { o.Lines[1].Taxes[0].Rate = dec("24") }},

		{"totals.net", "totals", func(o *order) { shop(&o.Totals.Net, "1") }},
		{"totals.net", "minor_units", func(o *order) { shop(&o.Totals.Net, "1.001") }},
		{"totals.tax", "totals", func(o *order) { shop(&o.Totals.Tax, "1") }},
		{"totals.grand", "totals", func(o *order) { shop(&o.Totals.Grand, "1") }},
		{"totals.grand", "sign", func(o *order) { shop(&o.Totals.Grand, "-1") }},
		{"totals.discount", "totals", func(o *order) { shop(&o.Totals.Discount, "4.99") }},
		{"totals.discount", "sign", func(o *order) { shop(&o.Totals.Discount, "-1") }},
		{"totals.paid", "sign", func(o *order) { shop(&o.Totals.Paid, "-1") }},
		{"lines[1].total", "number_too_long", func(o *order) { shop(&o.Lines[1].Total, "9999999999999999999") }},

		{"payments[1].id", "duplicate", func(o *order) { o.Payments[1].ID = "P1" }},
		{"payments[0].amount", "sign", func(o *order) { shop(&o.Payments[0].Amount, "0") }},
		{"payments[1].amount", "sign", func(o *order) { shop(&o.Payments[1].Amount, "-1") }},
		{"payments[1].amount", "minor_units", func(o *order) { shop(&o.Payments[1].Amount, "1.001") }},
		{"payments[1].kind", "unknown_word", func(o *order) { o.Payments[1].Kind = "" }},
		{"payments[1].status", "unknown_word", func(o *order) { o.Payments[1].Status = "" }},
		{"payments", "payment_exceeded", func(o *order) {
			o.Payments = append(o.Payments, canonical.Payment{ID: "P3", Kind: canonical.PaymentRefund, Status: canonical.PaymentSucceeded,
				Amount: canonical.Shop(dec("500"))})
		}},

		{"fulfillments[0].status", "unknown_word", func(o *order) { o.Fulfillments[0].Status = "" }},
		{"fulfillments[0].lines[0].line_id", "unknown_reference", func(o *order) { o.Fulfillments[0].Lines[0].LineID = "L9" }},
		{"fulfillments[0].lines[0].qty", "quantity", func(o *order) { o.Fulfillments[0].Lines[0].Qty = dec("4") }},
		{"fulfillments[1].lines[0].qty", "quantity", func(o *order) { o.Fulfillments = append(o.Fulfillments, o.Fulfillments[0]) }},
		{"fulfillments[0].lines[0].qty", "sign", func(o *order) { o.Fulfillments[0].Lines[0].Qty = dec("-1") }},
		{"adjustments[0].kind", "unknown_word", func(o *order) { o.Adjustments[0].Kind = "" }},
		{"adjustments[0].amount", "sign", func(o *order) { shop(&o.Adjustments[0].Amount, "-1") }},
		{"adjustments[0].lines[0].line_id", "unknown_reference", func(o *order) { o.Adjustments[0].Lines[0].LineID = "" }},
		{"adjustments[0].lines[0].qty", "quantity", func(o *order) { o.Adjustments[0].Lines[0].Qty = dec("3.5") }},
		{"adjustments[0].lines[1].qty", "quantity", func(o *order) {
			o.Adjustments[0].Lines = append(o.Adjustments[0].Lines, canonical.AdjustmentLine{LineID: "L1", Qty: dec("3")})
		}},
		{"links[0].kind", "unknown_word", func(o *order) { o.Links[0].Kind = "" }},
		{"links[0].key.id", "missing", func(o *order) { o.Links[0].Key.ID = "" }},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s %s", test.path, test.code), func(t *testing.T) {
			t.Parallel()
			o := rich()
			test.damage(&o)
			var invalid *canonical.ValidationError
			if !errors.As(o.Validate(), &invalid) {
				t.Fatal("the order is taken for valid")
			}
			if !invalid.Has(test.path, test.code) {
				t.Error(invalid)
			}
			for _, secret := range []string{"Alex", "Example Street", "example.com", "12345"} {
				if strings.Contains(invalid.Error(), secret) {
					t.Errorf("the error holds %q", secret)
				}
			}
		})
	}
}

func TestValidateReportsAllAtOnce(t *testing.T) {
	t.Parallel()
	o := canonical.Order{Lines: []canonical.Line{{}, {}}}
	var invalid *canonical.ValidationError
	if !errors.As(o.Validate(), &invalid) {
		t.Fatal("an empty order is valid")
	}
	var got []string
	for _, v := range invalid.Violations {
		got = append(got, v.Path+" "+string(v.Code))
	}
	want := []string{
		"currency missing", "key.channel.name missing", "key.channel.account missing", "key.id missing", "placed_at missing",
		"revision.updated_at missing", "status unknown_word", "lines[0].id missing", "lines[0].kind unknown_word",
		"lines[1].id missing", "lines[1].id duplicate", "lines[1].kind unknown_word",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	many := canonical.Order{Lines: make([]canonical.Line, 50)}
	if text := many.Validate().Error(); !strings.Contains(text, " more") || len(text) > 3000 {
		t.Errorf("%d bytes: %s", len(text), text)
	}
}

func TestValidateAcceptsBothRoundingsOfAHalf(t *testing.T) {
	t.Parallel()
	for _, total := range []string{"0.12", "0.13"} {
		o := ct.Order("1", ct.TaxedItem("A", 1, 13, 0, canonical.CollectorSeller))
		shop(&o.Lines[0].Subtotal, "0.125")
		for _, a := range []*canonical.Amount{&o.Lines[0].Total, &o.Totals.Net, &o.Totals.Grand} {
			shop(a, total)
		}
		if err := o.Validate(); err != nil {
			t.Errorf("%s: %v", total, err)
		}
	}
}

// TestValidateSeesAnyChangedAmount: an order that was valid is not once one amount that counts moves.
func TestValidateSeesAnyChangedAmount(t *testing.T) {
	t.Parallel()
	orders := ct.Orders(ct.Options{DiscountLines: true})
	rapid.Check(t, func(t *rapid.T) {
		o := orders.Draw(t, "order")
		amounts := []*canonical.Amount{&o.Totals.Net, &o.Totals.Tax, &o.Totals.Grand}
		for i := range o.Lines {
			amounts = append(amounts, &o.Lines[i].Total)
			for j := range o.Lines[i].Taxes {
				amounts = append(amounts, &o.Lines[i].Taxes[j].Amount)
			}
		}
		unit, _ := o.Currency.MinorUnit()
		if rapid.Bool().Draw(t, "down") {
			unit = unit.Neg()
		}
		moved := rapid.SampledFrom(amounts).Draw(t, "amount")
		sum, err := moved.Add(canonical.Shop(unit))
		if err != nil {
			t.Fatal(err)
		}
		*moved = sum
		if o.Validate() == nil {
			t.Fatal("a cent too much is not seen")
		}
	})
}

func TestInPresentment(t *testing.T) {
	t.Parallel()
	orders := ct.Orders(ct.Options{Presentment: true, Cancellations: true, Currencies: []canonical.Currency{"EUR", "USD"}})
	rapid.Check(t, func(t *rapid.T) {
		o := orders.Draw(t, "order")
		before := o.Digest()
		shown, err := o.InPresentment()
		if o.PresentmentCurrency == "" {
			var none *canonical.CurrencyError
			if !errors.As(err, &none) {
				t.Fatal(err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if o.Digest() != before {
			t.Fatal("the order was changed")
		}
		if err := shown.Validate(); err != nil {
			t.Fatal(err)
		}
		if shown.Currency != o.PresentmentCurrency || !shown.Totals.Grand.Shop.Equal(o.Totals.Grand.Presentment) {
			t.Fatal("the sides were not swapped")
		}
		back, err := shown.InPresentment()
		if diff := cmp.Diff(o, back, strict); diff != "" || err != nil {
			t.Fatal(err, diff)
		}
	})
	o := fullOrder()
	shown, err := o.InPresentment()
	if err != nil {
		t.Fatal(err)
	}
	back, err := shown.InPresentment()
	if diff := cmp.Diff(o, back, strict); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if !shown.Adjustments[0].Lines[0].Tax.Shop.Equal(o.Adjustments[0].Lines[0].Tax.Presentment) {
		t.Error("an adjustment's tax was forgotten")
	}
}

func BenchmarkOrder(b *testing.B) {
	o := ct.Order("1", ct.Item("A", 3, 1999), ct.Item("B", 1, 500), ct.Shipping(495), ct.Discount(500))
	b.Run("Validate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := o.Validate(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Digest", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			o.Digest()
		}
	})
	b.Run("Encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := canonical.EncodeOrder(o); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Next", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := canonical.Next(canonical.StatusConfirmed, canonical.OrderCancelled, canonical.Facts{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
