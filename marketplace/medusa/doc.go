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
// looks first. Stock levels, prices ([Adapter.PublishPrices]) and listings ([Adapter.PublishListings]) are absolute, so
// setting them again is harmless.
//
// [Adapter.PublishShipment] makes a fulfilment with the reference of the shipment in its metadata and marks it as shipped with a
// label per parcel, once its tracking is known; [Adapter.PublishDelivery] marks it as delivered. [Adapter.PublishCancellation]
// cancels an order, which gives back what was paid, or lowers its lines by an order edit. Medusa mixes up writes of one order that
// meet, and may answer an error after it did the work: writes of an order follow each other here, and after each the
// order is read again. Processes that write to one shop at the same time must share a store, so that one waits for the other.
//
// [canonical.Revision]: https://pkg.go.dev/github.com/retailsync/retailsync/canonical#Revision
package medusa
