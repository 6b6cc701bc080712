package odootest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// isInvoice reports whether a move is a customer's invoice or credit note, whose lines are computed from quantities and prices.
func (e *env) isInvoice(r *record) bool {
	t := e.table("account.move")
	kind := t.str(r, "move_type")
	return kind == "out_invoice" || kind == "out_refund"
}

// sign is -1 for what an invoice earns, 1 for what a credit note gives back.
func (e *env) sign(move *record) decimal.Decimal {
	t := e.table("account.move")
	if t.str(move, "move_type") == "out_refund" {
		return decimal.One
	}
	return decimal.One.Neg()
}

// completeAccountMove fills what a move gets where the caller said nothing.
func (e *env) completeAccountMove(t *table, r *record, put func(string, any)) {
	put("date", e.start().Format(dateLayout))
	if e.isInvoice(r) {
		put("journal_id", nilZero(e.journal("sale")))
		put("invoice_user_id", e.user.id)
		put("invoice_date_due", e.start().Format(dateLayout))
		if partner := t.ref(r, "partner_id"); partner != 0 && e.series >= 16 {
			put("partner_shipping_id", e.address(e.table("res.partner"), partner, "delivery"))
		}
	} else {
		put("journal_id", nilZero(e.journal("general")))
	}
	put("currency_id", nilZero(e.table("res.company").ref(e.company(), "currency_id")))
}

// journal is the first journal of a type.
func (e *env) journal(kind string) int64 {
	t := e.table("account.journal")
	for _, id := range t.ids {
		if r := t.rows[id]; t.str(r, "type") == kind && t.truth(r, "active") {
			return id
		}
	}
	return 0
}

// account is the account of a code.
func (e *env) account(code string) int64 {
	t := e.table("account.account")
	if ids := t.by(t.model.field("code"), code); len(ids) > 0 {
		return ids[0]
	}
	return 0
}

const receivableCode = "121000"

// completeAccountLine fills what a line of an invoice takes from its product, partner and journal.
func (e *env) completeAccountLine(t *table, r *record, given func(string) bool, put func(string, any)) {
	moves, products := e.table("account.move"), e.table("product.product")
	move := moves.rows[t.ref(r, "move_id")]
	if move == nil || strings.HasPrefix(t.str(r, "display_type"), "line_") {
		return
	}
	put("partner_id", nilZero(moves.ref(move, "partner_id")))
	if !e.isInvoice(move) {
		e.balanceOf(t, r, given)
		return
	}
	journals := e.table("account.journal")
	if journal := journals.rows[moves.ref(move, "journal_id")]; journal != nil {
		put("account_id", nilZero(journals.ref(journal, "default_account_id")))
	}
	product := products.rows[t.ref(r, "product_id")]
	if product == nil {
		return
	}
	name := e.displayName(products, product)
	if more := products.str(product, "description_sale"); more != "" {
		name += "\n" + more
	}
	put("name", name)
	if e.series >= 16 {
		put("product_uom_id", nilZero(products.ref(product, "uom_id")))
		put("price_unit", products.num(product, "list_price"))
		put("tax_ids", products.list(product, "taxes_id"))
	}
}

// balanceOf makes debit, credit and balance of an entry's line agree.
func (e *env) balanceOf(t *table, r *record, given func(string) bool) {
	balance := minus(t.num(r, "debit"), t.num(r, "credit"))
	if given("balance") && !given("debit") && !given("credit") {
		balance = t.num(r, "balance")
	}
	debit, credit := sides(balance)
	for name, v := range map[string]any{"balance": balance, "debit": debit, "credit": credit} {
		r.v[t.model.field(name).index] = v
	}
	if !given("amount_currency") {
		r.v[t.model.field("amount_currency").index] = balance
	}
}

func sides(balance decimal.Decimal) (debit, credit decimal.Decimal) {
	if balance.IsNeg() {
		return decimal.Zero, balance.Neg()
	}
	return balance, decimal.Zero
}

// computeMove sets the amounts of a draft invoice, the lines of its taxes and of what is to be paid.
func (e *env) computeMove(move *record) error {
	moves, items := e.table("account.move"), e.table("account.move.line")
	if !e.isInvoice(move) || moves.str(move, "state") != "draft" {
		return nil
	}
	if e.series < 16 && !slices.Contains(e.recut, move.id) {
		return e.addUp(move)
	}
	cur := e.currencyOf(moves.ref(move, "currency_id"))
	var list []orderLine
	for _, id := range items.by(items.model.field("move_id"), move.id) {
		row := items.rows[id]
		if !e.written(row) || strings.HasPrefix(items.str(row, "display_type"), "line_") {
			continue
		}
		l := orderLine{rec: row, quantity: items.num(row, "quantity"), price: items.num(row, "price_unit"), discount: items.num(row, "discount"), taxes: e.taxes(items.list(row, "tax_ids"))}
		if extra := items.model.field("extra_tax_data"); extra != nil {
			l.extra, _ = row.get(extra).(map[string]any)
		}
		list = append(list, l)
	}
	sums, err := e.compute(list, cur)
	if err != nil {
		return err
	}
	sign := e.sign(move)
	account := any(nil)
	for i, l := range list {
		e.put(items, l.rec, "price_subtotal", sums.lines[i].subtotal)
		e.put(items, l.rec, "price_total", sums.lines[i].total)
		e.post(items, l.rec, times(sign, sums.lines[i].subtotal))
		account = l.rec.get(items.model.field("account_id"))
	}
	// What rounding the sum leaves over is in the first line's balance, so that the entry balances.
	if rest := minus(sums.untaxed, sumOf(sums.lines)); len(list) > 0 && !rest.IsZero() {
		e.post(items, list[0].rec, times(sign, plus(sums.lines[0].subtotal, rest)))
	}
	tax := decimal.Zero
	for _, id := range sums.order {
		tax = plus(tax, sums.taxes[id])
	}
	total := plus(sums.untaxed, tax)
	e.put(moves, move, "amount_untaxed", sums.untaxed)
	e.put(moves, move, "amount_tax", tax)
	e.put(moves, move, "amount_total", total)
	e.taxLines(move, sums, sign, account)
	e.termLine(move, times(sign.Neg(), total), len(list) > 0)
	e.settleResidual(move)
	return nil
}

// addUp sums a draft of which no written line changed: before 16 the taxes stay as somebody set them. The items must balance.
func (e *env) addUp(move *record) error {
	moves, items := e.table("account.move"), e.table("account.move.line")
	var tax, over decimal.Decimal
	for _, id := range items.by(items.model.field("move_id"), move.id) {
		r := items.rows[id]
		balance := minus(items.num(r, "debit"), items.num(r, "credit"))
		over = plus(over, balance)
		e.put(items, r, "balance", balance)
		if items.ref(r, "tax_line_id") != 0 {
			tax = plus(tax, times(e.sign(move), balance))
		}
	}
	if !over.IsZero() {
		return userError("Cannot create unbalanced journal entry. Ids: [%d]\nDifferences debit - credit: [%s]", move.id, over)
	}
	e.put(moves, move, "amount_tax", tax)
	e.put(moves, move, "amount_total", plus(moves.num(move, "amount_untaxed"), tax))
	e.settleResidual(move)
	return nil
}

func sumOf(lines []lineAmounts) decimal.Decimal {
	sum := decimal.Zero
	for _, l := range lines {
		sum = plus(sum, l.subtotal)
	}
	return sum
}

// post books a balance on a line.
func (e *env) post(t *table, r *record, balance decimal.Decimal) {
	debit, credit := sides(balance)
	e.put(t, r, "debit", debit)
	e.put(t, r, "credit", credit)
	e.put(t, r, "balance", balance)
	e.put(t, r, "amount_currency", balance)
}

// taxLines brings the lines of the taxes in line: one for each tax that has an amount.
func (e *env) taxLines(move *record, sums amounts, sign decimal.Decimal, account any) {
	items, taxes, moves := e.table("account.move.line"), e.table("account.tax"), e.table("account.move")
	have := map[int64]*record{}
	for _, id := range slices.Clone(items.by(items.model.field("move_id"), move.id)) {
		if r := items.rows[id]; items.ref(r, "tax_line_id") != 0 {
			if sums.taxes[items.ref(r, "tax_line_id")].IsZero() {
				e.tx.remove(items, r)
				continue
			}
			have[items.ref(r, "tax_line_id")] = r
		}
	}
	for _, id := range sums.order {
		if sums.taxes[id].IsZero() {
			continue
		}
		r := have[id]
		if r == nil {
			r = e.add(items, map[string]any{
				"move_id": move.id, "name": taxes.str(taxes.rows[id], "name"), "display_type": e.shownAs("tax"), "exclude_from_invoice_tab": true, "sequence": e.placeOf(10000),
				"tax_line_id": id, "account_id": account, "partner_id": nilZero(moves.ref(move, "partner_id")), "quantity": decimal.Zero,
			})
		}
		e.post(items, r, times(sign, sums.taxes[id]))
	}
}

// shownAs is a kind of line that only later series know.
func (e *env) shownAs(kind string) any {
	if e.series < 16 {
		return nil
	}
	return kind
}

func (e *env) placeOf(sequence int64) int64 {
	if e.series < 16 {
		return 10
	}
	return sequence
}

// termLine brings the line of what is to be paid in line.
func (e *env) termLine(move *record, balance decimal.Decimal, wanted bool) {
	items, moves := e.table("account.move.line"), e.table("account.move")
	r := e.dueLine(move)
	switch {
	case r == nil && !wanted:
		return
	case r == nil:
		r = e.add(items, map[string]any{
			"move_id": move.id, "display_type": e.shownAs("payment_term"), "exclude_from_invoice_tab": true, "sequence": e.placeOf(12000), "quantity": decimal.Zero,
			"account_id": nilZero(e.account(receivableCode)),
		})
	case !wanted:
		e.tx.remove(items, r)
		return
	}
	e.set(items, r, map[string]any{"date_maturity": moves.str(move, "invoice_date_due"), "partner_id": nilZero(moves.ref(move, "partner_id"))})
	e.post(items, r, balance)
}

// dueLine is the line of what is to be paid of an invoice, or nil.
func (e *env) dueLine(move *record) *record {
	items := e.table("account.move.line")
	account := e.account(receivableCode)
	for _, id := range items.by(items.model.field("move_id"), move.id) {
		if r := items.rows[id]; !e.written(r) && items.ref(r, "tax_line_id") == 0 && items.ref(r, "account_id") == account {
			return r
		}
	}
	return nil
}

// postMoves is action_post. It answers the text of the records before 16, as Python shows them, and False since.
func (e *env) postMoves(ids []int64) (any, error) {
	t, rows, err := e.existing("account.move", ids)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if t.str(r, "state") == "posted" && e.series < 16 {
			continue
		}
		if err := e.checkPost(t, r); err != nil {
			return nil, err
		}
		e.number(t, r)
		e.touch(t, r)
	}
	if e.series < 16 {
		names := make([]string, len(ids))
		for i, id := range ids {
			names[i] = itoa(id)
		}
		comma := ""
		if len(ids) == 1 {
			comma = ","
		}
		return fmt.Sprintf("account.move(%s%s)", strings.Join(names, ", "), comma), e.settle()
	}
	for _, r := range rows {
		e.matchReversed(t, r)
	}
	return false, e.settle()
}

// checkPost refuses what cannot be posted.
func (e *env) checkPost(t *table, r *record) error {
	items := e.table("account.move.line")
	old := e.series < 16
	lines := items.by(items.model.field("move_id"), r.id)
	switch {
	case !old && t.str(r, "state") != "draft":
		name := t.str(r, "name")
		if name == "" {
			name = "False"
		}
		return userError("The entry %s (id %d) must be in draft.", name, r.id)
	case len(lines) == 0 && old:
		return userError("You need to add a line before posting.")
	case len(lines) == 0:
		return userError("Even magicians can't post nothing!")
	case e.isInvoice(r) && t.ref(r, "partner_id") == 0 && old:
		return userError("The field 'Customer' is required, please complete it to validate the Customer Invoice.")
	case e.isInvoice(r) && t.ref(r, "partner_id") == 0:
		return userError("The 'Customer' field is required to validate the invoice.\nYou probably don't want to explain to your auditor that you invoiced an invisible man :)")
	case e.isInvoice(r) && t.num(r, "amount_total").IsNeg():
		return userError("You cannot validate an invoice with a negative total amount. You should create a credit note instead. Use the action menu to transform it into a credit note or refund.")
	}
	return nil
}

// number posts a move: it dates it and gives it the next number of its journal, unless it has one.
func (e *env) number(t *table, r *record) {
	vals := map[string]any{"state": "posted", "posted_before": true}
	date := t.str(r, "date")
	if e.isInvoice(r) {
		if t.str(r, "invoice_date") == "" {
			vals["invoice_date"] = e.start().Format(dateLayout)
			date = e.start().Format(dateLayout)
		} else {
			date = t.str(r, "invoice_date")
		}
		vals["date"] = date
	}
	name := t.str(r, "name")
	if name == "" || name == "/" {
		journals := e.table("account.journal")
		journal := journals.rows[t.ref(r, "journal_id")]
		prefix := journals.str(journal, "code") + "/" + date[:4] + "/"
		if t.str(r, "move_type") == "out_refund" {
			prefix = "R" + prefix
		}
		width := 5
		if kind := journals.str(journal, "type"); e.series < 16 || kind != "sale" && kind != "bank" && kind != "cash" {
			prefix += date[5:7] + "/"
			width = 4
		}
		last := int64(0)
		for _, id := range t.by(t.model.field("sequence_prefix"), prefix) {
			n, _ := t.rows[id].get(t.model.field("sequence_number")).(int64)
			last = max(last, n)
		}
		name = prefix + fmt.Sprintf("%0*d", width, last+1)
		vals["name"], vals["sequence_prefix"], vals["sequence_number"] = name, prefix, last+1
	}
	if t.str(r, "move_type") == "out_invoice" && t.str(r, "payment_reference") == "" {
		vals["payment_reference"] = name
	}
	e.set(t, r, vals)
	items := e.table("account.move.line")
	if due := e.dueLine(r); due != nil {
		label := t.str(r, "payment_reference")
		if ref := t.str(r, "ref"); ref != "" && label != "" && e.series >= 16 {
			label = ref + " - " + label
		}
		if label != "" {
			e.set(items, due, map[string]any{"name": label})
		}
	}
	e.settleResidual(r)
}

// draftMoves is button_draft.
func (e *env) draftMoves(ids []int64) (any, error) {
	t, rows, err := e.existing("account.move", ids)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if e.series >= 16 && t.str(r, "state") == "draft" {
			return nil, userError("Only posted/cancelled journal entries can be reset to draft.")
		}
		if e.series < 16 {
			e.unmatch(r)
		}
		e.set(t, r, map[string]any{"state": "draft"})
		e.touch(t, r)
	}
	return nil, e.settle()
}

// cancelMoves is button_cancel.
func (e *env) cancelMoves(ids []int64) (any, error) {
	t, rows, err := e.existing("account.move", ids)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if e.series >= 16 && t.str(r, "state") == "cancel" {
			return nil, userError("Only draft journal entries can be cancelled.")
		}
		e.unmatch(r)
		e.set(t, r, map[string]any{"state": "cancel"})
		e.touch(t, r)
	}
	return nil, e.settle()
}

// guardAccountMoves refuses changes of the lines of what is posted.
func guardAccountMoves(e *env, t *table, ids []int64, vals map[string]any) (func() error, error) {
	if vals["invoice_line_ids"] == nil || e.series < 16 {
		return nil, nil
	}
	for _, id := range ids {
		if t.str(t.rows[id], "state") == "posted" {
			return nil, userError("You cannot modify the following readonly fields on a posted move: invoice_line_ids")
		}
	}
	return nil, nil
}

// guardAccountUnlink refuses to delete what is posted; before 16, too, what was posted once.
func guardAccountUnlink(e *env, t *table, ids []int64) error {
	for _, id := range ids {
		r := t.rows[id]
		switch {
		case e.series < 16 && t.truth(r, "posted_before"):
			return userError("You cannot delete an entry which has been posted once.")
		case e.series >= 16 && t.str(r, "state") == "posted":
			return userError("You can't delete a posted journal item. Don’t play games with your accounting records; reset the journal entry to draft before deleting it.")
		}
	}
	return nil
}

// touchMove notes that a move's amounts are to be computed, and what it says of orders.
func (e *env) touchMove(id int64) {
	items := e.table("account.move.line")
	if id == 0 || slices.Contains(e.moves, id) {
		return
	}
	e.moves = append(e.moves, id)
	for _, item := range items.by(items.model.field("move_id"), id) {
		for _, line := range items.list(items.rows[item], "sale_line_ids") {
			e.touchInvoiced(line)
		}
	}
}

// relinked notes which line of an order an invoice's line now names, or does no longer.
func (e *env) relinked(f *Field, id, other int64) {
	if f.Relation == "sale.order.line" {
		e.touchInvoiced(other)
	} else {
		e.touchInvoiced(id)
	}
}

func (e *env) touchInvoiced(line int64) {
	if !slices.Contains(e.sold, line) {
		e.sold = append(e.sold, line)
	}
}

// settleMoves computes the invoices that changed and what is invoiced of the orders' lines.
func (e *env) settleMoves() error {
	moves, lines := e.table("account.move"), e.table("sale.order.line")
	dirty := e.moves
	e.moves = nil
	for _, id := range dirty {
		if r := moves.rows[id]; r != nil {
			if err := e.computeMove(r); err != nil {
				return err
			}
			if err := e.balanced(r); err != nil {
				return err
			}
		}
	}
	e.recut = nil
	sold := e.sold
	e.sold = nil
	for _, id := range sold {
		if r := lines.rows[id]; r != nil {
			e.countInvoiced(r)
		}
	}
	return nil
}
