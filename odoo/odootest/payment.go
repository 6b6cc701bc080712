package odootest

import "github.com/govalues/decimal"

// outstandingCodes are the accounts on which the money of payments waits for the bank.
var outstandingCodes = map[string]string{"inbound": "101403", "outbound": "101404"}

// paymentModel is what customers pay and are paid. Its entry is there from when it is posted, whereas before 18 Odoo has a draft of it
// from the beginning; all is in the company's currency.
func paymentModel() Model {
	old := [][2]string{{"draft", "Draft"}, {"posted", "Posted"}, {"cancel", "Cancelled"}}
	states := [][2]string{{"draft", "Draft"}, {"in_process", "In Process"}, {"paid", "Paid"}, {"canceled", "Canceled"}, {"rejected", "Rejected"}}
	return Model{Name: "account.payment", Description: "Payments", Fields: []Field{
		{Name: "name", Label: "Number", Type: Char},
		{Name: "state", Label: "Status", Type: Selection, Required: true, ReadOnly: true, Default: "draft", Selection: old, Until: 17},
		{Name: "state", Label: "State", Type: Selection, Required: true, Default: "draft", Selection: states, Since: 18},
		{Name: "payment_type", Type: Selection, Required: true, Default: "inbound", Selection: [][2]string{{"outbound", "Send"}, {"inbound", "Receive"}}},
		{Name: "partner_type", Type: Selection, Required: true, Default: "customer", Selection: [][2]string{{"customer", "Customer"}, {"supplier", "Vendor"}}},
		{Name: "partner_id", Label: "Customer/Vendor", Type: Many2One, Relation: "res.partner"}, {Name: "journal_id", Type: Many2One, Relation: "account.journal", Required: true},
		{Name: "amount", Type: Monetary}, {Name: "currency_id", Type: Many2One, Relation: "res.currency", Default: 1}, {Name: "date", Type: Date, Required: true},
		{Name: "ref", Label: "Reference", Type: Char, Until: 17}, {Name: "memo", Type: Char, Since: 18}, {Name: "payment_reference", Label: "Payment Reference", Type: Char, Indexed: true},
		{Name: "move_id", Label: "Journal Entry", Type: Many2One, Relation: "account.move", Indexed: true}, {Name: "invoice_ids", Label: "Invoices", Type: Many2Many, Relation: "account.move", Since: 18},
		{Name: "destination_account_id", Label: "Destination Account", Type: Many2One, Relation: "account.account", ReadOnly: true, compute: destination},
		{Name: "is_reconciled", Type: Boolean, ReadOnly: true, compute: paymentReconciled},
	}}
}

// destination is the customer's account.
func destination(e *env, _ *table, _ *record) any { return nilZero(e.account(receivableCode)) }

// paymentReconciled reports whether a posted payment is matched in full on the customer's account.
func paymentReconciled(e *env, t *table, r *record) any {
	items := e.table("account.move.line")
	move := t.ref(r, "move_id")
	if move == 0 {
		return false
	}
	account := e.account(receivableCode)
	for _, id := range items.by(items.model.field("move_id"), move) {
		if line := items.rows[id]; items.ref(line, "account_id") == account && !items.truth(line, "reconciled") {
			return false
		}
	}
	return true
}

// postPayments is action_post: the money goes from the customer's account to where it waits for the bank.
func (e *env) postPayments(ids []int64) (any, error) {
	t, rows, err := e.existing("account.payment", ids)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if t.str(r, "state") != "draft" {
			if e.series < 18 {
				return nil, userError("The entry %s (id %d) must be in draft.", t.str(r, "name"), t.ref(r, "move_id"))
			}
			continue
		}
		e.bookPayment(t, r)
	}
	return nil, e.settle()
}

// bookPayment makes and posts the entry of a payment.
func (e *env) bookPayment(t *table, r *record) {
	moves, items := e.table("account.move"), e.table("account.move.line")
	memo, link, state := "memo", "origin_payment_id", "in_process"
	if e.series < 18 {
		memo, link, state = "ref", "payment_id", "posted"
	}
	move := moves.rows[t.ref(r, "move_id")]
	if move == nil {
		move = e.add(moves, map[string]any{
			"move_type": "entry", "state": "draft", "journal_id": t.ref(r, "journal_id"), "partner_id": nilZero(t.ref(r, "partner_id")), "currency_id": t.ref(r, "currency_id"),
			"company_id": e.company().id, "date": t.str(r, "date"), "ref": t.str(r, memo), link: r.id,
		})
		balance := t.num(r, "amount")
		if t.str(r, "payment_type") == "outbound" {
			balance = balance.Neg()
		}
		for _, side := range []struct {
			code    string
			balance decimal.Decimal
		}{{outstandingCodes[t.str(r, "payment_type")], balance}, {receivableCode, balance.Neg()}} {
			line := e.add(items, map[string]any{
				"move_id": move.id, "name": t.str(r, memo), "account_id": nilZero(e.account(side.code)), "partner_id": nilZero(t.ref(r, "partner_id")),
				"date_maturity": t.str(r, "date"), "quantity": decimal.One,
			})
			e.post(items, line, side.balance)
		}
	}
	e.number(moves, move)
	e.set(t, r, map[string]any{"state": state, "move_id": move.id, "name": moves.str(move, "name")})
}

// draftPayments is action_draft, cancelPayments action_cancel.
func (e *env) draftPayments(ids []int64) (any, error) { return e.takePaymentsBack(ids, "draft") }

func (e *env) cancelPayments(ids []int64) (any, error) {
	state := "cancel"
	if e.series >= 18 {
		state = "canceled"
	}
	return e.takePaymentsBack(ids, state)
}

// takePaymentsBack opens what payments were matched with; since 16 that is when they are cancelled. From 18 on what is cancelled loses its
// entry.
func (e *env) takePaymentsBack(ids []int64, state string) (any, error) {
	t, rows, err := e.existing("account.payment", ids)
	if err != nil {
		return nil, err
	}
	moves, items := e.table("account.move"), e.table("account.move.line")
	for _, r := range rows {
		e.set(t, r, map[string]any{"state": state})
		move := moves.rows[t.ref(r, "move_id")]
		if move == nil {
			continue
		}
		if state != "draft" || e.series < 16 { // what is matched stays so in a draft
			e.unmatch(move)
		}
		if state != "canceled" {
			e.set(moves, move, map[string]any{"state": state})
			continue
		}
		e.set(t, r, map[string]any{"move_id": nil})
		for _, id := range append([]int64(nil), items.by(items.model.field("move_id"), move.id)...) {
			e.tx.remove(items, items.rows[id])
		}
		e.tx.remove(moves, move)
	}
	return nil, e.settle()
}
