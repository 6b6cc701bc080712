package woocommerce_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

var channel = canonical.Channel{Name: woocommerce.Name, Account: "main"}

// No payload makes the decoder panic, an error has a code, and equal payloads decode equally.
func FuzzDecodeOrder(f *testing.F) {
	f.Add([]byte(wootest.SampleOrder(7, 3, "TS-M", "2026-03-01T12:00:00")), []byte(`{"id":9,"amount":"5.00","date_created_gmt":"2026-03-02T12:00:00","line_items":[{"id":10,"quantity":-1,"total":"-4.00","total_tax":"-0.30","meta_data":[{"key":"_refunded_item_id","value":71}]}]}`))
	f.Add([]byte(`{"id":"8","currency":"jpy","total":1200,"billing":[],"line_items":{"5":{"id":5,"quantity":"2","total":1200.0,"taxes":null}},"meta_data":""}`), []byte(`[]`))
	f.Add([]byte(`{"id":1,"total":"1e300"}`), []byte(`{"id":1,"amount":"-1e18"}`))
	f.Fuzz(func(t *testing.T, body, refund []byte) {
		order, err := woocommerce.DecodeOrder(channel, body, json.RawMessage(refund))
		if err != nil {
			if marketplace.CodeOf(err) != marketplace.CodeInvalid {
				t.Errorf("the error has the code %q: %v", marketplace.CodeOf(err), err)
			}
			return
		}
		_ = order.Validate()
		again, err := woocommerce.DecodeOrder(channel, body, json.RawMessage(refund))
		if err != nil || again.Revision != order.Revision {
			t.Errorf("decoded twice with two results: %v", err)
		}
	})
}

func FuzzReceiveWebhook(f *testing.F) {
	server := wootest.NewServer(wootest.SampleOrder(7, 3, "TS-M", "2026-03-01T12:00:00"))
	f.Cleanup(server.Close)
	header, body := server.Delivery("order.updated", "7")
	f.Add("order.updated", header.Get("X-WC-Webhook-Signature"), body)
	f.Add("", "", []byte("webhook_id=5"))
	f.Add("order.deleted", "AAAA", []byte(`{"id":7}`))
	signed := woocommerce.New(server.URL, woocommerce.Keys("k", "s"), woocommerce.WithWebhookSecret(server.WebhookSecret))
	f.Fuzz(func(t *testing.T, topic, signature string, content []byte) {
		notices, err := signed.ReceiveWebhook(context.Background(), http.Header{
			"X-Wc-Webhook-Topic": {topic}, "X-Wc-Webhook-Signature": {signature},
		}, content)
		if err == nil && len(notices) > 0 && string(content) != string(body) {
			t.Errorf("a body that nobody signed gave %v", notices)
		}
	})
}

// fuzzed returns an adapter on a line that answers by itself.
func fuzzed(wire http.RoundTripper) *woocommerce.Adapter {
	return woocommerce.New("https://shop.example.com", woocommerce.Keys("ck_x", "cs_x"), woocommerce.WithTransport(wire),
		woocommerce.WithRateLimit(1e9), woocommerce.WithBackoff(time.Nanosecond))
}
