package shopify_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	sample := shopifytest.NewServer()
	sample.Close()
	for name, test := range map[string]struct {
		credential func(*shopifytest.Server) shopify.Credential
		prices     func(*shopifytest.Server) *marketplacetest.PriceHooks
	}{
		"token": {
			func(s *shopifytest.Server) shopify.Credential { return shopify.AccessToken(s.Token) },
			func(s *shopifytest.Server) *marketplacetest.PriceHooks { return pricesOf(s, "", shopifytest.Currency) },
		},
		"client credentials": {
			func(s *shopifytest.Server) shopify.Credential {
				return shopify.ClientCredentials(s.ClientID, s.ClientSecret)
			},
			func(s *shopifytest.Server) *marketplacetest.PriceHooks {
				return pricesOf(s, shopifytest.PriceList, shopifytest.ListCurrency)
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			marketplacetest.Run(t, marketplacetest.Harness{
				Open: func(t *testing.T, transport http.RoundTripper) marketplacetest.Shop {
					server := shopifytest.NewServer()
					t.Cleanup(server.Close)
					opened := shop(server, test.credential(server), transport)
					opened.Prices = test.prices(server)
					return opened
				},
				Secrets: []string{sample.ClientSecret},
			})
		})
	}
}

func shop(server *shopifytest.Server, credential shopify.Credential, transport http.RoundTripper) marketplacetest.Shop {
	var last atomic.Int64
	// Numbers that a float does not hold.
	const base = 9_007_199_254_740_993
	last.Store(base)
	start := time.Now().UTC().Add(-time.Hour)
	return marketplacetest.Shop{
		Adapter: shopify.New(server.URL, credential,
			shopify.WithTransport(transport), shopify.WithWebhookSecret(server.ClientSecret), shopify.WithShopDomain(server.Domain),
			shopify.WithBackoff(time.Millisecond), shopify.WithRateLimit(1000)),
		Seed: func(_ *testing.T, n int) []string {
			ids := make([]string, n)
			for i := range ids {
				id := int(last.Add(1))
				// Some share a second, as in a shop under load.
				at := start.Add(time.Duration((id-base)/3) * time.Second).Format(time.RFC3339)
				server.Put(shopifytest.SampleOrder(id, 1+id%4, "TS-M", at))
				ids[i] = fmt.Sprint(id)
			}
			return ids
		},
		Touch: func(_ *testing.T, id string) {
			server.Change(id, func(order map[string]any) { order["note"] = "changed" })
		},
		Corrupt: func(_ *testing.T, id string) {
			server.Change(id, func(order map[string]any) {
				order["totalPriceSet"] = map[string]any{"shopMoney": map[string]any{"amount": "N/A"}}
			})
		},
		Shows:   func(t *testing.T, id string) marketplacetest.ShownOrder { return sold(t, server.Order(id)) },
		Deliver: func(_ *testing.T, id string) (http.Header, []byte) { return server.Delivery("orders/updated", id) },
		Ping:    func(*testing.T) (http.Header, []byte) { return server.Delivery("carts/update", "1") },

		SignatureHeader: "X-Shopify-Hmac-Sha256",
		Stock:           stockOf(server),
		Shipments:       shipmentsOf(server),
		Listings:        listingsOf(server),
		Traces: func(_ *testing.T, id string) int {
			_, writes := server.Metafield(id, "retailsync", "reference")
			return writes
		},
	}
}

// sold is an order of the shop in the suite's words.
func sold(t *testing.T, order object) marketplacetest.ShownOrder {
	t.Helper()
	var there struct {
		Total struct {
			ShopMoney struct {
				Amount       string
				CurrencyCode canonical.Currency
			}
		} `json:"totalPriceSet"`
		LineItems struct {
			Nodes []struct {
				ID, SKU  string
				Quantity json.Number
			}
		}
	}
	if err := json.Unmarshal(encode(t, order), &there); err != nil {
		t.Fatal(err)
	}
	shop := there.Total.ShopMoney
	shown := marketplacetest.ShownOrder{Currency: shop.CurrencyCode, Total: decimal.MustParse(shop.Amount), Goods: map[string]marketplacetest.ShownLine{}}
	for _, item := range there.LineItems.Nodes {
		shown.Goods[item.ID[strings.LastIndex(item.ID, "/")+1:]] = marketplacetest.ShownLine{SKU: item.SKU, Quantity: item.Quantity.String()}
	}
	return shown
}

// stockOf drives the stock of an in-process shop.
func stockOf(server *shopifytest.Server) *marketplacetest.StockHooks {
	var articles atomic.Int64
	return &marketplacetest.StockHooks{
		Items: func(_ *testing.T, n int) []marketplace.StockItem {
			items := make([]marketplace.StockItem, n)
			for i := range items {
				items[i] = marketplace.StockItem{SKU: fmt.Sprintf("SKU-%d", articles.Add(1)), Location: shopifytest.Location}
				// Some are counted, but nowhere stocked yet.
				server.SetStock(items[i].SKU, []string{shopifytest.Location, ""}[i%2], 12)
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
		Elsewhere: "4711",
		Conflicts: true,
	}
}
