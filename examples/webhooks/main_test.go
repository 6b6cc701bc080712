package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/odootest"
	"github.com/retailsync/retailsync/odoo/sale"
)

const rulesYAML = `version: 1
defaults:
  lines: {shipping: {product: SHIPPING}}
  taxes:
    - {rate: 7.5, tax: Tax 7.5%}
    - {rate: 25, tax: Tax 25%}
  pricelist: {EUR: Shop EUR}
channels:
  woocommerce/main: {}
  medusa/main: {}
`

// world is an Odoo, two shops and the receivers of their webhooks, all in this process.
type world struct {
	server *odootest.Server
	erp    *odoo.Client
	woo    *wootest.Server
	medusa *medusatest.Server
	url    string
}

func open(t *testing.T) *world {
	t.Helper()
	w := &world{
		server: odootest.Retail(),
		woo: wootest.NewServer(
			wootest.SampleOrder(1, 2, "TEE-BLACK-M", "2026-03-01T12:00:00"),
			wootest.SampleOrder(2, 1, "POSTER", "2026-03-01T12:05:00")),
		medusa: medusatest.NewServer(medusatest.SampleOrder("order_1", 1, 4, "MUG-01", "2026-03-01T12:00:00.000Z")),
	}
	t.Cleanup(w.server.Close)
	t.Cleanup(w.woo.Close)
	t.Cleanup(w.medusa.Close)
	for _, tax := range []odootest.Tax{{Name: "Tax 7.5%", Amount: "7.5"}, {Name: "Tax 25%", Amount: "25"}} {
		if _, err := w.server.SeedTax(tax); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.server.SeedProduct(odootest.Product{SKU: "TS-S", Name: "T-shirt S", Price: "20"}); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.erp, err = odoo.Dial(t.Context(), w.server.Start(), odoo.APIKey(w.server.APIKey()),
		odoo.WithRetry(odoo.Retry{First: time.Millisecond, Longest: time.Millisecond})); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.erp.Close)
	rules, err := mapping.Load(strings.NewReader(rulesYAML), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	connector := retailsync.New(w.erp, rules)
	mux := http.NewServeMux()
	for _, shop := range []channel{
		woocommerce.New(w.woo.URL, woocommerce.Keys(w.woo.Key, w.woo.Secret), woocommerce.WithWebhookSecret(w.woo.WebhookSecret),
			woocommerce.WithRateLimit(1000), woocommerce.WithBackoff(time.Millisecond)),
		medusa.New(w.medusa.URL, medusa.SecretKey(w.medusa.SecretKey), medusa.WithWebhookSecret(w.medusa.WebhookSecret),
			medusa.WithRateLimit(1000), medusa.WithBackoff(time.Millisecond)),
	} {
		mux.Handle("POST /webhooks/"+shop.Channel().Name, &receiver{connector: connector, shop: shop, log: slog.New(slog.DiscardHandler)})
	}
	service := httptest.NewServer(mux)
	t.Cleanup(service.Close)
	w.url = service.URL
	return w
}

// send posts a delivery and returns the answer's status.
func (w *world) send(t *testing.T, shop string, header http.Header, body io.Reader) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/webhooks/"+shop, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header.Clone()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusServiceUnavailable && response.Header.Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
	return response.StatusCode
}

func (w *world) deliver(t *testing.T, topic, id string) int {
	t.Helper()
	header, body := w.woo.Delivery(topic, id)
	return w.send(t, "woocommerce", header, bytes.NewReader(body))
}

// confirmed counts the confirmed orders in Odoo.
func (w *world) confirmed(t *testing.T) int {
	t.Helper()
	n, err := odoo.Count[sale.Order](t.Context(), w.erp, odoo.Eq("state", "sale"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (w *world) want(t *testing.T, step string, status, wantStatus, wantOrders int) {
	t.Helper()
	if got := w.confirmed(t); status != wantStatus || got != wantOrders {
		t.Errorf("%s: got status %d and %d confirmed orders, want %d and %d", step, status, got, wantStatus, wantOrders)
	}
}

func TestDeliveriesAreImportedOnce(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.want(t, "created", w.deliver(t, "order.created", "1"), http.StatusNoContent, 1)
	w.want(t, "again", w.deliver(t, "order.created", "1"), http.StatusNoContent, 1)
	header, body := w.medusa.Delivery("order.placed", "order_1")
	w.want(t, "medusa", w.send(t, "medusa", header, bytes.NewReader(body)), http.StatusNoContent, 2)
	w.woo.Change("1", func(order map[string]any) { order["status"] = "cancelled" })
	w.want(t, "cancelled", w.deliver(t, "order.updated", "1"), http.StatusNoContent, 1)
}

func TestWhatConcernsNoOrder(t *testing.T) {
	t.Parallel()
	w := open(t)
	header, body := w.woo.Ping()
	w.want(t, "ping", w.send(t, "woocommerce", header, bytes.NewReader(body)), http.StatusNoContent, 0)
	response, err := http.Get(w.url + "/webhooks/woocommerce")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	w.want(t, "GET", response.StatusCode, http.StatusMethodNotAllowed, 0)
}

func TestForgedAndOversizedDeliveries(t *testing.T) {
	t.Parallel()
	w := open(t)
	header, body := w.woo.Delivery("order.created", "1")
	forged := append(bytes.Clone(body), ' ')
	w.want(t, "forged", w.send(t, "woocommerce", header, bytes.NewReader(forged)), http.StatusUnauthorized, 0)
	header.Del("X-WC-Webhook-Signature")
	w.want(t, "unsigned", w.send(t, "woocommerce", header, bytes.NewReader(body)), http.StatusUnauthorized, 0)
	large := make([]byte, maxBody+1)
	w.want(t, "declared length", w.send(t, "woocommerce", header, bytes.NewReader(large)), http.StatusRequestEntityTooLarge, 0)
	w.want(t, "no length", w.send(t, "woocommerce", header, io.MultiReader(bytes.NewReader(large))), http.StatusRequestEntityTooLarge, 0)
}

func TestFailuresAreSentAgain(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.want(t, "unknown SKU", w.deliver(t, "order.created", "2"), http.StatusInternalServerError, 0)
	w.server.Fail(odootest.Fault{Model: "sale.order", Method: "load", Do: odootest.Status(http.StatusBadGateway, 0)})
	if status := w.deliver(t, "order.created", "1"); status != http.StatusServiceUnavailable {
		t.Errorf("Odoo is out of reach: got status %d", status)
	}
	w.server.ResetCalls() // forgets the fault
	w.want(t, "Odoo is back", w.deliver(t, "order.created", "1"), http.StatusNoContent, 1)
}

func TestSetUp(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]map[string]string{
		"no shop":                          {},
		"WOO_WEBHOOK_SECRET is not set":    {"WOO_URL": "https://shop.example.com"},
		"MEDUSA_WEBHOOK_SECRET is not set": {"MEDUSA_URL": "https://shop.example.com"},
		"set WOO_URL or MEDUSA_URL":        {"WOO_KEY": "ck"},
	} {
		err := run(context.Background(), func(name string) string { return env[name] }, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// The whole service: it polls at once, so an order of which no webhook came is imported, and it ends when told to.
func TestServicePolls(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.woo.Change("1", func(order map[string]any) { order["customer_note"] = "changed now" })
	folder := t.TempDir()
	rules := filepath.Join(folder, "rules.yaml")
	if err := os.WriteFile(rules, []byte(rulesYAML), 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{
		"ODOO_URL": w.server.Start(), "ODOO_API_KEY": w.server.APIKey(),
		"WOO_URL": w.woo.URL, "WOO_KEY": w.woo.Key, "WOO_SECRET": w.woo.Secret, "WOO_WEBHOOK_SECRET": w.woo.WebhookSecret,
		"RULES": rules, "STORE": filepath.Join(folder, "store.db"), "LISTEN": "127.0.0.1:0",
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, func(name string) string { return env[name] }, slog.New(slog.DiscardHandler))
	}()
	for w.confirmed(t) == 0 {
		select {
		case err := <-ended:
			t.Fatal("ended early:", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
