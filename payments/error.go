package payments

import (
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// PlanError says that a plan can never be carried out as it is.
type PlanError struct {
	Reference string
	// Field names the plan's field, Problem continues the sentence and says what would be right.
	Field, Problem string
}

// Error names the plan, the field and the way out.
func (e *PlanError) Error() string {
	return fmt.Sprintf("payments: refund %q: %s %s", e.Reference, e.Field, e.Problem)
}

// PlanChangedError says that a reference was used for another refund. No money was moved.
type PlanChangedError struct {
	Reference string
	Order     canonical.Key
	// Field is the first one that differs.
	Field string
}

// Error names the refund, the field and the way out.
func (e *PlanChangedError) Error() string {
	return fmt.Sprintf("payments: refund %q of order %s was begun with another %s: give what changed a reference of its own", e.Reference, e.Order, e.Field)
}

// OverCapturedError says that a refund would give back more than was captured. No money was moved.
type OverCapturedError struct {
	Reference string
	Order     canonical.Key
	Payment   string
	Currency  canonical.Currency
	// Amount is what is wanted, Captured what was taken, Counted what of it is given back, on its way, or being decided on.
	Amount, Captured, Counted decimal.Decimal
}

// Error names the refund, the sums and the way out.
func (e *OverCapturedError) Error() string {
	return fmt.Sprintf("payments: refund %q of order %s: %s %s of payment %s would exceed its %s captured, of which %s are given back or on their way: look for a refund that was planned twice, then lower the amount",
		e.Reference, e.Order, e.Amount, e.Currency, e.Payment, e.Captured, e.Counted)
}

// LedgerError says that what a store holds about the refunds of an order cannot be read or has grown too large.
type LedgerError struct {
	Order   canonical.Key
	Problem string
}

// Error names the order and the problem.
func (e *LedgerError) Error() string {
	return fmt.Sprintf("payments: the refunds of order %s: %s", e.Order, e.Problem)
}

// NotHereError says that there is nothing to decide or withdraw.
type NotHereError struct {
	Reference string
	Order     canonical.Key
}

// Error names the refund and the way out.
func (e *NotHereError) Error() string {
	return fmt.Sprintf("payments: the store knows no refund %q of order %s: begin it with Refund", e.Reference, e.Order)
}
