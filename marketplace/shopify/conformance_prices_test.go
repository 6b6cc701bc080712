package shopify_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
)

// pricesOf drives the prices of an in-process shop, on one of its price lists or, if list is empty, its base prices.
func pricesOf(server *shopifytest.Server, list string, currency canonical.Currency) *marketplacetest.PriceHooks {
	var articles atomic.Int64
	return &marketplacetest.PriceHooks{
		Items: func(_ *testing.T, n int) []marketplace.PriceItem {
			items := make([]marketplace.PriceItem, n)
			for i := range items {
				items[i] = marketplace.PriceItem{SKU: fmt.Sprintf("PRICED-%d-", articles.Add(1)), List: list, Currency: currency}
				server.SetPrice(items[i].SKU, "12.00", "")
			}
			return items
		},
		Charges: func(t *testing.T, item marketplace.PriceItem) (decimal.Decimal, *marketplace.SalePrice) {
			amount, compare := server.Price(item.SKU, item.List)
			if compare == "" {
				return decimal.MustParse(amount), nil
			}
			return decimal.MustParse(compare), &marketplace.SalePrice{Amount: decimal.MustParse(amount)}
		},
		Undated: true, Elsewhere: "4711", NoCurrency: "USD",
	}
}

// listingsOf drives the listings of an in-process shop.
func listingsOf(server *shopifytest.Server) *marketplacetest.ListingHooks {
	var articles atomic.Int64
	return &marketplacetest.ListingHooks{
		SKUs: func(_ *testing.T, n int) []string {
			skus := make([]string, n)
			for i := range skus {
				skus[i] = fmt.Sprintf("LISTED-%d-", articles.Add(1))
				server.AddVariant(skus[i], "")
			}
			return skus
		},
		Says: func(_ *testing.T, sku string) map[marketplace.ListingField]string {
			says := server.Listing(sku)
			weight := says.Weight
			if weight == "0" {
				weight = ""
			}
			return map[marketplace.ListingField]string{
				marketplace.ListingTitle: says.Title, marketplace.ListingDescription: says.Description, marketplace.ListingStatus: strings.ToLower(says.Status),
				marketplace.ListingBarcode: says.Barcode, marketplace.ListingWeight: weight, marketplace.ListingHSCode: says.HSCode, marketplace.ListingOrigin: says.Origin,
			}
		},
	}
}
