package payments

import (
	"context"
	"fmt"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
)

// Refunder carries out refunds over one provider, so that money moves once: whoever calls it how often, from however many
// processes, and wherever each of them dies.
//
// It keeps two things in its store. A claim on each order lets one refund of the order run at a time, for peers that race, and
// holds the ledger of the order's refunds: what is wanted is written down before the provider is asked, and the sum never
// exceeds what was captured. A claim on each attempt holds the provider's key and the first word about it; an attempt that
// somebody began is looked for before it is made again. Records of both are kept for ever.
//
// A Refunder is safe for use by several goroutines.
type Refunder struct {
	provider RefundCreator
	store    idempotency.Store
	rules    RefundRules
	lease    time.Duration
}

// RefunderOption changes a [Refunder].
type RefunderOption func(*Refunder)

// WithRules says what follows a failure. Without it a person decides.
func WithRules(rules RefundRules) RefunderOption { return func(r *Refunder) { r.rules = rules } }

// WithLease is how long a claim outlives its owner; it must be longer than a call to the provider. Default
// [idempotency.DefaultLease].
func WithLease(lease time.Duration) RefunderOption { return func(r *Refunder) { r.lease = lease } }

// NewRefunder returns a refunder over provider. The store must be durable and shared by all processes that refund the same
// orders; one in memory is for tests.
func NewRefunder(provider RefundCreator, store idempotency.Store, options ...RefunderOption) *Refunder {
	r := &Refunder{provider: provider, store: store, lease: idempotency.DefaultLease}
	for _, option := range options {
		option(r)
	}
	return r
}

// RefundProgress is how far a refund is.
type RefundProgress struct {
	Reference string
	Status    canonical.RefundStatus
	// Attempt is the number of the newest attempt, from 1; 0 before the provider was asked.
	Attempt int
	// RefundID is the provider's id of the newest attempt, once known, and Failure its word for why it failed.
	RefundID, Failure string
	// Review is why a person must decide, with [canonical.RefundReview].
	Review ReviewReason
}

// ReviewReason is why a person must decide.
type ReviewReason string

// The reasons.
const (
	// ReviewOutcomeUnknown: nobody knows whether the provider made it, and asking again could move money twice. Look at the
	// provider, then [Refunder.Resolve].
	ReviewOutcomeUnknown ReviewReason = "outcome_unknown"
	// ReviewFailed: it finally failed, and no rule says what else to do.
	ReviewFailed ReviewReason = "failed"
	// ReviewReversed: it came back, and no rule says what else to do.
	ReviewReversed ReviewReason = "reversed"
	// ReviewMovedTwice: an earlier attempt, or the way that it was replaced by, moved money beside this one. Take one back.
	ReviewMovedTwice ReviewReason = "moved_twice"
	// ReviewKeyConflict: the provider knows the key from another request.
	ReviewKeyConflict ReviewReason = "key_conflict"
	// ReviewOtherAmount: the provider's refund is of another amount or currency than was asked for.
	ReviewOtherAmount ReviewReason = "other_amount"
)

// Final tells whether nothing more happens unless the provider or a person says something new.
func (p RefundProgress) Final() bool {
	switch p.Status {
	case canonical.RefundSucceeded, canonical.RefundSettled, canonical.RefundReplaced, canonical.RefundCancelled, canonical.RefundReview:
		return true
	}
	return false
}

// Refund brings the plan as far as it can go now and says how far that is: asks the provider, looks up what became of an earlier
// call, takes in what has changed since, and follows the rules after a failure. Call it again after a webhook, after an error,
// and from time to time while the refund is not settled: repeats move nothing.
//
// With [canonical.RefundReplaced] the caller gives the buyer store credit, under the plan's reference; with
// [canonical.RefundReview] a person decides, see [Refunder.Resolve].
//
// Errors: [*PlanError], [*PlanChangedError] and [*OverCapturedError] before any money moved; [*idempotency.ConflictError] while
// another refund of the order runs; a [*marketplace.Error] of the provider, after which the progress says whether the outcome is
// known; any error of the store. After each of them Refund may be called again.
func (r *Refunder) Refund(ctx context.Context, plan RefundPlan) (RefundProgress, error) {
	if err := plan.validate(); err != nil {
		return RefundProgress{}, err
	}
	return r.locked(ctx, plan, func(ctx context.Context, w *work) error { return w.converge(ctx) })
}

// Withdraw cancels a refund that the provider was not asked for yet. Withdrawing what is withdrawn changes nothing; anything
// else is a [*canonical.TransitionError].
func (r *Refunder) Withdraw(ctx context.Context, plan RefundPlan) (RefundProgress, error) {
	return r.known(ctx, plan, func(ctx context.Context, w *work) error {
		return w.raise(ctx, RefundWasWithdrawn, RefundFacts{})
	})
}

// Settled says that a settlement contains the refund. Saying it again changes nothing.
func (r *Refunder) Settled(ctx context.Context, plan RefundPlan) (RefundProgress, error) {
	return r.known(ctx, plan, func(ctx context.Context, w *work) error {
		return w.raise(ctx, RefundWasSettled, w.facts())
	})
}

// RefundResolution is what a person says about a refund in review.
type RefundResolution struct {
	Decision RefundDecision
	// RefundID is the provider's id of the refund that was found, with [DecideSucceeded]: it is watched from then on.
	RefundID string
}

// Resolve ends a review with what a person found out or wants. Deciding again on what is no longer in review is a
// [*canonical.TransitionError]. After [DecideRetry] call [Refunder.Refund].
func (r *Refunder) Resolve(ctx context.Context, plan RefundPlan, resolution RefundResolution) (RefundProgress, error) {
	return r.known(ctx, plan, func(ctx context.Context, w *work) error {
		facts := RefundFacts{Decision: resolution.Decision}
		status, err := NextRefund(w.entry.Status, RefundWasResolved, facts)
		if err != nil {
			return err
		}
		// The attempt first: should the process die between the two, the person decides again.
		if err := w.closeAttempt(ctx, resolution); err != nil {
			return err
		}
		w.entry.Status, w.entry.Review = status, ""
		if resolution.Decision == DecideSucceeded {
			last := w.entry.last()
			last.Status, last.Failure = canonical.RefundSucceeded, ""
			if resolution.RefundID != "" {
				last.RefundID = resolution.RefundID
			}
		}
		return w.save(ctx)
	})
}

// known is locked for a refund that must have been begun.
func (r *Refunder) known(ctx context.Context, plan RefundPlan, act func(context.Context, *work) error) (RefundProgress, error) {
	if err := plan.validate(); err != nil {
		return RefundProgress{}, err
	}
	return r.locked(ctx, plan, func(ctx context.Context, w *work) error {
		if w.entry.Status == "" {
			return &NotHereError{Reference: plan.Reference, Order: plan.Order}
		}
		return act(ctx, w)
	})
}

// locked runs act while it holds the claim on the plan's order.
func (r *Refunder) locked(ctx context.Context, plan RefundPlan, act func(context.Context, *work) error) (RefundProgress, error) {
	var progress RefundProgress
	err := holding(ctx, r.store, r.orderKey(plan.Order), r.lease, "refunds of an order", func(ctx context.Context, claim idempotency.Claim) error {
		book, err := readLedger(plan.Order, claim.Data)
		if err != nil {
			return err
		}
		entry, err := book.find(plan)
		if err != nil {
			return err
		}
		w := &work{refunder: r, plan: plan, claim: claim, ledger: book, entry: entry}
		err = act(ctx, w)
		progress = w.progress()
		return err
	})
	return progress, err
}

// orderKey names the claim on an order.
func (r *Refunder) orderKey(order canonical.Key) idempotency.Key {
	return claimKey(r.provider, "refunds", order)
}

// attemptKey names the claim on one attempt at a refund, and thereby the provider's key.
func (r *Refunder) attemptKey(plan RefundPlan, number int) idempotency.Key {
	return claimKey(r.provider, "refund", plan.Order, plan.Reference, fmt.Sprint(number))
}
