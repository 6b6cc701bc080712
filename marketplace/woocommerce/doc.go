// Package woocommerce takes orders in from a WooCommerce shop by its REST API v3 and its webhooks.
//
//	shop := woocommerce.New("https://shop.example.com", woocommerce.Keys(key, secret),
//		woocommerce.WithAccount("main"), woocommerce.WithWebhookSecret(secret))
//
// # Setting up the shop
//
// WooCommerce > Settings > Advanced > REST API: a key with "Read" lists and fetches orders; "Read/Write"
// is needed to acknowledge them. Permalinks must not be "plain", or there is no REST API. For
// webhooks: Advanced > Webhooks, topics "Order created", "Order updated", "Order deleted" and "Order
// restored", API version 3, with a secret. WooCommerce switches a webhook off after five failures
// in a row, so polling goes on beside it.
//
// # What is read
//
// Amounts are asked for with six decimals, since a shop that works with tax-inclusive prices rounds only
// its totals; they are brought to whole minor units by the largest remainder, so that the lines sum to the
// total that the shopper paid. A larger difference stays visible and fails validation.
//
// Times are those in UTC (date_modified_gmt); the shop's local ones are never used for a position.
// A refund is an object of its own: it is fetched with the order. Units refunded before the order was
// completed will never be shipped and count as cancelled; those refunded later count as refunded.
//
// An order that is moved to the trash leaves the shop's list. The webhook "order deleted" tells of it,
// and [Adapter.GetOrder] still returns it, as cancelled.
//
// # What is written
//
// [Adapter.AcknowledgeOrder] puts Odoo's order name into the order's meta data under
// _retailsync_reference. Nothing else is ever written.
package woocommerce
