package payments

import (
	"context"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
)

// Provider is what every payment provider implements: the name of one account. What it can do is found by type assertion on the
// interfaces of this package. Errors are [*marketplace.Error], so that callers know what may be done: for what moves money,
// [marketplace.CodeUnavailable] and [marketplace.CodeRateLimited] mean that certainly nothing happened, and every doubt is
// [marketplace.CodeUnknown]. Webhooks are received by [marketplace.WebhookReceiver] and carry notices of the kinds
// [marketplace.NoticeRefund], [marketplace.NoticePayment], [marketplace.NoticeCharge], [marketplace.NoticePayout] and
// [marketplace.NoticeDispute].
type Provider interface {
	marketplace.Adapter
}

// RefundCreator gives money back.
type RefundCreator interface {
	Provider
	// CreateRefund gives back a part of a captured payment, or all of it. Repeated with the same request it answers with the
	// refund of the first and moves nothing, for as long as RefundKeyWindow.
	//
	// Errors: [marketplace.CodeInvalid] when the provider refuses it for good (more than is left of the payment): no money moved
	// and this request never will; [marketplace.CodeConflict] when the key was used for another request; [marketplace.CodeNotFound]
	// when there is no such payment; [marketplace.CodeUnknown] when it may have happened: look with FindRefund, or repeat.
	CreateRefund(ctx context.Context, request RefundRequest) (canonical.Refund, error)
	// RefundKeyWindow is how long the provider recognises the key of a request, at least. 0: it takes none, so that a request
	// whose outcome is unknown is repeated only after a look.
	RefundKeyWindow() time.Duration
}

// RefundFinder looks for a refund by our reference.
type RefundFinder interface {
	Provider
	// FindRefund returns the refund that CreateRefund made of this request, whatever became of it. It must be sure: false means
	// that the provider has none. It only reads.
	FindRefund(ctx context.Context, request RefundRequest) (canonical.Refund, bool, error)
}

// RefundGetter fetches one refund as it stands now.
type RefundGetter interface {
	Provider
	// GetRefund returns the refund with the provider's id. One that does not exist is [marketplace.CodeNotFound]. It only reads.
	GetRefund(ctx context.Context, id string) (canonical.Refund, error)
}

// PaymentGetter fetches one payment as it stands now.
type PaymentGetter interface {
	Provider
	// GetPayment returns the payment with the provider's id. One that does not exist is [marketplace.CodeNotFound]. It only reads.
	GetPayment(ctx context.Context, id string) (Payment, error)
}

// Capturer takes authorised money.
type Capturer interface {
	Provider
	// CapturePayment captures an authorised payment, in part or in all. Repeated with the same request it takes nothing more.
	// Errors are those of CreateRefund.
	CapturePayment(ctx context.Context, request CaptureRequest) (Payment, error)
}

// Voider lets authorised money go.
type Voider interface {
	Provider
	// VoidPayment releases what is authorised and not captured. Voiding what is void is a success without effect; what is
	// captured is [marketplace.CodeInvalid]: refund it.
	VoidPayment(ctx context.Context, request VoidRequest) (Payment, error)
}

// BalanceLister lists the movements on the balance.
type BalanceLister interface {
	Provider
	// ListBalance returns one page of the movements booked at or after the position of the query, the oldest first. It may
	// return one again, with the same ids, but must not lose one. It only reads.
	ListBalance(ctx context.Context, query Query) (BalancePage, error)
}

// PayoutLister lists payouts.
type PayoutLister interface {
	Provider
	// ListPayouts returns one page of the payouts made at or after the position of the query, the oldest first. It may return
	// one again, but must not lose one. It only reads.
	ListPayouts(ctx context.Context, query Query) (PayoutPage, error)
}

// SettlementGetter fetches what a payout is made of.
type SettlementGetter interface {
	Provider
	// GetSettlement returns the settlement of the payout with the provider's id. One that does not exist is
	// [marketplace.CodeNotFound]; one that the provider has not closed yet is [marketplace.CodeUnavailable]. It only reads.
	GetSettlement(ctx context.Context, id string) (canonical.Settlement, error)
}

// RefundRequest asks for one refund.
type RefundRequest struct {
	// Reference is ours and goes with the refund where it can be seen later (metadata, note): equal for repeats of the same
	// request and no other.
	Reference string
	// Key is the idempotency key that the provider is sent, where it takes one. It is as unique as Reference.
	Key string
	// Payment is the provider's id of the captured payment.
	Payment  string
	Order    canonical.Key
	Currency canonical.Currency
	// Amount is positive, in major units, whole minor units of Currency, tax included.
	Amount decimal.Decimal
	// Lines say what it is for, where the provider keeps that.
	Lines []canonical.RefundLine
	// Reason is the provider's word for it, by rule; empty if it needs none.
	Reason string
}

// CaptureRequest asks to capture.
type CaptureRequest struct {
	// Reference and Key are as in [RefundRequest].
	Reference, Key string
	// Payment is the provider's id of the authorised payment.
	Payment  string
	Currency canonical.Currency
	Amount   decimal.Decimal
}

// VoidRequest asks to void.
type VoidRequest struct {
	Reference, Key string
	Payment        string
}

// Payment is a payment as the provider states it. Amounts are positive, in major units.
type Payment struct {
	ID       string
	Currency canonical.Currency
	// Authorized is what was promised, Captured what was taken of it, Refunded what was given back or is about to be.
	Authorized, Captured, Refunded decimal.Decimal
	// Voided: the rest of the authorisation was let go.
	Voided bool
	// RawStatus is the provider's own word.
	RawStatus string
}

// Query asks for a page of movements or payouts.
type Query struct {
	// Since is where to begin when Cursor is empty; the zero time means all.
	Since time.Time
	// Cursor is the position that an earlier page returned; it wins over Since.
	Cursor marketplace.Cursor
	// Limit is the wanted page size; 0 leaves it to the adapter. It is a wish.
	Limit int
}

// BalancePage is a part of the stream of movements.
type BalancePage struct {
	Entries []canonical.SettlementEntry
	// Cursor is the position after this page; store it only when the page has been processed.
	Cursor marketplace.Cursor
	// More is false when the stream is read to its present end.
	More bool
}

// PayoutPage is a part of the stream of payouts.
type PayoutPage struct {
	Payouts []ListedPayout
	// Cursor and More are as in [BalancePage].
	Cursor marketplace.Cursor
	More   bool
}

// ListedPayout is a payout of a list.
type ListedPayout struct {
	canonical.Payout
	// Status is how far it is, Failure the provider's word for why it failed.
	Status  PayoutStatus
	Failure string
	// Complete: the provider has closed it, so that its settlement can be fetched.
	Complete bool
}

// PayoutStatus is how far a payout is.
type PayoutStatus string

// The states of a payout.
const (
	PayoutPending PayoutStatus = "pending"
	PayoutPaid    PayoutStatus = "paid"
	PayoutFailed  PayoutStatus = "failed" // it did not arrive, or came back: the money is on the balance again
	PayoutOther   PayoutStatus = "other"
)

// Capabilities says what a provider can do.
type Capabilities struct {
	CreateRefunds, FindRefunds, GetRefunds, GetPayments, Capture, Void bool
	ListBalance, ListPayouts, GetSettlements, Webhooks                 bool
	CreateCharges, FindCharges, CancelCharges                          bool
}

// CapabilitiesOf derives the capabilities from the interfaces that the provider implements.
func CapabilitiesOf(provider Provider) Capabilities {
	var c Capabilities
	_, c.CreateRefunds = provider.(RefundCreator)
	_, c.FindRefunds = provider.(RefundFinder)
	_, c.GetRefunds = provider.(RefundGetter)
	_, c.GetPayments = provider.(PaymentGetter)
	_, c.Capture = provider.(Capturer)
	_, c.Void = provider.(Voider)
	_, c.ListBalance = provider.(BalanceLister)
	_, c.ListPayouts = provider.(PayoutLister)
	_, c.GetSettlements = provider.(SettlementGetter)
	_, c.CreateCharges = provider.(ChargeCreator)
	_, c.FindCharges = provider.(ChargeFinder)
	_, c.CancelCharges = provider.(ChargeCanceller)
	_, c.Webhooks = provider.(marketplace.WebhookReceiver)
	return c
}
