package medusa_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
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
				Stock:           stockOf(server),
				Shipments:       shipmentsOf(server, start, &last),
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

// shipmentsOf drives the fulfilments of an in-process shop.
func shipmentsOf(server *medusatest.Server, start time.Time, last *atomic.Int64) *marketplacetest.ShipmentHooks {
	return &marketplacetest.ShipmentHooks{
		Location: "sloc_main", Elsewhere: "sloc_elsewhere", Carrier: "post",
		Place: func(_ *testing.T, quantities ...int) (string, []marketplace.ShipmentLine) {
			number := int(last.Add(1))
			id := fmt.Sprintf("order_%05d", number)
			server.Put(medusatest.SampleOrder(id, number, 1, "TS-M", start.Format("2006-01-02T15:04:05.000Z")))
			lines := make([]marketplace.ShipmentLine, len(quantities))
			server.Change(id, func(order map[string]any) {
				items := []any{}
				for i, quantity := range quantities {
					lines[i] = marketplace.ShipmentLine{LineID: fmt.Sprintf("%s_l%d", id, i), SKU: "TS-M", Quantity: decimal.MustNew(int64(quantity), 0)}
					items = append(items, map[string]any{
						"id": lines[i].LineID, "variant_sku": "TS-M", "quantity": float64(quantity),
						"detail": map[string]any{"quantity": float64(quantity), "fulfilled_quantity": 0.0},
					})
				}
				order["items"] = items
			})
			return id, lines
		},
		Shows: func(t *testing.T, order string) []marketplacetest.ShownShipment {
			return shownBy(t, server.Order(order))
		},
		ByHand: func(t *testing.T, order string, lines []marketplace.ShipmentLine) {
			items := []map[string]any{}
			for _, line := range lines {
				items = append(items, map[string]any{"id": line.LineID, "quantity": json.Number(line.Quantity.String())})
			}
			call(t, server, "/admin/orders/"+order+"/fulfillments", map[string]any{"items": items})
		},
		Cancel: func(t *testing.T, order string) { call(t, server, "/admin/orders/"+order+"/cancel", nil) },
	}
}

// shownBy are the fulfilments of an order as the Admin API shows it.
func shownBy(t *testing.T, order map[string]any) []marketplacetest.ShownShipment {
	t.Helper()
	var shows struct {
		Fulfillments []struct {
			CanceledAt  *string `json:"canceled_at"`
			DeliveredAt *string `json:"delivered_at"`
			Items       []struct {
				Line     string      `json:"line_item_id"`
				Quantity json.Number `json:"quantity"`
			}
			Labels []struct {
				Number string `json:"tracking_number"`
			}
		}
	}
	text, err := json.Marshal(order)
	if err == nil {
		err = json.Unmarshal(text, &shows)
	}
	if err != nil {
		t.Fatal(err)
	}
	var all []marketplacetest.ShownShipment
	for _, one := range shows.Fulfillments {
		if one.CanceledAt != nil {
			continue
		}
		s := marketplacetest.ShownShipment{Lines: map[string]string{}, Delivered: one.DeliveredAt != nil}
		for _, item := range one.Items {
			s.Lines[item.Line] = item.Quantity.String()
		}
		for _, label := range one.Labels {
			s.Tracking = append(s.Tracking, label.Number)
		}
		all = append(all, s)
	}
	return all
}

// call does what a person does in the shop.
func call(t *testing.T, server *medusatest.Server, path string, body any) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, server.URL+path, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(server.SecretKey, "")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d", path, response.StatusCode)
	}
}
