package webhook

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/worker"
)

// maxID bounds an event's ID and key; longer ones are shortened to a digest.
const maxID = 400

// payload is what the event of a notice holds. It says which object changed, and nothing about it.
type payload struct {
	ID string     `json:"id"`
	At *time.Time `json:"at,omitempty"`
}

// EventOf turns a notice into an event: of the notice's kind, in order per object. Payments and refunds are money, orders and returns
// orders, stock is stock, the rest prices.
func EventOf(notice marketplace.Notice) (worker.Event, bool) {
	content := payload{ID: notice.Key.ID}
	if !notice.At.IsZero() {
		at := notice.At.UTC()
		content.At = &at
	}
	encoded, err := json.Marshal(content)
	if err != nil {
		return worker.Event{}, false // a time beyond the year 9999
	}
	channel, object := notice.Key.Channel.String(), string(notice.Kind)+"/"+notice.Key.ID
	id := notice.EventID
	if id == "" { // without one each delivery is an event of its own: doing one twice does no harm, passing one over would
		id = rand.Text()
	}
	return worker.Event{
		Source: channel + "/webhook", ID: short(id + " " + object),
		Channel: channel, Kind: string(notice.Kind), Key: short(object), Class: classOf(notice.Kind), Payload: encoded,
	}, true
}

// NoticeOf returns the notice of an event that [EventOf] made; its EventID is the event's ID.
func NoticeOf(event worker.Event) (marketplace.Notice, error) {
	var content payload
	if err := json.Unmarshal(event.Payload, &content); err != nil || content.ID == "" {
		return marketplace.Notice{}, &worker.InvalidError{Field: "event payload", Reason: fmt.Sprintf("of kind %q is not that of a notice", event.Kind)}
	}
	name, account, _ := strings.Cut(event.Channel, "/")
	notice := marketplace.Notice{
		EventID: event.ID, Kind: marketplace.NoticeKind(event.Kind),
		Key: canonical.Key{Channel: canonical.Channel{Name: name, Account: account}, ID: content.ID},
	}
	if content.At != nil {
		notice.At = *content.At
	}
	return notice, nil
}

func classOf(kind marketplace.NoticeKind) worker.Class {
	switch kind {
	case marketplace.NoticePayment, marketplace.NoticeRefund, marketplace.NoticeCharge, marketplace.NoticePayout, marketplace.NoticeDispute:
		return worker.Money
	case marketplace.NoticeOrder, marketplace.NoticeReturn:
		return worker.Orders
	case marketplace.NoticeStock:
		return worker.Stock
	}
	return worker.Prices
}

func short(text string) string {
	if len(text) <= maxID && !strings.ContainsRune(text, 0) {
		return strings.ToValidUTF8(text, "\uFFFD")
	}
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}
