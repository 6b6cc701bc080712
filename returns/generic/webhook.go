package generic

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/tree"
	"github.com/retailsync/retailsync/internal/webhooksecret"
	"github.com/retailsync/retailsync/marketplace"
)

const opWebhook = "receive webhook"

// maxWebhook bounds a delivery: it holds one return.
const maxWebhook = 4 << 20

// webhook is a [Webhook] that was checked.
type webhook struct {
	header, prefix, timestamp    string
	signature                    signature
	tolerance                    time.Duration
	returnID, event, eventID, at tree.Path
	events                       []string
}

func (c *check) webhook(p *program, w *Webhook) {
	if w == nil {
		return
	}
	c.needed("webhook.header", w.Header)
	p.webhook = &webhook{
		header: w.Header, prefix: w.Prefix, timestamp: w.TimestampHeader,
		signature: c.signature("webhook.signature", w.Signature, "body", "timestamp"),
		tolerance: c.duration("webhook.tolerance", w.Tolerance, 5*time.Minute),
		returnID:  c.must("webhook.return_id", w.ReturnID), event: c.path("webhook.event", w.Event),
		eventID: c.path("webhook.event_id", w.EventID), at: c.path("webhook.at", w.At), events: w.Events,
	}
	if !p.webhook.signature.payload.has("body") {
		c.fail("webhook.signature.payload", "has no {body}: anybody could change it")
	}
	if p.webhook.signature.payload.has("timestamp") != (w.TimestampHeader != "") {
		c.fail("webhook.timestamp_header", "and {timestamp} in the signed payload belong together: a time that is not signed proves nothing")
	}
	if len(w.Events) > 0 {
		c.needed("webhook.event", w.Event)
	}
}

// receiver receives deliveries.
type receiver struct{ *platform }

// ReceiveWebhook implements [marketplace.WebhookReceiver].
func (r receiver) ReceiveWebhook(ctx context.Context, header http.Header, body []byte) ([]marketplace.Notice, error) {
	if len(body) > maxWebhook {
		return nil, r.fail(marketplace.CodeInvalid, opWebhook, "", fmt.Sprintf("the delivery is larger than %d bytes", maxWebhook), nil)
	}
	if err := r.verify(ctx, header, body); err != nil {
		return nil, err
	}
	event, err := tree.Parse(body)
	if err != nil || !event.IsObject() {
		return nil, r.fail(marketplace.CodeInvalid, opWebhook, "", "the delivery is not a JSON object", nil)
	}
	w := r.webhook
	if name, _ := w.event.Find(event, event).Text(); len(w.events) > 0 && !matches(name, w.events) {
		return nil, nil
	}
	found := w.returnID.Find(event, event)
	id, err := found.Text()
	if err != nil || !isID(id) {
		return nil, r.fail(marketplace.CodeInvalid, opWebhook, found.Path(), "the delivery names no return", nil)
	}
	notice := marketplace.Notice{Kind: marketplace.NoticeReturn, Key: canonical.Key{Channel: r.channel, ID: id}}
	if notice.EventID, _ = w.eventID.Find(event, event).Text(); notice.EventID == "" || len(notice.EventID) > 128 {
		sum := sha256.Sum256(body)
		notice.EventID = hex.EncodeToString(sum[:16])
	}
	var reader tree.Reader
	notice.At = reader.Time(w.at.Find(event, event), r.zone, r.layouts) // not all events have one
	return []marketplace.Notice{notice}, nil
}

// matches reports whether a name is one of those, which may end in *.
func matches(name string, names []string) bool {
	for _, one := range names {
		if start, all := strings.CutSuffix(one, "*"); one == name || all && strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}

func (r receiver) verify(ctx context.Context, header http.Header, body []byte) error {
	w := r.webhook
	refuse := func(path, message string) error {
		return r.fail(marketplace.CodeUnauthenticated, opWebhook, path, message, nil)
	}
	secrets, err := r.secrets(ctx)
	if err != nil {
		return r.fail(marketplace.CodeUnavailable, opWebhook, "", webhooksecret.Unobtainable, nil)
	}
	if secrets.Webhook == "" {
		return refuse("", "there is no webhook secret: set Secrets.Webhook")
	}
	text, prefixed := strings.CutPrefix(header.Get(w.header), w.prefix)
	given, err := w.signature.decode(text)
	timestamp := ""
	if w.timestamp != "" {
		timestamp = header.Get(w.timestamp)
	}
	fits := false
	for _, secret := range []string{secrets.Webhook, secrets.FormerWebhook} {
		sum := w.signature.sum(secret, values{"body": string(body), "timestamp": timestamp})
		fits = fits || secret != "" && hmac.Equal(given, sum)
	}
	if !prefixed || err != nil || !fits {
		return refuse(w.header, "the signature does not fit the body: check the webhook's secret, and that the raw body is passed on")
	}
	if w.timestamp == "" {
		return nil
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if age := r.clock().Sub(time.Unix(seconds, 0)).Abs(); err != nil || age > w.tolerance {
		return refuse(w.timestamp, "the delivery is too old, or the clocks differ")
	}
	return nil
}
