package wooshop

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

// Prices drives the prices of a shop that sells in euros, of products and of variations.
func Prices(server *wootest.Server) *marketplacetest.PriceHooks {
	var articles atomic.Int64
	return &marketplacetest.PriceHooks{
		Items: func(_ *testing.T, n int) []marketplace.PriceItem {
			items := make([]marketplace.PriceItem, n)
			for i := range items {
				items[i] = marketplace.PriceItem{SKU: fmt.Sprintf("PRICED-%d", articles.Add(1)), Currency: "EUR"}
				if i%2 == 0 {
					server.PutProduct(fmt.Sprintf(`{"sku":%q,"name":"Mug"}`, items[i].SKU))
					continue
				}
				product := server.PutProduct(`{"name":"Tee","type":"variable"}`)
				server.PutVariation(product, fmt.Sprintf(`{"sku":%q,"regular_price":"9.00"}`, items[i].SKU))
			}
			return items
		},
		Charges: func(t *testing.T, item marketplace.PriceItem) (decimal.Decimal, *marketplace.SalePrice) {
			return charges(t, server, item.SKU)
		},
		Sales:     true,
		Elsewhere: "wholesale", NoCurrency: "SEK",
	}
}

// charges reads a price as the shop keeps it.
func charges(t *testing.T, server *wootest.Server, sku string) (decimal.Decimal, *marketplace.SalePrice) {
	t.Helper()
	fields := server.Product(sku)
	amount := func(name string) decimal.Decimal {
		value, err := decimal.Parse(fmt.Sprint(fields[name]))
		if err != nil {
			t.Errorf("the %s of %s is %v", name, sku, fields[name])
		}
		return value
	}
	moment := func(name string) time.Time {
		text, ok := fields[name].(string)
		if !ok {
			return time.Time{}
		}
		at, err := time.Parse("2006-01-02T15:04:05", text)
		if err != nil {
			t.Errorf("the %s of %s is %v", name, sku, text)
		}
		return at
	}
	if fields["sale_price"] == "" {
		return amount("regular_price"), nil
	}
	sale := &marketplace.SalePrice{Amount: amount("sale_price"), From: moment("date_on_sale_from_gmt"), Until: moment("date_on_sale_to_gmt")}
	if !sale.Until.IsZero() {
		sale.Until = sale.Until.Add(time.Second) // the shop counts its last second in
	}
	return amount("regular_price"), sale
}
