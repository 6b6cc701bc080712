package idempotencytest

import (
	"errors"
	"testing"
	"time"

	"github.com/retailsync/retailsync/idempotency"
)

func key(id string) idempotency.Key {
	return idempotency.Key{Scope: "test/orders/shop/main", ID: id}
}

const print1, print2 idempotency.Fingerprint = "print-1", "print-2"

// claim acquires key and demands the outcome.
func claim(t testing.TB, store idempotency.Store, key idempotency.Key, lease time.Duration, want idempotency.Outcome) idempotency.Claim {
	t.Helper()
	got, record, outcome, err := store.Acquire(t.Context(), key, print1, lease)
	if err != nil {
		t.Fatalf("Acquire(%q): %v", key, err)
	}
	if outcome != want {
		t.Fatalf("Acquire(%q) = %s, want %s", key, outcome, want)
	}
	if outcome == idempotency.Replayed {
		return got
	}
	if record.State != idempotency.StateInFlight || record.Token != got.Token || record.Attempt != got.Attempt {
		t.Fatalf("Acquire(%q): record %+v does not match claim %+v", key, record, got)
	}
	if got.Key != key || record.Key != key || record.Fingerprint != print1 {
		t.Fatalf("Acquire(%q): claim of %q, record of %q with fingerprint %q", key, got.Key, record.Key, record.Fingerprint)
	}
	return got
}

// refused demands a refusal of Acquire that names the cause and the key.
func refused(t testing.TB, store idempotency.Store, key idempotency.Key, print idempotency.Fingerprint, want error) *idempotency.ConflictError {
	t.Helper()
	got, _, outcome, err := store.Acquire(t.Context(), key, print, long)
	conflict := conflicts(t, "Acquire", err, want)
	if outcome != "" || got.Token != 0 {
		t.Fatalf("a refused Acquire returned outcome %q and claim %+v", outcome, got)
	}
	if conflict.Key != key {
		t.Fatalf("conflict of key %q, want %q", conflict.Key, key)
	}
	return conflict
}

func conflicts(t testing.TB, call string, err, want error) *idempotency.ConflictError {
	t.Helper()
	var conflict *idempotency.ConflictError
	if !errors.Is(err, want) || !errors.As(err, &conflict) {
		t.Fatalf("%s: error %v, want a *ConflictError with %v", call, err, want)
	}
	return conflict
}

func get(t testing.TB, store idempotency.Store, key idempotency.Key) idempotency.Record {
	t.Helper()
	record, err := store.Get(t.Context(), key)
	if err != nil {
		t.Fatalf("Get(%q): %v", key, err)
	}
	return record
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// writes are all writes with a claim.
func writes() map[string]func(t testing.TB, store idempotency.Store, claim idempotency.Claim) error {
	return map[string]func(testing.TB, idempotency.Store, idempotency.Claim) error{
		"Extend": func(t testing.TB, store idempotency.Store, claim idempotency.Claim) error {
			_, err := store.Extend(t.Context(), claim, long)
			return err
		},
		"Checkpoint": func(t testing.TB, store idempotency.Store, claim idempotency.Claim) error {
			return store.Checkpoint(t.Context(), claim, "stale", []byte("stale"))
		},
		"Complete": func(t testing.TB, store idempotency.Store, claim idempotency.Claim) error {
			return store.Complete(t.Context(), claim, []byte("stale"), 0)
		},
		"Fail": func(t testing.TB, store idempotency.Store, claim idempotency.Claim) error {
			return store.Fail(t.Context(), claim, []byte("stale"), 0)
		},
		"Release": func(t testing.TB, store idempotency.Store, claim idempotency.Claim) error {
			return store.Release(t.Context(), claim)
		},
		"Abandon": func(t testing.TB, store idempotency.Store, claim idempotency.Claim) error {
			return store.Abandon(t.Context(), claim, []byte("stale"))
		},
	}
}
