package idempotency_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/retailsync/retailsync/idempotency"
)

var doKey = idempotency.Key{Scope: "test/refunds", ID: "R-1"}

func apply(result string, err error) func(context.Context, idempotency.Claim) (string, error) {
	return func(context.Context, idempotency.Claim) (string, error) { return result, err }
}

func state(t *testing.T, store idempotency.Store) idempotency.State {
	t.Helper()
	record, err := store.Get(t.Context(), doKey)
	if err != nil {
		t.Fatal(err)
	}
	return record.State
}

func TestDoAppliesOnceAndReplays(t *testing.T) {
	t.Parallel()
	store, effects := idempotency.NewMemory(), 0
	op := idempotency.Op[string]{Apply: func(context.Context, idempotency.Claim) (string, error) {
		effects++
		return "refund-7", nil
	}}
	for _, want := range []idempotency.Outcome{idempotency.Acquired, idempotency.Replayed, idempotency.Replayed} {
		result, outcome, err := idempotency.Do(t.Context(), store, doKey, "", op)
		if result != "refund-7" || outcome != want || err != nil {
			t.Fatalf("got %q, %s, %v, want refund-7, %s", result, outcome, err, want)
		}
	}
	if effects != 1 {
		t.Fatalf("%d effects, want 1", effects)
	}
}

func TestDoByDisposition(t *testing.T) {
	t.Parallel()
	cause := errors.New("peer says no")
	for _, each := range []struct {
		name        string
		disposition idempotency.Disposition
		state       idempotency.State
		want        error
	}{
		{"unknown", idempotency.Unknown, idempotency.StateReleased, cause},
		{"retry", idempotency.Retry, idempotency.StateReleased, cause},
		{"final", idempotency.Final, idempotency.StateFailed, idempotency.ErrFailed},
	} {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			store := idempotency.NewMemory()
			op := idempotency.Op[string]{
				Apply:    apply("", cause),
				Classify: func(error) idempotency.Disposition { return each.disposition },
			}
			_, _, err := idempotency.Do(t.Context(), store, doKey, "", op)
			if !errors.Is(err, cause) || !errors.Is(err, each.want) {
				t.Fatalf("error %v, want %v and %v", err, cause, each.want)
			}
			if got := state(t, store); got != each.state {
				t.Fatalf("state %s, want %s", got, each.state)
			}
			if each.disposition != idempotency.Final {
				return
			}
			_, outcome, err := idempotency.Do(t.Context(), store, doKey, "", op)
			var failed *idempotency.FailedError
			if outcome != idempotency.Replayed || !errors.As(err, &failed) || !failed.Replayed || failed.Reason != cause.Error() {
				t.Fatalf("replay %s, %v", outcome, err)
			}
		})
	}
}

func TestDoRecoveredFindsBeforeItActs(t *testing.T) {
	t.Parallel()
	unsure := errors.New("search is down")
	for _, each := range []struct {
		name    string
		find    func(context.Context, idempotency.Claim) (string, bool, error)
		want    string
		err     error
		applied int
	}{
		{"found", func(context.Context, idempotency.Claim) (string, bool, error) { return "old", true, nil }, "old", nil, 0},
		{"not there", func(context.Context, idempotency.Claim) (string, bool, error) { return "", false, nil }, "new", nil, 1},
		{"nobody knows", func(context.Context, idempotency.Claim) (string, bool, error) { return "", false, unsure }, "", unsure, 0},
	} {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			store, applied := idempotency.NewMemory(), 0
			claim, _, _, err := store.Acquire(t.Context(), doKey, "", time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			if err := store.Release(t.Context(), claim); err != nil {
				t.Fatal(err)
			}
			result, outcome, err := idempotency.Do(t.Context(), store, doKey, "", idempotency.Op[string]{
				Find:  each.find,
				Apply: func(context.Context, idempotency.Claim) (string, error) { applied++; return "new", nil },
			})
			if result != each.want || outcome != idempotency.Recovered || !errors.Is(err, each.err) || applied != each.applied {
				t.Fatalf("got %q, %s, %v after %d effects", result, outcome, err, applied)
			}
		})
	}
}

func TestDoHeartbeatKeepsTheLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := idempotency.NewMemory()
		op := idempotency.Op[string]{Lease: 30 * time.Second, Apply: func(ctx context.Context, _ idempotency.Claim) (string, error) {
			for range 100 {
				time.Sleep(10 * time.Second)
				if _, _, _, err := store.Acquire(ctx, doKey, "", time.Second); !errors.Is(err, idempotency.ErrInFlight) {
					return "", fmt.Errorf("another owner got in: %w", err)
				}
			}
			return "done", ctx.Err()
		}}
		if result, _, err := idempotency.Do(t.Context(), store, doKey, "", op); result != "done" || err != nil {
			t.Fatalf("got %q, %v", result, err)
		}
	})
}

// deaf is a store whose Extend does not answer or is refused.
type deaf struct {
	idempotency.Store
	extend func(context.Context) error
}

func (d deaf) Extend(ctx context.Context, _ idempotency.Claim, _ time.Duration) (idempotency.Claim, error) {
	return idempotency.Claim{}, d.extend(ctx)
}

func TestDoStopsWhenTheLeaseIsLost(t *testing.T) {
	t.Parallel()
	for name, extend := range map[string]func(context.Context) error{
		"refused":   func(context.Context) error { return idempotency.ErrLeaseLost },
		"failing":   func(context.Context) error { return errors.New("connection reset") },
		"no answer": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start, store := time.Now(), idempotency.NewMemory()
				op := idempotency.Op[string]{Lease: 30 * time.Second, Apply: func(ctx context.Context, _ idempotency.Claim) (string, error) {
					<-ctx.Done()
					return "", ctx.Err()
				}}
				_, _, err := idempotency.Do(t.Context(), deaf{store, extend}, doKey, "", op)
				if !errors.Is(err, idempotency.ErrLeaseLost) {
					t.Fatalf("error %v, want ErrLeaseLost", err)
				}
				if took := time.Since(start); took > 30*time.Second { // the bubble's clock, exact
					t.Fatalf("stopped after %s, when the lease had ended", took)
				}
			})
		})
	}
}

func TestDoPastTheProvidersWindow(t *testing.T) {
	t.Parallel()
	timeout := errors.New("time-out")
	synctest.Test(t, func(t *testing.T) {
		store := idempotency.NewMemory()
		op := idempotency.Op[string]{Window: 24 * time.Hour, Apply: apply("", timeout)}
		if _, _, err := idempotency.Do(t.Context(), store, doKey, "", op); !errors.Is(err, timeout) || errors.Is(err, idempotency.ErrIndeterminate) {
			t.Fatalf("error %v within the window", err)
		}
		time.Sleep(25 * time.Hour)
		applied := false
		op.Apply = func(context.Context, idempotency.Claim) (string, error) { applied = true; return "again", nil }
		for range 2 {
			if _, _, err := idempotency.Do(t.Context(), store, doKey, "", op); !errors.Is(err, idempotency.ErrIndeterminate) || applied {
				t.Fatalf("error %v, applied %t, want ErrIndeterminate and no effect", err, applied)
			}
		}
		if got := state(t, store); got != idempotency.StateIndeterminate {
			t.Fatalf("state %s", got)
		}
		if err := store.Resolve(t.Context(), doKey, idempotency.StateReleased, nil, 0); err != nil {
			t.Fatal(err)
		}
		if result, _, err := idempotency.Do(t.Context(), store, doKey, "", op); result != "again" || err != nil {
			t.Fatalf("after the decision: %q, %v", result, err)
		}
	})
}

func TestDoPanicGivesTheClaimBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // the bubble fails if the heartbeat outlives Do
		store := idempotency.NewMemory()
		func() {
			defer func() {
				if got := recover(); got != "boom" {
					t.Errorf("recovered %v, want boom", got)
				}
			}()
			_, _, _ = idempotency.Do(t.Context(), store, doKey, "", idempotency.Op[string]{
				Apply: func(context.Context, idempotency.Claim) (string, error) { panic("boom") },
			})
		}()
		if got := state(t, store); got != idempotency.StateReleased {
			t.Fatalf("state %s, want released", got)
		}
	})
}

func TestDoRecordsAfterItsCallerGaveUp(t *testing.T) {
	t.Parallel()
	store := idempotency.NewMemory()
	ctx, cancel := context.WithCancel(t.Context())
	result, _, err := idempotency.Do(ctx, store, doKey, "", idempotency.Op[string]{
		Apply: func(context.Context, idempotency.Claim) (string, error) { cancel(); return "done", nil },
	})
	if result != "done" || err != nil || state(t, store) != idempotency.StateCompleted {
		t.Fatalf("got %q, %v, state %s", result, err, state(t, store))
	}
}

func TestDoResultThatCannotBeStored(t *testing.T) {
	t.Parallel()
	store := idempotency.NewMemory()
	large := strings.Repeat("x", idempotency.MaxResult)
	result, _, err := idempotency.Do(t.Context(), store, doKey, "", idempotency.Op[string]{Apply: apply(large, nil)})
	if result != large || !errors.Is(err, idempotency.ErrTooLarge) || state(t, store) != idempotency.StateReleased {
		t.Fatalf("%d bytes, %v, state %s", len(result), err, state(t, store))
	}
}

func TestDoRefusesInvalidOps(t *testing.T) {
	t.Parallel()
	for name, op := range map[string]idempotency.Op[string]{
		"no apply":  {},
		"lease":     {Apply: apply("", nil), Lease: -1},
		"retention": {Apply: apply("", nil), Retention: -1},
		"window":    {Apply: apply("", nil), Window: -1},
	} {
		_, _, err := idempotency.Do(t.Context(), idempotency.NewMemory(), doKey, "", op)
		var invalid *idempotency.InvalidError
		if !errors.As(err, &invalid) {
			t.Errorf("%s: error %v, want an *InvalidError", name, err)
		}
	}
}
