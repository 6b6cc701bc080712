package account

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Kind tells invoices from credit notes (account.move.move_type).
type Kind string

// The kinds.
const (
	KindInvoice    Kind = "out_invoice"
	KindCreditNote Kind = "out_refund"
)

// State is the state of a move (account.move.state).
type State string

// The states.
const (
	StateDraft  State = "draft"
	StatePosted State = "posted"
	StateCancel State = "cancel"
)

// PaymentState says how far a move is paid (account.move.payment_state).
type PaymentState string

// The payment states. Others that Odoo or a module adds are kept as they are.
const (
	NotPaid   PaymentState = "not_paid"
	InPayment PaymentState = "in_payment"
	Paid      PaymentState = "paid"
	Partial   PaymentState = "partial"
	Reversed  PaymentState = "reversed"
)

// Move is an invoice or a credit note. Amounts are in its currency and positive for both kinds.
type Move struct {
	ID           int64
	Name         string // "/" or empty while a draft has no number
	Kind         Kind
	State        State
	PaymentState PaymentState
	// Ref is the reference that people see; Origin is the name of the sale order.
	Ref, Origin string
	// PaymentRef is what the payer names.
	PaymentRef string
	Currency   odoo.Many2One
	Partner    odoo.Many2One
	Journal    odoo.Many2One
	// Residual is what is still to be paid.
	Untaxed, Tax, Total, Residual decimal.Decimal
	// Date is the invoice date; zero while a draft has none.
	Date odoo.Date
	// ReversedEntry is the invoice that a credit note takes back, 0 if none.
	ReversedEntry int64
	// Orders are the sale orders of its lines, ascending.
	Orders []int64
	// Lines are its product lines, by id; sections, notes, taxes and payment terms are not among them.
	Lines []MoveLine
	// ExternalID is set on what this library inserted; on what people made it is zero.
	ExternalID odoo.ExternalID
	// CreatedBy is the user who made it.
	CreatedBy int64
}

// MoveLine is a product line of a [Move].
type MoveLine struct {
	ID int64
	// SaleLines are the sale order lines that it invoices or credits.
	SaleLines []int64
	Product   odoo.Many2One
	Account   odoo.Many2One
	Name      string
	Quantity  decimal.Decimal
	Unit      odoo.Many2One
	// PriceUnit is before Discount, which is in percent.
	PriceUnit, Discount decimal.Decimal
	Taxes               []int64
	// Untaxed is the line's amount without, Total with tax.
	Untaxed, Total decimal.Decimal
}
