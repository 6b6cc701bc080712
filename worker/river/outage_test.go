package river_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/odoo/odootest"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/webhook"
)

// TestInProcessOdooDown takes Odoo away while a shop sells: each webhook is accepted, and when Odoo is back all of them are done.
func TestInProcessOdooDown(t *testing.T) {
	t.Parallel()
	const each = 12 // orders before Odoo is down, while it is, and after
	erp, shop := odootest.New(), medusatest.NewServer()
	t.Cleanup(erp.Close)
	t.Cleanup(shop.Close)
	h := hub{
		Odoo: erp.Start(), OdooDatabase: erp.DB(), OdooLogin: erp.Login(), OdooPassword: erp.Password(),
		Shop: shop.URL, ShopKey: shop.SecretKey, ShopSecret: shop.WebhookSecret,
		Account: "ts", Folder: t.TempDir(), Place: "sloc_main", Since: time.Now().Add(-time.Hour), Patience: 9 * time.Second,
	}
	books := openBooks(t, &h)
	books.count(7)
	shop.SetStock(h.sku("COUNTED"), h.Place, 1)
	wire := newWire(t, h.Odoo, newDice(1))
	wire.calm()
	h.Odoo = wire.url()
	w := h.compose(t.Context(), t)
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer cancel()
		if err := w.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	receiver := httptest.NewServer(webhook.New(w, h.adapter(), ordersOnly))
	t.Cleanup(receiver.Close)
	sold := 0
	sell := func() {
		for range each {
			sold++
			id := fmt.Sprint("order_", sold)
			shop.Put(medusatest.SampleOrder(id, sold, 1+sold%5, h.sku("A"), time.Now().UTC().Format("2006-01-02T15:04:05.000Z")))
			header, body := shop.Delivery("order.placed", id)
			if status := deliver(t, receiver.URL, header, body); status != http.StatusNoContent {
				t.Fatalf("the webhook of order %d is answered with %d", sold, status)
			}
		}
	}
	sell()
	wire.down()
	sell()
	until(t, "a try has found that Odoo is down", func() bool {
		waiting := find(t, w, worker.Filter{Kind: "order", States: []worker.State{worker.StatePending}, Verdict: worker.Wait})
		return len(waiting) > 0
	})
	wire.up(t)
	sell()
	until(t, "all are done", func() bool {
		return len(find(t, w, worker.Filter{Kind: "order", States: []worker.State{worker.StateDone}})) == sold
	})
	orders := books.orders()
	for n := 1; n <= sold; n++ {
		id := fmt.Sprint("order_", n)
		if len(orders[id]) != 1 || !orders[id][0].Open() || orders[id][0].Units[h.sku("A")].Cmp(decimal.MustNew(int64(1+n%5), 0)) != 0 {
			t.Errorf("order %s in Odoo: %+v", id, orders[id])
		}
	}
	if len(orders) != sold {
		t.Errorf("Odoo has %d orders, want %d", len(orders), sold)
	}
}

// ordersOnly leaves out what no handler is there for.
var ordersOnly = webhook.WithEvents(func(notice marketplace.Notice) (worker.Event, bool) {
	event, ok := webhook.EventOf(notice)
	return event, ok && notice.Kind == marketplace.NoticeOrder
})

// deliver posts a webhook and returns the status of the answer.
func deliver(t *testing.T, url string, header http.Header, body []byte) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

// find returns the events of a page that fit.
func find(t *testing.T, w *worker.Worker, filter worker.Filter) []worker.Record {
	t.Helper()
	records, err := w.Find(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// until waits for something that comes about by itself.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within two minutes: %s", what)
		}
	}
}
