// Package payback holds what the adapters of shops have in common when they give money back: what is asked before a shop is, and how a
// refund is told by our reference.
package payback

import (
	"fmt"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// AmountProblem says what is wrong with the amount of a request by itself; empty if nothing is.
func AmountProblem(request payments.RefundRequest) string {
	if _, err := request.Currency.Minor(request.Amount); err != nil || !request.Amount.IsPos() {
		return fmt.Sprintf("%s is no amount of %s that can be given back", request.Amount, request.Currency)
	}
	return ""
}

// Left is what can still be given back of a payment.
func Left(payment payments.Payment) decimal.Decimal {
	left, err := payment.Captured.Sub(payment.Refunded)
	if err != nil {
		return decimal.Zero
	}
	return left
}

// LeftProblem says that less is left of a payment than is asked for; empty if enough is.
func LeftProblem(request payments.RefundRequest, payment payments.Payment) string {
	if left := Left(payment); request.Amount.Cmp(left) > 0 {
		return fmt.Sprintf("%s of the payment's %s captured are left, less than %s: look for another refund of it", left, payment.Captured, request.Amount)
	}
	return ""
}

// Note is what a refund says of itself where people read it: the reason by rule, and the reference.
func Note(request payments.RefundRequest) string {
	return strings.TrimSpace(fmt.Sprintf("%s [%s]", request.Reason, strings.TrimSpace(request.Reference)))
}

// Names reports whether a note is one of [Note] with the reference, whatever the reason was.
func Names(note, reference string) bool { return strings.HasSuffix(note, "["+reference+"]") }

// Unasked is an error from before a shop was asked for a refund, which says nothing about the refund: what was invalid then is only
// unavailable.
func Unasked(err error) error {
	failure, ok := err.(*marketplace.Error)
	if !ok || failure.Code != marketplace.CodeInvalid {
		return err
	}
	again := *failure
	again.Code = marketplace.CodeUnavailable
	return &again
}
