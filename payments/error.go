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

	charge bool
}

// Error names the plan, the field and the way out.
func (e *PlanError) Error() string {
	return fmt.Sprintf("payments: %s %q: %s %s", movement(e.charge), e.Reference, e.Field, e.Problem)
}

// movement is what a plan moves.
func movement(charge bool) string {
	if charge {
		return "charge"
	}
	return "refund"
}

// PlanChangedError says that a reference was used for another refund. No money was moved.
type PlanChangedError struct {
	Reference string
	Order     canonical.Key
	// Field is the first one that differs.
	Field string

	charge bool
}

// Error names the refund or charge, the field and the way out.
func (e *PlanChangedError) Error() string {
	return fmt.Sprintf("payments: %s %q of order %s was begun with another %s: give what changed a reference of its own", movement(e.charge), e.Reference, e.Order, e.Field)
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

// LedgerError says that what a store holds about the refunds or a charge of an order cannot be read or has grown too large.
type LedgerError struct {
	Order   canonical.Key
	Problem string

	charge bool
}

// Error names the order and the problem.
func (e *LedgerError) Error() string {
	what := "refunds"
	if e.charge {
		what = "charges"
	}
	return fmt.Sprintf("payments: the %s of order %s: %s", what, e.Order, e.Problem)
}

// NotHereError says that there is nothing to decide or withdraw.
type NotHereError struct {
	Reference string
	Order     canonical.Key

	charge bool
}

// Error names the refund or charge and the way out.
func (e *NotHereError) Error() string {
	begin := "Refund"
	if e.charge {
		begin = "Collect"
	}
	return fmt.Sprintf("payments: the store knows no %s %q of order %s: begin it with %s", movement(e.charge), e.Reference, e.Order, begin)
}
