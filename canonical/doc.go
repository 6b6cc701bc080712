// Package canonical is the one model of a retailer's orders, stock, prices,
// shipments, returns, refunds and settlements that every channel adapter
// decodes into and every flow reads.
//
// It holds values and pure functions only: no I/O, no clock, no knowledge of
// Odoo or of any channel. Money is an exact decimal everywhere, never a float;
// amounts are in major units (19.99, not 1999). Times are UTC.
//
// # Facts and derivations
//
// An [Order] states facts as the channel reports them: quantities per line,
// taxes with their collector, payments, adjustments. What can be derived, such
// as the sum of the lines or the status that the quantities imply, is derived by
// functions and checked by [Order.Validate]; it is not stored twice.
//
// # Rules and states
//
// [Order.Validate] reports every rule that an order breaks, with its path. [Next] and [NextFulfillment] move
// statuses by the tables of docs/states.md. [Compare] tells what a fetched order changes, [Order.Digest] whether
// it changes anything. [Allocate] splits amounts to the last minor unit.
//
// # JSON
//
// [EncodeOrder] and [DecodeOrder] carry a schema version and lose nothing. Package canonicaltest makes valid
// orders for tests.
//
// # Unknown values
//
// A word that this version of the package does not know is kept: the enum takes
// its Other value and the raw word stays beside it (for example
// [Order.RawStatus]). Decoding never fails because a channel learned a new word.
//
// # Personal data
//
// Fields of [Party] and [Address] are personal data. Errors of this package name
// paths and identifiers ("lines[2].taxes[0].amount"), never their values.
package canonical
