package tally

import (
	"fmt"
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
)

// Any order that a shop calculates with more decimals than money has, and whose totals it rounds, settles
// to whole minor units that add up.
func TestSettleAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		currency := rapid.SampledFrom([]canonical.Currency{"EUR", "JPY", "KWD"}).Draw(t, "currency")
		scale := Scale(currency)
		rate := decimal.MustNew(rapid.Int64Range(0, 30).Draw(t, "rate"), 2)
		exact := rapid.Int64Range(1, 20_000_000)
		var drafts []Draft
		net, tax := decimal.Zero, decimal.Zero
		for i := range rapid.IntRange(1, 12).Draw(t, "lines") {
			subtotal := decimal.MustNew(exact.Draw(t, "subtotal"), scale+3)
			share := decimal.Zero
			if rapid.Bool().Draw(t, "discounted") {
				share = must(t)(subtotal.Quo(decimal.MustNew(rapid.Int64Range(2, 9).Draw(t, "part"), 0))).Round(scale + 3)
			}
			draft := Draft{Line: canonical.Line{
				ID: fmt.Sprint(i), Kind: canonical.LineProduct, Qty: canonical.LineQty{Ordered: decimal.One},
				Taxes: []canonical.Tax{{Code: "VAT", Collector: canonical.CollectorSeller}},
			}}
			draft.Net = must(t)(subtotal.Sub(share))
			draft.Taxes = []decimal.Decimal{must(t)(draft.Net.Mul(rate))}
			draft.Shares = []Share{{DiscountID: "d", Amount: share}}
			net, tax = must(t)(net.Add(draft.Net)), must(t)(tax.Add(draft.Taxes[0]))
			drafts = append(drafts, draft)
		}
		order := canonical.Order{Currency: currency, Discounts: []canonical.Discount{{ID: "d", Code: "D"}}}
		// A shop rounds the tax and the net each, so that the grand total is the sum of what it prints.
		grand := must(t)(Round(net, scale).Add(Round(tax, scale)))
		if err := Settle(&order, drafts, grand, tax); err != nil {
			t.Fatal(err)
		}
		check(t, order, grand, scale)
	})
}

// check holds the sums of a settled order against each other.
func check(t *rapid.T, order canonical.Order, grand decimal.Decimal, scale int) {
	nets, taxes, shares := decimal.Zero, decimal.Zero, decimal.Zero
	whole := func(what string, amount decimal.Decimal) {
		if amount.Trunc(scale).Cmp(amount) != 0 {
			t.Fatalf("%s %s has a part of a minor unit", what, amount)
		}
	}
	for _, line := range order.Lines {
		whole("total", line.Total.Shop)
		whole("subtotal", line.Subtotal.Shop)
		nets = must(t)(nets.Add(line.Total.Shop))
		for _, tax := range line.Taxes {
			whole("tax", tax.Amount.Shop)
			taxes = must(t)(taxes.Add(tax.Amount.Shop))
		}
		discount := decimal.Zero
		for _, allocation := range line.Discounts {
			whole("discount", allocation.Amount.Shop)
			discount = must(t)(discount.Add(allocation.Amount.Shop))
		}
		shares = must(t)(shares.Add(discount))
		if before := must(t)(line.Total.Shop.Add(discount)); before.Cmp(line.Subtotal.Shop) != 0 {
			t.Fatalf("line %s: total %s and discount %s are not the subtotal %s", line.ID, line.Total.Shop, discount, line.Subtotal.Shop)
		}
	}
	stated := decimal.Zero
	for _, discount := range order.Discounts {
		stated = must(t)(stated.Add(discount.Amount.Shop))
	}
	for _, sum := range []struct {
		what      string
		got, want decimal.Decimal
	}{
		{"lines", nets, order.Totals.Net.Shop},
		{"taxes", taxes, order.Totals.Tax.Shop},
		{"net and tax", must(t)(nets.Add(taxes)), grand},
		{"discounts of the lines", shares, order.Totals.Discount.Shop},
		{"discounts", stated, shares},
	} {
		if sum.got.Cmp(sum.want) != 0 {
			t.Fatalf("the %s are %s, want %s", sum.what, sum.got, sum.want)
		}
	}
}

// must takes the result of a calculation that fits.
func must(t *rapid.T) func(decimal.Decimal, error) decimal.Decimal {
	return func(value decimal.Decimal, err error) decimal.Decimal {
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// What rounding does not explain stays as it is, for the order's validation to refuse.
func TestSettleLeavesAnUnexplainedDifference(t *testing.T) {
	t.Parallel()
	drafts := []Draft{{Line: canonical.Line{ID: "1", Kind: canonical.LineProduct}, Net: decimal.MustNew(1000, 2)}}
	order := canonical.Order{Currency: "EUR"}
	if err := Settle(&order, drafts, decimal.MustNew(1003, 2), decimal.Zero); err != nil {
		t.Fatal(err)
	}
	if line, total := order.Lines[0].Total.Shop, order.Totals.Net.Shop; line.String() != "10" || total.String() != "10.03" {
		t.Errorf("the line is %s and the total %s: three cents were explained away", line, total)
	}
}

// A line of which units were cancelled keeps the subtotal of what was ordered; a discount without an
// effect is dropped; one that is a line counts as discount.
func TestSettleSpecialLines(t *testing.T) {
	t.Parallel()
	ten, four := decimal.MustNew(10, 0), decimal.MustNew(4, 0)
	drafts := []Draft{
		{Line: canonical.Line{ID: "1", Kind: canonical.LineProduct, Qty: canonical.LineQty{Ordered: decimal.Two, Cancelled: decimal.One}}, Net: ten, Subtotal: decimal.MustNew(20, 0)},
		{Line: canonical.Line{ID: "2", Kind: canonical.LineDiscount, Qty: canonical.LineQty{Ordered: decimal.One}}, Net: four.Neg()},
	}
	order := canonical.Order{Currency: "EUR", Discounts: []canonical.Discount{{ID: "none"}}}
	if err := Settle(&order, drafts, decimal.MustNew(6, 0), decimal.Zero); err != nil {
		t.Fatal(err)
	}
	if got := order.Lines[0].Subtotal.Shop.String(); got != "20" {
		t.Errorf("the subtotal of the line with a cancelled unit is %s, want 20", got)
	}
	if got := order.Totals.Discount.Shop.String(); got != "4" {
		t.Errorf("the discount is %s, want 4", got)
	}
	if len(order.Discounts) != 0 {
		t.Errorf("a discount without effect was kept: %+v", order.Discounts)
	}
}
