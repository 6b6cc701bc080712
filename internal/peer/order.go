package peer

import (
	"slices"
	"strings"
	"testing"
)

// MedusaOrder is an order with the ids of its lines, in the order of the variants that were sold.
type MedusaOrder struct {
	ID, PaymentID string
	Lines         []string
}

// Place places an order of units of each variant, as a shopper in Sweden does. Its payment is authorised, and not captured.
func (m Medusa) Place(t testing.TB, variants []string, units ...int) MedusaOrder {
	t.Helper()
	region, options := m.checkout(t)
	address := map[string]any{
		"first_name": "Ada", "last_name": "Byron", "address_1": "Storgatan 5",
		"city": "Stockholm", "postal_code": "11122", "country_code": "se",
	}
	var cart struct{ Cart struct{ ID string } }
	m.admin(t, "POST", "/store/carts", map[string]any{
		"region_id": region, "email": "ada@example.com", "shipping_address": address, "billing_address": address,
	}, &cart)
	path := "/store/carts/" + cart.Cart.ID
	for i, variant := range variants {
		m.admin(t, "POST", path+"/line-items", map[string]any{"variant_id": variant, "quantity": units[i]}, nil)
	}
	m.admin(t, "POST", path+"/shipping-methods", map[string]any{"option_id": options["Standard"]}, nil)
	var payment struct {
		Collection struct{ ID string } `json:"payment_collection"`
	}
	m.admin(t, "POST", "/store/payment-collections", map[string]any{"cart_id": cart.Cart.ID}, &payment)
	m.admin(t, "POST", "/store/payment-collections/"+payment.Collection.ID+"/payment-sessions", map[string]any{"provider_id": "pp_system_default"}, nil)
	var done struct{ Order struct{ ID string } }
	m.admin(t, "POST", path+"/complete", nil, &done)
	var placed struct {
		Order struct {
			Items []struct {
				ID      string
				Variant string `json:"variant_id"`
			}
			Collections []struct{ Payments []struct{ ID string } } `json:"payment_collections"`
		}
	}
	admin := "/admin/orders/" + done.Order.ID
	m.admin(t, "GET", admin, nil, &placed)
	if len(placed.Order.Items) != len(variants) || len(placed.Order.Collections) != 1 || len(placed.Order.Collections[0].Payments) != 1 {
		t.Fatalf("the order is not as it was placed: %+v", placed)
	}
	sold := MedusaOrder{ID: done.Order.ID, Lines: make([]string, len(variants)), PaymentID: placed.Order.Collections[0].Payments[0].ID}
	for _, item := range placed.Order.Items {
		if i := slices.Index(variants, item.Variant); i >= 0 {
			sold.Lines[i] = item.ID
		}
	}
	return sold
}

// Sell places an order, captures what it costs and ships it.
func (m Medusa) Sell(t testing.TB, variants []string, units ...int) MedusaOrder {
	t.Helper()
	sold := m.Place(t, variants, units...)
	m.Capture(t, sold.PaymentID)
	admin, items := "/admin/orders/"+sold.ID, sold.items(units)
	var fulfilled struct {
		Order struct{ Fulfillments []struct{ ID string } }
	}
	m.admin(t, "POST", admin+"/fulfillments?fields=id,*fulfillments", map[string]any{"items": items}, &fulfilled)
	m.admin(t, "POST", admin+"/fulfillments/"+fulfilled.Order.Fulfillments[0].ID+"/shipments", map[string]any{"items": items, "labels": []any{}}, nil)
	return sold
}

// Capture captures all that a payment has authorised.
func (m Medusa) Capture(t testing.TB, payment string) {
	t.Helper()
	m.admin(t, "POST", "/admin/payments/"+payment+"/capture", map[string]any{}, nil)
}

// Refunds are what was given back of a payment, each in major units as Medusa writes it, the oldest first.
func (m Medusa) Refunds(t testing.TB, payment string) []string {
	t.Helper()
	var shows struct {
		Payment struct {
			Refunds []struct {
				Raw struct{ Value string } `json:"raw_amount"`
			}
		}
	}
	m.admin(t, "GET", "/admin/payments/"+payment+"?fields=id,*refunds", nil, &shows)
	var amounts []string
	for _, refund := range shows.Payment.Refunds {
		amounts = append(amounts, refund.Raw.Value)
	}
	return amounts
}

// OpenChange leaves a change of an order open, as a person does who begins to edit it.
func (m Medusa) OpenChange(t testing.TB, order string) {
	t.Helper()
	m.admin(t, "POST", "/admin/order-edits", map[string]any{"order_id": order}, nil)
}

// checkout finds what a checkout needs.
func (m Medusa) checkout(t testing.TB) (region string, options map[string]string) {
	t.Helper()
	var regions struct{ Regions []struct{ ID, Name string } }
	m.admin(t, "GET", "/admin/regions", nil, &regions)
	for _, one := range regions.Regions {
		if one.Name == "Sweden" {
			region = one.ID
		}
	}
	var found struct {
		Options []struct{ ID, Name string } `json:"shipping_options"`
	}
	m.admin(t, "GET", "/admin/shipping-options?limit=50", nil, &found)
	options = map[string]string{}
	for _, one := range found.Options {
		options[one.Name] = one.ID
	}
	if region == "" || options["Standard"] == "" || options["Return by post"] == "" {
		t.Fatal("the Medusa here has not the seed data of `make medusa`")
	}
	return region, options
}

// items are units of the lines as requests have them.
func (o MedusaOrder) items(units []int) []any {
	var items []any
	for i, quantity := range units {
		if quantity > 0 {
			items = append(items, map[string]any{"id": o.Lines[i], "quantity": quantity})
		}
	}
	return items
}

// AskReturn asks for the return of units of each line, as a shopper does, and returns its id. It has no location, and a label of the post.
func (m Medusa) AskReturn(t testing.TB, order MedusaOrder, units ...int) string {
	t.Helper()
	_, options := m.checkout(t)
	var asked struct{ Return struct{ ID string } }
	m.admin(t, "POST", "/store/returns", map[string]any{
		"order_id": order.ID, "items": order.items(units),
		"return_shipping": map[string]any{"option_id": options["Return by post"]},
	}, &asked)
	return asked.Return.ID
}

// Exchange exchanges units of the first line for as many of another variant, as a person of the shop does; the way back costs the buyer what
// is said. It returns the ids of the exchange, of its return and of the new line.
func (m Medusa) Exchange(t testing.TB, order MedusaOrder, units int, variant string, fee int) (exchange, back, line string) {
	t.Helper()
	_, options := m.checkout(t)
	var made struct{ Exchange struct{ ID string } }
	m.admin(t, "POST", "/admin/exchanges", map[string]any{"order_id": order.ID}, &made)
	path := "/admin/exchanges/" + made.Exchange.ID
	m.admin(t, "POST", path+"/inbound/items", map[string]any{"items": order.items([]int{units})}, nil)
	m.admin(t, "POST", path+"/inbound/shipping-method", map[string]any{"shipping_option_id": options["Return by post"], "custom_amount": fee}, nil)
	m.admin(t, "POST", path+"/outbound/items", map[string]any{"items": []any{map[string]any{"variant_id": variant, "quantity": units}}}, nil)
	m.admin(t, "POST", path+"/outbound/shipping-method", map[string]any{"shipping_option_id": options["Standard"], "custom_amount": 0}, nil)
	m.admin(t, "POST", path+"/request", map[string]any{}, nil)
	var shows struct {
		Exchange struct {
			Return string `json:"return_id"`
			Items  []struct {
				Line string `json:"item_id"`
			} `json:"additional_items"`
		}
	}
	m.admin(t, "GET", path+"?fields=id,return_id,*additional_items", nil, &shows)
	if shows.Exchange.Return == "" || len(shows.Exchange.Items) != 1 {
		t.Fatalf("the exchange is not as it was made: %+v", shows)
	}
	return made.Exchange.ID, shows.Exchange.Return, shows.Exchange.Items[0].Line
}

// Claim writes off units of the first line that the buyer need not send back, and returns the claim's id.
func (m Medusa) Claim(t testing.TB, order MedusaOrder, units int) string {
	t.Helper()
	var made struct{ Claim struct{ ID string } }
	m.admin(t, "POST", "/admin/claims", map[string]any{"order_id": order.ID, "type": "refund"}, &made)
	path := "/admin/claims/" + made.Claim.ID
	m.admin(t, "POST", path+"/claim-items", map[string]any{"items": []any{map[string]any{"id": order.Lines[0], "quantity": units, "reason": "wrong_item"}}}, nil)
	m.admin(t, "POST", path+"/request", map[string]any{}, nil)
	return made.Claim.ID
}

// Admin makes one call of the Admin API, or of the Store API, and decodes the answer into the given value unless that is nil. Any answer but
// 200 fails the test.
func (m Medusa) Admin(t testing.TB, method, path string, body, into any) {
	t.Helper()
	m.admin(t, method, path, body, into)
}

// admin makes one call.
func (m Medusa) admin(t testing.TB, method, path string, body, into any) {
	t.Helper()
	m.call(t, method, path, body, into, strings.HasPrefix(path, "/admin"))
}
