package idempotencytest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/retailsync/retailsync/idempotency"
)

const racers = 32

// stores returns the harness's store and, where possible, a second one on the same data.
func (h Harness) stores() []idempotency.Store {
	if h.Another == nil {
		return []idempotency.Store{h.Store}
	}
	return []idempotency.Store{h.Store, h.Another()}
}

// race calls run in many goroutines at once, spread over the stores.
func race(h Harness, run func(store idempotency.Store, racer int)) {
	var group sync.WaitGroup
	start := make(chan struct{})
	stores := h.stores()
	for racer := range racers {
		group.Go(func() {
			<-start
			run(stores[racer%len(stores)], racer)
		})
	}
	close(start)
	group.Wait()
}

func concurrencyCases() []testCase {
	return []testCase{
		{"one of many acquires", func(t *testing.T, h Harness) {
			var acquired, inFlight atomic.Int32
			race(h, func(store idempotency.Store, _ int) {
				switch _, _, outcome, err := store.Acquire(t.Context(), key("1"), print1, long); {
				case err == nil && outcome == idempotency.Acquired:
					acquired.Add(1)
				case errors.Is(err, idempotency.ErrInFlight):
					inFlight.Add(1)
				default:
					t.Errorf("outcome %q, error %v", outcome, err)
				}
			})
			if acquired.Load() != 1 || inFlight.Load() != racers-1 {
				t.Fatalf("%d acquired, %d refused, want 1 and %d", acquired.Load(), inFlight.Load(), racers-1)
			}
		}},
		{"one of many takes over", func(t *testing.T, h Harness) {
			claim(t, h.Store, key("1"), short, idempotency.Acquired)
			h.pass()
			var recovered atomic.Int32
			race(h, func(store idempotency.Store, _ int) {
				switch _, _, outcome, err := store.Acquire(t.Context(), key("1"), print1, long); {
				case err == nil && outcome == idempotency.Recovered:
					recovered.Add(1)
				case !errors.Is(err, idempotency.ErrInFlight):
					t.Errorf("outcome %q, error %v", outcome, err)
				}
			})
			if recovered.Load() != 1 {
				t.Fatalf("%d recovered, want 1", recovered.Load())
			}
			if attempt := get(t, h.Store, key("1")).Attempt; attempt != 2 {
				t.Fatalf("attempt %d, want 2", attempt)
			}
		}},
		{"many keys at once", func(t *testing.T, h Harness) {
			const keys = 5
			race(h, func(store idempotency.Store, racer int) {
				for i := range keys {
					id := key(fmt.Sprintf("%d-%d", racer, i))
					held, _, outcome, err := store.Acquire(t.Context(), id, print1, long)
					if err != nil || outcome != idempotency.Acquired {
						t.Errorf("%q: outcome %q, error %v", id, outcome, err)
						return
					}
					if err := store.Complete(t.Context(), held, []byte(id.ID), 0); err != nil {
						t.Errorf("%q: %v", id, err)
					}
				}
			})
			for racer := range racers {
				for i := range keys {
					if record := get(t, h.Store, key(fmt.Sprintf("%d-%d", racer, i))); string(record.Result) != record.Key.ID {
						t.Fatalf("%q has the result %q", record.Key, record.Result)
					}
				}
			}
		}},
		{"one effect however many call Do", func(t *testing.T, h Harness) {
			var effects atomic.Int32
			op := idempotency.Op[int]{
				Find:  func(context.Context, idempotency.Claim) (int, bool, error) { return 0, false, nil },
				Apply: func(context.Context, idempotency.Claim) (int, error) { return int(effects.Add(1)), nil },
			}
			race(h, func(store idempotency.Store, _ int) {
				for {
					result, _, err := idempotency.Do(t.Context(), store, key("1"), print1, op)
					if errors.Is(err, idempotency.ErrInFlight) {
						continue
					}
					if err != nil || result != 1 {
						t.Errorf("result %d, error %v, want 1", result, err)
					}
					return
				}
			})
			if effects.Load() != 1 {
				t.Fatalf("%d effects, want 1", effects.Load())
			}
		}},
	}
}
