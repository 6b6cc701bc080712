package retailsync_test

import (
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

// outs are the units that go back to the buyer, by the receipt that they came in by, and their states.
func (c *returnDesk) outs() map[int64]string {
	c.Helper()
	backs, err := stock.NewReader(c.erp).Returns(c.Context(), []int64{c.order().ID})
	if err != nil {
		c.Fatal(err)
	}
	outs := map[int64]string{}
	for _, back := range backs {
		for _, move := range back.Moves {
			if move.Out {
				outs[move.Of] += move.Wanted.Trim(0).String() + " " + back.State
			}
		}
	}
	return outs
}

func (c *returnDesk) wantOuts(want string, receipts int) {
	c.Helper()
	outs := c.outs()
	for of, got := range outs {
		if got != want {
			c.Errorf("of move %d go back %q, want %q", of, got, want)
		}
	}
	if len(outs) != receipts {
		c.Errorf("units of %d receipts go back, want %d: %v", len(outs), receipts, outs)
	}
}

// TestRejectedUnitsOfTwoReceipts sends back what was rejected after it had come in two parcels: a picking for each receipt. Once these have
// left, the order counts as delivered what it did before.
func TestRejectedUnitsOfTwoReceipts(t *testing.T) {
	eitherReturnDesk(t, nil, func(c *returnDesk) {
		c.sell(3)
		c.ask("1", 2, canonical.ResolutionRefund)
		c.process("1")
		for units := range int64(2) {
			c.tell("1", returns.Received{Line: "R1", Qty: decimal.MustNew(units+1, 0), By: returns.FromPerson})
		}
		if got := c.inOdoo(); !strings.HasPrefix(got, "delivered 1; ") || !strings.HasSuffix(got, "stock 17; inspection 2; return done; return done") {
			c.Errorf("when they are here: %s", got)
		}
		c.tell("1", returns.Resolved{Line: "R1", Resolution: canonical.ResolutionRejected, By: returns.FromPerson})
		c.wantClosed("1")
		c.wantOuts("1 assigned", 2)
		c.validateReserved(c.search("stock.picking", odoo.And(odoo.Eq("sale_id", c.order().ID), odoo.Eq("state", "assigned"))))
		c.wantOdoo("when they have left", "delivered 3; invoice posted; stock 17; return done; return done; return done; return done")
	})
}

// TestRejectedUnitsKilledAtEveryCall lets processes die while the second of two rejected units goes back, after the first one.
func TestRejectedUnitsKilledAtEveryCall(t *testing.T) {
	t.Parallel()
	eachInProcess(t, func(t *testing.T, db *database) {
		c := newReturnDesk(t, db, nil)
		c.kill(fatalStory{
			units: 3,
			ask: func(c *returnDesk, _ canonical.Order) {
				c.ask("1", 2, canonical.ResolutionRejected)
				c.process("1")
				c.tell("1", returns.Received{Line: "R1", Qty: decimal.One, By: returns.FromPerson})
				c.wantOuts("1 assigned", 1)
				c.arrived("1", unit(canonical.DispositionSellable, ""), unit(canonical.DispositionSellable, ""))
			},
			ids: []string{"1"}, calls: 5,
			end: "delivered 3; invoice posted; stock 17; inspection 2; return done; return done; return assigned; return assigned",
		})
		c.wantOuts("1 assigned", 2)
	})
}
