package ledgertest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/worker"
)

func settleCases() []testCase {
	return []testCase{
		{"a key is drained in order under one lease", func(t *testing.T, h Harness) {
			tasks := accept(t, h.Ledger, event("a", 1), event("b", 1), event("a", 2), event("a", 3))
			hold := take(t, h.Ledger, tasks[3], long, worker.Held)
			for _, want := range []int64{tasks[2].Seq, tasks[3].Seq} {
				next := settle(t, h.Ledger, hold, worker.Settlement{State: worker.StateDone, More: true})
				if next == nil || next.Seq != want || next.State != worker.StatePending {
					t.Fatalf("next is %+v, want event %d", next, want)
				}
				take(t, h.Ledger, tasks[3], long, worker.Busy)
				hold.Record = *next
			}
			if next := settle(t, h.Ledger, hold, worker.Settlement{State: worker.StateDone, More: true}); next != nil {
				t.Fatalf("next is %+v, want none", next)
			}
			take(t, h.Ledger, accept(t, h.Ledger, event("a", 4))[0], long, worker.Held)
			if diff := cmp.Diff([]worker.Action{worker.ActionAccepted, worker.ActionDone}, actions(t, h.Ledger, tasks[2].Seq)); diff != "" {
				t.Error(diff)
			}
		}},
		{"without more the lease is given back", func(t *testing.T, h Harness) {
			tasks := accept(t, h.Ledger, event("a", 1), event("a", 2))
			if next := settle(t, h.Ledger, take(t, h.Ledger, tasks[0], long, worker.Held), worker.Settlement{State: worker.StateDone}); next != nil {
				t.Fatalf("next is %+v", next)
			}
			take(t, h.Ledger, tasks[1], long, worker.Held)
		}},
		{"a retry waits and holds what is behind it", func(t *testing.T, h Harness) {
			tasks := accept(t, h.Ledger, event("a", 1), event("a", 2))
			settle(t, h.Ledger, take(t, h.Ledger, tasks[0], long, worker.Held), worker.Settlement{
				State: worker.StatePending, After: 50 * short, Counted: true, Problem: problem("first"), More: true,
			})
			for _, task := range tasks {
				if hold := take(t, h.Ledger, task, long, worker.Early); hold.Wait <= 0 || hold.Wait > 50*short {
					t.Fatalf("wait %s", hold.Wait)
				}
			}
			time.Sleep(51 * short)
			hold := take(t, h.Ledger, tasks[1], long, worker.Held)
			if hold.Record.Seq != tasks[0].Seq || hold.Record.Attempts != 1 || hold.Record.Tries != 1 || hold.Record.Problem != problem("first") || hold.Record.FailingSince.IsZero() {
				t.Fatalf("record %+v", hold.Record)
			}
			settle(t, h.Ledger, hold, worker.Settlement{State: worker.StatePending, Problem: problem("second")})
			again := take(t, h.Ledger, tasks[0], long, worker.Held)
			if again.Record.Attempts != 1 || again.Record.Tries != 2 || !again.Record.FailingSince.Equal(hold.Record.FailingSince) {
				t.Fatalf("record %+v", again.Record)
			}
			settle(t, h.Ledger, again, worker.Settlement{State: worker.StatePending, Clean: true, Counted: true, After: long, Problem: problem("stopped")})
			clean := take(t, h.Ledger, tasks[0], long, worker.Held)
			if clean.Record.Attempts != 1 || clean.Record.Tries != 2 || clean.Record.Problem != problem("second") {
				t.Fatalf("a clean end changed %+v", clean.Record)
			}
			entries, err := h.Ledger.Audit(t.Context(), worker.AuditFilter{Seq: tasks[0].Seq})
			must(t, err)
			if len(entries) != 4 || entries[1].Action != worker.ActionRetried || entries[1].Reason != "first" || entries[1].By != "tester" {
				t.Errorf("audit %+v", entries)
			}
		}},
		{"a dead letter blocks its key", func(t *testing.T, h Harness) {
			tasks := accept(t, h.Ledger, event("a", 1), event("a", 2), event("b", 1))
			if next := settle(t, h.Ledger, take(t, h.Ledger, tasks[0], long, worker.Held), worker.Settlement{
				State: worker.StateDead, Blocks: true, Problem: problem("x"), Counted: true, More: true,
			}); next != nil {
				t.Fatalf("next is %+v", next)
			}
			take(t, h.Ledger, tasks[0], long, worker.Settled)
			take(t, h.Ledger, tasks[1], long, worker.Blocked)
			take(t, h.Ledger, accept(t, h.Ledger, event("a", 3))[0], long, worker.Blocked)
			take(t, h.Ledger, tasks[2], long, worker.Held)
			record := get(t, h.Ledger, tasks[0].Seq)
			if record.State != worker.StateDead || !record.Blocks || record.Problem != problem("x") || record.Attempts != 1 {
				t.Errorf("record %+v", record)
			}
			if diff := cmp.Diff([]worker.Action{worker.ActionAccepted, worker.ActionDied}, actions(t, h.Ledger, tasks[0].Seq)); diff != "" {
				t.Error(diff)
			}
		}},
		{"a dead letter that does not block is passed", func(t *testing.T, h Harness) {
			tasks := accept(t, h.Ledger, event("a", 1), event("a", 2))
			next := settle(t, h.Ledger, take(t, h.Ledger, tasks[0], long, worker.Held), worker.Settlement{State: worker.StateDead, Problem: problem("x"), More: true})
			if next == nil || next.Seq != tasks[1].Seq {
				t.Fatalf("next is %+v", next)
			}
		}},
	}
}
