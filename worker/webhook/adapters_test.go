package webhook_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/returns/generic"
	"github.com/retailsync/retailsync/returns/loop"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/webhook"
)

// sender is what a channel sends to one receiver of ours.
type sender struct {
	// open makes the adapter with a webhook secret; none with the empty text.
	open func(t *testing.T, secret string) marketplace.WebhookReceiver
	// body is a delivery about the object with the id, a JSON value.
	body func(id string) string
	id   string
	// sign makes the headers of a delivery. Sent is when it is, for those that sign a time.
	sign func(secret, body string, sent time.Time) http.Header
	// timed says that the time is signed.
	timed bool
}

func sum(secret, text string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func configured(t *testing.T, file, secret string) marketplace.WebhookReceiver {
	t.Helper()
	text, err := os.ReadFile("../../returns/generic/testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	config, err := generic.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	platform, err := generic.New(config, generic.Secrets{Token: "token", User: "user", Password: "password", Webhook: secret})
	if err != nil {
		t.Fatal(err)
	}
	receiver, ok := platform.(marketplace.WebhookReceiver)
	if !ok {
		t.Fatal("the platform receives no webhooks")
	}
	return receiver
}

// senders are those of all adapters in this module.
var senders = map[string]sender{
	"woocommerce": {
		open: func(_ *testing.T, secret string) marketplace.WebhookReceiver {
			return woocommerce.New("https://shop.example", woocommerce.Keys("ck", "cs"), woocommerce.WithWebhookSecret(secret))
		},
		body: func(id string) string { return fmt.Sprintf(`{"id":%s,"status":"processing"}`, id) }, id: "7",
		sign: func(secret, body string, _ time.Time) http.Header {
			return header("X-WC-Webhook-Topic", "order.updated", "X-WC-Webhook-Delivery-ID", "d1", "X-WC-Webhook-Signature", base64.StdEncoding.EncodeToString(sum(secret, body)))
		},
	},
	"medusa": {
		open: func(_ *testing.T, secret string) marketplace.WebhookReceiver {
			return medusa.New("https://shop.example", medusa.SecretKey("sk"), medusa.WithWebhookSecret(secret))
		},
		body: func(id string) string { return fmt.Sprintf(`{"name":"order.placed","data":{"id":%s}}`, id) }, id: `"order_7"`,
		sign: func(secret, body string, _ time.Time) http.Header {
			return medusatest.Sign(secret, "order.placed", "d1", []byte(body))
		},
	},
	"shopify": {
		open: func(_ *testing.T, secret string) marketplace.WebhookReceiver {
			return shopify.New("demo", shopify.AccessToken("shpat_x"), shopify.WithWebhookSecret(secret))
		},
		body: func(id string) string { return fmt.Sprintf(`{"id":%s}`, id) }, id: "7",
		sign: func(secret, body string, _ time.Time) http.Header {
			return header("X-Shopify-Topic", "orders/updated", "X-Shopify-Shop-Domain", "demo.myshopify.com", "X-Shopify-Event-Id", "e1",
				"X-Shopify-Hmac-Sha256", base64.StdEncoding.EncodeToString(sum(secret, body)))
		},
	},
	"loop": {
		open: func(_ *testing.T, secret string) marketplace.WebhookReceiver {
			return loop.New(loop.APIKey("key"), loop.WithWebhookSecret(secret))
		},
		body: func(id string) string { return fmt.Sprintf(`{"topic":"return","id":%s}`, id) }, id: `"7"`,
		sign: func(secret, body string, _ time.Time) http.Header {
			return header("X-Loop-Signature", base64.StdEncoding.EncodeToString(sum(secret, body)))
		},
	},
	"configured": {
		open: func(t *testing.T, secret string) marketplace.WebhookReceiver {
			return configured(t, "aftership.yaml", secret)
		},
		body: func(id string) string {
			return fmt.Sprintf(`{"id":"ev1","event":"return.approved","data":{"id":%s}}`, id)
		}, id: `"7"`,
		sign: func(secret, body string, _ time.Time) http.Header {
			return header("as-signature-hmac-sha256", base64.StdEncoding.EncodeToString(sum(secret, body)))
		},
	},
	"configured, with a time": {
		open: func(t *testing.T, secret string) marketplace.WebhookReceiver {
			return configured(t, "rma.yaml", secret)
		},
		body: func(id string) string { return fmt.Sprintf(`{"rma":%s}`, id) }, id: `"7"`, timed: true,
		sign: func(secret, body string, sent time.Time) http.Header {
			at := fmt.Sprint(sent.Unix())
			return header("X-Timestamp", at, "X-Signature", "v1="+hex.EncodeToString(sum(secret, at+"."+body)))
		},
	},
}

// failing is a ledger that cannot accept while it is down.
type failing struct {
	*worker.Memory
	down atomic.Bool
}

func (f *failing) Accept(ctx context.Context, events []worker.Event, within worker.Within) ([]worker.Receipt, error) {
	if f.down.Load() {
		return nil, errors.New("the disk is full")
	}
	return f.Memory.Accept(ctx, events, within)
}

// TestEveryAdapterThroughTheReceiver sends what anybody may send to the receiver of each adapter.
func TestEveryAdapterThroughTheReceiver(t *testing.T) {
	t.Parallel()
	const secret = "the webhook's secret"
	for name, from := range senders {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adapter := from.open(t, secret)
			ledger := &failing{Memory: worker.NewMemory()}
			w, err := worker.New(ledger, worker.NewMemoryEngine(), []worker.Channel{{Name: adapter.Channel().String()}})
			if err != nil {
				t.Fatal(err)
			}
			open := func(receiver marketplace.WebhookReceiver) string {
				server := httptest.NewServer(webhook.New(w, receiver, webhook.WithMaxBody(200_000)))
				t.Cleanup(server.Close)
				return server.URL
			}
			url, secretless := open(adapter), open(from.open(t, ""))
			accepted := func() int {
				found, err := w.Find(t.Context(), worker.Filter{})
				if err != nil {
					t.Fatal(err)
				}
				return len(found)
			}
			send := func(url, method string, head http.Header, body string) *http.Response {
				t.Helper()
				request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader([]byte(body)))
				if err != nil {
					t.Fatal(err)
				}
				request.Header = head
				response, err := http.DefaultClient.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				return response
			}
			now := time.Now()
			body := from.body(from.id)
			right := from.sign(secret, body, now)
			changed := strings.Replace(body, "7", "8", 1)
			without := right.Clone()
			for key := range without {
				if strings.Contains(strings.ToLower(key), "sign") || strings.Contains(strings.ToLower(key), "hmac") {
					without.Del(key)
				}
			}
			twice := right.Clone()
			for key, values := range right {
				if strings.Contains(strings.ToLower(key), "sign") || strings.Contains(strings.ToLower(key), "hmac") {
					twice[key] = append([]string{"AAAA"}, values...)
				}
			}
			large := from.body(`"` + strings.Repeat("x", 300_000) + `"`)
			for _, refused := range []struct {
				what   string
				url    string
				method string
				head   http.Header
				body   string
				status int
			}{
				{"another body", url, http.MethodPost, right, changed, http.StatusUnauthorized},
				{"a body with one byte more", url, http.MethodPost, right, body + " ", http.StatusUnauthorized},
				{"no signature", url, http.MethodPost, without, body, http.StatusUnauthorized},
				{"a wrong signature before the right one", url, http.MethodPost, twice, body, http.StatusUnauthorized},
				{"another secret", url, http.MethodPost, from.sign("another", body, now), body, http.StatusUnauthorized},
				{"the empty secret", url, http.MethodPost, from.sign("", body, now), body, http.StatusUnauthorized},
				{"no secret here", secretless, http.MethodPost, right, body, http.StatusUnauthorized},
				{"no secret here, nor there", secretless, http.MethodPost, from.sign("", body, now), body, http.StatusUnauthorized},
				{"too large, and signed", url, http.MethodPost, from.sign(secret, large, now), large, http.StatusRequestEntityTooLarge},
				{"a look", url, http.MethodGet, right, "", http.StatusMethodNotAllowed},
			} {
				if got := send(refused.url, refused.method, refused.head, refused.body); got.StatusCode != refused.status {
					t.Errorf("%s is answered with %d, want %d", refused.what, got.StatusCode, refused.status)
				}
			}
			if from.timed {
				for _, away := range []time.Duration{-time.Hour, time.Hour} {
					if got := send(url, http.MethodPost, from.sign(secret, body, now.Add(away)), body); got.StatusCode != http.StatusUnauthorized {
						t.Errorf("sent %s from now it is answered with %d", away, got.StatusCode)
					}
				}
			}
			// What is signed and no delivery is refused for good: the sender must neither be told to send it for ever, nor that it is done.
			for _, odd := range []string{
				`7`, `[]`, `"x"`, `{`, body + body, strings.Repeat(`{"id":`, 20_000) + `1` + strings.Repeat(`}`, 20_000),
				from.body(`"` + strings.Repeat("9", 100_000) + `"`), from.body(`"../admin"`), from.body(`"7\u0000"`), from.body(`"7/8?x=1#y"`),
				from.body(`null`), from.body(`{}`), from.body(`[7]`), from.body(`""`), from.body(`" "`), from.body("\"\xff\""),
			} {
				if got := send(url, http.MethodPost, from.sign(secret, odd, now), odd); got.StatusCode != http.StatusBadRequest {
					t.Errorf("signed %.60q is answered with %d", odd, got.StatusCode)
				}
			}
			if n := accepted(); n != 0 {
				t.Fatalf("%d events of what was refused are accepted", n)
			}
			ledger.down.Store(true)
			// What may be an id to one adapter and not to another fails by itself at the worst, and never asks to be sent again.
			for _, odd := range []string{`null`, from.body(`1e400`), from.body(`-1`), from.body(`1.5`), from.body(`true`)} {
				notices, err := adapter.ReceiveWebhook(t.Context(), from.sign(secret, odd, now), []byte(odd))
				if code := marketplace.CodeOf(err); err != nil && code != marketplace.CodeInvalid || len(notices) > 1 {
					t.Errorf("signed %q gives %v, %v", odd, notices, err)
				}
			}
			if got := send(url, http.MethodPost, right, body); got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
				t.Errorf("while the ledger is down it is answered with %d, to be sent again after %q", got.StatusCode, got.Header.Get("Retry-After"))
			}
			ledger.down.Store(false)
			for range 3 {
				if got := send(url, http.MethodPost, right, body); got.StatusCode != http.StatusNoContent {
					t.Errorf("the delivery is answered with %d", got.StatusCode)
				}
			}
			if n := accepted(); n != 1 {
				t.Errorf("%d events, want the one", n)
			}
		})
	}
}
