package cloudevents

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/worker"
)

// Data is all that a message says beyond its attributes. It holds ids, no names, addresses, articles or amounts: whoever may know more asks
// the channel or Odoo for it. The ids of orders and returns are personal data for those who can look them up there.
type Data struct {
	// Kind is what Subject names: order, return, settlement, stock, price or listing.
	Kind string `json:"kind"`
	// Subject is the object with its channel, by the channel's own id; of stock and prices by that of the journal ("SKU@location").
	Subject canonical.Key `json:"subject"`
	// Order is the order that it belongs to, of an order itself. Its channel is another one where a platform of its own does the returns.
	Order canonical.Key `json:"order,omitzero"`
	// Record is the Odoo record, "sale.order,42"; empty if none.
	Record string `json:"record,omitempty"`
	// Summary is the journal's line for a person, for subscriptions that ask for it. It holds no personal data, and what looks like a mail
	// address, a telephone or an account number is taken out besides.
	Summary string `json:"summary,omitempty"`
}

// kindOf names the object that an event is about.
func kindOf(kind canonical.EventType) string {
	switch begin, _, _ := strings.Cut(string(kind), "."); begin {
	case "shipment", "cancellation", "customer": // their subject is the order
		return "order"
	default:
		return begin
	}
}

// dataOf takes from an event what may be told.
func dataOf(e canonical.Event, summary bool) Data {
	data := Data{Kind: kindOf(e.Type), Subject: e.Subject, Order: e.Order, Record: e.Record}
	if data.Kind == "order" && data.Order.ID == "" {
		data.Order = data.Subject
	}
	if summary {
		data.Summary = worker.Scrub(e.Summary)
	}
	return data
}

// key is what must arrive in order: all of an order, whatever it is that belongs to it.
func (d Data) key() string {
	if d.Order.ID != "" {
		return short("order/" + d.Order.String())
	}
	return short(d.Kind + "/" + d.Subject.String())
}

// short is a text that the ledger takes as key, whatever the channel's ids are.
func short(text string) string {
	if len(text) <= 400 && !strings.ContainsRune(text, 0) {
		return strings.ToValidUTF8(text, "\uFFFD")
	}
	return "sha256:" + digest(text)
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// typePrefix is that of all types: CloudEvents wants them to begin with the domain of who defines them.
const typePrefix = "dev.retailsync."

// encode makes a message of an event.
func encode(e canonical.Event, source string, data Data) ([]byte, error) {
	message := event.New(event.CloudEventsVersionV1)
	message.SetID(e.ID)
	message.SetType(typePrefix + string(e.Type))
	message.SetSource(strings.TrimSuffix(source, "/") + "/" + url.PathEscape(e.Subject.Channel.Name) + "/" + url.PathEscape(e.Subject.Channel.Account))
	message.SetSubject(data.Kind + "/" + url.PathEscape(data.Subject.ID))
	if !e.At.IsZero() {
		message.SetTime(e.At.UTC())
	}
	if err := message.SetData(event.ApplicationJSON, data); err != nil {
		return nil, err
	}
	return json.Marshal(message) // it validates
}

// workOf is the delivery of an event to a subscription, as the ledger keeps it. Source and ID are the same however often the journal is told.
func workOf(s *subscription, e canonical.Event, source string) (worker.Event, error) {
	if e.ID == "" || e.Type == "" {
		return worker.Event{}, &worker.InvalidError{Field: "journal event", Reason: fmt.Sprintf("%q of type %q has no id or no type", e.ID, e.Type)}
	}
	data := dataOf(e, s.Summary)
	body, err := encode(e, source, data)
	if err != nil {
		return worker.Event{}, &worker.InvalidError{Field: "journal event", Reason: fmt.Sprintf("%q of type %q is no CloudEvent: %v", e.ID, e.Type, err)}
	}
	return worker.Event{
		Source: s.channel(), ID: "evt_" + digest(e.Subject.Channel.String() + "\n" + e.ID)[:40],
		Channel: s.channel(), Kind: Kind, Key: data.key(), Class: classOf(data.Kind), Payload: body,
	}, nil
}

func classOf(kind string) worker.Class {
	switch kind {
	case "stock":
		return worker.Stock
	case "price", "listing":
		return worker.Prices
	}
	return worker.Orders
}
