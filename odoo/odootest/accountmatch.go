package odootest

import (
	"slices"

	"github.com/govalues/decimal"
)

// match reconciles a debit with a credit as far as both are open.
func (e *env) match(debit, credit *record) {
	items, partials := e.table("account.move.line"), e.table("account.partial.reconcile")
	amount := items.num(debit, "amount_residual").Min(items.num(credit, "amount_residual").Neg())
	if !amount.IsPos() {
		return
	}
	e.add(partials, map[string]any{"debit_move_id": debit.id, "credit_move_id": credit.id, "amount": amount})
	moves := e.table("account.move")
	for _, r := range []*record{debit, credit} {
		e.settleResidual(moves.rows[items.ref(r, "move_id")])
	}
}

// matchReversed reconciles a credit note with the invoice that it takes back, as far as that is open. Odoo does so since 16.
func (e *env) matchReversed(t *table, r *record) {
	invoice := t.rows[t.ref(r, "reversed_entry_id")]
	if invoice == nil || t.str(invoice, "state") != "posted" {
		return
	}
	debit, credit := e.dueLine(invoice), e.dueLine(r)
	if debit != nil && credit != nil {
		e.match(debit, credit)
	}
}

// unmatch undoes what the lines of a move are reconciled with.
func (e *env) unmatch(move *record) {
	items, partials, moves := e.table("account.move.line"), e.table("account.partial.reconcile"), e.table("account.move")
	for _, id := range items.by(items.model.field("move_id"), move.id) {
		for _, p := range e.matches(id) {
			row := partials.rows[p]
			sides := []int64{partials.ref(row, "debit_move_id"), partials.ref(row, "credit_move_id")}
			e.tx.remove(partials, row)
			for _, side := range sides {
				e.settleResidual(moves.rows[items.ref(items.rows[side], "move_id")])
			}
		}
	}
}

// matches are the reconciliations of a line.
func (e *env) matches(item int64) []int64 {
	t := e.table("account.partial.reconcile")
	return slices.Concat(t.by(t.model.field("debit_move_id"), item), t.by(t.model.field("credit_move_id"), item))
}

// settleResidual sets what is open of a move's line to be paid, and how far the move is paid.
func (e *env) settleResidual(move *record) {
	moves, items, partials := e.table("account.move"), e.table("account.move.line"), e.table("account.partial.reconcile")
	if !e.isInvoice(move) {
		e.settleEntry(move)
		return
	}
	due := e.dueLine(move)
	if due == nil {
		return
	}
	open := items.num(due, "balance")
	kinds := map[string]bool{}
	for _, id := range e.matches(due.id) {
		row := partials.rows[id]
		other := partials.ref(row, "credit_move_id")
		if other == due.id {
			other = partials.ref(row, "debit_move_id")
			open = plus(open, partials.num(row, "amount"))
		} else {
			open = minus(open, partials.num(row, "amount"))
		}
		kinds[moves.str(moves.rows[items.ref(items.rows[other], "move_id")], "move_type")] = true
	}
	e.put(items, due, "amount_residual", open)
	e.put(items, due, "amount_residual_currency", open)
	e.tx.set(items, due, items.model.field("reconciled").index, open.IsZero() && len(kinds) > 0)
	e.put(moves, move, "amount_residual", open.Abs())
	if moves.str(move, "state") == "draft" && len(kinds) > 0 {
		return // what is matched stays as it was when a move goes back to draft
	}
	state := "not_paid"
	switch {
	case len(kinds) == 0:
	case !open.IsZero():
		state = "partial"
	case moves.str(move, "move_type") == "out_invoice" && len(kinds) == 1 && kinds["out_refund"]:
		state = "reversed"
	default:
		state = "paid"
	}
	e.tx.set(moves, move, moves.model.field("payment_state").index, state)
}

// times multiplies by a sign.
func times(sign, d decimal.Decimal) decimal.Decimal {
	if sign.IsNeg() {
		return d.Neg()
	}
	return d
}
