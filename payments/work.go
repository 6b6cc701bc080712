package payments

import (
	"context"
	"errors"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
)

// work is one refund while its order is claimed.
type work struct {
	refunder *Refunder
	plan     RefundPlan
	claim    idempotency.Claim
	ledger   ledger
	entry    *entry
	// fresh: the newest attempt is as the provider states it now.
	fresh bool
}

func (w *work) progress() RefundProgress {
	p := RefundProgress{Reference: w.plan.Reference, Status: w.entry.Status, Attempt: len(w.entry.Attempts), Review: w.entry.Review}
	if p.Attempt > 0 {
		p.RefundID, p.Failure = w.entry.last().RefundID, w.entry.last().Failure
	}
	return p
}

// raise moves the status by an event and saves the ledger if that changed it.
func (w *work) raise(ctx context.Context, event RefundEvent, facts RefundFacts) error {
	status, err := NextRefund(w.entry.Status, event, facts)
	if err != nil {
		return err
	}
	if status == w.entry.Status {
		return nil
	}
	w.entry.Status = status
	return w.save(ctx)
}

// review gives the refund to a person.
func (w *work) review(ctx context.Context, event RefundEvent, reason ReviewReason) error {
	status, err := NextRefund(w.entry.Status, event, w.facts())
	if err != nil {
		return err
	}
	if w.entry.Status != canonical.RefundReview {
		w.entry.Status, w.entry.Review = status, reason
		return w.save(ctx)
	}
	return nil
}

func (w *work) save(ctx context.Context) error {
	data, err := w.ledger.write(w.plan.Order)
	if err != nil {
		return err
	}
	return w.refunder.store.Checkpoint(ctx, w.claim, "ledger", data)
}

func (w *work) facts() RefundFacts {
	if len(w.entry.Attempts) == 0 {
		return RefundFacts{}
	}
	facts := w.refunder.rules.facts(w.plan, len(w.entry.Attempts), w.entry.last().Failure)
	facts.WasReversed = w.entry.last().Status == canonical.RefundReversed
	return facts
}

// converge takes one step after the other until the refund waits for somebody else.
func (w *work) converge(ctx context.Context) error {
	for {
		before := w.entry.Status
		wait, err := w.step(ctx)
		if err != nil || wait || w.entry.Status == before {
			return err
		}
	}
}

// step takes one step; it is true when there is nothing more to do now.
func (w *work) step(ctx context.Context) (wait bool, err error) {
	switch w.entry.Status {
	case "":
		return false, w.raise(ctx, RefundWasRequested, RefundFacts{})
	case canonical.RefundRequested:
		if !w.plan.Approved {
			return true, nil
		}
		return false, w.raise(ctx, RefundWasApproved, RefundFacts{})
	case canonical.RefundApproved:
		return false, w.submit(ctx)
	case canonical.RefundSubmitted, canonical.RefundUnknown:
		return false, w.ask(ctx)
	case canonical.RefundPending, canonical.RefundSucceeded, canonical.RefundSettled, canonical.RefundReplaced:
		return false, w.refresh(ctx)
	case canonical.RefundFailed, canonical.RefundReversed:
		return false, w.afterFailure(ctx)
	}
	return true, nil // a person's, or cancelled
}

// submit writes down that the provider is about to be asked. The sum is checked here, where no other refund of the order runs.
func (w *work) submit(ctx context.Context) error {
	counted, err := w.ledger.counted(w.plan)
	if err != nil {
		return &LedgerError{Order: w.plan.Order, Problem: "their sum has more than 19 digits"}
	}
	left, err := w.plan.Captured.Sub(counted)
	if err != nil || w.plan.Amount.Cmp(left) > 0 {
		return &OverCapturedError{
			Reference: w.plan.Reference, Order: w.plan.Order, Payment: w.plan.Payment, Currency: w.plan.Currency,
			Amount: w.plan.Amount, Captured: w.plan.Captured, Counted: counted,
		}
	}
	status, err := NextRefund(w.entry.Status, RefundWasSubmitted, RefundFacts{Covered: true})
	if err != nil {
		return err
	}
	w.entry.Status = status
	w.entry.Attempts = append(w.entry.Attempts, attempt{Status: status, At: time.Now().UTC()})
	return w.save(ctx)
}

// refresh takes in what the provider says now: of the newest attempt, and of those that had failed.
func (w *work) refresh(ctx context.Context) error {
	if w.fresh {
		return nil
	}
	w.fresh = true
	getter, ok := w.refunder.provider.(RefundGetter)
	if !ok {
		return nil
	}
	for i := range w.entry.Attempts {
		a := &w.entry.Attempts[i]
		if a.RefundID == "" {
			continue
		}
		refund, err := getter.GetRefund(ctx, a.RefundID)
		if err != nil {
			w.fresh = false
			return err
		}
		if i < len(w.entry.Attempts)-1 {
			if moves(refund.Status) {
				return w.review(ctx, RefundContradicted, ReviewMovedTwice)
			}
			continue
		}
		if err := w.observe(ctx, refund); err != nil {
			return err
		}
	}
	return nil
}

// observe takes in what the provider says of the newest attempt.
func (w *work) observe(ctx context.Context, refund canonical.Refund) error {
	event, ok := eventOf(refund.Status)
	if !ok {
		return &marketplace.Error{Code: marketplace.CodeInvalid, Channel: w.refunder.provider.Channel(), Op: "read a refund", Path: "status",
			Message: "the adapter gives a status that no provider has: correct the adapter"}
	}
	last := w.entry.last()
	changed := last.RefundID != refund.Key.ID || last.Failure != refund.Failure
	last.RefundID, last.Failure = refund.Key.ID, refund.Failure
	if refund.Currency != w.plan.Currency || !refund.Amount.Equal(w.plan.Amount) {
		return w.review(ctx, RefundContradicted, ReviewOtherAmount)
	}
	status, err := NextRefund(w.entry.Status, event, w.facts())
	if err != nil {
		return err
	}
	if status == canonical.RefundReview && w.entry.Status != status {
		w.entry.Review = ReviewMovedTwice // it was replaced, and then worked after all
	}
	if status != canonical.RefundReview && status != canonical.RefundReplaced {
		changed = changed || last.Status != status
		last.Status = status
	}
	if status == w.entry.Status && !changed {
		return nil
	}
	w.entry.Status = status
	return w.save(ctx)
}

// afterFailure follows the rules once the provider has confirmed that it failed or came back.
func (w *work) afterFailure(ctx context.Context) error {
	before := w.entry.Status
	if err := w.refresh(ctx); err != nil || w.entry.Status != before {
		return err
	}
	facts := w.facts()
	event := facts.after()
	if event != RefundGoesToPerson {
		w.fresh = false
		return w.raise(ctx, event, facts)
	}
	reason := ReviewFailed
	if before == canonical.RefundReversed {
		reason = ReviewReversed
	}
	return w.review(ctx, event, reason)
}

// ask has the provider make the newest attempt, or finds out what became of it.
func (w *work) ask(ctx context.Context) error {
	refund, outcome, err := w.attempt(ctx)
	var failed *idempotency.FailedError
	switch {
	case err == nil:
		w.fresh = outcome != idempotency.Replayed // that is an old word of the provider
		return w.observe(ctx, refund)
	case errors.As(err, &failed):
		w.entry.last().Failure = string(failureOf(failed))
		w.entry.last().Status = canonical.RefundFailed
		return w.raise(ctx, RefundHasFailed, RefundFacts{})
	case errors.Is(err, errForgotten), errors.Is(err, idempotency.ErrIndeterminate):
		return w.review(ctx, RefundKeyExpired, ReviewOutcomeUnknown)
	case marketplace.CodeOf(err) == marketplace.CodeConflict:
		return w.review(ctx, RefundGoesToPerson, ReviewKeyConflict)
	case marketplace.CodeOf(err) == marketplace.CodeUnknown:
		return errors.Join(err, w.raise(ctx, RefundReplyLost, RefundFacts{}))
	}
	return err
}
