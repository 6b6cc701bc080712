// Package idempotencytest proves an implementation of [idempotency.Store].
//
// Call [Run] from a test of your store with a function that makes a fresh, empty store:
//
//	func TestConformance(t *testing.T) {
//		idempotencytest.Run(t, func(t testing.TB) idempotencytest.Harness {
//			store := openMyStore(t)
//			return idempotencytest.Harness{Store: store, Close: func() { store.Close() }}
//		})
//	}
//
// The suite claims, settles and recovers, fences off old owners, races goroutines, crashes (reopens),
// turns the clock and compares the store with a simple model under random operations. If the store is
// also an [idempotency.RevisionStore] or an [idempotency.CursorStore], those are proved too.
//
// Capabilities that a [Harness] leaves out skip their cases. Without a clock to turn the suite uses
// leases of a few milliseconds and waits; it never depends on being fast.
package idempotencytest
