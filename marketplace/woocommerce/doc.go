// Package woocommerce takes orders in from a WooCommerce shop by its REST API v3 and its webhooks, and takes stock
// levels, prices, descriptions of products, shipments and cancellations out to it.
//
//	shop := woocommerce.New("https://shop.example.com", woocommerce.Keys(key, secret),
//		woocommerce.WithAccount("main"), woocommerce.WithWebhookSecret(secret))
//
// # Setting up the shop
//
// WooCommerce > Settings > Advanced > REST API: a key with "Read" lists and fetches orders; "Read/Write"
// is needed for all that is written. Its user must be a shop manager. Permalinks must not be "plain", or there is no REST API. For
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
// # Stock
//
// A SKU is a product's or a variation's. What lies in the trash is not seen; a SKU that two products have is refused. Levels
// are written to stock_quantity, with manage_stock switched on: a product that was not counted is counted from then on, and
// a variation that was counted together with its product is counted by itself. Products with variations that are not
// counted themselves, groups and products sold elsewhere (external) are refused. Whether an article with nothing left
// can be back-ordered stays the shop's own setting.
//
// WooCommerce takes the units of an order off when it is placed, and cannot compare and set. [Adapter.PublishStock]
// reads and compares just before it writes; a sale in the moment between is set back to be sold until its order has reached
// Odoo and the next level goes out. WooCommerce has one place: levels name no location. Plugins that
// add warehouses are not supported. Quantities are whole, see [WithFractionalStock].
//
// # Prices
//
// A shop has one currency, which is read from its settings once, and no price lists: prices in another currency or for a list
// are refused. Whether prices hold tax is the shop's own setting (WooCommerce > Settings > Tax > Prices entered with
// tax; woocommerce_prices_include_tax in its API): the rules must agree with it, since nothing in a price says so. Products
// with variations and groups have no price of their own.
//
// The dates of a sale are written in UTC; the shop counts the last second in. WooCommerce before 10.5 begins and ends
// sales by a task that runs once a day, so that what is charged may follow up to a day late; 10.5 and later do it on
// time.
//
// # Listings
//
// The title and the description of a variation are those of its product; its barcode, weight and status are its own. Barcodes
// (global_unique_id) need WooCommerce 9.2, and are digits with hyphens. Weights are written in the shop's unit, with six
// decimals. An archived listing is "private" in the shop: hidden from customers, and still found by its SKU. WordPress
// removes from a description what it does not allow.
//
// # Shipments
//
// WooCommerce has orders with a status and no shipments. Each shipment is kept in the order's meta data under a key of its own
// (_retailsync_shipment_ and a hash of its reference), by which a repeat finds it. Its tracking numbers also go where the
// plugin Shipment Tracking, Advanced Shipment Tracking and others look for them (_wc_shipment_tracking_items); what they hold
// already stays. The carrier is the plugin's slug ("dhl-de"), by which it knows the address to follow a
// parcel at; a parcel with an address of its own is entered as one of a custom provider.
//
// When everything has left, the order gets the status "completed", or the shop's own word, see [WithShippedStatus],
// [WithPartlyShippedStatus] and [WithDeliveredStatus]. Units refunded before count as not to be shipped, services and
// downloads are not waited for. The status moves forward only. With it the shop sends its own mails; a note to the
// customer comes on top where the rules ask for it, see [WithShipmentNote].
//
// Only whole orders can be cancelled: the shop puts their units back to its stock by itself. What WooCommerce has for
// parts is a refund, which is a matter of money: see package payments.
//
// The shop has no way to refuse a write of what has changed meanwhile. The shipments of one order are published one after the
// other, but a person or plugin that enters tracking in the moment between reading and writing may be overwritten in
// _wc_shipment_tracking_items.
//
// # Returns
//
// WooCommerce knows refunds and no returns. A refund of an order that was completed is taken as a return, under the id of its order
// and its own ("723-726"): units with what they are worth, what of the shipping is given back, and what the refund is less than its
// lines as a fee. A part of a price and fees, which have no units, are in Ext under amount_lines. A refund of units before the
// order was completed is a cancellation, as it is of the order, and no return.
//
// Where the units are is a rule, [WithRefundedGoods]: the shop remembers of each line of an order how many of its refunded units
// were put back to stock (_restock_refunded_items), and not by which refund, so earlier refunds count first. The webhooks of an order
// tell of its refunds, too.
//
// # Payments
//
// An adapter is a provider of package payments: [Adapter.CreateRefund] gives money back by the gateway of the payment, or, with
// [WithManualRefunds], records that people do. It takes a key of the shop with "Read/Write". WooCommerce makes the same refund as often as
// it is asked to: use it through payments.Refunder. WooCommerce has no call to capture or to void, and knows no payouts: these are
// the gateway's. Its webhooks tell of a refund by its order.
//
// # What is written
//
// Refunds, with their reference in the meta data _retailsync_reference and in the reason. Of orders: the status, a note to the customer, and meta data under _retailsync_reference (Odoo's order name,
// [Adapter.AcknowledgeOrder]), _retailsync_shipment_…, _retailsync_cancellation and _wc_shipment_tracking_items. Of products and
// variations: manage_stock and stock_quantity; regular_price, sale_price and the dates of a sale; name, description,
// status, weight and global_unique_id. Nothing else is
// written, and nothing is deleted.
//
// # What was not checked
//
// There was no real WooCommerce to test against: what is said of it here comes from its documentation and source code (versions
// up to 10) and is what package wootest does.
package woocommerce
