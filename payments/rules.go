package payments

import "slices"

// RefundRules say what follows when a refund finally failed or came back. The zero value gives every such refund to a person.
type RefundRules struct {
	// Attempts is how many keys may be used for one refund in all; 0 counts as 1.
	Attempts int
	// Retry are the provider's failure words after which another attempt makes sense; "*" stands for all of them.
	Retry []string
	// StoreCredit: what cannot go back to the means of payment becomes store credit, where the plan allows it.
	StoreCredit bool
}

// facts are what the rules say about a failure after so many attempts.
func (r RefundRules) facts(plan RefundPlan, attempts int, failure string) RefundFacts {
	return RefundFacts{
		AttemptsLeft:  attempts < max(r.Attempts, 1) && (slices.Contains(r.Retry, failure) || slices.Contains(r.Retry, "*")),
		CreditAllowed: r.StoreCredit && plan.CreditAllowed,
	}
}

// after is what the rules do about a refund that failed or came back: the event to raise.
func (f RefundFacts) after() RefundEvent {
	switch {
	case f.AttemptsLeft:
		return RefundIsRetried
	case f.CreditAllowed:
		return RefundFallsBack
	}
	return RefundGoesToPerson
}
