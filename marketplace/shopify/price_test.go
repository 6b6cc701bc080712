package shopify_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
)

func priceOf(sku, list string, currency canonical.Currency, amount string, sale *marketplace.SalePrice) marketplace.Price {
	return marketplace.Price{PriceItem: marketplace.PriceItem{SKU: sku, List: list, Currency: currency}, Amount: decimal.MustParse(amount), Sale: sale, Key: sku + amount}
}

func saleOf(amount string, from, until time.Time) *marketplace.SalePrice {
	return &marketplace.SalePrice{Amount: decimal.MustParse(amount), From: from, Until: until}
}

// toldPrice is an outcome with what its error says.
type toldPrice struct {
	Outcome marketplace.PriceOutcome
	Code    marketplace.Code
	Path    string
}

func publishPrices(t *testing.T, adapter *shopify.Adapter, prices ...marketplace.Price) []toldPrice {
	t.Helper()
	results, err := adapter.PublishPrices(context.Background(), prices)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]toldPrice, len(results))
	for i, result := range results {
		all[i].Outcome = result.Outcome
		var failure *marketplace.Error
		if errors.As(result.Err, &failure) {
			all[i].Code, all[i].Path = failure.Code, failure.Path
		}
		if result.Item != prices[i].PriceItem {
			t.Errorf("result %d is of %v", i, result.Item)
		}
	}
	return all
}

// A sale price is what is charged, with the regular one to compare with; what has a time of its own is refused, and what is
// over is none.
func TestSalePrices(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	before, after := now.Add(-time.Hour), now.Add(time.Hour)
	accepted, refused := toldPrice{Outcome: marketplace.PriceAccepted}, toldPrice{marketplace.PriceRejected, marketplace.CodeInvalid, "sale"}
	for _, list := range []struct {
		name     string
		currency canonical.Currency
	}{{"", shopifytest.Currency}, {shopifytest.PriceList, shopifytest.ListCurrency}} {
		server := shopifytest.NewServer()
		server.SetPrice("A", "10.00", "")
		adapter := open(t, server)
		for _, step := range []struct {
			sale            *marketplace.SalePrice
			want            toldPrice
			amount, compare string
		}{
			{nil, accepted, "20", ""},
			{saleOf("15.50", time.Time{}, time.Time{}), accepted, "15.50", "20"},
			{saleOf("14", before, time.Time{}), accepted, "14", "20"},
			{saleOf("1", before, after), refused, "14", "20"},
			{saleOf("1", after, time.Time{}), refused, "14", "20"},
			{saleOf("1", time.Time{}, after), refused, "14", "20"},
			{saleOf("1", time.Time{}, before), accepted, "20", ""},
			{saleOf("20", time.Time{}, time.Time{}), accepted, "20", ""},
			{saleOf("21", time.Time{}, time.Time{}), refused, "20", ""},
			{saleOf("1.001", time.Time{}, time.Time{}), refused, "20", ""},
		} {
			got := publishPrices(t, adapter, priceOf("A", list.name, list.currency, "20", step.sale))
			if got[0] != step.want {
				t.Errorf("list %q, sale %+v: %v", list.name, step.sale, got[0])
			}
			if amount, compare := server.Price("A", list.name); amount != step.amount || compare != step.compare {
				t.Errorf("list %q, sale %+v: the shop charges %s, compared with %s", list.name, step.sale, amount, compare)
			}
			readings, err := adapter.ReadPrices(context.Background(), []marketplace.PriceItem{{SKU: "A", List: list.name, Currency: list.currency}})
			if err != nil || readings[0].Err != nil {
				t.Fatal(err, readings)
			}
			regular := step.compare
			if regular == "" {
				regular = step.amount
			}
			if !readings[0].Amount.Equal(decimal.MustParse(regular)) || (readings[0].Sale != nil) != (step.compare != "") ||
				readings[0].Sale != nil && !readings[0].Sale.Amount.Equal(decimal.MustParse(step.amount)) {
				t.Errorf("list %q, sale %+v: read %+v", list.name, step.sale, readings[0])
			}
		}
	}
}

// An old price to compare with that is not higher is no sale, and goes with the next price.
func TestPriceStaleCompare(t *testing.T) {
	t.Parallel()
	server := shopifytest.NewServer()
	server.SetPrice("A", "10.00", "8.00")
	adapter := open(t, server)
	readings, err := adapter.ReadPrices(context.Background(), []marketplace.PriceItem{{SKU: "A", Currency: "EUR"}})
	if err != nil || readings[0].Sale != nil || readings[0].Amount.String() != "10.00" {
		t.Errorf("read %+v, %v", readings, err)
	}
	publishPrices(t, adapter, priceOf("A", "", "EUR", "10", nil))
	if amount, compare := server.Price("A", ""); amount != "10" || compare != "" {
		t.Errorf("the shop charges %s, compared with %s", amount, compare)
	}
}

func TestPriceRefusals(t *testing.T) {
	t.Parallel()
	server := shopifytest.NewServer()
	for _, sku := range []string{"A", "B", "TWICE"} {
		server.SetPrice(sku, "1.00", "")
	}
	server.AddVariant("TWICE", "")
	adapter := open(t, server)
	const list, foreign = shopifytest.PriceList, shopifytest.ListCurrency
	got := publishPrices(t, adapter,
		priceOf("A", "", "EUR", "5", nil), priceOf("NONE", "", "EUR", "5", nil), priceOf("TWICE", "", "EUR", "5", nil), priceOf("A", "", "USD", "5", nil),
		priceOf("A", "", "EUR", "-5", nil), priceOf("A", "", "EUR", "5.001", nil), priceOf("A", "", "???", "5", nil),
		priceOf("A", list, foreign, "50", nil), priceOf("B", list, "EUR", "50", nil), priceOf("NONE", list, foreign, "50", nil),
		priceOf("A", "3002", foreign, "50", nil), priceOf("A", "list", foreign, "50", nil), priceOf("B", "", "EUR", "6", nil))
	accepted := toldPrice{Outcome: marketplace.PriceAccepted}
	rejected := func(code marketplace.Code, path string) toldPrice {
		return toldPrice{marketplace.PriceRejected, code, path}
	}
	want := []toldPrice{
		accepted, rejected(marketplace.CodeNotFound, "sku"), rejected(marketplace.CodeInvalid, "sku"), rejected(marketplace.CodeNotFound, "currency"),
		rejected(marketplace.CodeInvalid, "amount"), rejected(marketplace.CodeInvalid, "amount"), rejected(marketplace.CodeNotFound, "currency"),
		accepted, rejected(marketplace.CodeNotFound, "currency"), rejected(marketplace.CodeNotFound, "sku"),
		rejected(marketplace.CodeNotFound, "list"), rejected(marketplace.CodeNotFound, "list"), accepted,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, want := range [][3]string{{"A", "", "5"}, {"B", "", "6"}, {"A", list, "50"}, {"B", list, ""}} {
		if amount, _ := server.Price(want[0], want[1]); amount != want[2] {
			t.Errorf("the shop charges %q for %s on %q", amount, want[0], want[1])
		}
	}
	readings, err := adapter.ReadPrices(context.Background(), []marketplace.PriceItem{
		{SKU: "A", List: list, Currency: foreign}, {SKU: "B", List: list, Currency: foreign}, {SKU: "A", List: list, Currency: "EUR"},
		{SKU: "A", List: "3002", Currency: foreign}, {SKU: "NONE", List: list, Currency: foreign}, {SKU: "A", Currency: "USD"}, {SKU: "A", Currency: "EUR"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var read []string
	for _, reading := range readings {
		text := reading.Amount.String()
		var failure *marketplace.Error
		if errors.As(reading.Err, &failure) {
			text = fmt.Sprint(failure.Code, " ", failure.Path)
		}
		read = append(read, text)
	}
	// B costs on the list what it costs else, in the list's currency.
	if diff := cmp.Diff([]string{"50", "6", "not_found currency", "not_found list", "not_found sku", "not_found currency", "5"}, read); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

// A hundred prices of as many products cost few calls, and none that is right already is written.
func TestPricesInBulk(t *testing.T) {
	t.Parallel()
	server := shopifytest.NewServer()
	var prices []marketplace.Price
	for i := range 100 {
		sku := fmt.Sprintf("S-%03d-", i)
		if server.SetPrice(sku, "1.00", ""); i%2 == 1 {
			server.AddVariant("sibling", sku)
		}
		prices = append(prices, priceOf(sku, "", "EUR", "2.00", nil))
	}
	var calls atomic.Int64
	adapter := open(t, server, shopify.WithTransport(counting(&calls)))
	publishPrices(t, adapter, prices...)
	if server.PriceWrites() != 100 || calls.Load() != 2+10 {
		t.Errorf("%d prices written by %d calls", server.PriceWrites(), calls.Load())
	}
	publishPrices(t, adapter, prices...)
	if server.PriceWrites() != 100 {
		t.Errorf("%d prices written again", server.PriceWrites()-100)
	}
}

// Whatever the shop answers, no price comes of what cannot be read, and nothing panics.
func FuzzPriceAnswers(f *testing.F) {
	f.Add(`{"data":{"shop":{"currencyCode":"EUR"},"productVariants":{"nodes":[{"id":"gid://shopify/ProductVariant/1","sku":"A","price":"10.00","compareAtPrice":null,"product":{"id":"gid://shopify/Product/1"}}]},"variants0":{"userErrors":[{"field":["variants","0","price"],"message":"no"}]}}}`)
	f.Add(`{"data":{"shop":{"currencyCode":"EUR"},"productVariants":{"nodes":[{"id":"gid://shopify/ProductVariant/1","sku":"A","price":"10.00","product":{"id":"gid://shopify/Product/1"}}]},"priceList":{"currency":"EUR","prices":{"nodes":[{"price":{"amount":"x"},"variant":{"id":"gid://shopify/ProductVariant/1"}}],"pageInfo":{"hasNextPage":true,"endCursor":"a"}}},"priceListFixedPricesAdd":{"userErrors":[{}]}}}`)
	f.Add(`{"data":{"shop":7,"productVariants":{"nodes":[{"id":1,"sku":"A","price":[]}]}}}`)
	f.Fuzz(func(t *testing.T, body string) {
		adapter := played(t, body)
		for _, list := range []string{"", "1"} {
			results, err := adapter.PublishPrices(context.Background(), []marketplace.Price{priceOf("A", list, "EUR", "5", nil)})
			if err == nil && (len(results) != 1 || (results[0].Outcome == marketplace.PriceRejected) != (results[0].Err != nil)) {
				t.Errorf("published %+v", results)
			}
			readings, err := adapter.ReadPrices(context.Background(), []marketplace.PriceItem{{SKU: "A", List: list, Currency: "EUR"}})
			if err == nil && len(readings) != 1 {
				t.Errorf("read %+v", readings)
			}
		}
	})
}
