package woocommerce_test

import (
	"context"
	"fmt"
	"time"

	"github.com/govalues/decimal"

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

// Take a stock level and a price out to a variation, whose product the shop counts as a whole so far.
func ExampleAdapter_PublishStock() {
	server := wootest.NewServer()
	defer server.Close()
	product := server.PutProduct(`{"name":"Tee","type":"variable","manage_stock":true,"stock_quantity":40}`)
	server.PutVariation(product, `{"sku":"TEE-M","regular_price":"19.00"}`)

	ctx := context.Background()
	shop := woocommerce.New(server.URL, woocommerce.Keys(server.Key, server.Secret))
	levels, err := shop.PublishStock(ctx, []marketplace.StockLevel{
		{StockItem: marketplace.StockItem{SKU: "TEE-M"}, Quantity: decimal.MustParse("7")},
		{StockItem: marketplace.StockItem{SKU: "TEE-XXL"}, Quantity: decimal.MustParse("1")},
	})
	if err != nil {
		fmt.Println(err) // nothing is known of any level
		return
	}
	for _, level := range levels {
		if level.Err != nil {
			fmt.Println(level.Item.SKU, level.Outcome, marketplace.CodeOf(level.Err))
			continue
		}
		fmt.Println(level.Item.SKU, level.Outcome)
	}
	prices, err := shop.PublishPrices(ctx, []marketplace.Price{{
		PriceItem: marketplace.PriceItem{SKU: "TEE-M", Currency: "EUR"}, Amount: decimal.MustParse("21.00"),
		Sale: &marketplace.SalePrice{Amount: decimal.MustParse("18.50"), Until: time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC)},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(prices[0].Item.SKU, prices[0].Outcome)
	shown := server.Product("TEE-M")
	fmt.Println(shown["stock_quantity"], shown["regular_price"], shown["sale_price"], shown["date_on_sale_to_gmt"])
	// Output:
	// TEE-M accepted
	// TEE-XXL rejected not_found
	// TEE-M accepted
	// 7 21.00 18.50 2026-12-24T23:59:59
}

// Tell the shop of a parcel, and of its tracking number when it comes.
func ExampleAdapter_PublishShipment() {
	server := wootest.NewServer(wootest.LinesOrder(727, "2026-03-01T12:00:00", wootest.Line{SKU: "MUG", Units: 2}))
	defer server.Close()

	ctx := context.Background()
	shop := woocommerce.New(server.URL, woocommerce.Keys(server.Key, server.Secret))
	shipment := marketplace.Shipment{
		OrderID: "727", Reference: "prod/stock.picking/42", Name: "WH/OUT/00042", Carrier: "dhl-de",
		Lines: []marketplace.ShipmentLine{{LineID: "72701", SKU: "MUG", Quantity: decimal.MustParse("2")}},
	}
	for _, parcels := range [][]marketplace.Package{nil, {{TrackingNumber: "00340434161094042557"}}} {
		shipment.Packages = parcels
		result, err := shop.PublishShipment(ctx, shipment)
		if err != nil {
			fmt.Println(err) // what became of it is not known: the same call again looks first
			return
		}
		fmt.Println(result.Outcome, server.Order("727")["status"])
	}
	for _, tracking := range server.Tracking("727") {
		fmt.Println(tracking["tracking_provider"], tracking["tracking_number"])
	}
	// Output:
	// confirmed completed
	// confirmed completed
	// dhl-de 00340434161094042557
}
