package worker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/retailsync/retailsync/worker"
)

// picky refuses calls that hold a certain event, and counts calls.
type picky struct {
	*worker.Memory
	mu    sync.Mutex
	calls int
	hold  chan struct{}
}

func (p *picky) Accept(ctx context.Context, events []worker.Event, within worker.Within) ([]worker.Receipt, error) {
	<-p.hold
	p.mu.Lock()
	p.calls++
	p.mu.Unlock()
	for _, event := range events {
		if event.ID == "bad" {
			return nil, errors.New("no")
		}
	}
	return p.Memory.Accept(ctx, events, within)
}

func TestConcurrentCallersShareTransactions(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "50"} {
		synctest.Test(t, func(t *testing.T) { shareTransactions(t, bad) })
	}
}

func shareTransactions(t *testing.T, bad string) {
	ledger := &picky{Memory: worker.NewMemory(), hold: make(chan struct{})}
	w, err := worker.New(ledger, worker.NewMemoryEngine(), []worker.Channel{{Name: "shop/main"}})
	if err != nil {
		t.Fatal(err)
	}
	event := func(id string) worker.Event {
		return worker.Event{Source: "s", ID: id, Channel: "shop/main", Kind: "order", Key: id, Class: worker.Orders}
	}
	const callers = 100
	var group sync.WaitGroup
	for n := range callers {
		group.Go(func() {
			id := fmt.Sprint(n)
			fault := id == bad
			if fault {
				id = "bad"
			}
			receipts, err := w.Ingest(t.Context(), event(id), event(id+" again"), event(id))
			if (err != nil) != fault {
				t.Errorf("event %s: %v", id, err)
			}
			if err != nil {
				return
			}
			records, err := ledger.Find(t.Context(), worker.Filter{Seqs: []int64{receipts[0].Seq}})
			if err != nil || len(records) != 1 || records[0].ID != id || !receipts[2].Duplicate || receipts[1].Duplicate {
				t.Errorf("event %s has the receipts %+v and the record %+v", id, receipts, records)
			}
		})
	}
	synctest.Wait() // at most two calls are held, the others wait together
	gone, cancel := context.WithCancel(t.Context())
	group.Go(func() {
		if _, err := w.Ingest(gone, event("gone")); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller that has gone: %v", err)
		}
	})
	synctest.Wait()
	cancel()
	synctest.Wait()
	close(ledger.hold)
	group.Wait()
	found, err := ledger.Find(t.Context(), worker.Filter{})
	want, most := 2*callers, 3+1 // the one that has gone may have begun a call of its own
	if bad != "" {
		want, most = 2*(callers-1), 3+1+callers // those that shared with the bad one had a try each
	}
	found = slices.DeleteFunc(found, func(r worker.Record) bool { return r.ID == "gone" })
	if err != nil || len(found) != want || ledger.calls > most {
		t.Errorf("%d events in %d calls, %v; want %d in at most %d", len(found), ledger.calls, err, want, most)
	}
}
