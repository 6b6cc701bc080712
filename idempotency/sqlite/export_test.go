package sqlite

import "time"

// WithClock replaces the clock of a Store.
func WithClock(now func() time.Time) Option { return func(c *config) { c.now = now } }
