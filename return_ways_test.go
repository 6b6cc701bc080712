package retailsync_test

import (
	"cmp"
	"maps"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/returns"
)

// returnWay is what one resolution or one rule makes of units that come back of two that were sold.
type returnWay struct {
	name  string
	rules func(*mapping.ReturnRules)
	// before changes what was sold, after it was delivered and invoiced.
	before func(c *returnDesk)
	// uninvoiced: the goods come back before anything is invoiced.
	uninvoiced bool
	// books: what Odoo makes of it depends on how it counts what is delivered and invoiced.
	books      bool
	units      int64
	resolution canonical.Resolution
	// ask changes the request; then is what follows the first run.
	ask  func(r *canonical.Return)
	then func(c *returnDesk)
	// end and moved are what Odoo has and what the provider moved in the end; open leaves the case open.
	end, moved string
	open       bool
}

func someFound(units int64, disposition canonical.Disposition) func(*returnDesk) {
	return func(c *returnDesk) {
		c.Helper()
		c.tell("1", returns.Inspected{Line: "R1", Found: []canonical.ReceivedUnits{{Qty: decimal.MustNew(units, 0), Disposition: disposition}}, By: returns.FromPerson})
	}
}

func returnWays() []returnWay {
	half := decimal.MustNew(50, 0)
	return []returnWay{
		{
			name: "exchange for the same", books: true, resolution: canonical.ResolutionExchangeSame, then: someFound(1, canonical.DispositionSellable), open: true,
			end: "delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; stock 19; return done; exchange sale 24.99",
		},
		{name: "gift card", resolution: canonical.ResolutionGiftCard, then: someFound(1, canonical.DispositionSellable),
			end: "delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; stock 19; return done"},
		{name: "repair", books: true, resolution: canonical.ResolutionRepair, then: func(c *returnDesk) {
			c.tell("1", returns.Received{Line: "R1", Qty: decimal.One, By: returns.FromPerson})
		}, end: "delivered 2; invoice posted; stock 18; inspection 1; return done; return assigned; to-do"},
		{name: "nothing is owed", books: true, resolution: canonical.ResolutionNone, then: someFound(1, canonical.DispositionSellable),
			end: "delivered 1; invoice posted; credit posted RMA-1 0.00+0.00; stock 19; return done"},
		{name: "the buyer keeps it", books: true, ask: func(r *canonical.Return) { r.Lines[0].KeepItem = true },
			end: "delivered 2; invoice posted; credit posted RMA-1 19.99+5.00; stock 18", moved: "re 24.99"},
		{name: "wrong item", rules: func(r *mapping.ReturnRules) {
			r.Dispositions[canonical.DispositionWrongItem] = mapping.DispositionRule{To: mapping.ToQuarantine, Location: r.Dispositions[canonical.DispositionDamaged].Location}
		}, then: func(c *returnDesk) {
			someFound(1, canonical.DispositionWrongItem)(c)
			c.tell("1", returns.Decided{Question: "pays/wrong_item/R1", Answer: returns.AnswerPays, Percent: decimal.MustNew(25, 0)})
		}, end: "delivered 1; invoice posted; credit posted RMA-1 5.00+1.25; stock 18; quarantine 1; return done", moved: "re 6.25"},
		{name: "damaged pays nothing", rules: func(r *mapping.ReturnRules) {
			damaged := r.Dispositions[canonical.DispositionDamaged]
			damaged.Pays = &decimal.Zero
			r.Dispositions[canonical.DispositionDamaged] = damaged
		}, then: someFound(1, canonical.DispositionDamaged),
			end: "delivered 1; invoice posted; credit posted RMA-1 0.00+0.00; stock 18; quarantine 1; return done"},
		{name: "a fee that takes it all", books: true, rules: func(r *mapping.ReturnRules) { r.Restocking.PerUnit = decimal.MustNew(500, 0) }, then: someFound(1, canonical.DispositionSellable),
			end: "delivered 1; invoice posted; credit posted RMA-1 0.00+0.00; stock 19; return done"},
		{name: "instant refund, then damaged", books: true, rules: func(r *mapping.ReturnRules) {
			r.Instant = mapping.InstantRule{After: mapping.InstantApproved, Below: decimal.MustNew(30, 0)}
			damaged := r.Dispositions[canonical.DispositionDamaged]
			damaged.Pays = &half
			r.Dispositions[canonical.DispositionDamaged] = damaged
		}, then: func(c *returnDesk) {
			c.wantMoved("re 24.99")
			c.wantOdoo("before it is here", "delivered 2; invoice posted; credit posted RMA-1 19.99+5.00; stock 18; return assigned")
			someFound(1, canonical.DispositionDamaged)(c)
			c.tell("1", returns.Decided{Question: "instant/R1", Answer: returns.AnswerAccept})
		}, end: "delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; stock 18; quarantine 1; return done", moved: "re 24.99"},
		{name: "all of it, with shipping, less the way back", books: true, units: 2, rules: func(r *mapping.ReturnRules) {
			r.ShippingCharge, r.ReturnShipping = mapping.ShippingFullReturn, decimal.MustParse("4.90")
		}, then: someFound(2, canonical.DispositionSellable),
			end: "delivered 0; invoice posted; credit posted RMA-1 41.01+10.26; stock 20; return done", moved: "re 51.27"},
		{name: "part of what is asked for", units: 9, rules: func(r *mapping.ReturnRules) { r.Partial = mapping.Bool(true) }, then: someFound(2, canonical.DispositionSellable),
			end: "delivered 0; invoice posted; credit posted RMA-1 39.98+10.00; stock 20; return done", moved: "re 49.98"},
		{name: "over two payments", rules: func(r *mapping.ReturnRules) {
			r.Refunds.First = []canonical.PaymentKind{canonical.PaymentGiftCard}
		}, before: func(c *returnDesk) {
			order := &c.source.orders[0]
			paid := order.Payments[len(order.Payments)-1]
			card := paid
			card.ID, card.Kind, card.Gateway, card.Amount = "GC", canonical.PaymentGiftCard, "gift_card", canonical.Shop(decimal.MustNew(10, 0))
			paid.Amount.Shop, _ = paid.Amount.Shop.Sub(card.Amount.Shop)
			order.Payments = []canonical.Payment{paid, card}
		}, then: someFound(1, canonical.DispositionSellable),
			end: "delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; stock 19; return done", moved: "re 14.99"},
		{name: "by the channel", rules: func(r *mapping.ReturnRules) { r.Refunds.By = mapping.RefundByChannel }, then: someFound(1, canonical.DispositionSellable),
			end: "delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; stock 19; return done"},
		{name: "released by a person", rules: func(r *mapping.ReturnRules) { r.Refunds.PersonAbove = decimal.MustNew(20, 0) }, then: func(c *returnDesk) {
			someFound(1, canonical.DispositionSellable)(c)
			c.wantMoved("")
			c.tell("1", returns.Decided{Question: "release/0/24.99", Answer: returns.AnswerRelease})
		}, end: "delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; stock 19; return done", moved: "re 24.99"},
		{name: "one by one", units: 2, rules: func(r *mapping.ReturnRules) { r.Settle = mapping.SettleByUnit }, then: func(c *returnDesk) {
			someFound(1, canonical.DispositionSellable)(c)
			c.wantMoved("re 24.99")
			someFound(2, canonical.DispositionSellable)(c)
		}, end: "delivered 0; invoice posted; credit posted RMA-1 19.99+5.00; credit posted RMA-1 19.99+5.00; stock 20; return done; return done", moved: "re 24.99, re 24.99"},
		{name: "before the invoice", books: true, uninvoiced: true, then: someFound(1, canonical.DispositionSellable),
			end: "delivered 1; invoice posted; stock 19; return done", moved: "re 24.99"},
		{name: "final sale by tag", rules: func(r *mapping.ReturnRules) { r.FinalSale.Tags = []string{"final *"} }, then: func(c *returnDesk) {
			c.wantRefused(c.process("1"), returns.RefusedFinalSale)
		}, open: true, end: "delivered 2; invoice posted; stock 18; to-do"},
	}
}

// TestWaysOfReturns takes units back with every resolution and every rule that changes what becomes of goods and money. Those that Odoo's books
// decide are told on the real servers too, each on one.
func TestWaysOfReturns(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, db *database) {
		for i, way := range returnWays() {
			if db.real && !peer.Thorough() && (!way.books || peer.Spares(db.series, i)) || way.name == "final sale by tag" && db.series < 16 {
				continue
			}
			t.Run(way.name, func(t *testing.T) {
				t.Parallel()
				newReturnDesk(t, db, way.rules).goes(way)
			})
		}
	})
}

func (c *returnDesk) goes(way returnWay) {
	c.Helper()
	if way.name == "final sale by tag" {
		label := c.create("product.tag", map[string]any{"name": "Final " + tag()})
		c.write("product.product", c.product, map[string]any{"additional_product_tag_ids": []any{[]any{4, label}}})
	}
	c.write("product.product", c.product, map[string]any{"invoice_policy": "delivery"})
	charge := c.create("product.product", map[string]any{"name": "Shipping " + tag(), "type": "service", "invoice_policy": "order"})
	c.rules.Defaults.Lines = maps.Clone(c.rules.Defaults.Lines)
	c.rules.Defaults.Lines[canonical.LineShipping] = mapping.LineRule{Product: mapping.Ref{ID: charge}}
	c.connector = retailsync.New(c.db.dial(c.T), c.rules, retailsync.WithStore(c.store), retailsync.WithJournal(c.journal))
	if way.uninvoiced {
		c.book(2)
		c.deliver("L2", "2")
	} else {
		c.sell(2)
	}
	if way.before != nil {
		way.before(c)
	}
	c.ask("1", cmp.Or(way.units, 1), cmp.Or(way.resolution, canonical.ResolutionRefund))
	if way.ask != nil {
		c.platform.Change("1", way.ask)
	}
	if result := c.process("1"); result.Err != nil {
		c.Fatal(result.Err)
	}
	if way.then != nil {
		way.then(c)
	}
	if !way.open {
		c.wantClosed("1")
	}
	if got := c.withMore(); got != way.end {
		c.Errorf("at the end:\ngot  %s\nwant %s", got, way.end)
	}
	c.wantMoved(way.moved)
}

// withMore is what Odoo has of the order, its goods, the orders of exchanged goods and whether a person has something to do.
func (c *returnDesk) withMore() string {
	c.Helper()
	words := []string{c.inOdoo()}
	exchanges, err := odoo.Find[sale.Order](c.Context(), c.erp, odoo.Like("origin", "return/"+c.platform.Channel().String()))
	if err != nil {
		c.Fatal(err)
	}
	for _, exchange := range exchanges {
		words = append(words, "exchange "+string(exchange.State)+" "+exchange.AmountTotal.Rescale(2).String())
	}
	if len(c.search("mail.activity", odoo.And(odoo.Eq("res_model", "sale.order"), odoo.Eq("res_id", c.order().ID)))) > 0 {
		words = append(words, "to-do")
	}
	return strings.Join(words, "; ")
}

// TestWaysKilledAtEveryCall lets processes die while goods are exchanged for the same, and while units arrive that were refunded before.
func TestWaysKilledAtEveryCall(t *testing.T) {
	t.Parallel()
	sell := func(c *returnDesk) {
		c.write("product.product", c.product, map[string]any{"invoice_policy": "delivery"})
		c.sell(2)
	}
	eachInProcess(t, func(t *testing.T, db *database) {
		newReturnDesk(t, db, nil).kill(fatalStory{
			sell: sell, ids: []string{"1"}, calls: 10,
			ask: func(c *returnDesk, _ canonical.Order) {
				c.ask("1", 1, canonical.ResolutionExchangeSame)
				c.arrived("1", unit(canonical.DispositionSellable, ""))
			},
			end: "delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; stock 19; return done", exchanged: true,
		})
		newReturnDesk(t, db, func(r *mapping.ReturnRules) { r.Instant.After = mapping.InstantApproved }).kill(fatalStory{
			sell: sell, ids: []string{"1"}, calls: 6, moved: "re 24.99",
			ask: func(c *returnDesk, _ canonical.Order) {
				c.ask("1", 1, canonical.ResolutionRefund)
				c.process("1")
				c.wantMoved("re 24.99")
				c.arrived("1", unit(canonical.DispositionSellable, ""))
			},
			end: "delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; stock 19; return done",
		})
	})
}
