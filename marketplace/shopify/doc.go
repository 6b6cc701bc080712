// Package shopify connects a Shopify shop by its GraphQL Admin API, version 2026-10, and by its webhooks.
//
//	shop := shopify.New("demo.myshopify.com", shopify.ClientCredentials(id, secret), shopify.WithAccount("main"))
//
// # Setting up the shop
//
// In the Dev Dashboard create an app in the organization of the shop, with the access scopes below, and install it.
// [ClientCredentials] takes its client id and secret and gets tokens for them; these last a day, and the adapter renews them.
// [AccessToken] and [AccessTokenFrom] take a token from elsewhere.
//
//	read_orders                  list and fetch orders of the last 60 days
//	read_all_orders              also older ones; Shopify grants it on request
//	read_customers               the buyer; as addresses and names, it needs approval for protected customer data
//	read_products                barcode and id of what was sold; find variants by SKU
//	write_orders                 acknowledge orders
//	read_inventory, read_locations    read stock
//	write_inventory              publish stock; weight, origin and HS code of listings
//	write_products               publish prices and listings
//	read_/write_merchant_managed_fulfillment_orders    publish shipments; likewise _assigned_ and _third_party_
//	write_fulfillments           publish deliveries
//	write_order_edits            cancel parts of orders
//	read_returns, write_returns  returns; decide on them and close them
//
// Webhooks: subscribe the topics orders/create, orders/updated, orders/edited, orders/cancelled, refunds/create and returns/*, and
// whichever else of [Adapter.ReceiveWebhook] is of use, to the address of your service. Shopify repeats a delivery for four
// hours and then deletes the subscription, so polling goes on beside it. Answer within five seconds: queue the notice.
//
// # What is read
//
// Amounts are those in the shop's currency and, where the shopper paid in another one, in that too; both are brought to
// whole minor units that sum to what Shopify states. A larger difference stays visible and fails validation.
//
// Quantities are as ordered. Units that were removed by an edit of the order, refunded before they were shipped, or
// cancelled with the order count as cancelled and are no part of the totals; units that were given back later were sold.
// A discount stands on the lines for which Shopify allocates it. Tax that the channel remits (channelLiable) is marked so.
// Duties, additional fees, tips and the rounding of cash are lines of their own; gift cards that were sold are lines
// of their own kind, and those that were used are payments, as is store credit.
//
// The REST payload of a webhook decodes with [DecodeRESTOrder] to the same order as GraphQL's with [DecodeOrder], but for
// what REST does not say.
//
// An order's status follows from its payment and from what was shipped: Shopify has no word for it. Fraud that
// Shopify suspects, or still looks for, sets the hold.
//
// # The first import
//
// [Adapter.Backfill] lists the orders of years by a bulk operation, which costs no points; [Adapter.ListOrders] goes on
// from its last cursor.
//
// # Limits
//
// Shopify counts points and not calls: each operation costs some, and a bucket of them fills again each second. The
// adapter follows what each answer says of the bucket, waits up to ten seconds by itself, and returns a longer
// wait as [marketplace.CodeRateLimited] with the time. A page of orders that costs more than one operation may is read in
// smaller ones.
//
// # Acknowledgements
//
// [Adapter.AcknowledgeOrder] puts Odoo's order name into the order's metafield retailsync.reference.
//
// # Stock
//
// A level is what Shopify calls available at a location, which is named by its number (in the admin's address of the
// location). Each write compares: it is refused if a sale has moved the level since it was read, and then read again. Shopify
// asks for an idempotency key with each write; it is a new one each time, since the comparison already makes a
// repeat harmless, and a key that is used twice within a day would silently drop the second of two equal changes. A SKU
// must be that of one variant whose quantity Shopify tracks.
//
// # Shipments
//
// A shipment becomes a fulfilment of the lines that it holds, by their ids, with a tracking number for each package; tracking
// that comes later is added. Shopify makes one fulfilment per location, so lines that it assigned to two locations become two.
// Which fulfilment is of which shipment stands in the order's metafield retailsync.shipments; one that was made but not yet
// written there is found by its lines, quantities and tracking, and so is one that a person made. The scopes decide
// which fulfillment orders the app sees: a shop that ships from a fulfilment service needs that one's scope.
//
// # Cancellations
//
// A whole order is cancelled by Shopify in the background, parts by an edit of the order. Neither refunds nor restocks.
//
// # Returns
//
// A return is read with what comes back (its reverse fulfilment), what was found (the dispositions there), what the buyer gets instead
// and what was refunded, which is net of fees and exchanged goods already and never below zero. Returns have no time of their change:
// [Adapter.ListReturns] follows their orders. What a line is worth to the buyer is known only where prices include tax.
//
// [Adapter.ReportInspected] disposes of units as RESTOCKED, MISSING or else NOT_RESTOCKED; what Shopify has already is looked
// up before. It knows no arrival without a finding, so receipts are not reported. PROCESSING_REQUIRED, which people set in the
// admin, is read as not looked at yet, and such units cannot be disposed of again here.
//
// # Prices
//
// The base price is the variant's, in the shop's currency; a price list is named by its number and gets a fixed price. A sale
// price is what is charged then, with the regular price as the one to compare at. Shopify has no dates for it, so a sale that
// is still to begin or to end is refused: let the rule send the price of the moment (sale: included), or one to compare with
// (sale: compared).
//
// # Listings
//
// Title, description and status are the product's, which its variants share; barcode, weight, HS code and origin are the
// variant's. Words that Shopify does not know hold up the other fields of that product, and of no other.
//
// # Payments
//
// An adapter is a provider of package payments. A payment is a sale or a capture of an order, a refund the transaction that gives its
// money back, each by its number: so settlements name them. [Adapter.CreateRefund] takes the scope write_orders; the reference stands in
// the refund's note, and Shopify recognises its key for a day. The buyer gets back the currency that he paid in. That a refund failed
// after it had worked shows as its status.
//
// [Adapter.ListBalance], [Adapter.ListPayouts] and [Adapter.GetSettlement] read the account of Shopify Payments, which takes
// read_shopify_payments_accounts and read_shopify_payments_payouts; read_orders tells the payment of a refund. Payments by other gateways are theirs. The fee of a movement
// is an entry of its own, and a movement in test mode is of the kind other, with TEST/ before Shopify's word. Shopify announces
// disputes (disputes/create and disputes/update, read_shopify_payments_disputes), and no payouts: list them.
//
// # What was checked, and what was not
//
// Every operation that the adapter sends was held, field by field and argument by argument, to the whole schema that
// Shopify publishes of the versions 2026-01, 2026-04, 2026-07 and 2026-10 (as it is in @shopify/dev-mcp 1.16.0 on npm): each
// fits all four, but for the titles and SKUs of exchanged goods, which 2026-10 brought, and uses nothing that is deprecated in the
// newest. Package shopifytest serves just the part of 2026-10 that
// is used, and refuses all else, so the tests fail for an operation that leaves it. How it refuses bulk queries, levels of
// stock, fulfilments, cancellations, edits and prices follows published recordings of real shops at 2026-04.
//
// The adapter was never run against a shop of Shopify's. Not checked are therefore: whether every change of a return moves
// the time of its order, what a page of orders costs in
// points, how far Shopify's search lags behind its orders (see [WithOverlap]), which of its two totals an edited
// order keeps (the decoder takes the one that its lines come nearer to), the order of a bulk operation's results, and how
// the search treats a SKU with quotation marks or backslashes (what it finds is compared exactly; what it misses is
// reported as unknown).
//
// [marketplace.CodeRateLimited]: https://pkg.go.dev/github.com/retailsync/retailsync/marketplace#CodeRateLimited
package shopify
