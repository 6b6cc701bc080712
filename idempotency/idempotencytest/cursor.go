package idempotencytest

import (
	"errors"
	"strings"
	"testing"

	"github.com/retailsync/retailsync/idempotency"
)

func cursorCases() []testCase {
	return []testCase{
		{"cursors are kept", func(t *testing.T, h Harness) {
			store, ok := h.Store.(idempotency.CursorStore)
			if !ok {
				t.Skip("the store remembers no cursors")
			}
			if value, err := store.Cursor(t.Context(), "orders"); value != "" || err != nil {
				t.Fatalf("a new cursor is %q, %v", value, err)
			}
			for _, value := range []string{"2026-03-01T12:00:00Z", "", "page\x00\xff=3"} {
				must(t, store.PutCursor(t.Context(), "orders", value))
				must(t, store.PutCursor(t.Context(), "Orders", "other"))
				if got, err := store.Cursor(t.Context(), "orders"); got != value || err != nil {
					t.Fatalf("cursor %q, %v, want %q", got, err, value)
				}
			}
			if err := store.PutCursor(t.Context(), "orders", strings.Repeat("x", idempotency.MaxResult+1)); !errors.Is(err, idempotency.ErrTooLarge) {
				t.Fatalf("error %v, want ErrTooLarge", err)
			}
			var invalid *idempotency.InvalidError
			if err := store.PutCursor(t.Context(), "", "x"); !errors.As(err, &invalid) {
				t.Fatalf("error %v, want an *InvalidError", err)
			}
			if h.Reopen == nil {
				return
			}
			reopened, ok := h.Reopen().(idempotency.CursorStore)
			if !ok {
				t.Fatal("the reopened store has no cursors")
			}
			if got, err := reopened.Cursor(t.Context(), "orders"); got != "page\x00\xff=3" || err != nil {
				t.Fatalf("cursor after a crash %q, %v", got, err)
			}
		}},
	}
}
