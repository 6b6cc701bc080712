package retailsync_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/odootest"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/returnstest/fake"
)

// countedPlatform counts the returns that are fetched one by one.
type countedPlatform struct {
	*fake.Platform
	gets *atomic.Int64
}

func (c countedPlatform) GetReturn(ctx context.Context, id string) (canonical.Return, error) {
	c.gets.Add(1)
	return c.Platform.GetReturn(ctx, id)
}

// TestReturnsThatRest lets 200 returns wait for goods: a run costs the platform one call and Odoo two, whatever their number, until one of
// the orders changes in Odoo, or a return at the platform. A return that waits for its order is looked at by each run.
func TestReturnsThatRest(t *testing.T) {
	t.Parallel()
	for _, series := range []int{19, 14} {
		t.Run(fmt.Sprintf("in-process %d", series), func(t *testing.T) {
			t.Parallel()
			const count = 200
			db := inProcess(t, series)
			yes := true
			rules := rulesWith(db, func(r *mapping.ChannelRules) { r.Returns.Approve.Automatic = &yes })
			source := &listed{page: 50}
			platform := countedPlatform{fake.New(canonical.Channel{Name: "desk", Account: "rest"}), &atomic.Int64{}}
			var currency canonical.Currency
			ask := func(n int) {
				platform.Put(canonical.Return{
					Key: canonical.Key{Channel: platform.Channel(), ID: fmt.Sprint(n)}, Number: fmt.Sprint("RMA-", n), Order: canonical.Key{Channel: testChannel, ID: fmt.Sprint("rest-", n)},
					RequestedAt: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), Approval: canonical.ReturnRequested, Logistics: canonical.ReturnUnsent, Currency: currency,
					Lines: []canonical.ReturnLine{{ID: "R1", OrderLineID: "L1", SKU: "SKU-1", Qty: decimal.One, Reason: "too_small", Resolution: canonical.ResolutionRefund}},
				})
			}
			for n := range count {
				order := canonicaltest.Order(fmt.Sprint("rest-", n), canonicaltest.Item("SKU-1", 1, 1999))
				currency = order.Currency
				source.orders = append(source.orders, order)
				ask(n)
			}
			erp := db.dial(t)
			connector := retailsync.New(erp, rules, retailsync.WithStore(idempotency.NewMemory()))
			if report, err := connector.ImportOrders(t.Context(), source, time.Time{}); err != nil || len(report.Failed()) > 0 {
				t.Fatal(report, err)
			}
			// run reports how many returns were dealt with and fetched one by one, and how many calls Odoo had.
			run := func() (dealt int, fetched, calls int64) {
				t.Helper()
				before, gets := int64(len(db.server.Calls())), platform.gets.Load()
				_, err := connector.ProcessReturns(t.Context(), platform, retailsync.ReturnRun{
					Since: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Orders: source,
					OnResult: func(r retailsync.ReturnResult) {
						dealt++
						if r.Err != nil {
							t.Error(r.Err)
						}
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				return dealt, platform.gets.Load() - gets, int64(len(db.server.Calls())) - before
			}
			want := func(when string, returns int, fetched, most int64) {
				t.Helper()
				dealt, got, calls := run()
				if dealt != returns || got != fetched || calls > most {
					t.Errorf("%s: %d returns, %d fetched, %d calls of Odoo; want %d, %d and at most %d", when, dealt, got, calls, returns, fetched, most)
				}
			}
			if dealt, fetched, _ := run(); dealt != count || fetched != 0 {
				t.Fatalf("%d returns, %d fetched; want %d from the list", dealt, fetched, count)
			}
			run() // what this run and the import wrote is news once
			want("nothing has changed", 0, 0, 2)
			// One order is delivered.
			name := odoo.NewExternalID("retailsync", testChannel.Name, testChannel.Account, "order", "rest-7")
			found, err := sale.FindByExternalID(t.Context(), erp, []odoo.ExternalID{name})
			if err != nil {
				t.Fatal(err)
			}
			deliverFirst(t, db.server, erp, found[name].ID)
			want("one order has changed", 1, 1, 45)
			if known, err := connector.ReturnCase(t.Context(), canonical.Key{Channel: platform.Channel(), ID: "7"}); err != nil || known.Approval != canonical.ReturnApproved {
				t.Errorf("return 7 is %s (%v), want it to be approved since its goods were delivered", known.Approval, err)
			}
			run() // what that run wrote
			want("nothing has changed again", 0, 0, 2)
			platform.Change("9", func(r *canonical.Return) { r.Lines[0].Reason = "damaged" })
			want("one return has changed", 1, 0, 15)
			ask(count) // whose order is not in Odoo
			platform.Change("12", func(r *canonical.Return) { r.Lines[0].Reason = "damaged" })
			run()
			for range 2 {
				want("one waits for its order", 1, 1, 5)
			}
			if _, err := connector.TellReturn(t.Context(), platform, "11", retailsync.ReturnRun{Orders: source}, returns.Decided{}); err == nil {
				t.Error("an answer without a question was taken")
			}
		})
	}
}

// deliverFirst delivers the first line of an order.
func deliverFirst(t *testing.T, server *odootest.Server, erp *odoo.Client, order int64) {
	t.Helper()
	lines, err := sale.Lines(t.Context(), erp, []int64{order})
	if err != nil || len(lines[order]) == 0 {
		t.Fatal(lines, err)
	}
	line := lines[order][0]
	if err := server.Deliver(order, line.ExternalID.String(), line.Quantity.String()); err != nil {
		t.Fatal(err)
	}
}
