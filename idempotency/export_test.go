package idempotency

import "time"

// WithClock replaces the clock of a Memory.
func WithClock(now func() time.Time) MemoryOption {
	return func(m *Memory) { m.now = now }
}
