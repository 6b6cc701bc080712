package idempotencytest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/idempotency"
)

func withRevisions(run func(*testing.T, Harness, idempotency.RevisionStore)) func(*testing.T, Harness) {
	return func(t *testing.T, h Harness) {
		store, ok := h.Store.(idempotency.RevisionStore)
		if !ok {
			t.Skip("the store remembers no revisions")
		}
		run(t, h, store)
	}
}

func revisionCases() []testCase {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return []testCase{
		{"the newest revision wins", withRevisions(func(t *testing.T, _ Harness, store idempotency.RevisionStore) {
			if _, known, err := store.Revision(t.Context(), key("1")); known || err != nil {
				t.Fatalf("an empty store knows it: %t, %v", known, err)
			}
			for _, step := range []struct {
				name     string
				revision idempotency.Revision
				stored   bool
			}{
				{"without a time", idempotency.Revision{Digest: "0"}, true},
				{"first", idempotency.Revision{UpdatedAt: noon, Digest: "a"}, true},
				{"same", idempotency.Revision{UpdatedAt: noon, Digest: "a"}, false},
				{"same in another zone", idempotency.Revision{UpdatedAt: noon.In(time.FixedZone("", 7200)), Digest: "a"}, false},
				{"same to the microsecond", idempotency.Revision{UpdatedAt: noon.Add(999), Digest: "a"}, false},
				{"same second, other digest", idempotency.Revision{UpdatedAt: noon, Digest: "b"}, true},
				{"older", idempotency.Revision{UpdatedAt: noon.Add(-time.Microsecond), Digest: "c"}, false},
				{"newer", idempotency.Revision{UpdatedAt: noon.Add(time.Microsecond), Digest: "b"}, true},
			} {
				stored, err := store.PutRevision(t.Context(), key("1"), step.revision)
				if err != nil || stored != step.stored {
					t.Fatalf("%s: stored %t, %v, want %t", step.name, stored, err, step.stored)
				}
				got, known, err := store.Revision(t.Context(), key("1"))
				if err != nil || !known {
					t.Fatalf("%s: known %t, %v", step.name, known, err)
				}
				if diff := cmp.Diff(step.revision.Normal(), got); step.stored && diff != "" {
					t.Fatalf("%s (-want +got):\n%s", step.name, diff)
				}
			}
		})},
		{"revisions in batches", withRevisions(func(t *testing.T, h Harness, store idempotency.RevisionStore) {
			var keys []idempotency.Key
			var batch []idempotency.KeyedRevision
			want := map[idempotency.Key]idempotency.Revision{}
			for i := range 50 {
				id := key(fmt.Sprint("order ", i))
				revision := idempotency.Revision{UpdatedAt: noon.Add(time.Duration(i) * time.Minute), Digest: fmt.Sprint(i)}
				keys, want[id] = append(keys, id), revision
				batch = append(batch, idempotency.KeyedRevision{Key: id, Revision: revision})
			}
			older := batch[3]
			older.Revision.UpdatedAt = noon
			stored, err := store.PutRevisions(t.Context(), append(batch, batch[7], older))
			must(t, err)
			for i, each := range stored {
				if each != (i < 50) {
					t.Errorf("revision %d stored: %t", i, each)
				}
			}
			if len(stored) != 52 {
				t.Fatalf("%d answers, want 52", len(stored))
			}
			readers := []idempotency.RevisionStore{store}
			if h.Reopen != nil {
				if reopened, ok := h.Reopen().(idempotency.RevisionStore); ok {
					readers = append(readers, reopened)
				}
			}
			for _, reader := range readers {
				got, err := reader.Revisions(t.Context(), append(keys, key("unknown"), keys[0]))
				must(t, err)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("(-want +got):\n%s", diff)
				}
				got, err = reader.Revisions(t.Context(), nil)
				if err != nil || len(got) != 0 {
					t.Fatalf("no keys: %v, %v", got, err)
				}
				if none, err := reader.PutRevisions(t.Context(), nil); err != nil || len(none) != 0 {
					t.Fatalf("no revisions: %v, %v", none, err)
				}
			}
		})},
		{"revisions of a scope are listed page by page", withRevisions(func(t *testing.T, _ Harness, store idempotency.RevisionStore) {
			lister, ok := store.(idempotency.RevisionLister)
			if !ok {
				return
			}
			scope := key("").Scope
			want := []idempotency.KeyedRevision{}
			for _, id := range []string{"10", "9", "A", "a", "a@b", "é"} { // in byte order
				want = append(want, idempotency.KeyedRevision{
					Key: idempotency.Key{Scope: scope, ID: id}, Revision: idempotency.Revision{UpdatedAt: noon, Digest: "of " + id},
				})
			}
			for _, i := range []int{3, 0, 5, 1, 4, 2} {
				_, err := store.PutRevisions(t.Context(), []idempotency.KeyedRevision{want[i]})
				must(t, err)
			}
			_, err := store.PutRevision(t.Context(), idempotency.Key{Scope: scope + "/b", ID: "a"}, idempotency.Revision{Digest: "another scope"})
			must(t, err)
			got := []idempotency.KeyedRevision{}
			for after := ""; ; {
				page, err := lister.ListRevisions(t.Context(), scope, after, 4)
				must(t, err)
				got = append(got, page...)
				if len(page) < 4 {
					break
				}
				after = page[len(page)-1].Key.ID
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("listed (-want +got):\n%s", diff)
			}
			var invalid *idempotency.InvalidError
			if _, err := lister.ListRevisions(t.Context(), scope, "", 0); !errors.As(err, &invalid) {
				t.Errorf("a limit of 0: %v, want an *InvalidError", err)
			}
			if _, err := lister.ListRevisions(t.Context(), "", "", 1); !errors.As(err, &invalid) {
				t.Errorf("no scope: %v, want an *InvalidError", err)
			}
		})},
		{"racing revisions end at the newest", withRevisions(func(t *testing.T, h Harness, store idempotency.RevisionStore) {
			race(h, func(each idempotency.Store, racer int) {
				other, ok := each.(idempotency.RevisionStore)
				if !ok {
					return
				}
				revision := idempotency.Revision{UpdatedAt: noon.Add(time.Duration(racer) * time.Second), Digest: fmt.Sprint(racer)}
				batch := []idempotency.KeyedRevision{{Key: key("a"), Revision: revision}, {Key: key("b"), Revision: revision}}
				if racer%2 == 0 {
					batch[0], batch[1] = batch[1], batch[0]
				}
				if _, err := other.PutRevisions(t.Context(), batch); err != nil {
					t.Error(err)
				}
			})
			for _, id := range []string{"a", "b"} {
				got, _, err := store.Revision(t.Context(), key(id))
				must(t, err)
				if got.Digest != fmt.Sprint(racers-1) {
					t.Fatalf("%s ends at %q, want the newest", id, got.Digest)
				}
			}
		})},
		{"invalid revisions are refused as a whole", withRevisions(func(t *testing.T, _ Harness, store idempotency.RevisionStore) {
			_, err := store.PutRevisions(t.Context(), []idempotency.KeyedRevision{
				{Key: key("1"), Revision: idempotency.Revision{Digest: "a"}}, {},
			})
			var invalid *idempotency.InvalidError
			if !errors.As(err, &invalid) {
				t.Fatalf("error %v, want an *InvalidError", err)
			}
			if _, known, err := store.Revision(t.Context(), key("1")); known || err != nil {
				t.Fatalf("half of a refused batch was stored: %t, %v", known, err)
			}
		})},
	}
}
