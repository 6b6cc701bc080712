package idempotencytest

import (
	"errors"
	"testing"

	"github.com/retailsync/retailsync/idempotency"
)

func claimCases() []testCase {
	return []testCase{
		{"complete then replay keeps the result", func(t *testing.T, h Harness) {
			first := claim(t, h.Store, key("1"), long, idempotency.Acquired)
			if first.Attempt != 1 || first.Token < 1 {
				t.Fatalf("first claim %+v, want attempt 1 and a positive token", first)
			}
			must(t, h.Store.Complete(t.Context(), first, []byte("order 7\x00"), 0))
			_, record, outcome, err := h.Store.Acquire(t.Context(), key("1"), print1, long)
			must(t, err)
			if outcome != idempotency.Replayed || record.State != idempotency.StateCompleted || string(record.Result) != "order 7\x00" {
				t.Fatalf("got %s with %s and result %q", outcome, record.State, record.Result)
			}
			if !record.ExpiresAt.IsZero() {
				t.Fatalf("retention 0 expires at %s, want never", record.ExpiresAt)
			}
		}},
		{"fail then replay keeps the reason", func(t *testing.T, h Harness) {
			must(t, h.Store.Fail(t.Context(), claim(t, h.Store, key("1"), long, idempotency.Acquired), []byte("card refused"), long))
			_, record, outcome, err := h.Store.Acquire(t.Context(), key("1"), print1, long)
			must(t, err)
			if outcome != idempotency.Replayed || record.State != idempotency.StateFailed || string(record.Result) != "card refused" {
				t.Fatalf("got %s with %s and result %q", outcome, record.State, record.Result)
			}
			if !record.ExpiresAt.After(record.UpdatedAt) {
				t.Fatalf("expires at %s, want after %s", record.ExpiresAt, record.UpdatedAt)
			}
		}},
		{"in flight is refused", func(t *testing.T, h Harness) {
			first := claim(t, h.Store, key("1"), long, idempotency.Acquired)
			conflict := refused(t, h.Store, key("1"), print1, idempotency.ErrInFlight)
			if conflict.Attempt != 1 || conflict.Token != first.Token || !conflict.LeaseUntil.Equal(first.LeaseUntil) {
				t.Fatalf("conflict %+v does not describe claim %+v", conflict, first)
			}
		}},
		{"another fingerprint is refused in every state", func(t *testing.T, h Harness) {
			first := claim(t, h.Store, key("1"), long, idempotency.Acquired)
			refused(t, h.Store, key("1"), print2, idempotency.ErrFingerprintMismatch)
			must(t, h.Store.Release(t.Context(), first))
			refused(t, h.Store, key("1"), print2, idempotency.ErrFingerprintMismatch)
			second := claim(t, h.Store, key("1"), long, idempotency.Recovered)
			must(t, h.Store.Complete(t.Context(), second, nil, 0))
			refused(t, h.Store, key("1"), print2, idempotency.ErrFingerprintMismatch)
			must(t, h.Store.Abandon(t.Context(), claim(t, h.Store, key("2"), long, idempotency.Acquired), nil))
			refused(t, h.Store, key("2"), print2, idempotency.ErrFingerprintMismatch)
		}},
		{"release then recover", func(t *testing.T, h Harness) {
			first := claim(t, h.Store, key("1"), long, idempotency.Acquired)
			firstAt := get(t, h.Store, key("1")).FirstAt
			must(t, h.Store.Release(t.Context(), first))
			if state := get(t, h.Store, key("1")).State; state != idempotency.StateReleased {
				t.Fatalf("state %s after Release", state)
			}
			second := claim(t, h.Store, key("1"), long, idempotency.Recovered)
			if second.Token != first.Token+1 || second.Attempt != 2 {
				t.Fatalf("recovered %+v after %+v, want the next token and attempt 2", second, first)
			}
			if got := get(t, h.Store, key("1")).FirstAt; !got.Equal(firstAt) {
				t.Fatalf("FirstAt moved from %s to %s", firstAt, got)
			}
		}},
		{"checkpoint survives recovery", func(t *testing.T, h Harness) {
			first := claim(t, h.Store, key("1"), long, idempotency.Acquired)
			must(t, h.Store.Checkpoint(t.Context(), first, "picked", []byte{0, 1}))
			must(t, h.Store.Checkpoint(t.Context(), first, "sent", []byte{0, 2}))
			must(t, h.Store.Release(t.Context(), first))
			second := claim(t, h.Store, key("1"), long, idempotency.Recovered)
			if second.Checkpoint != "sent" || string(second.Data) != "\x00\x02" {
				t.Fatalf("recovered checkpoint %q with %q", second.Checkpoint, second.Data)
			}
		}},
		{"indeterminate is refused until resolved", func(t *testing.T, h Harness) {
			for _, state := range []idempotency.State{idempotency.StateCompleted, idempotency.StateFailed} {
				id := key(string(state))
				must(t, h.Store.Abandon(t.Context(), claim(t, h.Store, id, long, idempotency.Acquired), []byte("no reply")))
				refused(t, h.Store, id, print1, idempotency.ErrIndeterminate)
				if reason := get(t, h.Store, id).Result; string(reason) != "no reply" {
					t.Fatalf("reason %q", reason)
				}
				must(t, h.Store.Resolve(t.Context(), id, state, []byte("decided"), 0))
				must(t, h.Store.Resolve(t.Context(), id, state, []byte("decided"), 0))
				claim(t, h.Store, id, long, idempotency.Replayed)
				if record := get(t, h.Store, id); record.State != state || string(record.Result) != "decided" {
					t.Fatalf("resolved to %s with %q", record.State, record.Result)
				}
				err := h.Store.Resolve(t.Context(), id, state, []byte("otherwise"), 0)
				conflicts(t, "Resolve", err, idempotency.ErrNotIndeterminate)
			}
		}},
		{"resolve as released starts again", func(t *testing.T, h Harness) {
			first := claim(t, h.Store, key("1"), long, idempotency.Acquired)
			must(t, h.Store.Abandon(t.Context(), first, []byte("no reply")))
			before := get(t, h.Store, key("1"))
			h.pass()
			must(t, h.Store.Resolve(t.Context(), key("1"), idempotency.StateReleased, nil, 0))
			if after := get(t, h.Store, key("1")); !after.FirstAt.After(before.FirstAt) || after.Result != nil {
				t.Fatalf("FirstAt %s and result %q, want later than %s and none", after.FirstAt, after.Result, before.FirstAt)
			}
			if again := claim(t, h.Store, key("1"), long, idempotency.Recovered); again.Attempt != 2 {
				t.Fatalf("attempt %d, want 2", again.Attempt)
			}
		}},
		{"resolve needs an indeterminate record", func(t *testing.T, h Harness) {
			err := h.Store.Resolve(t.Context(), key("none"), idempotency.StateCompleted, nil, 0)
			if !errors.Is(err, idempotency.ErrNotFound) {
				t.Fatalf("error %v, want ErrNotFound", err)
			}
			claim(t, h.Store, key("1"), long, idempotency.Acquired)
			err = h.Store.Resolve(t.Context(), key("1"), idempotency.StateCompleted, nil, 0)
			conflicts(t, "Resolve", err, idempotency.ErrNotIndeterminate)
		}},
		{"get of an unknown key", func(t *testing.T, h Harness) {
			if _, err := h.Store.Get(t.Context(), key("none")); !errors.Is(err, idempotency.ErrNotFound) {
				t.Fatalf("error %v, want ErrNotFound", err)
			}
		}},
	}
}
