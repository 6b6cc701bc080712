package payments

import (
	"github.com/retailsync/retailsync/canonical"
)

// RefundEvent is something that happened to a refund and may move its status.
type RefundEvent string

// The events of a refund's life. What the provider says of it is the same event, whether it says so in its reply, at a look-up, or
// after a webhook.
const (
	RefundWasRequested RefundEvent = "requested"
	RefundWasApproved  RefundEvent = "approved"
	RefundWasWithdrawn RefundEvent = "withdrawn"
	// RefundWasSubmitted is written down before the provider is asked.
	RefundWasSubmitted RefundEvent = "submitted"
	// RefundReplyLost: the provider was asked, and nobody knows what came of it.
	RefundReplyLost RefundEvent = "reply_lost"
	// RefundWasAbsent: a sure look-up found nothing.
	RefundWasAbsent RefundEvent = "absent"
	// RefundKeyExpired: the outcome is not known and the provider has forgotten the key.
	RefundKeyExpired   RefundEvent = "key_expired"
	RefundIsPending    RefundEvent = "pending"
	RefundHasSucceeded RefundEvent = "succeeded"
	RefundHasFailed    RefundEvent = "failed"
	RefundWasReversed  RefundEvent = "reversed"
	RefundWasSettled   RefundEvent = "settled" // a settlement contains it
	RefundIsRetried    RefundEvent = "retried"
	RefundFallsBack    RefundEvent = "falls_back" // to store credit, by rule
	RefundGoesToPerson RefundEvent = "goes_to_person"
	RefundContradicted RefundEvent = "contradicted" // money of an earlier attempt moved after all
	RefundWasResolved  RefundEvent = "resolved"     // by a person, see [RefundDecision]
)

// RefundDecision is what a person found out or wants.
type RefundDecision string

// The decisions that end a review.
const (
	// DecideRetry: certainly no money is on its way; ask again, with a new key.
	DecideRetry RefundDecision = "retry"
	// DecideSucceeded: the buyer has the money.
	DecideSucceeded RefundDecision = "succeeded"
	// DecideReplaced: certainly no money is on its way, and the buyer gets it another way.
	DecideReplaced RefundDecision = "replaced"
	// DecideCancelled: certainly no money is on its way, and the buyer gets none.
	DecideCancelled RefundDecision = "cancelled"
)

// RefundFacts are what the guards look at.
type RefundFacts struct {
	// Covered: with this refund no more is given back than was captured.
	Covered bool
	// SameKeySafe: the same request can be sent again and moves money once, since the provider still knows its key, or knows no
	// keys but answered a sure look-up.
	SameKeySafe bool
	// AttemptsLeft: the rules allow another attempt after this failure.
	AttemptsLeft bool
	// CreditAllowed: the rules and the buyer's account allow store credit.
	CreditAllowed bool
	// WasReversed: the newest attempt succeeded and came back.
	WasReversed bool
	// Decision is a person's.
	Decision RefundDecision
}

// RefundGuard is a condition on the facts.
type RefundGuard struct {
	// Name says the condition in words; empty means always.
	Name string
	// Holds is nil for always.
	Holds func(RefundFacts) bool
	// WayOut says what to do when it does not hold.
	WayOut string
}

// RefundTransition is one row of the table: on Event, from From to To if Guard holds. Of several rows with the same From and Event
// the first whose guard holds counts.
type RefundTransition struct {
	From  canonical.RefundStatus // empty: nothing is known yet
	Event RefundEvent
	To    canonical.RefundStatus
	Guard RefundGuard
}

// NextRefund returns the status after an event. It is pure; an event that has happened already changes nothing. Anything that
// [RefundTransitions] has no row for, or whose guard fails, is a [*canonical.TransitionError] and the returned status is from.
func NextRefund(from canonical.RefundStatus, event RefundEvent, facts RefundFacts) (canonical.RefundStatus, error) {
	row, err := refundRow(refundTable, from, event, facts)
	if err != nil {
		return from, err
	}
	return refundTable[row].To, nil
}

func refundRow(table []RefundTransition, from canonical.RefundStatus, event RefundEvent, facts RefundFacts) (int, error) {
	var failed *RefundGuard
	for i := range table {
		row := &table[i]
		if row.From != from || row.Event != event {
			continue
		}
		if row.Guard.Holds == nil || row.Guard.Holds(facts) {
			return i, nil
		}
		failed = &row.Guard
	}
	if failed != nil {
		return 0, &canonical.TransitionError{Machine: "refund", From: string(from), Event: string(event),
			Reason: "it requires: " + failed.Name, WayOut: failed.WayOut}
	}
	return 0, &canonical.TransitionError{Machine: "refund", From: string(from), Event: string(event),
		Reason: "the table has no such transition", WayOut: "fetch the refund again and apply what it says now; if it still contradicts, let a person decide"}
}

// eventOf is what a provider's word means. It is false for words that no provider says.
func eventOf(status canonical.RefundStatus) (RefundEvent, bool) {
	switch status {
	case canonical.RefundRequested, canonical.RefundApproved, canonical.RefundSubmitted, canonical.RefundPending:
		return RefundIsPending, true
	case canonical.RefundSucceeded:
		return RefundHasSucceeded, true
	case canonical.RefundSettled:
		return RefundWasSettled, true
	case canonical.RefundFailed, canonical.RefundCancelled:
		return RefundHasFailed, true
	case canonical.RefundReversed:
		return RefundWasReversed, true
	}
	return "", false
}

// moves tells whether money moves by what a provider says.
func moves(status canonical.RefundStatus) bool {
	event, _ := eventOf(status)
	return event == RefundIsPending || event == RefundHasSucceeded || event == RefundWasSettled
}

// Counts tells whether a refund in this status counts against what was captured: its money has left, may be on its way, or was
// given another way.
func Counts(status canonical.RefundStatus) bool {
	switch status {
	case canonical.RefundSubmitted, canonical.RefundUnknown, canonical.RefundPending, canonical.RefundSucceeded,
		canonical.RefundSettled, canonical.RefundReview, canonical.RefundReplaced:
		return true
	}
	return false
}
