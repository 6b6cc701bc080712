package retailsync

import (
	"context"
	"fmt"
	"slices"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// lineItem is what the name of an entry's item ends in where the settlement is a statement. The name itself is the statement line's there.
const lineItem = "item"

// statementLines are the bookings as lines of the provider's statement, one for each entry, if the rules want that, and what the rules
// want, or only can have, as journal entries.
func (t *settlementTask) statementLines(ctx context.Context, bookings []booking) (lines []account.Entry, rest []booking, err error) {
	if !t.books.statement() {
		return nil, bookings, nil
	}
	days := map[canonical.Currency][]odoo.Date{}
	for _, b := range bookings {
		days[b.currency] = append(days[b.currency], b.date)
	}
	rates, err := t.readRates(ctx, days)
	if err != nil {
		return nil, nil, err
	}
	for _, b := range bookings {
		if err := t.statable(b.currency); err != nil && len(b.items) > 0 {
			return nil, nil, err
		}
		for _, i := range b.entries {
			e := &t.s.Entries[i]
			items := slices.DeleteFunc(slices.Clone(b.items), func(it bookedItem) bool { return it.entry != i })
			name := t.books.entryName(&t.s, e)
			at := slices.IndexFunc(items, func(it bookedItem) bool { return it.ExternalID == name })
			if at < 0 { // the entry itself is booked: what is to be added to it cannot be a line
				rest = append(rest, booking{date: b.date, currency: b.currency, entries: []int{i}, items: items})
				continue
			}
			items[at].ExternalID = t.books.entryName(&t.s, e, lineItem)
			line, err := t.journalEntry(rates, items, t.books.entryName(&t.s, e, "clearing"), b.date, b.currency)
			if err != nil {
				return nil, nil, err
			}
			t.describe(&line, items[at].Name, items[at].Partner)
			line.ExternalID = name
			lines = append(lines, line)
		}
	}
	return lines, rest, nil
}

// describe has a statement line say what it is for, as the item of the clearing account does.
func (t *settlementTask) describe(line *account.Entry, label string, partner int64) {
	for n := range line.Items {
		if line.Items[n].Account == t.books.account {
			line.Items[n].Name, line.Items[n].Partner = label, partner
		}
	}
}

// statable refuses a currency in which the clearing journal cannot have statement lines.
func (t *settlementTask) statable(currency canonical.Currency) error {
	if t.books.own == 0 || t.books.currencies[currency].ID == t.books.own {
		return nil
	}
	return fmt.Errorf("the clearing journal is in another currency than the entries in %s: leave the currency of the journal empty in Odoo, or write book: entries", currency)
}

// ownStatement is the statement of the settlement.
func (t *settlementTask) ownStatement() account.ClearingStatement {
	b := &bookkeeper{clearing: t.books, settlement: &t.s}
	return account.ClearingStatement{
		ExternalID: t.books.name("statement", t.s.Key.ID), Journal: t.books.journal, Account: t.books.account, Currency: t.books.own,
		Date: b.day(t.s.To), Reference: t.s.Key.ID,
	}
}

// insertLines inserts lines of the statement, and those of the payouts that are not there, which are noted. It is true if another process has
// booked a part of them meanwhile.
func (t *settlementTask) insertLines(ctx context.Context, lines []account.Entry) (taken bool, err error) {
	if !t.books.statement() {
		return false, nil
	}
	var paid []account.Entry
	for i, payout := range t.s.Payouts {
		if _, booked := t.known.lines[t.books.payoutName(&t.s, i, "transit")]; booked || payout.Amount.IsZero() {
			continue
		}
		if err := t.statable(payout.Currency); err != nil {
			return false, err
		}
		line, err := t.payoutEntry(ctx, i)
		if err != nil {
			return false, err
		}
		t.describe(&line, payoutLabel(&t.s, payout), 0)
		paid = append(paid, line)
	}
	t.changed = t.changed || len(paid) > 0
	t.note(paid)
	if lines = append(slices.Clone(lines), paid...); len(lines) == 0 {
		return false, nil
	}
	results, err := account.InsertClearingLines(ctx, t.erp, t.ownStatement(), lines)
	if err != nil {
		return false, err
	}
	made, taken, err := t.made(ctx, lines, results)
	if taken || err != nil {
		return taken, err
	}
	t.result.Moves = append(t.result.Moves, made...)
	return false, t.known.add(ctx, t.erp, made...)
}

// balanceStatement states what the statement starts and ends with.
func (t *settlementTask) balanceStatement(ctx context.Context) error {
	if !t.books.statement() || t.DryRun {
		return nil
	}
	changed, err := t.ownStatement().Balance(ctx, t.erp, len(t.result.Exceptions) == 0)
	t.changed = t.changed || changed
	return err
}
