package account

import (
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
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

// NotInvoiced says that an order has no posted invoice, or not the one that is to be credited.
type NotInvoiced struct {
	Order int64
	// Invoice is the one that was asked for, 0 for any.
	Invoice int64
}

// Error implements error.
func (e *NotInvoiced) Error() string {
	if e.Invoice != 0 {
		return fmt.Sprintf("order %d has no posted invoice %d: post it first, or leave the choice of the invoice open", e.Order, e.Invoice)
	}
	return fmt.Sprintf("order %d has no posted invoice to credit: receive the return, so that the invoice is for what was kept, or invoice first", e.Order)
}

// OverCredit says that less is left to be credited than is asked for: units of a sale line, or money of the order.
type OverCredit struct {
	Order int64
	// SaleLine is the line that Left and Asked are units of; 0 if they are money.
	SaleLine    int64
	Left, Asked decimal.Decimal
}

// Error implements error.
func (e *OverCredit) Error() string {
	if e.SaleLine == 0 {
		return fmt.Sprintf("order %d: %s are to be credited and %s are invoiced and not credited yet: look for a credit note that somebody wrote already", e.Order, e.Asked, e.Left)
	}
	return fmt.Sprintf("order %d: %s units of line %d are to be credited and %s are invoiced and not credited yet: look for a credit note that somebody wrote already",
		e.Order, e.Asked, e.SaleLine, e.Left)
}

// InvalidDraft says that a draft contradicts itself. Nothing was sent.
type InvalidDraft struct {
	ExternalID odoo.ExternalID
	// Field is the field of the draft that is to blame.
	Field, Reason string
}

// Error implements error.
func (e *InvalidDraft) Error() string {
	return fmt.Sprintf("draft %s: %s %s", e.ExternalID, e.Field, e.Reason)
}

// PaymentCancelled says that the payment with the External ID exists and is cancelled: a new attempt needs a new External ID.
type PaymentCancelled struct{ Payment int64 }

// Error implements error.
func (e *PaymentCancelled) Error() string {
	return fmt.Sprintf("payment %d exists and is cancelled: give a new attempt an External ID of its own", e.Payment)
}

// PaymentDiffers says that a payment with the External ID exists and is another one.
type PaymentDiffers struct {
	Payment       int64
	Amount, Asked decimal.Decimal
}

// Error implements error.
func (e *PaymentDiffers) Error() string {
	return fmt.Sprintf("payment %d exists with amount %s, asked for is %s, or journal, direction or currency differ: give another payment an External ID of its own",
		e.Payment, e.Amount, e.Asked)
}

// OverPayment says that less is left to pay of a move than is to be paid. The payment remains a draft.
type OverPayment struct {
	Move, Payment int64
	Left, Asked   decimal.Decimal
}

// Error implements error.
func (e *OverPayment) Error() string {
	return fmt.Sprintf("move %d: %s are to be paid and %s are left: look at its other payments; the payment %d is left as a draft", e.Move, e.Asked, e.Left, e.Payment)
}

// NoEntry says that Odoo posted a payment without a journal entry.
type NoEntry struct{ Payment, Journal int64 }

// Error implements error.
func (e *NoEntry) Error() string {
	return fmt.Sprintf("payment %d has no journal entry: give the payment methods of journal %d an outstanding account, cancel the payment and register it anew", e.Payment, e.Journal)
}

// PaymentMatched says that a payment is matched with a bank statement.
type PaymentMatched struct{ Payment int64 }

// Error implements error.
func (e *PaymentMatched) Error() string {
	return fmt.Sprintf("payment %d is matched with a bank statement: reverse it instead of cancelling it", e.Payment)
}

// MixedAccounts says that items of different accounts are to be matched with one statement line.
type MixedAccounts struct{ Items []int64 }

// Error implements error.
func (e *MixedAccounts) Error() string {
	return fmt.Sprintf("the items %v are of different accounts: match them account by account", e.Items)
}

// SplitByHand says that a person has matched or split a statement line already.
type SplitByHand struct{ Line int64 }

// Error implements error.
func (e *SplitByHand) Error() string {
	return fmt.Sprintf("statement line %d has been matched or split by somebody: it is left alone", e.Line)
}
