// Package enginetest proves an implementation of [worker.Engine], alone and under a [worker.Worker].
//
//	func TestConformance(t *testing.T) {
//		enginetest.Run(t, func(t testing.TB) enginetest.Harness {
//			return enginetest.Harness{Engine: newMyEngine(t), Ledger: worker.NewMemory()}
//		})
//	}
//
// Capabilities that a [Harness] leaves out skip their cases. The suite never asserts how long something took, only that it comes about.
package enginetest
