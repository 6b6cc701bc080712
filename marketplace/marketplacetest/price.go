package marketplacetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
)

// PriceHooks drive the shop's side of prices.
type PriceHooks struct {
	// Items makes the shop sell n articles and returns them, all in one currency and on one list. Their prices do not
	// matter.
	Items func(t *testing.T, n int) []marketplace.PriceItem
	// Charges returns what the shop charges for an item now: the regular price, and the sale price as it is kept.
	Charges func(t *testing.T, item marketplace.PriceItem) (decimal.Decimal, *marketplace.SalePrice)
	// Sales says that the shop has sale prices with a time. Without them one is refused with [marketplace.CodeInvalid] and the
	// Path "sale".
	Sales bool
	// Undated says that the shop has sale prices, but none with a time: only those without one are taken.
	Undated bool
	// Elsewhere is the id of a price list that the shop does not have; empty for shops with base prices only.
	Elsewhere string
	// NoCurrency is a currency that the shop does not sell in; empty for shops that take any.
	NoCurrency canonical.Currency
}

func (s Shop) prices(t *testing.T, n int) (marketplace.PricePublisher, []marketplace.PriceItem) {
	t.Helper()
	publisher, ok := s.Adapter.(marketplace.PricePublisher)
	if !ok {
		t.Skip("the adapter does not publish prices")
	}
	if s.Prices == nil {
		t.Skip("the harness has no Prices")
	}
	items := s.Prices.Items(t, n)
	if len(items) != n {
		t.Fatalf("Items(%d) returned %d", n, len(items))
	}
	return publisher, items
}

// cents is an amount of so many minor units.
func cents(t *testing.T, item marketplace.PriceItem, n int) decimal.Decimal {
	t.Helper()
	amount, err := item.Currency.FromMinor(int64(n))
	if err != nil {
		t.Fatal(err)
	}
	return amount
}

func pricesOf(t *testing.T, items []marketplace.PriceItem, minor func(i int) int) []marketplace.Price {
	t.Helper()
	prices := make([]marketplace.Price, len(items))
	for i, item := range items {
		prices[i] = marketplace.Price{PriceItem: item, Amount: cents(t, item, minor(i)), Key: fmt.Sprintf("%s/%d", item.SKU, minor(i))}
	}
	return prices
}

// charge sets prices and follows those that are pending to their end.
func charge(t *testing.T, publisher marketplace.PricePublisher, prices []marketplace.Price) []marketplace.PriceResult {
	t.Helper()
	results, err := publisher.PublishPrices(context.Background(), prices)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != len(prices) {
		t.Fatalf("%d results for %d prices", len(results), len(prices))
	}
	for i, result := range results {
		if result.Item != prices[i].PriceItem {
			t.Errorf("result %d is of %v, want %v: results are in the order of the prices", i, result.Item, prices[i].PriceItem)
		}
		for round := 0; result.Outcome == marketplace.PricePending; round++ {
			follower, ok := publisher.(marketplace.PriceFollower)
			if !ok || result.Ticket == "" || round > 1000 {
				t.Fatalf("%v stays pending (ticket %q)", result.Item, result.Ticket)
			}
			followed, err := follower.FollowPrices(context.Background(), []string{result.Ticket})
			if err != nil || len(followed) != 1 {
				t.Fatalf("following %v: %d results, %v", result.Item, len(followed), err)
			}
			result = followed[0]
			results[i] = result
		}
		if rejected := result.Outcome == marketplace.PriceRejected; rejected != (result.Err != nil) {
			t.Errorf("%v is %s with the error %v", result.Item, result.Outcome, result.Err)
		}
	}
	return results
}

func charged(t *testing.T, results []marketplace.PriceResult) {
	t.Helper()
	for _, result := range results {
		if result.Outcome != marketplace.PriceAccepted {
			t.Errorf("%v is %s: %v", result.Item, result.Outcome, result.Err)
		}
	}
}

// charges compares what the shop charges, and what the adapter reads, with a price.
func (s Shop) charges(t *testing.T, want marketplace.Price) {
	t.Helper()
	differs := func(amount decimal.Decimal, sale *marketplace.SalePrice) bool {
		return !amount.Equal(want.Amount) || (sale == nil) != (want.Sale == nil) || sale != nil && !(sale.Amount.Equal(want.Sale.Amount) &&
			sale.From.Equal(want.Sale.From) && sale.Until.Equal(want.Sale.Until))
	}
	if amount, sale := s.Prices.Charges(t, want.PriceItem); differs(amount, sale) {
		t.Errorf("the shop charges %s, on sale %+v, for %v, want %s, on sale %+v", amount, sale, want.PriceItem, want.Amount, want.Sale)
	}
	reader, ok := s.Adapter.(marketplace.PriceReader)
	if !ok {
		return
	}
	readings, err := reader.ReadPrices(context.Background(), []marketplace.PriceItem{want.PriceItem})
	if err != nil {
		t.Fatal(err)
	}
	if len(readings) != 1 || readings[0].Err != nil || readings[0].Item != want.PriceItem || differs(readings[0].Amount, readings[0].Sale) {
		t.Errorf("read %+v, want %s, on sale %+v, for %v", readings, want.Amount, want.Sale, want.PriceItem)
	}
}

// Prices are set, raised and lowered; setting them again changes nothing.
func testPrices(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	publisher, items := shop.prices(t, 3)
	if publisher.PriceBatch() < 1 {
		t.Fatalf("PriceBatch() is %d", publisher.PriceBatch())
	}
	for _, base := range []int{1999, 5, 5, 123456} {
		prices := pricesOf(t, items, func(i int) int { return base * (i + 1) })
		charged(t, charge(t, publisher, prices))
		for _, price := range prices {
			shop.charges(t, price)
		}
	}
	none, err := publisher.PublishPrices(context.Background(), nil)
	if err != nil || len(none) != 0 {
		t.Errorf("no prices: %v, %v", none, err)
	}
}

// A sale price comes, moves, changes and ends; a price without one ends it.
func testSalePrices(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	publisher, items := shop.prices(t, 2)
	day := time.Now().UTC().Truncate(24 * time.Hour)
	sale := func(minor int, from, until time.Time) *marketplace.SalePrice {
		return &marketplace.SalePrice{Amount: cents(t, items[0], minor), From: from, Until: until}
	}
	for i, step := range []struct {
		amount int
		sale   *marketplace.SalePrice
	}{
		{1000, nil},
		{1000, sale(799, day.AddDate(0, 0, -2), day.AddDate(0, 0, 5))},
		{1000, sale(699, day.AddDate(0, 0, -2), day.AddDate(0, 0, 5))},
		{1200, sale(699, day.AddDate(0, 0, 2), day.AddDate(0, 0, 9))},
		{1200, sale(650, day.AddDate(0, 0, 2), time.Time{})},
		{1200, sale(650, time.Time{}, time.Time{})},
		{1200, nil},
	} {
		prices := pricesOf(t, items, func(int) int { return step.amount })
		prices[0].Sale, prices[0].Key = step.sale, fmt.Sprint("sale ", i)
		results := charge(t, publisher, prices)
		charged(t, results[1:])
		shop.charges(t, prices[1])
		undated := step.sale != nil && step.sale.From.IsZero() && step.sale.Until.IsZero()
		if !shop.Prices.Sales && step.sale != nil && !(shop.Prices.Undated && undated) {
			if failure := expect(t, "a sale price", h, wire, results[0].Err, marketplace.CodeInvalid); failure != nil && failure.Path != "sale" {
				t.Errorf("a sale price: the path is %q, want \"sale\"", failure.Path)
			}
			continue
		}
		charged(t, results[:1])
		shop.charges(t, prices[0])
	}
}

// One price that is refused never holds up the others, and says why.
func testPricesIsolate(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	publisher, items := shop.prices(t, 2)
	prices := pricesOf(t, items, func(i int) int { return 100 * (i + 3) })
	bad := func(path string, change func(*marketplace.Price)) {
		price := prices[0]
		change(&price)
		price.Key = path
		results := charge(t, publisher, []marketplace.Price{prices[0], price, prices[1]})
		charged(t, []marketplace.PriceResult{results[0], results[2]})
		code := marketplace.CodeNotFound
		if path == "amount" {
			code = marketplace.CodeInvalid
		}
		if failure := expect(t, "a price with another "+path, h, wire, results[1].Err, code); failure != nil && failure.Path != path {
			t.Errorf("the path is %q, want %q", failure.Path, path)
		}
		shop.charges(t, prices[0])
		shop.charges(t, prices[1])
	}
	bad("sku", func(p *marketplace.Price) { p.SKU = "NO-SUCH-ARTICLE" })
	bad("sku", func(p *marketplace.Price) { p.SKU = "" })
	bad("amount", func(p *marketplace.Price) { p.Amount = decimal.MustParse("-1") })
	if shop.Prices.Elsewhere != "" {
		bad("list", func(p *marketplace.Price) { p.List = shop.Prices.Elsewhere })
	}
	if shop.Prices.NoCurrency != "" {
		bad("currency", func(p *marketplace.Price) { p.Currency = shop.Prices.NoCurrency })
	}
	if reader, ok := shop.Adapter.(marketplace.PriceReader); ok {
		unknown := items[0]
		unknown.SKU = "NO-SUCH-ARTICLE"
		readings, err := reader.ReadPrices(context.Background(), []marketplace.PriceItem{unknown, items[0]})
		if err != nil || len(readings) != 2 {
			t.Fatalf("%d readings, %v", len(readings), err)
		}
		if readings[1].Err != nil || !readings[1].Amount.Equal(prices[0].Amount) {
			t.Errorf("read %+v beside an unknown article", readings[1])
		}
		expect(t, "reading an unknown article", h, wire, readings[0].Err, marketplace.CodeNotFound)
	}
}

// A write whose reply is lost is reported as such; setting the price again is safe.
func testPricesLost(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	publisher, items := shop.prices(t, 2)
	charged(t, charge(t, publisher, pricesOf(t, items, func(int) int { return 100 })))
	writes := wire.LoseReplies()
	prices := pricesOf(t, items, func(i int) int { return 100 * (i + 6) })
	results, err := publisher.PublishPrices(context.Background(), prices)
	if err == nil {
		for _, result := range results {
			if result.Outcome == marketplace.PriceAccepted {
				t.Errorf("%v is accepted though the reply was lost", result.Item)
			}
			expect(t, "a price whose reply is lost", h, wire, result.Err, marketplace.CodeUnknown, marketplace.CodeUnavailable)
		}
	} else {
		expect(t, "prices whose reply is lost", h, wire, err, marketplace.CodeUnknown, marketplace.CodeUnavailable)
	}
	if writes() == 0 {
		t.Error("nothing was written")
	}
	wire.Set(nil)
	charged(t, charge(t, publisher, prices))
	for _, price := range prices {
		shop.charges(t, price)
	}
}
