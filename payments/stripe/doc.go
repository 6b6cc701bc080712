// Package stripe holds one account with Stripe as a payment provider: refunds, captures and voids, the balance, payouts and their
// settlements, and webhooks. It is a module of its own, since it brings Stripe's official client with it.
//
//	provider := stripe.New(stripe.Key(os.Getenv("STRIPE_KEY")), stripe.WithWebhookSecrets(os.Getenv("STRIPE_WEBHOOK_SECRET")))
//	refunder := payments.NewRefunder(provider, store)
//
// # Setting up the account
//
// Developers > API keys: make a restricted key with these rights, and no others.
//
//	Charges and Refunds          write, or read if nothing is refunded
//	PaymentIntents               write for captures and voids, read otherwise
//	Balance transaction sources  read, for the balance and settlements (it implies Balance)
//	Disputes, Payouts            read
//	Checkout Sessions            write, if buyers are asked for money
//
// For a connected account the same rights are given for connected accounts, see [WithConnectedAccount].
//
// Developers > Webhooks: an endpoint with refund.created, refund.updated, refund.failed, charge.refunded, charge.refund.updated,
// payout.*, charge.dispute.*, payment_intent.* and checkout.session.* (completed, async_payment_succeeded, async_payment_failed, expired).
// Its version of the API does not matter: only ids are read, and what they name is
// fetched. Payouts must be made by schedule: of those made by hand Stripe does not say what they are made of.
//
// # Refunds
//
// The key of the request is Stripe's Idempotency-Key, which it keeps for 24 hours; our reference and the order are written into
// the refund's metadata, where people see them and [Adapter.FindRefund] finds them. The client's own repeats of writes are
// switched off; what the transport repeats on a broken connection carries the same key. Before a refund its payment is read and
// the currency compared: Stripe takes an amount without one.
//
// A refund that succeeded and comes back is "failed" with Stripe: the state machine of package payments knows that it had succeeded,
// and makes it a reversal.
//
// # Asking for money
//
// A charge is a Checkout Session: the buyer pays at Stripe's page, by what the account offers. It carries our reference and the order
// in its metadata, and so does its payment; nothing about the buyer. Stripe keeps it payable for 24 hours at most: who is to have longer
// is asked again, see [payments.ChargeRules]. What is taken back is "expired" with Stripe. A debit or transfer that is on its way is
// [payments.ChargePending] until Stripe has it.
//
// # Amounts
//
// Stripe counts whole units, which are not always the currency's minor units: yen are whole, ISK and UGX are counted in hundredths
// although they have none, MGA whole although it has some, and dinars in thousandths of which the last digit must be 0. An
// amount that does not fit is refused, never rounded. Stripe's exchange_rate is a floating-point number: it is
// kept as text, and not computed with.
//
// # The balance
//
// Each movement is an entry with its gross amount, and one for each fee that was taken off; the tax on Stripe's fee is a part of
// it. They sum to the net amount, and a settlement to its payout, or there is an error. Kinds follow Stripe's reporting categories;
// what is not known here is [canonical.EntryOther] with Stripe's words. Where Stripe exchanged what the buyer paid, the entry
// is in the currency of the balance and names the buyer's amount.
//
// # Errors
//
// All are [*marketplace.Error]. Stripe's own error goes no further, since it holds whole objects; its type, code, parameter, request id
// and a part of its message do, without keys and addresses.
//
//	idempotency_error                         marketplace.CodeConflict
//	idempotency_key_in_use, any other 409     marketplace.CodeUnknown for writes, marketplace.CodeUnavailable for reads
//	500 and above, no answer after sending    the same
//	no connection                             marketplace.CodeUnavailable: nothing was done
//	rate_limit, lock_timeout, 429             marketplace.CodeRateLimited, with how long to wait where Stripe says
//	401, api_key_expired                      marketplace.CodeUnauthenticated
//	403                                       marketplace.CodePermission
//	404, resource_missing                     marketplace.CodeNotFound
//	charge_already_refunded, charge_disputed,
//	balance_insufficient, any other refusal   marketplace.CodeInvalid: final for this key
package stripe
