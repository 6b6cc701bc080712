package idempotencytest

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/retailsync/retailsync/idempotency"
)

// RunBenchmarks measures the stores that newHarness makes: a claim with its completion by one caller and
// by several, and the replay of a settled key.
func RunBenchmarks(b *testing.B, newHarness Maker) {
	b.Helper()
	start := func(b *testing.B) idempotency.Store {
		harness := newHarness(b)
		if harness.Close != nil {
			b.Cleanup(harness.Close)
		}
		b.ReportAllocs()
		return harness.Store
	}
	pair := func(b *testing.B, store idempotency.Store, id string) {
		held, _, _, err := store.Acquire(b.Context(), key(id), print1, long)
		if err == nil {
			err = store.Complete(b.Context(), held, []byte(id), 0)
		}
		if err != nil {
			b.Error(err)
		}
	}
	b.Run("claim and complete", func(b *testing.B) {
		store := start(b)
		for i := 0; b.Loop(); i++ {
			pair(b, store, fmt.Sprint(i))
		}
	})
	b.Run("claim and complete in parallel", func(b *testing.B) {
		store := start(b)
		var next atomic.Int64
		b.RunParallel(func(loop *testing.PB) {
			for loop.Next() {
				pair(b, store, fmt.Sprint(next.Add(1)))
			}
		})
	})
	b.Run("replay", func(b *testing.B) {
		store := start(b)
		pair(b, store, "1")
		for b.Loop() {
			if _, _, _, err := store.Acquire(b.Context(), key("1"), print1, long); err != nil {
				b.Fatal(err)
			}
		}
	})
}
