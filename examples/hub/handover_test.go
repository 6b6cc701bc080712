package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/worker"
)

// outOfReach is a ledger that accepts nothing while it is down.
type outOfReach struct {
	*worker.Memory
	down atomic.Bool
}

func (o *outOfReach) Accept(ctx context.Context, events []worker.Event, within worker.Within) ([]worker.Receipt, error) {
	if o.down.Load() {
		return nil, errors.New("no connection")
	}
	return o.Memory.Accept(ctx, events, within)
}

// TestEventsAreHandedInLater notes more events than one page while the worker's ledger is out of reach: each is handed in once it is back, without a restart.
func TestEventsAreHandedInLater(t *testing.T) {
	t.Parallel()
	const events = worker.MaxPage + 234
	book, err := state.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "hub.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close() })
	said := environment{eventsURL: "https://helpdesk.example/hooks", eventsSecret: eventsKey, eventsSource: "/retailsync"}
	h := &hub{storage: &storage{state: book}, log: slog.New(slog.DiscardHandler), said: said}
	if h.events, err = openPublisher(said); err != nil {
		t.Fatal(err)
	}
	ledger := &outOfReach{Memory: worker.NewMemory()}
	if h.worker, err = worker.New(ledger, worker.NewMemoryEngine(), h.events.Channels()); err != nil {
		t.Fatal(err)
	}
	if err := h.catchUp(t.Context()); err != nil { // as at the start
		t.Fatal(err)
	}
	ledger.down.Store(true)
	channel := canonical.Channel{Name: "woocommerce", Account: "hub"}
	all := make([]canonical.Event, events)
	for i := range all {
		order := canonical.Key{Channel: channel, ID: fmt.Sprint(i)}
		all[i] = canonical.Event{ID: fmt.Sprint("e", i), Type: canonical.EventOrderConfirmed, At: time.Now(), Subject: order, Order: order}
	}
	if err := h.journal().Append(t.Context(), all...); err == nil {
		t.Fatal("nobody is told that they are not handed in")
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); h.handOver(ctx, time.Millisecond) }()
	time.Sleep(20 * time.Millisecond) // it may try in vain
	ledger.down.Store(false)
	handed := func() int {
		backlog, err := h.worker.Backlog(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, each := range backlog {
			n += each.Pending
		}
		return n
	}
	for deadline := time.Now().Add(time.Minute); handed() < events && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
	}
	stop()
	<-ended
	if n := handed(); n != events {
		t.Errorf("%d events are handed in, want %d", n, events)
	}
}
