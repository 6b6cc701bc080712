package shopify_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
)

const secret = "shpss_secret"

func receiver(options ...shopify.Option) *shopify.Adapter {
	return shopify.New("demo", shopify.AccessToken("shpat_x"), append([]shopify.Option{shopify.WithWebhookSecret("shpss_new", secret)}, options...)...)
}

// delivery is what Shopify sends; the headers may be replaced.
func delivery(topic, body string, header map[string]string) (http.Header, []byte) {
	all := http.Header{}
	for name, value := range map[string]string{
		"X-Shopify-Topic": topic, "X-Shopify-Shop-Domain": "demo.myshopify.com", "X-Shopify-Hmac-Sha256": shopifytest.Sign(secret, []byte(body)),
		"X-Shopify-Event-Id": "event-1", "X-Shopify-Webhook-Id": "delivery-1", "X-Shopify-Triggered-At": "2026-03-01T12:00:00.123456789Z",
	} {
		all.Set(name, value)
	}
	for name, value := range header {
		all.Set(name, value)
	}
	return all, []byte(body)
}

func TestWebhookTopics(t *testing.T) {
	t.Parallel()
	const big = "9007199254740993"
	for topic, test := range map[string]struct {
		body string
		kind marketplace.NoticeKind
		// more are the notices of money that come along, by id.
		more map[string]marketplace.NoticeKind
	}{
		"orders/create":                  {`{"id":9007199254740993,"line_items":[]}`, marketplace.NoticeOrder, nil},
		"ORDERS/UPDATED":                 {`{"id":9007199254740993}`, marketplace.NoticeOrder, nil},
		"orders/delete":                  {`{"id":9007199254740993}`, marketplace.NoticeOrder, nil},
		"orders/edited":                  {`{"order_edit":{"id":1,"order_id":9007199254740993}}`, marketplace.NoticeOrder, nil},
		"orders/risk_assessment_changed": {`{"order_id":9007199254740993,"risk_level":"HIGH"}`, marketplace.NoticeOrder, nil},
		"refunds/create":                 {`{"id":1,"order_id":9007199254740993,"transactions":[{"id":5,"kind":"refund"},{"id":6,"kind":"void"},{"id":"x","kind":"refund"}]}`, marketplace.NoticeOrder, map[string]marketplace.NoticeKind{"5": marketplace.NoticeRefund}},
		"fulfillments/update":            {`{"id":1,"order_id":9007199254740993}`, marketplace.NoticeOrder, nil},
		"order_transactions/create":      {`{"id":1,"order_id":"9007199254740993","kind":"sale"}`, marketplace.NoticeOrder, map[string]marketplace.NoticeKind{"1": marketplace.NoticePayment}},
		"ORDER_TRANSACTIONS/create":      {`{"id":1,"order_id":"9007199254740993","kind":"refund"}`, marketplace.NoticeOrder, map[string]marketplace.NoticeKind{"1": marketplace.NoticeRefund}},
		"disputes/create":                {`{"id":9007199254740993,"order_id":1,"type":"chargeback"}`, marketplace.NoticeDispute, nil},
		"disputes/update":                {`{"id":9007199254740993,"order_id":1,"status":"won"}`, marketplace.NoticeDispute, nil},
		"returns/approve":                {`{"id":9007199254740993,"order":{"id":1}}`, marketplace.NoticeReturn, nil},
		"products/update":                {`{"id":9007199254740993}`, marketplace.NoticeProduct, nil},
		"inventory_levels/update":        {`{"inventory_item_id":9007199254740993,"location_id":1,"available":3}`, marketplace.NoticeStock, nil},
		"app/uninstalled":                {`{"id":9007199254740993}`, "", nil},
		"customers/redact":               {`{"shop_id":1}`, "", nil},
		"":                               {`{"id":9007199254740993}`, "", nil},
	} {
		header, body := delivery(topic, test.body, nil)
		notices, err := receiver().ReceiveWebhook(context.Background(), header, body)
		if err != nil {
			t.Errorf("%s: %v", topic, err)
			continue
		}
		var want []marketplace.Notice
		if test.kind != "" {
			want = []marketplace.Notice{{
				EventID: "event-1", Kind: test.kind, Key: canonical.Key{Channel: channel, ID: big},
				At: time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC),
			}}
		}
		for id, kind := range test.more {
			want = append(want, marketplace.Notice{
				EventID: fmt.Sprintf("event-1-%s-%s", kind, id), Kind: kind, Key: canonical.Key{Channel: channel, ID: id}, At: want[0].At,
			})
		}
		if diff := cmp.Diff(want, notices); diff != "" {
			t.Errorf("%s (-want +got):\n%s", topic, diff)
		}
	}
}

func TestWebhookHeaders(t *testing.T) {
	t.Parallel()
	const body = `{"id":7,"updated_at":"2026-03-01T11:00:00-05:00"}`
	for _, test := range []struct {
		name   string
		header map[string]string
		// want is the event's id; code is set if the delivery is refused.
		want string
		code marketplace.Code
	}{
		{name: "the event's id", want: "event-1"},
		{name: "the delivery's id", header: map[string]string{"X-Shopify-Event-Id": ""}, want: "delivery-1"},
		{name: "an id that is too long", header: map[string]string{"X-Shopify-Event-Id": strings.Repeat("x", 200)}, want: "delivery-1"},
		{name: "the newer secret", header: map[string]string{"X-Shopify-Hmac-Sha256": shopifytest.Sign("shpss_new", []byte(body))}, want: "event-1"},
		{name: "the shop's name in capitals", header: map[string]string{"X-Shopify-Shop-Domain": "DEMO.myshopify.com"}, want: "event-1"},
		{name: "another shop", header: map[string]string{"X-Shopify-Shop-Domain": "other.myshopify.com"}, code: marketplace.CodeUnauthenticated},
		{name: "no shop", header: map[string]string{"X-Shopify-Shop-Domain": ""}, code: marketplace.CodeUnauthenticated},
		{name: "no secret", header: map[string]string{"X-Shopify-Hmac-Sha256": shopifytest.Sign("", []byte(body))}, code: marketplace.CodeUnauthenticated},
	} {
		header, content := delivery("orders/updated", body, test.header)
		notices, err := receiver().ReceiveWebhook(context.Background(), header, content)
		switch {
		case marketplace.CodeOf(err) != test.code:
			t.Errorf("%s: %v", test.name, err)
		case test.code == "" && notices[0].EventID != test.want:
			t.Errorf("%s: the event is %q", test.name, notices[0].EventID)
		}
	}
	header, content := delivery("orders/updated", body, map[string]string{"X-Shopify-Event-Id": "", "X-Shopify-Webhook-Id": "", "X-Shopify-Triggered-At": "soon"})
	notices, err := receiver().ReceiveWebhook(context.Background(), header, content)
	if err != nil || len(notices[0].EventID) != 32 || !notices[0].At.Equal(time.Date(2026, 3, 1, 16, 0, 0, 0, time.UTC)) {
		t.Errorf("without ids: %v, %v", notices, err)
	}
	for _, body := range []string{`[]`, `{"id":"x"}`, `{}`, `7`} {
		header, content := delivery("orders/updated", body, nil)
		if _, err := receiver().ReceiveWebhook(context.Background(), header, content); marketplace.CodeOf(err) != marketplace.CodeInvalid {
			t.Errorf("%s: %v", body, err)
		}
	}
	header, content = delivery("orders/updated", body, nil)
	if _, err := shopify.New("demo", shopify.AccessToken("x")).ReceiveWebhook(context.Background(), header, content); marketplace.CodeOf(err) != marketplace.CodeUnauthenticated {
		t.Errorf("no secret is configured: %v", err)
	}
	// The secret of the client credentials is that of the webhooks.
	if _, err := shopify.New("demo", shopify.ClientCredentials("id", secret)).ReceiveWebhook(context.Background(), header, content); err != nil {
		t.Error(err)
	}
}
