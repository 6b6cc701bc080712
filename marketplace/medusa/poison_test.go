package medusa_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
)

// poison fails every write that speaks of something, as a shop does whose record is damaged.
type poison struct {
	of     string
	status int
	writes int
}

func (p *poison) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodGet {
		return http.DefaultTransport.RoundTrip(request)
	}
	p.writes++
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	if p.of != "" && !strings.Contains(request.URL.Path+string(body), p.of) {
		return http.DefaultTransport.RoundTrip(request)
	}
	return &http.Response{
		StatusCode: p.status, Request: request, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(`{"type":"unknown_error","message":"An unknown error occurred."}`)),
	}, nil
}

func poisoned(t *testing.T, wire *poison) (*medusatest.Server, *medusa.Adapter) {
	t.Helper()
	server := medusatest.NewServer()
	t.Cleanup(server.Close)
	server.AddRegion("reg_us", "usd")
	return server, medusa.New(server.URL, medusa.SecretKey(server.SecretKey), medusa.WithTransport(wire), medusa.WithBackoff(time.Millisecond), medusa.WithRateLimit(1000))
}

// A level that the shop refuses, or fails over, never holds up the others of its batch.
func TestStockOfAPoisonedItem(t *testing.T) {
	t.Parallel()
	wire := &poison{status: http.StatusBadRequest}
	server, adapter := poisoned(t, wire)
	var levels []marketplace.StockLevel
	for _, sku := range []string{"A", "BAD", "C"} {
		server.SetStock(sku, "sloc_main", 12)
		levels = append(levels, marketplace.StockLevel{StockItem: marketplace.StockItem{SKU: sku, Location: "sloc_main"}, Quantity: decimal.MustNew(5, 0)})
	}
	wire.of = "iitem_00002"
	results, err := adapter.PublishStock(context.Background(), levels)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{5, 12, 5} {
		if units, _ := server.Available(levels[i].SKU, "sloc_main"); units != want || (results[i].Outcome == marketplace.StockAccepted) != (want == 5) {
			t.Errorf("%s: the shop shows %d, want %d: %+v", levels[i].SKU, units, want, results[i])
		}
	}
	if marketplace.CodeOf(results[1].Err) != marketplace.CodeInvalid {
		t.Errorf("refused with %v", results[1].Err)
	}
}

// A product that the shop fails over never holds up the prices and texts of others; a shop that fails at all is left alone soon.
func TestProductsBesideAPoisonedOne(t *testing.T) {
	t.Parallel()
	wire := &poison{status: http.StatusInternalServerError}
	server, adapter := poisoned(t, wire)
	var prices []marketplace.Price
	var listings []marketplace.Listing
	for _, sku := range []string{"A", "BAD", "C", "D", "E"} {
		product := server.AddProduct("A product", sku)
		if sku == "BAD" {
			wire.of = product
		}
		prices = append(prices, marketplace.Price{PriceItem: marketplace.PriceItem{SKU: sku, Currency: "USD"}, Amount: decimal.MustNew(500, 2)})
		listings = append(listings, marketplace.Listing{SKU: sku, Fields: map[marketplace.ListingField]string{marketplace.ListingTitle: "New"}})
	}
	priced, err := adapter.PublishPrices(context.Background(), prices)
	if err != nil {
		t.Fatal(err)
	}
	listed, err := adapter.PublishListings(context.Background(), listings)
	if err != nil {
		t.Fatal(err)
	}
	for i, price := range prices {
		bad := price.SKU == "BAD"
		if got := server.Price(price.SKU, "usd", ""); (got == "") != bad || (marketplace.CodeOf(priced[i].Err) == marketplace.CodeUnknown) != bad {
			t.Errorf("%s costs %q: %+v", price.SKU, got, priced[i])
		}
		if title := server.Says(price.SKU)["title"]; (title == "New") == bad || (marketplace.CodeOf(listed[i].Err) == marketplace.CodeUnknown) != bad {
			t.Errorf("%s says %v: %+v", price.SKU, title, listed[i])
		}
	}
	wire.of, wire.writes = "", 0
	for i := range prices {
		prices[i].Amount = decimal.MustNew(600, 2)
	}
	if _, err := adapter.PublishPrices(context.Background(), prices); marketplace.CodeOf(err) != marketplace.CodeUnknown || wire.writes > 2 {
		t.Errorf("a shop that fails at all: %d writes, %v", wire.writes, err)
	}
}
