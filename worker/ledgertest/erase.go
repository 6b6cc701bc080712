package ledgertest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/worker"
)

// eraseCases prove a ledger that is a [worker.Eraser]; they ask nothing of one that is none.
func eraseCases() []testCase {
	able := func(run func(t *testing.T, h Harness, eraser worker.Eraser)) func(*testing.T, Harness) {
		return func(t *testing.T, h Harness) {
			if eraser, ok := h.Ledger.(worker.Eraser); ok {
				run(t, h, eraser)
			}
		}
	}
	return []testCase{
		{"erasing leaves what happened and nothing of what it was about", able(func(t *testing.T, h Harness, eraser worker.Eraser) {
			tasks := accept(t, h.Ledger, event("a", 1), event("b", 1), event("c", 1), event("d", 1))
			die(t, h.Ledger, tasks[0], false)
			_, err := h.Ledger.Replay(t.Context(), worker.Filter{Seqs: []int64{tasks[0].Seq}}, decision, nil)
			must(t, err)
			settle(t, h.Ledger, take(t, h.Ledger, tasks[0], long, worker.Held), worker.Settlement{State: worker.StateDone})
			die(t, h.Ledger, tasks[1], true)
			settle(t, h.Ledger, take(t, h.Ledger, tasks[3], long, worker.Held), worker.Settlement{State: worker.StateDone})
			before := get(t, h.Ledger, tasks[0].Seq)
			by := worker.Decision{By: "dora", Reason: "request 7"}
			refusal := errors.New("no")
			accept(t, h.Ledger, event("b", 2)) // it waits behind the dead letter
			if _, err := eraser.Erase(t.Context(), []int64{tasks[1].Seq}, by, func(context.Context, any, []worker.Task) error { return refusal }); !errors.Is(err, refusal) {
				t.Fatal(err)
			}
			if r := get(t, h.Ledger, tasks[1].Seq); r.State != worker.StateDead || len(r.Payload) == 0 {
				t.Fatalf("erased although the engine refused: %+v", r)
			}
			var woken []worker.Task
			erased, err := eraser.Erase(t.Context(), []int64{tasks[2].Seq, tasks[1].Seq, 1 << 40, tasks[0].Seq, tasks[0].Seq}, by, func(_ context.Context, _ any, wake []worker.Task) error {
				woken = wake
				return nil
			})
			must(t, err)
			if len(erased) != 2 || erased[0].Seq != tasks[0].Seq || erased[1].Seq != tasks[1].Seq || len(erased[0].Payload) > 0 {
				t.Fatalf("erased %+v", erased)
			}
			if len(woken) != 1 || woken[0].Key != "b" {
				t.Errorf("woken %+v", woken)
			}
			after := get(t, h.Ledger, tasks[0].Seq)
			if len(after.Payload) != 0 {
				t.Errorf("the payload %q is left", after.Payload)
			}
			before.Payload, after.Payload = nil, nil
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("more was changed than the payload: %s", diff)
			}
			if r := get(t, h.Ledger, tasks[1].Seq); r.State != worker.StateDiscarded || r.Blocks || r.Problem.Text != "" || r.Problem.Runbook != problem("").Runbook || len(r.Payload) != 0 {
				t.Errorf("the dead letter is %+v", r)
			}
			if r := get(t, h.Ledger, tasks[2].Seq); len(r.Payload) == 0 || r.State != worker.StatePending {
				t.Errorf("the pending event is %+v", r)
			}
			if len(get(t, h.Ledger, tasks[3].Seq).Payload) == 0 {
				t.Error("an event that was not named is erased")
			}
			want := []worker.Action{worker.ActionAccepted, worker.ActionDied, worker.ActionReplayed, worker.ActionDone, worker.ActionErased}
			if diff := cmp.Diff(want, actions(t, h.Ledger, tasks[0].Seq)); diff != "" {
				t.Error(diff)
			}
			for _, seq := range []int64{tasks[0].Seq, tasks[1].Seq} {
				entries, err := h.Ledger.Audit(t.Context(), worker.AuditFilter{Seq: seq})
				must(t, err)
				for i, entry := range entries {
					if last := i == len(entries)-1; last != (entry.Reason != "") || last && (entry.By != by.By || entry.Reason != by.Reason) {
						t.Errorf("audit entry %+v", entry)
					}
				}
			}
		})},
		{"what was erased is still a duplicate, and can be erased again", able(func(t *testing.T, h Harness, eraser worker.Eraser) {
			task := accept(t, h.Ledger, event("a", 1))[0]
			settle(t, h.Ledger, take(t, h.Ledger, task, long, worker.Held), worker.Settlement{State: worker.StateDone})
			for range 2 {
				erased, err := eraser.Erase(t.Context(), []int64{task.Seq}, decision, nil)
				must(t, err)
				if len(erased) != 1 {
					t.Fatalf("erased %+v", erased)
				}
			}
			receipts, err := h.Ledger.Accept(t.Context(), []worker.Event{event("a", 1)}, nil)
			must(t, err)
			if !receipts[0].Duplicate || receipts[0].Seq != task.Seq {
				t.Errorf("receipt %+v", receipts[0])
			}
			if len(get(t, h.Ledger, task.Seq).Payload) != 0 {
				t.Error("a repeat brought the payload back")
			}
			if erased, err := eraser.Erase(t.Context(), nil, decision, nil); err != nil || len(erased) != 0 {
				t.Errorf("erasing nothing: %+v, %v", erased, err)
			}
		})},
		{"what holds something is found, and what has not moved since", able(func(t *testing.T, h Harness, eraser worker.Eraser) {
			tasks := accept(t, h.Ledger, event("full", 1), event("bare", 2), event("failed", 3), event("erased", 4))
			find := func(filter worker.Filter, want ...int) {
				t.Helper()
				filter.Channel, filter.AfterSeq = event("full", 1).Channel, tasks[0].Seq-1
				found, err := h.Ledger.Find(t.Context(), filter)
				must(t, err)
				var got, wanted []int64
				for _, record := range found {
					got = append(got, record.Seq)
				}
				for _, n := range want {
					wanted = append(wanted, tasks[n].Seq)
				}
				if !slices.Equal(got, wanted) {
					t.Errorf("%+v found %v, want %v", filter, got, wanted)
				}
			}
			for _, task := range tasks {
				settle(t, h.Ledger, take(t, h.Ledger, task, long, worker.Held), worker.Settlement{State: worker.StateDone})
			}
			find(worker.Filter{Holding: true}, 0, 1, 2, 3)
			_, err := eraser.Erase(t.Context(), []int64{tasks[1].Seq, tasks[2].Seq, tasks[3].Seq}, decision, nil)
			must(t, err)
			find(worker.Filter{Holding: true}, 0)
			// A reason that was given afterwards is in the audit trail alone.
			_, err = h.Ledger.Replay(t.Context(), worker.Filter{Seqs: []int64{tasks[2].Seq}}, decision, nil)
			must(t, err)
			find(worker.Filter{Holding: true}, 0, 2)
			first := get(t, h.Ledger, tasks[0].Seq)
			find(worker.Filter{Holding: true, TouchedUntil: first.Touched})
			find(worker.Filter{Holding: true, TouchedUntil: first.Touched.Add(time.Microsecond)}, 0)
			find(worker.Filter{TouchedUntil: first.Touched.Add(24 * time.Hour)}, 0, 1, 2, 3)
		})},
	}
}
