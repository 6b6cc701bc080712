package paymentstest

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// delivery makes a refund and returns a delivery about it.
func (b *bench) delivery() (receiver marketplace.WebhookReceiver, refund string, header http.Header, body []byte) {
	b.Helper()
	receiver = capability[marketplace.WebhookReceiver](b)
	b.need("Deliver", b.Deliver != nil)
	creator := capability[payments.RefundCreator](b)
	refund = b.create(creator, b.request(b.pay("20"), decimal.MustParse("5"))).Key.ID
	header, body = b.Deliver(b.T, refund)
	return receiver, refund, header, body
}

func testWebhook(t *testing.T, h Harness) {
	b := h.open(t)
	receiver, refund, header, body := b.delivery()
	notices, err := receiver.ReceiveWebhook(context.Background(), header, body)
	b.must(err)
	// What else it concerns, such as the order of a shop, may come along.
	about := slices.DeleteFunc(slices.Clone(notices), func(notice marketplace.Notice) bool { return notice.Kind != marketplace.NoticeRefund })
	if len(about) != 1 {
		t.Fatalf("a delivery about one refund gave %d notices of refunds: %+v", len(about), notices)
	}
	notice := about[0]
	if notice.Key.ID != refund || notice.Key.Channel != b.Provider.Channel() || notice.EventID == "" {
		t.Errorf("got %+v, want a notice of refund %s with an event id", notice, refund)
	}
	repeated, err := receiver.ReceiveWebhook(context.Background(), header, body)
	b.must(err)
	if diff := cmp.Diff(notices, repeated); diff != "" {
		t.Errorf("a doubled delivery gives other notices (-first +second):\n%s", diff)
	}
	if b.Ping != nil {
		header, body := b.Ping(t)
		if notices, err := receiver.ReceiveWebhook(context.Background(), header, body); err != nil || len(notices) > 0 {
			t.Errorf("a ping gave %d notices and the error %v, want none", len(notices), err)
		}
	}
}

func testWebhookRefuses(t *testing.T, h Harness) {
	b := h.open(t)
	receiver, refund, header, body := b.delivery()
	refuse := func(what string, header http.Header, body []byte) {
		t.Helper()
		notices, err := receiver.ReceiveWebhook(context.Background(), header, body)
		b.expect(what, err, marketplace.CodeUnauthenticated)
		if len(notices) > 0 {
			t.Errorf("%s: notices come with the error", what)
		}
	}
	tampered := bytes.Clone(body)
	tampered[len(tampered)/2] ^= 1
	refuse("a tampered body", header, tampered)
	refuse("an empty body", header, nil)
	refuse("a longer body", header, append(bytes.Clone(body), ' '))
	refuse("no headers", http.Header{}, body)
	if b.SignatureHeader != "" {
		for _, signature := range []string{"", "AAAA", "t=1,v1=00", "\x00", header.Get(b.SignatureHeader) + "0"} {
			other := header.Clone()
			other.Set(b.SignatureHeader, signature)
			refuse("a bad signature", other, body)
		}
	}
	if b.DeliverLate != nil {
		header, body := b.DeliverLate(t, refund)
		refuse("a delivery of long ago, sent again", header, body)
	}
	if _, err := receiver.ReceiveWebhook(context.Background(), header, make([]byte, 64<<20)); err == nil {
		t.Error("64 MiB that nobody signed were accepted")
	}
}
