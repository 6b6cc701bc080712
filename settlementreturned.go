package retailsync

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// returned books what came back of a payout that failed: on the account on which the payout waits for the bank, whatever the rules say of
// other transfers.
func (b *bookkeeper) returned(i int) booking {
	e := &b.settlement.Entries[i]
	item := account.EntryItem{ExternalID: b.entryName(b.settlement, e), Account: b.transit, Name: label(e)}
	return booking{
		date: b.day(e.At), currency: e.Currency, entries: []int{i}, items: []bookedItem{{EntryItem: item, amount: e.Amount.Neg(), entry: i}},
	}
}

// matchReturned matches what came back of payouts that failed with these, which other settlements have. A payout that is not booked yet
// is matched when it is.
func (t *settlementTask) matchReturned(ctx context.Context) error {
	for i := range t.s.Entries {
		e := &t.s.Entries[i]
		if e.Kind != canonical.EntryTransfer || e.Payout == "" {
			continue
		}
		line, booked := t.known.lines[t.books.entryName(&t.s, e)]
		if !booked || line.Reconciled || line.Account.ID != t.books.transit {
			continue
		}
		waiting, err := t.opposite(ctx, line.Residual, e.Currency)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(waiting, func(w waitingItem) bool { return t.books.isPayout(w.external, e) })
		if at < 0 {
			continue
		}
		if err := t.matchBack(ctx, line.ID, waiting[at].ID); err != nil {
			return err
		}
	}
	return nil
}

// matchBack matches a payout with what came back of it.
func (t *settlementTask) matchBack(ctx context.Context, one, other int64) error {
	t.changed = true
	if t.DryRun {
		return nil
	}
	return account.Reconcile(ctx, t.erp, []int64{one, other})
}

// isPayout reports whether an item is named after the payout that an entry returns.
func (b *clearing) isPayout(name odoo.ExternalID, e *canonical.SettlementEntry) bool {
	if parts, ok := name.Parts(); ok {
		return len(parts) == 7 && parts[0] == b.channel.Name && parts[1] == b.channel.Account && parts[2] == "payout" &&
			(parts[3] == e.Payout || parts[4] == e.Payout) && parts[6] == "transit"
	}
	for _, id := range []string{e.Payout, string(e.Currency)} { // of a name that was cut
		if name == b.name("payout", e.Payout, id, string(e.Currency), "transit") {
			return true
		}
	}
	return false
}

// waitingItem is an item of the clearing journal on the account between provider and bank that is not matched in full.
type waitingItem struct {
	ID       int64           `odoo:"id"`
	Name     string          `odoo:"name"`
	Currency odoo.Many2One   `odoo:"currency_id"`
	Residual decimal.Decimal `odoo:"amount_residual_currency"`

	external odoo.ExternalID
}

func (waitingItem) OdooModel() string { return "account.move.line" }

// opposite are the items that an amount would settle, with their External IDs.
func (t *settlementTask) opposite(ctx context.Context, residual decimal.Decimal, currency canonical.Currency) ([]waitingItem, error) {
	found, err := odoo.Find[waitingItem](ctx, t.erp, odoo.And(
		odoo.Eq("journal_id", t.books.journal), odoo.Eq("account_id", t.books.transit), odoo.Eq("reconciled", false), odoo.Eq("parent_state", "posted"),
		odoo.Eq("amount_residual_currency", json.Number(residual.Neg().String())), odoo.Eq("currency_id", t.books.currencies[currency].ID)))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	ids := make([]int64, len(found))
	for i, it := range found {
		ids[i] = it.ID
	}
	names, err := t.erp.Lookup(ctx, "account.move.line", ids)
	for i := range found {
		found[i].external = names[found[i].ID]
	}
	return found, err
}

type matchedWith struct {
	ID int64 `odoo:"id"`
}

func (matchedWith) OdooModel() string { return "account.move.line" }

// cameBack reports whether a payout failed and is matched with what came back of it, which it matches if that was booked before the
// payout itself.
func (t *settlementTask) cameBack(ctx context.Context, i int, line settledLine) (bool, error) {
	if line.Reconciled {
		found, err := odoo.Find[matchedWith](ctx, t.erp, odoo.And(
			odoo.Eq("journal_id", t.books.journal), odoo.Eq("account_id", t.books.transit), odoo.Ne("id", line.ID),
			odoo.Or(odoo.Eq("matched_debit_ids.debit_move_id", line.ID), odoo.Eq("matched_credit_ids.credit_move_id", line.ID))))
		return len(found) > 0, err
	}
	payout := t.s.Payouts[i]
	waiting, err := t.opposite(ctx, line.Residual, payout.Currency)
	if err != nil {
		return false, err
	}
	for _, w := range waiting {
		words := strings.Fields(w.Name)
		if parts, ok := t.known.main(w.external).Parts(); !ok || len(parts) != 6 || parts[2] != "settled" || parts[0] != t.books.channel.Name || parts[1] != t.books.channel.Account {
			continue
		}
		if slices.Contains(words, t.s.Key.ID) || payout.ID != "" && slices.Contains(words, payout.ID) {
			return true, t.matchBack(ctx, line.ID, w.ID)
		}
	}
	return false, nil
}
