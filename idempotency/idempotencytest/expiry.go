package idempotencytest

import (
	"errors"
	"testing"
	"time"

	"github.com/retailsync/retailsync/idempotency"
)

func expiryCases() []testCase {
	return []testCase{
		{"prune deletes only what is settled and expired", func(t *testing.T, h Harness) {
			must(t, h.Store.Complete(t.Context(), claim(t, h.Store, key("completed"), long, idempotency.Acquired), nil, short))
			must(t, h.Store.Fail(t.Context(), claim(t, h.Store, key("failed"), long, idempotency.Acquired), nil, short))
			must(t, h.Store.Complete(t.Context(), claim(t, h.Store, key("kept"), long, idempotency.Acquired), nil, long))
			must(t, h.Store.Complete(t.Context(), claim(t, h.Store, key("for ever"), long, idempotency.Acquired), nil, 0))
			claim(t, h.Store, key("in flight"), short, idempotency.Acquired)
			must(t, h.Store.Release(t.Context(), claim(t, h.Store, key("released"), short, idempotency.Acquired)))
			must(t, h.Store.Abandon(t.Context(), claim(t, h.Store, key("indeterminate"), short, idempotency.Acquired), nil))
			h.pass()
			for _, step := range []struct{ limit, want int }{{0, 0}, {-1, 0}, {1, 1}, {10, 1}, {10, 0}} {
				if pruned, err := h.Store.Prune(t.Context(), step.limit); err != nil || pruned != step.want {
					t.Fatalf("Prune(%d) = %d, %v, want %d", step.limit, pruned, err, step.want)
				}
			}
			for _, gone := range []string{"completed", "failed"} {
				if _, err := h.Store.Get(t.Context(), key(gone)); !errors.Is(err, idempotency.ErrNotFound) {
					t.Errorf("%s: error %v, want ErrNotFound", gone, err)
				}
			}
			for _, there := range []string{"kept", "for ever", "in flight", "released", "indeterminate"} {
				get(t, h.Store, key(there))
			}
		}},
		{"an expired record counts until it is pruned", func(t *testing.T, h Harness) {
			must(t, h.Store.Complete(t.Context(), claim(t, h.Store, key("1"), long, idempotency.Acquired), nil, short))
			h.pass()
			claim(t, h.Store, key("1"), long, idempotency.Replayed)
			_, err := h.Store.Prune(t.Context(), 10)
			must(t, err)
			claim(t, h.Store, key("1"), long, idempotency.Acquired)
		}},
		{"times are UTC and in order", func(t *testing.T, h Harness) {
			held := claim(t, h.Store, key("1"), long, idempotency.Acquired)
			h.pass()
			must(t, h.Store.Complete(t.Context(), held, nil, long))
			record := get(t, h.Store, key("1"))
			for name, at := range map[string]time.Time{
				"FirstAt": record.FirstAt, "UpdatedAt": record.UpdatedAt, "LeaseUntil": record.LeaseUntil, "ExpiresAt": record.ExpiresAt,
			} {
				if at.Location() != time.UTC || at.Nanosecond()%1000 != 0 {
					t.Errorf("%s %s is not in UTC to the microsecond", name, at)
				}
			}
			if !record.UpdatedAt.After(record.FirstAt) || record.LeaseUntil.Sub(record.FirstAt) != long || record.ExpiresAt.Sub(record.UpdatedAt) != long {
				t.Fatalf("first %s, updated %s, lease until %s, expires %s", record.FirstAt, record.UpdatedAt, record.LeaseUntil, record.ExpiresAt)
			}
		}},
		{"the clock jumps", func(t *testing.T, h Harness) {
			if h.Advance == nil {
				t.Skip("the store's clock cannot be turned")
			}
			first := claim(t, h.Store, key("1"), time.Minute, idempotency.Acquired)
			before := get(t, h.Store, key("1"))
			h.Advance(-2 * time.Hour)
			refused(t, h.Store, key("1"), print1, idempotency.ErrInFlight)
			must(t, h.Store.Checkpoint(t.Context(), first, "back", nil))
			if after := get(t, h.Store, key("1")); after.UpdatedAt.Before(before.UpdatedAt) {
				t.Fatalf("UpdatedAt went back from %s to %s", before.UpdatedAt, after.UpdatedAt)
			}
			h.Advance(2*time.Hour + time.Minute)
			second := claim(t, h.Store, key("1"), time.Minute, idempotency.Recovered)
			if second.Token <= first.Token {
				t.Fatalf("token %d after %d", second.Token, first.Token)
			}
			h.Advance(400 * 24 * time.Hour)
			must(t, h.Store.Complete(t.Context(), second, nil, time.Minute))
			h.Advance(time.Minute)
			if pruned, err := h.Store.Prune(t.Context(), 10); err != nil || pruned != 1 {
				t.Fatalf("Prune = %d, %v, want 1", pruned, err)
			}
		}},
	}
}
