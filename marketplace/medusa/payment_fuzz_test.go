package medusa_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
)

// No payload makes the decoder panic, an error has a code, and equal payloads decode equally.
func FuzzDecodeMoney(f *testing.F) {
	f.Add([]byte(medusatest.PaidOrder("order_1", 1, "eur", "20.125", true, "2026-03-01T12:00:00.000Z")))
	f.Add([]byte(`{"id":"o","currency_code":"jpy","payment_collections":[{"status":"x","payments":[{"id":"p","amount":1200.5,"canceled_at":"x","captures":[{"amount":5}],"refunds":[{"id":"r","amount":"3","note":"a"},{"id":"../r"}]}]}]}`))
	f.Add([]byte(`{"id":"o","currency_code":"eur","payment_collections":{"1":{"payments":[{"raw_amount":{"value":"1e300"}}]}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		money, err := medusa.DecodeMoney(channel, body)
		if err != nil {
			if marketplace.CodeOf(err) != marketplace.CodeInvalid {
				t.Errorf("the error has the code %q: %v", marketplace.CodeOf(err), err)
			}
			return
		}
		for _, one := range money.Refunds {
			if one.Key.ID == "" || one.Payment == "" || !one.Currency.Valid() {
				t.Errorf("a refund says %+v", one)
			}
		}
		again, err := medusa.DecodeMoney(channel, body)
		if diff := cmp.Diff(money, again, cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })); err != nil || diff != "" {
			t.Errorf("decoded twice with two results: %v %s", err, diff)
		}
	})
}
