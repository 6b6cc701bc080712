package stripe_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/stripe/internal/stripedouble"
)

// follow reads on from a position to the end and counts how often each movement came.
func follow(t *testing.T, a payments.BalanceLister, query payments.Query, seen map[string]int) marketplace.Cursor {
	t.Helper()
	last := time.Time{}
	for range 5000 {
		page, err := a.ListBalance(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range page.Entries {
			if entry.At.Before(last) {
				t.Errorf("%s is older than the one before", entry.ID)
			}
			last = entry.At
			seen[entry.ID]++
		}
		if query.Cursor = page.Cursor; !page.More {
			return page.Cursor
		}
	}
	t.Fatal("the stream does not end")
	return ""
}

// years is a bubble whose clock is in the years in which there is Stripe, and a double in it.
func years(t *testing.T, test func(*testing.T, *stripedouble.Server, *process)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(20 * 365 * 24 * time.Hour) // bubbles begin in 2000
		double := stripedouble.New()
		test(t, double, newProcess(idempotency.NewMemory(), double, fault{}))
	})
}

// Everything comes once, the oldest first, wherever it lies in time and however many were booked in one second.
func TestStream(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		gaps []time.Duration
		each int
	}{
		"nothing":                  {nil, 0},
		"one":                      {[]time.Duration{0}, 1},
		"over years":               {[]time.Duration{0, 24 * time.Hour, 400 * 24 * time.Hour, time.Second, 900 * 24 * time.Hour}, 60},
		"many in the first second": {[]time.Duration{0, time.Hour}, 250},
		"many in the last second":  {[]time.Duration{0, time.Hour, 0, 0}, 130},
		"every second":             {make([]time.Duration, 0), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			years(t, func(t *testing.T, double *stripedouble.Server, p *process) {
				var ids []string
				book := func(n int) {
					for range n {
						ids = append(ids, double.Book("adjustment", "other_adjustment", "eur", 100, 0))
					}
				}
				for _, gap := range test.gaps {
					time.Sleep(gap)
					book(test.each)
				}
				if name == "every second" {
					for range 700 {
						time.Sleep(time.Second)
						book(1)
					}
				}
				before := len(double.Requests())
				seen := map[string]int{}
				cursor := follow(t, p.adapter(), payments.Query{Limit: 100}, seen)
				for _, id := range ids {
					if seen[id] != 1 {
						t.Fatalf("%s came %d times", id, seen[id])
					}
				}
				if calls := len(double.Requests()) - before; calls > 40+len(ids)/100 {
					t.Errorf("%d calls for %d movements", calls, len(ids))
				}
				// Nothing new: reading on costs little. What comes later is found, also what was booked while it was read.
				time.Sleep(time.Hour)
				book(150)
				late := ids[len(ids)-150:]
				seen = map[string]int{}
				follow(t, p.adapter(), payments.Query{Cursor: cursor, Limit: 7}, seen)
				for _, id := range late {
					if seen[id] != 1 {
						t.Fatalf("later, %s came %d times", id, seen[id])
					}
				}
			})
		})
	}
}

// What is added while pages are read comes in a later page, and nothing is lost between.
func TestStreamWhileItGrows(t *testing.T) {
	t.Parallel()
	years(t, func(t *testing.T, double *stripedouble.Server, p *process) {
		var ids []string
		for range 30 {
			time.Sleep(time.Minute)
			ids = append(ids, double.Book("adjustment", "other_adjustment", "eur", 100, 0))
		}
		seen := map[string]int{}
		query := payments.Query{Since: time.Now().Add(-20*time.Minute - time.Second), Limit: 3}
		for range 100 {
			page, err := p.adapter().ListBalance(t.Context(), query)
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range page.Entries {
				seen[entry.ID]++
			}
			if query.Cursor = page.Cursor; !page.More {
				break
			}
			time.Sleep(time.Second)
			ids = append(ids, double.Book("adjustment", "other_adjustment", "eur", 100, 0))
		}
		for i, id := range ids {
			if want := min(max(i-8, 0), 1); seen[id] != want { // the first ones lie before the time
				t.Errorf("movement %d came %d times", i, seen[id])
			}
		}
		// At the end the overlap is read again, so that what was booked late is found.
		again := map[string]int{}
		follow(t, p.adapter(), payments.Query{Cursor: query.Cursor}, again)
		if again[ids[len(ids)-1]] != 1 || again[ids[0]] != 0 {
			t.Errorf("read again: %d of %d", len(again), len(ids))
		}
	})
}

// Payouts of the last two weeks come again, since they change.
func TestPayoutsComeAgain(t *testing.T) {
	t.Parallel()
	years(t, func(t *testing.T, double *stripedouble.Server, p *process) {
		var ids []string
		for range 30 {
			time.Sleep(24 * time.Hour)
			double.Pay("eur", 1000)
			ids = append(ids, double.PayOut("eur"))
		}
		read := func(query payments.Query) (map[string]payments.PayoutStatus, marketplace.Cursor) {
			found := map[string]payments.PayoutStatus{}
			for range 100 {
				page, err := p.adapter().ListPayouts(t.Context(), query)
				if err != nil {
					t.Fatal(err)
				}
				for _, payout := range page.Payouts {
					found[payout.ID] = payout.Status
				}
				if query.Cursor = page.Cursor; !page.More {
					break
				}
			}
			return found, query.Cursor
		}
		all, cursor := read(payments.Query{Limit: 4})
		if len(all) != 30 {
			t.Fatalf("%d payouts", len(all))
		}
		double.ReturnPayout(ids[25])
		later, _ := read(payments.Query{Cursor: cursor})
		if later[ids[25]] != payments.PayoutFailed || later[ids[3]] != "" || len(later) < 14 {
			t.Errorf("%d payouts, of which one is %q", len(later), later[ids[25]])
		}
		for _, cursor := range []marketplace.Cursor{"x", "stripe1:balance:1:", "stripe1:payouts:-1:", "stripe1:payouts:1:a/b", "stripe1:payouts:x:", "stripe2:payouts:1:"} {
			if _, err := p.adapter().ListPayouts(t.Context(), payments.Query{Cursor: cursor}); marketplace.CodeOf(err) != marketplace.CodeInvalid {
				t.Errorf("cursor %q: %v", cursor, err)
			}
		}
	})
}
