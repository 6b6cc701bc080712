// Package marketplace holds the interfaces that a sales channel implements: small, one
// capability each, so that an adapter offers what its channel can do and a flow never asks
// for more.
//
// The adapters that ship with the module are in sub-packages. A channel that is not there is
// written against these interfaces and proved by [marketplacetest.Run]; examples/newadapter
// is a complete small one to copy.
//
// # What every adapter promises
//
//   - Decoding is pure: from bytes to [canonical.Order], no I/O, no panic on any input.
//   - Money is decoded from text into exact decimals. Line totals and taxes are whole minor
//     units of the currency and sum to the stated total, or validation says which do not.
//   - Unknown words are kept raw.
//   - Errors wrap an [*Error] with a [Code], so that a flow knows whether to retry.
//   - Credentials and personal data appear in no error and no log.
//   - All methods may be called from several goroutines.
//
// [marketplacetest.Run]: https://pkg.go.dev/github.com/retailsync/retailsync/marketplace/marketplacetest#Run
package marketplace
