package medusa_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
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
				Deliver: func(t *testing.T, id string) (http.Header, []byte) { return server.Delivery("order.placed", id) },
				Ping: func(t *testing.T) (http.Header, []byte) {
					body := []byte(`{"name":"customer.created","data":{"id":"cus_1"}}`)
					return medusatest.Sign(server.WebhookSecret, "customer.created", "d-0", body), body
				},
				SignatureHeader: "X-Medusa-Signature",
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
