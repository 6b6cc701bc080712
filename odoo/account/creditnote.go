package account

import (
	"context"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// CreditNoteDraft is a credit note to be inserted. Amounts are in the currency of the order, positive for what the
// customer gets back.
type CreditNoteDraft struct {
	ExternalID odoo.ExternalID
	// Order is the sale order, Reverses the posted invoice that is taken back in part. Reverses may be 0 if what the lines name is
	// spread over several invoices.
	Order, Reverses int64
	// Ref is the reference that people see: the return's or refund's number.
	Ref string
	// Date is the day of the credit note in the company's time zone; zero means the day of posting.
	Date time.Time
	// Journal is the sales journal; 0 is that of Reverses, or Odoo's default.
	Journal int64
	Lines   []CreditLine
	// Untaxed, Tax and Total are the gate: the credit note is posted only if it comes to them to the last minor unit.
	Untaxed, Tax, Total decimal.Decimal
}

// CreditLine is one line of a [CreditNoteDraft].
type CreditLine struct {
	ExternalID odoo.ExternalID
	// SaleLine is the order line that is credited; 0 for what no line stands for, such as a restocking fee.
	SaleLine int64
	// Product is required for lines without SaleLine; otherwise 0 means the sale line's.
	Product int64
	// Name is the description; "" means the sale line's.
	Name string
	// Quantity is how many units of the sale line's unit are credited, positive. It lowers the invoiced quantity of the
	// sale line. For an amount without goods (a goodwill amount on a line that is kept) leave SaleLine 0 and name the Product.
	Quantity decimal.Decimal
	// Untaxed is the amount without tax, and Taxes the tax, exact, whole minor units. A fee that is kept back
	// has negative ones.
	Untaxed decimal.Decimal
	Taxes   []TaxAmount
}

// TaxAmount is the amount of one tax (account.tax).
type TaxAmount struct {
	Tax    int64
	Amount decimal.Decimal
}

// InsertCreditNote inserts the credit note unless it exists, checks that it comes to the drafted amounts, posts it and
// returns it. A credit note that a person posted or cancelled in the meantime is returned as it is.
//
// It exists once by its External ID. It is safe to repeat and to run concurrently. See the package's comment for
// orders that are not invoiced yet. Credit notes that people made themselves for the same lines are for [Credited] to see.
//
// Errors: [*TotalMismatch] and nothing posted; [*OverCredit] if a sale line has less left to be credited; [*NotInvoiced].
func InsertCreditNote(ctx context.Context, client *odoo.Client, draft CreditNoteDraft) (Move, error) {
	panic("signature only")
}

// Credited returns how much of each sale line the credit notes among the moves credit, drafts included and cancelled ones not: those
// of people count as those of this library. It is pure.
func Credited(moves []Move) map[int64]Credit { panic("signature only") }

// Credit is what credit notes take back of a sale line.
type Credit struct {
	Quantity, Untaxed, Total decimal.Decimal
	// Moves are the credit notes, ascending.
	Moves []int64
}
