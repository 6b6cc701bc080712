package odootest

import (
	"cmp"
	"slices"

	"github.com/govalues/decimal"
)

// withBooks adds what settlements are booked with: accounts between provider and bank, taxes spread over accounts, journal entries that
// are matched with each other. The amounts are in the company's currency, and statement lines are left out.
func withBooks(models []Model) []Model {
	more := map[string][]Field{
		"res.company":     {{Name: "transfer_account_id", Label: "Inter-Banks Transfer Account", Type: Many2One, Relation: "account.account"}},
		"account.account": {{Name: "user_type_id", Label: "Type", Type: Many2One, Relation: "account.account.type", Until: 15}, {Name: "company_ids", Label: "Companies", Type: Many2Many, Relation: "res.company", Since: 18, compute: everyCompany, ReadOnly: true}},
		"account.journal": {{Name: "currency_id", Type: Many2One, Relation: "res.currency"}},
		"account.move": {
			{Name: "origin_payment_id", Label: "Payment", Type: Many2One, Relation: "account.payment", Since: 18}, {Name: "payment_id", Label: "Payment", Type: Many2One, Relation: "account.payment", Until: 17},
		},
		"account.move.line": {
			{Name: "tax_repartition_line_id", Label: "Originator Tax Distribution Line", Type: Many2One, Relation: "account.tax.repartition.line"},
			{Name: "tax_tag_ids", Label: "Tags", Type: Many2Many, Relation: "account.account.tag"},
		},
		"account.partial.reconcile": {
			{Name: "debit_amount_currency", Type: Monetary, compute: matchedAmount}, {Name: "credit_amount_currency", Type: Monetary, compute: matchedAmount},
		},
	}
	for i := range models {
		models[i].Fields = append(models[i].Fields, more[models[i].Name]...)
	}
	return append(models,
		Model{Name: "account.account.type", Description: "Account Type", Until: 15, Fields: []Field{
			{Name: "name", Label: "Account Type", Type: Char, Required: true},
			{Name: "type", Type: Selection, Required: true, Default: "other", Selection: [][2]string{{"other", "Regular"}, {"receivable", "Receivable"}, {"payable", "Payable"}, {"liquidity", "Liquidity"}}},
		}},
		Model{Name: "account.account.tag", Description: "Account Tag", Fields: []Field{{Name: "name", Label: "Tag Name", Type: Char, Required: true}}},
		paymentModel(),
		Model{Name: "account.tax.repartition.line", Description: "Tax Repartition Line", NameField: "id", Fields: []Field{
			{Name: "tax_id", Type: Many2One, Relation: "account.tax", Since: 17, Indexed: true}, {Name: "document_type", Label: "Related to", Type: Selection, Since: 17, Selection: [][2]string{{"invoice", "Invoice"}, {"refund", "Refund"}}},
			{Name: "invoice_tax_id", Type: Many2One, Relation: "account.tax", Until: 16}, {Name: "refund_tax_id", Type: Many2One, Relation: "account.tax", Until: 16},
			{Name: "repartition_type", Label: "Based On", Type: Selection, Required: true, Default: "tax", Selection: [][2]string{{"base", "Base"}, {"tax", "of tax"}}},
			{Name: "factor_percent", Label: "%", Type: Float, Default: 100}, {Name: "account_id", Type: Many2One, Relation: "account.account"},
			{Name: "tag_ids", Label: "Tax Grids", Type: Many2Many, Relation: "account.account.tag"},
		}},
	)
}

// matchedAmount is what is matched: all is in one currency.
func matchedAmount(_ *env, t *table, r *record) any { return t.num(r, "amount") }

// matchable reports whether what is open of a line counts.
func (e *env) matchable(r *record) bool {
	items, accounts := e.table("account.move.line"), e.table("account.account")
	account := accounts.rows[items.ref(r, "account_id")]
	return account != nil && (accounts.truth(account, "reconcile") || accounts.model.field("account_type") != nil && accounts.str(account, "account_type") == "asset_cash")
}

// settleEntry sets what is open of the lines of a journal entry that is no invoice.
func (e *env) settleEntry(move *record) {
	items, partials := e.table("account.move.line"), e.table("account.partial.reconcile")
	for _, id := range items.by(items.model.field("move_id"), move.id) {
		line := items.rows[id]
		if !e.matchable(line) {
			continue
		}
		open := items.num(line, "balance")
		matches := e.matches(line.id)
		for _, m := range matches {
			row := partials.rows[m]
			if partials.ref(row, "credit_move_id") == line.id {
				open = plus(open, partials.num(row, "amount"))
			} else {
				open = minus(open, partials.num(row, "amount"))
			}
		}
		e.put(items, line, "amount_residual", open)
		e.put(items, line, "amount_residual_currency", open)
		e.tx.set(items, line, items.model.field("reconciled").index, open.IsZero() && len(matches) > 0)
	}
}

// balanced refuses a journal entry whose lines do not come to zero.
func (e *env) balanced(move *record) error {
	items := e.table("account.move.line")
	sum := decimal.Zero
	for _, id := range items.by(items.model.field("move_id"), move.id) {
		sum = plus(sum, items.num(items.rows[id], "balance"))
	}
	if !sum.IsZero() {
		return userError("The entry is not balanced.")
	}
	return nil
}

// reconcile matches lines with each other in the order of their maturity.
func (e *env) reconcile(ids []int64) (any, error) {
	items, moves := e.table("account.move.line"), e.table("account.move")
	var debits, credits []*record
	account := int64(0)
	for _, id := range ids {
		r := items.rows[id]
		switch {
		case r == nil:
			return nil, missing(items.model.Name, id, e.user.id)
		case items.truth(r, "reconciled"):
			return nil, userError("You are trying to reconcile some entries that are already reconciled.")
		case moves.str(moves.rows[items.ref(r, "move_id")], "state") != "posted":
			return nil, userError("You can only reconcile posted entries.")
		case account != 0 && items.ref(r, "account_id") != account:
			return nil, userError("Entries are not from the same account: %d != %d", items.ref(r, "account_id"), account)
		case !e.matchable(r):
			return nil, userError("Account %d does not allow reconciliation. First change the configuration of this account to allow it.", items.ref(r, "account_id"))
		}
		account = items.ref(r, "account_id")
		if items.num(r, "balance").IsNeg() {
			credits = append(credits, r)
		} else {
			debits = append(debits, r)
		}
	}
	due := func(r *record) string {
		return cmp.Or(items.str(r, "date_maturity"), moves.str(moves.rows[items.ref(r, "move_id")], "date"))
	}
	for _, side := range [][]*record{debits, credits} {
		slices.SortStableFunc(side, func(a, b *record) int { return cmp.Compare(due(a), due(b)) })
	}
	for len(debits) > 0 && len(credits) > 0 {
		e.match(debits[0], credits[0])
		if !items.num(debits[0], "amount_residual").IsPos() {
			debits = debits[1:]
		}
		if !items.num(credits[0], "amount_residual").IsNeg() {
			credits = credits[1:]
		}
	}
	if e.series < 16 {
		return map[string]any{}, e.settle()
	}
	return nil, e.settle()
}

// everyCompany are the companies of an account: there is one.
func everyCompany(e *env, _ *table, _ *record) any { return []int64{e.company().id} }

// unreconcile undoes what lines are matched with.
func (e *env) unreconcile(ids []int64) (any, error) {
	items, partials, moves := e.table("account.move.line"), e.table("account.partial.reconcile"), e.table("account.move")
	for _, id := range ids {
		for _, p := range e.matches(id) {
			row := partials.rows[p]
			sides := []int64{partials.ref(row, "debit_move_id"), partials.ref(row, "credit_move_id")}
			e.tx.remove(partials, row)
			for _, side := range sides {
				e.settleResidual(moves.rows[items.ref(items.rows[side], "move_id")])
			}
		}
	}
	return true, e.settle()
}
