package woocommerce_test

import (
	"context"
	"fmt"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

// Read a shop's orders to the present end of the stream.
func Example() {
	server := wootest.NewServer(wootest.SampleOrder(727, 3, "TS-M", "2026-03-01T12:00:00"))
	defer server.Close()

	shop := woocommerce.New(server.URL, woocommerce.Keys(server.Key, server.Secret))
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
	// woocommerce/main/727 confirmed 59.92 4.49 64.41
}
