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

// Settlements that invoice orders need each of the documented groups, in either form in which they are booked; that they are enough show all tests
// of them, which run with these alone. Invoicing in the place of accounting is too little.
func TestEachRightOfSettlementsIsNeeded(t *testing.T) {
	t.Parallel()
	for _, form := range []mapping.BookSettlements{mapping.BookEntries, mapping.BookStatement} {
		t.Run(string(form), func(t *testing.T) {
			t.Parallel()
			inRealPayDesks(t, []int{19, 14}, func(c *payDesk) {
				c.order(soldOrder{"1", c.home, "10.00"})
				yes := true
				c.change(func(r *mapping.SettlementRules) { r.Invoice, r.Book = &yes, form })
				s := c.settlement("rights", c.entry("fee", canonical.EntryFee, c.home, "-1.00"), c.entry("sale", canonical.EntrySale, c.home, "10.00", c.of("1")))
				all := groupsOfBooks(c.db.series)
				as := func(groups ...string) error {
					l := &life{T: c.T, db: c.db, erp: c.erp}
					connector := retailsync.New(l.user(groups...).dial(c.T), c.rules, retailsync.WithStore(idempotency.NewMemory()))
					report, err := connector.ImportSettlement(c.Context(), s, retailsync.SettlementRun{})
					if err == nil {
						err = report.Results()[0].Err
					}
					return err
				}
				for _, group := range all {
					if err := as(slices.DeleteFunc(slices.Clone(all), func(g string) bool { return g == group })...); odoo.CodeOf(err) != odoo.CodeAccess {
						c.Errorf("without %s: %v", group, err)
					}
				}
				if made := c.moves(); made != 0 {
					c.Error("refused, and", made, "entries were made")
				}
				if err := as(all...); err != nil || c.moves() == 0 {
					c.Errorf("with the documented rights: %v, %d entries", err, c.moves())
				}
			})
		})
	}
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
		rest := slices.DeleteFunc(groupsOf(t, db, mapping.WorkflowReturns), func(g string) bool { return g == groupBilling })
		if got := as(rest...); odoo.CodeOf(got.Err) != odoo.CodeAccess {
			t.Errorf("without invoicing: %s %v", got.Outcome, got.Err)
		}
		if moved := c.provider.Moved(c.payment); !moved.IsZero() {
			t.Error("money moved", moved)
		}
		if got := as(groupsOf(t, db, mapping.WorkflowReturns)...); got.Err != nil {
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

// The buyer is asked for what an exchange costs more, what was paid is registered and the goods leave, by a user with the documented groups of
// returns and no others.
func TestRightsOfCharges(t *testing.T) {
	eitherChargeDesk(t, nil, func(c *chargeDesk) {
		c.as(mapping.WorkflowReturns)
		charge := c.asked(c.run())
		paid := c.provider.PayCharge(charge.ID)
		c.heard(charge.ID)
		c.wantCharge("paid", 1, paid+" 12.51")
		if _, err := c.connector.MatchPayments(c.Context(), testChannel, retailsync.PaymentRun{}); err != nil {
			c.Error(err)
		}
	})
}
