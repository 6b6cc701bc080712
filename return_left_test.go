package retailsync_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

// receiveByHand receives the units of the one open return as a person does.
func (c *returnDesk) receiveByHand(units int64, lots ...string) {
	c.Helper()
	backs, err := stock.NewReader(c.erp).Returns(c.Context(), []int64{c.order().ID})
	if err != nil {
		c.Fatal(err)
	}
	backs = slices.DeleteFunc(backs, func(b stock.Return) bool { return !b.Open() })
	if len(backs) != 1 || len(backs[0].Moves) != 1 {
		c.Fatalf("%d open returns, want one of one move", len(backs))
	}
	line := stock.ReceivedLine{Move: backs[0].Moves[0].ID, Quantity: decimal.MustNew(units, 0)}
	for _, lot := range lots {
		line.Lots = append(line.Lots, stock.LotQuantity{Lot: lot, Quantity: decimal.One})
	}
	if err := stock.Receive(c.Context(), c.erp, stock.Receipt{Return: backs[0].ID, Lines: []stock.ReceivedLine{line}}); err != nil {
		c.Fatal(err)
	}
}

// moveByHand moves units of the goods by a transfer that a person makes.
func (c *returnDesk) moveByHand(origin string, from, to, units int64, lots ...string) {
	c.Helper()
	kinds := c.search("stock.picking.type", odoo.And(odoo.Eq("warehouse_id", c.warehouse), odoo.Eq("code", "internal")))
	if len(kinds) == 0 {
		rows, err := odoo.Invoke[[]struct {
			Kind odoo.Many2One `json:"int_type_id"`
		}](c.Context(), c.erp, odoo.Call{Model: "stock.warehouse", Method: "read", IDs: []int64{c.warehouse}, Args: odoo.Args{"fields": []string{"int_type_id"}}})
		if err != nil {
			c.Fatal(err)
		}
		kinds = []int64{rows[0].Kind.ID}
	}
	picking := c.create("stock.picking", map[string]any{"picking_type_id": kinds[0], "location_id": from, "location_dest_id": to, "origin": origin})
	unit := c.sold()[0].Unit
	values := map[string]any{"picking_id": picking, "product_id": c.product, "product_uom_qty": units, "product_uom": unit, "location_id": from, "location_dest_id": to}
	if c.db.series < 19 {
		values["name"] = c.sku
	}
	move := c.create("stock.move", values)
	c.call(odoo.Call{Model: "stock.picking", Method: "action_confirm", IDs: []int64{picking}})
	done, _ := c.erp.FieldName("stock.move.line", "quantity")
	if len(lots) > 0 {
		commands := []any{}
		for _, line := range c.search("stock.move.line", odoo.Eq("move_id", move)) {
			commands = append(commands, []any{2, line, 0})
		}
		for _, name := range lots {
			lot := c.search(c.erp.ModelName("stock.lot"), odoo.And(odoo.Eq("product_id", c.product), odoo.Eq("name", name)))
			row := map[string]any{"product_id": c.product, "product_uom_id": unit, "location_id": from, "location_dest_id": to, "lot_id": lot[0], "picking_id": picking, done: 1}
			if c.db.series >= 17 {
				row["picked"] = true
			}
			commands = append(commands, []any{0, 0, row})
		}
		c.write("stock.move", move, map[string]any{"move_line_ids": commands})
	} else if c.db.series >= 17 {
		c.write("stock.move", move, map[string]any{"quantity": units, "picked": true})
	} else {
		c.write("stock.move", move, map[string]any{"quantity_done": units})
	}
	c.call(odoo.Call{Model: "stock.picking", Method: "button_validate", IDs: []int64{picking}, Context: odoo.Context{"skip_backorder": true, "skip_immediate": true, "skip_sms": true}})
}

// scrapByHand scraps units of the goods as a person does.
func (c *returnDesk) scrapByHand(values map[string]any, units int64) {
	c.Helper()
	all := map[string]any{"product_id": c.product, "product_uom_id": c.sold()[0].Unit, "scrap_qty": units, "location_id": c.hold}
	for field, value := range values {
		all[field] = value
	}
	scrap := c.create("stock.scrap", all)
	c.call(odoo.Call{Model: "stock.scrap", Method: "action_validate", IDs: []int64{scrap}})
}

// wantDepartures compares how many done moves of the goods left the inspection location.
func (c *returnDesk) wantDepartures(want int) {
	c.Helper()
	if got := c.search("stock.move", odoo.And(odoo.Eq("product_id", c.product), odoo.Eq("location_id", c.hold), odoo.Eq("state", "done"))); len(got) != want {
		c.Errorf("%d moves left the inspection location, want %d", len(got), want)
	}
}

// openReturn sells units and has some of them received by hand, to wait for their inspection.
func (c *returnDesk) openReturn(sold, back int64) {
	c.Helper()
	c.sell(sold)
	c.ask("1", back, canonical.ResolutionRefund)
	c.process("1")
	c.receiveByHand(back)
	if result := c.process("1"); result.Err != nil || !waitsFor(c.caseOf("1"), returns.GateInspection) {
		c.Errorf("error %v, waits %v; want to wait for the inspection", result.Err, result.Waits)
	}
}

// TestReturnMovedByHand has a person move what came back from the inspection location, unit by unit: to stock and to quarantine by transfers that
// name the return, to scrap from the return's own picking. The flow finds in each what its place says, and moves nothing a second time.
func TestReturnMovedByHand(t *testing.T) {
	eitherReturnDesk(t, func(r *mapping.ReturnRules) {
		half := decimal.MustNew(50, 0)
		damaged := r.Dispositions[canonical.DispositionDamaged]
		damaged.Pays = &half
		r.Dispositions[canonical.DispositionDamaged] = damaged
		r.Dispositions[canonical.DispositionRefurbish] = mapping.DispositionRule{To: mapping.ToScrap}
	}, func(c *returnDesk) {
		c.openReturn(4, 3)
		if known := c.caseOf("1"); !slices.ContainsFunc(known.Waits, func(w returns.Wait) bool { return strings.Contains(w.Why, `"Return RMA-1"`) }) {
			c.Errorf("waits %v, want to be told how a move is named", known.Waits)
		}
		c.moveByHand("for RMA-1", c.hold, c.place, 1) // names nothing as the flow does
		c.moveByHand("Return RMA-1", c.place, c.hold, 1)
		c.moveByHand("Return RMA-12", c.hold, c.place, 1)
		c.moveByHand("Return RMA-12", c.place, c.hold, 1)
		c.process("1")
		if found := c.caseOf("1").Lines[0].Found; len(found) > 0 {
			c.Errorf("found %v in what nobody named", found)
		}
		c.moveByHand("Return RMA-1", c.hold, c.place, 1)
		c.process("1")
		if found := c.caseOf("1").Lines[0].Found; !found[canonical.DispositionSellable].Equal(decimal.One) || !waitsFor(c.caseOf("1"), returns.GateInspection) {
			c.Errorf("found %v, waits %v; want one sellable and to wait for the others", found, c.caseOf("1").Waits)
		}
		c.moveByHand("wrong size, Return RMA-1", c.hold, c.apart, 1)
		back := c.search("stock.picking", odoo.And(odoo.Eq("origin", "Return RMA-1"), odoo.Eq("location_dest_id", c.hold), odoo.In("sale_id", []int64{c.order().ID})))
		c.scrapByHand(map[string]any{"picking_id": back[0]}, 1)
		c.process("1")
		c.wantClosed("1")
		if found := c.caseOf("1").Lines[0].Found; !found[canonical.DispositionDamaged].Equal(decimal.One) || !found[canonical.DispositionRefurbish].Equal(decimal.One) {
			c.Errorf("found %v, want one damaged and one to refurbish", found)
		}
		c.wantOdoo("at the end", "delivered 1; invoice posted; credit posted RMA-1 49.98+12.49; stock 17; quarantine 1; return done")
		c.wantMoved("re 62.47")
		c.wantDepartures(5)
		c.wantStory("return.received", "return.inspected", "return.credited", "return.refunded", "return.closed")
	})
}

// TestReturnMovedBeforeTheFlow has a person tell what was found in units that he has moved where they belong: the flow moves the rest.
func TestReturnMovedBeforeTheFlow(t *testing.T) {
	eitherReturnDesk(t, func(r *mapping.ReturnRules) {
		r.Dispositions[canonical.DispositionRefurbish] = mapping.DispositionRule{To: mapping.ToScrap}
	}, func(c *returnDesk) {
		c.openReturn(5, 5)
		c.moveByHand("Return RMA-1", c.hold, c.place, 1)
		c.moveByHand("Return RMA-1", c.hold, c.apart, 1)
		c.scrapByHand(map[string]any{"origin": "Return RMA-1"}, 1)
		c.tell("1", returns.Inspected{Line: "R1", By: returns.FromPerson, Found: []canonical.ReceivedUnits{
			{Qty: decimal.Two, Disposition: canonical.DispositionSellable}, {Qty: decimal.Two, Disposition: canonical.DispositionDamaged}, {Qty: decimal.One, Disposition: canonical.DispositionRefurbish},
		}})
		c.wantClosed("1")
		c.wantOdoo("at the end", "delivered 0; invoice posted; credit posted RMA-1 99.95+24.99; stock 17; quarantine 2; return done")
		c.wantMoved("re 124.94")
		c.wantDepartures(5)
		if _, err := c.connector.TellReturn(c.Context(), c.platform, "1", c.options(), returns.Looked{}); err != nil {
			c.Error(err)
		}
		c.wantClosed("1")
		c.wantDepartures(5)
	})
}

// TestReturnMovedAstray asks a person about units that were moved by hand to where no rule has them. They stay there if he says so, or are moved
// back and dealt with as they were found.
func TestReturnMovedAstray(t *testing.T) {
	asked := func(c *returnDesk) returns.Question {
		c.Helper()
		known := c.caseOf("1")
		for _, q := range known.Questions {
			if q.Topic == returns.TopicAstray && q.Answer == "" && waitsFor(known, returns.GatePerson) && strings.Contains(q.Text, "Elsewhere") {
				return q
			}
		}
		c.Fatalf("questions %v, waits %v; want a person asked what is to become of the units", known.Questions, known.Waits)
		return returns.Question{}
	}
	one := returns.Inspected{Line: "R1", By: returns.FromPerson, Found: []canonical.ReceivedUnits{{Qty: decimal.One, Disposition: canonical.DispositionSellable}}}
	eitherReturnDesk(t, nil, func(c *returnDesk) {
		elsewhere := c.create("stock.location", map[string]any{"name": "Elsewhere " + tag(), "usage": "internal"})
		c.openReturn(2, 1)
		c.moveByHand("Return RMA-1", c.hold, elsewhere, 1)
		c.process("1")
		first := asked(c)
		c.tell("1", one)
		c.wantDepartures(1)
		c.moveByHand("Return RMA-1", elsewhere, c.hold, 1) // back again, and once more
		c.moveByHand("Return RMA-1", c.hold, elsewhere, 1)
		c.process("1")
		if again := asked(c); again.ID != first.ID {
			c.Errorf("asked %s, then %s", first.ID, again.ID)
		}
		c.wantDepartures(2)
		c.tell("1", returns.Decided{Question: first.ID, Answer: returns.AnswerAccept})
		c.wantClosed("1")
		c.wantDepartures(2)
		c.wantOdoo("at the end", "delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; stock 18; return done")
	})
}

// TestReturnMovedBackFromAstray has the flow move units once they are back.
func TestReturnMovedBackFromAstray(t *testing.T) {
	eitherReturnDesk(t, nil, func(c *returnDesk) {
		c.openReturn(2, 1)
		c.moveByHand("Return RMA-1", c.hold, c.apart, 1)
		c.tell("1", returns.Looked{})
		c.wantClosed("1") // damaged: that is what its place says
		c.wantOdoo("at the end", "delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; stock 18; quarantine 1; return done")

		c.ask("2", 1, canonical.ResolutionRefund)
		c.process("2")
		c.receiveByHand(1)
		c.process("2")
		elsewhere := c.create("stock.location", map[string]any{"name": "Elsewhere " + tag(), "usage": "internal"})
		c.moveByHand("Return RMA-2", c.hold, elsewhere, 1)
		c.found("2", map[canonical.Disposition]int64{canonical.DispositionSellable: 1})
		if !waitsFor(c.caseOf("2"), returns.GatePerson) {
			c.Errorf("waits %v, want a person asked", c.caseOf("2").Waits)
		}
		c.moveByHand("Return RMA-2", elsewhere, c.hold, 1)
		c.process("2")
		c.wantClosed("2")
		c.wantOdoo("at the end", "delivered 0; invoice posted; credit posted RMA-1 19.99+5.00; credit posted RMA-2 19.99+5.00; stock 19; quarantine 1; return done; return done")
	})
}

// TestReturnLotsMovedByHand knows the lots that came back, whatever is written on the transfer.
func TestReturnLotsMovedByHand(t *testing.T) {
	eitherReturnDesk(t, nil, func(c *returnDesk) {
		c.track("serial", "A", "B", "C")
		left := c.sellReserved(3)
		c.ask("1", 2, canonical.ResolutionRefund)
		c.process("1")
		c.receiveByHand(2, left[0], left[2])
		c.process("1")
		c.moveByHand("", c.hold, c.place, 1, left[2])
		c.process("1")
		c.moveByHand("damaged", c.hold, c.apart, 1, left[0])
		c.process("1")
		c.wantClosed("1")
		c.wantLots(c.place, left[2])
		c.wantLots(c.apart, left[0])
		c.wantDepartures(2)
		c.wantMoved("re 49.97")
	})
}

// TestMovedByHandKilledAtEveryCall lets processes die over units of which a person moved some to where they were found to belong.
func TestMovedByHandKilledAtEveryCall(t *testing.T) {
	t.Parallel()
	for _, series := range []int{19, 14} {
		t.Run(fmt.Sprint("in-process ", series), func(t *testing.T) {
			t.Parallel()
			newReturnDesk(t, inProcess(t, series), nil).kill(fatalStory{
				units: 4,
				ask: func(c *returnDesk, _ canonical.Order) {
					c.ask("1", 4, canonical.ResolutionRefund)
					c.process("1")
					c.receiveByHand(4)
					c.moveByHand("Return RMA-1", c.hold, c.place, 1)
					c.moveByHand("Return RMA-1", c.hold, c.apart, 1)
					c.arrived("1", unit(canonical.DispositionSellable, ""), unit(canonical.DispositionSellable, ""), unit(canonical.DispositionDamaged, ""), unit(canonical.DispositionDamaged, ""))
				},
				ids: []string{"1"}, calls: 6,
				end:   "delivered 0; invoice posted; credit posted RMA-1 79.96+19.99; stock 18; quarantine 2; return done",
				moved: "re 99.95",
			})
		})
	}
}
