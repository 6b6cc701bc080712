package medusa_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
)

// pricesOf drives the prices of an in-process shop, in a region or everywhere.
func pricesOf(server *medusatest.Server, region string) *marketplacetest.PriceHooks {
	var articles atomic.Int64
	return &marketplacetest.PriceHooks{
		Items: func(_ *testing.T, n int) []marketplace.PriceItem {
			items := make([]marketplace.PriceItem, n)
			skus := make([]string, n)
			for i := range items {
				skus[i] = fmt.Sprintf("PRICED-%d", articles.Add(1))
				items[i] = marketplace.PriceItem{SKU: skus[i], List: region, Currency: "EUR"}
			}
			// Two are variants of one product.
			server.AddProduct("Tee", skus[:min(2, n)]...)
			if n > 2 {
				server.AddProduct("Mug", skus[2:]...)
			}
			return items
		},
		Charges: func(t *testing.T, item marketplace.PriceItem) (decimal.Decimal, *marketplace.SalePrice) {
			amount, err := decimal.Parse(server.Price(item.SKU, strings.ToLower(string(item.Currency)), item.List))
			if err != nil {
				t.Errorf("%v: %v", item, err)
			}
			sales := server.SalePrices(item.SKU, strings.ToLower(string(item.Currency)), item.List)
			if len(sales) == 0 {
				return amount, nil
			}
			if len(sales) > 1 {
				t.Errorf("%v has several sale prices: %v", item, sales)
			}
			return amount, &marketplace.SalePrice{Amount: decimal.MustParse(sales[0].Amount), From: sales[0].From, Until: sales[0].Until}
		},
		Sales: true, Elsewhere: "reg_elsewhere", NoCurrency: "SEK",
	}
}

// listingsOf drives the listings of an in-process shop.
func listingsOf(server *medusatest.Server) *marketplacetest.ListingHooks {
	var articles atomic.Int64
	return &marketplacetest.ListingHooks{
		SKUs: func(_ *testing.T, n int) []string {
			skus := make([]string, n)
			for i := range skus {
				skus[i] = fmt.Sprintf("LISTED-%d", articles.Add(1))
				server.AddProduct("Listed", skus[i])
			}
			return skus
		},
		Says: func(_ *testing.T, sku string) map[marketplace.ListingField]string { return inWords(server.Says(sku)) },
	}
}

// inWords puts what Medusa says of a variant and its product into the words of listings.
func inWords(says map[string]any) map[marketplace.ListingField]string {
	text := func(name string) string {
		if says[name] == nil {
			return ""
		}
		return fmt.Sprint(says[name])
	}
	fields := map[marketplace.ListingField]string{
		marketplace.ListingTitle: text("title"), marketplace.ListingDescription: text("description"), marketplace.ListingBarcode: text("barcode"),
		marketplace.ListingHSCode: text("hs_code"), marketplace.ListingOrigin: strings.ToUpper(text("origin_country")),
		marketplace.ListingStatus: marketplace.ListingDraft, marketplace.ListingWeight: "",
	}
	metadata, _ := says["metadata"].(map[string]any)
	switch {
	case text("status") == "published":
		fields[marketplace.ListingStatus] = marketplace.ListingActive
	case metadata["retailsync_status"] == "archived":
		fields[marketplace.ListingStatus] = marketplace.ListingArchived
	}
	if grams, err := decimal.Parse(text("weight")); err == nil {
		kilograms, _ := grams.Quo(decimal.Thousand)
		fields[marketplace.ListingWeight] = kilograms.Trim(0).String()
	}
	return fields
}

func pricedShop(t *testing.T) (*medusatest.Server, *medusa.Adapter) {
	t.Helper()
	server := medusatest.NewServer()
	t.Cleanup(server.Close)
	server.AddProduct("Mug", "MUG", "CUP")
	return server, medusa.New(server.URL, medusa.SecretKey(server.SecretKey), medusa.WithBackoff(time.Millisecond), medusa.WithRateLimit(1000))
}

func price(sku, region, amount string) marketplace.Price {
	return marketplace.Price{PriceItem: marketplace.PriceItem{SKU: sku, List: region, Currency: "EUR"}, Amount: decimal.MustParse(amount)}
}

func publishPrices(t *testing.T, adapter *medusa.Adapter, prices ...marketplace.Price) {
	t.Helper()
	results, err := adapter.PublishPrices(context.Background(), prices)
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range results {
		if result.Outcome != marketplace.PriceAccepted {
			t.Fatal(result.Err)
		}
	}
}

// A price leaves alone those of other currencies and regions, which Medusa sets all at once.
func TestPricesBesideOthers(t *testing.T) {
	t.Parallel()
	server, adapter := pricedShop(t)
	server.AddRegion("reg_se", "sek")
	server.SetPrice("MUG", "sek", "", "119")
	server.SetPrice("MUG", "sek", "reg_se", "99.5")
	publishPrices(t, adapter, price("MUG", "", "10"), price("MUG", "reg_eu", "9.5"), price("CUP", "", "7"))
	publishPrices(t, adapter, price("MUG", "", "11"))
	got := []string{
		server.Price("MUG", "eur", ""), server.Price("MUG", "eur", "reg_eu"), server.Price("MUG", "sek", ""), server.Price("MUG", "sek", "reg_se"), server.Price("CUP", "eur", ""),
	}
	if diff := cmp.Diff([]string{"11", "9.5", "119", "99.5", "7"}, got); diff != "" {
		t.Errorf("prices (-want +got):\n%s", diff)
	}
}

// One list serves all sales of one time; a list whose time is long over is deleted.
func TestSaleLists(t *testing.T) {
	t.Parallel()
	_, adapter := pricedShop(t)
	now := time.Now().UTC().Truncate(time.Second)
	sale := func(sku string, from, until time.Time) marketplace.Price {
		p := price(sku, "", "10")
		p.Sale = &marketplace.SalePrice{Amount: decimal.MustParse("8"), From: from, Until: until}
		return p
	}
	read := func(sku string) *marketplace.SalePrice {
		readings, err := adapter.ReadPrices(context.Background(), []marketplace.PriceItem{{SKU: sku, Currency: "EUR"}})
		if err != nil || readings[0].Err != nil {
			t.Fatal(err, readings)
		}
		return readings[0].Sale
	}
	publishPrices(t, adapter, sale("MUG", now, now.Add(time.Hour)), sale("CUP", now, now.Add(time.Hour)))
	if read("MUG") == nil || read("CUP") == nil {
		t.Error("no sale price")
	}
	publishPrices(t, adapter, sale("CUP", now.AddDate(0, 0, -9), now.AddDate(0, 0, -2)))
	if got := read("CUP"); got != nil {
		t.Errorf("a sale that is over is shown: %+v", got)
	}
	if read("MUG") == nil {
		t.Error("another's sale price has gone")
	}
}

// No answer makes the reader panic, or a reading that is neither a price nor an error.
func FuzzReadPrices(f *testing.F) {
	f.Add([]byte(`{"variants":[{"id":"v","sku":"MUG","product_id":"p","prices":[{"id":"1","currency_code":"eur","amount":9.5,"rules":{}}]}],"stores":[{"supported_currencies":[{"currency_code":"eur"}]}],"price_lists":[],"prices":[]}`))
	f.Add([]byte(`{"variants":[{"sku":"MUG","prices":{"0":{"currency_code":7,"amount":[1],"rules":[]}},"product":{"metadata":[]}},{"sku":"MUG"}],"stores":[{"supported_currencies":null}],"price_lists":[{"id":"l","type":"sale","title":"retailsync sale","starts_at":"x"}]}`))
	f.Add([]byte(`{"variants":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		adapter := medusa.New("https://shop.example.com", medusa.SecretKey("sk_x"), medusa.WithTransport(canned(body)), medusa.WithRateLimit(1e9), medusa.WithBackoff(time.Nanosecond))
		items := []marketplace.PriceItem{{SKU: "MUG", Currency: "EUR"}, {SKU: "MUG", List: "reg", Currency: "SEK"}}
		readings, err := adapter.ReadPrices(context.Background(), items)
		if err != nil && marketplace.CodeOf(err) == "" {
			t.Errorf("an error without a code: %v", err)
		}
		if err == nil && len(readings) != len(items) {
			t.Errorf("%d readings of %d items", len(readings), len(items))
		}
		for _, reading := range readings {
			if reading.Err != nil && marketplace.CodeOf(reading.Err) == "" {
				t.Errorf("an error without a code: %v", reading.Err)
			}
		}
		if _, err := adapter.ListListings(context.Background(), ""); err != nil && marketplace.CodeOf(err) == "" {
			t.Errorf("an error without a code: %v", err)
		}
	})
}
