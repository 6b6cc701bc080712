package sqlite_test

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/idempotency/idempotencytest"
	"github.com/retailsync/retailsync/idempotency/sqlite"
)

func open(t testing.TB, path string, options ...sqlite.Option) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func newHarness(t testing.TB) idempotencytest.Harness {
	path := filepath.Join(t.TempDir(), "odd name?#%20.db")
	reopen := func() idempotency.Store { return open(t, path) }
	// The first store stays open when it is "reopened": a crash says no farewell.
	return idempotencytest.Harness{Store: open(t, path), Reopen: reopen, Another: reopen}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	idempotencytest.Run(t, newHarness)
}

func TestConformanceWithTurnedClock(t *testing.T) {
	t.Parallel()
	idempotencytest.Run(t, func(t testing.TB) idempotencytest.Harness {
		var turned atomic.Int64
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		clock := func() time.Time { return start.Add(time.Duration(turned.Load())) }
		return idempotencytest.Harness{
			Store:   open(t, filepath.Join(t.TempDir(), "store.db"), sqlite.WithClock(clock)),
			Advance: func(by time.Duration) { turned.Add(int64(by)) },
		}
	})
}

func BenchmarkStore(b *testing.B) { idempotencytest.RunBenchmarks(b, newHarness) }
