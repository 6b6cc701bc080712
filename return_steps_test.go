package retailsync_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// TestReturnInSteps takes back what a warehouse sent out by pick, pack and ship, where goods are received at its input and go through quality
// control: one unit to stock, one aside. With a place for inspection they go there and to stock from there, and not back to the output. The
// in-process Odoo has no such warehouses.
func TestReturnInSteps(t *testing.T) {
	for i, held := range []bool{false, true} {
		for _, series := range []int{19, 14} {
			if peer.Spares(series, i) {
				continue
			}
			t.Run(fmt.Sprintf("real %d, inspection apart %t", series, held), func(t *testing.T) {
				t.Parallel()
				c := newReturnDesk(t, realOdoo(t, series), func(r *mapping.ReturnRules) {
					if !held {
						r.Inspection = mapping.Ref{}
					}
				})
				c.write("stock.warehouse", c.warehouse, map[string]any{"reception_steps": "three_steps", "delivery_steps": "pick_pack_ship"})
				order := c.book(3)
				c.deliverInSteps()
				if _, err := account.InvoiceOrder(c.Context(), c.erp, c.orderID, order.Number); err != nil {
					t.Fatal(err)
				}
				c.ask("1", 2, canonical.ResolutionRefund)
				c.process("1")
				c.found("1", map[canonical.Disposition]int64{canonical.DispositionSellable: 1, canonical.DispositionDamaged: 1})
				c.wantClosed("1")
				c.wantOdoo("at the end", "delivered 1; invoice posted; credit posted RMA-1 39.98+9.99; stock 18; quarantine 1; return done")
				c.wantMoved("re 49.97")
				if open := c.search("stock.move", odoo.And(odoo.Eq("product_id", c.product), odoo.NotIn("state", []string{"done", "cancel"}))); len(open) > 0 {
					t.Errorf("moves %v wait for goods that went another way", open)
				}
			})
		}
	}
}

// deliverInSteps does one transfer of the order after the other until all is delivered.
func (c *returnDesk) deliverInSteps() {
	c.Helper()
	var done []int64
	for range 3 {
		ready := slices.DeleteFunc(c.search("stock.picking", odoo.And(odoo.Eq("sale_id", c.orderID), odoo.Eq("state", "assigned"))), func(id int64) bool { return slices.Contains(done, id) })
		if len(ready) != 1 {
			c.Fatalf("transfers %v are ready, want one", ready)
		}
		c.validateReserved(ready)
		done = append(done, ready...)
	}
}
