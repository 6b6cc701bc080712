package account

import (
	"context"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// CreditNoteDraft is a credit note to be inserted. Amounts are in the currency of the order, positive for what the
// customer gets back.
type CreditNoteDraft struct {
	ExternalID odoo.ExternalID
	// Order is the sale order, Reverses the posted invoice that is taken back in part; 0 is the newest posted one of the order.
	Order, Reverses int64
	// Ref is the reference that people see: the return's or refund's number.
	Ref string
	// Date is the day of the credit note; zero is the day of posting.
	Date odoo.Date
	// Journal is the sales journal; 0 is that of the invoice.
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
	// Kept says that the credited units never come back (a returnless refund): what Odoo counts as invoiced of the sale line
	// stays. Otherwise it is lowered once they have come back.
	Kept bool
	// Product is required for lines without SaleLine; otherwise 0 means the sale line's.
	Product int64
	// Name is the description; "" means the sale line's.
	Name string
	// Quantity is how many units of the sale line's unit are credited, positive.
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
// returns it. One that is posted or cancelled already is returned as it is, whoever did that.
//
// A line whose units have come back (their receipt has lowered what is delivered) names its sale line, so that what is invoiced
// is lowered, too. If the money goes first, call it again after the receipt: the lines are linked then, and nothing else changes.
//
// It exists once by its External ID. It is safe to repeat and to run concurrently; the caller sees to it that only one
// credit note of an order is written at a time, or two could together credit too much. See the package's
// comment for orders that are not invoiced yet, and [Credited] for what people have credited already.
//
// Odoo from 18 on matches the credit note with its invoice as it posts it, if that is still to be paid; see [RegisterPayment].
//
// Errors: [*InvalidDraft]; [*NotInvoiced]; [*OverCredit]; [*TotalMismatch], and the credit note remains a draft.
func InsertCreditNote(ctx context.Context, client *odoo.Client, draft CreditNoteDraft) (Move, error) {
	if err := draft.check(); err != nil {
		return Move{}, err
	}
	moves, err := Moves(ctx, client, []int64{draft.Order})
	if err != nil {
		return Move{}, err
	}
	if move, found := named(moves, draft.ExternalID); found {
		return finish(ctx, client, draft, move)
	}
	plan, err := planCredit(ctx, client, draft, moves)
	if err != nil {
		return Move{}, err
	}
	results, err := client.Load(ctx, plan.batch())
	if err != nil {
		return Move{}, err
	}
	if err := results[0].Err; err != nil {
		// Odoo 14 reports a concurrent insertion as a field that is missing.
		if moves, lookErr := Moves(ctx, client, []int64{draft.Order}); lookErr == nil {
			if move, found := named(moves, draft.ExternalID); found {
				return finish(ctx, client, draft, move)
			}
		}
		return Move{}, err
	}
	move, err := readMove(ctx, client, results[0].ID)
	if err != nil {
		return Move{}, err
	}
	move.Orders = []int64{draft.Order} // also where no line names a sale line
	return finish(ctx, client, draft, move)
}

// named returns the move that has the External ID.
func named(moves []Move, external odoo.ExternalID) (Move, bool) {
	for _, move := range moves {
		if move.ExternalID == external {
			return move, true
		}
	}
	return Move{}, false
}

// finish takes a credit note from where it is to posted.
func finish(ctx context.Context, client *odoo.Client, draft CreditNoteDraft, move Move) (Move, error) {
	if move.State == StateCancel {
		return move, nil
	}
	linked, err := linkLines(ctx, client, draft, move)
	if err != nil {
		return Move{}, err
	}
	if move.State == StatePosted {
		if !linked {
			return move, nil
		}
		return readMove(ctx, client, move.ID)
	}
	if !draft.agrees(move) {
		if err := correctTaxes(ctx, client, draft, move); err != nil {
			return Move{}, err
		}
		if move, err = refresh(ctx, client, move); err != nil {
			return Move{}, err
		}
	}
	if move.State == StateDraft {
		if !draft.agrees(move) {
			return Move{}, draft.mismatch(move, "the taxes or the price precision do not allow it: check the taxes of the lines, then post the draft by hand or delete it")
		}
		if err := post(ctx, client, move.ID); err != nil {
			return Move{}, err
		}
	}
	if linked {
		return readMove(ctx, client, move.ID)
	}
	return refresh(ctx, client, move)
}

// agrees reports whether Odoo comes to what the draft states.
func (d *CreditNoteDraft) agrees(m Move) bool {
	return m.Untaxed.Equal(d.Untaxed) && m.Tax.Equal(d.Tax) && m.Total.Equal(d.Total)
}

func (d *CreditNoteDraft) mismatch(m Move, wayOut string) error {
	return &TotalMismatch{
		Move: m.ID, Untaxed: d.Untaxed, Tax: d.Tax, Total: d.Total, OdooUntaxed: m.Untaxed, OdooTax: m.Tax, OdooTotal: m.Total, WayOut: wayOut,
	}
}

// check refuses drafts that contradict themselves, before anything is sent.
func (d *CreditNoteDraft) check() error {
	refuse := func(field, reason string) error {
		return &InvalidDraft{ExternalID: d.ExternalID, Field: field, Reason: reason}
	}
	switch {
	case d.ExternalID.IsZero():
		return refuse("ExternalID", "is missing")
	case d.Order <= 0:
		return refuse("Order", "is missing")
	case len(d.Lines) == 0:
		return refuse("Lines", "are missing")
	case d.Total.IsNeg():
		return refuse("Total", "is below zero: that is an invoice")
	}
	var c exact.Calc
	untaxed, tax := decimal.Zero, decimal.Zero
	names := map[odoo.ExternalID]bool{}
	for _, line := range d.Lines {
		switch {
		case line.ExternalID.IsZero():
			return refuse("Lines.ExternalID", "is missing")
		case names[line.ExternalID]:
			return refuse("Lines.ExternalID", "is there twice")
		case !line.Quantity.IsPos():
			return refuse("Lines.Quantity", "is not above zero")
		case line.SaleLine == 0 && line.Product == 0:
			return refuse("Lines.Product", "is missing on a line without sale line")
		}
		names[line.ExternalID] = true
		untaxed = c.Add(untaxed, line.Untaxed)
		for _, t := range line.Taxes {
			tax = c.Add(tax, t.Amount)
		}
	}
	total := c.Add(d.Untaxed, d.Tax)
	switch {
	case c.Err() != nil:
		return refuse("Lines", c.Err().Error())
	case !untaxed.Equal(d.Untaxed):
		return refuse("Untaxed", "is not the sum of the lines, which is "+untaxed.String())
	case !tax.Equal(d.Tax):
		return refuse("Tax", "is not the sum of the lines, which is "+tax.String())
	case !total.Equal(d.Total):
		return refuse("Total", "is not untaxed and tax, which are "+total.String())
	}
	return nil
}

// Credited returns how much of each sale line the credit notes among the moves credit, drafts included and cancelled ones not: those
// of people count as those of this library. What names no sale line, as Odoo needs it of goods that are invoiced when they are ordered,
// is under the sale line that byProduct gives for its product, else under 0. It is pure.
func Credited(moves []Move, byProduct map[int64]int64) (map[int64]Credit, error) {
	var c exact.Calc
	credits := map[int64]Credit{}
	for _, move := range moves {
		if move.Kind != KindCreditNote || move.State == StateCancel {
			continue
		}
		// On Odoo 14 the tax of a move may be corrected and that of its lines is not: the largest line has the difference.
		beyond, largest := move.Tax, 0
		for n, line := range move.Lines {
			beyond = c.Sub(beyond, c.Sub(line.Total, line.Untaxed))
			if line.Untaxed.CmpAbs(move.Lines[largest].Untaxed) > 0 {
				largest = n
			}
		}
		for n, line := range move.Lines {
			name := byProduct[line.Product.ID]
			if len(line.SaleLines) > 0 {
				name = line.SaleLines[0] // a line of several counts for the first: its amount cannot be told apart
			}
			credit := credits[name]
			credit.Quantity = c.Add(credit.Quantity, line.Quantity)
			credit.Untaxed, credit.Total = c.Add(credit.Untaxed, line.Untaxed), c.Add(credit.Total, line.Total)
			if n == largest {
				credit.Total = c.Add(credit.Total, beyond)
			}
			if n := len(credit.Moves); n == 0 || credit.Moves[n-1] != move.ID {
				credit.Moves = append(credit.Moves, move.ID)
			}
			credits[name] = credit
		}
	}
	return credits, c.Err()
}

// Credit is what credit notes take back of a sale line.
type Credit struct {
	Quantity, Untaxed, Total decimal.Decimal
	// Moves are the credit notes, ascending.
	Moves []int64
}
