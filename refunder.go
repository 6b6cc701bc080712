package retailsync

import (
	"context"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/payments"
)

// Refunder moves money back to the buyer, and asks the buyer for more. Both are told a reference that is the same for
// every attempt at the same movement, and must move the money once however often they are asked. [Cashier] is one over
// the providers of package payments; one that embeds it changes what it likes.
//
// The status of a refund is what is known: [canonical.RefundPending] while the provider works on it; [canonical.RefundUnknown] when
// nobody knows yet: they are asked again with the same reference; [canonical.RefundReview] when a person must find out, for the
// reason in Failure; [canonical.RefundReversed] when the money came back. The id of the answer's Key is the provider's.
//
// Errors: a [*marketplace.Error] with [marketplace.CodeInvalid] or [marketplace.CodeNotFound] says that it is refused for good; after
// any other they are asked again.
type Refunder interface {
	// Refund gives money of a payment back. The payment is the channel's, empty if the order has none.
	Refund(ctx context.Context, refund canonical.Refund, payment canonical.Payment) (canonical.Refund, error)
	// Charge asks the buyer for what an exchange costs more, and is asked again with the same plan until that is paid or a person
	// decides: see [payments.Collector.Collect], whose promises it makes.
	Charge(ctx context.Context, plan payments.ChargePlan) (payments.ChargeProgress, error)
}

// ChargeResolver is a [Refunder] that takes a person's word for what became of a charge in [payments.ChargeReview].
type ChargeResolver interface {
	Refunder
	// ResolveCharge takes down what a person found out. Told once more, or about a charge that is no longer in doubt, it does nothing.
	ResolveCharge(ctx context.Context, plan payments.ChargePlan, decision payments.ChargeDecision) error
}

// ChargeWithdrawer is a [Refunder] that takes back what a buyer was asked for. With one that does not, a waived charge ends when its link
// does.
type ChargeWithdrawer interface {
	Refunder
	// WithdrawCharge sees to it that the buyer does not pay any more, and says what became of the charge: it is paid, if he has, and
	// cancelled if it was never asked for. Withdrawing again changes nothing. See [payments.Collector.Withdraw].
	WithdrawCharge(ctx context.Context, plan payments.ChargePlan) (payments.ChargeProgress, error)
}

// RefundResolver is a [Refunder] that takes a person's word for what became of a refund in [canonical.RefundReview].
type RefundResolver interface {
	Refunder
	// ResolveRefund takes down what a person found out. Told once more, or about a refund that is no longer in doubt, it does
	// nothing.
	ResolveRefund(ctx context.Context, refund canonical.Refund, payment canonical.Payment, decision payments.RefundDecision) error
}
