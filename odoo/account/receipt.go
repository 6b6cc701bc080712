package account

import (
	"context"
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// Receipt is money that came in for a sale order, before or after that is invoiced.
type Receipt struct {
	ExternalID odoo.ExternalID
	// Order is the sale order. Its invoice address is who pays, its currency that of Amount.
	Order int64
	// Journal is the clearing journal of the payment provider, of type bank or cash. Its payment methods need outstanding accounts.
	Journal int64
	// Amount is positive.
	Amount decimal.Decimal
	// Date is the day of the payment, required: it must be the same when the receipt is registered again.
	Date odoo.Date
	// Ref is the provider's id of the payment. Reference is the caller's name of the order, by which [FindReceipts] finds the receipt; it
	// becomes the payment's payment_reference.
	Ref, Reference string
}

// Registered is a receipt as Odoo has it.
type Registered struct {
	// ID is the payment (account.payment), Entry its journal entry, 0 while it has none.
	ID, Entry             int64
	ExternalID            odoo.ExternalID
	Journal, Currency     odoo.Many2One
	Amount                decimal.Decimal
	Ref, Reference        string
	Draft, Posted         bool
	Cancelled, Reconciled bool
}

// ReceiptResult is what became of a receipt.
type ReceiptResult struct {
	// ID is the payment, 0 if it was not inserted.
	ID int64
	// Err is an [*InvalidDraft], a [*PaymentCancelled], a [*PaymentDiffers], a [*NoEntry] or Odoo's refusal.
	Err error
	// New says that this call has posted it, Reconciled that nothing of it is left for [MatchReceipts].
	New, Reconciled bool
}

// RegisterReceipts inserts the payments that do not exist and posts them. Each exists once by its External ID, whether its order is
// invoiced or not; [MatchReceipts] matches them with the invoices. One that a person has cancelled since is an error, never a second
// one. There is one result per receipt, in order. It is safe to repeat and to run concurrently.
func RegisterReceipts(ctx context.Context, client *odoo.Client, receipts []Receipt) ([]ReceiptResult, error) {
	results := make([]ReceiptResult, len(receipts))
	payers, err := payersOf(ctx, client, receipts)
	if err != nil {
		return nil, err
	}
	batch := odoo.LoadBatch{
		Model: "account.payment", Mode: odoo.InsertMissing, Context: odoo.Unattended(),
		Fields: []string{"payment_type", "partner_type", "partner_id/.id", "journal_id/.id", "amount", "currency_id/.id", "memo", "payment_reference", "date"},
	}
	there, err := idsOf(ctx, client, receipts)
	if err != nil {
		return nil, err
	}
	var loaded []int
	for i, r := range receipts {
		payer, known := payers[r.Order]
		switch {
		case r.ExternalID.IsZero():
			results[i].Err = &InvalidDraft{Field: "ExternalID", Reason: "is missing"}
		case !r.Amount.IsPos():
			results[i].Err = &InvalidDraft{ExternalID: r.ExternalID, Field: "Amount", Reason: "is not above zero"}
		case r.Date.IsZero():
			results[i].Err = &InvalidDraft{ExternalID: r.ExternalID, Field: "Date", Reason: "is missing"}
		case !known:
			results[i].Err = &InvalidDraft{ExternalID: r.ExternalID, Field: "Order", Reason: "is not there, or the user may not see it"}
		case there[r.ExternalID] != 0:
			results[i].ID = there[r.ExternalID]
		default:
			loaded = append(loaded, i)
			batch.Records = append(batch.Records, odoo.LoadRecord{ExternalID: r.ExternalID, Rows: [][]string{{
				"inbound", "customer", id(payer.partner), id(r.Journal), r.Amount.String(), id(payer.currency), r.Ref, r.Reference, r.Date.String(),
			}}})
		}
	}
	if len(loaded) > 0 {
		made, err := client.Load(ctx, batch)
		if err != nil {
			return nil, err
		}
		for n, i := range loaded {
			results[i].ID, results[i].Err = made[n].ID, made[n].Err
		}
	}
	rows, err := readReceipts(ctx, client, results)
	if err != nil {
		return nil, err
	}
	var drafts []int64
	for i, r := range receipts {
		stored, ok := rows[results[i].ID]
		switch {
		case results[i].Err != nil || !ok:
		case stored.cancelled():
			results[i].Err = &PaymentCancelled{Payment: stored.ID}
		case !stored.Amount.Equal(r.Amount) || stored.Direction != "inbound" || stored.Journal.ID != r.Journal || stored.Currency.ID != payers[r.Order].currency:
			results[i].Err = &PaymentDiffers{Payment: stored.ID, Amount: stored.Amount, Asked: r.Amount}
		case stored.draft():
			drafts = append(drafts, stored.ID)
		}
	}
	refused, err := postReceipts(ctx, client, drafts)
	if err != nil {
		return nil, err
	}
	if rows, err = readReceipts(ctx, client, results); err != nil {
		return nil, err
	}
	for i := range results {
		stored := rows[results[i].ID]
		switch {
		case results[i].Err != nil || stored.ID == 0:
		case refused[stored.ID] != nil:
			results[i].Err = refused[stored.ID]
		case stored.Entry.IsZero():
			results[i].Err = &NoEntry{Payment: stored.ID, Journal: stored.Journal.ID}
		default:
			results[i].New, results[i].Reconciled = slices.Contains(drafts, stored.ID), stored.Reconciled
		}
	}
	return results, nil
}

// idsOf are the receipts that are there, by External ID, as far as their references tell: those that are not found are inserted unless they
// are there.
func idsOf(ctx context.Context, client *odoo.Client, receipts []Receipt) (map[odoo.ExternalID]int64, error) {
	var references []string
	for _, r := range receipts {
		if r.Reference != "" {
			references = append(references, r.Reference)
		}
	}
	slices.Sort(references)
	found, err := FindReceipts(ctx, client, slices.Compact(references))
	if err != nil {
		return nil, err
	}
	ids := make(map[odoo.ExternalID]int64, len(found))
	for _, r := range found {
		ids[r.ExternalID] = r.ID
	}
	return ids, nil
}

func readReceipts(ctx context.Context, client *odoo.Client, results []ReceiptResult) (map[int64]paymentRow, error) {
	var ids []int64
	for _, r := range results {
		if r.ID != 0 && r.Err == nil {
			ids = append(ids, r.ID)
		}
	}
	rows, err := odoo.Read[paymentRow](ctx, client, ids...)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]paymentRow, len(rows))
	for _, row := range rows {
		byID[row.ID] = row
	}
	return byID, nil
}

// postReceipts posts drafts in one call, and one by one if that is refused; what is refused then has its reason.
func postReceipts(ctx context.Context, client *odoo.Client, drafts []int64) (map[int64]error, error) {
	if len(drafts) == 0 {
		return nil, nil
	}
	err := client.Do(ctx, odoo.Call{Model: "account.payment", Method: "action_post", IDs: drafts})
	if err == nil || ctx.Err() != nil {
		return nil, err
	}
	refused := map[int64]error{}
	for _, draft := range drafts {
		rows, err := odoo.Read[paymentRow](ctx, client, draft)
		if err != nil {
			return nil, err
		}
		if rows[0].posted() { // the reply was lost, or another process was first
			continue
		}
		if err := press(ctx, client, "action_post", draft, paymentRow.posted); err != nil {
			if !odoo.Isolatable(err) {
				return nil, err
			}
			refused[draft] = err
		}
	}
	return refused, nil
}

// payer is who pays for an order, and in which currency.
type payer struct{ partner, currency int64 }

type payingOrder struct {
	ID       int64         `odoo:"id"`
	Partner  odoo.Many2One `odoo:"partner_invoice_id"`
	Currency odoo.Many2One `odoo:"currency_id"`
}

type payingPartner struct {
	ID         int64         `odoo:"id"`
	Commercial odoo.Many2One `odoo:"commercial_partner_id"`
}

// OdooModel names the model.
func (payingOrder) OdooModel() string { return "sale.order" }

// OdooModel names the model.
func (payingPartner) OdooModel() string { return "res.partner" }

// payersOf are the payers by order: the partner that Odoo books what the invoice address owes on.
func payersOf(ctx context.Context, client *odoo.Client, receipts []Receipt) (map[int64]payer, error) {
	var ids []int64
	for _, r := range receipts {
		ids = append(ids, r.Order)
	}
	orders, err := odoo.Find[payingOrder](ctx, client, odoo.In("id", ids)) // one that is gone is left out
	if err != nil {
		return nil, err
	}
	var addresses []int64
	for _, order := range orders {
		addresses = append(addresses, order.Partner.ID)
	}
	partners, err := odoo.Read[payingPartner](ctx, client, addresses...)
	if err != nil {
		return nil, err
	}
	commercial := make(map[int64]int64, len(partners))
	for _, partner := range partners {
		commercial[partner.ID] = partner.Commercial.ID
	}
	payers := make(map[int64]payer, len(orders))
	for _, order := range orders {
		if partner := commercial[order.Partner.ID]; partner != 0 {
			payers[order.ID] = payer{partner: partner, currency: order.Currency.ID}
		}
	}
	return payers, nil
}

type receiptRow struct {
	ID         int64           `odoo:"id"`
	State      string          `odoo:"state"`
	Amount     decimal.Decimal `odoo:"amount"`
	Journal    odoo.Many2One   `odoo:"journal_id"`
	Currency   odoo.Many2One   `odoo:"currency_id"`
	Entry      odoo.Many2One   `odoo:"move_id"`
	Ref        string          `odoo:"memo"`
	Reference  string          `odoo:"payment_reference"`
	Reconciled bool            `odoo:"is_reconciled"`
}

// OdooModel names the model.
func (receiptRow) OdooModel() string { return "account.payment" }

// FindReceipts returns the receipts with one of the References, whatever their state, by id. What other people gave the same
// reference has another External ID. It only reads.
func FindReceipts(ctx context.Context, client *odoo.Client, references []string) ([]Registered, error) {
	var all []Registered
	for part := range slices.Chunk(references, unsettledBatch) {
		found, err := registered(ctx, client, odoo.In("payment_reference", part))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// OpenReceipts returns the posted receipts in journals that no invoice is matched with in full, by id. It only reads.
func OpenReceipts(ctx context.Context, client *odoo.Client, journals []int64) ([]Registered, error) {
	all, err := registered(ctx, client, odoo.And(
		odoo.In("journal_id", journals), odoo.Eq("is_reconciled", false), odoo.In("state", []string{"posted", "in_process", "paid"}), odoo.Ne("payment_reference", false)))
	return slices.DeleteFunc(all, func(r Registered) bool { return !r.Posted || r.Reconciled }), err
}

func registered(ctx context.Context, client *odoo.Client, domain odoo.Domain) ([]Registered, error) {
	rows, err := odoo.Find[receiptRow](ctx, client, odoo.And(domain, odoo.Eq("payment_type", "inbound")))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	names, err := client.Lookup(ctx, "account.payment", ids)
	if err != nil {
		return nil, err
	}
	var all []Registered
	for _, row := range rows {
		name, ok := names[row.ID]
		if !ok {
			continue
		}
		state := paymentRow{State: row.State}
		all = append(all, Registered{
			ID: row.ID, Entry: row.Entry.ID, ExternalID: name, Journal: row.Journal, Currency: row.Currency, Amount: row.Amount, Ref: row.Ref, Reference: row.Reference,
			Draft: state.draft(), Posted: state.posted(), Cancelled: state.cancelled(), Reconciled: row.Reconciled,
		})
	}
	return all, nil
}

type receiptItem struct {
	payItem
	Move odoo.Many2One `odoo:"move_id"`
}

// MatchReceipts matches posted receipts, by their ids, with the posted invoices of their orders, as far as both go, and returns for how
// many orders it did. An order that has no posted invoice is left alone; what is paid beyond the invoices stays the customer's. It is
// safe to repeat and to run concurrently.
//
// Odoo from 18 on matches a credit note that it posts with an invoice that is not paid yet. Money that came in for all of it says
// that they were not settled so: that match is undone.
func MatchReceipts(ctx context.Context, client *odoo.Client, orders map[int64]int64) (matched map[int64]bool, failed map[int64]error, err error) {
	bills, err := billsOf(ctx, client, slices.Sorted(maps.Values(orders)))
	if err != nil {
		return nil, nil, err
	}
	invoices := map[int64][]int64{} // by order
	var moves []int64
	for _, move := range slices.Sorted(maps.Keys(bills)) {
		if bill := bills[move]; bill.Kind == KindInvoice {
			invoices[bill.order] = append(invoices[bill.order], move)
			moves = append(moves, move)
		}
	}
	if len(moves) == 0 {
		return nil, nil, nil
	}
	payments, err := odoo.Read[paymentRow](ctx, client, slices.Sorted(maps.Keys(orders))...)
	if err != nil {
		return nil, nil, err
	}
	entries := map[int64]int64{} // order by journal entry
	for _, p := range payments {
		if p.posted() && !p.Entry.IsZero() && len(invoices[orders[p.ID]]) > 0 {
			entries[p.Entry.ID] = orders[p.ID]
		}
	}
	items, err := odoo.Find[receiptItem](ctx, client, odoo.And(
		odoo.In("move_id", append(slices.Sorted(maps.Keys(entries)), moves...)), receivable(client)))
	if err != nil {
		return nil, nil, err
	}
	due, paid := map[int64][]payItem{}, map[int64][]payItem{} // by invoice and by order
	for _, it := range items {
		if order, ok := entries[it.Move.ID]; ok {
			paid[order] = append(paid[order], it.payItem)
		} else {
			due[it.Move.ID] = append(due[it.Move.ID], it.payItem)
		}
	}
	var groups [][]int64
	var of []int64
	for _, order := range slices.Sorted(maps.Keys(paid)) {
		own := openOf(paid[order])
		if len(own) == 0 {
			continue
		}
		var c exact.Calc
		left := openSum(&c, paid[order])
		var open []int64
		for _, move := range invoices[order] {
			if left.IsPos() { // what is not owed, Odoo may have matched by itself
				if due[move], err = releaseOther(ctx, client, Move{ID: move, Kind: KindInvoice}, due[move], left); err != nil {
					return nil, nil, err
				}
			}
			left = c.Sub(left, openSum(&c, due[move]))
			open = append(open, openOf(due[move])...)
		}
		if c.Err() != nil {
			return nil, nil, c.Err()
		}
		if len(open) > 0 {
			groups, of = append(groups, append(own, open...)), append(of, order)
		}
	}
	failures, err := ReconcileGroups(ctx, client, groups)
	if err != nil {
		return nil, nil, err
	}
	matched, failed = map[int64]bool{}, map[int64]error{}
	for i, order := range of {
		if failures[i] != nil {
			failed[order] = failures[i]
			continue
		}
		matched[order] = true
	}
	return matched, failed, nil
}

// openSum is what is open of items, positive.
func openSum(c *exact.Calc, items []payItem) decimal.Decimal {
	sum := decimal.Zero
	for _, it := range items {
		sum = c.Add(sum, it.Residual)
	}
	return sum.Abs()
}

// UnsettledReceipts is what a provider has still to settle of posted receipts in its journal: their outstanding items, by payment. It
// only reads.
func UnsettledReceipts(ctx context.Context, client *odoo.Client, receipts []Registered) (map[int64][]Unsettled, error) {
	var moves []paymentMove
	for _, r := range receipts {
		if r.Posted && r.Entry != 0 {
			moves = append(moves, paymentMove{ID: r.Entry, Ref: r.Ref})
		}
	}
	open, err := outstanding(ctx, client, moves)
	if err != nil {
		return nil, err
	}
	found := map[int64][]Unsettled{}
	for _, r := range receipts {
		if items := open[r.Entry]; len(items) > 0 {
			found[r.ID] = items
		}
	}
	return found, nil
}

// CustomerCredit is what is not matched with an invoice of posted receipts: the open amount on the customer's account by payment,
// positive, in the currency of the receipt. It only reads.
func CustomerCredit(ctx context.Context, client *odoo.Client, receipts []Registered) (map[int64]decimal.Decimal, error) {
	byEntry := map[int64]int64{}
	for _, r := range receipts {
		if r.Posted && r.Entry != 0 {
			byEntry[r.Entry] = r.ID
		}
	}
	if len(byEntry) == 0 {
		return nil, nil
	}
	items, err := odoo.Find[receiptItem](ctx, client, odoo.And(odoo.In("move_id", slices.Sorted(maps.Keys(byEntry))), receivable(client), odoo.Eq("reconciled", false)))
	if err != nil {
		return nil, err
	}
	var c exact.Calc
	open := map[int64]decimal.Decimal{}
	for _, it := range items {
		id := byEntry[it.Move.ID]
		open[id] = c.Sub(open[id], it.Residual)
	}
	return open, c.Err()
}
