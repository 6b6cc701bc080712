package medusa_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/medusashop"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	var region atomic.Int64 // prices of a region and everywhere by turns
	marketplacetest.Run(t, marketplacetest.Harness{
		Open: func(t *testing.T, transport http.RoundTripper) marketplacetest.Shop {
			server := medusatest.NewServer()
			t.Cleanup(server.Close)
			var last atomic.Int64
			start := time.Now().UTC().Add(-time.Hour)
			return marketplacetest.Shop{
				Adapter: medusa.New(server.URL, medusa.SecretKey(server.SecretKey),
					medusa.WithTransport(transport), medusa.WithWebhookSecret(server.WebhookSecret),
					medusa.WithBackoff(time.Millisecond), medusa.WithRateLimit(1000)),
				Seed: func(t *testing.T, n int) []string {
					ids := make([]string, n)
					for i := range ids {
						number := int(last.Add(1))
						ids[i] = fmt.Sprintf("order_%05d", number)
						at := start.Add(time.Duration(number/3) * time.Millisecond).Format("2006-01-02T15:04:05.000Z")
						server.Put(medusatest.SampleOrder(ids[i], number, 1+number%4, "TS-M", at))
					}
					return ids
				},
				Touch: func(t *testing.T, id string) {
					server.Change(id, func(order map[string]any) { order["email"] = "new@example.com" })
				},
				Corrupt: func(t *testing.T, id string) {
					server.Change(id, func(order map[string]any) { order["total"] = map[string]any{"not": "a number"} })
				},
				Shows:   func(t *testing.T, id string) marketplacetest.ShownOrder { return medusashop.Sold(t, server.Order(id)) },
				Deliver: func(t *testing.T, id string) (http.Header, []byte) { return server.Delivery("order.placed", id) },
				Ping: func(t *testing.T) (http.Header, []byte) {
					body := []byte(`{"name":"customer.created","data":{"id":"cus_1"}}`)
					return medusatest.Sign(server.WebhookSecret, "customer.created", "d-0", body), body
				},
				SignatureHeader: "X-Medusa-Signature",
				Stock:           stockOf(server),
				Shipments:       medusashop.Shipments(server),
				Prices:          pricesOf(server, []string{"", "reg_eu"}[region.Add(1)%2]),
				Listings:        listingsOf(server),
				Traces: func(t *testing.T, id string) int {
					metadata, _ := server.Order(id)["metadata"].(map[string]any)
					if metadata["retailsync_reference"] == nil {
						return 0
					}
					return 1
				},
			}
		},
	})
}

// stockOf drives the stock of an in-process shop.
func stockOf(server *medusatest.Server) *marketplacetest.StockHooks {
	var articles atomic.Int64
	return &marketplacetest.StockHooks{
		Items: func(_ *testing.T, n int) []marketplace.StockItem {
			items := make([]marketplace.StockItem, n)
			for i := range items {
				items[i] = marketplace.StockItem{SKU: fmt.Sprintf("SKU-%d", articles.Add(1)), Location: "sloc_main"}
				// Some are counted, but nowhere stocked yet.
				server.SetStock(items[i].SKU, []string{"sloc_main", ""}[i%2], 12)
			}
			return items
		},
		Shows: func(t *testing.T, item marketplace.StockItem) decimal.Decimal {
			available, ok := server.Available(item.SKU, item.Location)
			if !ok {
				t.Errorf("%v is not stocked", item)
			}
			return decimal.MustNew(int64(available), 0)
		},
		Sell:      func(_ *testing.T, item marketplace.StockItem) { server.Sell(item.SKU, item.Location, 1) },
		Elsewhere: "sloc_elsewhere",
		Conflicts: true,
	}
}
