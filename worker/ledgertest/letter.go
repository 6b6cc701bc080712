package ledgertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/worker"
)

func letterCases() []testCase {
	return []testCase{
		{"a replay makes dead letters new", func(t *testing.T, h Harness) {
			tasks := accept(t, h.Ledger, event("a", 1), event("a", 2), event("b", 1))
			die(t, h.Ledger, tasks[0], true)
			die(t, h.Ledger, tasks[2], false)
			dead := worker.Filter{States: []worker.State{worker.StateDead}}
			refusal := errors.New("no")
			if _, err := h.Ledger.Replay(t.Context(), dead, decision, func(context.Context, any, []worker.Task) error { return refusal }); !errors.Is(err, refusal) {
				t.Fatal(err)
			}
			if get(t, h.Ledger, tasks[0].Seq).State != worker.StateDead {
				t.Fatal("replayed although the engine refused")
			}
			var woken []worker.Task
			replayed, err := h.Ledger.Replay(t.Context(), dead, decision, func(_ context.Context, _ any, wake []worker.Task) error {
				woken = wake
				return nil
			})
			must(t, err)
			if len(replayed) != 2 || replayed[0].State != worker.StateDead || replayed[0].Seq != tasks[0].Seq {
				t.Fatalf("replayed %+v", replayed)
			}
			if diff := cmp.Diff([]worker.Task{tasks[0], tasks[2]}, woken); diff != "" {
				t.Error(diff)
			}
			hold := take(t, h.Ledger, tasks[1], long, worker.Held)
			if r := hold.Record; r.Seq != tasks[0].Seq || r.Attempts != 0 || r.Tries != 0 || r.Blocks || r.Problem != (worker.Problem{}) || !r.FailingSince.IsZero() {
				t.Errorf("record %+v", r)
			}
			entries, err := h.Ledger.Audit(t.Context(), worker.AuditFilter{Seq: tasks[0].Seq})
			must(t, err)
			if last := entries[len(entries)-1]; last.Action != worker.ActionReplayed || last.By != decision.By || last.Reason != decision.Reason {
				t.Errorf("audit %+v", last)
			}
		}},
		{"done events can be replayed", func(t *testing.T, h Harness) {
			task := accept(t, h.Ledger, event("a", 1))[0]
			settle(t, h.Ledger, take(t, h.Ledger, task, long, worker.Held), worker.Settlement{State: worker.StateDone})
			replayed, err := h.Ledger.Replay(t.Context(), worker.Filter{States: []worker.State{worker.StateDone}}, decision, nil)
			must(t, err)
			if len(replayed) != 1 {
				t.Fatalf("replayed %+v", replayed)
			}
			take(t, h.Ledger, task, long, worker.Held)
		}},
		{"a discarded dead letter wakes what it held up", func(t *testing.T, h Harness) {
			tasks := accept(t, h.Ledger, event("a", 1), event("a", 2), event("a", 3), event("b", 1))
			die(t, h.Ledger, tasks[0], true)
			die(t, h.Ledger, tasks[3], true)
			var woken []worker.Task
			discarded, err := h.Ledger.Discard(t.Context(), worker.Filter{}, decision, func(_ context.Context, _ any, wake []worker.Task) error {
				woken = wake
				return nil
			})
			must(t, err)
			if len(discarded) != 2 {
				t.Fatalf("discarded %+v", discarded)
			}
			if diff := cmp.Diff(tasks[1:2], woken); diff != "" {
				t.Error(diff)
			}
			if r := get(t, h.Ledger, tasks[0].Seq); r.State != worker.StateDiscarded || r.Blocks || r.Problem != problem("dead") {
				t.Errorf("record %+v", r)
			}
			if hold := take(t, h.Ledger, tasks[2], long, worker.Held); hold.Record.Seq != tasks[1].Seq {
				t.Errorf("hold %+v", hold)
			}
			if again, err := h.Ledger.Discard(t.Context(), worker.Filter{}, decision, nil); err != nil || len(again) != 0 {
				t.Errorf("discarded again: %+v, %v", again, err)
			}
		}},
		{"filters choose what fits", func(t *testing.T, h Harness) {
			price := event("p", 7)
			price.Kind, price.Class, price.Source, price.Channel = "price", worker.Prices, "poll", "other/main"
			tasks := accept(t, h.Ledger, event("a", 1), event("b", 2), event("a", 3), price)
			die(t, h.Ledger, tasks[1], true)
			everything, err := h.Ledger.Find(t.Context(), worker.Filter{})
			must(t, err)
			if len(everything) != 4 {
				t.Fatalf("found %+v", everything)
			}
			at := event("a", 2).Received
			for _, filter := range []worker.Filter{
				{Seqs: []int64{tasks[0].Seq, tasks[3].Seq, 1 << 40}},
				{Channel: "other/main"}, {Kind: "price"}, {Key: "a"}, {Source: "poll"}, {Class: worker.Prices},
				{States: []worker.State{worker.StateDead}}, {States: []worker.State{worker.StateDead, worker.StatePending}, Kind: "order"},
				{Verdict: worker.Person}, {Verdict: worker.Retry}, {ReceivedFrom: at}, {ReceivedUntil: at},
				{ReceivedFrom: at, ReceivedUntil: at.Add(time.Microsecond)}, {AfterSeq: tasks[1].Seq}, {Key: "a", AfterSeq: tasks[0].Seq, Channel: shop},
				{Key: "' OR 1=1 --"},
			} {
				var want []worker.Record
				for _, record := range everything {
					if filter.Fits(record) {
						want = append(want, record)
					}
				}
				got, err := h.Ledger.Find(t.Context(), filter)
				must(t, err)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%+v: %s", filter, diff)
				}
			}
			page, err := h.Ledger.Find(t.Context(), worker.Filter{Limit: 2, AfterSeq: tasks[0].Seq})
			must(t, err)
			if len(page) != 2 || page[0].Seq != tasks[1].Seq {
				t.Errorf("page %+v", page)
			}
		}},
		{"the audit trail is read in pages", func(t *testing.T, h Harness) {
			tasks := accept(t, h.Ledger, event("a", 1), event("b", 1), event("c", 1))
			first, err := h.Ledger.Audit(t.Context(), worker.AuditFilter{Limit: 2, Channel: shop})
			must(t, err)
			if len(first) != 2 || first[1].Seq != tasks[1].Seq {
				t.Fatalf("page %+v", first)
			}
			rest, err := h.Ledger.Audit(t.Context(), worker.AuditFilter{Limit: 2, AfterID: first[1].ID})
			must(t, err)
			if len(rest) != 1 || rest[0].Seq != tasks[2].Seq {
				t.Errorf("page %+v", rest)
			}
			if byKey, err := h.Ledger.Audit(t.Context(), worker.AuditFilter{Key: "b"}); err != nil || len(byKey) != 1 {
				t.Errorf("by key %+v, %v", byKey, err)
			}
		}},
	}
}

// die makes a task's event a dead letter.
func die(t testing.TB, ledger worker.Ledger, task worker.Task, blocks bool) {
	t.Helper()
	settle(t, ledger, take(t, ledger, task, long, worker.Held), worker.Settlement{State: worker.StateDead, Blocks: blocks, Counted: true, Problem: problem("dead")})
}
