package ledgertest

import (
	"testing"

	"github.com/retailsync/retailsync/worker"
)

func gateCases() []testCase {
	return []testCase{
		{"a paused channel waits, others do not", func(t *testing.T, h Harness) {
			other := event("o", 1)
			other.Channel = "other/main"
			tasks := accept(t, h.Ledger, event("a", 1), other, event("b", 1), event("b", 2))
			hold := take(t, h.Ledger, tasks[2], long, worker.Held)
			must(t, h.Ledger.Pause(t.Context(), shop, worker.ByPerson, decision, 0))
			must(t, h.Ledger.Pause(t.Context(), shop, worker.ByPerson, decision, 0))
			take(t, h.Ledger, tasks[0], long, worker.Paused)
			take(t, h.Ledger, tasks[1], long, worker.Held)
			if next := settle(t, h.Ledger, hold, worker.Settlement{State: worker.StateDone, More: true}); next != nil {
				t.Errorf("a paused channel goes on with %+v", next)
			}
			accept(t, h.Ledger, event("c", 1))
			pauses, err := h.Ledger.Pauses(t.Context())
			must(t, err)
			if len(pauses) != 1 || pauses[0].Channel != shop || pauses[0].Cause != worker.ByPerson || pauses[0].Decision != decision || pauses[0].Since.IsZero() || !pauses[0].Until.IsZero() {
				t.Fatalf("pauses %+v", pauses)
			}
			for _, want := range []bool{true, false} {
				if got, err := h.Ledger.Resume(t.Context(), shop, worker.ByPerson, decision); err != nil || got != want {
					t.Fatalf("resumed %t, %v", got, err)
				}
			}
			take(t, h.Ledger, tasks[0], long, worker.Held)
			entries, err := h.Ledger.Audit(t.Context(), worker.AuditFilter{Channel: shop})
			must(t, err)
			var paused, resumed int
			for _, entry := range entries {
				switch entry.Action {
				case worker.ActionPaused:
					paused++
				case worker.ActionResumed:
					resumed++
				}
			}
			if paused != 2 || resumed != 1 {
				t.Errorf("audit has %d pauses and %d resumptions: %+v", paused, resumed, entries)
			}
		}},
		{"each cause ends its own pause, and one with an end ends", func(t *testing.T, h Harness) {
			task := accept(t, h.Ledger, event("a", 1))[0]
			must(t, h.Ledger.Pause(t.Context(), shop, worker.ByBreaker, decision, long))
			must(t, h.Ledger.Pause(t.Context(), shop, worker.ByPerson, decision, short))
			if hold := take(t, h.Ledger, task, long, worker.Paused); hold.Wait <= short || hold.Wait > long {
				t.Errorf("wait %s", hold.Wait)
			}
			pass()
			take(t, h.Ledger, task, long, worker.Paused)
			if pauses, err := h.Ledger.Pauses(t.Context()); err != nil || len(pauses) != 1 || pauses[0].Cause != worker.ByBreaker || !pauses[0].Until.After(pauses[0].Since) {
				t.Fatalf("pauses %+v, %v", pauses, err)
			}
			_, err := h.Ledger.Resume(t.Context(), shop, worker.ByBreaker, decision)
			must(t, err)
			take(t, h.Ledger, task, long, worker.Held)
		}},
	}
}
