package medusa_test

import (
	"context"
	"testing"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
)

var channel = canonical.Channel{Name: medusa.Name, Account: "main"}

// No payload makes the decoder panic, an error has a code, and equal payloads decode equally.
func FuzzDecodeOrder(f *testing.F) {
	f.Add([]byte(medusatest.SampleOrder("order_1", 1, 3, "TS-M", "2026-03-01T12:00:00.000Z")))
	f.Add([]byte(`{"id":"o","currency_code":"jpy","total":1200.5,"items":[{"id":"i","quantity":2,"unit_price":600,"is_tax_inclusive":true,"tax_lines":[{"rate":-100}]}],"metadata":[]}`))
	f.Add([]byte(`{"id":"o","total":{"value":"1"},"raw_total":{"value":"1e300"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		order, err := medusa.DecodeOrder(channel, body)
		if err != nil {
			if marketplace.CodeOf(err) != marketplace.CodeInvalid {
				t.Errorf("the error has the code %q: %v", marketplace.CodeOf(err), err)
			}
			return
		}
		_ = order.Validate()
		again, err := medusa.DecodeOrder(channel, body)
		if err != nil || again.Revision != order.Revision {
			t.Errorf("decoded twice with two results: %v", err)
		}
	})
}

// Nothing that is signed makes the parser panic or invents an object.
func FuzzReceiveWebhook(f *testing.F) {
	f.Add([]byte(`{"name":"order.placed","data":{"id":"order_1","order_id":"order_1"}}`))
	f.Add([]byte(`{"name":"payment.refunded","data":{"id":"pay_1","order_id":"order_1","at":"2026-03-01T12:00:00Z"}}`))
	f.Add([]byte(`{"name":[],"data":[]}`))
	adapter := medusa.New("https://shop.example.com", medusa.SecretKey("sk_x"), medusa.WithWebhookSecret("secret"))
	f.Fuzz(func(t *testing.T, body []byte) {
		notices, err := adapter.ReceiveWebhook(context.Background(), medusatest.Sign("secret", "x", "d", body), body)
		for _, notice := range notices {
			if err != nil || notice.Key.ID == "" || notice.EventID == "" {
				t.Errorf("notice %+v, error %v", notice, err)
			}
		}
	})
}
