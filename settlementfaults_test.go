package retailsync_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/payments/settlement"
)

// arrives puts a payout on the bank's statement.
func (c *payDesk) arrives(amount, reference string) int64 {
	c.Helper()
	name := odoo.NewExternalID(mapping.Module, "test", c.tag, "bank", amount, reference)
	lines, err := account.InsertStatement(c.Context(), c.books, account.Statement{
		ExternalID: odoo.NewExternalID(mapping.Module, "test", c.tag, "statement", amount, reference), Journal: c.bank,
		Date: odoo.Date{Year: 2026, Month: 11, Day: 23}, Name: reference, Lines: []account.StatementLine{{ExternalID: name, Ref: reference, Amount: decimal.MustParse(amount)}},
	})
	if err != nil || lines[0].Err != nil {
		c.Fatal(lines, err)
	}
	return lines[0].ID
}

func number(n string) func(*canonical.SettlementEntry) {
	return func(e *canonical.SettlementEntry) { e.OrderNumber = n }
}

// reasons are the exceptions as "reason: entries", sorted.
func reasons(result retailsync.SettlementResult) []string {
	var all []string
	for _, e := range result.Exceptions {
		text := fmt.Sprintf("%s: %s", e.Reason, strings.Join(e.Entries, " "))
		if !e.Difference.IsZero() {
			text += " off by " + e.Difference.String()
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

func TestSettlementExceptions(t *testing.T) {
	eachBooking(t, func(c *payDesk) {
		c.sell(soldOrder{"1", c.home, "10.00"}, soldOrder{"2", c.home, "20.00"}, soldOrder{"3", c.home, "30.00"}, soldOrder{"5", c.home, "50.00"})
		other := "currency: currency"
		if c.db.real {
			c.sell(soldOrder{"4", foreign, "40.00"})
		} else { // which has one currency
			other = "no_item: currency"
		}
		c.order(soldOrder{"bare", c.home, "60.00"})
		first := c.settle(c.settlement("first", c.entry("a", canonical.EntrySale, c.home, "50.00", c.of("5"))))
		if first.Outcome != retailsync.SettlementPosted {
			c.Fatal(first)
		}
		s := c.settlement("second",
			c.entry("right", canonical.EntrySale, c.home, "10.00", c.of("1")),
			c.entry("amount", canonical.EntrySale, c.home, "19.97", c.of("2")),
			c.entry("once", canonical.EntrySale, c.home, "30.00", c.of("3")),
			c.entry("twice", canonical.EntrySale, c.home, "30.00", c.of("3")),
			c.entry("currency", canonical.EntrySale, c.home, "4.00", c.of("4")),
			c.entry("settled", canonical.EntrySale, c.home, "50.00", c.of("5")),
			c.entry("missing", canonical.EntrySale, c.home, "5.00", c.of("nowhere")),
			c.entry("bare", canonical.EntrySale, c.home, "60.00", number("Nbare")),
			c.entry("refund", canonical.EntryRefund, c.home, "-3.00", c.of("1")),
			c.entry("silent", canonical.EntrySale, c.home, "1.00"),
			c.entry("kind", canonical.EntryOther, c.home, "-1.00"),
			c.entry("tax", canonical.EntryAdjustment, c.home, "-1.19", func(e *canonical.SettlementEntry) { e.Tax = decimal.MustParse("-0.19") }),
			c.entry("fee", canonical.EntryFee, c.home, "-0.50"),
		)
		want := []string{
			"amount: amount off by -0.03", other, "doubled: twice", "kind: kind", "kind: tax", "no_item: bare", "no_item: missing", "no_item: refund",
			"no_reference: silent", "settled: settled",
		}
		result := c.settle(s)
		slices.Sort(want)
		if diff := cmp.Diff(want, reasons(result)); diff != "" || result.Booked != 3 || result.Outcome != retailsync.SettlementExcepted {
			c.Error(result.Outcome, result.Booked, diff)
		}
		for _, e := range result.Exceptions {
			if e.Entries[0] == "bare" && !strings.Contains(e.NextStep, "invoice it") || e.Entries[0] == "tax" && !strings.Contains(e.NextStep, "0.19") || e.NextStep == "" {
				c.Error(e)
			}
		}
		// What is not booked is what the clearing account is short of: the payout is whole.
		if got := c.balance(c.clearingAccount()); got != "-164.78" {
			c.Error("clearing account", got)
		}
		// People invoice the order, correct the rules, and the rest is booked.
		c.change(func(r *mapping.SettlementRules) {
			yes := true
			r.Invoice = &yes
			r.Entries = append(r.Entries, mapping.SettlementEntryRule{Kind: canonical.EntryOther, Account: mapping.ID(c.accounts["adjustment"])})
			r.Tolerances[0].Most = decimal.MustParse("0.03")
		})
		result = c.settle(s)
		want = []string{other, "kind: tax", "no_item: missing", "no_item: refund", "no_reference: silent", "settled: settled", "settled: twice"}
		slices.Sort(want)
		if diff := cmp.Diff(want, reasons(result)); diff != "" || result.Booked != 3 {
			c.Error(result.Booked, diff)
		}
		if got := c.balance(c.clearingAccount()); got != "-85.81" {
			c.Error("clearing account", got)
		}
		before := c.moves()
		if again := c.settle(s); again.Booked != 0 || c.moves() != before || len(again.Moves) != 0 {
			c.Errorf("again: %+v", again)
		}

		// The provider changes what is booked.
		changed := s
		changed.Entries = slices.Clone(s.Entries)
		changed.Entries[0].Amount = decimal.MustParse("11.00")
		changed.Entries = changed.Entries[:len(changed.Entries)-1]
		changed.Payouts = slices.Clone(s.Payouts)
		changed.Payouts[0].Amount, _ = s.Payouts[0].Amount.Add(decimal.MustParse("1.50"))
		result = c.settle(changed)
		if got := reasons(result); !slices.Contains(got, "changed: right") || !slices.Contains(got, "vanished: fee") || result.Booked != 0 || c.moves() != before {
			c.Error(result.Booked, got)
		}

		// A sum that is wrong is one exception, and nothing of it is booked.
		wrong := c.settlement("third", c.entry("b", canonical.EntryFee, c.home, "-1.00"), c.entry("c", canonical.EntryFee, c.home, "-2.00"))
		wrong.Payouts[0].Amount = decimal.MustParse("-3.01")
		result = c.settle(wrong)
		if got := reasons(result); len(got) != 1 || result.Exceptions[0].Reason != settlement.ReasonUnbalanced || result.Exceptions[0].Err == nil || c.moves() != before {
			c.Error(got)
		}
	})
}

// forgetful is a connection that loses the reply of each call that changes something once.
type forgetful struct {
	mu     sync.Mutex
	seen   map[[32]byte]bool
	writes []string
}

func (f *forgetful) RoundTrip(req *http.Request) (*http.Response, error) {
	name, err := nameOfCall(req)
	if err != nil {
		return nil, err
	}
	if onlyReads(name) || looksUp(name, req) {
		return http.DefaultTransport.RoundTrip(req)
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := http.DefaultTransport.RoundTrip(req)
	f.mu.Lock()
	defer f.mu.Unlock()
	says := sha256.Sum256(body)
	if err != nil || f.seen[says] {
		return resp, err
	}
	f.seen[says] = true
	f.writes = append(f.writes, name)
	_, _ = io.Copy(io.Discard, resp.Body) // Odoo has done its work
	_ = resp.Body.Close()
	return nil, errGone
}

// TestSettlementKilledAtEveryCall lets one process after the other die after its first call that changes something, or lose the reply of
// each, until one comes to its end: the books are those of an undisturbed run, with the same store and with none.
func TestSettlementKilledAtEveryCall(t *testing.T) {
	for name, dies := range map[string]bool{"the process dies after each write": true, "the reply of each write is lost": false} {
		t.Run(name, func(t *testing.T) {
			eitherBooking(t, func(c *payDesk) {
				s := c.every()
				transit, state := "120.04", retailsync.PayoutBooked
				if c.db.real {
					c.arrives(s.Payouts[0].Amount.String(), "transfer "+s.Payouts[0].Reference)
					transit, state = "9.52", retailsync.PayoutAtBank
				}
				mortal, loses := &mortalTransport{}, &forgetful{seen: map[[32]byte]bool{}}
				var wire http.RoundTripper = loses
				if dies {
					wire = mortal
				}
				erp := c.db.dial(c.T, odoo.WithHTTPClient(&http.Client{Transport: wire}), odoo.WithRetry(odoo.Retry{Attempts: 1, First: time.Millisecond, Longest: time.Millisecond}))
				for life := 0; ; life++ {
					if life > 60 {
						c.Fatal("no end in sight", loses.writes)
					}
					store := c.store
					if life%2 == 1 {
						store = idempotency.NewMemory()
					}
					ctx, cancel := context.WithCancel(c.Context())
					mortal.at = newPoints(fault{Kind: cutOff, Call: 1}, cancel)
					connector := retailsync.New(erp, c.rules, retailsync.WithStore(store), retailsync.WithLease(2*time.Second), retailsync.WithJournal(c.journalOf))
					report, err := connector.ImportSettlement(ctx, s, retailsync.SettlementRun{})
					cancel()
					made := mortal.at.made()
					if loses.writes = append(loses.writes, made...); len(made) == 0 && err == nil && report.Results()[0].Err == nil {
						break
					}
				}
				if c.Logf("%d writes: %v", len(loses.writes), loses.writes); len(loses.writes) < 6 {
					c.Error("so few?")
				}
				c.wantEvery(transit)
				if result := c.settle(s); result.Outcome != retailsync.SettlementUnchanged || result.Payouts[0].State != state {
					c.Errorf("at the end: %+v", result)
				}
				c.wantEvents()
			})
		})
	}
}

// wantEvents checks that the journal tells of what happened.
func (c *payDesk) wantEvents() {
	c.Helper()
	seen := map[canonical.EventType]bool{}
	for _, event := range c.journalOf.Events() {
		seen[event.Type] = true
	}
	if !seen[canonical.EventSettlementPaidOut] || !seen[canonical.EventSettlementBooked] || seen[canonical.EventSettlementAtBank] != c.db.real {
		c.Error("the journal is not whole", seen)
	}
}

func TestSettlementByThreeProcessesAtOnce(t *testing.T) {
	eitherBooking(t, func(c *payDesk) {
		s := c.every()
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				// Each has a store of its own: only Odoo keeps them apart. One may meet what another changes; that is tried again.
				connector := retailsync.New(c.db.dial(c.T), c.rules, retailsync.WithStore(idempotency.NewMemory()))
				if report, err := connector.ImportSettlement(c.Context(), s, retailsync.SettlementRun{}); err != nil || report.Results()[0].Err != nil {
					c.Log(err, report.Results())
				}
			})
		}
		group.Wait()
		c.settle(s)
		c.wantEvery("215.56")
		if result := c.settle(s); result.Outcome != retailsync.SettlementUnchanged {
			c.Errorf("%+v", result)
		}
	})
}
