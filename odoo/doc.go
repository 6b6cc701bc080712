// Package odoo is a client for Odoo 14 to 19 that is safe to build retail flows on.
//
//	erp, err := odoo.Dial(ctx, "https://erp.example.com", odoo.APIKey(key))
//
//	for order, err := range odoo.Search[Order](ctx, erp, odoo.And(odoo.Eq("state", "sale"), odoo.Gt("write_date", since))) {
//		...
//	}
//
// # Protocols
//
// JSON-2 is spoken with Odoo 19 and newer, JSON-RPC with older servers and with passwords. Results and
// errors are the same on both.
//
// # What is repeated
//
// A call is sent again by itself only if Odoo certainly rolled it back, or if repeating it does no harm. A
// write whose reply was lost is an error for which [Ambiguous] is true: look the effect up, then decide.
// [Client.Load] needs no such care: its records carry External IDs, so that repeating it is always safe.
//
// # Records
//
// [Model] describes the structs that [Search], [Find], [Read], [Create] and [Write] work on. Fields and
// order are always explicit, times are UTC, numbers are exact decimals, and Odoo's false is an empty
// value. [Optional] tells "leave alone", "set" and "clear" apart. Names that differ between versions are
// translated and checked against the database.
//
// # Errors
//
// Every failure is an [*Error] whose [Code] says what may be done; its text names the way out and holds
// neither secrets nor tracebacks.
//
// Some reasons are known only by Odoo's words: keep the connector's user in English, and the database
// server's messages (lc_messages) too.
//
// # Any method
//
// [Client.Call], [Invoke] and [Client.Do] run any public method with named arguments.
package odoo
