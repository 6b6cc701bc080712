package retailsync_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/odoo"
)

// counter is a shop that sells what lies in a warehouse of a real Odoo.
type counter struct {
	t       *testing.T
	odoo    *warehouse.Warehouse
	shop    *medusatest.Server
	adapter *medusa.Adapter
	sync    *retailsync.Connector
	journal *retailsync.MemoryJournal
	rules   *mapping.Rules
	// lost makes every write to the shop fail before it arrives.
	lost bool
}

// RoundTrip implements http.RoundTripper.
func (c *counter) RoundTrip(request *http.Request) (*http.Response, error) {
	if c.lost {
		return nil, errors.New("connection refused")
	}
	return http.DefaultTransport.RoundTrip(request)
}

func newCounter(t *testing.T, w *warehouse.Warehouse, rules string) *counter {
	t.Helper()
	c := &counter{t: t, odoo: w, shop: medusatest.NewServer(), journal: &retailsync.MemoryJournal{}}
	t.Cleanup(c.shop.Close)
	c.adapter = medusa.New(c.shop.URL, medusa.SecretKey(c.shop.SecretKey), medusa.WithTransport(c), medusa.WithBackoff(time.Millisecond), medusa.WithRateLimit(1000))
	text := `version: 1
channels:
  medusa/main:
    currency_view: shop
    stock:
      locations: [{location: sloc_main, warehouses: [` + w.Name + `]}]
` + rules
	loaded, err := mapping.Load(strings.NewReader(text), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c.rules = loaded
	c.sync = retailsync.New(w.Client, loaded, retailsync.WithJournal(c.journal), retailsync.WithStore(idempotency.NewMemory()))
	return c
}

// article makes a product that the shop counts too, and returns its id and SKU.
func (c *counter) article(there, shown int) (int64, string) {
	c.t.Helper()
	id := c.odoo.Product(nil)
	c.odoo.Count(id, c.odoo.Place, float64(there))
	rows := warehouse.Call[[]struct {
		SKU string `json:"default_code"`
	}](c.odoo, "product.product", "read", []int64{id}, odoo.Args{"fields": []string{"default_code"}}, nil)
	c.shop.SetStock(rows[0].SKU, "sloc_main", shown)
	return id, rows[0].SKU
}

// run runs once and returns what became of the SKUs, as "outcome" or "outcome drifted".
func (c *counter) run(
	work func(context.Context, marketplace.StockPublisher, retailsync.StockRun) (*retailsync.StockReport, error), skus ...string,
) map[string]string {
	c.t.Helper()
	found := map[string]string{}
	_, err := work(context.Background(), c.adapter, retailsync.StockRun{OnResult: func(r retailsync.StockResult) {
		for _, sku := range skus {
			if r.Item.SKU == sku {
				if found[sku] = string(r.Outcome); r.Drifted {
					found[sku] += " drifted"
				}
			}
		}
	}})
	if err != nil {
		c.t.Fatal(err)
	}
	return found
}

func (c *counter) shows(sku string, want int) {
	c.t.Helper()
	if got, _ := c.shop.Available(sku, "sloc_main"); got != want {
		c.t.Errorf("the shop shows %d of %s, want %d", got, sku, want)
	}
}

func (c *counter) want(what string, got map[string]string, want map[string]string) {
	c.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		c.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// A full comparison heals what differs and reports drift; it leaves alone what is right.
func TestReconcileStock(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		c := newCounter(t, w, "")
		_, right := c.article(5, 5)
		_, wrong := c.article(7, 2)
		_, gone := c.article(3, 3)
		c.shop.SetStock("ONLY-HERE", "sloc_main", 9)
		all := []string{right, wrong, gone, "ONLY-HERE"}
		c.want("first", c.run(c.sync.ReconcileStock, all...), map[string]string{right: "unchanged", wrong: "published", gone: "unchanged", "ONLY-HERE": "unknown"})
		c.shows(wrong, 7)
		c.want("again", c.run(c.sync.ReconcileStock, right, wrong), map[string]string{right: "unchanged", wrong: "unchanged"})
		// Somebody raised one at the shop, somebody sold of another that Odoo does not know of yet.
		c.shop.SetStock(right, "sloc_main", 50)
		c.shop.Sell(wrong, "sloc_main", 2)
		c.want("drift", c.run(c.sync.ReconcileStock, right, wrong), map[string]string{right: "published drifted", wrong: "waiting drifted"})
		c.shows(right, 5)
		c.shows(wrong, 5)
		c.want("still nothing in Odoo", c.run(c.sync.ReconcileStock, wrong), map[string]string{wrong: "published drifted"})
		c.shows(wrong, 7)
		if events := c.journal.Events(); len(events) != 3 {
			t.Errorf("%d events for 3 published levels", len(events))
		}
	})
}

// A cycle sends what changed and nothing else, and does not echo what the channel shows already.
func TestPublishStock(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		c := newCounter(t, w, "      buffer: 1\n")
		product, sku := c.article(6, 0)
		_, other := c.article(4, 0)
		c.want("the first run", c.run(c.sync.PublishStock, sku, other), map[string]string{sku: "published", other: "published"})
		c.shows(sku, 5)
		c.want("nothing changed", c.run(c.sync.PublishStock, sku, other), map[string]string{})
		// While one run works, another of the channel is told so.
		_, err := c.sync.ReconcileStock(context.Background(), c.adapter, retailsync.StockRun{OnResult: func(r retailsync.StockResult) {
			if r.Item.SKU != sku {
				return
			}
			if _, err := c.sync.PublishStock(context.Background(), c.adapter, retailsync.StockRun{}); !errors.Is(err, idempotency.ErrInFlight) {
				t.Errorf("a second run at the same time: %v", err)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		c.odoo.Count(product, c.odoo.Place, 9)
		c.want("a count", c.run(c.sync.PublishStock, sku, other), map[string]string{sku: "published"})
		c.shows(sku, 8)
		// A sale of the channel's own, which is in Odoo by the time of the run.
		c.shop.Sell(sku, "sloc_main", 2)
		order := c.odoo.Order(product, 2)
		c.want("no echo", c.run(c.sync.PublishStock, sku), map[string]string{sku: "unchanged"})
		c.shows(sku, 6)
		c.odoo.Deliver(order)
		c.want("delivered", c.run(c.sync.PublishStock, sku), map[string]string{sku: "unchanged"})
		// The channel is away for a while: nothing is lost.
		c.odoo.Count(product, c.odoo.Place, 1)
		c.lost = true
		if _, err := c.sync.PublishStock(context.Background(), c.adapter, retailsync.StockRun{}); marketplace.CodeOf(err) != marketplace.CodeUnavailable {
			t.Errorf("the channel is down: %v", err)
		}
		c.shows(sku, 6)
		c.lost = false
		c.want("the channel is back", c.run(c.sync.PublishStock, sku), map[string]string{sku: "published"})
		c.shows(sku, 0)
		c.want("at rest", c.run(c.sync.PublishStock, sku, other), map[string]string{})
	})
}

// Only critical products are watched; the others wait for the comparison.
func TestPublishStockOfCriticalProducts(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		rules, tag := "sold: {units: 3, days: 30}", ""
		if w.Version().AtLeast(16) {
			tag = "Tag of " + w.Name
			rules += ", tags: [" + tag + "]"
		}
		c := newCounter(t, w, "      critical: {"+rules+"}\n")
		fast, fastSKU := c.article(9, 9)
		slow, slowSKU := c.article(9, 9)
		c.run(c.sync.PublishStock)
		if tag != "" {
			tagged, taggedSKU := c.article(9, 9)
			label := w.Create("product.tag", map[string]any{"name": tag}, nil)
			warehouse.Call[any](w, "product.product", "write", []int64{tagged}, odoo.Args{"vals": map[string]any{"additional_product_tag_ids": []any{[]any{4, label}}}}, nil)
			w.Order(tagged, 1)
			c.want("a tagged product", c.run(c.sync.PublishStock, taggedSKU), map[string]string{taggedSKU: "published"})
		}
		c.odoo.Deliver(c.odoo.Order(fast, 3))
		c.odoo.Deliver(c.odoo.Order(slow, 2))
		c.want("a cycle", c.run(c.sync.PublishStock, fastSKU, slowSKU), map[string]string{fastSKU: "published"})
		c.want("the comparison", c.run(c.sync.ReconcileStock, fastSKU, slowSKU), map[string]string{fastSKU: "unchanged", slowSKU: "published"})
		c.shows(slowSKU, 7)
	})
}

// Two products of one SKU are refused, by name, and hold up nothing.
func TestStockOfTwins(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		c := newCounter(t, w, "")
		_, sku := c.article(5, 1)
		_, other := c.article(5, 1)
		w.Product(map[string]any{"default_code": sku})
		c.want("twins", c.run(c.sync.ReconcileStock, sku, other), map[string]string{sku: "failed", other: "published"})
		c.shows(sku, 1)
	})
}

// A dry run says what would happen and does nothing.
func TestStockDryRun(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		c := newCounter(t, w, "")
		_, sku := c.article(5, 1)
		for range 2 {
			report, err := c.sync.ReconcileStock(context.Background(), c.adapter, retailsync.StockRun{DryRun: true})
			if err != nil || report.Count(retailsync.StockPublished) == 0 || !strings.Contains(report.String(), "dry run") {
				t.Fatalf("%s, %v", report, err)
			}
		}
		c.shows(sku, 1)
	})
}
