package retailsync_test

import (
	"slices"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	. "github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
)

// groupsOfBooks are the groups of docs/odoo-rights.md for settlements.
func groupsOfBooks(series int) []string {
	return []string{groupSales, map[int]string{19: "account.group_account_basic", 14: "account.group_account_user"}[series]}
}

// Payments of orders need invoicing besides the documented groups; what they do with it shows [TestOrderPaymentsAreRegistered].
func TestOrderPaymentsNeedInvoicing(t *testing.T) {
	eachLife(t, func(l *life) {
		p := newPaidLife(l)
		p.put(Item("SKU-1", 1, 1999))
		p.connector = retailsync.New(p.life.user(documented(p.db.series)...).dial(p), p.rules)
		p.refused("access_denied", "not allowed")
		// Read-only accounting, which the order flow needs after 14, sees payments and may not change them.
		_, err := p.connector.MatchPayments(p.Context(), testChannel, retailsync.PaymentRun{})
		if want := map[bool]odoo.Code{true: odoo.CodeAccess}[l.db.series == 14]; odoo.CodeOf(err) != want {
			p.Errorf("matching: %v, want %q", err, want)
		}
		p.wantPayments()
	})
}

// Settlements that invoice orders need each of the documented groups; that they are enough show all tests of them, which run with these alone.
func TestEachRightOfSettlementsIsNeeded(t *testing.T) {
	t.Parallel()
	for _, series := range []int{19, 14} {
		t.Run(map[int]string{19: "real 19", 14: "real 14"}[series], func(t *testing.T) {
			t.Parallel()
			c := newPayDesk(t, realOdoo(t, series))
			c.order(soldOrder{"1", c.home, "10.00"})
			yes := true
			c.change(func(r *mapping.SettlementRules) { r.Invoice = &yes })
			s := c.settlement("rights", c.entry("fee", canonical.EntryFee, c.home, "-1.00"), c.entry("sale", canonical.EntrySale, c.home, "10.00", c.of("1")))
			for _, group := range groupsOfBooks(series) {
				l := &life{T: t, db: c.db, erp: c.erp}
				rest := slices.DeleteFunc(groupsOfBooks(series), func(g string) bool { return g == group })
				connector := retailsync.New(l.user(rest...).dial(t), c.rules, retailsync.WithStore(idempotency.NewMemory()))
				report, err := connector.ImportSettlement(t.Context(), s, retailsync.SettlementRun{})
				if err == nil {
					err = report.Results()[0].Err
				}
				if odoo.CodeOf(err) != odoo.CodeAccess {
					t.Errorf("without %s: %v", group, err)
				}
			}
			if made := c.moves(); made != 0 {
				t.Error("refused, and", made, "entries were made")
			}
		})
	}
}

// groupsOfReturns are the groups of docs/odoo-rights.md for returns with their refunds.
func groupsOfReturns(series int) []string {
	return append(documented(series), groupBilling, map[bool]string{true: "stock.group_stock_manager", false: "stock.group_stock_user"}[series == 14])
}

// A return is credited, and its refund booked, by a user with the documented groups and no others; without invoicing that is refused.
func TestRightsOfRefunds(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, db *database) {
		c := newRefundDesk(t, db, time.Hour)
		as := func(groups ...string) retailsync.ReturnResult {
			c.connector = retailsync.New(c.user(groups...).dial(t), c.rules, retailsync.WithStore(c.store), retailsync.WithJournal(c.journal), retailsync.WithLease(time.Second))
			var last retailsync.ReturnResult
			options := c.options()
			options.OnResult = func(r retailsync.ReturnResult) { last = r }
			if _, err := c.connector.ProcessReturns(t.Context(), c.platform, options); err != nil {
				last.Err = err
			}
			return last
		}
		rest := slices.DeleteFunc(groupsOfReturns(db.series), func(g string) bool { return g == groupBilling })
		if got := as(rest...); odoo.CodeOf(got.Err) != odoo.CodeAccess {
			t.Errorf("without invoicing: %s %v", got.Outcome, got.Err)
		}
		if moved := c.provider.Moved(c.payment); !moved.IsZero() {
			t.Error("money moved", moved)
		}
		if got := as(groupsOfReturns(db.series)...); got.Err != nil {
			t.Fatal(got.Outcome, got.Err)
		}
		if moved := c.provider.Moved(c.payment); moved.String() != "24.99" {
			t.Error("money moved", moved)
		}
		if !db.real {
			return
		}
		out, err := odoo.Find[clearedPayment](t.Context(), c.erp, odoo.And(odoo.Eq("journal_id", c.clearing), odoo.Eq("payment_type", "outbound")))
		if err != nil || len(out) != 1 || !out[0].Reconciled {
			t.Error("booked", out, err)
		}
	})
}
