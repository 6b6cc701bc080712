package account

import (
	"fmt"

	"github.com/govalues/decimal"
)

// TotalMismatch says that Odoo comes to other amounts than the draft states. Nothing was posted: the draft stays in Odoo for
// a person to look at, and the next run checks it again.
type TotalMismatch struct {
	Move                            int64
	Untaxed, Tax, Total             decimal.Decimal
	OdooUntaxed, OdooTax, OdooTotal decimal.Decimal
	// WayOut says what to do.
	WayOut string
}

// Error implements error.
func (e *TotalMismatch) Error() string {
	return fmt.Sprintf("credit note %d: Odoo comes to untaxed %s, tax %s, total %s; drafted are %s, %s, %s: %s",
		e.Move, e.OdooUntaxed, e.OdooTax, e.OdooTotal, e.Untaxed, e.Tax, e.Total, e.WayOut)
}

// NothingToInvoice says that an order has nothing to invoice and no invoice.
type NothingToInvoice struct {
	Order int64
	// Status is Odoo's invoice_status.
	Status string
}

// Error implements error.
func (e *NothingToInvoice) Error() string {
	return fmt.Sprintf("order %d has nothing to invoice (invoice status %q): deliver what is invoiced on delivery, or confirm the order", e.Order, e.Status)
}

// DraftByOthers says that a draft that somebody else made covers what there is to invoice.
type DraftByOthers struct{ Order, Move int64 }

// Error implements error.
func (e *DraftByOthers) Error() string {
	return fmt.Sprintf("order %d: somebody drafted the invoice %d; it is left alone: post it or delete it in Odoo", e.Order, e.Move)
}

// NotInvoiced says that a line is to be credited that has not been invoiced to that quantity.
type NotInvoiced struct {
	Order, SaleLine    int64
	Invoiced, Quantity decimal.Decimal
}

// Error implements error.
func (e *NotInvoiced) Error() string {
	return fmt.Sprintf("order %d: %s of line %d are to be credited and %s are invoiced: receive the return, so that the invoice is for what was kept, or invoice first",
		e.Order, e.Quantity, e.SaleLine, e.Invoiced)
}

// PaymentCancelled says that the payment with the External ID exists and is cancelled: a new attempt needs a new External ID.
type PaymentCancelled struct{ Payment int64 }

// Error implements error.
func (e *PaymentCancelled) Error() string {
	return fmt.Sprintf("payment %d exists and is cancelled: give a new attempt an External ID of its own", e.Payment)
}
