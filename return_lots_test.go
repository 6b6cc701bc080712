package retailsync_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

// track makes the desk's article one with lots or serial numbers, of which the warehouse has these, one after the other.
func (c *returnDesk) track(tracking string, lots ...string) {
	c.Helper()
	c.sku = strings.ToUpper(tracking) + "-" + tag()
	values := map[string]any{"name": c.sku, "default_code": c.sku, "type": "product", "tracking": tracking}
	if c.db.series >= 18 {
		values["type"], values["is_storable"] = "consu", true
	}
	c.product = c.create("product.product", values)
	units := 1
	if tracking == "lot" {
		units = 2
	}
	in := odoo.Context{"inventory_mode": true}
	for _, name := range lots {
		lot := c.create(c.erp.ModelName("stock.lot"), map[string]any{"name": name, "product_id": c.product, "company_id": 1})
		ids, err := odoo.Invoke[[]int64](c.Context(), c.erp, odoo.Call{Model: "stock.quant", Method: "create", Context: in, Args: odoo.Args{"vals_list": []any{
			map[string]any{"product_id": c.product, "location_id": c.place, "lot_id": lot, "inventory_quantity": units},
		}}})
		if err != nil {
			c.Fatal(err)
		}
		if c.db.series >= 15 {
			c.call(odoo.Call{Model: "stock.quant", Method: "action_apply_inventory", IDs: ids, Context: in})
		}
	}
}

// sellReserved delivers what Odoo reserved, lot by lot, invoices it, and returns the lots that left, one for each unit.
func (c *returnDesk) sellReserved(units int64) []string {
	c.Helper()
	order := c.book(units)
	pickings := c.search("stock.picking", odoo.Eq("sale_id", c.orderID))
	c.call(odoo.Call{Model: "stock.picking", Method: "action_assign", IDs: pickings})
	c.validateReserved(pickings)
	if _, err := account.InvoiceOrder(c.Context(), c.erp, c.orderID, order.Number); err != nil {
		c.Fatal(err)
	}
	goods, err := stock.NewReader(c.erp).Returnable(c.Context(), []int64{c.orderID})
	if err != nil || len(goods) != 1 {
		c.Fatal(goods, err)
	}
	var left []string
	for _, lot := range goods[0].Lots {
		whole, _, _ := lot.Quantity.Int64(0)
		left = append(left, slices.Repeat([]string{lot.Lot}, int(whole))...)
	}
	if len(left) != int(units) {
		c.Fatalf("%v left, want %d units", left, units)
	}
	return left
}

// validateReserved does what is reserved of transfers.
func (c *returnDesk) validateReserved(pickings []int64) {
	c.Helper()
	if c.db.series < 17 {
		lines, err := odoo.Invoke[[]struct {
			ID       int64           `json:"id"`
			Reserved decimal.Decimal `json:"product_uom_qty"`
		}](c.Context(), c.erp, odoo.Call{Model: "stock.move.line", Method: "search_read", Args: odoo.Args{
			"domain": odoo.In("picking_id", pickings), "fields": []string{"product_uom_qty"},
		}})
		if err != nil {
			c.Fatal(err)
		}
		for _, line := range lines {
			c.write("stock.move.line", line.ID, map[string]any{"qty_done": line.Reserved})
		}
	}
	c.call(odoo.Call{Model: "stock.picking", Method: "button_validate", IDs: pickings, Context: odoo.Context{"skip_backorder": true, "skip_immediate": true, "skip_sms": true}})
}

// wantLots compares the lots in a location: "A 1, B 2".
func (c *returnDesk) wantLots(place int64, want ...string) {
	c.Helper()
	rows, err := odoo.Invoke[[]struct {
		Lot      odoo.Many2One   `json:"lot_id"`
		Quantity decimal.Decimal `json:"quantity"`
	}](c.Context(), c.erp, odoo.Call{Model: "stock.quant", Method: "search_read", Effect: odoo.EffectRead, Args: odoo.Args{
		"domain": odoo.And(odoo.Eq("product_id", c.product), odoo.Eq("location_id", place)), "fields": []string{"lot_id", "quantity"},
	}})
	if err != nil {
		c.Fatal(err)
	}
	got, wanted := map[string]string{}, map[string]int{}
	for _, row := range rows {
		if !row.Quantity.IsZero() {
			got[row.Lot.Name] = row.Quantity.Trim(0).String()
		}
	}
	for _, lot := range want {
		wanted[lot]++
	}
	all := map[string]string{}
	for lot, n := range wanted {
		all[lot] = fmt.Sprint(n)
	}
	if !maps.Equal(got, all) {
		c.Errorf("lots in location %d: %v, want %v", place, got, all)
	}
}

// unit is one unit of a lot and what was found in it.
func unit(disposition canonical.Disposition, lot string) canonical.ReceivedUnits {
	return canonical.ReceivedUnits{Qty: decimal.One, Disposition: disposition, Lot: lot}
}

func waitsFor(result returns.Case, gate returns.Gate) bool {
	return slices.ContainsFunc(result.Waits, func(w returns.Wait) bool { return w.Gate == gate })
}

// TestReturnOfTrackedUnits takes back units with lots or serial numbers: those that arrived are named before they are received, one that
// never left is refused, and the one that is damaged is the one that is set aside or scrapped.
func TestReturnOfTrackedUnits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		tracking string
		scrap    bool
	}{{"lot", false}, {"serial", false}, {"serial", true}} {
		name := test.tracking + " set aside"
		if test.scrap {
			name = test.tracking + " scrapped"
		}
		t.Run(name, func(t *testing.T) {
			eitherReturnDesk(t, func(r *mapping.ReturnRules) {
				if test.scrap {
					r.Dispositions[canonical.DispositionDamaged] = mapping.DispositionRule{To: mapping.ToScrap}
				}
			}, func(c *returnDesk) {
				c.track(test.tracking, "A", "B", "C", "D")
				left := c.sellReserved(3)
				c.ask("1", 2, canonical.ResolutionRefund)
				c.process("1")
				c.tell("1", returns.Received{Line: "R1", Qty: decimal.Two, By: returns.FromPerson})
				if !waitsFor(c.caseOf("1"), returns.GateLot) {
					c.Errorf("waits %v, want to wait for the lots", c.caseOf("1").Waits)
				}
				_, err := c.connector.TellReturn(c.Context(), c.platform, "1", c.options(),
					returns.Received{Line: "R1", Qty: decimal.Two, Lots: []returns.LotUnits{{Lot: "X", Qty: decimal.One}}, By: returns.FromPerson})
				var refused *returns.Refusal
				if !errors.As(err, &refused) || refused.Code != returns.RefusedLot || refused.Line != "R1" || refused.WayOut == "" {
					c.Errorf("a lot that never left: error %v, want a refusal", err)
				}
				// The first and the last that left have arrived.
				c.tell("1", returns.Received{Line: "R1", Qty: decimal.Two, Lots: []returns.LotUnits{{Lot: left[0], Qty: decimal.One}, {Lot: left[2], Qty: decimal.One}}, By: returns.FromPerson})
				c.wantLots(c.hold, left[0], left[2])
				// Which of them is damaged is not said: nothing moves.
				c.tell("1", returns.Inspected{Line: "R1", Found: []canonical.ReceivedUnits{unit(canonical.DispositionSellable, ""), unit(canonical.DispositionDamaged, "")}, By: returns.FromPerson})
				if known := c.caseOf("1"); !waitsFor(known, returns.GateLot) || known.Status != returns.CaseOpen {
					c.Errorf("case %s waits %v, want to wait for the lots", known.Status, known.Waits)
				}
				c.wantLots(c.hold, left[0], left[2])
				c.tell("1", returns.Inspected{Line: "R1", Found: []canonical.ReceivedUnits{unit(canonical.DispositionSellable, ""), unit(canonical.DispositionDamaged, left[0])}, By: returns.FromPerson})
				c.wantClosed("1")
				c.wantLots(c.hold)
				if !test.scrap {
					c.wantLots(c.apart, left[0])
				} else {
					c.wantLots(c.apart)
				}
				c.wantLots(c.place, c.keptBut(test.tracking, left, left[2])...)
				c.wantMoved("re 49.97")
			})
		})
	}
}

// keptBut are the lots of the warehouse without those that left, and with those that came back.
func (c *returnDesk) keptBut(tracking string, left []string, back ...string) []string {
	var all []string
	for _, lot := range []string{"A", "B", "C", "D"} {
		all = append(all, lot)
		if tracking == "lot" {
			all = append(all, lot)
		}
	}
	for _, lot := range left {
		at := slices.Index(all, lot)
		all = slices.Delete(all, at, at+1)
	}
	return append(all, back...)
}

// TestTrackedUnitByHand has a person receive the unit in Odoo: its serial number goes on with it.
func TestTrackedUnitByHand(t *testing.T) {
	eitherReturnDesk(t, nil, func(c *returnDesk) {
		c.track("serial", "A", "B", "C", "D")
		left := c.sellReserved(2)
		c.ask("1", 1, canonical.ResolutionRefund)
		c.process("1")
		backs, err := stock.NewReader(c.erp).Returns(c.Context(), []int64{c.orderID})
		if err != nil || len(backs) != 1 {
			c.Fatal(backs, err)
		}
		if err := stock.Receive(c.Context(), c.erp, stock.Receipt{Return: backs[0].ID, Lines: []stock.ReceivedLine{
			{Move: backs[0].Moves[0].ID, Quantity: decimal.One, Lots: []stock.LotQuantity{{Lot: left[1], Quantity: decimal.One}}},
		}}); err != nil {
			c.Fatal(err)
		}
		c.tell("1", returns.Inspected{Line: "R1", Found: []canonical.ReceivedUnits{unit(canonical.DispositionDamaged, "")}, By: returns.FromPerson})
		c.wantClosed("1")
		c.wantLots(c.apart, left[1])
		c.wantLots(c.hold)
		c.wantMoved("re 24.99")
	})
}

// sellInTwo delivers reserved units of one order in two deliveries, invoices them, and returns the lots of each, one for each unit.
func (c *returnDesk) sellInTwo(first, second int64) (older, newer []string) {
	c.Helper()
	order := c.book(first + second)
	pickings := c.search("stock.picking", odoo.Eq("sale_id", c.orderID))
	c.call(odoo.Call{Model: "stock.picking", Method: "action_assign", IDs: pickings})
	lines := c.search("stock.move.line", odoo.In("picking_id", pickings))
	slices.Sort(lines)
	for _, line := range lines[:first] {
		if c.db.series < 17 {
			c.write("stock.move.line", line, map[string]any{"qty_done": 1})
		} else {
			c.write("stock.move.line", line, map[string]any{"picked": true})
		}
	}
	c.call(odoo.Call{Model: "stock.picking", Method: "button_validate", IDs: pickings, Context: odoo.Context{"skip_backorder": true, "skip_immediate": true, "skip_sms": true}})
	rest := slices.DeleteFunc(c.search("stock.picking", odoo.Eq("sale_id", c.orderID)), func(id int64) bool { return slices.Contains(pickings, id) })
	c.call(odoo.Call{Model: "stock.picking", Method: "action_assign", IDs: rest})
	c.validateReserved(rest)
	if _, err := account.InvoiceOrder(c.Context(), c.erp, c.orderID, order.Number); err != nil {
		c.Fatal(err)
	}
	for _, sold := range c.sold() {
		var lots []string
		for _, lot := range sold.Lots {
			lots = append(lots, lot.Lot)
		}
		if older == nil {
			older = lots
			continue
		}
		newer = append(newer, lots...)
	}
	if len(older) != int(first) || len(newer) != int(second) {
		c.Fatalf("%v and %v left, want %d and %d units", older, newer, first, second)
	}
	return older, newer
}

// sold are the delivered moves of the order, oldest first.
func (c *returnDesk) sold() []stock.Returnable {
	c.Helper()
	goods, err := stock.NewReader(c.erp).Returnable(c.Context(), []int64{c.orderID})
	if err != nil {
		c.Fatal(err)
	}
	return goods
}

// wantBack compares what came back of each delivered move, and what is expected of it: "1+0, 2+1".
func (c *returnDesk) wantBack(want string) {
	c.Helper()
	var back []string
	for _, sold := range c.sold() {
		back = append(back, fmt.Sprintf("%s+%s", sold.Returned.Trim(0), sold.Expected.Trim(0)))
	}
	if got := strings.Join(back, ", "); got != want {
		c.Errorf("came back and expected, by delivery: %s, want %s", got, want)
	}
}

// someArrived has the warehouse read these serial numbers, of all units that have arrived so far.
func (c *returnDesk) someArrived(id string, lots ...string) {
	c.Helper()
	var units []returns.LotUnits
	for _, lot := range lots {
		units = append(units, returns.LotUnits{Lot: lot, Qty: decimal.One})
	}
	c.tell(id, returns.Received{Line: "R1", Qty: decimal.MustNew(int64(len(lots)), 0), Lots: units, By: returns.FromPerson})
}

// TestReturnOfOlderDelivery takes back units of two deliveries: what came with the older one comes back from it, although the return was
// opened for the newer one, and nothing more is expected of the latter then. What is of two deliveries comes back by a picking for each.
func TestReturnOfOlderDelivery(t *testing.T) {
	eitherReturnDesk(t, nil, func(c *returnDesk) {
		c.track("serial", "A", "B", "C", "D", "E")
		older, newer := c.sellInTwo(2, 2)
		c.ask("1", 2, canonical.ResolutionRefund)
		c.process("1")
		c.wantBack("0+0, 0+2")
		c.arrived("1", unit(canonical.DispositionSellable, older[0]), unit(canonical.DispositionDamaged, newer[1]))
		c.process("1")
		c.wantClosed("1")
		c.wantBack("1+0, 1+0")
		c.wantLots(c.hold)
		c.wantLots(c.apart, newer[1])
		c.wantOdoo("at the end", "delivered 2; invoice posted; credit posted RMA-1 39.98+10.00; stock 2; quarantine 1; return done; return cancel; return done")
		if c.db.real { // what follows is nothing new to Odoo
			return
		}
		c.ask("2", 2, canonical.ResolutionRefund)
		c.process("2")
		c.wantBack("1+1, 1+1")
		c.someArrived("2", older[1])
		c.wantBack("2+0, 1+1")
		c.someArrived("2", older[1], newer[0])
		c.tell("2", returns.Inspected{Line: "R1", Found: []canonical.ReceivedUnits{unit(canonical.DispositionSellable, ""), unit(canonical.DispositionSellable, "")}, By: returns.FromPerson})
		c.wantClosed("2")
		c.wantBack("2+0, 2+0")
		c.wantOdoo("at the end", "delivered 0; invoice posted; credit posted RMA-1 39.98+10.00; credit posted RMA-2 39.98+9.99; stock 4; quarantine 1; return done; return cancel; return done; return done; return done")
	})
}

// TestReturnOfKnownLots opens the return for the delivery that the units left with, where the platform names them before it is opened.
func TestReturnOfKnownLots(t *testing.T) {
	t.Parallel()
	eachInProcess(t, func(t *testing.T, db *database) {
		c := newReturnDesk(t, db, nil)
		c.track("serial", "A", "B", "C", "D")
		older, newer := c.sellInTwo(2, 2)
		c.ask("1", 2, canonical.ResolutionRefund)
		c.arrived("1", unit(canonical.DispositionSellable, older[1]), unit(canonical.DispositionSellable, newer[0]))
		c.process("1")
		c.wantClosed("1")
		c.wantBack("1+0, 1+0")
		c.wantLots(c.place, older[1], newer[0])
		c.wantOdoo("at the end", "delivered 2; invoice posted; credit posted RMA-1 39.98+10.00; stock 2; return done; return done")
	})
}
