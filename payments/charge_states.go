package payments

import (
	"github.com/retailsync/retailsync/canonical"
)

// ChargeEvent is something that happened to a charge and may move its status.
type ChargeEvent string

// The events of a charge's life. What the provider says of it is the same event, whether it says so in its reply, at a look-up, or
// after a webhook.
const (
	ChargeWasWanted ChargeEvent = "wanted"
	// ChargeWasWithdrawn: the buyer is not to pay it any more. The provider is asked to cancel what is open.
	ChargeWasWithdrawn ChargeEvent = "withdrawn"
	// ChargeWasSubmitted is written down before the provider is asked.
	ChargeWasSubmitted ChargeEvent = "submitted"
	// ChargeReplyLost: the provider was asked, and nobody knows what came of it.
	ChargeReplyLost ChargeEvent = "reply_lost"
	// ChargeKeyExpired: the outcome is not known and the provider has forgotten the key.
	ChargeKeyExpired ChargeEvent = "key_expired"
	ChargeIsOpen     ChargeEvent = "open"
	ChargeIsPending  ChargeEvent = "pending"
	ChargeWasPaid    ChargeEvent = "paid"
	ChargeHasExpired ChargeEvent = "expired"
	ChargeHasFailed  ChargeEvent = "failed"
	// ChargeWasCancelled: the provider says that somebody took it back.
	ChargeWasCancelled ChargeEvent = "cancelled"
	ChargeIsRenewed    ChargeEvent = "renewed" // the buyer is asked once more, by rule
	ChargeGoesToPerson ChargeEvent = "goes_to_person"
	ChargeContradicted ChargeEvent = "contradicted" // what the provider has is not what was asked for, or was paid twice
	ChargeWasResolved  ChargeEvent = "resolved"     // by a person, see [ChargeDecision]
)

// ChargeDecision is what a person found out or wants.
type ChargeDecision string

// The decisions that end a review.
const (
	// DecideAskAgain: certainly nobody can pay the earlier request; ask once more, with a new key.
	DecideAskAgain ChargeDecision = "ask_again"
	// DecidePaid: the buyer has paid, once.
	DecidePaid ChargeDecision = "paid"
	// DecideWithdrawn: certainly nobody can pay any more, and the buyer is not asked again.
	DecideWithdrawn ChargeDecision = "withdrawn"
)

// ChargeFacts are what the guards look at.
type ChargeFacts struct {
	// NoneOpen: the provider says that no earlier request for the charge can be paid.
	NoneOpen bool
	// RequestsLeft: the rules allow another request after this end.
	RequestsLeft bool
	// Withdrawn: the buyer is not to pay any more.
	Withdrawn bool
	// Ended: a person looks at it because it expired or failed, and not because its outcome is in doubt.
	Ended bool
	// Decision is a person's.
	Decision ChargeDecision
}

// ChargeGuard is a condition on the facts.
type ChargeGuard struct {
	// Name says the condition in words; empty means always.
	Name string
	// Holds is nil for always.
	Holds func(ChargeFacts) bool
	// WayOut says what to do when it does not hold.
	WayOut string
}

// ChargeTransition is one row of the table: on Event, from From to To if Guard holds. Of several rows with the same From and Event
// the first whose guard holds counts.
type ChargeTransition struct {
	From  ChargeStatus // empty: nothing is known yet
	Event ChargeEvent
	To    ChargeStatus
	Guard ChargeGuard
}

// NextCharge returns the status after an event. It is pure; an event that has happened already changes nothing. Anything that
// [ChargeTransitions] has no row for, or whose guard fails, is a [*canonical.TransitionError] and the returned status is from.
func NextCharge(from ChargeStatus, event ChargeEvent, facts ChargeFacts) (ChargeStatus, error) {
	refused := &canonical.TransitionError{Machine: "charge", From: string(from), Event: string(event),
		Reason: "the table has no such transition", WayOut: "fetch the charge again and apply what it says now; if it still contradicts, let a person decide"}
	for i := range chargeTable {
		row := &chargeTable[i]
		if row.From != from || row.Event != event {
			continue
		}
		if row.Guard.Holds == nil || row.Guard.Holds(facts) {
			return row.To, nil
		}
		refused.Reason, refused.WayOut = "it requires: "+row.Guard.Name, row.Guard.WayOut
	}
	return from, refused
}

// chargeEventOf is what a provider's word means. It is false for words that no provider says.
func chargeEventOf(status ChargeStatus) (ChargeEvent, bool) {
	switch status {
	case ChargeOpen:
		return ChargeIsOpen, true
	case ChargePending:
		return ChargeIsPending, true
	case ChargePaid:
		return ChargeWasPaid, true
	case ChargeExpired:
		return ChargeHasExpired, true
	case ChargeFailed:
		return ChargeHasFailed, true
	case ChargeCancelled:
		return ChargeWasCancelled, true
	}
	return "", false
}

// ended tells whether nobody can pay any more by what a provider says. It may still say otherwise later.
func (s ChargeStatus) ended() bool {
	return s == ChargeExpired || s == ChargeFailed || s == ChargeCancelled
}
