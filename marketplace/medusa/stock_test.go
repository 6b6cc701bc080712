package medusa_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
)

func shopWithStock(t *testing.T, transport http.RoundTripper) (*medusatest.Server, *medusa.Adapter) {
	t.Helper()
	server := medusatest.NewServer()
	t.Cleanup(server.Close)
	server.SetStock("MUG", "sloc_main", 12)
	return server, medusa.New(server.URL, medusa.SecretKey(server.SecretKey), medusa.WithTransport(transport), medusa.WithBackoff(time.Millisecond))
}

func publishOne(t *testing.T, adapter *medusa.Adapter, location string, units int64) (marketplace.StockResult, error) {
	t.Helper()
	results, err := adapter.PublishStock(context.Background(), []marketplace.StockLevel{{
		StockItem: marketplace.StockItem{SKU: "MUG", Location: location}, Quantity: decimal.MustNew(units, 0),
	}})
	if err != nil {
		return marketplace.StockResult{}, err
	}
	return results[0], nil
}

// A shop with one location needs no name for it; a shop with several does.
func TestStockWithoutLocation(t *testing.T) {
	t.Parallel()
	server, adapter := shopWithStock(t, nil)
	if result, err := publishOne(t, adapter, "", 3); err != nil || result.Outcome != marketplace.StockAccepted {
		t.Errorf("%+v, %v", result, err)
	}
	if units, _ := server.Available("MUG", "sloc_main"); units != 3 {
		t.Errorf("the shop shows %d, want 3", units)
	}
	server.AddLocation("sloc_second")
	if _, err := publishOne(t, adapter, "", 4); marketplace.CodeOf(err) != marketplace.CodeInvalid {
		t.Errorf("two locations and none named: %v", err)
	}
}

// between does something before the first write passes.
type between struct {
	next http.RoundTripper
	do   func()
}

func (b *between) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method != http.MethodGet && b.do != nil {
		b.do()
		b.do = nil
	}
	return b.next.RoundTrip(request)
}

// What happens between reading the reservations and writing the level never shows units that were sold.
func TestStockRaces(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		happens func(*medusatest.Server)
		want    int
	}{
		"nothing":      {func(*medusatest.Server) {}, 7},
		"a sale":       {func(s *medusatest.Server) { s.Sell("MUG", "sloc_main", 1) }, 6},
		"a fulfilment": {func(s *medusatest.Server) { s.Ship("MUG", "sloc_main", 2) }, 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wire := &between{next: http.DefaultTransport}
			server, adapter := shopWithStock(t, wire)
			server.Sell("MUG", "sloc_main", 3)
			wire.do = func() { test.happens(server) }
			if result, err := publishOne(t, adapter, "sloc_main", 7); err != nil || result.Outcome != marketplace.StockAccepted {
				t.Fatalf("%+v, %v", result, err)
			}
			if units, _ := server.Available("MUG", "sloc_main"); units != test.want {
				t.Errorf("the shop shows %d, want %d", units, test.want)
			}
		})
	}
}

// canned answers everything with one body.
type canned []byte

func (c canned) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Request: request, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(c)), ContentLength: int64(len(c)),
	}, nil
}

// No answer makes the reader panic or a reading that is neither a quantity nor an error.
func FuzzReadStock(f *testing.F) {
	f.Add([]byte(`{"inventory_items":[{"id":"i","sku":"MUG","location_levels":[{"location_id":"l","stocked_quantity":7,"reserved_quantity":"2"}]}]}`))
	f.Add([]byte(`{"inventory_items":[{"sku":"MUG","location_levels":{"0":{"location_id":"l","stocked_quantity":[1]}}},{"sku":"MUG"}]}`))
	f.Add([]byte(`{"inventory_items":null,"stock_locations":[{"id":"l"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		adapter := medusa.New("https://shop.example.com", medusa.SecretKey("sk_x"), medusa.WithTransport(canned(body)), medusa.WithRateLimit(1e9), medusa.WithBackoff(time.Nanosecond))
		items := []marketplace.StockItem{{SKU: "MUG", Location: "l"}, {SKU: "MUG", Location: "m"}}
		readings, err := adapter.ReadStock(context.Background(), items)
		if err == nil && len(readings) != len(items) {
			t.Errorf("%d readings of %d items", len(readings), len(items))
		}
		for _, reading := range readings {
			if reading.Err != nil && marketplace.CodeOf(reading.Err) == "" {
				t.Errorf("an error without a code: %v", reading.Err)
			}
		}
		if _, err := adapter.ListStock(context.Background(), ""); err != nil && marketplace.CodeOf(err) == "" {
			t.Errorf("an error without a code: %v", err)
		}
	})
}
