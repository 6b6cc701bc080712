package payments

import (
	"fmt"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
)

// ChargePlan is money that a buyer is to be asked for: the same plan for as long as he owes it.
type ChargePlan struct {
	// Reference names this charge among those of the order: derived from what it is for, never from chance or the time, so that the
	// same wish has the same reference.
	Reference string
	Order     canonical.Key
	Currency  canonical.Currency
	// Amount is positive, in major units, whole minor units of Currency, tax included.
	Amount decimal.Decimal
	// Description is what the buyer reads where he pays: the number of the order, say. No personal data.
	Description string
	// Within is how long the buyer has to pay each request; 0 stands for a day. A provider may give him less.
	Within time.Duration
	// Requests is how many requests may follow each other by rule when they expire; 0 leaves it to [ChargeRules].
	Requests int
	// Again is how often a person has decided that the buyer is asked again after that: each decision counts once.
	Again int
}

// defaultWithin is how long a buyer has to pay unless said.
const defaultWithin = 24 * time.Hour

func (p ChargePlan) validate() error {
	fail := func(field, problem string) error {
		return &PlanError{Reference: p.Reference, Field: field, Problem: problem, charge: true}
	}
	switch {
	case p.Reference == "":
		return fail("Reference", "is empty: derive it from what the charge is for")
	case p.Order.Channel.Name == "" || p.Order.ID == "":
		return fail("Order", "is empty: it says what the buyer pays for")
	case p.Within < 0 || p.Requests < 0 || p.Again < 0:
		return fail("Within, Requests and Again", "must not be negative")
	}
	if _, err := p.Currency.Minor(p.Amount); err != nil || !p.Amount.IsPos() {
		return fail("Amount", fmt.Sprintf("is no amount in %s that can be asked for: give positive major units with no part of a minor unit", p.Currency))
	}
	return nil
}

// request is what the provider is asked at the numbered attempt; the first is 1.
func (p ChargePlan) request(number int, key idempotency.Key, with *chargeAttempt) ChargeRequest {
	reference := p.Reference
	if number > 1 {
		reference = fmt.Sprintf("%s/%d", p.Reference, number)
	}
	return ChargeRequest{
		Reference: reference, Key: key.ProviderKey(), Order: p.Order, Currency: p.Currency, Amount: p.Amount,
		Description: with.Description, At: with.At, ExpiresAt: with.Until,
	}
}

// ChargeRules say what follows when a request was not paid. The zero value gives every such charge to a person.
type ChargeRules struct {
	// Requests is how many requests may be made for one charge in all; 0 counts as 1.
	Requests int
	// Again are the ends after which another request makes sense: "expired", the provider's failure words, or "*" for all of them.
	// Nil stands for "expired".
	Again []string
}

// allow tells whether the rules allow another request after so many that no person decided on, of which the last ended so.
func (r ChargeRules) allow(plan ChargePlan, requests int, status ChargeStatus, failure string) bool {
	most := r.Requests
	if plan.Requests > 0 {
		most = plan.Requests
	}
	word := failure
	if status == ChargeExpired {
		word = string(ChargeExpired)
	}
	again := r.Again
	if again == nil {
		again = []string{string(ChargeExpired)}
	}
	return requests < max(most, 1) && (slices.Contains(again, word) || slices.Contains(again, "*"))
}
