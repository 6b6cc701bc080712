package medusa_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/medusashop"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
)

// place places an order of an article with a line per quantity: lines whose metadata differ stay apart.
func (s *store) place(t *testing.T, sku, variant string, quantities ...int) (string, []marketplace.ShipmentLine) {
	t.Helper()
	s.buying.Lock()
	defer s.buying.Unlock()
	address := map[string]any{
		"first_name": "Ada", "last_name": "Byron", "address_1": "Storgatan 5",
		"city": "Stockholm", "postal_code": "11122", "country_code": "se",
	}
	var cart struct {
		Cart struct{ ID string } `json:"cart"`
	}
	s.call(t, "POST", "/store/carts", map[string]any{
		"region_id": s.region, "email": "ada@example.com", "shipping_address": address, "billing_address": address,
	}, &cart)
	path := "/store/carts/" + cart.Cart.ID
	for i, quantity := range quantities {
		s.call(t, "POST", path+"/line-items", map[string]any{
			"variant_id": variant, "quantity": quantity, "metadata": map[string]any{"position": fmt.Sprint(i)},
		}, nil)
	}
	s.call(t, "POST", path+"/shipping-methods", map[string]any{"option_id": s.option}, nil)
	var payment struct {
		Collection struct{ ID string } `json:"payment_collection"`
	}
	s.call(t, "POST", "/store/payment-collections", map[string]any{"cart_id": cart.Cart.ID}, &payment)
	s.call(t, "POST", "/store/payment-collections/"+payment.Collection.ID+"/payment-sessions", map[string]any{"provider_id": "pp_system_default"}, nil)
	var done struct {
		Order struct{ ID string } `json:"order"`
	}
	s.call(t, "POST", path+"/complete", nil, &done)
	t.Cleanup(func() {
		// An order that the test has shipped or cancelled itself stays as it is.
		_ = s.try("POST", "/admin/orders/"+done.Order.ID+"/cancel", nil, nil)
	})
	var placed struct {
		Order struct {
			Items []struct {
				ID       string
				Quantity json.Number
				Metadata struct{ Position string }
			}
		}
	}
	s.call(t, "GET", "/admin/orders/"+done.Order.ID+"?fields=id,*items", nil, &placed)
	lines := make([]marketplace.ShipmentLine, len(quantities))
	for _, item := range placed.Order.Items {
		for i := range lines {
			if item.Metadata.Position == fmt.Sprint(i) {
				lines[i] = marketplace.ShipmentLine{LineID: item.ID, SKU: sku, Quantity: decimal.MustParse(item.Quantity.String())}
			}
		}
	}
	return done.Order.ID, lines
}

func (s *store) order(t *testing.T, id string) map[string]any {
	t.Helper()
	var answer struct{ Order map[string]any }
	s.call(t, "GET", "/admin/orders/"+id+"?fields=id,status,metadata,*items,*items.detail,*fulfillments,*fulfillments.items,*fulfillments.labels", nil, &answer)
	return answer.Order
}

// shipments drives the fulfilments of the real shop.
func (s *store) shipments(t *testing.T) *marketplacetest.ShipmentHooks {
	t.Helper()
	var orders medusashop.Orders
	sku := "RS-" + rand.Text()
	variant := s.NewArticles(t, sku, sku)[sku]
	return &marketplacetest.ShipmentHooks{
		Location: s.location(t), Elsewhere: "sloc_nowhere", Carrier: "post",
		Place: func(t *testing.T, quantities ...int) (string, []marketplace.ShipmentLine) {
			id, lines := s.place(t, sku, variant, quantities...)
			orders.Placed(id, lines)
			return id, lines
		},
		Cancelled: func(t *testing.T, order string) map[string]string { return orders.Cancelled(t, s.order(t, order)) },
		Shows: func(t *testing.T, order string) []marketplacetest.ShownShipment {
			return medusashop.Shown(t, s.order(t, order))
		},
		ByHand: func(t *testing.T, order string, lines []marketplace.ShipmentLine) {
			items := []map[string]any{}
			for _, line := range lines {
				items = append(items, map[string]any{"id": line.LineID, "quantity": json.Number(line.Quantity.String())})
			}
			s.call(t, "POST", "/admin/orders/"+order+"/fulfillments", map[string]any{"items": items}, nil)
		},
		Cancel: func(t *testing.T, order string) { s.call(t, "POST", "/admin/orders/"+order+"/cancel", nil, nil) },
	}
}
