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
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/returns"
)

// handOrder is an order that a person makes for exchanged goods.
type handOrder struct {
	origin, reference string
	product, customer int64 // 0: of the order that it follows
	units             int64
	price             string
	quotation         bool
}

// pricedOrder is what an order by hand takes over from the one that it follows.
type pricedOrder struct {
	ID        int64         `odoo:"id"`
	Pricelist odoo.Many2One `odoo:"pricelist_id"`
	Company   odoo.Many2One `odoo:"company_id"`
}

func (pricedOrder) OdooModel() string { return "sale.order" }

// orderByHand makes an order as a person does, and returns its id.
func (c *returnDesk) orderByHand(name string, of handOrder) int64 {
	c.Helper()
	line, price := c.lines()["L2"], decimal.MustParse(of.price)
	units := decimal.MustNew(of.units, 0)
	net, _ := price.Mul(units)
	tax, _ := net.Mul(decimal.MustParse("0.25"))
	if of.customer == 0 {
		of.customer = c.order().Customer.ID
	}
	if of.product == 0 {
		of.product = line.ProductID.ID
	}
	partner := sale.PartnerRef{ID: of.customer}
	followed := read[pricedOrder](c.life, c.order().ID)
	made, err := sale.Insert(c.Context(), c.erp, []sale.Draft{{
		ExternalID: odoo.NewExternalID("by_hand", c.platform.Channel().Account, name), Origin: of.origin, Reference: of.reference,
		Customer: partner, InvoiceAddress: partner, DeliveryAddress: partner, WarehouseID: c.warehouse,
		PricelistID: followed.Pricelist.ID, CompanyID: followed.Company.ID,
		Lines: []sale.DraftLine{{
			ExternalID: odoo.NewExternalID("by_hand", c.platform.Channel().Account, name, "1"), ProductID: of.product, UoMID: line.UoM.ID, Name: "In exchange",
			Quantity: units, Price: price, TaxIDs: line.TaxIDs, Net: net, Tax: tax,
		}},
	}})
	if err != nil || made[0].Err != nil {
		c.Fatal(err, made)
	}
	if !of.quotation {
		c.confirmByHand(made[0].ID)
	}
	return made[0].ID
}

func (c *returnDesk) confirmByHand(order int64) {
	c.Helper()
	c.call(odoo.Call{Model: "sale.order", Method: "action_confirm", IDs: []int64{order}})
}

// exchanged asks for a unit that is exchanged for another article at 30.00, and has its goods arrive and be found good.
func (c *returnDesk) exchanged(id string, order canonical.Order) {
	c.Helper()
	c.ask(id, 1, canonical.ResolutionExchangeOther)
	tax := order.Lines[1].Taxes[0]
	tax.Amount = canonical.Shop(decimal.MustParse("7.50"))
	c.platform.Change(id, func(r *canonical.Return) {
		r.Exchange = []canonical.ExchangeLine{{
			ID: "X1", ReturnLineID: "R1", SKU: "SKU-2", Title: "The other one", Qty: decimal.One,
			Total: canonical.Shop(decimal.MustParse("30.00")), Taxes: []canonical.Tax{tax},
		}}
	})
	c.process(id)
}

// foundGood tells that the unit of a return came back good; what the exchange comes to is looked at afterwards.
func (c *returnDesk) foundGood(id string) {
	c.Helper()
	_, err := c.connector.TellReturn(c.Context(), c.platform, id, c.options(), returns.Received{Line: "R1", Qty: decimal.One, By: returns.FromPerson},
		returns.Inspected{Line: "R1", Found: []canonical.ReceivedUnits{{Qty: decimal.One, Disposition: canonical.DispositionSellable}}, By: returns.FromPerson})
	if err != nil {
		c.Fatal(err)
	}
}

// exchangeRecord is the order that a return's exchange is by the case; empty as long as there is none.
func (c *returnDesk) exchangeRecord(id string) string {
	c.Helper()
	effects := c.caseOf(id).Effects
	at := slices.IndexFunc(effects, func(e returns.Effect) bool { return e.Kind == returns.EffectExchange })
	if at < 0 {
		return ""
	}
	return effects[at].Reference
}

// wantOwnExchanges compares how many orders the flow made for exchanges of a return.
func (c *returnDesk) wantOwnExchanges(id string, want int) {
	c.Helper()
	got := c.search("sale.order", odoo.Like("origin", fmt.Sprintf("return/%s/%s/", c.platform.Channel(), id)))
	if len(got) != want {
		c.Errorf("return %s: the flow made %d orders, want %d", id, len(got), want)
	}
}

// wantExchangeError runs until the return fails with words.
func (c *returnDesk) wantExchangeError(when, id, words string) {
	c.Helper()
	for range 3 { // a server that others write to at the same moment may refuse a step
		result := c.process(id)
		if result.Err != nil && strings.Contains(result.Err.Error(), words) {
			return
		}
		c.Logf("%s: %v", when, result.Err)
	}
	c.Errorf("%s: want an error that says %q", when, words)
}

// settledRun runs until the return has no failure.
func (c *returnDesk) settledRun(when, id string) {
	c.Helper()
	for range 3 {
		result := c.process(id)
		if result.Err == nil {
			return
		}
		c.Logf("%s: %v", when, result.Err)
	}
	c.Errorf("%s: the return goes on failing", when)
}

func (c *returnDesk) shipAll(order int64) {
	c.Helper()
	lines, err := sale.Lines(c.Context(), c.erp, []int64{order})
	if err != nil {
		c.Fatal(err)
	}
	for _, line := range lines[order] {
		c.ship(line.ID, line.Quantity)
	}
}

// TestExchangeByHand has a person make the order of exchanged goods in Odoo before the flow's turn: the flow takes it as its own, makes no
// second one, and the case closes when its goods have left. A quotation is waited for.
func TestExchangeByHand(t *testing.T) {
	eitherReturnDesk(t, func(r *mapping.ReturnRules) { r.Exchange.Dearer = mapping.DearerWaive }, func(c *returnDesk) {
		order := c.sell(3)
		other := c.search("product.product", odoo.Eq("default_code", "SKU-2"))[0]

		c.exchanged("1", order)
		made := c.orderByHand("first", handOrder{origin: "Exchange, Return RMA-1", product: other, units: 1, price: "30.00"})
		c.foundGood("1")
		c.settledRun("adopted", "1")
		c.wantOwnExchanges("1", 0)
		if got := c.exchangeRecord("1"); got != fmt.Sprintf("sale.order,%d", made) {
			c.Errorf("the exchange is %q, want order %d", got, made)
		}
		if !waitsFor(c.caseOf("1"), returns.GateExchange) {
			c.Errorf("the case waits for %v, want the goods of the exchange", c.caseOf("1").Waits)
		}
		c.shipAll(made)
		c.settledRun("left", "1")
		c.wantClosed("1")

		c.exchanged("2", order)
		made = c.orderByHand("second", handOrder{reference: "Return RMA-2", product: other, units: 1, price: "30.00", quotation: true})
		c.foundGood("2")
		c.wantExchangeError("a quotation", "2", "has not confirmed it")
		c.confirmByHand(made)
		c.settledRun("confirmed", "2")
		c.wantOwnExchanges("2", 0)
		c.shipAll(made)
		c.settledRun("left", "2")
		c.wantClosed("2")

		// The same article, at what the unit cost.
		c.ask("3", 1, canonical.ResolutionExchangeSame)
		c.process("3")
		made = c.orderByHand("third", handOrder{origin: "Return RMA-3", units: 1, price: "19.99"})
		c.foundGood("3")
		c.settledRun("the same article", "3")
		c.wantOwnExchanges("3", 0)
		if got := c.exchangeRecord("3"); got != fmt.Sprintf("sale.order,%d", made) {
			c.Errorf("the exchange for the same is %q, want order %d", got, made)
		}
		c.shipAll(made)
		c.settledRun("the same article left", "3")
		c.wantOdoo("at the end", "delivered 0; invoice posted; credit posted RMA-1 19.99+5.00; credit posted RMA-2 19.99+4.99; credit posted RMA-3 19.99+5.00; stock 19; return done; return done; return done")
	})
}

// TestExchangeByHandThatDoesNotFit has orders name a return that are not its exchange: nothing goes out as long as they stand, the error says
// why, and once they are out of the way the flow makes the order itself. Orders of other customers, or that name another return, are left alone.
func TestExchangeByHandThatDoesNotFit(t *testing.T) {
	eitherReturnDesk(t, func(r *mapping.ReturnRules) { r.Exchange.Dearer = mapping.DearerWaive }, func(c *returnDesk) {
		order := c.sell(7)
		other := c.search("product.product", odoo.Eq("default_code", "SKU-2"))[0]
		stranger := c.create("res.partner", map[string]any{"name": "Somebody else"})
		for n, test := range []struct {
			name, words string
			orders      []handOrder
		}{
			{"of somebody else, who has a return of that number", "", []handOrder{{product: other, customer: stranger, units: 1, price: "30.00"}}},
			{"of more units", "and 1 are exchanged", []handOrder{{product: other, units: 2, price: "15.00"}}},
			{"of another article", "and 0 are exchanged", []handOrder{{units: 1, price: "30.00"}}},
			{"at another price", "it comes to 25.00 without tax, and the exchange counts 30.00", []handOrder{{product: other, units: 1, price: "25.00"}}},
			{"that names two returns", "another return too", []handOrder{{origin: "Return RMA-%s and Return RMA-77", product: other, units: 1, price: "30.00"}}},
			{"twice", "the goods go out once", []handOrder{{product: other, units: 1, price: "30.00"}, {product: other, units: 1, price: "30.00", quotation: true}}},
		} {
			id := fmt.Sprint(n + 1)
			c.exchanged(id, order)
			var made []int64
			for k, hand := range test.orders {
				if hand.origin == "" {
					hand.origin = "Return RMA-" + id
				} else {
					hand.origin = fmt.Sprintf(hand.origin, id)
				}
				made = append(made, c.orderByHand(id+"-"+fmt.Sprint(k), hand))
			}
			c.foundGood(id)
			if test.words != "" {
				c.wantExchangeError(test.name, id, test.words)
				c.wantOwnExchanges(id, 0)
			}
			for _, one := range made {
				if test.words != "" {
					c.write("sale.order", one, map[string]any{"origin": "Return RMA-" + id + "0"}) // that of another return
				}
			}
			c.settledRun(test.name, id)
			c.wantOwnExchanges(id, 1)
		}
	})
}
