package medusa

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const opWebhook = "receive webhook"

// maxWebhook bounds a delivery: it holds a few ids.
const maxWebhook = 1 << 20

// ReceiveWebhook implements [marketplace.WebhookReceiver] for the subscriber of examples/medusa-webhooks.
// Deliveries have no time stamp; since a notice carries no state, repeating one does no harm.
func (a *Adapter) ReceiveWebhook(ctx context.Context, header http.Header, body []byte) ([]marketplace.Notice, error) {
	if len(body) > maxWebhook {
		return nil, a.fail(marketplace.CodeInvalid, opWebhook, "", fmt.Sprintf("the delivery is larger than %d bytes", maxWebhook), nil)
	}
	if err := a.verify(ctx, header.Get("X-Medusa-Signature"), body); err != nil {
		return nil, err
	}
	var event struct {
		Name wire.Text            `json:"name"`
		Data wire.Object[payload] `json:"data"`
	}
	if json.Unmarshal(body, &event) != nil {
		return nil, a.fail(marketplace.CodeInvalid, opWebhook, "", "the delivery is not a JSON object", nil)
	}
	kind, id := subject(event.Name.String(), event.Data.Value)
	if kind == "" {
		return nil, nil
	}
	back := event.Data.Value.returned()
	if back != "" && !isID(back) {
		return nil, a.fail(marketplace.CodeInvalid, opWebhook, "data.return_id", "the delivery names no return", nil)
	}
	if !isID(id) {
		return nil, a.fail(marketplace.CodeInvalid, opWebhook, "data.order_id",
			"the delivery names no object: use the subscriber of examples/medusa-webhooks, which adds the order's id", nil)
	}
	at, _ := event.Data.Value.At.Time() // not all events have one
	notices := []marketplace.Notice{{
		EventID: eventID(header, body),
		Kind:    kind,
		Key:     canonical.Key{Channel: a.channel, ID: id},
		At:      at,
	}}
	if back != "" {
		// A return changes its order, too.
		notices = append(notices, marketplace.Notice{
			EventID: notices[0].EventID + "-return", Kind: marketplace.NoticeReturn,
			Key: canonical.Key{Channel: a.channel, ID: back}, At: at,
		})
	}
	for _, moved := range event.Data.Value.moved(event.Name.String()) {
		// What moves money changes its order, too.
		notices = append(notices, marketplace.Notice{
			EventID: fmt.Sprintf("%s-%s-%s", notices[0].EventID, moved.kind, moved.id), Kind: moved.kind,
			Key: canonical.Key{Channel: a.channel, ID: moved.id}, At: at,
		})
	}
	return notices, nil
}

type payload struct {
	ID      wire.Text `json:"id"`
	OrderID wire.Text `json:"order_id"`
	// Medusa tells of exchanges and claims and not of their returns, which are found by them.
	ReturnID   wire.Text `json:"return_id"`
	ExchangeID wire.Text `json:"exchange_id"`
	ClaimID    wire.Text `json:"claim_id"`
	At         wire.Text `json:"at"`
	// RefundIDs are all refunds of a payment, which the subscriber adds.
	RefundIDs wire.List[wire.Text] `json:"refund_ids"`
}

type movedNotice struct {
	kind marketplace.NoticeKind
	id   string
}

// moved are the payment and the refunds that an event tells of.
func (p payload) moved(name string) []movedNotice {
	payment := p.ID.String()
	if resource, _, _ := strings.Cut(name, "."); resource != "payment" || !isID(payment) {
		return nil
	}
	all := []movedNotice{{marketplace.NoticePayment, payment}}
	for _, refund := range p.RefundIDs.Items {
		if id := refund.String(); isID(id) {
			all = append(all, movedNotice{marketplace.NoticeRefund, refundID(payment, id)})
		}
	}
	return all
}

func (p payload) returned() string {
	return cmp.Or(p.ReturnID.String(), p.ExchangeID.String(), p.ClaimID.String())
}

// subject is what an event is about. Payments, shipments and deliveries change their order.
func subject(name string, data payload) (marketplace.NoticeKind, string) {
	resource, verb, _ := strings.Cut(name, ".")
	switch resource {
	case "order":
		id := data.OrderID.String()
		if id == "" && !strings.Contains(verb, "_") {
			id = data.ID.String()
		}
		return marketplace.NoticeOrder, id
	case "order-edit", "payment", "shipment", "delivery":
		return marketplace.NoticeOrder, data.OrderID.String()
	case "product", "product-variant":
		return marketplace.NoticeProduct, data.ID.String()
	case "inventory-level":
		return marketplace.NoticeStock, data.ID.String()
	default:
		return "", ""
	}
}

func (a *Adapter) verify(ctx context.Context, signature string, body []byte) error {
	secrets, code, problem := a.secrets.Present(ctx)
	if problem != "" {
		return a.fail(code, opWebhook, "", problem, nil)
	}
	text, prefixed := strings.CutPrefix(signature, "sha256=")
	given, err := hex.DecodeString(text)
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(body)
		if prefixed && err == nil && secret != "" && hmac.Equal(given, mac.Sum(nil)) {
			return nil
		}
	}
	return a.fail(marketplace.CodeUnauthenticated, opWebhook, "X-Medusa-Signature",
		"the signature does not fit the body: check the webhook's secret, and that the raw body is passed on", nil)
}

// eventID is the delivery's id, which the subscriber keeps when it tries again; without one it is made of
// the content.
func eventID(header http.Header, body []byte) string {
	if delivery := header.Get("X-Medusa-Delivery"); delivery != "" && len(delivery) <= 128 {
		return delivery
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:16])
}
