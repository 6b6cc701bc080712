// Package medusashop lets the suite for adapters see the orders of Medusa shops and drive their fulfilments.
package medusashop

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
)

// Shipments drives the fulfilments of an in-process shop.
func Shipments(server *medusatest.Server) *marketplacetest.ShipmentHooks {
	var last atomic.Int64
	var orders Orders
	return &marketplacetest.ShipmentHooks{
		Location: "sloc_main", Elsewhere: "sloc_elsewhere", Carrier: "post",
		Place: func(_ *testing.T, quantities ...int) (string, []marketplace.ShipmentLine) {
			number := int(last.Add(1))
			id := fmt.Sprintf("order_shipped_%05d", number)
			server.Put(medusatest.SampleOrder(id, number, 1, "TS-M", time.Now().UTC().Format("2006-01-02T15:04:05.000Z")))
			lines := make([]marketplace.ShipmentLine, len(quantities))
			server.Change(id, func(order map[string]any) {
				items := []any{}
				for i, quantity := range quantities {
					lines[i] = marketplace.ShipmentLine{LineID: fmt.Sprintf("%s_l%d", id, i), SKU: "TS-M", Quantity: decimal.MustNew(int64(quantity), 0)}
					items = append(items, map[string]any{
						"id": lines[i].LineID, "variant_sku": "TS-M", "quantity": quantity,
						"detail": map[string]any{"quantity": quantity, "fulfilled_quantity": 0},
					})
				}
				order["items"] = items
			})
			orders.Placed(id, lines)
			return id, lines
		},
		Shows: func(t *testing.T, order string) []marketplacetest.ShownShipment {
			return Shown(t, server.Order(order))
		},
		ByHand: func(t *testing.T, order string, lines []marketplace.ShipmentLine) {
			items := []map[string]any{}
			for _, line := range lines {
				items = append(items, map[string]any{"id": line.LineID, "quantity": json.Number(line.Quantity.String())})
			}
			call(t, server, "/admin/orders/"+order+"/fulfillments", map[string]any{"items": items})
		},
		Cancelled: func(t *testing.T, order string) map[string]string {
			return orders.Cancelled(t, server.Order(order))
		},
		Cancel: func(t *testing.T, order string) { call(t, server, "/admin/orders/"+order+"/cancel", nil) },
	}
}

// Shown are the fulfilments of an order as the Admin API shows it.
func Shown(t *testing.T, order map[string]any) []marketplacetest.ShownShipment {
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
	decode(t, order, &shows)
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

// Sold is an order as the Admin API shows it. Medusa does not round its total, which is then rounded as money is: halves away from zero.
func Sold(t *testing.T, order any) marketplacetest.ShownOrder {
	t.Helper()
	var shows struct {
		Currency string                 `json:"currency_code"`
		Total    json.Number            `json:"total"`
		Exact    struct{ Value string } `json:"raw_total"`
		Items    []struct {
			ID       string
			SKU      string `json:"variant_sku"`
			Quantity json.Number
		}
	}
	decode(t, order, &shows)
	currency := canonical.Currency(strings.ToUpper(shows.Currency))
	scale, known := currency.Exponent()
	total, ok := new(big.Rat).SetString(cmp.Or(shows.Exact.Value, shows.Total.String()))
	if !known || !ok {
		t.Fatalf("the order's total is %q %s, exactly %q", shows.Total, currency, shows.Exact.Value)
	}
	shown := marketplacetest.ShownOrder{
		Currency: currency, Total: decimal.MustParse(total.FloatString(scale)), Goods: map[string]marketplacetest.ShownLine{},
	}
	for _, item := range shows.Items {
		shown.Goods[item.ID] = marketplacetest.ShownLine{SKU: item.SKU, Quantity: item.Quantity.String()}
	}
	return shown
}

// call does what a person does in the shop.
func call(t *testing.T, server *medusatest.Server, path string, body any) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(server.SecretKey, "")
	client := &http.Client{Timeout: time.Minute}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d", path, response.StatusCode)
	}
}

// Orders remembers what orders had when they were placed: Medusa does not.
type Orders struct {
	mu     sync.Mutex
	placed map[string][]marketplace.ShipmentLine
}

// Placed notes an order.
func (o *Orders) Placed(id string, lines []marketplace.ShipmentLine) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.placed == nil {
		o.placed = map[string][]marketplace.ShipmentLine{}
	}
	o.placed[id] = lines
}

// Cancelled are the units by line that an order, as the Admin API shows it, has less than when it was placed.
func (o *Orders) Cancelled(t *testing.T, order map[string]any) map[string]string {
	t.Helper()
	var shows struct {
		ID, Status string
		Items      []struct {
			ID       string
			Quantity json.Number
		}
	}
	decode(t, order, &shows)
	o.mu.Lock()
	defer o.mu.Unlock()
	cancelled := map[string]string{}
	for _, line := range o.placed[shows.ID] {
		gone := line.Quantity
		for _, item := range shows.Items {
			if item.ID != line.LineID || shows.Status == "canceled" {
				continue
			}
			var err error
			if gone, err = line.Quantity.Sub(decimal.MustParse(item.Quantity.String())); err != nil {
				t.Fatal(err)
			}
		}
		if !gone.IsZero() {
			cancelled[line.LineID] = gone.String()
		}
	}
	return cancelled
}

func decode(t *testing.T, order, into any) {
	t.Helper()
	text, err := json.Marshal(order)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}
