package peer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

// NewArticles makes articles in the store, which cost 19.99 and of which there are thousands, and returns their variants by
// SKU. Checkouts of articles of one's own cannot get into the way of others': Medusa locks articles one by one in the order of
// the cart, so that two checkouts at the same time can wait for each other for ever.
func (m Medusa) NewArticles(t testing.TB, title string, skus ...string) map[string]string {
	t.Helper()
	prices := make([]string, len(skus))
	for i := range prices {
		prices[i] = "19.99"
	}
	return m.NewPricedArticles(t, title, skus, prices)
}

// NewPricedArticles makes articles as NewArticles does, at prices of their own in euros, net.
func (m Medusa) NewPricedArticles(t testing.TB, title string, skus, prices []string) map[string]string {
	t.Helper()
	var shop struct {
		Products []struct {
			Profile  struct{ ID string } `json:"shipping_profile"`
			Channels []struct {
				ID string `json:"id"`
			} `json:"sales_channels"`
		}
		Locations []struct{ ID string } `json:"stock_locations"`
	}
	m.admin(t, "GET", "/admin/products?limit=1&order=created_at&fields=id,*sales_channels,*shipping_profile", nil, &shop)
	m.admin(t, "GET", "/admin/stock-locations?limit=1&order=created_at", nil, &shop)
	if len(shop.Products) == 0 || len(shop.Locations) == 0 {
		t.Fatal("the Medusa here has not the seed data of `make medusa`")
	}
	variants := make([]map[string]any, len(skus))
	for i, sku := range skus {
		variants[i] = map[string]any{
			"title": sku, "sku": sku, "manage_inventory": true, "options": map[string]any{"Kind": sku},
			"prices": []any{map[string]any{"currency_code": "eur", "amount": json.Number(prices[i])}},
		}
	}
	var made struct {
		Product struct{ Variants []struct{ ID, SKU string } }
	}
	m.admin(t, "POST", "/admin/products", map[string]any{
		"title": title, "status": "published", "shipping_profile_id": shop.Products[0].Profile.ID, "sales_channels": shop.Products[0].Channels,
		"options": []any{map[string]any{"title": "Kind", "values": skus}}, "variants": variants,
	}, &made)
	found := map[string]string{}
	for _, variant := range made.Product.Variants {
		found[variant.SKU] = variant.ID
	}
	for _, sku := range skus {
		var items struct {
			Items []struct{ ID string } `json:"inventory_items"`
		}
		m.admin(t, "GET", "/admin/inventory-items?sku[]="+sku+"&fields=id", nil, &items)
		if len(items.Items) != 1 || found[sku] == "" {
			t.Fatalf("%d articles %s", len(items.Items), sku)
		}
		m.admin(t, "POST", "/admin/inventory-items/"+items.Items[0].ID+"/location-levels", map[string]any{"location_id": shop.Locations[0].ID, "stocked_quantity": 9999}, nil)
	}
	return found
}

// call makes one call, of the Admin API or else of the Store API.
func (m Medusa) call(t testing.TB, method, path string, body, into any, admin bool) {
	t.Helper()
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), method, m.URL+path, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if admin {
		request.SetBasicAuth(m.SecretKey, "")
	} else {
		request.Header.Set("x-publishable-api-key", m.PublishableKey)
	}
	client := &http.Client{Timeout: time.Minute}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%d %s", response.StatusCode, answer)
	}
	if err == nil && into != nil {
		err = json.Unmarshal(answer, into)
	}
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
}
