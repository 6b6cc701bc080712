package fake

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
)

// SignatureHeader names the header of a delivery that holds its signature: HMAC-SHA256 of the body in hex.
const SignatureHeader = "X-Fake-Signature"

// event is the body of a delivery.
type event struct {
	ID     string    `json:"id"`
	Return string    `json:"return,omitempty"`
	At     time.Time `json:"at"`
}

// Delivery returns a signed webhook delivery that says that a return has changed. The event's id follows from the return's last
// change, so that two deliveries of one change are repeats.
func (p *Platform) Delivery(id string) (http.Header, []byte) {
	state, _ := p.Return(id)
	sum := sha256.Sum256([]byte(id + "\x00" + state.Revision.UpdatedAt.String()))
	return p.sign(event{ID: hex.EncodeToString(sum[:8]), Return: id, At: state.Revision.UpdatedAt})
}

// Ping returns a signed delivery that concerns nothing.
func (p *Platform) Ping() (http.Header, []byte) { return p.sign(event{ID: "ping"}) }

func (p *Platform) sign(content event) (http.Header, []byte) {
	body, err := json.Marshal(content)
	if err != nil {
		return nil, nil // an event holds nothing that cannot be written
	}
	mac := hmac.New(sha256.New, []byte(p.Secret))
	mac.Write(body)
	header := http.Header{}
	header.Set(SignatureHeader, hex.EncodeToString(mac.Sum(nil)))
	return header, body
}

// ReceiveWebhook implements [marketplace.WebhookReceiver].
func (p *Platform) ReceiveWebhook(ctx context.Context, header http.Header, body []byte) ([]marketplace.Notice, error) {
	if err := ctx.Err(); err != nil {
		return nil, p.fail(marketplace.CodeUnavailable, Webhook, "", "cancelled by the caller", err)
	}
	given, err := hex.DecodeString(header.Get(SignatureHeader))
	mac := hmac.New(sha256.New, []byte(p.Secret))
	mac.Write(body)
	if err != nil || !hmac.Equal(given, mac.Sum(nil)) {
		return nil, p.fail(marketplace.CodeUnauthenticated, Webhook, SignatureHeader, "the signature does not fit the body", nil)
	}
	var content event
	if json.Unmarshal(body, &content) != nil {
		return nil, p.fail(marketplace.CodeInvalid, Webhook, "", "the delivery is not a JSON object", nil)
	}
	if content.Return == "" {
		return nil, nil
	}
	return []marketplace.Notice{{
		EventID: content.ID, Kind: marketplace.NoticeReturn, At: content.At,
		Key: canonical.Key{Channel: p.channel, ID: content.Return},
	}}, nil
}
