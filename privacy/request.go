package privacy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/worker"
)

// Request asks to forget a buyer, or what was said about some orders.
type Request struct {
	// Orders are the buyer's, as Odoo knows them. Everything that was said about them goes, whoever is named in it.
	Orders []canonical.Key
	// Texts are what the buyer is known by: mail addresses, telephone numbers as they were written, full names. Each has 5 characters at least,
	// since shorter ones stand in everything. They are found whatever their letters' case is, also where they stand in longer texts.
	Texts []string
	// DeadLetters has dead letters that match discarded and erased. Without it they are left and reported: they stand for work that a person
	// must decide about first.
	DeadLetters bool
	// By and Reason are who decides and why. Both are kept: they hold no personal data of the buyer.
	By, Reason string
}

// minText is the length of the shortest text that a person may be known by.
const minText = 5

func (r Request) validate() error {
	if len(r.Orders) == 0 && len(r.Texts) == 0 {
		return errors.New("privacy: the request names neither orders nor texts")
	}
	for i, text := range r.Texts {
		if !utf8.ValidString(text) {
			return fmt.Errorf("privacy: text %d of the request is not valid UTF-8", i+1)
		}
		if utf8.RuneCountInString(strings.Join(strings.Fields(text), " ")) < minText {
			return fmt.Errorf("privacy: text %d of the request has less than %d characters: it would be found everywhere", i+1, minText)
		}
	}
	for i, order := range r.Orders {
		if order.ID == "" || order.Channel.Name == "" {
			return fmt.Errorf("privacy: order %d of the request has no channel or no id", i+1)
		}
	}
	if r.By == "" || r.Reason == "" {
		return errors.New("privacy: the request must say who decides and why")
	}
	for _, kept := range []string{r.By, r.Reason} {
		if newIdentifiers(r.Texts).in(kept) {
			return errors.New("privacy: who decides and why are kept, and name the buyer: write the number of the request instead")
		}
	}
	return nil
}

// Erase carries out a request, or with dry says what would be erased. It may be repeated. An error names the store that it came from; what was
// erased until then stays erased, and the report says so.
func Erase(ctx context.Context, stores Stores, request Request, dry bool) (Report, error) {
	report := Report{Dry: dry}
	if err := request.validate(); err != nil {
		return report, err
	}
	subject := subject{orders: request.Orders, known: newIdentifiers(request.Texts)}
	states := []worker.State{worker.StateDone, worker.StateDiscarded}
	if request.DeadLetters {
		states = append(states, worker.StateDead)
	}
	return erase(ctx, stores, task{
		by: request.By, reason: request.Reason, states: states,
		event: subject.event, text: subject.text, said: subject.said,
	}, report)
}

// task is what is erased, by whom and why.
type task struct {
	by, reason string
	states     []worker.State
	// touched leaves out events that have moved since; zero: none.
	touched time.Time
	event   func(worker.Record) bool
	// text returns what is kept of a text of the store, and whether some of it is left because it is still needed.
	text func(idempotency.Kept) (kept []byte, left bool)
	said func(canonical.Event) bool
}

func erase(ctx context.Context, stores Stores, t task, report Report) (Report, error) {
	eraser, err := stores.eraser()
	if err != nil {
		return report, err
	}
	if stores.Worker != nil {
		erased, err := stores.Worker.Erase(ctx, worker.Filter{States: t.states, TouchedUntil: t.touched}, t.event, worker.Decision{By: t.by, Reason: t.reason}, report.Dry)
		report.Events, report.EventsLeft = erased.Records, erased.Left
		if errors.Is(err, worker.ErrNoEraser) {
			return report, fmt.Errorf("%w: %w", ErrCannotErase, err)
		}
		if err != nil {
			return report, err
		}
	}
	if eraser != nil {
		if _, err := eraser.Rewrite(ctx, func(kept idempotency.Kept) []byte {
			place := Text{Name: kept.Cursor, Part: string(kept.Part)}
			if kept.Cursor == "" {
				place.Name = kept.Key.String()
			}
			text, left := t.text(kept)
			if left {
				report.TextsLeft = append(report.TextsLeft, place)
			}
			if string(text) != string(kept.Content) {
				report.Texts = append(report.Texts, place)
			}
			if report.Dry {
				return kept.Content
			}
			return text
		}); err != nil {
			return report, err
		}
	}
	for _, journal := range stores.Journals {
		erased, err := retailsync.EraseJournalFile(journal.Path, journal.Key, retailsync.JournalErasure{
			Chosen: t.said, By: t.by, Reason: t.reason, At: time.Now(),
		}, report.Dry)
		if err != nil {
			return report, fmt.Errorf("privacy: journal %s: %w", journal.Path, err)
		}
		report.Journals = append(report.Journals, JournalReport{Path: journal.Path, JournalErased: erased})
	}
	return report, nil
}

// subject is whom a request is about.
type subject struct {
	orders []canonical.Key
	known  identifiers
}

// event reports whether an event of the ledger is about the subject.
func (s subject) event(record worker.Record) bool {
	if s.known.named(record.Payload) || s.known.in(record.Problem.Text) || s.known.in(record.Key) || s.known.in(record.ID) {
		return true
	}
	return slices.ContainsFunc(s.orders, func(order canonical.Key) bool {
		return record.Channel == order.Channel.String() && (lastPart(record.Key) == order.ID || mentions(record.Payload, order.ID)) || refersTo(record.Payload, order)
	})
}

// said reports whether a journal event is about the subject.
func (s subject) said(event canonical.Event) bool {
	if s.known.in(event.Summary) || slices.Contains(s.orders, event.Subject) || slices.Contains(s.orders, event.Order) {
		return true
	}
	for _, data := range event.Data {
		if s.known.named(data) {
			return true
		}
	}
	return false
}

// text erases a text of the store: the identifiers everywhere, and what was said about the orders once their work is finished.
func (s subject) text(kept idempotency.Kept) (text []byte, left bool) {
	text = s.known.erase(kept.Content)
	if !slices.ContainsFunc(s.orders, func(order canonical.Key) bool {
		scope, id := kept.Key.Scope, kept.Key.ID
		if kept.Cursor != "" {
			scope, id = kept.Cursor, lastPart(kept.Cursor)
		}
		return strings.Contains("/"+scope+"/", "/"+order.Channel.String()+"/") && lastPart(id) == order.ID || refersTo(kept.Content, order)
	}) {
		return text, false
	}
	gone := eraseSayings(text)
	if string(gone) == string(text) || finished(kept) {
		return gone, false
	}
	return text, true
}

// finished reports whether nothing will read a text again to go on by it.
func finished(kept idempotency.Kept) bool {
	if kept.Part != idempotency.PartCursor {
		return kept.State == idempotency.StateCompleted || kept.State == idempotency.StateFailed
	}
	var head struct {
		Status string `json:"status"`
	}
	return json.Unmarshal(kept.Content, &head) == nil && head.Status == "closed" // a return case
}

func lastPart(key string) string { return key[strings.LastIndexByte(key, '/')+1:] }

// mentions reports whether a payload names the id under a name such as id, order or order_number.
func mentions(payload []byte, id string) bool {
	value, isJSON := parse(payload)
	if !isJSON {
		return false
	}
	found := false
	walk("", value, func(name, text string) {
		found = found || text == id && slices.ContainsFunc(words(name), func(word string) bool {
			return slices.Contains([]string{"id", "order", "number", "reference", "key"}, word)
		})
	})
	return found
}

// refersTo reports whether a content holds the key of an order.
func refersTo(content []byte, order canonical.Key) bool {
	value, isJSON := parse(content)
	return isJSON && holdsKey(value, order)
}

func holdsKey(value any, order canonical.Key) bool {
	switch v := value.(type) {
	case map[string]any:
		channel, _ := v["channel"].(map[string]any)
		if v["id"] == order.ID && channel["name"] == order.Channel.Name && channel["account"] == order.Channel.Account {
			return true
		}
		for _, each := range v {
			if holdsKey(each, order) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, func(each any) bool { return holdsKey(each, order) })
	}
	return false
}
