package odoo

import (
	"context"
	"iter"
	"time"
)

// Changes streams the records that were created or changed since a moment, by ascending id, each in its present state. Keep the
// returned moment as the next since once the records are dealt with.
//
// write_date is when a transaction began, not when it ended, so a change can appear behind the moment: choose an
// overlap longer than the longest transaction of the database (some minutes), and expect records again.
// Records that were deleted do not show. Domain narrows the search further.
func Changes[T Model](ctx context.Context, c *Client, since time.Time, overlap time.Duration, domain Domain, options ...SearchOption) (iter.Seq2[T, error], func() time.Time) {
	from := since.Add(-overlap)
	started := time.Now()
	domain = And(Ge("write_date", from.UTC().Truncate(time.Second)), domain)
	next := func() time.Time { return started }
	return Search[T](ctx, c, domain, options...), next
}
