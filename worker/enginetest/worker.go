package enginetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/worker"
)

func workerCases() []testCase {
	return []testCase{
		{"events are handled in order per key", func(t *testing.T, h Harness) {
			var mu sync.Mutex
			handled := map[string][]string{}
			w := newWorker(t, h.Engine, h.Ledger, map[string]worker.Handler{"order": func(_ context.Context, d worker.Delivery) error {
				mu.Lock()
				defer mu.Unlock()
				handled[d.Event.Key] = append(handled[d.Event.Key], d.Event.ID)
				return nil
			}})
			want := map[string][]string{}
			ingest := func(from, to int) {
				for n := from; n < to; n++ {
					e := event(shop, fmt.Sprintf("key-%d", n%5), n)
					want[e.Key] = append(want[e.Key], e.ID)
					for range 2 { // the sender repeats
						_, err := w.Ingest(t.Context(), e)
						must(t, err)
					}
				}
			}
			ingest(0, 20)
			must(t, w.Start(t.Context()))
			ingest(20, 40)
			settled(t, w, 40)
			mu.Lock()
			defer mu.Unlock()
			if diff := cmp.Diff(want, handled); diff != "" {
				t.Error(diff)
			}
		}},
		{"two processes share the work", func(t *testing.T, h Harness) {
			if h.Another == nil {
				return
			}
			var mu sync.Mutex
			handled := map[string][]string{}
			handler := map[string]worker.Handler{"order": func(_ context.Context, d worker.Delivery) error {
				mu.Lock()
				defer mu.Unlock()
				handled[d.Event.Key] = append(handled[d.Event.Key], d.Event.ID)
				return nil
			}}
			first := newWorker(t, h.Engine, h.Ledger, handler)
			engine, ledger := h.Another()
			second := newWorker(t, engine, ledger, handler)
			must(t, first.Start(t.Context()))
			must(t, second.Start(t.Context()))
			want := map[string][]string{}
			for n := range 40 {
				e := event(shop, fmt.Sprintf("key-%d", n%5), n)
				want[e.Key] = append(want[e.Key], e.ID)
				_, err := []*worker.Worker{first, second}[n%2].Ingest(t.Context(), e)
				must(t, err)
			}
			settled(t, first, 40)
			mu.Lock()
			defer mu.Unlock()
			if diff := cmp.Diff(want, handled); diff != "" {
				t.Error(diff)
			}
		}},
		{"what is down is waited for, what cannot be becomes a dead letter", func(t *testing.T, h Harness) {
			var done log
			w := newWorker(t, h.Engine, h.Ledger, map[string]worker.Handler{"order": func(_ context.Context, d worker.Delivery) error {
				n := done.add(worker.Task{Channel: d.Event.Channel, Seq: d.Seq})
				switch d.Event.Key {
				case "down":
					if n <= 5 {
						return &marketplace.Error{Code: marketplace.CodeRateLimited}
					}
				case "broken":
					return errors.New("it always fails")
				case "missing":
					return &marketplace.Error{Code: marketplace.CodeNotFound}
				case "panics":
					panic("a mistake") //nolint:forbidigo // what a handler does wrong is what is tested
				}
				return nil
			}})
			must(t, w.Start(t.Context()))
			receipts, err := w.Ingest(t.Context(), event(shop, "down", 1), event(shop, "broken", 2), event(shop, "missing", 3), event(shop, "panics", 4), event(shop, "fine", 5))
			must(t, err)
			settled(t, w, 5)
			var states []worker.State
			var tries []int
			for _, receipt := range receipts {
				records, err := w.Find(t.Context(), worker.Filter{Seqs: []int64{receipt.Seq}})
				must(t, err)
				states, tries = append(states, records[0].State), append(tries, records[0].Tries)
			}
			if diff := cmp.Diff([]worker.State{worker.StateDone, worker.StateDead, worker.StateDead, worker.StateDead, worker.StateDone}, states); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]int{5, 3, 1, 3, 0}, tries); diff != "" {
				t.Error(diff)
			}
		}},
		{"dead letters are replayed or discarded by a person, and their keys go on", func(t *testing.T, h Harness) {
			var mu sync.Mutex
			repaired, handled := false, []string{}
			w := newWorker(t, h.Engine, h.Ledger, map[string]worker.Handler{"order": func(_ context.Context, d worker.Delivery) error {
				mu.Lock()
				defer mu.Unlock()
				if !repaired && (d.Event.ID == "a-1" || d.Event.ID == "b-1") {
					return worker.AskPerson(errors.New("no rule"), worker.RunbookRules)
				}
				handled = append(handled, d.Event.ID)
				return nil
			}})
			must(t, w.Start(t.Context()))
			_, err := w.Ingest(t.Context(), event(shop, "a", 1), event(shop, "a", 2), event(shop, "b", 1), event(shop, "b", 2))
			must(t, err)
			eventually(t, "two dead letters", func() bool { return count(t, w, worker.StateDead) == 2 })
			mu.Lock()
			repaired = true
			mu.Unlock()
			decision := worker.Decision{By: "ann", Reason: "the rule is there"}
			dry, err := w.Replay(t.Context(), worker.Filter{Key: "a"}, decision, true)
			must(t, err)
			if len(dry) != 1 || count(t, w, worker.StateDead) != 2 {
				t.Fatalf("the dry run returned %+v", dry)
			}
			_, err = w.Replay(t.Context(), worker.Filter{Key: "a"}, decision, false)
			must(t, err)
			_, err = w.Discard(t.Context(), worker.Filter{Key: "b"}, decision, false)
			must(t, err)
			eventually(t, "all settled", func() bool { return count(t, w, worker.StateDone) == 3 })
			mu.Lock()
			defer mu.Unlock()
			slices.SortStableFunc(handled, func(a, b string) int { return int(a[0]) - int(b[0]) })
			if diff := cmp.Diff([]string{"a-1", "a-2", "b-2"}, handled); diff != "" {
				t.Error(diff)
			}
		}},
		{"a dead letter that is replayed at once is handled at once", func(t *testing.T, h Harness) {
			replayAtOnce(t, h, nil)
		}},
		{"a dead letter of a process that died is replayed by another", func(t *testing.T, h Harness) {
			if h.Another == nil {
				return
			}
			dead := make(chan struct{})
			defer close(dead)
			replayAtOnce(t, h, dead)
		}},
		{"a paused channel accepts and waits", func(t *testing.T, h Harness) {
			w := newWorker(t, h.Engine, h.Ledger, map[string]worker.Handler{"order": func(context.Context, worker.Delivery) error { return nil }})
			must(t, w.Start(t.Context()))
			decision := worker.Decision{By: "ann", Reason: "stocktaking"}
			must(t, w.Pause(t.Context(), shop, decision))
			_, err := w.Ingest(t.Context(), event(shop, "a", 1), event(other, "a", 2))
			must(t, err)
			eventually(t, "the other channel", func() bool { return count(t, w, worker.StateDone) == 1 })
			if records, err := w.Find(t.Context(), worker.Filter{Channel: shop}); err != nil || records[0].State != worker.StatePending {
				t.Fatalf("%+v, %v", records, err)
			}
			must(t, w.Resume(t.Context(), shop, decision))
			settled(t, w, 2)
		}},
		{"an open breaker pauses its channel until a probe succeeds", func(t *testing.T, h Harness) {
			var mu sync.Mutex
			down := true
			w := newWorker(t, h.Engine, h.Ledger, map[string]worker.Handler{"order": func(_ context.Context, d worker.Delivery) error {
				mu.Lock()
				defer mu.Unlock()
				if down && d.Event.Channel == shop {
					return &marketplace.Error{Code: marketplace.CodeUnavailable}
				}
				return nil
			}})
			must(t, w.Start(t.Context()))
			for n := range 6 {
				_, err := w.Ingest(t.Context(), event(shop, fmt.Sprint(n), n), event(other, fmt.Sprint(n), 100+n))
				must(t, err)
			}
			eventually(t, "the breaker", func() bool {
				pauses, err := w.Pauses(t.Context())
				must(t, err)
				return len(pauses) == 1 && pauses[0].Channel == shop && pauses[0].Cause == worker.ByBreaker
			})
			eventually(t, "the other channel", func() bool { return count(t, w, worker.StateDone) == 6 })
			mu.Lock()
			down = false
			mu.Unlock()
			settled(t, w, 12)
			if dead := count(t, w, worker.StateDead); dead != 0 {
				t.Errorf("%d dead letters of an outage", dead)
			}
		}},
		{"Odoo is down: all is accepted and waits, and is done afterwards", func(t *testing.T, h Harness) {
			var mu sync.Mutex
			down, done := true, map[string][]int64{}
			w := newWorker(t, h.Engine, h.Ledger, map[string]worker.Handler{"order": func(_ context.Context, d worker.Delivery) error {
				mu.Lock()
				defer mu.Unlock()
				if down {
					return &odoo.Error{Code: odoo.CodeUnreachable}
				}
				key := d.Event.Channel + " " + d.Event.Key
				done[key] = append(done[key], d.Seq)
				return nil
			}})
			must(t, w.Start(t.Context()))
			for n := range 60 {
				_, err := w.Ingest(t.Context(), event([]string{shop, other}[n%2], fmt.Sprint(n%6), n))
				must(t, err)
			}
			eventually(t, "both breakers", func() bool {
				pauses, err := w.Pauses(t.Context())
				must(t, err)
				return len(pauses) == 2
			})
			if waiting := count(t, w, worker.StatePending); waiting != 60 {
				t.Errorf("%d of 60 events wait", waiting)
			}
			mu.Lock()
			down = false
			mu.Unlock()
			settled(t, w, 60)
			if dead := count(t, w, worker.StateDead); dead != 0 {
				t.Errorf("%d dead letters", dead)
			}
			mu.Lock()
			defer mu.Unlock()
			for key, seqs := range done {
				if len(seqs) != 10 || !slices.IsSorted(seqs) {
					t.Errorf("%s: %v", key, seqs)
				}
			}
		}},
		{"a channel that hangs holds no other up", func(t *testing.T, h Harness) {
			hang := make(chan struct{})
			w := newWorker(t, h.Engine, h.Ledger, map[string]worker.Handler{"order": func(ctx context.Context, d worker.Delivery) error {
				if d.Event.Channel == shop {
					select {
					case <-hang:
					case <-ctx.Done():
						return ctx.Err()
					}
				}
				return nil
			}}, worker.WithDatabase("odoo", 3))
			must(t, w.Start(t.Context()))
			for n := range 10 {
				_, err := w.Ingest(t.Context(), event(shop, fmt.Sprint(n), n))
				must(t, err)
			}
			for n := range 20 {
				_, err := w.Ingest(t.Context(), event(other, fmt.Sprint(n), 100+n))
				must(t, err)
			}
			eventually(t, "the other channel", func() bool {
				records, err := w.Find(t.Context(), worker.Filter{Channel: other, States: []worker.State{worker.StateDone}})
				must(t, err)
				return len(records) == 20
			})
			if n := count(t, w, worker.StateDone); n != 20 {
				t.Errorf("%d events done, those that hang too", n)
			}
			close(hang)
			settled(t, w, 30)
		}},
		{"schedules hand in their events, one for each time", func(t *testing.T, h Harness) {
			var mu sync.Mutex
			var ids []string
			w := newWorker(t, h.Engine, h.Ledger, map[string]worker.Handler{"poll": func(_ context.Context, d worker.Delivery) error {
				mu.Lock()
				defer mu.Unlock()
				ids = append(ids, d.Event.ID)
				return nil
			}}, worker.WithSchedules(worker.Schedule{Name: "poll", Spec: worker.Every(time.Second), Event: worker.Event{Channel: shop, Kind: "poll", Class: worker.Backfill}}))
			must(t, w.Start(t.Context()))
			eventually(t, "three polls", func() bool {
				mu.Lock()
				defer mu.Unlock()
				return len(ids) >= 3
			})
			mu.Lock()
			defer mu.Unlock()
			if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
				t.Errorf("polls %v", ids)
			}
		}},
		{"a task that was lost is submitted again", func(t *testing.T, h Harness) {
			// Accepted by a process that dies before it submits.
			_, err := h.Ledger.Accept(t.Context(), []worker.Event{event(shop, "a", 1)}, nil)
			must(t, err)
			w := newWorker(t, h.Engine, h.Ledger, map[string]worker.Handler{"order": func(context.Context, worker.Delivery) error { return nil }})
			must(t, w.Start(t.Context()))
			settled(t, w, 1)
		}},
		{"stopped in haste, an event is put back as it was", func(t *testing.T, h Harness) {
			begun := make(chan struct{})
			w := newWorker(t, h.Engine, h.Ledger, map[string]worker.Handler{"order": func(ctx context.Context, _ worker.Delivery) error {
				close(begun)
				<-ctx.Done()
				return ctx.Err()
			}})
			must(t, w.Start(t.Context()))
			receipts, err := w.Ingest(t.Context(), event(shop, "a", 1))
			must(t, err)
			<-begun
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_ = w.Stop(ctx)
			eventually(t, "the event put back", func() bool {
				hold, err := h.Ledger.Take(t.Context(), worker.Task{Seq: receipts[0].Seq, Channel: shop, Key: "a", Class: worker.Orders}, "tester", time.Hour)
				must(t, err)
				if hold.Status == worker.Held && (hold.Record.Tries != 0 || hold.Record.Attempts != 0) {
					t.Fatalf("record %+v", hold.Record)
				}
				return hold.Status == worker.Held
			})
		}},
	}
}

// replayAtOnce lets an event become a dead letter that is replayed after the ledger knows of it and before the engine can. Where dead is
// not nil, the process that handled it ends at that point, until dead is closed, and another does the rest. The sweeper is of no help.
func replayAtOnce(t *testing.T, h Harness, dead <-chan struct{}) {
	var mu sync.Mutex
	var running, most, runs int
	handlers := map[string]worker.Handler{"order": func(context.Context, worker.Delivery) error {
		mu.Lock()
		runs++
		first := runs == 1
		running++
		most = max(most, running)
		mu.Unlock()
		defer func() {
			mu.Lock()
			defer mu.Unlock()
			running--
		}()
		if first {
			return worker.AskPerson(errors.New("no rule"), worker.RunbookRules)
		}
		time.Sleep(50 * time.Millisecond) // others would overlap
		return nil
	}}
	slow := worker.WithSweep(time.Hour, time.Hour)
	ledger := &dyingLedger{Ledger: h.Ledger}
	first := newWorker(t, h.Engine, ledger, handlers, slow)
	rest := first
	if dead != nil {
		engine, other := h.Another()
		rest = newWorker(t, engine, other, handlers, slow)
	}
	replayed := make(chan error, 1)
	ledger.died = func(ctx context.Context) {
		_, err := rest.Replay(ctx, worker.Filter{}, worker.Decision{By: "ann", Reason: "the rule is there"}, false)
		replayed <- err
		if dead != nil {
			<-dead
		}
	}
	must(t, first.Start(t.Context()))
	_, err := first.Ingest(t.Context(), event(shop, "a", 1))
	must(t, err)
	must(t, <-replayed)
	if rest != first {
		must(t, rest.Start(t.Context()))
	}
	settled(t, rest, 1)
	mu.Lock()
	defer mu.Unlock()
	if most != 1 || runs != 2 || count(t, rest, worker.StateDone) != 1 {
		t.Errorf("%d runs, %d at once; want 2, one after the other, and the event done", runs, most)
	}
}

// dyingLedger tells of the first event that becomes a dead letter, before anybody else can know.
type dyingLedger struct {
	worker.Ledger
	once sync.Once
	died func(context.Context)
}

// Settle implements [worker.Inbox].
func (l *dyingLedger) Settle(ctx context.Context, lease worker.Lease, s worker.Settlement) (*worker.Record, error) {
	next, err := l.Ledger.Settle(ctx, lease, s)
	if err == nil && s.State == worker.StateDead {
		l.once.Do(func() { l.died(ctx) })
	}
	return next, err
}

func event(channel, key string, n int) worker.Event {
	return worker.Event{Source: "test", ID: fmt.Sprintf("%s-%d", key, n), Channel: channel, Kind: "order", Key: key, Class: worker.Orders}
}

// newWorker returns a worker of two channels that is quick to retry; it is stopped at the end of the test.
func newWorker(t testing.TB, engine worker.Engine, ledger worker.Ledger, handlers map[string]worker.Handler, options ...worker.Option) *worker.Worker {
	t.Helper()
	options = append([]worker.Option{
		worker.WithSweep(time.Second, 500*time.Millisecond), worker.WithLease(10 * time.Second),
		worker.WithDatabase("odoo", 6), worker.WithBreaker(worker.Breaker{Failures: 3, Open: 700 * time.Millisecond}),
	}, options...)
	w, err := worker.New(ledger, engine, []worker.Channel{{Name: shop, Database: "odoo"}, {Name: other, Database: "odoo"}}, options...)
	must(t, err)
	for kind, handler := range handlers {
		must(t, w.Handle(kind, handler, worker.Policy{MaxAttempts: 3, FirstDelay: 10 * time.Millisecond, MaxDelay: 50 * time.Millisecond}))
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := w.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return w
}

// settled waits until n events are there and none is pending.
func settled(t testing.TB, w *worker.Worker, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d settled events", n), func() bool {
		return count(t, w) >= n && count(t, w, worker.StatePending) == 0
	})
}

func count(t testing.TB, w *worker.Worker, states ...worker.State) int {
	t.Helper()
	records, err := w.Find(t.Context(), worker.Filter{States: states})
	must(t, err)
	return len(records)
}
