package idempotencytest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/idempotency"
)

func fencingCases() []testCase {
	return []testCase{
		{"an ended lease is recovered and its owner fenced off", func(t *testing.T, h Harness) {
			stale := claim(t, h.Store, key("1"), short, idempotency.Acquired)
			h.pass()
			fresh := claim(t, h.Store, key("1"), long, idempotency.Recovered)
			if fresh.Token != stale.Token+1 || fresh.Attempt != 2 {
				t.Fatalf("recovered %+v after %+v, want the next token and attempt 2", fresh, stale)
			}
			before := get(t, h.Store, key("1"))
			for name, write := range writes() {
				conflict := conflicts(t, name, write(t, h.Store, stale), idempotency.ErrLeaseLost)
				if conflict.Attempt != 2 {
					t.Errorf("%s: conflict with attempt %d, want 2", name, conflict.Attempt)
				}
			}
			if diff := cmp.Diff(before, get(t, h.Store, key("1"))); diff != "" {
				t.Fatalf("refused writes changed the record (-before +after):\n%s", diff)
			}
			must(t, h.Store.Complete(t.Context(), fresh, []byte("fresh"), 0))
		}},
		{"a late owner may go on while nobody took over", func(t *testing.T, h Harness) {
			late := claim(t, h.Store, key("1"), short, idempotency.Acquired)
			h.pass()
			must(t, h.Store.Checkpoint(t.Context(), late, "late", nil))
			extended, err := h.Store.Extend(t.Context(), late, long)
			must(t, err)
			if !extended.LeaseUntil.After(late.LeaseUntil) || extended.Token != late.Token {
				t.Fatalf("extended %+v from %+v", extended, late)
			}
			refused(t, h.Store, key("1"), print1, idempotency.ErrInFlight)

			late = claim(t, h.Store, key("2"), short, idempotency.Acquired)
			h.pass()
			must(t, h.Store.Complete(t.Context(), late, []byte("late"), 0))
			claim(t, h.Store, key("2"), long, idempotency.Replayed)
		}},
		{"a shorter extension counts", func(t *testing.T, h Harness) {
			first := claim(t, h.Store, key("1"), long, idempotency.Acquired)
			_, err := h.Store.Extend(t.Context(), first, short)
			must(t, err)
			h.pass()
			claim(t, h.Store, key("1"), long, idempotency.Recovered)
		}},
		{"a settled or released claim is over", func(t *testing.T, h Harness) {
			ends := map[string]func(idempotency.Claim) error{
				"Complete": func(c idempotency.Claim) error { return h.Store.Complete(t.Context(), c, []byte("end"), 0) },
				"Fail":     func(c idempotency.Claim) error { return h.Store.Fail(t.Context(), c, []byte("end"), 0) },
				"Abandon":  func(c idempotency.Claim) error { return h.Store.Abandon(t.Context(), c, []byte("end")) },
				"Release":  func(c idempotency.Claim) error { return h.Store.Release(t.Context(), c) },
			}
			for end, settle := range ends {
				held := claim(t, h.Store, key(end), long, idempotency.Acquired)
				must(t, settle(held))
				if err := settle(held); err != nil {
					t.Errorf("%s again: %v, want a repetition to succeed", end, err)
				}
				for name, write := range writes() {
					if name == end && end == "Release" {
						continue
					}
					conflicts(t, name+" after "+end, write(t, h.Store, held), idempotency.ErrLeaseLost)
				}
			}
		}},
		{"writes with a claim of an unknown key", func(t *testing.T, h Harness) {
			for name, write := range writes() {
				conflicts(t, name, write(t, h.Store, idempotency.Claim{Key: key("none"), Token: 1, Attempt: 1}), idempotency.ErrLeaseLost)
			}
		}},
		{"tokens grow across pruning", func(t *testing.T, h Harness) {
			stale := claim(t, h.Store, key("1"), short, idempotency.Acquired)
			h.pass()
			done := claim(t, h.Store, key("1"), long, idempotency.Recovered)
			must(t, h.Store.Complete(t.Context(), done, nil, short))
			h.pass()
			if pruned, err := h.Store.Prune(t.Context(), 10); err != nil || pruned != 1 {
				t.Fatalf("Prune = %d, %v, want 1", pruned, err)
			}
			for name, write := range writes() {
				conflicts(t, name, write(t, h.Store, stale), idempotency.ErrLeaseLost)
			}
			again := claim(t, h.Store, key("1"), long, idempotency.Acquired)
			if again.Token <= done.Token || again.Attempt != 1 {
				t.Fatalf("claim %+v after pruning %+v, want a larger token and attempt 1", again, done)
			}
			for name, write := range writes() {
				conflicts(t, name, write(t, h.Store, stale), idempotency.ErrLeaseLost)
			}
		}},
	}
}
