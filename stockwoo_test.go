package retailsync_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

// A WooCommerce shop has one place and no compare-and-set, and it shows what a warehouse of a real Odoo has: products and
// variations, also such as it did not count before; and what is sold elsewhere is gone after one cycle.
func TestStockAtWooCommerce(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		woo := wootest.NewServer()
		t.Cleanup(woo.Close)
		shop := woocommerce.New(woo.URL, woocommerce.Keys(woo.Key, woo.Secret), woocommerce.WithBackoff(time.Millisecond), woocommerce.WithRateLimit(1000))
		c := newCounter(t, w, `  woocommerce/main:
    currency_view: shop
    warehouse: `+w.Name+`
    stock: {}
`)
		publish := func(work func(context.Context, marketplace.StockPublisher, retailsync.StockRun) (*retailsync.StockReport, error), skus ...string) map[string]string {
			t.Helper()
			found := map[string]string{}
			_, err := work(context.Background(), shop, retailsync.StockRun{OnResult: func(r retailsync.StockResult) {
				for _, sku := range skus {
					if r.Item.SKU == sku {
						found[sku] = string(r.Outcome)
					}
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		shows := func(sku, want string) {
			t.Helper()
			if got, ok := woo.Stock(sku); !ok || got.String() != want {
				t.Errorf("the shop has %s of %s (%t), want %s", got, sku, ok, want)
			}
		}
		last, lastSKU := c.article(1, 0)
		_, variation := c.article(8, 8)
		_, unlisted := c.article(2, 2)
		product := woo.PutProduct(`{"name":"Tee","type":"variable","manage_stock":true,"stock_quantity":40}`)
		woo.PutVariation(product, `{"sku":"`+variation+`"}`)
		woo.PutProduct(`{"sku":"` + lastSKU + `","name":"not counted yet"}`)
		all := []string{lastSKU, variation, unlisted}
		want := map[string]string{lastSKU: "published", variation: "published", unlisted: "unlisted"}
		if diff := cmp.Diff(want, publish(c.sync.ReconcileStock, all...)); diff != "" {
			t.Errorf("first (-want +got):\n%s", diff)
		}
		shows(lastSKU, "1")
		shows(variation, "8")
		want[lastSKU], want[variation] = "unchanged", "unchanged"
		if diff := cmp.Diff(want, publish(c.sync.ReconcileStock, all...)); diff != "" {
			t.Errorf("again (-want +got):\n%s", diff)
		}
		publish(c.sync.PublishStock)
		// The last one is sold elsewhere.
		c.odoo.Order(last, 1)
		if diff := cmp.Diff(map[string]string{lastSKU: "published"}, publish(c.sync.PublishStock, all...)); diff != "" {
			t.Errorf("sold elsewhere (-want +got):\n%s", diff)
		}
		shows(lastSKU, "0")
		if got := woo.Product(lastSKU)["stock_status"]; got != "outofstock" {
			t.Errorf("the shop says %v", got)
		}
	})
}
