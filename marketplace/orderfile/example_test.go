package orderfile_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/orderfile"
)

// A shop's export is read by rules alone. Give the table to ImportOrders.
func ExampleReadTable() {
	text, err := os.ReadFile("testdata/rules.yaml")
	if err != nil {
		fmt.Println(err)
		return
	}
	var rules orderfile.Rules
	if err := yaml.UnmarshalWithOptions(text, &rules, yaml.Strict()); err != nil {
		fmt.Println(err)
		return
	}
	file, err := os.Open("testdata/orders.csv")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	table, err := orderfile.ReadTable(file, canonical.Channel{Name: "woocommerce", Account: "main"}, rules)
	if err != nil {
		fmt.Println(err)
		return
	}
	page, err := table.ListOrders(context.Background(), marketplace.OrderQuery{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, fetched := range page.Orders {
		order := fetched.Order
		fmt.Println(order.Key, order.Status, order.Totals.Net.Shop, "+", order.Totals.Tax.Shop, order.Currency, "to", order.ShipTo.Country)
		for _, line := range order.Lines {
			fmt.Println(" ", line.ID, line.SKU, line.Qty.Ordered, line.Total.Shop)
		}
	}
	// Output:
	// woocommerce/main/1001 confirmed 43.38 + 7.22 EUR to DE
	//   1 TS-M 2 30.76
	//   2 MUG 1 8.5
	//   shipping  1 4.12
	// woocommerce/main/1002 pending 27.76 + 1.94 EUR to AT
	//   1 MUG 3 27.76
}

// What cannot be read is named by line and column, and nothing of the file is taken.
func ExampleReadTable_faults() {
	rules := orderfile.Rules{
		DecimalMark: ".", DateLayout: "2006-01-02", Currency: "EUR", TaxRate: "0",
		Columns: orderfile.Columns{Order: "order", Placed: "date", SKU: "sku", Quantity: "qty", Price: "price"},
	}
	text := "order,date,sku,qty,price\n1,2026-11-26,MUG,1,9.90\n2,2026-11-26,MUG,one,9.90\n"
	_, err := orderfile.ReadTable(strings.NewReader(text), canonical.Channel{Name: "shop", Account: "main"}, rules)
	fmt.Println(err)
	// Output:
	// shop/main: read order file: invalid at line 3 column "qty": cannot be read: is no number
}
