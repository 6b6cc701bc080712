package marketplacetest

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/marketplace"
)

func testWebhook(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	receiver := shop.receiver(t)
	if shop.Deliver == nil {
		t.Skip("the harness has no Deliver")
	}
	id := shop.seed(t, 1)[0]
	header, body := shop.Deliver(t, id)
	notices, err := receiver.ReceiveWebhook(context.Background(), header, body)
	if err != nil {
		t.Fatal(err)
	}
	if len(notices) != 1 {
		t.Fatalf("a delivery about one order gave %d notices", len(notices))
	}
	notice := notices[0]
	if notice.Kind != marketplace.NoticeOrder || notice.Key.ID != id || notice.Key.Channel != shop.Adapter.Channel() {
		t.Errorf("got a notice of %s %s, want of order %s", notice.Kind, notice.Key, id)
	}
	if notice.EventID == "" {
		t.Error("a notice has no EventID: repeats cannot be told")
	}
	repeated, err := receiver.ReceiveWebhook(context.Background(), header, body)
	if err != nil {
		t.Fatalf("a delivery that is repeated: %v", err)
	}
	if diff := cmp.Diff(notices, repeated); diff != "" {
		t.Errorf("a repeated delivery gives other notices (-first +second):\n%s", diff)
	}
	if shop.Touch != nil {
		shop.Touch(t, id)
		header, body := shop.Deliver(t, id)
		if later, err := receiver.ReceiveWebhook(context.Background(), header, body); err != nil || len(later) != 1 || later[0].EventID == notice.EventID {
			t.Errorf("a later event of the same order: %v, error %v: its event id must be another, or it is dropped as a repeat", later, err)
		}
	}
	if shop.Ping != nil {
		header, body := shop.Ping(t)
		if notices, err := receiver.ReceiveWebhook(context.Background(), header, body); err != nil || len(notices) > 0 {
			t.Errorf("a ping gave %d notices and the error %v, want none", len(notices), err)
		}
	}
}

func testWebhookRefuses(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	receiver := shop.receiver(t)
	if shop.Deliver == nil {
		t.Skip("the harness has no Deliver")
	}
	id := shop.seed(t, 1)[0]
	header, body := shop.Deliver(t, id)
	receive := func(header http.Header, body []byte) error {
		notices, err := receiver.ReceiveWebhook(context.Background(), header, body)
		if err != nil && len(notices) > 0 {
			t.Error("notices come with an error")
		}
		return err
	}
	tampered := append([]byte{}, body...)
	tampered[len(tampered)/2] ^= 1
	forged := map[string][]byte{"a tampered body": tampered, "an empty body": nil, "a longer body": append(append([]byte{}, body...), ' ')}
	for name, body := range forged {
		expect(t, name, h, wire, receive(header, body), marketplace.CodeUnauthenticated)
	}
	if shop.SignatureHeader != "" {
		for _, signature := range []string{"", "sha256=", "AAAA", "sha256=00", "\x00", header.Get(shop.SignatureHeader) + "0"} {
			other := header.Clone()
			other.Set(shop.SignatureHeader, signature)
			expect(t, "a bad signature", h, wire, receive(other, body), marketplace.CodeUnauthenticated)
		}
	}
	expect(t, "no headers", h, wire, receive(http.Header{}, body), marketplace.CodeUnauthenticated)
	huge := make([]byte, 64<<20)
	if err := receive(header, huge); err == nil {
		t.Error("64 MiB that nobody signed were accepted")
	}
}
