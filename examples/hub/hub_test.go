package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/peer"
)

// all says what each page shows of the demonstration.
func (r running) all(t *testing.T) {
	t.Helper()
	run := r.world.Odoo.Run
	for path, wants := range map[string][]string{
		"/":        {"WooCommerce shop", "Medusa shop", "Returns platform", "Payment provider", "1 dead letter", "Do both sides agree?", "not in Odoo, the oldest for", "half of those that are done took at most"},
		"/letters": {"order/" + run + "03", "HUB-POSTER"},
		"/orders/woocommerce/hub/" + run + "01": {"Order entered in Odoo", "Shipment told to the shop", "Goods came back", "Money given back", "RMA-" + run + "01",
			"Payment for the dearer article", "the buyer is asked to pay 9.38 EUR until", "at https://bank.example.com/pay/ask_", "the buyer has paid 9.38 EUR: payment pay_ask_", "Exchange order made"},
		"/orders/medusa/hub/order_" + run + "02": {"Order confirmed", "Shipment told to the shop"},
		"/orders?number=" + run + "04":           {"Medusa shop"},
		"/returns/desk/hub/r" + run + "01x":      {"RMA-" + run + "01X", "closed", "1 Sellable"},
		"/returns/desk/hub/r" + run + "05":       {"RMA-" + run + "05", "open", "Record what was found", "1 not looked at"},
		"/stock":                                 {"HUB-CAP", ">99<"},
		"/settlements":                           {run + "99", "59.00 EUR", "Nothing is known that it pays", "Paid out, not at the bank yet"},
		"/channels/bank/hub":                     {"1 excepted"},
		"/river/":                                {"<title>River</title>"},
		"/healthz":                               {`"ok"`},
		"/metrics": {
			`retailsync_queue_dead_letters{retailsync_channel="woocommerce/hub",retailsync_class="orders"} 1`, "retailsync_event_accepted_total", "retailsync_call_duration_seconds_bucket",
			`retailsync_endpoint_up`, "go_goroutines", `retailsync_order_missing{retailsync_channel="woocommerce/hub"} 1`,
			`retailsync_settlement_exceptions{retailsync_channel="bank/hub",retailsync_reason="`,
		},
		"/readyz": {`"ready"`},
	} {
		r.says(t, path, wants...) // a real Odoo that is busy does not answer a page in its time at once
		if status, _ := r.get(t, path); status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestDemonstration(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	r.all(t)
	if got, want := r.world.Bank.Refunded(), "15.63"; got != want {
		t.Errorf("the buyer got %s back, want %s", got, want)
	}
	if got, want := r.world.Bank.Charged(), "9.38"; got != want {
		t.Errorf("the buyer paid %s for the dearer article, want %s", got, want)
	}
	r.gives(t)
	r.refuses(t)
	r.welcomes(t)
	r.unready(t)
}

// The same with everything kept in PostgreSQL.
func TestPostgres(t *testing.T) {
	t.Parallel()
	address, prefix := peer.PostgresURL(t), "hub_test_"+strings.ToLower(rand.Text()[:10])
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		server, err := pgx.Connect(ctx, address)
		if err != nil {
			t.Error(err)
			return
		}
		defer server.Close(ctx)
		for _, schema := range []string{"_worker", "_store", "_hub"} {
			if _, err := server.Exec(ctx, "DROP SCHEMA "+prefix+schema+" CASCADE"); err != nil {
				t.Error(err)
			}
		}
	})
	r := start(t, map[string]string{"HUB_POSTGRES": address, "HUB_SCHEMA": prefix})
	r.all(t)
}

// What is kept in a folder is there when the hub starts again: nothing is done twice, and the letter still waits.
func TestRestart(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "state")
	var first running
	t.Run("first", func(t *testing.T) {
		first = start(t, map[string]string{"HUB_FOLDER": folder})
	})
	second := start(t, map[string]string{"HUB_FOLDER": folder})
	_, letters := second.get(t, "/letters")
	for _, run := range []string{first.world.Odoo.Run, second.world.Odoo.Run} {
		if !strings.Contains(letters, "order/"+run+"03") {
			t.Errorf("the dead letter of run %s is gone:\n%s", run, letters)
		}
		if _, text := second.get(t, "/orders/woocommerce/hub/"+run+"01"); !strings.Contains(text, "Money given back") {
			t.Errorf("the story of order %s01 is gone:\n%s", run, text)
		}
	}
}

// refuses tries what strangers may not.
func (r running) refuses(t *testing.T) {
	t.Helper()
	do := func(method, path, body string) int {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, r.address()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := r.deliver.client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		_, _ = io.Copy(io.Discard, response.Body)
		return response.StatusCode
	}
	for _, path := range []string{"/", "/letters", "/river/", "/river/api/jobs?state=completed", "/assets/style.css"} {
		if got := do(http.MethodGet, path, ""); got != http.StatusUnauthorized {
			t.Errorf("GET %s without a password: %d", path, got)
		}
	}
	for _, path := range r.paths {
		if got := do(http.MethodPost, path, `{"id":1}`); got != http.StatusUnauthorized {
			t.Errorf("a webhook without a signature at %s: %d", path, got)
		}
		if got := do(http.MethodGet, path, ""); got != http.StatusMethodNotAllowed {
			t.Errorf("GET %s: %d", path, got)
		}
	}
	if len(r.paths) != 4 {
		t.Errorf("receivers: %v", r.paths)
	}
	header, body := r.world.Desk.Delivery("r1001")
	if err := r.Deliver(t.Context(), r.world.Desk.Channel(), header, append(body, ' ')); err == nil {
		t.Error("a changed delivery was taken")
	}
	if err := r.Deliver(t.Context(), canonical.Channel{Name: "none", Account: "main"}, header, body); err == nil {
		t.Error("a delivery for nobody was taken")
	}
}

// unready loses the state. It comes last.
func (r running) unready(t *testing.T) {
	t.Helper()
	if err := r.state.Close(); err != nil {
		t.Fatal(err)
	}
	status, text := r.get(t, "/readyz")
	var parts map[string]string
	if err := json.Unmarshal([]byte(text), &parts); err != nil {
		t.Fatal(err)
	}
	if status != http.StatusServiceUnavailable || parts["state"] != "out of reach" || parts["ledger"] != "ok" {
		t.Errorf("%d %v", status, parts)
	}
	if status, _ := r.get(t, "/healthz"); status != http.StatusOK {
		t.Errorf("a process that serves is not healthy: %d", status)
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	for want, env := range map[string]map[string]string{
		"at least 20":         {"HUB_TOKEN": "short"},
		"loopback":            {"HUB_LISTEN": "0.0.0.0:8080"},
		"loopback address":    {"HUB_LISTEN": "hub.example.com:8080"},
		"HUB_LISTEN":          {"HUB_LISTEN": "8080"},
		"HUB_RULES":           {"WOO_URL": "https://shop.example.com"},
		"ODOO_URL is not set": {"MEDUSA_URL": "https://shop.example.com", "HUB_RULES": "rules.yaml"},
		"HUB_FIRST_POLL":      {"HUB_FIRST_POLL": "yesterday"},
		"HUB_EVENTS_SECRET":   {"HUB_EVENTS_URL": "https://helpdesk.example.com/", "HUB_EVENTS_SECRET": "short"},
		"fits no type":        {"HUB_EVENTS_URL": "https://helpdesk.example.com/", "HUB_EVENTS_SECRET": eventsKey, "HUB_EVENTS_TYPES": "orders.*"},
		"must be https":       {"HUB_EVENTS_URL": "http://helpdesk.example.com/", "HUB_EVENTS_SECRET": eventsKey},
		"STRIPE_PAID_PAGE":    {"STRIPE_PAID_PAGE": "http://shop.example.com/thanks"},
		"no credential":       {"MEDUSA_URL": "https://shop.example.com", "HUB_RULES": "rules.yaml", "ODOO_URL": "https://erp.example.com"},
	} {
		get := func(name string) string {
			if value, ok := env[name]; ok {
				return value
			}
			return map[string]string{"HUB_LISTEN": "127.0.0.1:0"}[name]
		}
		err := run(t.Context(), io.Discard, get, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", env, err, want)
		}
	}
	for _, listen := range []string{"127.0.0.1:1", "[::1]:1", "localhost:1"} {
		if _, err := newEnvironment(func(name string) string { return map[string]string{"HUB_LISTEN": listen}[name] }); err != nil {
			t.Errorf("%s: %v", listen, err)
		}
	}
}

// welcomes looks at what is printed at the start.
func (r running) welcomes(t *testing.T) {
	t.Helper()
	var out bytes.Buffer
	r.welcome(&out, environment{token: "generated-one", generated: true})
	for _, want := range []string{r.address() + "/\n", "generated-one", "/webhooks/medusa/hub", "/healthz"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
	out.Reset()
	r.welcome(&out, environment{token: "a-secret-of-theirs"})
	if strings.Contains(out.String(), "a-secret-of-theirs") {
		t.Error("a token that was given is printed")
	}
}
