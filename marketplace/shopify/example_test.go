package shopify_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/govalues/decimal"

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

// Read all orders of a shop by a bulk operation, and go on from where that ends.
func ExampleAdapter_Backfill() {
	server := shopifytest.NewServer(
		shopifytest.SampleOrder(1, 1, "TS-M", "2026-03-01T12:00:00Z"), shopifytest.SampleOrder(2, 2, "TS-M", "2026-03-01T12:05:00Z"))
	defer server.Close()

	shop := shopify.New(server.URL, shopify.AccessToken(server.Token))
	var query marketplace.OrderQuery
	for more := true; more; {
		page, err := shop.Backfill().ListOrders(context.Background(), query)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, fetched := range page.Orders {
			fmt.Println(fetched.Key, fetched.Order.Totals.Grand.Shop)
		}
		query.Cursor, more = page.Cursor, page.More
	}
	// Output:
	// shopify/main/1 21.43
	// shopify/main/2 42.92
}

// Answer a webhook: verify it, queue its notice, and import the order from there.
func ExampleAdapter_ReceiveWebhook() {
	server := shopifytest.NewServer(shopifytest.SampleOrder(1, 1, "TS-M", "2026-03-01T12:00:00Z"))
	defer server.Close()

	shop := shopify.New(server.URL, shopify.AccessToken(server.Token),
		shopify.WithWebhookSecret(server.ClientSecret), shopify.WithShopDomain(server.Domain))
	receive := func(header http.Header, body []byte) int {
		notices, err := shop.ReceiveWebhook(context.Background(), header, body)
		switch marketplace.CodeOf(err) {
		case "":
		case marketplace.CodeUnauthenticated:
			return http.StatusUnauthorized
		default:
			return http.StatusBadRequest
		}
		for _, notice := range notices {
			fmt.Println(notice.Kind, notice.Key, notice.EventID)
		}
		return http.StatusOK
	}
	header, body := server.Delivery("orders/updated", "1")
	fmt.Println(receive(header, body))
	fmt.Println(receive(header, append(body, ' ')))
	// Output:
	// order shopify/main/1 event-1
	// 200
	// 401
}

// Set levels, each from what the shop was believed to show.
func ExampleAdapter_PublishStock() {
	server := shopifytest.NewServer()
	defer server.Close()
	server.SetStock("TS-M", shopifytest.Location, 7)
	server.SetStock("TS-L", shopifytest.Location, 2)

	shop := shopify.New(server.URL, shopify.AccessToken(server.Token))
	seven := decimal.MustNew(7, 0)
	results, err := shop.PublishStock(context.Background(), []marketplace.StockLevel{
		{StockItem: marketplace.StockItem{SKU: "TS-M", Location: shopifytest.Location}, Quantity: decimal.MustNew(5, 0), Expected: &seven},
		{StockItem: marketplace.StockItem{SKU: "TS-L", Location: shopifytest.Location}, Quantity: decimal.MustNew(5, 0), Expected: &seven},
		{StockItem: marketplace.StockItem{SKU: "TS-XL", Location: shopifytest.Location}, Quantity: decimal.MustNew(5, 0)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, result := range results {
		fmt.Println(result.Item.SKU, result.Outcome, result.Err == nil)
	}
	// Output:
	// TS-M accepted true
	// TS-L conflict true
	// TS-XL rejected false
}

// Tell the shop what has left, and later by which number.
func ExampleAdapter_PublishShipment() {
	server := shopifytest.NewServer(shopifytest.SampleOrder(1, 3, "TS-M", "2026-03-01T12:00:00Z"))
	defer server.Close()

	shop := shopify.New(server.URL, shopify.AccessToken(server.Token))
	shipment := marketplace.Shipment{
		OrderID: "1", Reference: "my-odoo/WH/OUT/00042", Carrier: "DHL",
		Lines: []marketplace.ShipmentLine{{LineID: "11", SKU: "TS-M", Quantity: decimal.MustNew(2, 0)}},
	}
	for _, numbers := range [][]string{nil, {"JD014600003"}, {"JD014600003"}} {
		shipment.Packages = nil
		for _, number := range numbers {
			shipment.Packages = append(shipment.Packages, marketplace.Package{TrackingNumber: number})
		}
		result, err := shop.PublishShipment(context.Background(), shipment)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(result.Outcome, result.ID, result.Already)
	}
	// Output:
	// confirmed 70001 false
	// confirmed 70001 false
	// confirmed 70001 true
}

// Remove a unit that cannot be delivered from an order.
func ExampleAdapter_PublishCancellation() {
	server := shopifytest.NewServer(shopifytest.SampleOrder(1, 3, "TS-M", "2026-03-01T12:00:00Z"))
	defer server.Close()

	shop := shopify.New(server.URL, shopify.AccessToken(server.Token))
	result, err := shop.PublishCancellation(context.Background(), marketplace.Cancellation{
		OrderID: "1", Reference: "my-odoo/S00042", Reason: "INVENTORY",
		Lines: []marketplace.ShipmentLine{{LineID: "11", SKU: "TS-M", Quantity: decimal.One}},
	})
	edits, note := server.Edits("1")
	fmt.Println(result.Outcome, err, edits, note)
	// Output: confirmed <nil> 1 Odoo my-odoo/S00042: INVENTORY
}

// Charge a sale price with the regular one to compare with.
func ExampleAdapter_PublishPrices() {
	server := shopifytest.NewServer()
	defer server.Close()
	server.SetPrice("TS-M", "19.99", "")

	shop := shopify.New(server.URL, shopify.AccessToken(server.Token))
	results, err := shop.PublishPrices(context.Background(), []marketplace.Price{{
		PriceItem: marketplace.PriceItem{SKU: "TS-M", Currency: "EUR"},
		Amount:    decimal.MustParse("24.99"), Sale: &marketplace.SalePrice{Amount: decimal.MustParse("17.99")},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	amount, compareAt := server.Price("TS-M", "")
	fmt.Println(results[0].Outcome, amount, compareAt)
	// Output: accepted 17.99 24.99
}
