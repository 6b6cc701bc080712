package retailsync_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/odoo"
)

// back says which payout an entry returns.
func back(of canonical.Settlement) func(*canonical.SettlementEntry) {
	return func(e *canonical.SettlementEntry) { e.Payout = of.Key.ID }
}

// waits are the settlements whose payouts wait for the bank.
func (c *payDesk) waits() []string {
	c.Helper()
	items, err := c.connector().OpenSettlementItems(c.Context(), c.provider)
	if err != nil {
		c.Fatal(err)
	}
	var all []string
	for _, o := range items {
		if o.Reason == retailsync.OpenPayout {
			all = append(all, o.Settlement+" "+o.Amount.Trim(0).String())
		}
	}
	return all
}

// TestReturnedPayout matches a payout that failed with what comes back of it in another settlement, whichever of the two is booked first:
// the right one of two of the same amount, and none that nobody names.
func TestReturnedPayout(t *testing.T) {
	eitherBooking(t, func(c *payDesk) {
		paid := func(id, amount string) canonical.Settlement {
			return c.settlement(id, c.entry("a", canonical.EntryAdjustment, c.home, amount))
		}
		stays, fails := paid("stays", "10.00"), paid("fails", "10.00")
		c.settle(stays)
		c.settle(fails)
		if diff := cmp.Diff([]string{fails.Key.ID + " 10", stays.Key.ID + " 10"}, c.waits()); diff != "" {
			c.Error("before:", diff)
		}
		next := c.settlement("next", c.entry("b", canonical.EntryTransfer, c.home, "10.00", back(fails)), c.entry("c", canonical.EntryAdjustment, c.home, "5.00"))
		if dry := c.settle(next, func(r *retailsync.SettlementRun) { r.DryRun = true }); dry.Booked != 2 || len(dry.Exceptions) != 0 {
			c.Errorf("dry run: %+v", dry)
		}
		if result := c.settle(next); result.Booked != 2 || result.Outcome != retailsync.SettlementPosted {
			c.Errorf("%+v", result)
		}
		if diff := cmp.Diff([]string{next.Key.ID + " 15", stays.Key.ID + " 10"}, c.waits()); diff != "" {
			c.Error("after:", diff)
		}
		for _, s := range []canonical.Settlement{fails, next, stays} {
			want := map[string]retailsync.PayoutState{fails.Key.ID: retailsync.PayoutReturned}[s.Key.ID]
			if want == "" {
				want = retailsync.PayoutBooked
			}
			if result := c.settle(s); result.Outcome != retailsync.SettlementUnchanged || result.Payouts[0].State != want {
				c.Errorf("%s again: %s, %s", s.Key.ID, result.Outcome, result.Payouts[0].State)
			}
		}
		if got := c.balance(c.accounts["transit"]) + " " + c.balance(c.accounts["transfer"]) + " " + c.balance(c.clearingAccount()); got != "25 0 0" {
			c.Error("transit, transfer and clearing", got)
		}

		// What comes back may be booked before the payout is.
		late := paid("late", "7.00")
		c.settle(c.settlement("early", c.entry("d", canonical.EntryTransfer, c.home, "7.00", back(late)), c.entry("e", canonical.EntryAdjustment, c.home, "-7.00")))
		if result := c.settle(late); result.Payouts[0].State != retailsync.PayoutReturned {
			c.Errorf("late: %+v", result.Payouts)
		}
		if diff := cmp.Diff([]string{next.Key.ID + " 15", stays.Key.ID + " 10"}, c.waits()); diff != "" {
			c.Error("at the end:", diff)
		}
		returned := 0
		for _, event := range c.journalOf.Events() {
			if event.Type == canonical.EventSettlementReturned {
				returned++
			}
		}
		if returned != 2 {
			c.Error(returned, "payouts are told to have come back")
		}
	})
}

// TestReturnedPayoutKilledAtEveryCall lets one process after the other die after its first call that changes something.
func TestReturnedPayoutKilledAtEveryCall(t *testing.T) {
	eitherPayDesk(t, func(c *payDesk) {
		fails := c.settlement("fails", c.entry("a", canonical.EntryAdjustment, c.home, "10.00"))
		next := c.settlement("next", c.entry("b", canonical.EntryTransfer, c.home, "10.00", back(fails)), c.entry("c", canonical.EntryAdjustment, c.home, "5.00"))
		c.settle(fails)
		mortal := &mortalTransport{}
		erp := c.db.dial(c.T, odoo.WithHTTPClient(&http.Client{Transport: mortal}), odoo.WithRetry(odoo.Retry{Attempts: 1, First: time.Millisecond, Longest: time.Millisecond}))
		writes := 0
		for life := 0; ; life++ {
			if life > 30 {
				c.Fatal("no end in sight")
			}
			ctx, cancel := context.WithCancel(c.Context())
			mortal.at = newPoints(fault{Kind: cutOff, Call: 1}, cancel)
			report, err := retailsync.New(erp, c.rules, retailsync.WithStore(idempotency.NewMemory())).ImportSettlement(ctx, next, retailsync.SettlementRun{})
			cancel()
			made := len(mortal.at.made())
			if writes += made; made == 0 && err == nil && report.Results()[0].Err == nil {
				break
			}
		}
		if writes < 5 {
			c.Error("so few?", writes)
		}
		if diff := cmp.Diff([]string{next.Key.ID + " 15"}, c.waits()); diff != "" {
			c.Error(diff)
		}
		if got := c.balance(c.accounts["transit"]); got != "15" {
			c.Error("transit", got)
		}
	})
}
