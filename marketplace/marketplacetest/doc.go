// Package marketplacetest proves that an adapter keeps the promises of package marketplace.
//
//	func TestConformance(t *testing.T) {
//		marketplacetest.Run(t, marketplacetest.Harness{
//			Open: func(t *testing.T, transport http.RoundTripper) marketplacetest.Shop { ... },
//		})
//	}
//
// The suite opens a shop for each test and gives it the transport through which all requests of the
// adapter must go: so it can play any failure of the network without the shop's help, and sees the
// credentials that the adapter sends, which must never show up in an error.
//
// What an adapter does not implement is not asked for, and what a shop cannot do (a hook that is nil) is
// skipped by name. An adapter should pass with hooks for all that its channel can do, and with -race.
package marketplacetest
