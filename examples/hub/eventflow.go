package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/cloudevents"
)

// eventsChannel is the worker's channel of the one subscription.
var eventsChannel = canonical.Channel{Name: "cloudevents", Account: "events"}

// sendEvents is what the deliveries are called among the flows.
const sendEvents = "send-events"

// openPublisher makes the publisher of what happens, if the environment names a receiver.
func openPublisher(e environment) (*cloudevents.Publisher, error) {
	if e.eventsURL == "" {
		return nil, nil
	}
	key, err := cloudevents.ParseKey(e.eventsSecret)
	if err != nil {
		return nil, fmt.Errorf("HUB_EVENTS_SECRET: %w; make one with: echo whsec_$(openssl rand -base64 32)", err)
	}
	publisher, err := cloudevents.New([]cloudevents.Subscription{{
		Name: eventsChannel.Account, URL: e.eventsURL, Events: e.eventsTypes, Keys: cloudevents.FixedKeys(key),
	}}, cloudevents.WithSource(e.eventsSource))
	if err != nil {
		return nil, fmt.Errorf("HUB_EVENTS_URL, HUB_EVENTS_TYPES or HUB_EVENTS_SOURCE: %w", err)
	}
	return publisher, nil
}

// journal is where the flows note what they did: the tables that the pages show, and the receiver of events if there is one.
func (h *hub) journal() retailsync.Journal {
	if h.events == nil {
		return h.state
	}
	return h.events.Journal(inbox{h}, h.state)
}

// inbox is the hub's worker, which is made after the connector whose journal needs it.
type inbox struct{ hub *hub }

// Ingest implements [cloudevents.Inbox].
func (i inbox) Ingest(ctx context.Context, events ...worker.Event) ([]worker.Receipt, error) {
	receipts, err := i.hub.worker.Ingest(ctx, events...)
	if err != nil {
		i.hub.owed.Store(true) // they are noted: handOver hands them in
	}
	return receipts, err
}

// catchUp hands in again what the last process may have noted and not handed in, of what happened since there is a receiver. What was handed in is known.
func (h *hub) catchUp(ctx context.Context) error {
	if h.events == nil {
		return nil
	}
	since, err := h.state.Since(ctx, eventsChannel.String(), time.Now())
	if err != nil {
		return err
	}
	if earliest := time.Now().Add(-caughtUp); since.Before(earliest) {
		since = earliest
	}
	for at, id := since, ""; ; {
		page, err := h.state.EventsAfter(ctx, at, id, worker.MaxPage)
		if err != nil {
			return err
		}
		err = h.events.Journal(inbox{h}, nil).Publish(ctx, page...)
		if invalid := (*worker.InvalidError)(nil); errors.As(err, &invalid) {
			h.log.WarnContext(ctx, "events that cannot be told", "error", err) // never, so they hold up nothing
		} else if err != nil {
			return err
		}
		if len(page) < worker.MaxPage {
			return nil
		}
		at, id = page[len(page)-1].At, page[len(page)-1].ID
	}
}

// owing is how often is looked whether events are noted that could not be handed in.
const owing = 30 * time.Second

// handOver hands in, until ctx is done, what was noted while the worker's ledger was out of reach.
func (h *hub) handOver(ctx context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !h.owed.Swap(false) {
			continue
		}
		if err := h.catchUp(ctx); err != nil {
			h.owed.Store(true)
			h.log.WarnContext(ctx, "events are noted and not handed in yet", "error", err)
		}
	}
}

// caughtUp is how far back a start looks for what was noted and not handed in. It is much less than the time for which the ledger knows what was sent, after
// which it would be sent again.
const caughtUp = 7 * 24 * time.Hour

// sendEvent is the handler of deliveries: it notes how the last one went.
func (h *hub) sendEvent(ctx context.Context, d worker.Delivery) error {
	sent := h.events.Deliver(ctx, d)
	noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	var noted error
	if sent != nil {
		noted = h.state.Fail(noting, d.Event.Channel, sendEvents, worker.Scrub(sent.Error()))
	} else {
		noted = h.state.Succeed(noting, d.Event.Channel, sendEvents, "taken by the receiver", "")
	}
	if noted != nil { // what the receiver has taken is not sent again for that
		h.log.WarnContext(ctx, "note a delivery", "error", noted)
	}
	return sent
}

// eventsAbout says where the events go, without what may be a secret in the address, and which.
func (h *hub) eventsAbout() string {
	receiver := "the receiver"
	if u, err := url.Parse(h.said.eventsURL); err == nil {
		receiver = u.Host
	}
	return fmt.Sprintf("signed CloudEvents to %s: %s", receiver, or(strings.Join(h.said.eventsTypes, ", "), "all types"))
}
