package retailsync_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo/account"
)

// lostStore is a return of three of five units whose money is settled as they are inspected, while the store is lost.
type lostStore struct {
	name  string
	rules func(*mapping.ReturnRules)
	// found are what is found in the units, one by one.
	found []canonical.Disposition
	// early: the return is processed once before anything arrives.
	early bool
	// uninvoiced: the goods come back before anything is invoiced.
	uninvoiced bool
	// want is the money that moved in all.
	want string
}

func lostStores() []lostStore {
	const good, bad = canonical.DispositionSellable, canonical.DispositionDamaged
	half := decimal.MustNew(50, 0)
	badPaysHalf := func(r *mapping.ReturnRules) {
		damaged := r.Dispositions[bad]
		damaged.Pays = &half
		r.Dispositions[bad] = damaged
	}
	fee := func(r *mapping.ReturnRules) { r.Restocking.Percent = decimal.MustNew(10, 0) }
	wayBack := func(r *mapping.ReturnRules) { r.ReturnShipping = decimal.MustParse("4.90") }
	instant := func(r *mapping.ReturnRules) { r.Instant.After = mapping.InstantReceived }
	atOnce := func(r *mapping.ReturnRules) { r.Instant.After = mapping.InstantApproved }
	return []lostStore{
		{name: "before the invoice", uninvoiced: true, found: []canonical.Disposition{good, good, good}, want: "74.96"},
		{name: "good ones", found: []canonical.Disposition{good, good, good}, want: "74.96"},
		{name: "restocking fee", rules: fee, found: []canonical.Disposition{good, good, good}, want: "67.46"},
		{name: "return shipping", rules: wayBack, found: []canonical.Disposition{good, good, good}, want: "70.06"},
		{name: "refunded as received", rules: instant, found: []canonical.Disposition{good, good, good}, want: "74.96"},
		{name: "refunded at once", rules: atOnce, early: true, found: []canonical.Disposition{good, good, good}, want: "74.96"},
		{name: "damaged first", rules: badPaysHalf, found: []canonical.Disposition{bad, good, good}, want: "62.47"},
		{name: "damaged last", rules: badPaysHalf, found: []canonical.Disposition{good, good, bad}, want: "62.48"},
	}
}

// TestStoreIsLostBetweenInspections loses the store between the inspections of a return that is settled as it is inspected, and after
// them, once and each time. Each unit is refunded once, and credited once, at what it is worth.
func TestStoreIsLostBetweenInspections(t *testing.T) {
	t.Parallel()
	for _, series := range []int{19, 14} {
		db := inProcess(t, series)
		for _, story := range lostStores() {
			for _, steps := range [][]int{{1, 2, 3}, {2, 3}, {1, 3}} {
				for lost := range 1 << len(steps) { // after which steps the store is lost
					if (series < 19 || len(steps) < 3) && lost != 1<<len(steps)-1 {
						continue // the others lose it after each step only
					}
					t.Run(fmt.Sprintf("in-process %d/%s/%v/%b", series, story.name, steps, lost), func(t *testing.T) {
						t.Parallel()
						c := newReturnDesk(t, db, func(r *mapping.ReturnRules) {
							r.Settle = mapping.SettleByUnit
							if story.rules != nil {
								story.rules(r)
							}
						})
						c.losesStore(story, steps, lost)
					})
				}
			}
		}
	}
}

func (c *returnDesk) losesStore(story lostStore, steps []int, lost int) {
	c.Helper()
	c.write("product.product", c.product, map[string]any{"invoice_policy": "delivery"})
	if story.uninvoiced {
		c.book(5)
		c.deliver("L2", "5")
	} else {
		c.sell(5)
	}
	c.ask("1", 3, canonical.ResolutionRefund)
	if story.early {
		c.process("1")
	}
	for i, told := range steps {
		var units []canonical.ReceivedUnits
		for _, disposition := range story.found[:told] {
			units = append(units, unit(disposition, ""))
		}
		c.arrived("1", units...)
		if result := c.process("1"); result.Err != nil {
			c.Fatal(result.Err)
		}
		if lost&(1<<i) != 0 {
			c.store = idempotency.NewMemory()
			c.connector = retailsync.New(c.db.dial(c.T), c.rules, retailsync.WithStore(c.store), retailsync.WithJournal(c.journal))
		}
	}
	c.wantClosed("1")
	moved := decimal.Zero
	for _, refund := range c.till.moved {
		moved, _ = moved.Add(refund.Amount)
	}
	if got := moved.Rescale(2).String(); got != story.want {
		c.Errorf("refunded %s in all (%s), want %s", got, c.till.amounts(), story.want)
	}
	moves, err := account.Moves(c.Context(), c.erp, []int64{c.order().ID})
	if err != nil {
		c.Fatal(err)
	}
	credited := decimal.Zero
	for _, move := range moves {
		if move.Kind == account.KindCreditNote {
			credited, _ = credited.Add(move.Untaxed)
			credited, _ = credited.Add(move.Tax)
		}
	}
	// Units that came back before they were invoiced are not credited.
	if want := decimal.MustParse(story.want); credited.Cmp(want) > 0 || !story.uninvoiced && !credited.Equal(want) {
		c.Errorf("credited %s in all, want %s", credited, want)
	}
	if in := c.inOdoo(); !strings.Contains(in, "delivered 2;") {
		c.Errorf("in Odoo: %s", in)
	}
}
