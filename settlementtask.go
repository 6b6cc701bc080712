package retailsync

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/payments/settlement"
)

// settlementTask is one settlement while a run deals with it.
type settlementTask struct {
	*settlementRun
	s      canonical.Settlement
	known  *settledBooks
	result SettlementResult
	step   string
	events []canonical.Event
	// bookings are what is planned of the entries.
	bookings []booking
	// changed: something was written, or would be.
	changed bool
	// released are orders whose credit notes Odoo matched with their invoices while the provider settles both.
	released map[int64]bool
	// bare are orders that Odoo has and that have no invoice: their names, by what entries say of the order.
	bare map[canonical.Key]string
	// sums is what is booked by account, owed the names of the accounts that customers owe on.
	sums map[postedOn]*SettlementPosting
	owed map[int64]string
}

type postedOn struct {
	account  int64
	currency canonical.Currency
}

// work brings the settlement to its present state in Odoo.
func (t *settlementTask) work(ctx context.Context) error {
	if err := t.s.Validate(); err != nil {
		b := &bookkeeper{clearing: t.books, settlement: &t.s}
		if err := b.book(settlement.Match(t.s, nil, settlement.Rules{}, nil)); err != nil {
			return err
		}
		t.result.Exceptions = b.exceptions
		t.journalise(canonical.EventSettlementExcepted, "unbalanced", "it breaks its own rules: nothing is booked")
		return nil
	}
	// Entries of nothing move nothing: they are as good as booked.
	t.s.Entries = slices.DeleteFunc(slices.Clone(t.s.Entries), func(e canonical.SettlementEntry) bool { return e.Amount.IsZero() })
	t.step = "read"
	for _, currency := range t.currencies() {
		if _, ok := t.books.currencies[currency]; !ok {
			return fmt.Errorf("currency %s is not active in Odoo: activate it", currency)
		}
	}
	for attempt := 0; ; attempt++ {
		again, err := t.bookEntries(ctx)
		if err != nil {
			return err
		}
		if !again {
			break
		}
		if attempt == 5 {
			return errors.New("other processes book the same settlement: nothing is booked twice; run it again later")
		}
	}
	t.step = "pay out"
	if err := t.payOut(ctx); err != nil {
		return err
	}
	t.step = "match"
	if err := t.matchClearing(ctx); err != nil {
		return err
	}
	t.step = "pay out"
	if err := t.matchReturned(ctx); err != nil {
		return err
	}
	if err := t.findAtBank(ctx); err != nil {
		return err
	}
	return t.balanceStatement(ctx)
}

// currencies are those of the settlement.
func (t *settlementTask) currencies() []canonical.Currency {
	all := map[canonical.Currency]bool{}
	for i := range t.s.Entries {
		all[t.s.Entries[i].Currency] = true
	}
	for _, payout := range t.s.Payouts {
		all[payout.Currency] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// bookEntries books what is not booked and matches what is not matched. It is true if another process was in between, so that all
// is to be looked at again.
func (t *settlementTask) bookEntries(ctx context.Context) (again bool, err error) {
	t.step = "read"
	if t.known, err = t.readSettled(ctx); err != nil {
		return false, err
	}
	if t.afresh {
		t.known = &settledBooks{lines: map[odoo.ExternalID]settledLine{}}
	}
	earlier, waiting := t.known.earlier(t.books, &t.s)
	b := &bookkeeper{clearing: t.books, settlement: &t.s}
	if b.items, b.open, err = t.readItems(ctx, earlier); err != nil {
		return false, err
	}
	t.owed = map[int64]string{}
	for _, open := range b.open {
		t.owed[open.Account.ID] = open.Account.Name
	}
	result := settlement.Match(t.s, b.items, t.books.matchRules(), earlier)
	if err := b.book(result); err != nil {
		return false, err
	}
	t.result.Exceptions = b.exceptions
	t.result.Known = len(result.Known)
	for i := range t.result.Exceptions {
		e := &t.result.Exceptions[i]
		if name := t.bare[canonical.Key{Channel: e.Order.Channel, ID: e.Order.ID + "|" + e.OrderNumber}]; name != "" && e.Reason == settlement.ReasonNoItem {
			e.NextStep = "the order " + name + " has no posted invoice: invoice it, or set settlements.invoice, then import again"
		}
	}
	fresh := 0
	for i := range b.bookings {
		b.bookings[i].items = slices.DeleteFunc(b.bookings[i].items, func(it bookedItem) bool { return t.known.lines[it.ExternalID].ID != 0 })
		if len(b.bookings[i].items) > 0 {
			fresh += len(b.bookings[i].entries)
		}
	}
	t.result.Known += waiting
	t.result.Booked += fresh
	t.bookings = b.bookings
	lines, rest, err := t.statementLines(ctx, b.bookings)
	if err != nil {
		return false, err
	}
	moves, err := t.pack(ctx, rest)
	if err != nil {
		return false, err
	}
	t.changed = t.changed || len(moves)+len(lines) > 0
	t.note(lines)
	t.note(moves)
	if t.DryRun {
		return false, nil
	}
	t.step = "book"
	if err := t.postDrafts(ctx); err != nil {
		return false, err
	}
	if again, err = t.insertLines(ctx, lines); !again && err == nil {
		again, err = t.insert(ctx, moves)
	}
	if again || err != nil {
		t.result.Booked -= fresh
		return again, err
	}
	// It is told at each run, under the same name: a process that dies between booking and telling leaves that to the next.
	if booked := fresh + t.result.Known; booked > 0 {
		t.journalise(canonical.EventSettlementBooked, strconv.Itoa(booked), fmt.Sprintf("%d of %d entries are booked", booked, len(t.s.Entries)))
	}
	t.step = "match"
	return false, t.matchItems(ctx, b)
}

// insertItems is how many journal items one call inserts: Odoo takes seconds for them.
const insertItems = 1000

// insert inserts and posts journal entries. It is true if another process has booked a part of them meanwhile.
func (t *settlementTask) insert(ctx context.Context, moves []account.Entry) (taken bool, err error) {
	var made []int64
	for len(moves) > 0 {
		n, size := 0, 0
		for n < len(moves) && (n == 0 || size+len(moves[n].Items) <= insertItems) {
			size += len(moves[n].Items)
			n++
		}
		results, err := account.InsertEntries(ctx, t.erp, moves[:n])
		if err != nil {
			return false, err
		}
		done, taken, err := t.made(ctx, moves[:n], results)
		if taken || err != nil {
			return taken, err
		}
		made = append(made, done...)
		moves = moves[n:]
	}
	t.result.Moves = append(t.result.Moves, made...)
	return false, t.known.add(ctx, t.erp, made...)
}

// made are the journal entries that were inserted. Taken is true if another process has booked a part of those that were refused.
func (t *settlementTask) made(ctx context.Context, moves []account.Entry, results []odoo.LoadResult) (made []int64, taken bool, err error) {
	for i, result := range results {
		if result.Err == nil {
			made = append(made, result.ID)
			continue
		}
		now, err := t.readSettled(ctx)
		if err != nil {
			return nil, false, err
		}
		if now.hasNew(moves[i], t.known) {
			return nil, true, nil
		}
		return nil, false, result.Err
	}
	return made, false, nil
}

// postDrafts posts what a process that died had inserted.
func (t *settlementTask) postDrafts(ctx context.Context) error {
	t.changed = t.changed || len(t.known.drafts) > 0
	others, err := account.PostClearingStatements(ctx, t.erp, t.known.drafts)
	if err != nil {
		return err
	}
	for _, draft := range others {
		if err := account.Post(ctx, t.erp, draft); err != nil {
			return err
		}
	}
	drafts := t.known.drafts
	t.known.drafts = nil
	return t.known.add(ctx, t.erp, drafts...) // what is open of them shows only now
}

// matchItems matches what is booked with what it pays.
func (t *settlementTask) matchItems(ctx context.Context, b *bookkeeper) error {
	var groups [][]int64
	apart := map[int64]bool{} // orders of what is to be released
	for _, made := range b.bookings {
		for _, m := range made.matches {
			var group []int64
			for _, name := range m.own {
				if line := t.known.lines[name]; line.ID != 0 && !line.Reconciled {
					group = append(group, line.ID)
				}
			}
			if len(group) == 0 {
				continue
			}
			for _, i := range m.items {
				group = append(group, b.open[i].ID)
				if t.released[b.open[i].Order] && !b.open[i].Matched.IsZero() {
					apart[b.open[i].Order] = true
				}
			}
			groups = append(groups, group)
		}
	}
	if len(groups) == 0 {
		return nil
	}
	t.changed = true
	if len(apart) > 0 {
		bound := slices.DeleteFunc(slices.Clone(b.open), func(u account.Unsettled) bool { return !apart[u.Order] })
		if err := account.Release(ctx, t.erp, bound); err != nil {
			return err
		}
	}
	failures, err := account.ReconcileGroups(ctx, t.erp, groups)
	if err != nil {
		return err
	}
	return errors.Join(failures...)
}

// matchClearing matches what the settlement put into the clearing account with what its payouts took out, as far as they go:
// Odoo books the exchange differences.
func (t *settlementTask) matchClearing(ctx context.Context) error {
	if t.DryRun {
		return nil
	}
	for _, currency := range t.currencies() {
		var sides [2][]int64 // debits, credits
		for _, line := range t.known.sorted() {
			if line.Account.ID == t.books.account && canonical.Currency(line.Currency.Name) == currency && !line.Reconciled {
				side := 0
				if line.Residual.IsNeg() {
					side = 1
				}
				sides[side] = append(sides[side], line.ID)
			}
		}
		if len(sides[0]) == 0 || len(sides[1]) == 0 {
			continue
		}
		t.changed = true
		if err := account.ReconcileSides(ctx, t.erp, sides[0], sides[1]); err != nil {
			return err
		}
	}
	return nil
}

// conclude fills in the result.
func (t *settlementTask) conclude(err error) {
	for _, on := range slices.SortedFunc(maps.Keys(t.sums), func(a, b postedOn) int {
		if a.account != b.account {
			return int(a.account - b.account)
		}
		return strings.Compare(string(a.currency), string(b.currency))
	}) {
		t.result.Postings = append(t.result.Postings, *t.sums[on])
	}
	switch {
	case err != nil:
		t.result.Outcome, t.result.Err = SettlementFailed, &SettlementError{Settlement: t.s.Key, Step: t.step, Err: err}
		t.journalise(canonical.EventSettlementFailed, t.step, t.step)
	case len(t.result.Exceptions) > 0:
		t.result.Outcome = SettlementExcepted
		for _, e := range t.result.Exceptions {
			t.journalise(canonical.EventSettlementExcepted, string(e.Reason)+"\n"+strings.Join(e.Entries, "\n"), string(e.Reason))
		}
	case t.changed:
		t.result.Outcome = SettlementPosted
	default:
		t.result.Outcome = SettlementUnchanged
	}
}

// finished reports whether nothing is left of the settlement: neither exceptions nor payouts that the bank does not have.
func (t *settlementTask) finished() bool {
	if t.result.Outcome != SettlementPosted && t.result.Outcome != SettlementUnchanged {
		return false
	}
	for _, payout := range t.result.Payouts {
		if _, looked := t.books.banks[payout.Currency]; looked && payout.State == PayoutBooked {
			return false
		}
	}
	return true
}

// note adds to what is booked by account.
func (t *settlementTask) note(moves []account.Entry) {
	for _, move := range moves {
		for _, item := range move.Items {
			currency, amount := t.books.home, item.Amount
			for code, record := range t.books.currencies {
				if item.Currency != 0 && record.ID == item.Currency {
					currency, amount = code, item.AmountCurrency
				}
			}
			on := postedOn{item.Account, currency}
			if t.sums == nil {
				t.sums = map[postedOn]*SettlementPosting{}
			}
			sum := t.sums[on]
			if sum == nil {
				sum = &SettlementPosting{Account: odoo.Many2One{ID: item.Account, Name: cmp.Or(t.books.names[item.Account], t.owed[item.Account])}, Currency: currency}
				t.sums[on] = sum
			}
			side := &sum.Debit
			if amount.IsNeg() {
				side, amount = &sum.Credit, amount.Neg()
			}
			if more, err := side.Add(amount); err == nil {
				*side = more
			}
			sum.Items++
		}
	}
}

// journalise notes something for the journal. What is the same in kind and detail is one event however often it is noted.
func (t *settlementTask) journalise(kind canonical.EventType, detail, summary string) {
	sum := sha256.Sum256([]byte(t.s.Key.String() + "\n" + string(kind) + "\n" + detail))
	t.events = append(t.events, canonical.Event{
		ID: hex.EncodeToString(sum[:16]), Type: kind, At: time.Now().UTC(), Subject: t.s.Key, Summary: summary,
	})
}

// convert is an amount in the company's currency by the rate of a day.
func (t *settlementTask) convert(rates exchangeRates, amount decimal.Decimal, currency canonical.Currency, day odoo.Date) (decimal.Decimal, error) {
	if currency == t.books.home {
		return amount, nil
	}
	return rates.convert(amount, currency, day, t.books.currencies[t.books.home].Digits)
}
