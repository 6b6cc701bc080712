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
	f.Add([]byte(`{"name":"payment.refunded","data":{"id":"pay_1","order_id":"order_1","refund_ids":["ref_1",2,"../x"]}}`))
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

// No file of an order makes the decoder of returns panic, an error has a code, and equal files decode equally.
func FuzzDecodeReturns(f *testing.F) {
	f.Add([]byte(`{"id":"order_1","currency_code":"eur","items":[{"id":"i1","variant_id":"v"}],"returns":[{"id":"return_1","status":"requested","exchange_id":"oexc_1","items":[{"id":"r1","item_id":"i1","quantity":2}]}],"metadata":{"retailsync_return_return_1_arrived":"{\"r1\":\"1\"}"}}`),
		[]byte(`[{"status":"confirmed","change_type":"return_receive","return_id":"return_1","actions":[{"action":"RECEIVE_RETURN_ITEM","details":{"reference_id":"i1","quantity":1}}]}]`),
		[]byte(`[{"id":"oexc_1","return_id":"return_1","additional_items":[{"item_id":"i1","quantity":1}]}]`))
	f.Add([]byte(`{"id":"o","returns":[{"id":"r","items":[{"quantity":1e30}]}]}`), []byte(`{}`), []byte(`[{"id":"claim_1","claim_items":[{}]}]`))
	f.Fuzz(func(t *testing.T, order, changes, swaps []byte) {
		file := medusa.ReturnFile{Order: order, Changes: changes, Exchanges: swaps, Claims: swaps}
		all, err := medusa.DecodeReturns(channel, file)
		if err != nil {
			if marketplace.CodeOf(err) != marketplace.CodeInvalid {
				t.Errorf("the error has the code %q: %v", marketplace.CodeOf(err), err)
			}
			return
		}
		again, err := medusa.DecodeReturns(channel, file)
		if err != nil || len(again) != len(all) {
			t.Fatalf("decoded twice with two results: %v", err)
		}
		for i := range all {
			if all[i].Err == nil && all[i].Return.Revision != again[i].Return.Revision {
				t.Error("decoded twice with two revisions")
			}
			if all[i].Err != nil && marketplace.CodeOf(all[i].Err) != marketplace.CodeInvalid {
				t.Errorf("the error has the code %q", marketplace.CodeOf(all[i].Err))
			}
		}
	})
}
