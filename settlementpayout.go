package retailsync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// payoutName names the journal entry of a payout.
func (b *clearing) payoutName(s *canonical.Settlement, i int, more ...string) odoo.ExternalID {
	payout := &s.Payouts[i]
	id := payout.ID
	if id == "" {
		id = string(payout.Currency)
		for _, earlier := range s.Payouts[:i] {
			if earlier.ID == "" && earlier.Currency == payout.Currency {
				id += "+"
			}
		}
	}
	return b.name(append([]string{"payout", s.Key.ID, id, string(payout.Currency)}, more...)...)
}

// payOut takes the payouts out of the clearing account, to where they wait for the bank.
func (t *settlementTask) payOut(ctx context.Context) error {
	t.result.Payouts = nil
	for i, payout := range t.s.Payouts {
		settled := SettledPayout{Payout: payout, State: PayoutNothing}
		if !payout.Amount.IsZero() {
			settled.State = PayoutBooked
			var err error
			if settled.Move, err = t.bookPayout(ctx, i); err != nil {
				return err
			}
			t.journalise(canonical.EventSettlementPaidOut, t.books.payoutName(&t.s, i).Name, fmt.Sprintf("%s %s paid out", payout.Amount, payout.Currency))
		}
		t.result.Payouts = append(t.result.Payouts, settled)
	}
	return nil
}

// bookPayout books one payout unless it is booked, and returns its journal entry.
func (t *settlementTask) bookPayout(ctx context.Context, i int) (int64, error) {
	if line, ok := t.known.lines[t.books.payoutName(&t.s, i, "transit")]; ok {
		return line.Move.ID, nil
	}
	move, err := t.payoutEntry(ctx, i)
	if err != nil {
		return 0, err
	}
	t.changed = true
	t.note([]account.Entry{move})
	if t.DryRun {
		return 0, nil
	}
	results, err := account.InsertEntries(ctx, t.erp, []account.Entry{move})
	if err == nil {
		err = results[0].Err
	}
	if err != nil {
		return 0, err
	}
	t.result.Moves = append(t.result.Moves, results[0].ID)
	return results[0].ID, t.known.add(ctx, t.erp, results[0].ID)
}

// payoutEntry is the journal entry of a payout.
func (t *settlementTask) payoutEntry(ctx context.Context, i int) (account.Entry, error) {
	payout := t.s.Payouts[i]
	b := &bookkeeper{clearing: t.books, settlement: &t.s}
	day := b.day(payout.At)
	rates, err := t.readRates(ctx, map[canonical.Currency][]odoo.Date{payout.Currency: {day}})
	if err != nil {
		return account.Entry{}, err
	}
	transit := bookedItem{EntryItem: account.EntryItem{
		ExternalID: t.books.payoutName(&t.s, i, "transit"), Account: t.books.transit, Name: payoutLabel(&t.s, payout),
	}, amount: payout.Amount}
	move, err := t.journalEntry(rates, []bookedItem{transit}, t.books.payoutName(&t.s, i, "clearing"), day, payout.Currency)
	move.ExternalID = t.books.payoutName(&t.s, i)
	return move, err
}

// payoutLabel is what people see of a payout, and by which it is found at the bank: what the bank's statement shows, else the
// provider's id of the transfer.
func payoutLabel(s *canonical.Settlement, payout canonical.Payout) string {
	for _, text := range []string{payout.Reference, payout.ID} {
		if text != "" {
			return text
		}
	}
	return s.Key.ID
}

// findAtBank matches the payouts with the bank's statement lines, as far as those are there.
func (t *settlementTask) findAtBank(ctx context.Context) error {
	for i := range t.result.Payouts {
		payout := &t.result.Payouts[i]
		line, ok := t.known.lines[t.books.payoutName(&t.s, i, "transit")]
		if !ok || payout.State != PayoutBooked {
			continue
		}
		atBank := func() {
			payout.State = PayoutAtBank
			t.journalise(canonical.EventSettlementAtBank, strconv.FormatInt(line.ID, 10), fmt.Sprintf("%s %s have arrived at the bank", payout.Amount, payout.Currency))
		}
		back, err := t.cameBack(ctx, i, line)
		switch {
		case err != nil:
			return err
		case back:
			payout.State = PayoutReturned
			t.journalise(canonical.EventSettlementReturned, strconv.FormatInt(line.ID, 10), fmt.Sprintf("%s %s have come back", payout.Amount, payout.Currency))
			continue
		case line.Reconciled:
			atBank()
			continue
		}
		found, half, err := t.books.bankLine(ctx, t.erp, line, payout.Currency)
		if err != nil {
			return err
		}
		if found == 0 && half == 0 {
			continue
		}
		if t.DryRun {
			t.changed = true
			payout.State, payout.Line = PayoutAtBank, found
			continue
		}
		if half != 0 {
			err = account.Reconcile(ctx, t.erp, []int64{line.ID, half})
		} else {
			err = account.MatchStatementLine(ctx, t.erp, found, []int64{line.ID})
		}
		var byHand *account.SplitByHand
		switch {
		case errors.As(err, &byHand): // a person is at it
			continue
		case err != nil:
			return err
		}
		payout.Line = found
		t.changed = true
		atBank()
	}
	return nil
}

// bankLine is a line of a bank's statement.
type bankLine struct {
	ID        int64     `odoo:"id"`
	Date      odoo.Date `odoo:"date"`
	Reference string    `odoo:"payment_ref"`
}

func (bankLine) OdooModel() string { return "account.bank.statement.line" }

// transitItem is what the bank booked on the account between provider and bank, and nobody matched: a process died in between, or a
// person did so.
type transitItem struct {
	ID        int64     `odoo:"id"`
	Date      odoo.Date `odoo:"date"`
	Reference string    `odoo:"name"`
}

func (transitItem) OdooModel() string { return "account.move.line" }

// bankLine finds the open line of the bank's statement by which a payout arrived: the one of its amount that states its reference,
// else the only one of its amount in the days that the rules allow. Half is the item of such a line that is on the account between
// provider and bank already. Both are 0 if there is none, or more than one that could be it.
func (b *clearing) bankLine(ctx context.Context, erp *odoo.Client, transit settledLine, currency canonical.Currency) (found, half int64, err error) {
	bank, ok := b.banks[currency]
	if !ok {
		return 0, 0, nil
	}
	items, err := odoo.Find[transitItem](ctx, erp, odoo.And(
		odoo.Eq("journal_id", bank.ID), odoo.Eq("account_id", b.transit), odoo.Eq("reconciled", false), odoo.Eq("parent_state", "posted"),
		odoo.Eq("amount_residual_currency", json.Number(transit.Residual.Neg().String()))))
	if err != nil {
		return 0, 0, err
	}
	arrivals := make([]bankLine, len(items))
	for i, it := range items {
		arrivals[i] = bankLine(it)
	}
	if half = b.arrived(arrivals, transit); half != 0 {
		return 0, half, nil
	}
	lines, err := odoo.Find[bankLine](ctx, erp, odoo.And(
		odoo.Eq("journal_id", bank.ID), odoo.Eq("is_reconciled", false), odoo.Eq("amount", json.Number(transit.Residual.String())), odoo.Eq("move_id.state", "posted")))
	if err != nil {
		return 0, 0, err
	}
	return b.arrived(lines, transit), 0, nil
}

// arrived is the one of the lines by which a payout arrived; 0 if there is none, or more than one that could be it.
func (b *clearing) arrived(lines []bankLine, transit settledLine) int64 {
	reference := strings.ToLower(strings.Join(strings.Fields(transit.Name), ""))
	var named, near []int64
	for _, line := range lines {
		if strings.Contains(strings.ToLower(strings.Join(strings.Fields(line.Reference), "")), reference) {
			named = append(named, line.ID)
		}
		if b.rules.Payout.Days > 0 && distance(line.Date, transit.Date) <= b.rules.Payout.Days {
			near = append(near, line.ID)
		}
	}
	switch {
	case len(named) == 1:
		return named[0]
	case len(named) == 0 && len(near) == 1:
		return near[0]
	}
	return 0
}

// distance is how many days are between two dates.
func distance(a, b odoo.Date) int {
	between := time.Date(a.Year, a.Month, a.Day, 0, 0, 0, 0, time.UTC).Sub(time.Date(b.Year, b.Month, b.Day, 0, 0, 0, 0, time.UTC))
	return int(between.Abs() / (24 * time.Hour))
}
