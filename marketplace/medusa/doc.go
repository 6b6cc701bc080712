// Package medusa takes orders in from a Medusa v2 shop by its Admin API, and from the webhooks of the
// subscriber in examples/medusa-webhooks: Medusa itself sends none.
//
//	shop := medusa.New("https://medusa.example.com", medusa.SecretKey(key),
//		medusa.WithAccount("main"), medusa.WithWebhookSecret(secret))
//
// The key is a secret API key (Settings > Secret API keys, "sk_…").
//
// # What is read
//
// Medusa calculates with long fractions and never rounds, so an order may cost 131.2125 EUR. Amounts are
// read from the exact raw values, calculated for the ordered quantity (Medusa's own line totals shrink when goods come
// back, a sale does not) and brought to whole minor units by the largest remainder, so that the lines sum to the
// rounded total. If what the lines come to is not what Medusa states, the difference stays visible and
// fails validation.
//
// An order's status is not in its status field, which stays "pending" until somebody closes the order. It
// follows from the payment, and from the quantities shipped and delivered.
//
// # What polling cannot see
//
// A refund or a partial capture does not change the order's time of update. The event payment.refunded of the
// subscriber tells of it; where events may get lost, [WithReReading] reads the orders of the last days
// again in each run. [canonical.Revision] has the time of the payment, so such an order is newer.
//
// # What is written
//
// [Adapter.AcknowledgeOrder] puts Odoo's order name into the order's metadata under
// retailsync_reference; Medusa keeps the other keys. Medusa has no idempotency keys, so the adapter
// looks first. An order that was cancelled takes no mark any more. Stock levels, prices ([Adapter.PublishPrices]) and listings ([Adapter.PublishListings]) are absolute, so
// setting them again is harmless.
//
// [Adapter.PublishShipment] makes a fulfilment with the reference of the shipment in its metadata and marks it as shipped with a
// label per parcel, once its tracking is known; [Adapter.PublishDelivery] marks it as delivered. [Adapter.PublishCancellation]
// cancels an order, which gives back what was paid, or lowers its lines by an order edit. Medusa mixes up writes of one order that
// meet, and may answer an error after it did the work: writes of an order follow each other here, and after each the
// order is read again. Processes that write to one shop at the same time must share a store, so that one waits for the other.
//
// # Payments
//
// An adapter is a provider of package payments, by its payments' ids; a secret key may do all of it. Medusa gives money back as often as it
// is asked to: use [Adapter.CreateRefund] through payments.Refunder, which asks once. The reference stands in the refund's note. The id of
// a refund is "<payment>/<refund>", since Medusa shows refunds with their payment only. [Adapter.CapturePayment] notes in the order's metadata,
// under retailsync_capture_<reference>, what was captured before. Medusa writes a refund down before it asks the payment service, and
// deletes it if that refuses; what becomes of the money after that it does not say, nor what is paid out.
//
// # Returns
//
// [Adapter.ListReturns] follows the orders that change, since a return's own time stays when a second receipt comes or an approval is
// noted. Returns that were asked for, those of exchanges and of claims, and claims of which nothing comes back are returns; drafts are
// not. What the buyer gets instead is a line of the same order, which [canonical.ExchangeLine] names.
//
// Of a line that is received twice Medusa keeps the last receipt only, and the return stays partially received for ever. So units
// are summed from the order's history, where each receipt stands with its note; ours begin with "retailsync". A receipt is opened,
// filled and confirmed; one that a crash left open is dropped by the next, one of a person stands in the way. A return that a
// shopper asked for has no location, without which Medusa marks it as received and books nothing: it gets one first, and a
// person's receipt that failed so is finished.
//
// Approvals, the reason of a refusal and what was found have no place in Medusa. They stand in the order's metadata under
// retailsync_return_<id>_approved, _declined, _decline_reason, _arrived, _last and _inspected. Medusa restocks what it receives:
// where goods are looked at before they may be sold again, use [WithReceiptsAtInspection].
//
// Medusa does not say what a return is worth to the buyer; what it owes in all is in the order's own sum.
//
// [canonical.ExchangeLine]: https://pkg.go.dev/github.com/retailsync/retailsync/canonical#ExchangeLine
// [canonical.Revision]: https://pkg.go.dev/github.com/retailsync/retailsync/canonical#Revision
package medusa
