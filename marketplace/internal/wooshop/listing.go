package wooshop

import (
	"fmt"
	"html"
	"sync/atomic"
	"testing"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

// Listings drives what a shop says of its products.
func Listings(server *wootest.Server) *marketplacetest.ListingHooks {
	var articles atomic.Int64
	return &marketplacetest.ListingHooks{
		SKUs: func(_ *testing.T, n int) []string {
			skus := make([]string, n)
			for i := range skus {
				skus[i] = fmt.Sprintf("LISTED-%d", articles.Add(1))
				server.PutProduct(fmt.Sprintf(`{"sku":%q,"name":"Mug &amp; more","weight":"0.3"}`, skus[i]))
			}
			return skus
		},
		Says: func(_ *testing.T, sku string) map[marketplace.ListingField]string {
			fields := server.Product(sku)
			status := map[any]string{"publish": marketplace.ListingActive, "draft": marketplace.ListingDraft, "private": marketplace.ListingArchived}
			return map[marketplace.ListingField]string{
				marketplace.ListingTitle:       html.UnescapeString(fmt.Sprint(fields["name"])),
				marketplace.ListingDescription: fmt.Sprint(fields["description"]),
				marketplace.ListingBarcode:     fmt.Sprint(fields["global_unique_id"]),
				marketplace.ListingWeight:      fmt.Sprint(fields["weight"]),
				marketplace.ListingStatus:      status[fields["status"]],
			}
		},
	}
}
