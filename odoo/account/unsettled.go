package account

import (
	"context"
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// Unsettled is what a payment provider has still to settle: what is open of an invoice or a credit note, or the outstanding item of
// a payment that was registered in the provider's journal.
type Unsettled struct {
	// ID is the journal item, Move its entry.
	ID, Move int64
	// Order is the sale order, 0 if the payment is matched with none.
	Order                      int64
	Account, Partner, Currency odoo.Many2One
	// Residual is what is open in Currency, positive for what we are owed.
	Residual decimal.Decimal
	// Maturity is when it is due, by which Odoo matches; the date of the entry where there is no day of its own.
	Maturity odoo.Date
	// Payment says that it is a payment's, Ref its memo: the provider's id.
	Payment bool
	Ref     string
	// Kind tells what customers owe from what they are owed.
	Kind Kind
	// Settled says that nothing is open of it.
	Settled bool
	// Matched is what Odoo matched of it with a credit note or an invoice of the same order, in Currency and signed as Residual, as it
	// does from 18 on when it posts a credit note whose invoice is not paid. [Release] opens it again.
	Matched decimal.Decimal
}

// unsettledBatch is how many orders or moves one search names.
const unsettledBatch = 500

// FindUnsettled returns what is open of sale orders, their posted invoices and credit notes and the payments of these in the journal; of
// an order of which nothing is open, what was settled. Orders without posted invoice are left out. It only reads, in
// proportion to the orders.
func FindUnsettled(ctx context.Context, client *odoo.Client, journal int64, orders []int64) ([]Unsettled, error) {
	var all []Unsettled
	for part := range slices.Chunk(orders, unsettledBatch) {
		found, err := unsettledOf(ctx, client, journal, part)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func unsettledOf(ctx context.Context, client *odoo.Client, journal int64, orders []int64) ([]Unsettled, error) {
	moves, err := billsOf(ctx, client, orders)
	if err != nil || len(moves) == 0 {
		return nil, err
	}
	rows, err := odoo.Find[dueRow](ctx, client, odoo.And(odoo.In("move_id", slices.Sorted(maps.Keys(moves))), receivable(client)))
	if err != nil {
		return nil, err
	}
	matches, err := matchesOf(ctx, client, rows)
	if err != nil {
		return nil, err
	}
	payments, err := paymentsOf(ctx, client, journal, rows, matches)
	if err != nil {
		return nil, err
	}
	bound, err := boundBy(rows, matches)
	if err != nil {
		return nil, err
	}
	var all []Unsettled
	open, done := map[int64]bool{}, map[int64]Unsettled{}
	add := func(order int64, u Unsettled) {
		u.Order = order
		if u.Settled && u.Matched.IsZero() {
			done[order] = u
			return
		}
		open[order] = true
		all = append(all, u)
	}
	for _, row := range rows {
		bill := moves[row.Move.ID]
		u := row.unsettled()
		u.Kind, u.Matched = bill.Kind, bound[row.ID]
		add(bill.order, u)
		for _, paid := range payments[row.ID] {
			add(bill.order, paid)
		}
	}
	for _, order := range slices.Sorted(maps.Keys(done)) {
		if !open[order] {
			all = append(all, done[order])
		}
	}
	return all, nil
}

// FindUnsettledPayments returns the open items of payments in the journal by the provider's ids of them (their memos). It only reads.
func FindUnsettledPayments(ctx context.Context, client *odoo.Client, journal int64, refs []string) ([]Unsettled, error) {
	var all []Unsettled
	for part := range slices.Chunk(refs, unsettledBatch) {
		moves, err := odoo.Find[paymentMove](ctx, client, odoo.And(
			odoo.Eq("journal_id", journal), odoo.In("ref", part), odoo.Ne("origin_payment_id", false), odoo.Eq("state", StatePosted)))
		if err != nil {
			return nil, err
		}
		found, err := outstanding(ctx, client, moves)
		if err != nil {
			return nil, err
		}
		for _, move := range moves {
			all = append(all, found[move.ID]...)
		}
	}
	return all, nil
}

type billRow struct {
	ID       int64         `odoo:"id"`
	Kind     Kind          `odoo:"move_type"`
	State    State         `odoo:"state"`
	Reversed odoo.Many2One `odoo:"reversed_entry_id"`
	order    int64
}

// OdooModel names the model.
func (billRow) OdooModel() string { return "account.move" }

type billedOrder struct {
	ID    int64   `odoo:"id"`
	Bills []int64 `odoo:"invoice_ids"`
}

// OdooModel names the model.
func (billedOrder) OdooModel() string { return "sale.order" }

// billsOf are the posted invoices and credit notes of orders.
func billsOf(ctx context.Context, client *odoo.Client, orders []int64) (map[int64]billRow, error) {
	rows, err := odoo.Find[billedOrder](ctx, client, odoo.In("id", orders))
	if err != nil {
		return nil, err
	}
	of := map[int64]int64{}
	for _, row := range rows {
		for _, bill := range row.Bills {
			of[bill] = row.ID
		}
	}
	if len(of) == 0 {
		return nil, nil
	}
	ids := slices.Sorted(maps.Keys(of))
	// A credit note of amounts alone names no line of the order: its invoice does.
	bills, err := odoo.Find[billRow](ctx, client, odoo.And(odoo.Eq("state", StatePosted), odoo.Or(
		odoo.In("id", ids), odoo.And(odoo.In("reversed_entry_id", ids), odoo.Eq("move_type", KindCreditNote)))))
	if err != nil {
		return nil, err
	}
	found := make(map[int64]billRow, len(bills))
	for _, bill := range bills {
		if bill.order = of[bill.ID]; bill.order == 0 {
			bill.order = of[bill.Reversed.ID]
		}
		found[bill.ID] = bill
	}
	return found, nil
}

type dueRow struct {
	ID         int64           `odoo:"id"`
	Move       odoo.Many2One   `odoo:"move_id"`
	Account    odoo.Many2One   `odoo:"account_id"`
	Partner    odoo.Many2One   `odoo:"partner_id"`
	Currency   odoo.Many2One   `odoo:"currency_id"`
	Reconciled bool            `odoo:"reconciled"`
	Residual   decimal.Decimal `odoo:"amount_residual_currency"`
	Maturity   odoo.Date       `odoo:"date_maturity"`
	Date       odoo.Date       `odoo:"date"`
	Debits     []int64         `odoo:"matched_debit_ids"`
	Credits    []int64         `odoo:"matched_credit_ids"`
}

// OdooModel names the model.
func (dueRow) OdooModel() string { return "account.move.line" }

func (r dueRow) unsettled() Unsettled {
	u := Unsettled{
		ID: r.ID, Move: r.Move.ID, Account: r.Account, Partner: r.Partner, Currency: r.Currency, Residual: r.Residual, Maturity: r.Maturity, Settled: r.Reconciled,
	}
	if u.Maturity.IsZero() {
		u.Maturity = r.Date
	}
	return u
}

// receivable is the domain of what customers owe and are owed.
func receivable(client *odoo.Client) odoo.Domain {
	if client.Version().AtLeast(16) {
		return odoo.Eq("account_id.account_type", "asset_receivable")
	}
	return odoo.Eq("account_id.user_type_id.type", "receivable")
}

type paymentMove struct {
	ID  int64  `odoo:"id"`
	Ref string `odoo:"ref"`
}

// OdooModel names the model.
func (paymentMove) OdooModel() string { return "account.move" }

type partial struct {
	match
	DebitAmount  decimal.Decimal `odoo:"debit_amount_currency"`
	CreditAmount decimal.Decimal `odoo:"credit_amount_currency"`
}

// matchesOf are the matches of items.
func matchesOf(ctx context.Context, client *odoo.Client, rows []dueRow) ([]partial, error) {
	var ids []int64
	for _, row := range rows {
		ids = append(append(ids, row.Debits...), row.Credits...)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	return odoo.Find[partial](ctx, client, odoo.In("id", slices.Compact(ids)))
}

// boundBy is how much of items is matched among themselves, where the credit note is matched with nothing else. Matches with exchange
// differences, which are nothing in the items' currency, do not count.
func boundBy(rows []dueRow, matches []partial) (map[int64]decimal.Decimal, error) {
	var c exact.Calc
	own, times := map[int64]bool{}, map[int64]int{}
	for _, row := range rows {
		own[row.ID] = true
	}
	for _, m := range matches {
		if !m.DebitAmount.IsZero() || !m.CreditAmount.IsZero() {
			times[m.Debit.ID]++
			times[m.Credit.ID]++
		}
	}
	bound := map[int64]decimal.Decimal{}
	for _, m := range matches {
		if own[m.Debit.ID] && own[m.Credit.ID] && times[m.Credit.ID] == 1 {
			bound[m.Debit.ID] = c.Add(bound[m.Debit.ID], m.DebitAmount)
			bound[m.Credit.ID] = c.Sub(bound[m.Credit.ID], m.CreditAmount)
		}
	}
	return bound, c.Err()
}

// Release opens again what Odoo matched of credit notes and invoices by itself: the money shows that they were not settled with
// each other. Items that are credits are released with all their matches, others are left alone. It is safe to repeat.
func Release(ctx context.Context, client *odoo.Client, items []Unsettled) error {
	var credits []int64
	for _, u := range items {
		if u.Matched.IsNeg() {
			credits = append(credits, u.ID)
		}
	}
	if len(credits) == 0 {
		return nil
	}
	rows, err := odoo.Read[payItem](ctx, client, credits...)
	if err != nil {
		return err
	}
	return release(ctx, client, rows)
}

// paymentsOf are the open items of the payments in the journal that items are matched with, by these.
func paymentsOf(ctx context.Context, client *odoo.Client, journal int64, rows []dueRow, matches []partial) (map[int64][]Unsettled, error) {
	if len(matches) == 0 {
		return nil, nil
	}
	own := map[int64]bool{}
	for _, row := range rows {
		own[row.ID] = true
	}
	others := map[int64]int64{} // item of a payment to that which it pays
	for _, m := range matches {
		if own[m.Debit.ID] {
			others[m.Credit.ID] = m.Debit.ID
		}
		if own[m.Credit.ID] {
			others[m.Debit.ID] = m.Credit.ID
		}
	}
	items, err := odoo.Find[owner](ctx, client, odoo.And(odoo.In("id", slices.Sorted(maps.Keys(others))), odoo.Eq("journal_id", journal)))
	if err != nil || len(items) == 0 {
		return nil, err
	}
	ids := make([]int64, len(items))
	for i, it := range items {
		ids[i] = it.Move.ID
	}
	moves, err := odoo.Find[paymentMove](ctx, client, odoo.And(odoo.In("id", ids), odoo.Ne("origin_payment_id", false), odoo.Eq("state", StatePosted)))
	if err != nil {
		return nil, err
	}
	open, err := outstanding(ctx, client, moves)
	if err != nil {
		return nil, err
	}
	found := map[int64][]Unsettled{}
	taken := map[int64]bool{}
	for _, it := range items { // a payment of several invoices is one of the first
		if !taken[it.Move.ID] {
			taken[it.Move.ID] = true
			found[others[it.ID]] = append(found[others[it.ID]], open[it.Move.ID]...)
		}
	}
	return found, nil
}

// outstanding are the open items of payments, besides what customers owe, by entry.
func outstanding(ctx context.Context, client *odoo.Client, moves []paymentMove) (map[int64][]Unsettled, error) {
	if len(moves) == 0 {
		return nil, nil
	}
	refs := map[int64]string{}
	for _, move := range moves {
		refs[move.ID] = move.Ref
	}
	rows, err := odoo.Find[dueRow](ctx, client, odoo.And(
		odoo.In("move_id", slices.Sorted(maps.Keys(refs))), odoo.Not(receivable(client)), odoo.Eq("account_id.reconcile", true), odoo.Eq("reconciled", false)))
	if err != nil {
		return nil, err
	}
	found := map[int64][]Unsettled{}
	for _, row := range rows {
		u := row.unsettled()
		u.Payment, u.Ref, u.Kind = true, refs[u.Move], KindInvoice
		if u.Residual.IsNeg() {
			u.Kind = KindCreditNote
		}
		found[u.Move] = append(found[u.Move], u)
	}
	return found, nil
}
