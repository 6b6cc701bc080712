package stripe_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments/stripe"
	"github.com/retailsync/retailsync/payments/stripe/internal/stripedouble"
)

func eventOf(kind, object string) []byte {
	return []byte(`{"id":"evt_1","object":"event","api_version":"2019-05-16","created":1764000000,"livemode":false,"type":"` + kind + `","data":{"object":` + object + `}}`)
}

func TestWebhookEvents(t *testing.T) {
	t.Parallel()
	notice := func(kind marketplace.NoticeKind, id string) marketplace.Notice {
		return marketplace.Notice{
			EventID: "evt_1", Kind: kind, At: time.Unix(1764000000, 0).UTC(),
			Key: canonical.Key{Channel: canonical.Channel{Name: "stripe", Account: "main"}, ID: id},
		}
	}
	part := notice(marketplace.NoticeRefund, "re_1")
	part.EventID = "evt_1/re_1"
	charge := `{"id":"ch_1","object":"charge","payment_intent":"pi_1"}`
	const session = `{"id":"cs_1","object":"checkout.session","payment_intent":null,"metadata":{"retailsync_reference":"r","retailsync_order":"1001"}}`
	for name, test := range map[string]struct {
		kind, object string
		want         []marketplace.Notice
		byCharge     []marketplace.Notice
	}{
		"refund made":            {"refund.created", `{"id":"re_1","object":"refund"}`, []marketplace.Notice{notice(marketplace.NoticeRefund, "re_1")}, []marketplace.Notice{notice(marketplace.NoticeRefund, "re_1")}},
		"refund failed":          {"refund.failed", `{"id":"pyr_1","object":"refund"}`, []marketplace.Notice{notice(marketplace.NoticeRefund, "pyr_1")}, []marketplace.Notice{notice(marketplace.NoticeRefund, "pyr_1")}},
		"refund, as it was told": {"charge.refund.updated", `{"id":"re_1","object":"refund"}`, []marketplace.Notice{notice(marketplace.NoticeRefund, "re_1")}, []marketplace.Notice{notice(marketplace.NoticeRefund, "re_1")}},
		"charge refunded":        {"charge.refunded", charge, []marketplace.Notice{notice(marketplace.NoticePayment, "pi_1")}, []marketplace.Notice{notice(marketplace.NoticePayment, "ch_1")}},
		"charge refunded, with its refunds": {
			"charge.refunded", `{"id":"ch_1","object":"charge","payment_intent":{"id":"pi_1"},"refunds":{"data":[{"id":"re_1"}]}}`,
			[]marketplace.Notice{notice(marketplace.NoticePayment, "pi_1"), part}, []marketplace.Notice{notice(marketplace.NoticePayment, "ch_1"), part},
		},
		"charge without intent": {"charge.captured", `{"id":"ch_1","object":"charge","payment_intent":null}`, []marketplace.Notice{notice(marketplace.NoticePayment, "ch_1")}, []marketplace.Notice{notice(marketplace.NoticePayment, "ch_1")}},
		"payment":               {"payment_intent.canceled", `{"id":"pi_1","object":"payment_intent"}`, []marketplace.Notice{notice(marketplace.NoticePayment, "pi_1")}, nil},
		"payout":                {"payout.reconciliation_completed", `{"id":"po_1","object":"payout"}`, []marketplace.Notice{notice(marketplace.NoticePayout, "po_1")}, []marketplace.Notice{notice(marketplace.NoticePayout, "po_1")}},
		"dispute":               {"charge.dispute.funds_withdrawn", `{"id":"du_1","object":"dispute","charge":"ch_1"}`, []marketplace.Notice{notice(marketplace.NoticeDispute, "du_1")}, []marketplace.Notice{notice(marketplace.NoticeDispute, "du_1")}},
		"paid": {
			"checkout.session.completed", `{"id":"cs_1","object":"checkout.session","payment_intent":"pi_1","metadata":{"retailsync_reference":"r"}}`,
			[]marketplace.Notice{notice(marketplace.NoticeCharge, "cs_1")}, []marketplace.Notice{notice(marketplace.NoticeCharge, "cs_1")},
		},
		"a debit came":            {"checkout.session.async_payment_succeeded", session, []marketplace.Notice{notice(marketplace.NoticeCharge, "cs_1")}, []marketplace.Notice{notice(marketplace.NoticeCharge, "cs_1")}},
		"a debit was sent back":   {"checkout.session.async_payment_failed", session, []marketplace.Notice{notice(marketplace.NoticeCharge, "cs_1")}, []marketplace.Notice{notice(marketplace.NoticeCharge, "cs_1")}},
		"not paid in time":        {"checkout.session.expired", session, []marketplace.Notice{notice(marketplace.NoticeCharge, "cs_1")}, []marketplace.Notice{notice(marketplace.NoticeCharge, "cs_1")}},
		"a session of the shop":   {"checkout.session.completed", `{"id":"cs_1","object":"checkout.session","metadata":{"cart":"1"}}`, nil, nil},
		"a session with odd data": {"checkout.session.completed", `{"id":"cs_1","object":"checkout.session","metadata":{"a":1}}`, nil, nil},
		"customer":                {"customer.created", `{"id":"cus_1","object":"customer"}`, nil, nil},
		"odd id":                  {"refund.created", `{"id":"re_1/../x","object":"refund"}`, nil, nil},
		"no object":               {"refund.created", `null`, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := eventOf(test.kind, test.object)
			for want, options := range map[*[]marketplace.Notice][]stripe.Option{&test.want: nil, &test.byCharge: {stripe.WithCharges()}} {
				a := stripe.New(stripe.Key(stripedouble.Key), append(options, stripe.WithWebhookSecrets(stripedouble.Secret))...)
				got, err := a.ReceiveWebhook(t.Context(), stripedouble.Sign(body, stripedouble.Secret, time.Now()), body)
				if diff := cmp.Diff(*want, got); diff != "" || err != nil {
					t.Errorf("%v (-want +got):\n%s", err, diff)
				}
			}
		})
	}
}

// Whose events are taken: those of the account and the mode of the key.
func TestWebhookOfOthers(t *testing.T) {
	t.Parallel()
	refund := `"data":{"object":{"id":"re_1","object":"refund"}}`
	for name, test := range map[string]struct {
		key, connected, body string
		want                 int
	}{
		"own":                         {"rk_test_1", "", `{"id":"evt_1","object":"event","livemode":false,` + refund + `}`, 1},
		"own, live":                   {"sk_live_1", "", `{"id":"evt_1","object":"event","livemode":true,` + refund + `}`, 1},
		"test event to a live key":    {"sk_live_1", "", `{"id":"evt_1","object":"event","livemode":false,` + refund + `}`, 0},
		"live event to a test key":    {"rk_test_1", "", `{"id":"evt_1","object":"event","livemode":true,` + refund + `}`, 0},
		"of a connected account":      {"rk_test_1", "", `{"id":"evt_1","object":"event","account":"acct_1",` + refund + `}`, 0},
		"of the connected account":    {"rk_test_1", "acct_1", `{"id":"evt_1","object":"event","account":"acct_1",` + refund + `}`, 1},
		"of another connected":        {"rk_test_1", "acct_1", `{"id":"evt_1","object":"event","account":"acct_2",` + refund + `}`, 0},
		"of the platform":             {"rk_test_1", "acct_1", `{"id":"evt_1","object":"event",` + refund + `}`, 0},
		"of version 2 of the API":     {"rk_test_1", "", `{"id":"evt_1","object":"v2.core.event",` + refund + `}`, 0},
		"a key that cannot be asked":  {"", "", `{"id":"evt_1","object":"event","livemode":true,` + refund + `}`, 1},
		"no event, but a right array": {"rk_test_1", "", `[]`, -1},
		"no id":                       {"rk_test_1", "", `{"object":"event",` + refund + `}`, -1},
		"no JSON":                     {"rk_test_1", "", `refund`, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			credential := stripe.KeyFrom(func(context.Context) (string, error) {
				if test.key == "" {
					return "", errors.New("no vault")
				}
				return test.key, nil
			})
			a := stripe.New(credential, stripe.WithWebhookSecrets("whsec_1"), stripe.WithConnectedAccount(test.connected))
			got, err := a.ReceiveWebhook(t.Context(), stripedouble.Sign([]byte(test.body), "whsec_1", time.Now()), []byte(test.body))
			if test.want < 0 {
				if marketplace.CodeOf(err) != marketplace.CodeInvalid || len(got) > 0 {
					t.Errorf("%+v, %v", got, err)
				}
			} else if err != nil || len(got) != test.want {
				t.Errorf("%+v, %v, want %d", got, err, test.want)
			}
		})
	}
}

func TestWebhookSignatures(t *testing.T) {
	t.Parallel()
	body := eventOf("refund.created", `{"id":"re_1","object":"refund"}`)
	sign := func(secret string, ago time.Duration) string {
		return stripedouble.Sign(body, secret, time.Now().Add(-ago)).Get("Stripe-Signature")
	}
	v1 := func(header string) string { _, v, _ := strings.Cut(header, ","); return v }
	right := sign("whsec_new", 0)
	stamp, _, _ := strings.Cut(right, ",")
	for name, test := range map[string]struct {
		signature string
		secrets   []string
		want      bool
	}{
		"right":                              {right, []string{"whsec_new"}, true},
		"one of two secrets":                 {right, []string{"whsec_old", "whsec_new"}, true},
		"secret replaced, both sign":         {stamp + "," + v1(sign("whsec_old", 0)) + "," + v1(right), []string{"whsec_new"}, true},
		"the other way round":                {stamp + "," + v1(right) + "," + v1(sign("whsec_old", 0)), []string{"whsec_new"}, true},
		"with another scheme":                {right + ",v0=" + strings.Repeat("0", 64), []string{"whsec_new"}, true},
		"four minutes old":                   {sign("whsec_new", 4*time.Minute), []string{"whsec_new"}, true},
		"six minutes old":                    {sign("whsec_new", 6*time.Minute), []string{"whsec_new"}, false},
		"new time on an old signature":       {stamp + "," + v1(sign("whsec_new", time.Hour)), []string{"whsec_new"}, false},
		"another secret":                     {right, []string{"whsec_other"}, false},
		"no secret":                          {right, nil, false},
		"empty secret, and signed with none": {sign("", 0), []string{""}, false},
		"only another scheme":                {strings.Replace(right, "v1=", "v0=", 1), []string{"whsec_new"}, false},
		"no time":                            {v1(right), []string{"whsec_new"}, false},
		"cut":                                {right[:len(right)-2], []string{"whsec_new"}, false},
		"nothing":                            {"", []string{"whsec_new"}, false},
	} {
		a := stripe.New(stripe.Key("rk_test_1"), stripe.WithWebhookSecrets(test.secrets...))
		got, err := a.ReceiveWebhook(t.Context(), http.Header{"Stripe-Signature": {test.signature}}, body)
		if test.want != (err == nil && len(got) == 1) || !test.want && marketplace.CodeOf(err) != marketplace.CodeUnauthenticated {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	var present []string
	var away error
	running := stripe.New(stripe.Key("rk_test_1"), stripe.WithWebhookSecretsFrom(func(context.Context) ([]string, error) { return present, away }), stripe.WithWebhookSecrets("whsec_fixed"))
	for _, test := range []struct {
		present []string
		away    error
		signed  string
		want    marketplace.Code
	}{
		{[]string{"whsec_first"}, nil, "whsec_first", ""},
		{[]string{"whsec_second"}, nil, "whsec_first", marketplace.CodeUnauthenticated},
		{nil, errors.New("vault is sealed"), "whsec_fixed", marketplace.CodeUnavailable},
		{[]string{"whsec_second"}, nil, "whsec_fixed", ""},
	} {
		present, away = test.present, test.away
		_, err := running.ReceiveWebhook(t.Context(), stripedouble.Sign(body, test.signed, time.Now()), body)
		if marketplace.CodeOf(err) != test.want || err != nil && strings.Contains(err.Error(), "vault") {
			t.Errorf("with %q (%v), signed with %q: %v, want %q", test.present, test.away, test.signed, err, test.want)
		}
	}
	strict := stripe.New(stripe.Key("rk_test_1"), stripe.WithWebhookSecrets("whsec_new"), stripe.WithTolerance(time.Minute))
	if _, err := strict.ReceiveWebhook(t.Context(), http.Header{"Stripe-Signature": {sign("whsec_new", 2*time.Minute)}}, body); marketplace.CodeOf(err) != marketplace.CodeUnauthenticated {
		t.Errorf("older than the tolerance: %v", err)
	}
}

// Whatever is delivered: no panic, no notice without a signature, and none without an id and a key.
func FuzzReceiveWebhook(f *testing.F) {
	f.Add(eventOf("refund.updated", `{"id":"re_1","object":"refund"}`), "")
	f.Add(eventOf("charge.refunded", `{"id":"ch_1","object":"charge","payment_intent":{"id":"pi_1"},"refunds":{"data":[{"id":"re_1"}]}}`), "t=1,v1=00")
	f.Add([]byte(`{"id":"evt_1","object":"event","account":"acct_1","livemode":null,"created":9223372036854775807}`), "t=1764000000,v1=,v1=zz")
	f.Add([]byte(`[]`), ",,=,t=,")
	a := stripe.New(stripe.Key("rk_test_1"), stripe.WithWebhookSecrets("whsec_fuzz"))
	f.Fuzz(func(t *testing.T, body []byte, signature string) {
		if got, err := a.ReceiveWebhook(t.Context(), http.Header{"Stripe-Signature": {signature}}, body); len(got) > 0 || marketplace.CodeOf(err) != marketplace.CodeUnauthenticated {
			t.Fatalf("without a signature: %+v, %v", got, err)
		}
		got, err := a.ReceiveWebhook(t.Context(), stripedouble.Sign(body, "whsec_fuzz", time.Now()), body)
		if err != nil {
			if marketplace.CodeOf(err) != marketplace.CodeInvalid || len(got) > 0 {
				t.Fatalf("%+v, %v", got, err)
			}
			return
		}
		for _, notice := range got {
			if notice.EventID == "" || notice.Key.ID == "" || notice.Key.Channel != a.Channel() || notice.Kind == "" || fmt.Sprint(notice.At) == "" {
				t.Fatalf("a notice says too little: %+v", notice)
			}
		}
	})
}
