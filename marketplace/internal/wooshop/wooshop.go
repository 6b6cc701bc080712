// Package wooshop lets the suite for adapters drive the in-process WooCommerce shop.
package wooshop

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

// Adapter returns the adapter of a shop, quick to try again.
func Adapter(server *wootest.Server, transport http.RoundTripper) *woocommerce.Adapter {
	return woocommerce.New(server.URL, woocommerce.Keys(server.Key, server.Secret),
		woocommerce.WithTransport(transport), woocommerce.WithWebhookSecret(server.WebhookSecret),
		woocommerce.WithBackoff(time.Millisecond), woocommerce.WithRateLimit(1000))
}

// Open returns the hooks of a shop with an adapter on it.
func Open(server *wootest.Server, adapter marketplace.Adapter) marketplacetest.Shop {
	var last atomic.Int64
	last.Store(700)
	start := time.Now().UTC().Add(-time.Hour)
	return marketplacetest.Shop{
		Adapter: adapter,
		Seed: func(_ *testing.T, n int) []string {
			ids := make([]string, n)
			for i := range ids {
				id := int(last.Add(1))
				// Some share a second, as in a shop under load.
				at := start.Add(time.Duration((id-700)/3) * time.Second).Format("2006-01-02T15:04:05")
				server.Put(wootest.SampleOrder(id, 1+id%4, "TS-M", at))
				ids[i] = fmt.Sprint(id)
			}
			return ids
		},
		Touch: func(_ *testing.T, id string) {
			server.Change(id, func(order map[string]any) { order["customer_note"] = "changed" })
		},
		Corrupt: func(_ *testing.T, id string) {
			server.Change(id, func(order map[string]any) { order["total"] = "N/A" })
		},
		Shows:   func(t *testing.T, id string) marketplacetest.ShownOrder { return shows(t, server.Order(id)) },
		Deliver: func(_ *testing.T, id string) (http.Header, []byte) { return server.Delivery("order.updated", id) },
		Ping:    func(*testing.T) (http.Header, []byte) { return server.Ping() },

		SignatureHeader: "X-WC-Webhook-Signature",
		Stock:           Stock(server),
		Shipments:       Shipments(server),
		Prices:          Prices(server),
		Listings:        Listings(server),
		Traces: func(_ *testing.T, id string) int {
			count := 0
			list, _ := server.Order(id)["meta_data"].([]any)
			for _, entry := range list {
				if object, ok := entry.(map[string]any); ok && object["key"] == "_retailsync_reference" {
					count++
				}
			}
			return count
		},
	}
}

// shows is an order of the shop in the suite's words.
func shows(t *testing.T, order map[string]any) marketplacetest.ShownOrder {
	t.Helper()
	var there struct {
		Currency canonical.Currency `json:"currency"`
		Total    string             `json:"total"`
		Items    []struct {
			ID       json.Number `json:"id"`
			SKU      string      `json:"sku"`
			Quantity json.Number `json:"quantity"`
		} `json:"line_items"`
	}
	text, err := json.Marshal(order)
	if err == nil {
		err = json.Unmarshal(text, &there)
	}
	if err != nil {
		t.Fatal(err)
	}
	shown := marketplacetest.ShownOrder{Currency: there.Currency, Total: decimal.MustParse(there.Total), Goods: map[string]marketplacetest.ShownLine{}}
	for _, item := range there.Items {
		shown.Goods[item.ID.String()] = marketplacetest.ShownLine{SKU: item.SKU, Quantity: item.Quantity.String()}
	}
	return shown
}
