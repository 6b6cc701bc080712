package idempotencytest

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/idempotency"
)

// eraseCases prove a store that is an [idempotency.Eraser]; they ask nothing of one that is none.
func eraseCases() []testCase {
	able := func(run func(t *testing.T, h Harness, eraser idempotency.Eraser)) func(*testing.T, Harness) {
		return func(t *testing.T, h Harness) {
			if eraser, ok := h.Store.(idempotency.Eraser); ok {
				run(t, h, eraser)
			}
		}
	}
	return []testCase{
		{"rewriting changes texts and nothing else", able(func(t *testing.T, h Harness, eraser idempotency.Eraser) {
			ctx, jane := t.Context(), []byte("of jane")
			begin := func(id string) idempotency.Claim {
				held := claim(t, h.Store, key(id), long, idempotency.Acquired)
				must(t, h.Store.Checkpoint(ctx, held, "step", jane))
				return held
			}
			must(t, h.Store.Complete(ctx, begin("completed"), jane, 0))
			must(t, h.Store.Fail(ctx, begin("failed"), jane, long))
			must(t, h.Store.Abandon(ctx, begin("indeterminate"), jane))
			must(t, h.Store.Release(ctx, begin("released")))
			must(t, h.Store.Complete(ctx, begin("another's"), []byte("of joe"), 0))
			owned := begin("in flight")
			must(t, h.Store.Complete(ctx, claim(t, h.Store, key("without texts"), long, idempotency.Acquired), nil, 0))
			cursors, keepsCursors := h.Store.(idempotency.CursorStore)
			if keepsCursors {
				must(t, cursors.PutCursor(ctx, "jane", "of jane"))
				must(t, cursors.PutCursor(ctx, "joe", "of joe"))
				must(t, cursors.PutCursor(ctx, "none", ""))
			}
			before := map[string]idempotency.Record{}
			for _, id := range []string{"completed", "failed", "indeterminate", "released", "another's", "in flight", "without texts"} {
				before[id] = get(t, h.Store, key(id))
			}
			seen := map[string]int{}
			erase := func(kept idempotency.Kept) []byte {
				seen[fmt.Sprintf("%s of %s%s, %s", kept.Part, kept.Key.ID, kept.Cursor, kept.State)]++
				if record, known := before[kept.Key.ID]; kept.Cursor == "" && (!known || record.State != kept.State || !record.UpdatedAt.Equal(kept.UpdatedAt) || record.Key != kept.Key) {
					t.Errorf("kept %+v of %+v", kept, record)
				}
				erased := bytes.ReplaceAll(kept.Content, []byte("jane"), []byte("[erased]"))
				clear(kept.Content) // it is a copy
				return erased
			}
			changed, err := eraser.Rewrite(ctx, erase)
			must(t, err)
			want := map[string]int{
				"data of completed, completed": 1, "result of completed, completed": 1, "data of failed, failed": 1, "result of failed, failed": 1,
				"data of indeterminate, indeterminate": 1, "result of indeterminate, indeterminate": 1, "data of released, released": 1,
				"data of another's, completed": 1, "result of another's, completed": 1,
			}
			texts := 8
			if keepsCursors {
				want["cursor of jane, "], want["cursor of joe, "] = 1, 1
				texts++
			}
			if diff := cmp.Diff(want, seen); diff != "" {
				t.Errorf("the texts that were shown (-want +got):\n%s", diff)
			}
			if changed != texts {
				t.Errorf("%d texts were changed, want %d", changed, texts)
			}
			gone := []byte("of [erased]")
			for id, record := range before {
				if id != "in flight" && record.Data != nil {
					record.Data = gone
				}
				if bytes.Equal(record.Result, jane) {
					record.Result = gone
				}
				if diff := cmp.Diff(record, get(t, h.Store, key(id))); diff != "" {
					t.Errorf("%s (-want +got):\n%s", id, diff)
				}
			}
			if keepsCursors {
				for name, want := range map[string]string{"jane": "of [erased]", "joe": "of joe", "none": ""} {
					if value, err := cursors.Cursor(ctx, name); err != nil || value != want {
						t.Errorf("cursor %s is %q, %v", name, value, err)
					}
				}
			}
			if again, err := eraser.Rewrite(ctx, erase); err != nil || again != 0 {
				t.Errorf("a second time changes %d texts, %v", again, err)
			}
			// What was done stays done, and who holds a claim goes on.
			claim(t, h.Store, key("completed"), long, idempotency.Replayed)
			must(t, h.Store.Complete(ctx, owned, jane, 0))
			clear(seen)
			before["in flight"] = get(t, h.Store, key("in flight"))
			if changed, err := eraser.Rewrite(ctx, erase); err != nil || changed != 2 {
				t.Errorf("after it was done, %d texts of it were changed, %v", changed, err)
			}
		})},
		{"rewriting to nothing", able(func(t *testing.T, h Harness, eraser idempotency.Eraser) {
			must(t, h.Store.Complete(t.Context(), claim(t, h.Store, key("1"), long, idempotency.Acquired), []byte("x"), 0))
			cursors, keepsCursors := h.Store.(idempotency.CursorStore)
			if keepsCursors {
				must(t, cursors.PutCursor(t.Context(), "c", "x"))
			}
			_, err := eraser.Rewrite(t.Context(), func(idempotency.Kept) []byte { return nil })
			must(t, err)
			if record := get(t, h.Store, key("1")); len(record.Result) != 0 || record.State != idempotency.StateCompleted {
				t.Errorf("record %+v", record)
			}
			if keepsCursors {
				if value, err := cursors.Cursor(t.Context(), "c"); err != nil || value != "" {
					t.Errorf("cursor %q, %v", value, err)
				}
			}
			claim(t, h.Store, key("1"), long, idempotency.Replayed)
		})},
		{"rewriting more than a page", able(func(t *testing.T, h Harness, eraser idempotency.Eraser) {
			const n = 603
			for i := range n {
				must(t, h.Store.Complete(t.Context(), claim(t, h.Store, key(fmt.Sprintf("%04d", i)), long, idempotency.Acquired), []byte("x"), 0))
			}
			if changed, err := eraser.Rewrite(t.Context(), func(idempotency.Kept) []byte { return []byte("y") }); err != nil || changed != n {
				t.Errorf("%d of %d were changed, %v", changed, n, err)
			}
		})},
	}
}
