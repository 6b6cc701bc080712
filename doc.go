// Package retailsync makes Odoo the dependable backbone of a retailer's channels: orders of marketplaces and
// web stores arrive in Odoo once each and to the cent, through retries, crashes, doubled webhooks and outages.
//
// It is a library that is composed inside a service. A [Connector] joins three parts:
//
//   - an [odoo.Client], which talks to one Odoo database (14 to 19);
//   - adapters of channels, which implement the small interfaces of package marketplace;
//   - [mapping.Rules], which say what a channel's products, taxes, statuses and customers are in Odoo.
//
// # Orders
//
// [Connector.ImportOrders] reads the orders that changed since a time and brings each to its present
// state in Odoo:
//
//	fetch → validate → map → find → insert → compare totals → confirm → acknowledge
//
// It is level-triggered: it compares what an order should be with what it is in Odoo and does what is missing, so
// a run may be interrupted anywhere and repeated, events may be lost, doubled or out of order, and a person may do a
// step by hand. Later edits, partial and full cancellations and holds are applied as far as what has shipped allows.
//
// [Connector.ResumeOrders] goes on from where the last run ended. [Connector.ImportOrder] fetches and handles single
// orders, which is what a webhook's notice asks for.
//
// # Stock, prices, listings
//
// [Connector.PublishStock] brings to a channel what changed in Odoo since its last run; run it every few seconds.
// [Connector.ReconcileStock] compares everything, heals what the first missed, and reports what had drifted.
// [Connector.PublishPrices], [Connector.ReconcilePrices], [Connector.PublishListings] and [Connector.ReconcileListings] do the
// same for prices and for what listings say. What a channel shows already is not sent.
//
// # Shipments, cancellations
//
// [Connector.PublishShipments] tells the channel of each delivery that is done, once, and of tracking that comes later;
// [Connector.PublishCancellations] of what was cancelled in Odoo.
//
// # Exactly once
//
// Every customer, address, order and line carries an External ID that is derived from the channel's own ids, written
// by Odoo in the same transaction as the record. Two processes, a lost reply, a wiped store: still one order. The
// [idempotency.Store] of [WithStore] saves work and keeps two processes off the same order; correctness does not
// depend on it.
//
// # Exact totals
//
// An order is confirmed only when Odoo's untaxed amount, tax and total are the channel's, to the last minor unit.
// Odoo 19 takes a line's amounts over as stated; before, lines are written so that Odoo computes them. What cannot be
// reached is a [TotalMismatch] or a [mapping.TotalsError], never a silent rounding.
//
// # Errors
//
// One order's failure never holds up another: it is set aside in the [Report] as an [*OrderError] that names the
// order, the stage, the cause and the way out. An error of a run itself means that it could not go on: Odoo or the
// channel is out of reach, or the rules are broken. Both may be retried by running again.
//
// # Journal
//
// Every effect is appended to a [Journal] as a [canonical.Event].
package retailsync
