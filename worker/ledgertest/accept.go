package ledgertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/retailsync/retailsync/worker"
)

func acceptCases() []testCase {
	return []testCase{
		{"an accepted event is kept as it was", func(t *testing.T, h Harness) {
			want := event("a", 1)
			want.Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
			task := accept(t, h.Ledger, want)[0]
			record := get(t, h.Ledger, task.Seq)
			if diff := cmp.Diff(want, record.Event); diff != "" {
				t.Error(diff)
			}
			if record.State != worker.StatePending || record.Attempts != 0 || record.Tries != 0 || record.Touched.IsZero() {
				t.Errorf("record %+v", record)
			}
			entries, err := h.Ledger.Audit(t.Context(), worker.AuditFilter{Seq: task.Seq})
			must(t, err)
			if len(entries) != 1 || entries[0].Action != worker.ActionAccepted || entries[0].By != "test" || entries[0].Channel != shop || entries[0].Key != "a" || entries[0].At.IsZero() {
				t.Errorf("audit %+v", entries)
			}
			bare := event("a", 2)
			bare.Payload = nil
			if got := get(t, h.Ledger, accept(t, h.Ledger, bare)[0].Seq).Payload; len(got) != 0 {
				t.Errorf("payload %q of none", got)
			}
		}},
		{"text that looks like a statement stays text", func(t *testing.T, h Harness) {
			var events []worker.Event
			for i, odd := range []string{`a`, `'; DROP TABLE worker_inbox; --`, `' OR '1'='1`, `"\`, `%`, `_`, `?`, `$1`, `{p}{now}`, `a'||'a`, `注文 🛒`} {
				e := event(odd, i)
				e.Source, e.Channel, e.Kind = odd, odd, odd
				events = append(events, e)
			}
			for i, task := range accept(t, h.Ledger, events...) {
				odd := events[i].Key
				for _, filter := range []worker.Filter{{Key: odd}, {Channel: odd}, {Kind: odd}, {Source: odd}} {
					found, err := h.Ledger.Find(t.Context(), filter)
					must(t, err)
					if len(found) != 1 || found[0].Seq != task.Seq || found[0].Key != odd {
						t.Errorf("%+v finds %d events", filter, len(found))
					}
				}
				entries, err := h.Ledger.Audit(t.Context(), worker.AuditFilter{Channel: odd, Key: odd})
				must(t, err)
				if len(entries) != 1 || entries[0].By != odd {
					t.Errorf("the audit trail of %q: %+v", odd, entries)
				}
				must(t, h.Ledger.Pause(t.Context(), odd, worker.ByPerson, worker.Decision{By: odd, Reason: odd}, 0))
				if resumed, err := h.Ledger.Resume(t.Context(), odd, worker.ByPerson, decision); err != nil || !resumed {
					t.Errorf("%q is not resumed: %v", odd, err)
				}
			}
		}},
		{"a repeat is a duplicate, also within a call", func(t *testing.T, h Harness) {
			first := accept(t, h.Ledger, event("a", 1))[0]
			var submitted []worker.Task
			other := event("a", 1)
			other.Source = "elsewhere"
			receipts, err := h.Ledger.Accept(t.Context(), []worker.Event{event("b", 1), event("a", 1), event("b", 1), other},
				func(_ context.Context, _ any, tasks []worker.Task) error {
					submitted = tasks
					return nil
				})
			must(t, err)
			if len(receipts) != 4 || receipts[0].Duplicate || !receipts[1].Duplicate || !receipts[2].Duplicate || receipts[3].Duplicate ||
				receipts[1].Seq != first.Seq || receipts[2].Seq != receipts[0].Seq || receipts[3].Seq == first.Seq {
				t.Fatalf("receipts %+v", receipts)
			}
			want := []worker.Task{
				{Seq: receipts[0].Seq, Channel: shop, Key: "b", Class: worker.Orders},
				{Seq: receipts[3].Seq, Channel: shop, Key: "a", Class: worker.Orders},
			}
			if diff := cmp.Diff(want, submitted); diff != "" {
				t.Error(diff)
			}
			settle(t, h.Ledger, take(t, h.Ledger, first, long, worker.Held), worker.Settlement{State: worker.StateDone})
			receipts, err = h.Ledger.Accept(t.Context(), []worker.Event{event("a", 1)}, nil)
			must(t, err)
			if !receipts[0].Duplicate || get(t, h.Ledger, first.Seq).State != worker.StateDone {
				t.Errorf("a repeat of a done event: %+v", receipts)
			}
		}},
		{"a refused submission accepts nothing", func(t *testing.T, h Harness) {
			refusal := errors.New("engine says no")
			_, err := h.Ledger.Accept(t.Context(), []worker.Event{event("a", 1)}, func(context.Context, any, []worker.Task) error { return refusal })
			if !errors.Is(err, refusal) {
				t.Fatalf("error %v", err)
			}
			found, err := h.Ledger.Find(t.Context(), worker.Filter{})
			must(t, err)
			if len(found) != 0 {
				t.Fatalf("found %+v", found)
			}
			accept(t, h.Ledger, event("a", 1))
		}},
		{"accepted events outlive a crash", func(t *testing.T, h Harness) {
			if h.Reopen == nil {
				return
			}
			task := accept(t, h.Ledger, event("a", 1))[0]
			take(t, h.Ledger, task, short, worker.Held)
			again := h.Reopen()
			if get(t, again, task.Seq).State != worker.StatePending {
				t.Error("the event is not pending")
			}
			pass()
			settle(t, again, take(t, again, task, long, worker.Held), worker.Settlement{State: worker.StateDone})
			if get(t, h.Ledger, task.Seq).State != worker.StateDone {
				t.Error("the event is not done")
			}
		}},
		{"what is done long enough is pruned, nothing else", func(t *testing.T, h Harness) {
			tasks := accept(t, h.Ledger, event("a", 1), event("b", 1), event("c", 1), event("d", 1), event("e", 1))
			settle(t, h.Ledger, take(t, h.Ledger, tasks[0], long, worker.Held), worker.Settlement{State: worker.StatePending, Problem: problem("Jane cannot be found")})
			settle(t, h.Ledger, take(t, h.Ledger, tasks[0], long, worker.Held), worker.Settlement{State: worker.StateDone})
			settle(t, h.Ledger, take(t, h.Ledger, tasks[1], long, worker.Held), worker.Settlement{State: worker.StateDead, Problem: problem("x"), Blocks: true})
			settle(t, h.Ledger, take(t, h.Ledger, tasks[2], long, worker.Held), worker.Settlement{State: worker.StateDone})
			settle(t, h.Ledger, take(t, h.Ledger, tasks[4], long, worker.Held), worker.Settlement{State: worker.StateDead, Problem: problem("x")})
			_, err := h.Ledger.Discard(t.Context(), worker.Filter{Seqs: []int64{tasks[4].Seq}}, decision, nil)
			must(t, err)
			if n, err := h.Ledger.Prune(t.Context(), long, 10); err != nil || n != 0 {
				t.Fatalf("pruned %d, %v", n, err)
			}
			pass()
			for _, want := range []int{2, 1, 0} {
				if n, err := h.Ledger.Prune(t.Context(), short, 2); err != nil || n != want {
					t.Fatalf("pruned %d, %v, want %d", n, err, want)
				}
			}
			found, err := h.Ledger.Find(t.Context(), worker.Filter{})
			must(t, err)
			if len(found) != 2 || found[0].State != worker.StateDead || found[1].State != worker.StatePending {
				t.Errorf("left %+v", found)
			}
			entries, err := h.Ledger.Audit(t.Context(), worker.AuditFilter{})
			must(t, err)
			said := map[int64]string{}
			for _, entry := range entries {
				said[entry.Seq] += string(entry.Action) + ":" + entry.Reason + " "
			}
			for at, want := range map[int]string{0: "accepted: retried: done: ", 1: "accepted: died:x ", 4: "accepted: died: discarded:" + decision.Reason + " "} {
				if got := said[tasks[at].Seq]; got != want {
					t.Errorf("of event %d the trail says %q, want %q", at, got, want)
				}
			}
		}},
		{"the backlog counts what waits", func(t *testing.T, h Harness) {
			money := event("m", 5)
			money.Class = worker.Money
			other := event("o", 1)
			other.Channel = "other/main"
			tasks := accept(t, h.Ledger, event("a", 3), event("b", 2), event("c", 1), event("d", 1), money, other)
			settle(t, h.Ledger, take(t, h.Ledger, tasks[2], long, worker.Held), worker.Settlement{State: worker.StateDone})
			settle(t, h.Ledger, take(t, h.Ledger, tasks[3], long, worker.Held), worker.Settlement{State: worker.StateDead, Problem: problem("x")})
			got, err := h.Ledger.Backlog(t.Context())
			must(t, err)
			want := []worker.Backlog{
				{Channel: "other/main", Class: worker.Orders, Pending: 1, Oldest: other.Received},
				{Channel: shop, Class: worker.Money, Pending: 1, Oldest: money.Received},
				{Channel: shop, Class: worker.Orders, Pending: 2, Dead: 1, Oldest: event("b", 2).Received},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}},
		{"the sweeper finds what does not move", func(t *testing.T, h Harness) {
			tasks := accept(t, h.Ledger, event("a", 1), event("a", 2), event("b", 1), event("c", 1), event("d", 1), event("d", 2))
			settle(t, h.Ledger, take(t, h.Ledger, tasks[3], long, worker.Held), worker.Settlement{State: worker.StatePending, After: long, Problem: problem("x")})
			settle(t, h.Ledger, take(t, h.Ledger, tasks[4], long, worker.Held), worker.Settlement{State: worker.StateDead, Blocks: true, Problem: problem("x")})
			take(t, h.Ledger, tasks[2], long, worker.Held)
			sweep := func(limit int, refuse error) []worker.Task {
				t.Helper()
				var submitted []worker.Task
				swept, err := h.Ledger.Sweep(t.Context(), 50*short, limit, func(_ context.Context, _ any, tasks []worker.Task) error {
					submitted = tasks
					return refuse
				})
				if !errors.Is(err, refuse) {
					t.Fatalf("error %v", err)
				}
				if err == nil {
					if diff := cmp.Diff(swept, submitted, cmpopts.EquateEmpty()); diff != "" {
						t.Error(diff)
					}
				}
				return submitted
			}
			time.Sleep(51 * short)
			must(t, h.Ledger.Pause(t.Context(), shop, worker.ByPerson, decision, 0))
			if swept := sweep(10, nil); len(swept) != 0 {
				t.Fatalf("swept %+v of a paused channel", swept)
			}
			_, err := h.Ledger.Resume(t.Context(), shop, worker.ByPerson, decision)
			must(t, err)
			if swept := sweep(1, errors.New("no")); len(swept) != 1 {
				t.Fatalf("swept %+v", swept)
			}
			// c is not due, d is blocked, b is leased.
			if diff := cmp.Diff(tasks[:2], sweep(10, nil)); diff != "" {
				t.Error(diff)
			}
			if swept := sweep(10, nil); len(swept) != 0 {
				t.Errorf("swept %+v twice", swept)
			}
		}},
	}
}
