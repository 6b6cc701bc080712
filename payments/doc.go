// Package payments is the part of retailsync that moves money back and knows where it went: the providers that hold payments, the
// state machine of a refund, and a [Refunder] that carries one out so that money moves once.
//
// # Providers
//
// A [Provider] is an account with a payment service, or a channel that refunds by itself. Implement it and those of
// [RefundCreator], [RefundFinder], [RefundGetter], [PaymentGetter], [Capturer], [Voider], [BalanceLister], [PayoutLister],
// [SettlementGetter], [ChargeCreator] and [marketplace.WebhookReceiver] that the service allows, and prove it with package paymentstest. The adapters of
// Medusa, WooCommerce and Shopify in package marketplace are providers, too; docs/payments.md says what each can do.
//
// # Refunds
//
// A refund's states and what may follow them are the table of [RefundTransitions]; [NextRefund] applies it. Three rules carry
// it: an outcome that is not known is looked up with the same key, never asked for with another; a new key is taken only after a
// final failure; and a refund that succeeded may still come back, which opens it again. [Refunder.Refund] brings a refund as far
// as it can go and may be called as often as anybody likes: by the flow, by a webhook, by a clock.
//
// # Charges
//
// What a buyer owes is a charge: [ChargeTransitions] is its life, and [Collector] asks for it, by a link to pay, as a Refunder refunds.
//
// # Settlements
//
// What a provider paid out is a [canonical.Settlement]. Package settlement beside this one matches its entries to orders and
// refunds; the packages amazon and csvsettlement read reports. Package stripe is a provider, and so are the adapters of Medusa,
// WooCommerce and Shopify.
package payments
