package wooshop

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

// Stock drives the stock of a shop with articles of all kinds that it can count.
func Stock(server *wootest.Server) *marketplacetest.StockHooks {
	var articles atomic.Int64
	return &marketplacetest.StockHooks{
		Items: func(_ *testing.T, n int) []marketplace.StockItem {
			items := make([]marketplace.StockItem, n)
			for i := range items {
				sku := fmt.Sprintf("SKU-%d", articles.Add(1))
				items[i].SKU = sku
				switch i % 4 {
				case 0:
					server.SetStock(sku, 12)
				case 1: // a variation that counts
					product := server.PutProduct(`{"name":"Tee","type":"variable"}`)
					server.PutVariation(product, fmt.Sprintf(`{"sku":%q,"manage_stock":true,"stock_quantity":12}`, sku))
				case 2: // a variation that is counted with its product
					product := server.PutProduct(`{"name":"Tee","type":"variable","manage_stock":true,"stock_quantity":30}`)
					server.PutVariation(product, fmt.Sprintf(`{"sku":%q}`, sku))
				case 3: // not counted yet
					server.PutProduct(fmt.Sprintf(`{"sku":%q,"name":"Mug"}`, sku))
				}
			}
			return items
		},
		Shows: func(t *testing.T, item marketplace.StockItem) decimal.Decimal {
			units, ok := server.Stock(item.SKU)
			if !ok {
				t.Errorf("%v is not counted", item)
			}
			return units
		},
		Sell:      func(_ *testing.T, item marketplace.StockItem) { server.Sell(item.SKU, 1) },
		Conflicts: true,
	}
}
