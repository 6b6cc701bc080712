package ledgertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/retailsync/retailsync/worker"
)

// Harness is one ledger under test. Only Ledger is required.
type Harness struct {
	// Ledger is fresh and empty.
	Ledger worker.Ledger
	// Reopen opens the same data again as after a crash, without any farewell. Nil if the ledger is not durable.
	Reopen func() worker.Ledger
	// Another opens the same data a second time, as another process would. Nil if that is impossible.
	Another func() worker.Ledger
}

// Maker makes a fresh harness.
type Maker func(testing.TB) Harness

type testCase struct {
	name string
	run  func(*testing.T, Harness)
}

// Run proves the ledgers that newHarness makes. Each case runs in parallel on a harness of its own.
func Run(t *testing.T, newHarness Maker) {
	t.Helper()
	for _, group := range [][]testCase{acceptCases(), leaseCases(), settleCases(), letterCases(), eraseCases(), gateCases(), raceCases(), crashCases(), modelCases()} {
		for _, each := range group {
			t.Run(each.name, func(t *testing.T) {
				t.Parallel()
				each.run(t, newHarness(t))
			})
		}
	}
}

// long never ends during a test; short ends when waited for with pass.
const (
	long  = time.Hour
	short = 20 * time.Millisecond
)

func pass() { time.Sleep(2 * short) }

const shop = "shop/main"

func event(key string, n int) worker.Event {
	return worker.Event{
		Source: "test", ID: fmt.Sprintf("%s-%d", key, n), Channel: shop, Kind: "order", Key: key, Class: worker.Orders,
		Payload: fmt.Appendf(nil, "%s\x00%d", key, n), Received: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC).Add(time.Duration(n) * time.Hour),
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// accept accepts events that must be new, and returns their tasks.
func accept(t testing.TB, ledger worker.Ledger, events ...worker.Event) []worker.Task {
	t.Helper()
	receipts, err := ledger.Accept(t.Context(), events, nil)
	must(t, err)
	tasks := make([]worker.Task, len(events))
	for i, receipt := range receipts {
		if receipt.Duplicate || receipt.Seq < 1 {
			t.Fatalf("receipt %+v of a new event", receipt)
		}
		tasks[i] = worker.Task{Seq: receipt.Seq, Channel: events[i].Channel, Key: events[i].Key, Class: events[i].Class}
	}
	return tasks
}

// take takes a task's key, which must go as status says.
func take(t testing.TB, ledger worker.Ledger, task worker.Task, lease time.Duration, status worker.HoldStatus) worker.Hold {
	t.Helper()
	hold, err := ledger.Take(t.Context(), task, "tester", lease)
	must(t, err)
	if hold.Status != status {
		t.Fatalf("taking event %d of %s: %s, want %s", task.Seq, task.Key, hold.Status, status)
	}
	return hold
}

func settle(t testing.TB, ledger worker.Ledger, hold worker.Hold, settlement worker.Settlement) *worker.Record {
	t.Helper()
	settlement.Seq, settlement.By = hold.Record.Seq, "tester"
	next, err := ledger.Settle(t.Context(), hold.Lease, settlement)
	must(t, err)
	return next
}

func get(t testing.TB, ledger worker.Ledger, seq int64) worker.Record {
	t.Helper()
	found, err := ledger.Find(t.Context(), worker.Filter{Seqs: []int64{seq}})
	must(t, err)
	if len(found) != 1 {
		t.Fatalf("found %d events with number %d", len(found), seq)
	}
	return found[0]
}

// actions returns the audit trail of an event.
func actions(t testing.TB, ledger worker.Ledger, seq int64) []worker.Action {
	t.Helper()
	entries, err := ledger.Audit(t.Context(), worker.AuditFilter{Seq: seq})
	must(t, err)
	var all []worker.Action
	for _, entry := range entries {
		all = append(all, entry.Action)
	}
	return all
}

func problem(text string) worker.Problem {
	return worker.Problem{Verdict: worker.Person, Text: text, Runbook: worker.RunbookRules}
}

var decision = worker.Decision{By: "ann", Reason: "the rule is there now"}
