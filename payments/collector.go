package payments

import (
	"context"
	"fmt"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
)

// Collector asks buyers for money over one provider, so that each charge is paid once: whoever calls it how often, from however many
// processes, and wherever each of them dies.
//
// As a [Refunder], it keeps two things in its store: a claim on each charge, which holds what is known of its requests and is written
// before the provider is asked, and a claim on each request, which holds the provider's key and its first word. Only one request of a
// charge can be paid at a time; an earlier one that is paid all the same is honoured, and the later one taken back. Records are kept
// for ever.
//
// A Collector is safe for use by several goroutines.
type Collector struct {
	provider ChargeCreator
	store    idempotency.Store
	rules    ChargeRules
	lease    time.Duration
}

// CollectorOption changes a [Collector].
type CollectorOption func(*Collector)

// WithChargeRules says what follows when a request was not paid. Without it a person decides.
func WithChargeRules(rules ChargeRules) CollectorOption {
	return func(c *Collector) { c.rules = rules }
}

// WithChargeLease is how long a claim outlives its owner; it must be longer than a call to the provider. Default
// [idempotency.DefaultLease].
func WithChargeLease(lease time.Duration) CollectorOption {
	return func(c *Collector) { c.lease = lease }
}

// NewCollector returns a collector over provider. The store must be durable and shared by all processes that collect the same charges;
// one in memory is for tests.
func NewCollector(provider ChargeCreator, store idempotency.Store, options ...CollectorOption) *Collector {
	c := &Collector{provider: provider, store: store, lease: idempotency.DefaultLease}
	for _, option := range options {
		option(c)
	}
	return c
}

// ChargeProgress is how far a charge is.
type ChargeProgress struct {
	Reference string
	Status    ChargeStatus
	// Request is the number of the newest request, from 1; 0 before the provider was asked.
	Request int
	// ChargeID is the provider's id of the newest request, or of the one that was paid.
	ChargeID string
	// URL is where the buyer pays, while the status is [ChargeOpen], and Until until when; zero if it does not end by itself.
	URL   string
	Until time.Time
	// Failure is the provider's word for why it failed.
	Failure string
	// Review is why a person must decide, with [ChargeReview].
	Review ReviewReason
	// Payment is what came in, with [ChargePaid]. Its gateway is the name of the provider's channel.
	Payment canonical.Payment
}

// The reasons why a person must decide about a charge, besides those of refunds.
const (
	// ReviewExpired: the buyer has not paid in time, and no rule says that he is asked again.
	ReviewExpired ReviewReason = "expired"
	// ReviewPaidTwice: two requests for the same charge were paid. Give one payment back, then decide [DecidePaid].
	ReviewPaidTwice ReviewReason = "paid_twice"
)

// Final tells whether nothing more happens unless the provider or a person says something new.
func (p ChargeProgress) Final() bool {
	return p.Status == ChargePaid || p.Status == ChargeCancelled || p.Status == ChargeReview
}

// Collect brings the plan as far as it can go now and says how far that is: asks the provider, looks up what became of an earlier call,
// takes in what has changed since, and follows the rules when a request was not paid. Call it again after a webhook, after an error, and
// from time to time until it is final: repeats ask for nothing more.
//
// With [ChargeOpen] the buyer is to be told the URL; with [ChargePaid] the money is there; with [ChargeReview] a person decides, see
// [Collector.Resolve]. What was not paid in time can still be: Collect then says that it was paid.
//
// Errors: [*PlanError] and [*PlanChangedError] before anybody was asked; [*idempotency.ConflictError] while another process works on the
// charge; a [*marketplace.Error] of the provider, after which the progress says whether the outcome is known; any error of the store.
// After each of them Collect may be called again.
func (c *Collector) Collect(ctx context.Context, plan ChargePlan) (ChargeProgress, error) {
	return c.locked(ctx, plan, func(ctx context.Context, w *chargeWork) error { return w.converge(ctx) })
}

// Withdraw sees to it that the buyer does not pay any more: what is open is cancelled at the provider. What was paid meanwhile stays so,
// and the progress says it: give it back. Withdrawing again changes nothing. The errors are those of [Collector.Collect], and
// [*canonical.TransitionError] where a person must decide first.
func (c *Collector) Withdraw(ctx context.Context, plan ChargePlan) (ChargeProgress, error) {
	return c.known(ctx, plan, func(ctx context.Context, w *chargeWork) error {
		if w.record.Status == ChargePaid {
			return nil
		}
		status, err := NextCharge(w.record.Status, ChargeWasWithdrawn, w.facts())
		if err != nil {
			return err
		}
		if !w.record.Withdrawn || status != w.record.Status {
			w.record.Withdrawn, w.record.Status, w.record.Review = true, status, ""
			if err := w.save(ctx); err != nil {
				return err
			}
		}
		return w.converge(ctx)
	})
}

// ChargeResolution is what a person says about a charge in review.
type ChargeResolution struct {
	Decision ChargeDecision
	// ChargeID is the provider's id of the charge that was found, where it is not known or there are several: it is watched from then
	// on. Payment is that of its payment, with [DecidePaid], where it is not known.
	ChargeID, Payment string
}

// Resolve ends a review with what a person found out or wants. Deciding again on what is no longer in review is a
// [*canonical.TransitionError]. After [DecideAskAgain] call [Collector.Collect].
func (c *Collector) Resolve(ctx context.Context, plan ChargePlan, resolution ChargeResolution) (ChargeProgress, error) {
	return c.known(ctx, plan, func(ctx context.Context, w *chargeWork) error {
		facts := w.facts()
		facts.Decision = resolution.Decision
		status, err := NextCharge(w.record.Status, ChargeWasResolved, facts)
		if err != nil {
			return err
		}
		// The request first: should the process die between the two, the person decides again.
		if err := w.closeRequest(ctx, resolution); err != nil {
			return err
		}
		return w.resolved(ctx, status, resolution)
	})
}

// known is locked for a charge that must have been begun.
func (c *Collector) known(ctx context.Context, plan ChargePlan, act func(context.Context, *chargeWork) error) (ChargeProgress, error) {
	return c.locked(ctx, plan, func(ctx context.Context, w *chargeWork) error {
		if w.record.Status == "" {
			return &NotHereError{Reference: plan.Reference, Order: plan.Order, charge: true}
		}
		return act(ctx, w)
	})
}

// locked runs act while it holds the claim on the charge.
func (c *Collector) locked(ctx context.Context, plan ChargePlan, act func(context.Context, *chargeWork) error) (ChargeProgress, error) {
	var progress ChargeProgress
	if err := plan.validate(); err != nil {
		return progress, err
	}
	err := holding(ctx, c.store, c.chargeKey(plan), c.lease, "a charge", func(ctx context.Context, claim idempotency.Claim) error {
		record, err := readCharge(plan.Order, claim.Data)
		if err != nil {
			return err
		}
		if err := record.same(plan); err != nil {
			return err
		}
		w := &chargeWork{collector: c, plan: plan, claim: claim, record: record}
		err = act(ctx, w)
		progress = w.progress()
		return err
	})
	return progress, err
}

// chargeKey names the claim on a charge.
func (c *Collector) chargeKey(plan ChargePlan) idempotency.Key {
	return claimKey(c.provider, "charges", plan.Order, plan.Reference)
}

// requestKey names the claim on one request for a charge, and thereby the provider's key.
func (c *Collector) requestKey(plan ChargePlan, number int) idempotency.Key {
	return claimKey(c.provider, "charge", plan.Order, plan.Reference, fmt.Sprint(number))
}
