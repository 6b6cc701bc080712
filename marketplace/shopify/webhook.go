package shopify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const opWebhook = "receive webhook"

// maxWebhook bounds a delivery: an order with a thousand lines and their refunds has some MiB.
const maxWebhook = 16 << 20

// ReceiveWebhook implements [marketplace.WebhookReceiver]. Shopify signs the body only, not the headers; what is taken
// from them (the topic, the event's id, the time) can at worst make a notice, upon which the order is fetched. All shops
// in which an app is installed share its secret, so a delivery of another shop is refused by its name.
func (a *Adapter) ReceiveWebhook(ctx context.Context, header http.Header, body []byte) ([]marketplace.Notice, error) {
	if len(body) > maxWebhook {
		return nil, a.fail(marketplace.CodeInvalid, opWebhook, "", fmt.Sprintf("the delivery is larger than %d bytes", maxWebhook), nil)
	}
	if err := a.verify(ctx, header.Get("X-Shopify-Hmac-Sha256"), body); err != nil {
		return nil, err
	}
	if domain := strings.ToLower(strings.TrimSpace(header.Get("X-Shopify-Shop-Domain"))); domain != a.domain {
		return nil, a.fail(marketplace.CodeUnauthenticated, opWebhook, "X-Shopify-Shop-Domain",
			"the delivery is of another shop of the app: give each shop a receiver of its own, and set WithShopDomain where the shop has another address", nil)
	}
	topic := strings.ToLower(header.Get("X-Shopify-Topic"))
	if subjectOf(topic) == nil {
		return nil, nil
	}
	var payload payload
	if !strings.HasPrefix(strings.TrimSpace(string(body)), "{") || json.Unmarshal(body, &payload) != nil {
		return nil, a.fail(marketplace.CodeInvalid, opWebhook, "", "the delivery is not a JSON object", nil)
	}
	kind, path, text := subjectOf(topic)(payload)
	id := tail(text)
	if id == "" {
		return nil, a.fail(marketplace.CodeInvalid, opWebhook, path, "the delivery names no object: do not leave the field out of the subscription", nil)
	}
	notices := []marketplace.Notice{{
		EventID: eventID(header, topic, body),
		Kind:    kind,
		Key:     canonical.Key{Channel: a.channel, ID: id},
		At:      triggeredAt(header, payload),
	}}
	for _, moved := range payload.moved(topic) {
		// What moves money changes its order, too.
		notices = append(notices, marketplace.Notice{
			EventID: fmt.Sprintf("%s-%s-%s", notices[0].EventID, moved.kind, moved.id), Kind: moved.kind,
			Key: canonical.Key{Channel: a.channel, ID: moved.id}, At: notices[0].At,
		})
	}
	return notices, nil
}

// payload is what deliveries of all topics are read for.
type payload struct {
	ID          wire.Text `json:"id"`
	OrderID     wire.Text `json:"order_id"`
	InventoryID wire.Text `json:"inventory_item_id"`
	Updated     wire.Text `json:"updated_at"`
	Edit        wire.Object[struct {
		OrderID wire.Text `json:"order_id"`
	}] `json:"order_edit"`
	// Kind is a transaction's, Transactions are those of a refund.
	Kind         wire.Text                     `json:"kind"`
	Transactions wire.List[payloadTransaction] `json:"transactions"`
}

type payloadTransaction struct {
	ID   wire.Text `json:"id"`
	Kind wire.Text `json:"kind"`
}

type movedNotice struct {
	kind marketplace.NoticeKind
	id   string
}

// moved are the transactions that a delivery tells of: they are the payments and refunds of package payments.
func (p payload) moved(topic string) []movedNotice {
	var all []movedNotice
	resource, _, _ := strings.Cut(topic, "/")
	switch resource {
	case "order_transactions":
		all = append(all, movedNotice{marketplace.NoticePayment, tail(p.ID)})
		if strings.EqualFold(p.Kind.String(), "refund") {
			all[0].kind = marketplace.NoticeRefund
		}
	case "refunds":
		for _, one := range p.Transactions.Items {
			if strings.EqualFold(one.Kind.String(), "refund") {
				all = append(all, movedNotice{marketplace.NoticeRefund, tail(one.ID)})
			}
		}
	}
	return slices.DeleteFunc(all, func(one movedNotice) bool { return one.id == "" })
}

// subject is what a delivery is about: the kind, and the object's id with the name of its field.
type subject func(payload) (kind marketplace.NoticeKind, path string, id wire.Text)

// subjectOf is nil for topics that concern nothing we handle. Refunds, parcels, payments and the verdict on fraud
// change their order.
func subjectOf(topic string) subject {
	switch topic {
	case "orders/edited":
		return func(p payload) (marketplace.NoticeKind, string, wire.Text) {
			return marketplace.NoticeOrder, "order_edit.order_id", p.Edit.Value.OrderID
		}
	case "orders/risk_assessment_changed":
		return ofOrder
	}
	resource, _, _ := strings.Cut(topic, "/")
	switch resource {
	case "orders":
		return own(marketplace.NoticeOrder)
	case "refunds", "fulfillments", "order_transactions":
		return ofOrder
	case "products":
		return own(marketplace.NoticeProduct)
	case "returns":
		return own(marketplace.NoticeReturn)
	case "disputes":
		return own(marketplace.NoticeDispute)
	case "inventory_levels":
		return func(p payload) (marketplace.NoticeKind, string, wire.Text) {
			return marketplace.NoticeStock, "inventory_item_id", p.InventoryID
		}
	default:
		return nil
	}
}

func own(kind marketplace.NoticeKind) subject {
	return func(p payload) (marketplace.NoticeKind, string, wire.Text) { return kind, "id", p.ID }
}

func ofOrder(p payload) (marketplace.NoticeKind, string, wire.Text) {
	return marketplace.NoticeOrder, "order_id", p.OrderID
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
	return a.fail(marketplace.CodeUnauthenticated, opWebhook, "X-Shopify-Hmac-Sha256",
		"the signature does not fit the body: check that the secret is the app's client secret, and that the raw body is passed on", nil)
}

// eventID is the event's id, equal for all deliveries of it; else the delivery's; else it is made of the content.
func eventID(header http.Header, topic string, body []byte) string {
	for _, name := range []string{"X-Shopify-Event-Id", "X-Shopify-Webhook-Id"} {
		if id := header.Get(name); id != "" && len(id) <= 128 {
			return id
		}
	}
	sum := sha256.Sum256(append([]byte(topic+"\n"), body...))
	return hex.EncodeToString(sum[:16])
}

// triggeredAt is the event's own time, else the object's; zero if neither is readable.
func triggeredAt(header http.Header, payload payload) time.Time {
	for _, text := range []wire.Text{wire.NewText(header.Get("X-Shopify-Triggered-At")), payload.Updated} {
		if at, err := text.Time(); err == nil && !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}
