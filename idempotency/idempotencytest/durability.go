package idempotencytest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/idempotency"
)

func durabilityCases() []testCase {
	return []testCase{
		{"a crash keeps every record", func(t *testing.T, h Harness) {
			if h.Reopen == nil {
				t.Skip("the store is not durable")
			}
			held := claim(t, h.Store, key("in flight"), long, idempotency.Acquired)
			must(t, h.Store.Checkpoint(t.Context(), held, "sent", []byte("data")))
			claim(t, h.Store, key("vanished"), short, idempotency.Acquired)
			must(t, h.Store.Complete(t.Context(), claim(t, h.Store, key("completed"), long, idempotency.Acquired), []byte("7"), long))
			must(t, h.Store.Fail(t.Context(), claim(t, h.Store, key("failed"), long, idempotency.Acquired), []byte("no"), 0))
			must(t, h.Store.Release(t.Context(), claim(t, h.Store, key("released"), long, idempotency.Acquired)))
			must(t, h.Store.Abandon(t.Context(), claim(t, h.Store, key("indeterminate"), long, idempotency.Acquired), []byte("?")))
			ids := []string{"in flight", "vanished", "completed", "failed", "released", "indeterminate"}
			before := map[string]idempotency.Record{}
			for _, id := range ids {
				before[id] = get(t, h.Store, key(id))
			}
			h.pass()
			store := h.Reopen()
			for _, id := range ids {
				if diff := cmp.Diff(before[id], get(t, store, key(id))); diff != "" {
					t.Errorf("%s changed (-before +after):\n%s", id, diff)
				}
			}
			refused(t, store, key("in flight"), print1, idempotency.ErrInFlight)
			refused(t, store, key("indeterminate"), print1, idempotency.ErrIndeterminate)
			claim(t, store, key("vanished"), long, idempotency.Recovered)
			claim(t, store, key("released"), long, idempotency.Recovered)
			claim(t, store, key("completed"), long, idempotency.Replayed)
			claim(t, store, key("failed"), long, idempotency.Replayed)
			// The owner did not crash, only its connection: it goes on.
			must(t, store.Complete(t.Context(), held, nil, 0))
		}},
		{"another handle sees the same", func(t *testing.T, h Harness) {
			if h.Another == nil {
				t.Skip("the store cannot be opened twice")
			}
			other := h.Another()
			held := claim(t, h.Store, key("1"), long, idempotency.Acquired)
			refused(t, other, key("1"), print1, idempotency.ErrInFlight)
			must(t, other.Complete(t.Context(), held, []byte("7"), 0))
			claim(t, h.Store, key("1"), long, idempotency.Replayed)
			if diff := cmp.Diff(get(t, h.Store, key("1")), get(t, other, key("1"))); diff != "" {
				t.Fatalf("the handles differ:\n%s", diff)
			}
		}},
	}
}
