package shopify_test

import (
	"context"
	"fmt"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
)

// Read a shop's orders to the present end of the stream.
func Example() {
	server := shopifytest.NewServer(shopifytest.SampleOrder(450789469, 3, "TS-M", "2026-03-01T12:00:00Z"))
	defer server.Close()

	shop := shopify.New(server.URL, shopify.ClientCredentials(server.ClientID, server.ClientSecret))
	var query marketplace.OrderQuery
	for {
		page, err := shop.ListOrders(context.Background(), query)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, fetched := range page.Orders {
			totals := fetched.Order.Totals
			fmt.Println(fetched.Key, fetched.Order.Status, totals.Net.Shop, totals.Tax.Shop, totals.Grand.Shop)
		}
		if query.Cursor = page.Cursor; !page.More {
			break // store the cursor: the next run goes on from there
		}
	}
	// Output:
	// shopify/main/450789469 confirmed 59.92 4.49 64.41
}
