package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/worker"
)

// crashCases kill the process at each call that it makes, before it and after it, and let another go on. Whatever the point, the
// end is the same: each event done, each effect there once, in order.
func crashCases() []testCase {
	return []testCase{{"killed at any point, the end is the same", func(t *testing.T, h Harness) {
		for point := 1; ; point++ {
			// Keys of their own keep the rounds apart in one ledger.
			round := newRound(h, point)
			round.live(t)
			if !round.died() {
				if point <= 20 {
					t.Fatalf("only %d points: the run does too little", point-1)
				}
				return
			}
			if h.Reopen != nil {
				round.ledger = h.Reopen()
			}
			round.mortal.left = -1
			round.recover(t)
			round.check(t)
			if t.Failed() {
				t.Fatalf("killed at point %d", point)
			}
		}
	}}}
}

var errDied = errors.New("the process is dead")

// mortal counts points and dies at one of them: nothing that it is asked to do happens any more.
type mortal struct{ left int }

// pass reports whether the process still lives after this point.
func (m *mortal) pass() error {
	if m.left == 0 {
		return errDied
	}
	if m.left > 0 {
		if m.left--; m.left == 0 {
			return errDied
		}
	}
	return nil
}

type round struct {
	ledger  worker.Ledger
	mortal  *mortal
	events  []worker.Event
	effects []string // what is at the far side; it outlives the process
	tries   int
	engine  []worker.Task // tasks that were committed
}

func newRound(h Harness, point int) *round {
	r := &round{ledger: h.Ledger, mortal: &mortal{left: point}}
	for i, key := range []string{"a", "a", "b", "a"} {
		r.events = append(r.events, event(fmt.Sprintf("round-%d-%s", point, key), i))
	}
	return r
}

func (r *round) died() bool { return r.mortal.left == 0 }

// call makes one call of the ledger between two points.
func (r *round) call(do func() error) error {
	if err := r.mortal.pass(); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return r.mortal.pass()
}

func (r *round) live(t *testing.T) {
	for _, each := range [][]worker.Event{r.events[:2], r.events[2:]} {
		if r.accept(t, each) != nil {
			return
		}
	}
	for _, task := range slices.Clone(r.engine) {
		if r.perform(t, task, short) != nil {
			return
		}
	}
}

func (r *round) accept(t *testing.T, events []worker.Event) error {
	return r.call(func() error {
		var submitted []worker.Task
		_, err := r.ledger.Accept(t.Context(), events, func(_ context.Context, _ any, tasks []worker.Task) error {
			submitted = tasks
			return r.mortal.pass() // within the transaction
		})
		if err == nil {
			r.engine = append(r.engine, submitted...)
		}
		return r.expect(t, err)
	})
}

func (r *round) perform(t *testing.T, task worker.Task, lease time.Duration) error {
	var hold worker.Hold
	err := r.call(func() (err error) {
		hold, err = r.ledger.Take(t.Context(), task, "worker", lease)
		return r.expect(t, err)
	})
	if err != nil || hold.Status != worker.Held {
		return err
	}
	for record := &hold.Record; record != nil; {
		if err := r.effect(*record); err != nil {
			return err
		}
		err := r.call(func() (err error) {
			record, err = r.ledger.Settle(t.Context(), hold.Lease, worker.Settlement{Seq: record.Seq, State: worker.StateDone, By: "worker", More: true})
			return r.expect(t, err)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// effect is the handler: it looks before it acts.
func (r *round) effect(record worker.Record) error {
	r.tries++
	return r.call(func() error {
		if !slices.Contains(r.effects, record.ID) {
			r.effects = append(r.effects, record.ID)
		}
		return nil
	})
}

// recover is what the next process does: the sender repeats what got no answer, the engine's tasks come again, and the sweeper finds
// what has none.
func (r *round) recover(t *testing.T) {
	for _, each := range [][]worker.Event{r.events[:2], r.events[2:]} {
		must(t, r.accept(t, each))
	}
	deadline := time.Now().Add(time.Minute)
	for {
		for _, task := range slices.Clone(r.engine) {
			must(t, r.perform(t, task, long))
		}
		if r.settled(t) || time.Now().After(deadline) {
			return
		}
		time.Sleep(short)
	}
}

func (r *round) settled(t *testing.T) bool {
	for _, key := range []string{r.events[0].Key, r.events[2].Key} {
		pending, err := r.ledger.Find(t.Context(), worker.Filter{Key: key, States: []worker.State{worker.StatePending}})
		must(t, err)
		if len(pending) > 0 {
			return false
		}
	}
	return true
}

func (r *round) check(t *testing.T) {
	t.Helper()
	for _, key := range []string{r.events[0].Key, r.events[2].Key} {
		var want, got []string
		for _, each := range r.events {
			if each.Key == key {
				want = append(want, each.ID)
			}
		}
		records, err := r.ledger.Find(t.Context(), worker.Filter{Key: key})
		must(t, err)
		for _, record := range records {
			if record.State != worker.StateDone {
				t.Errorf("event %s is %s", record.ID, record.State)
			}
			got = append(got, record.ID)
			trail := actions(t, r.ledger, record.Seq)
			if diff := cmp.Diff([]worker.Action{worker.ActionAccepted, worker.ActionDone}, trail); diff != "" {
				t.Errorf("audit trail of %s: %s", record.ID, diff)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("inbox: %s", diff)
		}
		effects := slices.DeleteFunc(slices.Clone(r.effects), func(id string) bool { return !slices.Contains(want, id) })
		if diff := cmp.Diff(want, effects); diff != "" {
			t.Errorf("effects: %s", diff)
		}
	}
	if len(r.effects) != len(r.events) {
		t.Errorf("%d effects of %d events", len(r.effects), len(r.events))
	}
}

// expect lets the simulated death pass and fails the test for any other error.
func (r *round) expect(t *testing.T, err error) error {
	if err != nil && !errors.Is(err, errDied) {
		t.Error(err)
	}
	return err
}
