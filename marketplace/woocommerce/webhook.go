package woocommerce

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const opWebhook = "receive webhook"

// maxWebhook bounds a delivery: an order with a thousand lines has about 1 MiB.
const maxWebhook = 8 << 20

// ReceiveWebhook implements [marketplace.WebhookReceiver]. The ping that WooCommerce sends when a webhook is
// saved has no signature and no topic: it is accepted as nothing. Deliveries have no time stamp, so a
// repeated one cannot be told from a new one except by its event id; since a notice carries no state,
// repeating it does no harm.
func (a *Adapter) ReceiveWebhook(ctx context.Context, header http.Header, body []byte) ([]marketplace.Notice, error) {
	if len(body) > maxWebhook {
		return nil, a.fail(marketplace.CodeInvalid, opWebhook, "", fmt.Sprintf("the delivery is larger than %d bytes", maxWebhook), nil)
	}
	topic := header.Get("X-WC-Webhook-Topic")
	if topic == "" && isPing(body) {
		return nil, nil
	}
	if err := a.verify(ctx, header.Get("X-WC-Webhook-Signature"), body); err != nil {
		return nil, err
	}
	resource, _, _ := strings.Cut(topic, ".")
	kind, known := kinds[resource]
	if !known {
		return nil, nil
	}
	var payload struct {
		ID       wire.Text `json:"id"`
		Modified wire.Text `json:"date_modified_gmt"`
	}
	if json.Unmarshal(body, &payload) != nil {
		return nil, a.fail(marketplace.CodeInvalid, opWebhook, "", "the delivery is not a JSON object", nil)
	}
	id := payload.ID.String()
	if !isID(id) {
		return nil, a.fail(marketplace.CodeInvalid, opWebhook, "id", "the delivery names no object", nil)
	}
	at, _ := payload.Modified.Time() // absent in deliveries about deleted objects
	notices := []marketplace.Notice{{
		EventID: eventID(header, topic, body),
		Kind:    kind,
		Key:     canonical.Key{Channel: a.channel, ID: id},
		At:      at,
	}}
	if kind == marketplace.NoticeOrder {
		// A refund changes its order, which is all that the shop tells of it.
		for _, refund := range refundsOf(body) {
			for _, kind := range []marketplace.NoticeKind{marketplace.NoticeReturn, marketplace.NoticeRefund} {
				notices = append(notices, marketplace.Notice{
					EventID: fmt.Sprintf("%s-%s-%s", notices[0].EventID, kind, refund), Kind: kind,
					Key: canonical.Key{Channel: a.channel, ID: refund}, At: at,
				})
			}
		}
	}
	return notices, nil
}

var kinds = map[string]marketplace.NoticeKind{
	"order":   marketplace.NoticeOrder,
	"product": marketplace.NoticeProduct,
}

// isPing recognises the form body "webhook_id=142".
func isPing(body []byte) bool {
	number, ok := strings.CutPrefix(strings.TrimSpace(string(body)), "webhook_id=")
	return ok && isID(number)
}

func (a *Adapter) verify(ctx context.Context, signature string, body []byte) error {
	secrets, code, problem := a.secrets.Present(ctx)
	if problem != "" {
		return a.fail(code, opWebhook, "", problem, nil)
	}
	given, err := base64.StdEncoding.DecodeString(signature)
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		if err == nil && secret != "" && hmac.Equal(given, mac.Sum(nil)) {
			return nil
		}
	}
	return a.fail(marketplace.CodeUnauthenticated, opWebhook, "X-WC-Webhook-Signature",
		"the signature does not fit the body: check the webhook's secret, and that the raw body is passed on", nil)
}

// eventID is equal for repeats of one delivery. The delivery's id alone is not enough: the shop makes it of the webhook and the second, so two
// states of an order that follow each other within a second have the same.
func eventID(header http.Header, topic string, body []byte) string {
	sum := sha256.Sum256(append([]byte(topic+"\n"), body...))
	if delivery := header.Get("X-WC-Webhook-Delivery-ID"); delivery != "" && len(delivery) <= 128 {
		return fmt.Sprintf("%s-%x", delivery, sum[:8])
	}
	return fmt.Sprintf("%x", sum[:16])
}
