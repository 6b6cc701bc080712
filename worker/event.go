package worker

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Event says that something is to be done: best "this object changed", so that its handler fetches the present state; for
// money a command with a key of its own.
type Event struct {
	// Source and ID identify the event: a second one with the same pair is the same event. Source names who tells ("woocommerce/main/webhook").
	Source, ID string
	// Channel names the connected account ("woocommerce/main"); it must be one of the worker's.
	Channel string
	// Kind chooses the handler.
	Kind string
	// Key is what must be handled in order within the channel ("order/1001").
	Key string
	// Class chooses the queue.
	Class Class
	// Payload is what the handler needs beyond the key, at most [MaxPayload] bytes. Best none: what is not stored cannot leak.
	Payload []byte
	// Received is when it was handed in; the zero time means now. It is kept with microseconds, in UTC.
	Received time.Time
	// Trace is the W3C traceparent of who handed it in, for the link of its handler's span; [Worker.Ingest] sets it where it is empty. One that is
	// none is left out.
	Trace string
}

// The bounds of an [Event], in bytes.
const (
	MaxPayload = 256 << 10
	maxName    = 200
	maxID      = 500
)

// Class is how urgent an event is. Each class of a channel has a queue with workers of its own, so that none starves.
type Class string

// The classes, the most urgent first.
const (
	Money    Class = "money"    // payments, refunds, cancellations
	Orders   Class = "orders"   // orders and returns
	Stock    Class = "stock"    // stock and shipments
	Prices   Class = "prices"   // prices and listings
	Backfill Class = "backfill" // what has no hurry: reconciliation, history
)

// Classes returns all classes, the most urgent first.
func Classes() []Class { return []Class{Money, Orders, Stock, Prices, Backfill} }

func (c Class) known() bool {
	switch c {
	case Money, Orders, Stock, Prices, Backfill:
		return true
	}
	return false
}

// Validate says what of the event can never be accepted, as an [*InvalidError].
func (e Event) Validate() error {
	for _, field := range []struct {
		name, value string
		most        int
	}{
		{"source", e.Source, maxName}, {"id", e.ID, maxID}, {"channel", e.Channel, maxName},
		{"kind", e.Kind, maxName}, {"key", e.Key, maxID},
	} {
		if problem := textProblem(field.value, field.most); problem != "" {
			return &InvalidError{Field: "event " + field.name, Reason: problem}
		}
	}
	if !e.Class.known() {
		return &InvalidError{Field: "event class", Reason: fmt.Sprintf("%q is none of money, orders, stock, prices, backfill", e.Class)}
	}
	if len(e.Payload) > MaxPayload {
		return &InvalidError{Field: "event payload", Reason: fmt.Sprintf("has %d bytes, the most is %d: hand in a reference and fetch the rest in the handler", len(e.Payload), MaxPayload)}
	}
	if year := e.Received.Year(); !e.Received.IsZero() && (year < 1970 || year > 9999) {
		return &InvalidError{Field: "event received", Reason: "must lie between 1970 and 9999; the zero time means now"}
	}
	return nil
}

func textProblem(text string, most int) string {
	switch {
	case text == "":
		return "is empty"
	case len(text) > most:
		return fmt.Sprintf("has %d bytes, the most is %d", len(text), most)
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return "must be UTF-8 without NUL"
	}
	return ""
}
