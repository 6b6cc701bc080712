package payments

import (
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
)

// RefundPlan is one refund that is wanted: the same plan for as long as the buyer is to get this money.
type RefundPlan struct {
	// Reference names this refund among those of the order: derived from what it is for (the return, its line, the quantity in
	// all), never from chance or the time, so that the same wish has the same reference.
	Reference string
	Order     canonical.Key
	// Payment is the provider's id of the captured payment, Captured how much was captured, in Currency.
	Payment  string
	Currency canonical.Currency
	Captured decimal.Decimal
	// Amount is positive, in major units, whole minor units of Currency.
	Amount decimal.Decimal
	// Lines and Reason are as in [RefundRequest].
	Lines  []canonical.RefundLine
	Reason string
	// Approved: it may be carried out. Until then it is only written down.
	Approved bool
	// CreditAllowed: the buyer has an account that store credit can go to.
	CreditAllowed bool
}

func (p RefundPlan) validate() error {
	fail := func(field, problem string) error {
		return &PlanError{Reference: p.Reference, Field: field, Problem: problem}
	}
	switch {
	case p.Reference == "":
		return fail("Reference", "is empty: derive it from what the refund is for")
	case p.Order.Channel.Name == "" || p.Order.ID == "":
		return fail("Order", "is empty: one refund of an order runs at a time")
	case p.Payment == "":
		return fail("Payment", "is empty: it is the provider's id of the captured payment")
	}
	if _, err := p.Currency.Minor(p.Captured); err != nil || p.Captured.IsNeg() {
		return fail("Captured", fmt.Sprintf("is no captured amount in %s: give major units with no part of a minor unit", p.Currency))
	}
	if _, err := p.Currency.Minor(p.Amount); err != nil || !p.Amount.IsPos() {
		return fail("Amount", fmt.Sprintf("is no refundable amount in %s: give positive major units with no part of a minor unit", p.Currency))
	}
	return nil
}

// request is what the provider is asked at the numbered attempt; the first is 1.
func (p RefundPlan) request(attempt int, key idempotency.Key) RefundRequest {
	reference := p.Reference
	if attempt > 1 {
		reference = fmt.Sprintf("%s/%d", p.Reference, attempt)
	}
	return RefundRequest{
		Reference: reference, Key: key.ProviderKey(), Payment: p.Payment, Order: p.Order, Currency: p.Currency, Amount: p.Amount,
		Lines: p.Lines, Reason: p.Reason,
	}
}
