package account

import (
	"cmp"
	"context"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Payment pays an invoice or pays a credit note out.
type Payment struct {
	ExternalID odoo.ExternalID
	// Move is the posted invoice (the money comes in) or credit note (it goes out).
	Move int64
	// Journal is the clearing journal of the payment provider, of type bank or cash. Its payment methods need outstanding accounts.
	Journal int64
	// Amount is in the currency of the move, positive, at most what is left to pay.
	Amount decimal.Decimal
	// Date is the day of the payment; zero is today.
	Date odoo.Date
	// Ref is the provider's id of the payment or refund.
	Ref string
}

// RegisterPayment inserts the payment unless it exists, posts it, reconciles it with its move and returns its id. It exists
// once by its External ID. It is safe to repeat and to run concurrently: a payment that was cancelled since is an error,
// never a second one.
//
// Odoo from 18 on matches a credit note that it posts with its invoice if that is not paid yet. Paying one of them in full says
// that they were not settled so: that match is undone.
//
// Errors: [*PaymentCancelled]; [*PaymentDiffers]; [*OverPayment], and the payment remains a draft; [*NoEntry].
func RegisterPayment(ctx context.Context, client *odoo.Client, payment Payment) (int64, error) {
	move, err := readMove(ctx, client, payment.Move)
	if err != nil {
		return 0, err
	}
	row := paymentRow{
		Direction: "inbound", Amount: payment.Amount, Journal: odoo.Many2One{ID: payment.Journal}, Currency: move.Currency, Partner: move.Partner,
	}
	if move.Kind == KindCreditNote {
		row.Direction = "outbound"
	}
	switch {
	case payment.ExternalID.IsZero():
		return 0, &InvalidDraft{Field: "ExternalID", Reason: "is missing"}
	case !payment.Amount.IsPos():
		return 0, &InvalidDraft{ExternalID: payment.ExternalID, Field: "Amount", Reason: "is not above zero"}
	case move.State != StatePosted || move.Kind != KindCreditNote && move.Kind != KindInvoice:
		return 0, &InvalidDraft{ExternalID: payment.ExternalID, Field: "Move", Reason: "is not a posted invoice or credit note"}
	}
	stored, err := insertPayment(ctx, client, payment.ExternalID, row, payment.Date, payment.Ref, payment.Move)
	if err != nil {
		return 0, err
	}
	due, err := dueItems(ctx, client, move.ID)
	if err != nil {
		return stored.ID, err
	}
	if stored.draft() {
		if due, err = releaseOther(ctx, client, move, due, payment.Amount); err != nil {
			return stored.ID, err
		}
		if left := residual(due); payment.Amount.Cmp(left) > 0 {
			return stored.ID, &OverPayment{Move: move.ID, Left: left, Asked: payment.Amount, Payment: stored.ID}
		}
	}
	own, err := postPayment(ctx, client, stored)
	if err != nil {
		return stored.ID, err
	}
	return stored.ID, reconcileOpen(ctx, client, own, due)
}

// ReversePayment takes back a payment that the bank has seen already by an opposite one of a new External ID, and returns the
// id of that: the move is open again. Date and ref are those of the reversal. It is safe to repeat. See [CancelPayment].
func ReversePayment(ctx context.Context, client *odoo.Client, payment int64, external odoo.ExternalID, date odoo.Date, ref string) (int64, error) {
	rows, err := odoo.Read[paymentRow](ctx, client, payment)
	if err != nil {
		return 0, err
	}
	first := rows[0]
	if first.cancelled() || first.draft() {
		return 0, &InvalidDraft{ExternalID: external, Field: "payment", Reason: "is not posted: there is nothing to reverse"}
	}
	opposite := first
	opposite.Direction = map[string]string{"inbound": "outbound", "outbound": "inbound"}[first.Direction]
	stored, err := insertPayment(ctx, client, external, opposite, date, ref, 0)
	if err != nil {
		return 0, err
	}
	own, err := postPayment(ctx, client, stored)
	if err != nil {
		return stored.ID, err
	}
	if len(openOf(own)) == 0 {
		return stored.ID, nil
	}
	items, err := paymentItems(ctx, client, first)
	if err != nil {
		return stored.ID, err
	}
	if err := release(ctx, client, items); err != nil {
		return stored.ID, err
	}
	if items, err = paymentItems(ctx, client, first); err != nil {
		return stored.ID, err
	}
	return stored.ID, reconcileOpen(ctx, client, own, items)
}

// CancelPayment takes back a payment that failed: the move is open again. The payment stays, cancelled. One that is
// matched with a bank statement did happen: that is a [*PaymentMatched], and [ReversePayment] is for it. It is safe to repeat.
func CancelPayment(ctx context.Context, client *odoo.Client, payment int64) error {
	rows, err := odoo.Read[paymentRow](ctx, client, payment)
	if err != nil {
		return err
	}
	row := rows[0]
	if row.cancelled() {
		return nil
	}
	if !row.draft() {
		if banked, err := banked(ctx, client, row); err != nil || banked {
			return cmp.Or(err, error(&PaymentMatched{Payment: payment}))
		}
		if err := press(ctx, client, "action_draft", payment, paymentRow.draft); err != nil {
			return err
		}
	}
	return press(ctx, client, "action_cancel", payment, paymentRow.cancelled)
}

type paymentRow struct {
	ID        int64           `odoo:"id"`
	State     string          `odoo:"state"`
	Direction string          `odoo:"payment_type"`
	Amount    decimal.Decimal `odoo:"amount"`
	Journal   odoo.Many2One   `odoo:"journal_id"`
	Currency  odoo.Many2One   `odoo:"currency_id"`
	Partner   odoo.Many2One   `odoo:"partner_id"`
	Entry     odoo.Many2One   `odoo:"move_id"`
	Account   odoo.Many2One   `odoo:"destination_account_id"`
	// Reconciled: nothing of it is left to be matched with an invoice.
	Reconciled bool `odoo:"is_reconciled"`
}

// OdooModel names the model.
func (paymentRow) OdooModel() string { return "account.payment" }

func (p paymentRow) draft() bool { return p.State == "draft" }

// posted says it for Odoo before 18 and from 18 on.
func (p paymentRow) posted() bool {
	return p.State == "posted" || p.State == "in_process" || p.State == "paid"
}

func (p paymentRow) cancelled() bool {
	return p.State == "cancel" || p.State == "canceled" || p.State == "rejected"
}

// insertPayment inserts a payment and reads it; one that exists must be the same.
func insertPayment(ctx context.Context, client *odoo.Client, external odoo.ExternalID, row paymentRow, date odoo.Date, ref string, move int64) (paymentRow, error) {
	batch := odoo.LoadBatch{
		Model: "account.payment", Mode: odoo.InsertMissing, Context: odoo.Unattended(),
		Fields: []string{"payment_type", "partner_type", "partner_id/.id", "journal_id/.id", "amount", "currency_id/.id", "memo"},
	}
	cells := []string{row.Direction, "customer", id(row.Partner.ID), id(row.Journal.ID), row.Amount.String(), id(row.Currency.ID), ref}
	if !date.IsZero() {
		batch.Fields, cells = append(batch.Fields, "date"), append(cells, date.String())
	}
	fields, err := client.Fields(ctx, "account.payment")
	if err != nil {
		return paymentRow{}, err
	}
	if _, ok := fields["invoice_ids"]; ok && move != 0 { // so that people find one from the other
		batch.Fields, cells = append(batch.Fields, "invoice_ids/.id"), append(cells, id(move))
	}
	batch.Records = []odoo.LoadRecord{{ExternalID: external, Rows: [][]string{cells}}}
	results, err := client.Load(ctx, batch)
	if err == nil {
		err = results[0].Err
	}
	if err != nil {
		return paymentRow{}, err
	}
	rows, err := odoo.Read[paymentRow](ctx, client, results[0].ID)
	if err != nil {
		return paymentRow{}, err
	}
	stored := rows[0]
	switch {
	case stored.cancelled():
		return stored, &PaymentCancelled{Payment: stored.ID}
	case !stored.Amount.Equal(row.Amount) || stored.Direction != row.Direction || stored.Journal.ID != row.Journal.ID || stored.Currency.ID != row.Currency.ID:
		return stored, &PaymentDiffers{Payment: stored.ID, Amount: stored.Amount, Asked: row.Amount}
	}
	return stored, nil
}

// postPayment posts a payment unless it is posted, and returns its items on the customer's account.
func postPayment(ctx context.Context, client *odoo.Client, stored paymentRow) ([]payItem, error) {
	if stored.draft() {
		if err := press(ctx, client, "action_post", stored.ID, paymentRow.posted); err != nil {
			return nil, err
		}
		rows, err := odoo.Read[paymentRow](ctx, client, stored.ID)
		if err != nil {
			return nil, err
		}
		stored = rows[0]
	}
	if stored.Entry.IsZero() {
		return nil, &NoEntry{Payment: stored.ID, Journal: stored.Journal.ID}
	}
	return paymentItems(ctx, client, stored)
}

// press presses a button of a payment; that somebody was first, or that the reply was lost, shows in its state.
func press(ctx context.Context, client *odoo.Client, button string, payment int64, done func(paymentRow) bool) error {
	err := client.Do(ctx, odoo.Call{Model: "account.payment", Method: button, IDs: []int64{payment}})
	if err == nil || ctx.Err() != nil {
		return err
	}
	rows, readErr := odoo.Read[paymentRow](ctx, client, payment)
	if readErr == nil && done(rows[0]) {
		return nil
	}
	return err
}

// payItem is a journal item that is reconciled.
type payItem struct {
	ID         int64           `odoo:"id"`
	Account    odoo.Many2One   `odoo:"account_id"`
	Reconciled bool            `odoo:"reconciled"`
	Residual   decimal.Decimal `odoo:"amount_residual_currency"`
	Debits     []int64         `odoo:"matched_debit_ids"`
	Credits    []int64         `odoo:"matched_credit_ids"`
}

// OdooModel names the model.
func (payItem) OdooModel() string { return "account.move.line" }

// dueItems are the items of an invoice or credit note that the customer owes or is owed.
func dueItems(ctx context.Context, client *odoo.Client, move int64) ([]payItem, error) {
	return odoo.Find[payItem](ctx, client, odoo.And(odoo.Eq("move_id", move), receivable(client)))
}

func paymentItems(ctx context.Context, client *odoo.Client, p paymentRow) ([]payItem, error) {
	return odoo.Find[payItem](ctx, client, odoo.And(odoo.Eq("move_id", p.Entry.ID), odoo.Eq("account_id", p.Account.ID)))
}

// banked reports whether the money of a payment is matched with a bank statement or a settlement.
func banked(ctx context.Context, client *odoo.Client, p paymentRow) (bool, error) {
	if p.Entry.IsZero() {
		return false, nil
	}
	items, err := odoo.Find[payItem](ctx, client, odoo.And(odoo.Eq("move_id", p.Entry.ID), odoo.Ne("account_id", p.Account.ID)))
	return slices.ContainsFunc(items, func(it payItem) bool { return len(it.Debits)+len(it.Credits) > 0 }), err
}

// residual is what is open of items, positive.
func residual(items []payItem) decimal.Decimal {
	sum := decimal.Zero
	for _, it := range items {
		if next, err := sum.Add(it.Residual); err == nil {
			sum = next
		}
	}
	return sum.Abs()
}

func openOf(items []payItem) []int64 {
	var ids []int64
	for _, it := range items {
		if !it.Reconciled {
			ids = append(ids, it.ID)
		}
	}
	return ids
}

// reconcileOpen matches what is open of both; if all of the first is matched, there is nothing to do.
func reconcileOpen(ctx context.Context, client *odoo.Client, own, other []payItem) error {
	mine, others := openOf(own), openOf(other)
	if len(mine) == 0 || len(others) == 0 {
		return nil
	}
	return Reconcile(ctx, client, append(mine, others...))
}

// release undoes the matches of items.
func release(ctx context.Context, client *odoo.Client, items []payItem) error {
	var matched []int64
	for _, it := range items {
		if len(it.Debits)+len(it.Credits) > 0 {
			matched = append(matched, it.ID)
		}
	}
	if len(matched) == 0 {
		return nil
	}
	return client.Call(ctx, odoo.Call{Model: "account.move.line", Method: "remove_move_reconcile", IDs: matched, Effect: odoo.EffectIdempotent}, nil)
}

type match struct {
	ID     int64         `odoo:"id"`
	Debit  odoo.Many2One `odoo:"debit_move_id"`
	Credit odoo.Many2One `odoo:"credit_move_id"`
}

// OdooModel names the model.
func (match) OdooModel() string { return "account.partial.reconcile" }

// releaseOther undoes what Odoo matched of a credit note and its invoice by itself, if one of them is to be paid and not
// enough is left to pay: the money shows that they were not settled with each other. Matches with payments stay.
func releaseOther(ctx context.Context, client *odoo.Client, move Move, due []payItem, amount decimal.Decimal) ([]payItem, error) {
	if amount.Cmp(residual(due)) <= 0 {
		return due, nil
	}
	var matches []int64
	for _, it := range due {
		matches = append(append(matches, it.Debits...), it.Credits...)
	}
	if len(matches) == 0 {
		return due, nil
	}
	partials, err := odoo.Find[match](ctx, client, odoo.In("id", matches))
	if err != nil {
		return nil, err
	}
	var others []int64
	for _, partial := range partials {
		others = append(others, partial.Debit.ID, partial.Credit.ID)
	}
	kind := KindCreditNote
	if move.Kind == KindCreditNote {
		kind = KindInvoice
	}
	if len(others) > 0 { // else another process was first
		notes, err := odoo.Find[payItem](ctx, client, odoo.And(odoo.In("id", others), odoo.Eq("move_id.move_type", kind)))
		if err != nil {
			return nil, err
		}
		credits := notes
		if kind == KindInvoice {
			credits = due
			if len(notes) == 0 {
				return due, nil
			}
		}
		// The match is undone from the credit note, and only if that is matched with nothing else: a refund of it stays.
		credits = slices.DeleteFunc(slices.Clone(credits), func(it payItem) bool { return len(it.Debits)+len(it.Credits) != 1 })
		if err := release(ctx, client, credits); err != nil {
			return nil, err
		}
	}
	return dueItems(ctx, client, move.ID)
}
