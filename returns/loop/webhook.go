package loop

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/tree"
	"github.com/retailsync/retailsync/marketplace"
)

const opWebhook = "receive webhook"

// maxWebhook bounds a delivery: it holds one return.
const maxWebhook = 4 << 20

// ReceiveWebhook implements [marketplace.WebhookReceiver]. Deliveries have neither an id nor a time of their own; since a notice
// carries no state, repeating one does no harm.
func (p *Platform) ReceiveWebhook(ctx context.Context, header http.Header, body []byte) ([]marketplace.Notice, error) {
	if len(body) > maxWebhook {
		return nil, p.fail(marketplace.CodeInvalid, opWebhook, "", fmt.Sprintf("the delivery is larger than %d bytes", maxWebhook), nil)
	}
	signed, err := p.verify(ctx, header.Get("X-Loop-Signature"), body)
	if err != nil {
		return nil, err
	}
	event, err := tree.Parse(signed)
	if err != nil || !event.IsObject() {
		return nil, p.fail(marketplace.CodeInvalid, opWebhook, "", "the delivery is not a JSON object", nil)
	}
	topic, _ := event.Get("topic").Text()
	var id tree.Value
	switch topic {
	case "return":
		id = event.Get("id")
	case "label":
		// The id is the return's; older deliveries have a return_id.
		if id = event.Get("return_id"); id.IsEmpty() {
			id = event.Get("id")
		}
	case "label.request", "giftcard", "restock", "happy.returns.shipment":
		id = event.Get("return_id")
	default:
		return nil, nil
	}
	text, err := id.Text()
	if err != nil || !isID(text) {
		return nil, p.fail(marketplace.CodeInvalid, opWebhook, id.Path(), "the delivery names no return", nil)
	}
	sum := sha256.Sum256(signed)
	return []marketplace.Notice{{
		EventID: hex.EncodeToString(sum[:16]), Kind: marketplace.NoticeReturn,
		Key: canonical.Key{Channel: p.channel, ID: text}, At: when(event),
	}}, nil
}

// when is the time of an event, as far as it says.
func when(event tree.Value) time.Time {
	for _, name := range []string{"updated_at", "edited_at", "label_updated_at", "created_at"} {
		var r tree.Reader
		if at := r.Time(event.Get(name), time.UTC, tree.Layouts); !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

// verify returns the form of the body that was signed.
func (p *Platform) verify(ctx context.Context, signature string, body []byte) ([]byte, error) {
	secrets, code, problem := p.secrets.Present(ctx)
	if problem != "" {
		return nil, p.fail(code, opWebhook, "", problem, nil)
	}
	given, err := base64.StdEncoding.DecodeString(signature)
	for _, secret := range secrets {
		for _, form := range [][]byte{body, escaped(body)} {
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write(form)
			if err == nil && secret != "" && hmac.Equal(given, mac.Sum(nil)) {
				return form, nil
			}
		}
	}
	return nil, p.fail(marketplace.CodeUnauthenticated, opWebhook, "X-Loop-Signature",
		"the signature does not fit the body: check the webhook's secret, and that the raw body is passed on", nil)
}

// escaped is a body as PHP writes JSON: slashes escaped, without newlines.
func escaped(body []byte) []byte {
	form := make([]byte, 0, len(body)+bytes.Count(body, []byte("/")))
	backslash := false
	for _, c := range body {
		switch {
		case c == '\n' || c == '\r':
			continue
		case c == '/' && !backslash:
			form = append(form, '\\')
		}
		form = append(form, c)
		backslash = c == '\\' && !backslash
	}
	return form
}
