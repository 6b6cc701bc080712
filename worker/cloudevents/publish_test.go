package cloudevents_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/cloudevents"
)

// TestWhatIsSent holds every byte of a message against what may be in it, and that an event which says more sends no more.
func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	onEach(t, whatIsSent)
}

func whatIsSent(t *testing.T, at place) {
	far := &receiver{key: oldKey}
	server := httptest.NewServer(far)
	defer server.Close()
	s := newStage(t, at, worker.Policy{},
		cloudevents.Subscription{Name: "short", URL: server.URL, Keys: cloudevents.FixedKeys(keyOf(t, oldKey))},
		cloudevents.Subscription{Name: "told", URL: server.URL, Keys: cloudevents.FixedKeys(keyOf(t, oldKey)), Summary: true})
	e := happened("rma-7/received", canonical.EventReturnReceived, "7")
	e.Subject.ID = "7 a/b"
	e.Order = canonical.Key{Channel: canonical.Channel{Name: "medusa", Account: "de"}, ID: "1001"}
	e.Actor, e.Record, e.Summary = "ann@example.com", "stock.picking,42", "3 pieces, ask jane@example.com"
	e.Data = map[string]json.RawMessage{"number": json.RawMessage(`"RMA of Jane"`)}
	for range 2 { // the run is repeated
		if err := s.journal.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	s.start(t)
	eventually(t, "two messages", func() bool { return len(far.ids(t)) >= 2 })
	eventually(t, "all done", func() bool {
		backlog, err := s.worker.Backlog(t.Context())
		return err == nil && len(backlog) == 0
	})
	const head = `{"specversion":"1.0","id":"rma-7/received","source":"/retailsync/woocommerce/main","type":"dev.retailsync.return.received",` +
		`"subject":"return/7%20a%2Fb","datacontenttype":"application/json","time":"2026-11-26T09:00:00Z",` +
		`"data":{"kind":"return","subject":{"channel":{"name":"woocommerce","account":"main"},"id":"7 a/b"},` +
		`"order":{"channel":{"name":"medusa","account":"de"},"id":"1001"},"record":"stock.picking,42"`
	bodies := map[string]int{}
	ids := map[string]bool{}
	for _, each := range far.all(t) {
		bodies[each.body]++
		ids[each.id] = true
	}
	want := map[string]int{head + "}}": 1, head + `,"summary":"3 pieces, ask [redacted]"}}`: 1}
	if diff := cmp.Diff(want, bodies); diff != "" {
		t.Error(diff)
	}
	if len(ids) != 1 {
		t.Errorf("one event has the ids %v", ids)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	order, returned, price := happened("1", canonical.EventOrderCreated, "1"), happened("2", canonical.EventReturnClosed, "2"), happened("3", canonical.EventPricePublished, "SKU")
	other := happened("4", canonical.EventOrderCreated, "1")
	other.Subject.Channel = canonical.Channel{Name: "medusa", Account: "de"}
	returned.Order = canonical.Key{Channel: canonical.Channel{Name: "shopify", Account: "ch"}, ID: "1"}
	erased := canonical.Event{ID: "5", Type: canonical.EventJournalErased}
	for name, test := range map[string]struct {
		events, channels, want []string
	}{
		"all":           {nil, nil, []string{"1", "2", "3", "4"}},
		"star":          {[]string{"*"}, []string{"*"}, []string{"1", "2", "3", "4"}},
		"kinds":         {[]string{"return.*", "price.published"}, nil, []string{"2", "3"}},
		"channel":       {nil, []string{"medusa/*"}, []string{"4"}},
		"of an order's": {nil, []string{"shopify/ch"}, []string{"2"}},
		"both":          {[]string{"order.created"}, []string{"woocommerce/main"}, []string{"1"}},
		"none of these": {[]string{"settlement.*"}, nil, nil},
	} {
		inbox := &kept{}
		publisher, err := cloudevents.New([]cloudevents.Subscription{{
			Name: "x", URL: "https://example.com", Events: test.events, Channels: test.channels, Keys: cloudevents.FixedKeys(keyOf(t, oldKey)),
		}})
		if err != nil {
			t.Fatal(err)
		}
		if err := publisher.Journal(inbox, nil).Append(t.Context(), order, returned, price, other, erased); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range inbox.events {
			var message struct{ ID string }
			if err := json.Unmarshal(e.Payload, &message); err != nil {
				t.Fatal(err)
			}
			got = append(got, message.ID)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// kept is an inbox that keeps what it is handed, or fails.
type kept struct {
	events []worker.Event
	err    error
}

func (k *kept) Ingest(_ context.Context, events ...worker.Event) ([]worker.Receipt, error) {
	if k.err != nil {
		return nil, k.err
	}
	for _, e := range events {
		if err := e.Validate(); err != nil {
			return nil, err
		}
	}
	k.events = append(k.events, events...)
	return make([]worker.Receipt, len(events)), nil
}

type brokenJournal struct{ err error }

func (b brokenJournal) Append(context.Context, ...canonical.Event) error { return b.err }

// TestOneSideFails holds that what fails on one side is said, and done on the other.
func TestOneSideFails(t *testing.T) {
	t.Parallel()
	publisher, err := cloudevents.New([]cloudevents.Subscription{{Name: "x", URL: "https://example.com", Keys: cloudevents.FixedKeys(keyOf(t, oldKey))}})
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("the disk is full")
	inbox := &kept{}
	if err := publisher.Journal(inbox, brokenJournal{full}).Append(t.Context(), happened("1", canonical.EventOrderPaid, "1")); !errors.Is(err, full) || len(inbox.events) != 1 {
		t.Errorf("%d published, %v", len(inbox.events), err)
	}
	next := &retailsync.MemoryJournal{}
	if err := publisher.Journal(&kept{err: full}, next).Append(t.Context(), happened("1", canonical.EventOrderPaid, "1")); !errors.Is(err, full) || len(next.Events()) != 1 {
		t.Errorf("%d journalled, %v", len(next.Events()), err)
	}
	// What can never be sent hides nothing else.
	inbox = &kept{}
	wild := happened("wild\x00 id "+strings.Repeat("x", 1000), canonical.EventOrderPaid, "\x00\xff"+strings.Repeat("y", 1000))
	var invalid *worker.InvalidError
	err = publisher.Journal(inbox, nil).Append(t.Context(), happened("", canonical.EventOrderPaid, "1"), wild, happened("2", canonical.EventOrderPaid, "1"))
	if !errors.As(err, &invalid) || len(inbox.events) != 2 {
		t.Errorf("%d published, %v", len(inbox.events), err)
	}
	// More than the worker takes at once.
	inbox = &kept{}
	many := make([]canonical.Event, 2*worker.MaxPage+1)
	for i := range many {
		many[i] = happened(strings.Repeat("i", i+1), canonical.EventOrderPaid, "1")
	}
	if err := publisher.Journal(inbox, nil).Append(t.Context(), many...); err != nil || len(inbox.events) != len(many) {
		t.Errorf("%d published, %v", len(inbox.events), err)
	}
}

func TestSubscriptionsThatAreRefused(t *testing.T) {
	t.Parallel()
	keys := cloudevents.FixedKeys(keyOf(t, oldKey))
	for name, s := range map[string]cloudevents.Subscription{
		"no name":         {URL: "https://example.com", Keys: keys},
		"odd name":        {Name: "Help desk", URL: "https://example.com", Keys: keys},
		"no address":      {Name: "x", Keys: keys},
		"in the clear":    {Name: "x", URL: "http://hooks.example.com/hidden", Keys: keys},
		"another scheme":  {Name: "x", URL: "ftp://localhost/hidden", Keys: keys},
		"a password":      {Name: "x", URL: "https://u:hidden@example.com", Keys: keys},
		"a fragment":      {Name: "x", URL: "https://example.com/#hidden", Keys: keys},
		"no keys":         {Name: "x", URL: "https://example.com"},
		"no such type":    {Name: "x", URL: "https://example.com", Events: []string{"retrun.*"}, Keys: keys},
		"a broken type":   {Name: "x", URL: "https://example.com", Events: []string{"ret*rn.x"}, Keys: keys},
		"an empty type":   {Name: "x", URL: "https://example.com", Events: []string{""}, Keys: keys},
		"no such account": {Name: "x", URL: "https://example.com", Channels: []string{"medusa"}, Keys: keys},
	} {
		_, err := cloudevents.New([]cloudevents.Subscription{s})
		if invalid := (*worker.InvalidError)(nil); !errors.As(err, &invalid) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", name, err)
		}
	}
	twice := cloudevents.Subscription{Name: "x", URL: "https://example.com", Keys: keys}
	if _, err := cloudevents.New([]cloudevents.Subscription{twice, twice}); err == nil {
		t.Error("one name is there twice")
	}
}

// TestOddIds publishes events whose ids and objects hold what no database and no header takes as it is.
func TestOddIds(t *testing.T) {
	t.Parallel()
	onEach(t, oddIDs)
}

func oddIDs(t *testing.T, at place) {
	far := &receiver{key: oldKey}
	server := httptest.NewServer(far)
	defer server.Close()
	s := newStage(t, at, worker.Policy{}, cloudevents.Subscription{Name: "desk", URL: server.URL, Keys: cloudevents.FixedKeys(keyOf(t, oldKey))})
	s.start(t)
	events := []canonical.Event{
		happened("nul\x00byte", canonical.EventOrderPaid, "\x00"), happened("no UTF-8 \xff", canonical.EventOrderPaid, "\xff\xfe"),
		happened("long "+strings.Repeat("x", 1000), canonical.EventOrderPaid, strings.Repeat("y", 1000)), happened("'; --", canonical.EventOrderPaid, "ü € 🙂"),
	}
	for range 2 {
		if err := s.journal.Append(t.Context(), events...); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all came", func() bool {
		backlog, err := s.worker.Backlog(t.Context())
		return err == nil && len(backlog) == 0
	})
	if got := far.all(t); len(got) != len(events) {
		t.Errorf("%d came of %d", len(got), len(events))
	}
}

// TestTimelineIsRead through the journal that publishes: with a receiver a connector can tell the story of an order as well as without one.
func TestTimelineIsRead(t *testing.T) {
	t.Parallel()
	publisher, err := cloudevents.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	e := happened("e-1", canonical.EventOrderConfirmed, "1001")
	readable := publisher.Journal(&kept{}, &retailsync.MemoryJournal{})
	if err := readable.Append(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	told, err := retailsync.New(nil, nil, retailsync.WithJournal(readable)).Timeline(t.Context(), e.Subject)
	if err != nil || len(told) != 1 || told[0].ID != "e-1" {
		t.Errorf("%v %v", told, err)
	}
	if _, err := publisher.Journal(&kept{}, nil).OrderEvents(t.Context(), e.Subject); err == nil || !strings.Contains(err.Error(), "History") {
		t.Errorf("of no journal: %v", err)
	}
}
