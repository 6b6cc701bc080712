package returnstest

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/marketplace"
)

func testWebhook(t *testing.T, b *bench) {
	receiver := able[marketplace.WebhookReceiver](t, b)
	need(t, b.Deliver != nil, "Deliver")
	ids := b.seed(t, 2)
	header, body := b.Deliver(t, ids[0])
	notices, err := receiver.ReceiveWebhook(context.Background(), header, body)
	if err != nil {
		t.Fatal(err)
	}
	about := ofReturns(notices)
	if len(about) != 1 {
		t.Fatalf("a delivery about one return gave %d notices of returns: %+v", len(about), notices)
	}
	notice := about[0]
	if notice.Key.ID != ids[0] || notice.Key.Channel != b.Platform.Channel() {
		t.Errorf("got a notice of %s, want of return %s", notice.Key, ids[0])
	}
	if notice.EventID == "" {
		t.Error("the notice has no event id")
	}
	repeated, err := receiver.ReceiveWebhook(context.Background(), header, body)
	if err != nil {
		t.Fatalf("a delivery that is repeated: %v", err)
	}
	if diff := cmp.Diff(notices, repeated); diff != "" {
		t.Errorf("a repeated delivery gives other notices (-first +second):\n%s", diff)
	}
	header, body = b.Deliver(t, ids[1])
	others, err := receiver.ReceiveWebhook(context.Background(), header, body)
	if others = ofReturns(others); err != nil || len(others) != 1 || others[0].EventID == notice.EventID {
		t.Errorf("an event of another return: %v, error %v: its event id must be another", others, err)
	}
	if b.Touch != nil {
		b.Touch(t, ids[0])
		header, body := b.Deliver(t, ids[0])
		later, err := receiver.ReceiveWebhook(context.Background(), header, body)
		if later = ofReturns(later); err != nil || len(later) != 1 || later[0].EventID == notice.EventID {
			t.Errorf("a later event of the same return: %v, error %v: its event id must be another, or it is dropped as a repeat", later, err)
		}
	}
	if b.Ping != nil {
		header, body := b.Ping(t)
		if notices, err := receiver.ReceiveWebhook(context.Background(), header, body); err != nil || len(notices) > 0 {
			t.Errorf("a ping gave %d notices and the error %v, want none", len(notices), err)
		}
	}
}

// ofReturns are the notices of returns. What else a delivery concerns, such as the order of a shop, may come along.
func ofReturns(notices []marketplace.Notice) []marketplace.Notice {
	return slices.DeleteFunc(slices.Clone(notices), func(notice marketplace.Notice) bool { return notice.Kind != marketplace.NoticeReturn })
}

func testWebhookRefuses(t *testing.T, b *bench) {
	receiver := able[marketplace.WebhookReceiver](t, b)
	need(t, b.Deliver != nil, "Deliver")
	ids := b.seed(t, 2)
	header, body := b.Deliver(t, ids[0])
	_, another := b.Deliver(t, ids[1])
	receive := func(header http.Header, body []byte) error {
		notices, err := receiver.ReceiveWebhook(context.Background(), header, body)
		if err != nil && len(notices) > 0 {
			t.Error("notices come with an error")
		}
		return err
	}
	tampered := append([]byte{}, body...)
	tampered[len(tampered)/2] ^= 1
	for name, body := range map[string][]byte{
		"a tampered body": tampered, "an empty body": nil, "a longer body": append(append([]byte{}, body...), 'x'), "another body": another,
	} {
		b.expect(t, name, receive(header, body), marketplace.CodeUnauthenticated)
	}
	if b.SignatureHeader != "" {
		for _, signature := range []string{"", "sha256=", "AAAA", "sha256=00", "\x00", header.Get(b.SignatureHeader) + "0"} {
			other := header.Clone()
			other.Set(b.SignatureHeader, signature)
			b.expect(t, "a bad signature", receive(other, body), marketplace.CodeUnauthenticated)
		}
	}
	b.expect(t, "no headers", receive(http.Header{}, body), marketplace.CodeUnauthenticated)
	if b.Stale != nil {
		header, body := b.Stale(t, ids[0])
		b.expect(t, "a delivery that is too old", receive(header, body), marketplace.CodeUnauthenticated)
	}
	if err := receive(header, make([]byte, 64<<20)); err == nil {
		t.Error("64 MiB that nobody signed were accepted")
	}
}
