package idempotencytest

import (
	"testing"
	"time"

	"github.com/retailsync/retailsync/idempotency"
)

// Harness is one store under test. Only Store is required.
type Harness struct {
	// Store is a fresh, empty store.
	Store idempotency.Store
	// Reopen ends the store as a crash would, without any farewell, and opens it again. Nil if the store
	// is not durable.
	Reopen func() idempotency.Store
	// Another opens the same data a second time, as another process would. Nil if that is impossible.
	Another func() idempotency.Store
	// Advance turns the store's clock; negative turns it back. Nil if it uses a real clock.
	Advance func(time.Duration)
	// Close is called at the end. Nil if there is nothing to close.
	Close func()
}

// Maker makes a fresh harness.
type Maker func(testing.TB) Harness

// Run proves the stores that newHarness makes. Each case runs in parallel on a harness of its own.
func Run(t *testing.T, newHarness Maker) {
	t.Helper()
	for _, group := range [][]testCase{
		claimCases(), fencingCases(), expiryCases(), argumentCases(), concurrencyCases(),
		durabilityCases(), modelCases(), revisionCases(), cursorCases(), eraseCases(),
	} {
		for _, each := range group {
			t.Run(each.name, func(t *testing.T) {
				t.Parallel()
				harness := newHarness(t)
				if harness.Close != nil {
					t.Cleanup(harness.Close)
				}
				each.run(t, harness)
			})
		}
	}
}

type testCase struct {
	name string
	run  func(*testing.T, Harness)
}

// long never ends during a test; short ends at once when waited for with pass.
const (
	long  = time.Hour
	short = 2 * time.Millisecond
)

// pass lets a short lease or retention end.
func (h Harness) pass() {
	if h.Advance != nil {
		h.Advance(2 * short)
		return
	}
	time.Sleep(2 * short)
}
