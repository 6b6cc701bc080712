package retailsync_test

import (
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

// packs has the desk sell its article by the dozen, of which so many units are there.
func (c *returnDesk) packs(units int) {
	c.Helper()
	c.sells(c.dozens())
	quant := odoo.Call{Model: "stock.quant", Method: "create", Context: odoo.Context{"inventory_mode": true}, Args: odoo.Args{"vals_list": []any{
		map[string]any{"product_id": c.product, "location_id": c.place, "inventory_quantity": units},
	}}}
	ids, err := odoo.Invoke[[]int64](c.Context(), c.erp, quant)
	if err != nil {
		c.Fatal(err)
	}
	if c.db.series >= 15 {
		c.call(odoo.Call{Model: "stock.quant", Method: "action_apply_inventory", IDs: ids, Context: odoo.Context{"inventory_mode": true}})
	}
}

// sells has the desk sell its article in a unit of measure.
func (c *returnDesk) sells(unit int64) {
	c.Helper()
	c.rules.Defaults.Products.Units = map[string]mapping.Ref{c.sku: mapping.ID(unit)}
	c.connector = retailsync.New(c.db.dial(c), c.rules, retailsync.WithJournal(c.journal), retailsync.WithStore(c.store))
}

// dozens makes a unit of twelve of the units that articles are counted in.
func (c *returnDesk) dozens() int64 {
	c.Helper()
	single := c.search("uom.uom", odoo.Eq("name", "Units"))[0]
	values := map[string]any{"name": "Dozens of " + c.sku, "relative_factor": 12, "relative_uom_id": single}
	if c.db.series < 19 {
		type row struct {
			Category odoo.Many2One `json:"category_id"`
		}
		rows, err := odoo.Invoke[[]row](c.Context(), c.erp, odoo.Call{Model: "uom.uom", Method: "read", IDs: []int64{single}, Args: odoo.Args{"fields": []string{"category_id"}}})
		if err != nil {
			c.Fatal(err)
		}
		values = map[string]any{"name": values["name"], "category_id": rows[0].Category.ID, "uom_type": "bigger", "factor_inv": 12, "factor": 1.0 / 12}
	}
	return c.create("uom.uom", values)
}

// sellDozens imports an order of dozens at 19.99 each, which are delivered in two parts and invoiced.
func (c *returnDesk) sellDozens(dozens int64, parts ...string) {
	c.Helper()
	order := c.book(dozens)
	for _, part := range parts {
		c.deliver("L2", part)
	}
	if _, err := account.InvoiceOrder(c.Context(), c.erp, c.order().ID, order.Number); err != nil {
		c.Fatal(err)
	}
}

// What was sold by the dozen comes back by the dozen: the goods move in units, the money to the cent.
func TestReturnInAnotherUnit(t *testing.T) {
	eachReturnDesk(t, nil, func(c *returnDesk) {
		c.packs(60)
		c.sellDozens(3, "12", "24")
		c.wantOdoo("sold", "delivered 3; invoice posted; stock 24")
		c.ask("1", 2, canonical.ResolutionRefund)
		if first := c.process("1"); first.Outcome != retailsync.ReturnAdvanced || first.Err != nil {
			c.Fatalf("outcome %s, error %v", first.Outcome, first.Err)
		}
		c.wantOdoo("on its way", "delivered 3; invoice posted; stock 24; return assigned")
		c.found("1", map[canonical.Disposition]int64{canonical.DispositionSellable: 1, canonical.DispositionDamaged: 1})
		c.wantClosed("1")
		c.wantOdoo("two of three are back", "delivered 1; invoice posted; credit posted RMA-1 39.98+9.99; stock 36; quarantine 12; return done")
		if again := c.process("1"); again.Outcome != retailsync.ReturnUnchanged {
			c.Errorf("processed again: %s, want unchanged", again.Outcome)
		}
		c.ask("2", 2, canonical.ResolutionRefund)
		if result := c.process("2"); len(result.Refusals) != 1 || result.Refusals[0].Code != returns.RefusedTooMany {
			c.Errorf("two more of one: refusals %v, want too_many", result.Refusals)
		}
		c.ask("3", 1, canonical.ResolutionRefund)
		c.process("3")
		c.found("3", map[canonical.Disposition]int64{canonical.DispositionSellable: 1})
		c.wantClosed("3")
		c.wantOdoo("all is back", "delivered 0; invoice posted; credit posted RMA-1 39.98+9.99; credit posted RMA-3 19.99+5.00; stock 48; quarantine 12; return done; return done")
		if got := c.till.amounts(); got != "re 24.99, re 49.97" {
			c.Errorf("moved %s, want 24.99 and 49.97 refunded", got)
		}
	})
}

// Units that people receive in Odoo count as soon as they make a whole dozen; the rest completes the next one.
func TestReturnOfBrokenDozens(t *testing.T) {
	eachReturnDesk(t, nil, func(c *returnDesk) {
		c.packs(60)
		c.sellDozens(3, "36")
		c.ask("1", 2, canonical.ResolutionRefund)
		c.process("1")
		receive := func(units string) {
			c.Helper()
			backs, err := stock.NewReader(c.erp).Returns(c.Context(), []int64{c.order().ID})
			if err != nil {
				c.Fatal(err)
			}
			for _, back := range backs {
				if back.Open() {
					if err := stock.Receive(c.Context(), c.erp, stock.Receipt{Return: back.ID, Lines: []stock.ReceivedLine{{Move: back.Moves[0].ID, Quantity: decimal.MustParse(units)}}}); err != nil {
						c.Fatal(err)
					}
					return
				}
			}
			c.Fatal("no return is open")
		}
		seen := func(what, want string) {
			c.Helper()
			c.process("1")
			known, err := c.connector.ReturnCase(c.Context(), canonical.Key{Channel: c.platform.Channel(), ID: "1"})
			if err != nil {
				c.Fatal(err)
			}
			if got := known.Lines[0].SeenInOdoo.Trim(0).String(); got != want {
				c.Errorf("%s: %s dozens have arrived, want %s", what, got, want)
			}
		}
		receive("6")
		seen("half a dozen", "0")
		receive("12")
		seen("one and a half", "1")
		// The warehouse reports both: what Odoo does not have yet of them is six.
		c.found("1", map[canonical.Disposition]int64{canonical.DispositionSellable: 2})
		c.wantClosed("1")
		c.wantOdoo("at the end", "delivered 1; invoice posted; credit posted RMA-1 39.98+9.99; stock 48; return done; return done; return done")
	})
}

// A dozen is exchanged for a dozen.
func TestExchangeInAnotherUnit(t *testing.T) {
	eachReturnDesk(t, nil, func(c *returnDesk) {
		c.packs(60)
		c.sellDozens(3, "36")
		c.ask("1", 1, canonical.ResolutionExchangeSame)
		c.process("1")
		c.found("1", map[canonical.Disposition]int64{canonical.DispositionSellable: 1})
		orders, err := odoo.Find[sale.Order](c.Context(), c.erp, odoo.Like("origin", "return/"+c.platform.Channel().String()))
		if err != nil || len(orders) != 1 {
			c.Fatalf("exchanges %v, %v", orders, err)
		}
		lines, err := sale.Lines(c.Context(), c.erp, []int64{orders[0].ID})
		if err != nil {
			c.Fatal(err)
		}
		for _, line := range lines[orders[0].ID] {
			if line.ProductID.ID == c.product && (line.UoM.ID != c.lines()["L2"].UoM.ID || !line.Quantity.Equal(decimal.One)) {
				c.Errorf("the exchange is %s of %s, want a dozen", line.Quantity, line.UoM.Name)
			}
		}
		for _, move := range c.openMoves(lines[orders[0].ID][0].ID) {
			if !move.Quantity.Equal(decimal.MustNew(12, 0)) {
				c.Errorf("%s units are to go out, want 12", move.Quantity)
			}
		}
	})
}

// What is sold in parts of the product's own unit that Odoo cannot move by themselves is for a person to take back, and says so.
func TestReturnOfPartsOfUnits(t *testing.T) {
	eachReturnDesk(t, nil, func(c *returnDesk) {
		c.write("product.product", c.product, map[string]any{"default_code": c.sku + "-BOX"})
		values := map[string]any{"name": c.sku, "default_code": c.sku, "type": "product", "uom_id": c.dozens()}
		if c.db.series >= 18 {
			values["type"], values["is_storable"] = "consu", true
		}
		c.product = c.create("product.product", values)
		c.sells(c.search("uom.uom", odoo.Eq("name", "Units"))[0])
		c.sellDozens(3, "0.25")
		c.ask("1", 1, canonical.ResolutionRefund)
		result := c.process("1")
		if len(result.Refusals) != 1 || result.Refusals[0].Code != returns.RefusedKitMember || !strings.Contains(result.Refusals[0].Problem, "another unit of measure") {
			c.Errorf("%s, refusals %v, want kit_member", result.Outcome, result.Refusals)
		}
	})
}
