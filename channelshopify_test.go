package retailsync_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
)

// A Shopify shop shows what a warehouse of a real Odoo has, also of what it did not stock there before, and what is sold elsewhere
// is gone after one cycle.
func TestStockAtShopify(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		server := shopifytest.NewServer()
		t.Cleanup(server.Close)
		shop := shopify.New(server.URL, shopify.ClientCredentials(server.ClientID, server.ClientSecret), shopify.WithBackoff(time.Millisecond), shopify.WithRateLimit(1000))
		c := newCounter(t, w, `  shopify/main:
    currency_view: shop
    stock:
      locations: [{location: "`+shopifytest.Location+`", warehouses: [`+w.Name+`]}]
`)
		publish := func(work func(context.Context, marketplace.StockPublisher, retailsync.StockRun) (*retailsync.StockReport, error), skus ...string) map[string]string {
			t.Helper()
			found := map[string]string{}
			_, err := work(context.Background(), shop, retailsync.StockRun{OnResult: func(r retailsync.StockResult) {
				if slices.Contains(skus, r.Item.SKU) {
					found[r.Item.SKU] = string(r.Outcome)
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		shows := func(sku string, want int) {
			t.Helper()
			if got, ok := server.Available(sku, shopifytest.Location); !ok || got != want {
				t.Errorf("the shop has %d of %s (%t), want %d", got, sku, ok, want)
			}
		}
		last, lastSKU := c.article(1, 0)
		others, other := c.article(8, 8)
		_, unlisted := c.article(2, 2)
		server.SetStock(lastSKU, "", 0) // counted, but not stocked there yet
		server.SetStock(other, shopifytest.Location, 3)
		all := []string{lastSKU, other, unlisted}
		want := map[string]string{lastSKU: "published", other: "published", unlisted: "unlisted"}
		if diff := cmp.Diff(want, publish(c.sync.ReconcileStock, all...)); diff != "" {
			t.Errorf("first (-want +got):\n%s", diff)
		}
		shows(lastSKU, 1)
		shows(other, 8)
		writes := server.StockWrites()
		publish(c.sync.ReconcileStock, all...)
		publish(c.sync.PublishStock)
		if server.StockWrites() != writes {
			t.Errorf("%d levels were written again", server.StockWrites()-writes)
		}
		// The last one is sold elsewhere, and later, when the token has expired, two of the others.
		c.odoo.Order(last, 1)
		if diff := cmp.Diff(map[string]string{lastSKU: "published"}, publish(c.sync.PublishStock, all...)); diff != "" {
			t.Errorf("sold elsewhere (-want +got):\n%s", diff)
		}
		shows(lastSKU, 0)
		server.ExpireTokens()
		c.odoo.Order(others, 2)
		publish(c.sync.PublishStock)
		shows(other, 6)
	})
}

// An order of a Shopify shop is delivered by a real Odoo in two parts by two carriers, the second number late, and the process
// is killed after every single call to the shop: it ends with two fulfilments, right lines and numbers.
func TestShipmentsAtShopify(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		server := shopifytest.NewServer()
		t.Cleanup(server.Close)
		account, since := strings.ToLower(tag()), time.Now().Add(-time.Minute)
		rules, err := mapping.Load(strings.NewReader(`version: 1
channels:
  shopify/`+account+`:
    currency_view: shop
    stock:
      locations: [{location: "`+shopifytest.Location+`", warehouses: [`+w.Name+`]}]
    shipments:
      carriers: [{carrier: "First *", word: DHL}, {carrier: "Second *", word: UPS}]
`), "rules.yaml")
		if err != nil {
			t.Fatal(err)
		}
		product := w.Product(nil)
		w.Count(product, w.Place, 100)
		order, lines := soldAtShopify(t, w, server, account, product, 3, 2)

		// run publishes until it ends, killed after the first call, then after the second and so on, and each time with a store
		// that has forgotten everything.
		run := func() {
			t.Helper()
			for at := int64(1); at < 40; at++ {
				var calls atomic.Int64
				shop := shopify.New(server.URL, shopify.AccessToken(server.Token), shopify.WithAccount(account), shopify.WithRateLimit(1000), shopify.WithBackoff(time.Nanosecond),
					shopify.WithTransport(killedAt{&calls, at}))
				sync := retailsync.New(w.Client, rules, retailsync.WithStore(idempotency.NewMemory()))
				report, err := sync.PublishShipments(context.Background(), shop, retailsync.ShipmentRun{Since: since})
				if calls.Load() < at {
					if err != nil || len(report.Failed()) > 0 {
						t.Errorf("%s, %v, %v", report, report.Failed(), err)
					}
					return
				}
			}
			t.Error("publishing has no end")
		}
		first := w.Ship(order, map[int64]float64{lines[0]: 2})
		w.Track(first, w.Carrier("First "+w.Name), "D1")
		run()
		second := w.Ship(order, map[int64]float64{lines[0]: 1, lines[1]: 2})
		w.Track(second, w.Carrier("Second "+w.Name), "")
		run()
		w.Track(second, 0, "U1, U2")
		run()
		var got []string
		for _, f := range server.Fulfillments("700") {
			var parts []string
			lines, _ := f["fulfillmentLineItems"].(map[string]any)["nodes"].([]any)
			for _, one := range lines {
				line := one.(map[string]any)
				parts = append(parts, fmt.Sprintf("%v×%v", line["lineItem"].(map[string]any)["id"], line["quantity"]))
			}
			slices.Sort(parts)
			numbers, _ := f["trackingInfo"].([]any)
			for _, one := range numbers {
				parts = append(parts, fmt.Sprintf("%v %v", one.(map[string]any)["company"], one.(map[string]any)["number"]))
			}
			got = append(got, strings.ReplaceAll(strings.Join(parts, ", "), "gid://shopify/LineItem/", ""))
		}
		slices.Sort(got)
		if diff := cmp.Diff([]string{"7001×1, 7002×2, UPS U1, UPS U2", "7001×2, DHL D1"}, got); diff != "" {
			t.Errorf("the shop's fulfilments (-want +got):\n%s", diff)
		}
	})
}

// soldAtShopify is order 700 of a shop with lines 7001 and 7002 of one article, brought to Odoo as an import does.
func soldAtShopify(t *testing.T, w *warehouse.Warehouse, server *shopifytest.Server, account string, product int64, quantities ...int) (order int64, lines []int64) {
	t.Helper()
	server.Put(shopifytest.SampleOrder(700, 1, "TS-M", time.Now().UTC().Format(time.RFC3339)))
	named := func(kind string, rest ...string) odoo.ExternalID {
		return odoo.NewExternalID(mapping.Module, append([]string{"shopify", account, kind, "700"}, rest...)...)
	}
	unit := warehouse.Call[[]struct {
		Unit odoo.Many2One `json:"uom_id"`
	}](w, "product.product", "read", []int64{product}, odoo.Args{"fields": []string{"uom_id"}}, nil)[0].Unit.ID
	partner := w.Create("res.partner", map[string]any{"name": "Test"}, nil)
	draft := sale.Draft{ExternalID: named("order"), Customer: sale.PartnerRef{ID: partner}, WarehouseID: w.ID}
	items := []any{}
	for i, quantity := range quantities {
		id := fmt.Sprintf("700%d", i+1)
		items = append(items, map[string]any{
			"id": "gid://shopify/LineItem/" + id, "sku": "TS-M", "quantity": quantity, "currentQuantity": quantity, "unfulfilledQuantity": quantity,
		})
		draft.Lines = append(draft.Lines, sale.DraftLine{ExternalID: named("line", id), ProductID: product, UoMID: unit, Name: "Test", Quantity: decimal.MustNew(int64(quantity), 0)})
	}
	server.Change("700", func(o map[string]any) { o["lineItems"] = map[string]any{"nodes": items} })
	loaded, err := sale.Insert(context.Background(), w.Client, []sale.Draft{draft})
	if err != nil || loaded[0].Err != nil {
		t.Fatal(loaded, err)
	}
	warehouse.Call[any](w, "sale.order", "action_confirm", []int64{loaded[0].ID}, nil, nil)
	return loaded[0].ID, w.LinesOf(loaded[0].ID)
}

// killedAt loses the reply of one call, and nothing gets out after it.
type killedAt struct {
	calls *atomic.Int64
	at    int64
}

// RoundTrip implements http.RoundTripper.
func (d killedAt) RoundTrip(request *http.Request) (*http.Response, error) {
	number := d.calls.Add(1)
	if number > d.at {
		return nil, errors.New("the process is dead")
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if number == d.at && err == nil {
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		return nil, errors.New("the reply is lost")
	}
	return response, err
}
