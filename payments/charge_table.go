package payments

import "slices"

// ChargeTransitions returns the charge's transition table, a fresh copy.
func ChargeTransitions() []ChargeTransition { return slices.Clone(chargeTable) }

var (
	noneOpen = ChargeGuard{"no earlier request can be paid", func(f ChargeFacts) bool { return f.NoneOpen },
		"cancel the earlier request, or wait until it has expired"}
	requestsLeft = ChargeGuard{"the rules allow another request", func(f ChargeFacts) bool { return f.RequestsLeft },
		"let a person decide"}
	withdrawn = ChargeGuard{"it was withdrawn", func(f ChargeFacts) bool { return f.Withdrawn }, ""}
	hasEnded  = ChargeGuard{"it had expired or failed", func(f ChargeFacts) bool { return f.Ended },
		"let a person look at the provider"}
)

func chosen(decision ChargeDecision) ChargeGuard {
	return ChargeGuard{"the decision " + string(decision), func(f ChargeFacts) bool { return f.Decision == decision },
		"decide with one of the ChargeDecision constants"}
}

// chargeTable is read-only.
var chargeTable = func() []ChargeTransition {
	always := ChargeGuard{}
	table := []ChargeTransition{
		{"", ChargeWasWanted, ChargeWanted, always},

		// No request, or none that can be paid. One that ended may turn out to be paid all the same: that is honoured.
		{ChargeWanted, ChargeWasWanted, ChargeWanted, always},
		{ChargeWanted, ChargeWasWithdrawn, ChargeCancelled, always},
		{ChargeWanted, ChargeIsOpen, ChargeOpen, always},
		{ChargeWanted, ChargeIsPending, ChargePending, always},
		{ChargeWanted, ChargeWasPaid, ChargePaid, always},
		{ChargeWanted, ChargeHasExpired, ChargeWanted, always},
		{ChargeWanted, ChargeHasFailed, ChargeWanted, always},
		{ChargeWanted, ChargeWasCancelled, ChargeWanted, always},
		{ChargeWanted, ChargeWasSubmitted, ChargeSubmitted, noneOpen},
		{ChargeWanted, ChargeContradicted, ChargeReview, always},
	}
	// Asked; the reply is awaited, or was lost. Never a new key from here: only what the provider says, or a person, leads out.
	for _, from := range []ChargeStatus{ChargeSubmitted, ChargeUnknown} {
		table = append(table, []ChargeTransition{
			{from, ChargeWasWithdrawn, from, always},
			{from, ChargeReplyLost, ChargeUnknown, always},
			{from, ChargeKeyExpired, ChargeReview, always},
			{from, ChargeIsOpen, ChargeOpen, always},
			{from, ChargeIsPending, ChargePending, always},
			{from, ChargeWasPaid, ChargePaid, always},
			{from, ChargeHasExpired, ChargeCancelled, withdrawn},
			{from, ChargeHasExpired, ChargeExpired, always},
			{from, ChargeHasFailed, ChargeCancelled, withdrawn},
			{from, ChargeHasFailed, ChargeFailed, always},
			{from, ChargeWasCancelled, ChargeCancelled, withdrawn},
			{from, ChargeWasCancelled, ChargeExpired, always},
			{from, ChargeGoesToPerson, ChargeReview, always},
			{from, ChargeContradicted, ChargeReview, always},
		}...)
	}
	// The buyer can pay, or has paid and the money is on its way. A bank may send it back.
	for _, from := range []ChargeStatus{ChargeOpen, ChargePending} {
		table = append(table, []ChargeTransition{
			{from, ChargeWasWithdrawn, from, always},
			{from, ChargeIsOpen, from, always}, // of a pending one: late news
			{from, ChargeIsPending, ChargePending, always},
			{from, ChargeWasPaid, ChargePaid, always},
			{from, ChargeHasExpired, ChargeCancelled, withdrawn},
			{from, ChargeHasExpired, ChargeExpired, always},
			{from, ChargeHasFailed, ChargeCancelled, withdrawn},
			{from, ChargeHasFailed, ChargeFailed, always},
			{from, ChargeWasCancelled, ChargeCancelled, withdrawn},
			{from, ChargeWasCancelled, ChargeExpired, always},
			{from, ChargeContradicted, ChargeReview, always},
		}...)
	}
	// It ended unpaid. A new request follows by rule or decision only.
	for _, from := range []ChargeStatus{ChargeExpired, ChargeFailed} {
		table = append(table, []ChargeTransition{
			{from, ChargeWasWithdrawn, ChargeCancelled, always},
			{from, ChargeIsOpen, ChargeOpen, always},
			{from, ChargeIsPending, ChargePending, always},
			{from, ChargeWasPaid, ChargePaid, always},
			{from, ChargeHasExpired, from, always},
			{from, ChargeHasFailed, from, always},
			{from, ChargeWasCancelled, from, always},
			{from, ChargeIsRenewed, ChargeWanted, requestsLeft},
			{from, ChargeGoesToPerson, ChargeReview, always},
			{from, ChargeContradicted, ChargeReview, always},
		}...)
	}
	return append(table, []ChargeTransition{
		// Once. What is said of it again, or late, changes nothing; a second payment does.
		{ChargePaid, ChargeWasPaid, ChargePaid, always},
		{ChargePaid, ChargeIsOpen, ChargePaid, always},
		{ChargePaid, ChargeIsPending, ChargePaid, always},
		{ChargePaid, ChargeHasExpired, ChargePaid, always},
		{ChargePaid, ChargeHasFailed, ChargePaid, always},
		{ChargePaid, ChargeWasCancelled, ChargePaid, always},
		{ChargePaid, ChargeContradicted, ChargeReview, always},

		{ChargeReview, ChargeWasWithdrawn, ChargeCancelled, hasEnded},
		{ChargeReview, ChargeGoesToPerson, ChargeReview, always},
		{ChargeReview, ChargeKeyExpired, ChargeReview, always},
		{ChargeReview, ChargeContradicted, ChargeReview, always},
		{ChargeReview, ChargeIsOpen, ChargeOpen, hasEnded},
		{ChargeReview, ChargeIsOpen, ChargeReview, always},
		{ChargeReview, ChargeIsPending, ChargePending, hasEnded},
		{ChargeReview, ChargeIsPending, ChargeReview, always},
		{ChargeReview, ChargeWasPaid, ChargePaid, hasEnded},
		{ChargeReview, ChargeWasPaid, ChargeReview, always},
		{ChargeReview, ChargeHasExpired, ChargeReview, always},
		{ChargeReview, ChargeHasFailed, ChargeReview, always},
		{ChargeReview, ChargeWasCancelled, ChargeReview, always},
		{ChargeReview, ChargeWasResolved, ChargeWanted, chosen(DecideAskAgain)},
		{ChargeReview, ChargeWasResolved, ChargePaid, chosen(DecidePaid)},
		{ChargeReview, ChargeWasResolved, ChargeCancelled, chosen(DecideWithdrawn)},

		// It was withdrawn, and paid all the same: the buyer's money is here.
		{ChargeCancelled, ChargeWasWanted, ChargeCancelled, always},
		{ChargeCancelled, ChargeWasWithdrawn, ChargeCancelled, always},
		{ChargeCancelled, ChargeIsPending, ChargePending, always},
		{ChargeCancelled, ChargeWasPaid, ChargePaid, always},
		{ChargeCancelled, ChargeIsOpen, ChargeOpen, always}, // and cancelled again
		{ChargeCancelled, ChargeHasExpired, ChargeCancelled, always},
		{ChargeCancelled, ChargeHasFailed, ChargeCancelled, always},
		{ChargeCancelled, ChargeWasCancelled, ChargeCancelled, always},
		{ChargeCancelled, ChargeContradicted, ChargeReview, always},
	}...)
}()
