package medusa_test

import (
	"crypto/rand"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
)

// product makes one with a variant per SKU at a real Medusa, and takes it away with its sale prices after the test.
func (s *store) product(t *testing.T, skus ...string) string {
	t.Helper()
	values, variants := []string{}, []any{}
	for _, sku := range skus {
		values = append(values, sku)
		variants = append(variants, map[string]any{
			"title": sku, "sku": sku, "options": map[string]string{"Kind": sku},
			"prices": []any{map[string]any{"currency_code": "gbp", "amount": 77.5}},
		})
	}
	var made struct {
		Product struct{ ID string } `json:"product"`
	}
	s.call(t, "POST", "/admin/products", map[string]any{
		"title": "Test " + skus[0], "options": []any{map[string]any{"title": "Kind", "values": values}}, "variants": variants,
	}, &made)
	t.Cleanup(func() { _ = s.try("DELETE", "/admin/products/"+made.Product.ID, nil, nil) })
	return made.Product.ID
}

func (s *store) prices(region string) *marketplacetest.PriceHooks {
	return &marketplacetest.PriceHooks{
		Items: func(t *testing.T, n int) []marketplace.PriceItem {
			items, skus := make([]marketplace.PriceItem, n), make([]string, n)
			for i := range items {
				skus[i] = "RS-" + rand.Text()
				items[i] = marketplace.PriceItem{SKU: skus[i], List: region, Currency: "EUR"}
			}
			s.product(t, skus...)
			return items
		},
		Charges: func(t *testing.T, item marketplace.PriceItem) (decimal.Decimal, *marketplace.SalePrice) {
			var answer struct {
				Variants []struct {
					ID     string
					Prices []struct {
						Currency string `json:"currency_code"`
						Amount   decimal.Decimal
						Rules    map[string]string
					}
				}
			}
			s.call(t, "GET", "/admin/product-variants?fields=id,*prices,*prices.price_rules&sku[]="+url.QueryEscape(item.SKU), nil, &answer)
			var amount decimal.Decimal
			others := 0
			for _, price := range answer.Variants[0].Prices {
				if strings.EqualFold(price.Currency, string(item.Currency)) && price.Rules["region_id"] == item.List {
					amount = price.Amount
				} else {
					others++
				}
			}
			if others != 1 {
				t.Errorf("%v has %d other prices, want its one in pounds", item, others)
			}
			return amount, s.sale(t, answer.Variants[0].ID, item)
		},
		Sales: true, Elsewhere: "reg_elsewhere", NoCurrency: "SEK",
	}
}

// sale is the price of a variant on any price list.
func (s *store) sale(t *testing.T, variant string, item marketplace.PriceItem) *marketplace.SalePrice {
	t.Helper()
	var lists struct {
		Lists []struct {
			ID       string
			StartsAt *time.Time `json:"starts_at"`
			EndsAt   *time.Time `json:"ends_at"`
		} `json:"price_lists"`
	}
	s.call(t, "GET", "/admin/price-lists?limit=500&fields=id,starts_at,ends_at", nil, &lists)
	var found *marketplace.SalePrice
	for _, list := range lists.Lists {
		var prices struct {
			Prices []struct {
				Currency string `json:"currency_code"`
				Amount   decimal.Decimal
				Set      struct{ Variant struct{ ID string } } `json:"price_set"`
				Rules    []struct{ Value string }              `json:"price_rules"`
			}
		}
		if s.try("GET", "/admin/price-lists/"+list.ID+"/prices?limit=500", nil, &prices) != nil {
			continue // another test took it away
		}
		for _, price := range prices.Prices {
			region := ""
			for _, rule := range price.Rules {
				region = rule.Value
			}
			if price.Set.Variant.ID != variant || region != item.List || !strings.EqualFold(price.Currency, string(item.Currency)) {
				continue
			}
			if found != nil {
				t.Errorf("%v has several sale prices", item)
			}
			found = &marketplace.SalePrice{Amount: price.Amount}
			if list.StartsAt != nil {
				found.From = *list.StartsAt
			}
			if list.EndsAt != nil {
				found.Until = *list.EndsAt
			}
		}
	}
	return found
}

func (s *store) listings() *marketplacetest.ListingHooks {
	return &marketplacetest.ListingHooks{
		SKUs: func(t *testing.T, n int) []string {
			skus := make([]string, n)
			for i := range skus {
				skus[i] = "RS-" + rand.Text()
				s.product(t, skus[i])
			}
			return skus
		},
		Says: func(t *testing.T, sku string) map[marketplace.ListingField]string {
			var answer struct {
				Variants []map[string]json.RawMessage
			}
			s.call(t, "GET", "/admin/product-variants?fields=id,barcode,weight,hs_code,origin_country,product.title,product.description,product.status,product.metadata&sku[]="+url.QueryEscape(sku), nil, &answer)
			says := map[string]any{}
			read := func(raw json.RawMessage) {
				if err := json.Unmarshal(raw, &says); err != nil {
					t.Fatal(err)
				}
			}
			read(answer.Variants[0]["product"])
			for _, name := range []string{"barcode", "weight", "hs_code", "origin_country"} {
				read(json.RawMessage(`{"` + name + `":` + string(answer.Variants[0][name]) + `}`))
			}
			return inWords(says)
		},
	}
}
