package stripe

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/stripe/stripe-go/v84/webhook"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/webhooksecret"
	"github.com/retailsync/retailsync/marketplace"
)

// maxEvent bounds a delivery; Stripe's are a few tens of KiB.
const maxEvent = 4 << 20

// event is what is read of a delivery. The rest is in the version of the API that the endpoint was set to, and is fetched instead.
type event struct {
	ID       string `json:"id"`
	Object   string `json:"object"`
	Account  string `json:"account"`
	Livemode *bool  `json:"livemode"`
	Created  int64  `json:"created"`
	Data     struct {
		Object struct {
			ID            string  `json:"id"`
			Object        string  `json:"object"`
			PaymentIntent id      `json:"payment_intent"`
			Metadata      meta    `json:"metadata"`
			Refunds       *idList `json:"refunds"`
		} `json:"object"`
	} `json:"data"`
}

// id is an object's id, or the object.
type id string

// UnmarshalJSON implements [json.Unmarshaler].
func (i *id) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*i = id(text)
		return nil
	}
	var object struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	*i = id(object.ID)
	return nil
}

// meta is an object's metadata, as far as it is texts.
type meta map[string]string

// UnmarshalJSON implements [json.Unmarshaler].
func (m *meta) UnmarshalJSON(data []byte) error {
	var texts map[string]string
	if json.Unmarshal(data, &texts) == nil {
		*m = texts
	}
	return nil
}

type idList struct {
	Data []struct {
		ID string `json:"id"`
	} `json:"data"`
}

// ReceiveWebhook implements [marketplace.WebhookReceiver]. Events of refunds, payments (PaymentIntents and charges), payouts,
// disputes, and of Checkout Sessions that CreateCharge made become notices, whatever happened to them; others, and those of another account or mode than the key's, become none.
func (a *Adapter) ReceiveWebhook(ctx context.Context, header http.Header, body []byte) ([]marketplace.Notice, error) {
	const op = "receive webhook"
	if len(body) > maxEvent {
		return nil, a.fail(marketplace.CodeInvalid, op, "the delivery is larger than any of Stripe's", nil)
	}
	secrets, err := a.settings.secrets.All(ctx)
	switch {
	case err != nil:
		return nil, a.fail(marketplace.CodeUnavailable, op, webhooksecret.Unobtainable, nil)
	case !a.signed(secrets, header.Get("Stripe-Signature"), body):
		return nil, a.fail(marketplace.CodeUnauthenticated, op, "no signature is right and recent: compare the secrets with those of the endpoints, and the clock", nil)
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, a.fail(marketplace.CodeInvalid, op, "the delivery is no event of the API's version 1", nil)
	}
	if e.Object != "event" || e.Account != a.settings.connected || a.otherMode(ctx, e.Livemode) {
		return nil, nil
	}
	notices := a.notices(&e)
	if len(notices) > 0 && e.ID == "" {
		return nil, a.unreadable(op, "id", "it is missing", nil)
	}
	return notices, nil
}

// signed tells whether one of the secrets made one of the signatures, and not too long ago. The comparison takes constant time.
func (a *Adapter) signed(secrets []string, signature string, body []byte) bool {
	for _, secret := range secrets {
		if secret != "" && webhook.ValidatePayloadWithTolerance(body, signature, secret, a.settings.tolerance) == nil {
			return true
		}
	}
	return false
}

// otherMode tells whether an event is of live objects and the key for tests, or the other way round: endpoints of Connect get both.
func (a *Adapter) otherMode(ctx context.Context, live *bool) bool {
	if live == nil || a.credential.key == nil {
		return false
	}
	key, err := a.credential.key(ctx)
	switch {
	case err != nil:
		return false
	case strings.Contains(key, "_live_"):
		return !*live
	case strings.Contains(key, "_test_"):
		return *live
	}
	return false
}

// notices are what an event is about.
func (a *Adapter) notices(e *event) []marketplace.Notice {
	object := e.Data.Object
	notice := func(kind marketplace.NoticeKind, id string, part ...string) []marketplace.Notice {
		if !isID(id) {
			return nil
		}
		return []marketplace.Notice{{EventID: strings.Join(append([]string{e.ID}, part...), "/"), Kind: kind, Key: canonical.Key{Channel: a.channel, ID: id}, At: at(e.Created)}}
	}
	switch object.Object {
	case "refund":
		return notice(marketplace.NoticeRefund, object.ID)
	case "payout":
		return notice(marketplace.NoticePayout, object.ID)
	case "checkout.session": // the shop's own are none of ours
		if object.Metadata[metaReference] == "" {
			return nil
		}
		return notice(marketplace.NoticeCharge, object.ID)
	case "dispute":
		return notice(marketplace.NoticeDispute, object.ID)
	case "payment_intent":
		if a.settings.byCharge {
			return nil // the events of its charge say the same
		}
		return notice(marketplace.NoticePayment, object.ID)
	case "charge":
		payment := object.ID
		if !a.settings.byCharge && object.PaymentIntent != "" {
			payment = string(object.PaymentIntent)
		}
		all := notice(marketplace.NoticePayment, payment)
		if object.Refunds != nil { // in versions of the API before 2022-11-15
			for _, refund := range object.Refunds.Data {
				all = append(all, notice(marketplace.NoticeRefund, refund.ID, refund.ID)...)
			}
		}
		return all
	}
	return nil
}
