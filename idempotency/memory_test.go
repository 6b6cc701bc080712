package idempotency_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/idempotency/idempotencytest"
)

func newMemory(testing.TB) idempotencytest.Harness {
	memory := idempotency.NewMemory()
	return idempotencytest.Harness{Store: memory, Another: func() idempotency.Store { return memory }}
}

func TestMemoryConformance(t *testing.T) {
	t.Parallel()
	idempotencytest.Run(t, newMemory)
}

func TestMemoryConformanceWithTurnedClock(t *testing.T) {
	t.Parallel()
	idempotencytest.Run(t, func(testing.TB) idempotencytest.Harness {
		var turned atomic.Int64
		start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		clock := func() time.Time { return start.Add(time.Duration(turned.Load())) }
		return idempotencytest.Harness{
			Store:   idempotency.NewMemory(idempotency.WithClock(clock)),
			Advance: func(by time.Duration) { turned.Add(int64(by)) },
		}
	})
}

func TestBoundedMemoryConformance(t *testing.T) {
	t.Parallel()
	idempotencytest.Run(t, func(testing.TB) idempotencytest.Harness {
		return idempotencytest.Harness{Store: idempotency.NewMemory(idempotency.WithMaxRecords(1000))}
	})
}

func BenchmarkMemory(b *testing.B) { idempotencytest.RunBenchmarks(b, newMemory) }

func TestBoundedMemoryForgetsOnlyTheSettled(t *testing.T) {
	t.Parallel()
	memory, ctx := idempotency.NewMemory(idempotency.WithMaxRecords(2)), t.Context()
	key := func(i int) idempotency.Key { return idempotency.Key{Scope: "test", ID: fmt.Sprint(i)} }
	held, _, _, err := memory.Acquire(ctx, key(0), "", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < 10; i++ {
		claim, _, outcome, err := memory.Acquire(ctx, key(i), "", time.Hour)
		if err != nil || outcome != idempotency.Acquired {
			t.Fatalf("key %d: %q, %v", i, outcome, err)
		}
		if err := memory.Complete(ctx, claim, nil, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := memory.PutRevision(ctx, key(i), idempotency.Revision{Digest: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := memory.Get(ctx, key(8)); !errors.Is(err, idempotency.ErrNotFound) {
		t.Fatalf("key 8: error %v, want it forgotten", err)
	}
	if _, err := memory.Get(ctx, key(9)); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := memory.Acquire(ctx, key(10), "", time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := memory.Acquire(ctx, key(11), "", time.Hour); !errors.Is(err, idempotency.ErrFull) {
		t.Fatalf("error %v, want ErrFull", err)
	}
	if err := memory.Complete(ctx, held, nil, 0); err != nil {
		t.Fatal(err)
	}
}
