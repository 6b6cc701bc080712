// Package returnstest proves that a returns platform keeps the promises of package returns.
//
//	func TestConformance(t *testing.T) {
//		returnstest.Run(t, returnstest.Harness{
//			Open: func(t *testing.T, transport http.RoundTripper) returnstest.Service { ... },
//		})
//	}
//
// The suite opens a service for each test and gives it the transport through which all requests of the platform must go: so it
// can lose replies and play failures without the service's help, and sees the credentials that are sent, which must never show up
// in an error.
//
// What a platform does not implement is not asked for, and what a service cannot do (a hook that is nil) is skipped by name. A
// platform should pass with hooks for all that its service can do, and with -race. Package
// [github.com/retailsync/retailsync/returns/returnstest/fake] is a platform in memory for the tests of flows.
package returnstest
