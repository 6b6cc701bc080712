package account

import (
	"context"
	"errors"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// InvoiceOrder invoices what is to be invoiced of a confirmed order, posts the invoice and returns it.
//
// A draft that the client's own user made (before a crash) is adopted and posted. If there is nothing to invoice and
// the order has a posted invoice, that is returned, the newest; if it has none, the error is a [*NothingToInvoice]. A draft
// that somebody else made covers what it covers: if nothing else is to be invoiced the error is a [*DraftByOthers]. It
// is safe to repeat and to run concurrently: what a draft covers Odoo does not invoice again.
//
// The reference becomes the payment reference of the invoice, by which banks and people match it; "" leaves it to Odoo.
func InvoiceOrder(ctx context.Context, client *odoo.Client, order int64, reference string) (Move, error) {
	user, err := client.UserID(ctx)
	if err != nil {
		return Move{}, err
	}
	found, err := orderInvoices(ctx, client, order, user)
	if err != nil {
		return Move{}, err
	}
	if len(found.own) == 0 && found.owed {
		if err := runInvoiceWizard(ctx, client, order); err != nil {
			return Move{}, err
		}
		if found, err = orderInvoices(ctx, client, order, user); err != nil {
			return Move{}, err
		}
	}
	for _, draft := range found.own {
		if err := post(ctx, client, draft.ID); err != nil {
			return Move{}, err
		}
		found.posted = max(found.posted, draft.ID)
	}
	switch {
	case found.posted != 0:
		return refer(ctx, client, found.posted, user, reference)
	case found.others != 0:
		return Move{}, &DraftByOthers{Order: order, Move: found.others}
	}
	return Move{}, &NothingToInvoice{Order: order, Status: found.status}
}

// invoices is what an order has of invoices.
type invoices struct {
	status         string
	owed           bool // lines are to be invoiced
	own            []Move
	posted, others int64 // the newest posted one, the newest draft of somebody else; 0 for none
}

func orderInvoices(ctx context.Context, client *odoo.Client, order, user int64) (invoices, error) {
	orders, err := odoo.Read[invoicedOrder](ctx, client, order)
	if err != nil {
		return invoices{}, err
	}
	lines, err := odoo.Find[owedLine](ctx, client, odoo.Eq("order_id", order))
	if err != nil {
		return invoices{}, err
	}
	moves, err := Moves(ctx, client, []int64{order})
	if err != nil {
		return invoices{}, err
	}
	found := invoices{status: orders[0].Status}
	for _, line := range lines {
		found.owed = found.owed || line.Owed.IsPos()
	}
	found.owed = found.owed && orders[0].Status == "to invoice"
	for _, move := range moves {
		switch {
		case move.Kind != KindInvoice:
		case move.State == StatePosted:
			found.posted = move.ID
		case move.State == StateDraft && move.CreatedBy == user:
			found.own = append(found.own, move)
		case move.State == StateDraft:
			found.others = move.ID
		}
	}
	return found, nil
}

// runInvoiceWizard has Odoo draft an invoice of what is to be invoiced. That somebody was first, so that nothing is left, is fine.
func runInvoiceWizard(ctx context.Context, client *odoo.Client, order int64) error {
	in := odoo.Context{"active_id": order, "active_ids": []int64{order}, "active_model": "sale.order"}
	lines, err := odoo.Find[owedLine](ctx, client, odoo.Eq("order_id", order))
	if err != nil {
		return err
	}
	deduct := true // down payments
	for _, line := range lines {
		// What came back and is not credited yet is for a credit note, not for a negative line of an invoice. What was ordered as less than
		// nothing, such as a rounding, is for the invoice.
		deduct = deduct && (line.DownPayment || line.Ordered.IsNeg() || !line.Owed.IsNeg())
	}
	wizard, err := odoo.Invoke[[]int64](ctx, client, odoo.Call{
		Model: "sale.advance.payment.inv", Method: "create", Context: in, Effect: odoo.EffectIdempotent, // a wizard alone does nothing
		Args: odoo.Args{"vals_list": []map[string]any{{"advance_payment_method": "delivered", "deduct_down_payments": deduct}}},
	})
	if err != nil {
		return err
	}
	// Odoo answers with the action that shows the invoices: the work is done, so the answer does not matter. A lost reply is
	// harmless, too: what is drafted is seen, and is not drafted again.
	err = client.Call(ctx, odoo.Call{Model: "sale.advance.payment.inv", Method: "create_invoices", IDs: wizard[:1], Context: in}, nil)
	if odoo.CodeOf(err) == odoo.CodeUserError {
		lines, readErr := odoo.Find[owedLine](ctx, client, odoo.Eq("order_id", order))
		if readErr != nil {
			return errors.Join(err, readErr)
		}
		for _, line := range lines {
			if line.Owed.IsPos() {
				return err
			}
		}
		return nil
	}
	return err
}

// refer writes the reference into an invoice of the user's that has none but its own number, which Odoo 14 sets on posting,
// and returns it.
func refer(ctx context.Context, client *odoo.Client, id, user int64, reference string) (Move, error) {
	move, err := readMove(ctx, client, id)
	if err != nil || reference == "" || move.CreatedBy != user || move.PaymentRef != "" && move.PaymentRef != move.Name {
		return move, err
	}
	move.PaymentRef = reference
	return move, odoo.Write(ctx, client, []int64{id}, paymentReference{Reference: reference})
}

type paymentReference struct {
	Reference string `odoo:"payment_reference"`
}

// OdooModel names the model.
func (paymentReference) OdooModel() string { return "account.move" }

type invoicedOrder struct {
	ID     int64  `odoo:"id"`
	Status string `odoo:"invoice_status"`
}

// OdooModel names the model.
func (invoicedOrder) OdooModel() string { return "sale.order" }

type owedLine struct {
	ID          int64           `odoo:"id"`
	Ordered     decimal.Decimal `odoo:"product_uom_qty"`
	Owed        decimal.Decimal `odoo:"qty_to_invoice"`
	DownPayment bool            `odoo:"is_downpayment"`
}

// OdooModel names the model.
func (owedLine) OdooModel() string { return "sale.order.line" }
