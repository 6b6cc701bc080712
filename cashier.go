package retailsync

import (
	"context"
	"errors"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// Cashier is a [Refunder] over the providers that hold a channel's payments: each [payments.Refunder] moves the money of a
// refund once, whatever fails when. It is safe for use by several goroutines.
type Cashier struct {
	// Holder says who holds a payment of the channel, and under which id. Nil as refunder: nobody, and a person is asked. See [HeldBy].
	Holder func(payment canonical.Payment) (refunder *payments.Refunder, id string)
	// Collector asks buyers for what an exchange costs more. Nil: a person does.
	Collector *payments.Collector
}

// HeldBy is a [Cashier.Holder] for a channel with one provider, which knows its payments by the channel's ids.
func HeldBy(refunder *payments.Refunder) func(canonical.Payment) (*payments.Refunder, string) {
	return func(payment canonical.Payment) (*payments.Refunder, string) { return refunder, payment.ID }
}

// Refund implements [Refunder].
func (c *Cashier) Refund(ctx context.Context, refund canonical.Refund, payment canonical.Payment) (canonical.Refund, error) {
	holder, plan, err := c.plan(refund, payment)
	if err != nil {
		return refund, err
	}
	progress, err := holder.Refund(ctx, plan)
	if err != nil {
		var (
			bad     *payments.PlanError
			changed *payments.PlanChangedError
			over    *payments.OverCapturedError
		)
		if errors.As(err, &bad) || errors.As(err, &changed) || errors.As(err, &over) {
			err = refusedMove(refund.Order, err.Error(), err)
		}
		return refund, err
	}
	refund.Key.ID, refund.Status, refund.Failure = progress.RefundID, progress.Status, progress.Failure
	switch progress.Status {
	case canonical.RefundReplaced, canonical.RefundCancelled:
		refund.Status, refund.Failure = canonical.RefundFailed, "a person ended it at the provider"
	case canonical.RefundReview:
		switch progress.Review {
		case payments.ReviewFailed:
			refund.Status = canonical.RefundFailed
		case payments.ReviewReversed:
			refund.Status = canonical.RefundReversed
		default:
			refund.Failure = string(progress.Review)
		}
	}
	return refund, nil
}

// ResolveRefund implements [RefundResolver].
func (c *Cashier) ResolveRefund(ctx context.Context, refund canonical.Refund, payment canonical.Payment, decision payments.RefundDecision) error {
	holder, plan, err := c.plan(refund, payment)
	if err != nil {
		return err
	}
	_, err = holder.Resolve(ctx, plan, payments.RefundResolution{Decision: decision})
	var settled *canonical.TransitionError
	if errors.As(err, &settled) {
		return nil
	}
	return err
}

// Charge implements [Refunder].
func (c *Cashier) Charge(ctx context.Context, plan payments.ChargePlan) (payments.ChargeProgress, error) {
	if c.Collector == nil {
		return payments.ChargeProgress{}, refusedMove(plan.Order, "nobody collects money from buyers (Cashier.Collector): collect it by hand", nil)
	}
	progress, err := c.Collector.Collect(ctx, plan)
	var (
		bad     *payments.PlanError
		changed *payments.PlanChangedError
	)
	if errors.As(err, &bad) || errors.As(err, &changed) {
		err = refusedMove(plan.Order, err.Error(), err)
	}
	return progress, err
}

// WithdrawCharge implements [ChargeWithdrawer].
func (c *Cashier) WithdrawCharge(ctx context.Context, plan payments.ChargePlan) (payments.ChargeProgress, error) {
	never := payments.ChargeProgress{Reference: plan.Reference, Status: payments.ChargeCancelled}
	if c.Collector == nil {
		return never, nil
	}
	progress, err := c.Collector.Withdraw(ctx, plan)
	var (
		unasked *payments.NotHereError
		doubted *canonical.TransitionError
	)
	switch {
	case errors.As(err, &unasked):
		return never, nil
	case errors.As(err, &doubted): // a person must look at the provider first: it says why
		return c.Charge(ctx, plan)
	}
	return progress, err
}

// ResolveCharge implements [ChargeResolver].
func (c *Cashier) ResolveCharge(ctx context.Context, plan payments.ChargePlan, decision payments.ChargeDecision) error {
	if c.Collector == nil {
		return nil
	}
	_, err := c.Collector.Resolve(ctx, plan, payments.ChargeResolution{Decision: decision})
	var settled *canonical.TransitionError
	if errors.As(err, &settled) {
		return nil
	}
	return err
}

// plan is the refund in the terms of the one who holds the payment.
func (c *Cashier) plan(refund canonical.Refund, payment canonical.Payment) (*payments.Refunder, payments.RefundPlan, error) {
	holder, id := c.Holder(payment)
	switch {
	case payment.ID == "":
		return nil, payments.RefundPlan{}, refusedMove(refund.Order, "the channel names no payment of the order that money could go back to: pay by hand", nil)
	case holder == nil:
		return nil, payments.RefundPlan{}, refusedMove(refund.Order, "nobody holds payments of the gateway "+payment.Gateway+" (Cashier.Holder): pay by hand", nil)
	}
	return holder, payments.RefundPlan{
		Reference: refund.Reference, Order: refund.Order, Payment: id, Currency: refund.Currency, Captured: payment.Amount.Shop, Amount: refund.Amount,
		Lines: refund.Lines, Approved: true,
	}, nil
}

func refusedMove(order canonical.Key, message string, err error) error {
	return &marketplace.Error{Code: marketplace.CodeInvalid, Channel: order.Channel, Op: "move money", Message: message, Err: err}
}
