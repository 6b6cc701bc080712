package idempotency

import "context"

// CursorStore remembers how far a channel has been read. Put a cursor only after everything before it
// was dealt with: a crash then repeats some entities, which is harmless, and skips none.
//
// The stores of this module implement it beside [Store].
type CursorStore interface {
	// Cursor returns the cursor with the name, such as "production/orders/woocommerce/main"; empty if
	// there is none.
	Cursor(ctx context.Context, name string) (string, error)
	// PutCursor replaces the cursor. The last writer wins: two readers of one channel repeat work of
	// each other but lose none as long as cursors overlap.
	PutCursor(ctx context.Context, name, value string) error
}
