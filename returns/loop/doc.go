// Package loop connects Loop Returns (loopreturns.com), the returns service of Shopify shops.
//
//	platform := loop.New(loop.APIKey(key), loop.WithWebhookSecret(secret))
//
// The key needs Loop's scope "Returns". It lists and gets returns, receives webhooks, reports what was found in each unit, and closes
// returns. It does not approve, decline, label or report receipts: Loop's API has no such calls.
//
// # Mapping
//
// Each line of Loop is one unit, with an outcome of its own: a return may refund one line, exchange another and give store credit for
// a third. The word "default" says nothing; then the line's exchange, its refund and the outcome of the return decide, in this order.
// Loop's state is mapped to the approval: open and closed are approved, review is requested, cancelled and expired are themselves;
// an unknown word waits for a person as requested, with the word in RawStatus. The states of labels give the logistics. The grade and
// the disposition that a warehouse has told give what was found in the unit.
//
// Amounts are in the shop's currency. A line's refund is known where its outcome is a refund and Loop states one; the refund of the
// return is Loop's refund less what the buyer pays on top (upsell). The handling fee is a fee. Orders are those of the channel of
// [WithOrders]; Loop's provider ids are Shopify's.
//
// # Money
//
// Loop itself can move money: processing a return ([Platform.ProcessReturn]) makes Loop refund, create gift cards and place exchange
// orders in Shopify. A flow that refunds itself must not process, so [Platform.CloseReturn] closes the return, which fulfils no
// outcome. Choose one of the two for a shop.
//
// # Webhooks
//
// Deliveries of all topics are notices of the return that they name. X-Loop-Signature is the base64 HMAC-SHA256 of the body; Loop's
// documentation says of which form of it in two ways: of the body, and of the body with slashes escaped and newlines removed. Both
// are accepted, and what is read is the form whose signature fits.
//
// # Not checked
//
// All of this is written from Loop's public documentation, its examples and payloads that others have published, without an account
// at Loop. These could not be checked: which form of the body is signed in fact; whether times without a zone are UTC; what details
// of an unknown return answer (404 and empty answers are both taken as not found); whether the list is sorted; all words of a line's
// outcome ([WithOutcome] adds some); the payloads of the topics restock and happy.returns.shipment (a delivery that names no return
// is refused); the return method that lets buyers keep the goods (such lines are not marked).
package loop
