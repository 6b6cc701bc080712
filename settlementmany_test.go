package retailsync_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/payments/settlement"
)

// linesPerOrder is how many lines the orders in [payDesk.many] have, each with a sale and a fee.
const linesPerOrder = 20

// manyEntries is how many entries the settlement of many has, fewer unless thorough: it takes minutes to sell and to invoice the
// orders of 10,000.
func manyEntries() int {
	if peer.Thorough() {
		return 10_000
	}
	return 1_000
}

// many is a settlement of that many entries, over thirty days: orders of twenty lines in two currencies, each line with its fee, every
// seventh order refunded in part, tax withheld of every fifth, one chargeback.
func (c *payDesk) many(entries int) canonical.Settlement {
	c.Helper()
	orders := entries / (2*linesPerOrder + 1)
	var sold []soldOrder
	for n := range orders {
		o := soldOrder{fmt.Sprint(n), c.home, fmt.Sprintf("%d.%02d", 80+n%50, n%100)}
		if n%4 == 3 && c.db.real {
			o.currency = foreign
		}
		sold = append(sold, o)
	}
	for part := range slices.Chunk(sold, 200) {
		c.sell(part...)
	}
	var all []canonical.SettlementEntry
	at := settledAt.AddDate(0, 0, -19)
	add := func(n int, kind canonical.EntryKind, currency canonical.Currency, amount decimal.Decimal, change ...func(*canonical.SettlementEntry)) {
		e := c.entry(fmt.Sprintf("e%d", len(all)), kind, currency, amount.String(), change...)
		e.At = at.Add(time.Duration(n) * 30 * 24 * time.Hour / time.Duration(orders))
		all = append(all, e)
	}
	for n, o := range sold {
		total := decimal.MustParse(o.amount)
		line, err := total.Quo(decimal.MustNew(linesPerOrder, 0))
		if err != nil {
			c.Fatal(err)
		}
		line = line.Trunc(2)
		rest := total
		for i := range linesPerOrder {
			share := line
			if i == linesPerOrder-1 {
				share = rest
			}
			if rest, err = rest.Sub(share); err != nil {
				c.Fatal(err)
			}
			add(n, canonical.EntrySale, o.currency, share, c.of(o.id))
			add(n, canonical.EntryFee, o.currency, decimal.MustParse("-0.36"), func(e *canonical.SettlementEntry) { e.Tax = decimal.MustParse("-0.06") })
		}
		if n%7 == 0 {
			c.credit(o.id, "5.25")
			add(n, canonical.EntryRefund, o.currency, decimal.MustParse("-5.25"), c.of(o.id))
		}
		if n%5 == 0 {
			add(n, canonical.EntryTaxWithheld, o.currency, decimal.MustParse("-1.10"), c.of(o.id))
		}
	}
	add(orders-1, canonical.EntryChargeback, c.home, decimal.MustParse("-45.00"))
	for len(all) < entries {
		add(orders-1, canonical.EntryFee, c.home, decimal.MustParse("-0.01"))
	}
	return c.settlement("many", all...)
}

// TestSettlementOfThousands books thousands of entries: it closes to the cent, every invoice is paid by its own entries, one order that is missing
// is the only exception until it is there, and importing again changes nothing.
func TestSettlementOfThousands(t *testing.T) {
	thousands := func(c *payDesk) {
		calls := &tally{}
		c.books = c.db.dial(c.T, odoo.WithObserver(calls))
		began := time.Now()
		lap := func(what string) {
			c.Logf("%s: %s (%s)", what, time.Since(began).Round(time.Millisecond), calls)
			began = time.Now()
		}
		entries := manyEntries()
		if c.rules.Channels[c.provider].Settlements.Book == mapping.BookStatement && !peer.Thorough() {
			entries = 200 // each is a journal entry to Odoo
		}
		s := c.many(entries)
		lap(fmt.Sprintf("%d orders sold and invoiced, %d entries made", len(c.invoices), len(s.Entries)))
		s.Entries = append(s.Entries, c.entry("late", canonical.EntrySale, c.home, "12.34", c.of("late")))
		sum, err := s.Payouts[0].Amount.Add(decimal.MustParse("12.34"))
		if err != nil {
			c.Fatal(err)
		}
		s.Payouts[0].Amount = sum
		result := c.settle(s)
		lap(fmt.Sprintf("%d entries booked in %d journal entries", result.Booked, len(result.Moves)))
		if result.Booked != len(s.Entries)-1 || len(result.Exceptions) != 1 || result.Exceptions[0].Reason != settlement.ReasonNoItem || result.Exceptions[0].Entries[0] != "late" {
			c.Errorf("%s: %d of %d booked, %v", result.Outcome, result.Booked, len(s.Entries), result.Exceptions)
		}
		if got := c.balance(c.clearingAccount()); got != "-12.34" {
			c.Errorf("clearing account: %s", got)
		}
		c.sell(soldOrder{"late", c.home, "12.34"})
		began = time.Now()
		if result = c.settle(s); result.Booked != 1 || result.Outcome != retailsync.SettlementPosted {
			c.Errorf("%s: %d booked later, %v", result.Outcome, result.Booked, result.Exceptions)
		}
		lap("the missing one booked")
		if result = c.settle(s); result.Outcome != retailsync.SettlementUnchanged || result.Known != len(s.Entries) {
			c.Errorf("imported again: %s, %d known, %v", result.Outcome, result.Known, result.Exceptions)
		}
		lap("imported again")
		if got := c.balance(c.clearingAccount()); got != "0" {
			c.Errorf("clearing account: %s", got)
		}
		c.wantPaid()
		c.wantOwnMatches()
		lap("checked")
	}
	eachPayDesk(t, thousands)
	t.Run("statement", func(t *testing.T) {
		t.Parallel()
		inRealPayDesks(t, peer.Either(t), byStatement(thousands))
	})
}

// tally counts calls to Odoo and what they took.
type tally struct {
	mu    sync.Mutex
	calls map[string]int
	took  map[string]time.Duration
}

func (t *tally) AttemptStart(ctx context.Context, _ odoo.Attempt) context.Context { return ctx }

func (t *tally) AttemptEnd(_ context.Context, attempt odoo.Attempt, outcome odoo.Outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.calls == nil {
		t.calls, t.took = map[string]int{}, map[string]time.Duration{}
	}
	name := attempt.Model + "." + attempt.Method
	t.calls[name]++
	t.took[name] += outcome.Duration
}

// String lists the calls, the longest first.
func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []string
	for _, name := range slices.SortedFunc(maps.Keys(t.took), func(a, b string) int { return int(t.took[b] - t.took[a]) }) {
		all = append(all, fmt.Sprintf("%s %d in %s", name, t.calls[name], t.took[name].Round(time.Millisecond)))
	}
	t.calls, t.took = nil, nil
	return strings.Join(all, ", ")
}
