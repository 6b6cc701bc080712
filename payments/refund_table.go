package payments

import (
	"slices"

	"github.com/retailsync/retailsync/canonical"
)

// RefundTransitions returns the refund's transition table, a fresh copy.
func RefundTransitions() []RefundTransition { return slices.Clone(refundTable) }

var (
	covered = RefundGuard{"no more is given back than was captured", func(f RefundFacts) bool { return f.Covered },
		"look for another refund of the same payment, and lower the amount"}
	sameKey = RefundGuard{"the same request is safe to send again", func(f RefundFacts) bool { return f.SameKeySafe },
		"let a person look at the provider"}
	attemptsLeft = RefundGuard{"the rules allow another attempt", func(f RefundFacts) bool { return f.AttemptsLeft },
		"fall back, or let a person decide"}
	creditAllowed = RefundGuard{"the rules allow store credit", func(f RefundFacts) bool { return f.CreditAllowed },
		"let a person decide"}
	reversedBefore = RefundGuard{"it came back before it was replaced", func(f RefundFacts) bool { return f.WasReversed }, ""}
)

func decided(decision RefundDecision) RefundGuard {
	return RefundGuard{"the decision " + string(decision), func(f RefundFacts) bool { return f.Decision == decision },
		"decide with one of the RefundDecision constants"}
}

// refundTable is read-only.
var refundTable = func() []RefundTransition {
	const (
		requested = canonical.RefundRequested
		approved  = canonical.RefundApproved
		submitted = canonical.RefundSubmitted
		unknown   = canonical.RefundUnknown
		pending   = canonical.RefundPending
		succeeded = canonical.RefundSucceeded
		settled   = canonical.RefundSettled
		failed    = canonical.RefundFailed
		reversed  = canonical.RefundReversed
		review    = canonical.RefundReview
		replaced  = canonical.RefundReplaced
		cancelled = canonical.RefundCancelled
	)
	always := RefundGuard{}
	return []RefundTransition{
		{"", RefundWasRequested, requested, always},

		{requested, RefundWasRequested, requested, always},
		{requested, RefundWasApproved, approved, always},
		{requested, RefundWasWithdrawn, cancelled, always},

		{approved, RefundWasApproved, approved, always},
		{approved, RefundWasWithdrawn, cancelled, always},
		{approved, RefundWasSubmitted, submitted, covered},
		{approved, RefundContradicted, review, always},

		// Asked; the reply is awaited, or the process died before it could write it down.
		{submitted, RefundReplyLost, unknown, always},
		{submitted, RefundWasAbsent, submitted, sameKey},
		{submitted, RefundWasAbsent, review, always},
		{submitted, RefundKeyExpired, review, always},
		{submitted, RefundIsPending, pending, always},
		{submitted, RefundHasSucceeded, succeeded, always},
		{submitted, RefundHasFailed, failed, always},
		{submitted, RefundWasReversed, reversed, always},
		{submitted, RefundWasSettled, settled, always},
		{submitted, RefundGoesToPerson, review, always},
		{submitted, RefundContradicted, review, always},

		// Never a new key from here: only what the provider says, or a person, leads out.
		{unknown, RefundReplyLost, unknown, always},
		{unknown, RefundWasAbsent, submitted, sameKey},
		{unknown, RefundWasAbsent, review, always},
		{unknown, RefundKeyExpired, review, always},
		{unknown, RefundIsPending, pending, always},
		{unknown, RefundHasSucceeded, succeeded, always},
		{unknown, RefundHasFailed, failed, always},
		{unknown, RefundWasReversed, reversed, always},
		{unknown, RefundWasSettled, settled, always},
		{unknown, RefundGoesToPerson, review, always},
		{unknown, RefundContradicted, review, always},

		{pending, RefundIsPending, pending, always},
		{pending, RefundHasSucceeded, succeeded, always},
		{pending, RefundHasFailed, failed, always},
		{pending, RefundWasReversed, reversed, always},
		{pending, RefundWasSettled, settled, always},
		{pending, RefundContradicted, review, always},

		{succeeded, RefundIsPending, succeeded, always}, // late news
		{succeeded, RefundHasSucceeded, succeeded, always},
		{succeeded, RefundHasFailed, reversed, always}, // so Stripe says that it came back
		{succeeded, RefundWasReversed, reversed, always},
		{succeeded, RefundWasSettled, settled, always},
		{succeeded, RefundContradicted, review, always},

		{settled, RefundIsPending, settled, always},
		{settled, RefundHasSucceeded, settled, always},
		{settled, RefundWasSettled, settled, always},
		{settled, RefundHasFailed, reversed, always},
		{settled, RefundWasReversed, reversed, always},
		{settled, RefundContradicted, review, always},

		// Final for its key: no money moved. Should the provider take it back before a new key is used, that counts.
		{failed, RefundHasFailed, failed, always},
		{failed, RefundIsPending, pending, always},
		{failed, RefundHasSucceeded, succeeded, always},
		{failed, RefundWasReversed, reversed, always},
		{failed, RefundWasSettled, settled, always},
		{failed, RefundIsRetried, approved, attemptsLeft},
		{failed, RefundFallsBack, replaced, creditAllowed},
		{failed, RefundGoesToPerson, review, always},
		{failed, RefundContradicted, review, always},

		// It moved and came back: open again. What the first way said late changes nothing.
		{reversed, RefundWasReversed, reversed, always},
		{reversed, RefundHasFailed, reversed, always},
		{reversed, RefundIsPending, reversed, always},
		{reversed, RefundHasSucceeded, reversed, always},
		{reversed, RefundWasSettled, reversed, always},
		{reversed, RefundIsRetried, approved, attemptsLeft},
		{reversed, RefundFallsBack, replaced, creditAllowed},
		{reversed, RefundGoesToPerson, review, always},
		{reversed, RefundContradicted, review, always},

		// The buyer got it another way: if the first way works after all, he has it twice.
		{replaced, RefundFallsBack, replaced, always},
		{replaced, RefundHasFailed, replaced, always},
		{replaced, RefundWasReversed, replaced, always},
		{replaced, RefundIsPending, replaced, reversedBefore},
		{replaced, RefundIsPending, review, always},
		{replaced, RefundHasSucceeded, replaced, reversedBefore},
		{replaced, RefundHasSucceeded, review, always},
		{replaced, RefundWasSettled, replaced, reversedBefore},
		{replaced, RefundWasSettled, review, always},
		{replaced, RefundContradicted, review, always},

		{review, RefundGoesToPerson, review, always},
		{review, RefundKeyExpired, review, always},
		{review, RefundWasAbsent, review, always},
		{review, RefundIsPending, review, always},
		{review, RefundHasSucceeded, review, always},
		{review, RefundHasFailed, review, always},
		{review, RefundWasReversed, review, always},
		{review, RefundWasSettled, review, always},
		{review, RefundContradicted, review, always},
		{review, RefundWasResolved, approved, decided(DecideRetry)},
		{review, RefundWasResolved, succeeded, decided(DecideSucceeded)},
		{review, RefundWasResolved, replaced, decided(DecideReplaced)},
		{review, RefundWasResolved, cancelled, decided(DecideCancelled)},

		{cancelled, RefundWasRequested, cancelled, always},
		{cancelled, RefundWasWithdrawn, cancelled, always},
	}
}()
