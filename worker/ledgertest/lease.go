package ledgertest

import (
	"errors"
	"testing"

	"github.com/retailsync/retailsync/worker"
)

func leaseCases() []testCase {
	return []testCase{
		{"any task of a key takes its first event", func(t *testing.T, h Harness) {
			tasks := accept(t, h.Ledger, event("a", 1), event("b", 1), event("a", 2))
			hold := take(t, h.Ledger, tasks[2], long, worker.Held)
			if hold.Record.Seq != tasks[0].Seq || hold.Lease.Channel != shop || hold.Lease.Key != "a" || hold.Lease.Token < 1 {
				t.Fatalf("hold %+v, want event %d", hold, tasks[0].Seq)
			}
			if busy := take(t, h.Ledger, tasks[0], long, worker.Busy); busy.Wait <= 0 || busy.Wait > long {
				t.Errorf("busy for %s", busy.Wait)
			}
			take(t, h.Ledger, tasks[1], long, worker.Held)
			other := event("a", 1)
			other.Channel, other.ID = "other/main", "o"
			take(t, h.Ledger, accept(t, h.Ledger, other)[0], long, worker.Held)
		}},
		{"a settled or unknown event needs nothing", func(t *testing.T, h Harness) {
			tasks := accept(t, h.Ledger, event("a", 1), event("a", 2))
			settle(t, h.Ledger, take(t, h.Ledger, tasks[0], long, worker.Held), worker.Settlement{State: worker.StateDone})
			take(t, h.Ledger, tasks[0], long, worker.Settled)
			take(t, h.Ledger, worker.Task{Seq: tasks[1].Seq + 1000, Channel: shop, Key: "a", Class: worker.Orders}, long, worker.Settled)
			take(t, h.Ledger, tasks[1], long, worker.Held)
		}},
		{"a lease that ran out is taken over and its owner fenced off", func(t *testing.T, h Harness) {
			task := accept(t, h.Ledger, event("a", 1))[0]
			old := take(t, h.Ledger, task, short, worker.Held)
			pass()
			owner := take(t, h.Ledger, task, long, worker.Held)
			if owner.Lease.Token <= old.Lease.Token {
				t.Fatalf("token %d after %d", owner.Lease.Token, old.Lease.Token)
			}
			_, err := h.Ledger.Settle(t.Context(), old.Lease, worker.Settlement{Seq: task.Seq, State: worker.StateDone, By: "old"})
			fenced(t, err)
			_, err = h.Ledger.Extend(t.Context(), old.Lease, long)
			fenced(t, err)
			must(t, h.Ledger.Release(t.Context(), old.Lease))
			take(t, h.Ledger, task, long, worker.Busy)
			if record := get(t, h.Ledger, task.Seq); record.State != worker.StatePending {
				t.Fatalf("the old owner wrote: %+v", record)
			}
			settle(t, h.Ledger, owner, worker.Settlement{State: worker.StateDone})
			_, err = h.Ledger.Settle(t.Context(), owner.Lease, worker.Settlement{Seq: task.Seq, State: worker.StateDone, By: "old"})
			fenced(t, err)
		}},
		{"a lease that ran out but was not taken over still counts", func(t *testing.T, h Harness) {
			task := accept(t, h.Ledger, event("a", 1))[0]
			hold := take(t, h.Ledger, task, short, worker.Held)
			pass()
			lease, err := h.Ledger.Extend(t.Context(), hold.Lease, short)
			must(t, err)
			if lease.Token != hold.Lease.Token || !lease.Until.After(hold.Lease.Until) {
				t.Fatalf("extended %+v to %+v", hold.Lease, lease)
			}
			pass()
			settle(t, h.Ledger, hold, worker.Settlement{State: worker.StateDone})
			take(t, h.Ledger, task, long, worker.Settled)
		}},
		{"an extended lease holds", func(t *testing.T, h Harness) {
			task := accept(t, h.Ledger, event("a", 1))[0]
			hold := take(t, h.Ledger, task, short, worker.Held)
			_, err := h.Ledger.Extend(t.Context(), hold.Lease, long)
			must(t, err)
			pass()
			take(t, h.Ledger, task, long, worker.Busy)
		}},
		{"a released key can be taken at once, under a greater token", func(t *testing.T, h Harness) {
			task := accept(t, h.Ledger, event("a", 1))[0]
			last := int64(0)
			for range 20 {
				hold := take(t, h.Ledger, task, long, worker.Held)
				if hold.Lease.Token <= last {
					t.Fatalf("token %d after %d", hold.Lease.Token, last)
				}
				last = hold.Lease.Token
				must(t, h.Ledger.Release(t.Context(), hold.Lease))
				must(t, h.Ledger.Release(t.Context(), hold.Lease))
			}
		}},
		{"a lease settles its own key only", func(t *testing.T, h Harness) {
			tasks := accept(t, h.Ledger, event("a", 1), event("b", 1))
			hold := take(t, h.Ledger, tasks[0], long, worker.Held)
			if _, err := h.Ledger.Settle(t.Context(), hold.Lease, worker.Settlement{Seq: tasks[1].Seq, State: worker.StateDone, By: "tester"}); err == nil {
				t.Fatal("it settled another key's event")
			}
			if get(t, h.Ledger, tasks[1].Seq).State != worker.StatePending {
				t.Fatal("another key's event is settled")
			}
		}},
	}
}

func fenced(t testing.TB, err error) {
	t.Helper()
	var lost *worker.LeaseError
	if !errors.Is(err, worker.ErrLeaseLost) || !errors.As(err, &lost) {
		t.Fatalf("error %v, want ErrLeaseLost", err)
	}
}
