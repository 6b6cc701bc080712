package medusawebhooks

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
)

// What the subscriber sends is what the adapter accepts, also when the first attempt fails.
func TestSubscriber(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node here: the subscriber is JavaScript")
	}
	const secret = "a secret of the test"
	adapter := medusa.New("https://medusa.example.com", medusa.SecretKey("sk_unused"), medusa.WithWebhookSecret(secret))
	var mu sync.Mutex
	var got, deliveries []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		deliveries = append(deliveries, r.Header.Get("X-Medusa-Delivery"))
		if len(deliveries) == 1 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		notices, err := adapter.ReceiveWebhook(context.Background(), r.Header, body)
		if err != nil {
			t.Error(err)
		}
		for _, notice := range notices {
			got = append(got, string(notice.Kind)+" "+notice.Key.ID)
			if notice.At.IsZero() {
				t.Error("a notice has no time")
			}
		}
	}))
	t.Cleanup(server.Close)
	command := exec.Command(node, "testdata/emit.js", `[
		{"name":"order.placed","data":{"id":"order_1"}},
		{"name":"order.fulfillment_created","data":{"order_id":"order_2","fulfillment_id":"ful_1"}},
		{"name":"payment.refunded","data":{"id":"pay_3"}},
		{"name":"delivery.created","data":{"id":"ful_4"}},
		{"name":"inventory-level.updated","data":[{"id":"ilev_5"},{"id":"ilev_6"}]},
		{"name":"order.order-item.created","data":{"id":"internal"}},
		{"name":"auth.password_reset","data":{"token":"not for others"}}
	]`)
	command.Env = append(os.Environ(), "RETAILSYNC_WEBHOOK_URL="+server.URL, "RETAILSYNC_WEBHOOK_SECRET="+secret, "RETAILSYNC_WEBHOOK_PAUSE_MS=1")
	if output, err := command.CombinedOutput(); err != nil || len(output) > 0 {
		t.Fatalf("%v: %s", err, output)
	}
	want := []string{
		string(marketplace.NoticeOrder) + " order_1",
		string(marketplace.NoticeOrder) + " order_2",
		string(marketplace.NoticeOrder) + " order_of_pay_3",
		string(marketplace.NoticePayment) + " pay_3",
		string(marketplace.NoticeRefund) + " pay_3/ref_5",
		string(marketplace.NoticeRefund) + " pay_3/ref_6",
		string(marketplace.NoticeOrder) + " order_of_ful_4",
		string(marketplace.NoticeStock) + " ilev_5",
		string(marketplace.NoticeStock) + " ilev_6",
	}
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what arrived (-want +got):\n%s", diff)
	}
	if len(deliveries) < 2 || deliveries[0] != deliveries[1] {
		t.Error("a delivery that is tried again has another id")
	}
}
