package payments

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
)

// chargeWork is one charge while it is claimed.
type chargeWork struct {
	collector *Collector
	plan      ChargePlan
	claim     idempotency.Claim
	record    *chargeRecord
	// fresh: the requests are as the provider states them now.
	fresh bool
}

func (w *chargeWork) progress() ChargeProgress {
	r := w.record
	p := ChargeProgress{Reference: w.plan.Reference, Status: r.Status, Request: len(r.Requests), Review: r.Review}
	if p.Request == 0 {
		return p
	}
	said := r.last().Said
	if r.Paid > 0 {
		said = r.Requests[r.Paid-1].Said
	}
	p.ChargeID, p.Failure = said.ID, said.Failure
	switch r.Status {
	case ChargeOpen:
		p.URL, p.Until = said.URL, said.ExpiresAt
	case ChargePaid:
		p.Payment = canonical.Payment{
			ID: said.Payment, Gateway: w.collector.provider.Channel().Name, Kind: canonical.PaymentSale, Status: canonical.PaymentSucceeded,
			Amount: canonical.Shop(r.Amount), At: said.PaidAt,
		}
	}
	return p
}

func (w *chargeWork) facts() ChargeFacts {
	r := w.record
	facts := ChargeFacts{Withdrawn: r.Withdrawn, Ended: r.ended()}
	if len(r.Requests) > 0 {
		facts.RequestsLeft = w.collector.rules.allow(w.plan, len(r.Requests)-r.Decided, r.Status, r.last().Said.Failure)
	}
	return facts
}

// raise moves the status by an event and saves the record if that changed it.
func (w *chargeWork) raise(ctx context.Context, event ChargeEvent) error {
	status, err := NextCharge(w.record.Status, event, w.facts())
	if err != nil || status == w.record.Status {
		return err
	}
	w.record.Status = status
	return w.save(ctx)
}

// review gives the charge to a person.
func (w *chargeWork) review(ctx context.Context, event ChargeEvent, reason ReviewReason) error {
	status, err := NextCharge(w.record.Status, event, w.facts())
	if err != nil {
		return err
	}
	if w.record.Status == status && w.record.Review == reason {
		return nil
	}
	w.record.Status, w.record.Review = status, reason
	return w.save(ctx)
}

func (w *chargeWork) save(ctx context.Context) error {
	data, err := w.record.write(w.plan.Order)
	if err != nil {
		return err
	}
	return w.collector.store.Checkpoint(ctx, w.claim, "charge", data)
}

// converge takes one step after the other until the charge waits for somebody else.
func (w *chargeWork) converge(ctx context.Context) error {
	if w.record.Status != ChargeReview { // nothing was there to decide: the decision is not kept for later
		w.record.Again = max(w.record.Again, w.plan.Again)
	}
	for {
		before, requests := w.record.Status, len(w.record.Requests)
		if err := w.step(ctx); err != nil {
			return err
		}
		if w.record.Status == before && len(w.record.Requests) == requests {
			return nil
		}
	}
}

func (w *chargeWork) step(ctx context.Context) error {
	switch w.record.Status {
	case "":
		return w.raise(ctx, ChargeWasWanted)
	case ChargeWanted:
		return w.submit(ctx)
	case ChargeSubmitted, ChargeUnknown:
		return w.ask(ctx)
	case ChargeOpen:
		return w.watch(ctx)
	case ChargePending, ChargePaid, ChargeCancelled:
		return w.refresh(ctx)
	case ChargeExpired, ChargeFailed:
		return w.afterEnd(ctx)
	case ChargeReview:
		return w.reviewed(ctx)
	}
	return nil
}

// submit writes down that the provider is about to be asked. That nobody can pay an earlier request is what the provider says now.
func (w *chargeWork) submit(ctx context.Context) error {
	if err := w.refresh(ctx); err != nil || w.record.Status != ChargeWanted {
		return err
	}
	facts := w.facts()
	facts.NoneOpen = true
	for _, request := range w.record.Requests {
		facts.NoneOpen = facts.NoneOpen && (request.Said.Status.ended() || request.Said.ID == "")
	}
	status, err := NextCharge(w.record.Status, ChargeWasSubmitted, facts)
	if err != nil {
		return err
	}
	within := w.plan.Within
	if within == 0 {
		within = defaultWithin
	}
	now := time.Now().UTC().Truncate(time.Second)
	w.record.Status = status
	w.record.Requests = append(w.record.Requests, chargeAttempt{At: now, Until: now.Add(within), Description: w.plan.Description})
	return w.save(ctx)
}

// watch takes in what became of an open charge, and takes back one that was withdrawn, or whose time is over with a provider that does
// not end it.
func (w *chargeWork) watch(ctx context.Context) error {
	if err := w.refresh(ctx); err != nil || w.record.Status != ChargeOpen {
		return err
	}
	if !w.record.Withdrawn && !time.Now().After(w.record.last().Until) {
		return nil
	}
	return w.takeBack(ctx)
}

// takeBack cancels the requests that can be paid, but for one that was.
func (w *chargeWork) takeBack(ctx context.Context) error {
	canceller, ok := w.collector.provider.(ChargeCanceller)
	if !ok {
		return nil
	}
	for i := range w.record.Requests {
		request := &w.record.Requests[i]
		if request.Said.Status != ChargeOpen || i+1 == w.record.Paid {
			continue
		}
		said, err := canceller.CancelCharge(ctx, request.Said.ID)
		if err != nil {
			return err
		}
		if err := w.observe(ctx, i, said); err != nil {
			return err
		}
	}
	return nil
}

// refresh takes in what the provider says now of each request: of the newest, and of those that ended, which may have been paid late.
// Nothing more is asked about one that was paid.
func (w *chargeWork) refresh(ctx context.Context) error {
	if w.fresh {
		return nil
	}
	for i := range w.record.Requests {
		request := &w.record.Requests[i]
		if request.Said.ID == "" || i+1 == w.record.Paid || request.Returned {
			continue
		}
		said, err := w.collector.provider.GetCharge(ctx, request.Said.ID)
		if err != nil {
			return err
		}
		if err := w.observe(ctx, i, said); err != nil {
			return err
		}
	}
	w.fresh = true
	if w.record.Paid > 0 {
		return w.takeBack(ctx)
	}
	return nil
}

// observe takes in what the provider says of a request.
func (w *chargeWork) observe(ctx context.Context, i int, said Charge) error {
	r := w.record
	event, ok := chargeEventOf(said.Status)
	switch {
	case !ok:
		return w.unreadable("status", "the adapter gives a status that no provider has: correct the adapter")
	case said.ID == "":
		return w.unreadable("id", "the adapter gives a charge without an id: correct the adapter")
	case said.Status == ChargePaid && said.Payment == "":
		return w.unreadable("payment", "the adapter gives a charge that is paid by no payment: correct the adapter")
	}
	changed := r.Requests[i].Said != said
	r.Requests[i].Said = said
	if said.Currency != w.plan.Currency || !said.Amount.Equal(w.plan.Amount) {
		if said.Status.ended() {
			return nil
		}
		return w.review(ctx, ChargeContradicted, ReviewOtherAmount)
	}
	newest := i == len(r.Requests)-1
	switch {
	case said.Status == ChargePaid && r.Paid > 0 && r.Paid != i+1:
		if r.Status == ChargeReview && r.Review == ReviewPaidTwice {
			return nil
		}
		return w.review(ctx, ChargeContradicted, ReviewPaidTwice)
	case said.Status == ChargePaid:
		r.Paid = i + 1
	case !newest: // that an earlier one ended is known
		if changed {
			return w.save(ctx)
		}
		return nil
	}
	status, err := NextCharge(r.Status, event, w.facts())
	if err != nil {
		return err
	}
	if status == r.Status && !changed {
		return nil
	}
	if status != ChargeReview {
		r.Review = ""
	}
	if r.Status = status; status == ChargePaid && !newest {
		w.fresh = false // the newer one is to be taken back
	}
	return w.save(ctx)
}

func (w *chargeWork) unreadable(path, message string) error {
	return &marketplace.Error{Code: marketplace.CodeInvalid, Channel: w.collector.provider.Channel(), Op: "read a charge", Path: path, Message: message}
}

// afterEnd follows the rules once the provider has confirmed that nobody can pay any more.
func (w *chargeWork) afterEnd(ctx context.Context) error {
	before := w.record.Status
	if err := w.refresh(ctx); err != nil || w.record.Status != before {
		return err
	}
	switch {
	case w.record.Withdrawn:
		return w.raise(ctx, ChargeWasWithdrawn)
	case w.facts().RequestsLeft:
		return w.raise(ctx, ChargeIsRenewed)
	case before == ChargeExpired:
		return w.review(ctx, ChargeGoesToPerson, ReviewExpired)
	}
	return w.review(ctx, ChargeGoesToPerson, ReviewFailed)
}

// reviewed looks once more at what a person decides on because it ended: it may have been paid late, or the person has decided.
func (w *chargeWork) reviewed(ctx context.Context) error {
	if !w.record.ended() {
		return nil
	}
	if err := w.refresh(ctx); err != nil || w.record.Status != ChargeReview {
		return err
	}
	if w.plan.Again <= w.record.Again {
		return nil
	}
	w.record.Again = w.plan.Again
	return w.resolved(ctx, ChargeWanted, ChargeResolution{Decision: DecideAskAgain})
}

// resolved takes down what a person decided.
func (w *chargeWork) resolved(ctx context.Context, status ChargeStatus, resolution ChargeResolution) error {
	r := w.record
	r.Status, r.Review = status, ""
	at := slices.IndexFunc(r.Requests, func(a chargeAttempt) bool { return a.Said.ID == resolution.ChargeID })
	if resolution.ChargeID != "" && at < 0 {
		at = len(r.Requests) - 1
		r.last().Said.ID = resolution.ChargeID
	}
	switch resolution.Decision {
	case DecideAskAgain:
		r.Decided++
	case DecideWithdrawn:
		r.Withdrawn = true
	case DecidePaid:
		switch {
		case resolution.ChargeID != "":
			r.Paid = at + 1
		case r.Paid == 0:
			r.Paid = len(r.Requests)
		}
		for i := range r.Requests {
			r.Requests[i].Returned = i+1 != r.Paid && r.Requests[i].Said.Status == ChargePaid
		}
		said := &r.Requests[r.Paid-1].Said
		said.Status, said.Payment = ChargePaid, cmp.Or(resolution.Payment, said.Payment)
	}
	return w.save(ctx)
}

// ask has the provider make the newest request, or finds out what became of it.
func (w *chargeWork) ask(ctx context.Context) error {
	said, outcome, err := w.request(ctx)
	var failed *idempotency.FailedError
	switch {
	case err == nil:
		w.fresh = outcome != idempotency.Replayed // that is an old word of the provider
		return w.observe(ctx, len(w.record.Requests)-1, said)
	case errors.As(err, &failed):
		w.record.last().Said.Failure = string(failureOf(failed))
		return w.raise(ctx, ChargeHasFailed)
	case errors.Is(err, errForgotten), errors.Is(err, idempotency.ErrIndeterminate):
		return w.review(ctx, ChargeKeyExpired, ReviewOutcomeUnknown)
	case marketplace.CodeOf(err) == marketplace.CodeConflict:
		return w.review(ctx, ChargeGoesToPerson, ReviewKeyConflict)
	case marketplace.CodeOf(err) == marketplace.CodeUnknown:
		return errors.Join(err, w.raise(ctx, ChargeReplyLost))
	}
	return err
}
