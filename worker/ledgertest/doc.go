// Package ledgertest proves an implementation of [worker.Ledger].
//
//	func TestConformance(t *testing.T) {
//		ledgertest.Run(t, func(t testing.TB) ledgertest.Harness {
//			return ledgertest.Harness{Ledger: openMyLedger(t)}
//		})
//	}
//
// The suite accepts, leases, settles and fences off, kills the owner at each call that it makes, decides about dead letters, pauses,
// races goroutines, and compares the ledger with [worker.Memory] under random operations.
package ledgertest
