package retailsync_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/returns"
)

// wantRefused expects that a request is refused for these reasons, each with a problem and a way out, and that a person is asked.
func (c *returnDesk) wantRefused(result retailsync.ReturnResult, codes ...returns.RefusalCode) {
	c.Helper()
	var got []returns.RefusalCode
	for _, refusal := range result.Refusals {
		got = append(got, refusal.Code)
		if refusal.Problem == "" || refusal.WayOut == "" {
			c.Errorf("refusal %+v names no problem or no way out", refusal)
		}
	}
	if !slices.Equal(got, codes) {
		c.Errorf("refused for %v, want %v", got, codes)
	}
	asked := slices.ContainsFunc(result.Questions, func(q returns.Question) bool { return q.Topic == returns.TopicApproval })
	waits := slices.ContainsFunc(result.Waits, func(w returns.Wait) bool { return w.Gate == returns.GateApproval })
	if !asked || !waits || result.Err != nil {
		c.Errorf("questions %v, waits %v, error %v; want a person asked for approval", result.Questions, result.Waits, result.Err)
	}
}

// approve is a person's answer to the question whether a return may happen.
func (c *returnDesk) approve(id string) {
	c.Helper()
	c.tell(id, returns.Decided{Question: "approval", Answer: returns.AnswerApprove})
}

// wantDeclined expects that the platform heard why a return is declined.
func (c *returnDesk) wantDeclined(id string, code returns.RefusalCode) {
	c.Helper()
	c.wantClosed(id)
	there, _ := c.platform.Return(id)
	known := c.caseOf(id)
	if there.Approval != canonical.ReturnDeclined || known.DeclineReason != string(code) {
		c.Errorf("at the platform it is %s, for the reason %q; want declined for %s", there.Approval, known.DeclineReason, code)
	}
}

// caseOf is what is known of a return.
func (c *returnDesk) caseOf(id string) returns.Case {
	c.Helper()
	known, err := c.connector.ReturnCase(c.Context(), canonical.Key{Channel: c.platform.Channel(), ID: id})
	if err != nil {
		c.Fatal(err)
	}
	return known
}

// wantMoved compares the money that moved.
func (c *returnDesk) wantMoved(want string) {
	c.Helper()
	if got := c.till.amounts(); got != want {
		c.Errorf("moved %q, want %q", got, want)
	}
}

// declines are rules that decline for the reasons.
func declines(codes ...returns.RefusalCode) map[string]mapping.RefusedReturn {
	all := map[string]mapping.RefusedReturn{}
	for _, code := range codes {
		all[string(code)] = mapping.RefusedDecline
	}
	return all
}

// TestReturnOfCancelledOrder is a person's to decide. What was shipped all the same comes back and is credited; of an order of which nothing
// was shipped nothing can come back, and a rule declines it.
func TestReturnOfCancelledOrder(t *testing.T) {
	t.Parallel()
	t.Run("shipped", func(t *testing.T) {
		eachReturnDesk(t, nil, func(c *returnDesk) {
			c.sell(2)
			c.press("action_cancel")
			c.wantState(sale.StateCancel)
			c.ask("1", 1, canonical.ResolutionRefund)
			c.wantRefused(c.process("1"), returns.RefusedCancelled)
			c.approve("1")
			c.found("1", map[canonical.Disposition]int64{canonical.DispositionSellable: 1})
			c.wantClosed("1")
			c.wantState(sale.StateCancel)
			c.wantOdoo("at the end", "delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; order cancelled; stock 19; return done")
			c.wantMoved("re 24.99")
		})
	})
	t.Run("not shipped", func(t *testing.T) {
		eachReturnDesk(t, func(r *mapping.ReturnRules) {
			r.Refusals = declines(returns.RefusedCancelled, returns.RefusedNotShipped)
		}, func(c *returnDesk) {
			c.book(2)
			c.press("action_cancel")
			c.ask("1", 1, canonical.ResolutionRefund)
			c.process("1")
			c.wantDeclined("1", returns.RefusedCancelled)
			c.wantOdoo("at the end", "delivered 0; order cancelled; stock 20")
			c.wantMoved("")
		})
	})
}

// TestReturnOnLockedOrder waits for a person, whose word is enough: Odoo takes goods back and credits them without unlocking the order.
func TestReturnOnLockedOrder(t *testing.T) {
	eitherReturnDesk(t, nil, func(c *returnDesk) {
		c.sell(3)
		c.lock()
		if order := c.order(); !order.IsLocked() {
			c.Fatal("the order is not locked")
		}
		c.ask("1", 2, canonical.ResolutionRefund)
		c.wantRefused(c.process("1"), returns.RefusedLocked)
		c.wantOdoo("before the answer", "delivered 3; invoice posted; stock 17")
		c.approve("1")
		c.found("1", map[canonical.Disposition]int64{canonical.DispositionSellable: 1, canonical.DispositionDamaged: 1})
		c.wantClosed("1")
		if order := c.order(); !order.IsLocked() {
			c.Error("the order is no longer locked")
		}
		c.wantOdoo("at the end", "delivered 1; invoice posted; credit posted RMA-1 39.98+9.99; stock 18; quarantine 1; return done")
		c.wantMoved("re 49.97")
	})
}

// TestReturnOnLockedOrderIsDeclined by rule.
func TestReturnOnLockedOrderIsDeclined(t *testing.T) {
	eitherReturnDesk(t, func(r *mapping.ReturnRules) { r.Refusals = declines(returns.RefusedLocked) }, func(c *returnDesk) {
		c.sell(2)
		c.lock()
		c.ask("1", 1, canonical.ResolutionRefund)
		c.process("1")
		c.wantDeclined("1", returns.RefusedLocked)
		c.wantOdoo("at the end", "delivered 2; invoice posted; stock 18")
		c.wantMoved("")
	})
}

// askTwice puts a request whose two lines are for the same line of the order.
func (c *returnDesk) askTwice(id string, first, second int64) {
	c.Helper()
	c.ask(id, first, canonical.ResolutionRefund)
	c.platform.Change(id, func(r *canonical.Return) {
		again := r.Lines[0]
		again.ID, again.Qty = "R2", decimal.MustNew(second, 0)
		r.Lines = append(r.Lines, again)
	})
}

// TestReturnOfOneLineTwice takes back what two lines ask for of one line of the order, and never more than left: one picking, one credit
// note, and the last unit takes the cent that the line does not divide into.
func TestReturnOfOneLineTwice(t *testing.T) {
	eitherReturnDesk(t, nil, func(c *returnDesk) {
		c.sell(3)
		c.askTwice("1", 2, 2)
		c.wantRefused(c.process("1"), returns.RefusedTwice)
		c.wantOdoo("refused", "delivered 3; invoice posted; stock 17")

		c.askTwice("2", 2, 1)
		if result := c.process("2"); len(result.Refusals) > 0 || result.Err != nil {
			c.Fatal(result.Refusals, result.Err)
		}
		sellable, damaged := canonical.ReceivedUnits{Qty: decimal.One, Disposition: canonical.DispositionSellable}, canonical.ReceivedUnits{Qty: decimal.One, Disposition: canonical.DispositionDamaged}
		c.tell("2", returns.Inspected{Line: "R1", Found: []canonical.ReceivedUnits{sellable, damaged}, By: returns.FromPerson},
			returns.Inspected{Line: "R2", Found: []canonical.ReceivedUnits{sellable}, By: returns.FromPerson})
		c.wantClosed("2")
		c.wantOdoo("at the end", "delivered 0; invoice posted; credit posted RMA-2 59.97+14.99; stock 19; quarantine 1; return done; return done")
		c.wantMoved("re 74.96")
		if known := c.caseOf("1"); known.Approval != canonical.ReturnRequested || known.Status != returns.CaseOpen {
			c.Errorf("the refused return is %s and %s", known.Approval, known.Status)
		}
	})
}

// TestReturnAfterTheWindow counts the days from when Odoo shipped the goods: the last day is in time, the next is a person's to decide, or
// declined by rule.
func TestReturnAfterTheWindow(t *testing.T) {
	t.Parallel()
	late := func(decline bool) func(*mapping.ReturnRules) {
		return func(r *mapping.ReturnRules) {
			r.Window = mapping.ReturnWindowRule{Days: 30, From: mapping.WindowShipment}
			if decline {
				r.Refusals = declines(returns.RefusedLate)
			}
		}
	}
	askedAfter := func(c *returnDesk, id string, days int) {
		c.ask(id, 1, canonical.ResolutionRefund)
		c.platform.Change(id, func(r *canonical.Return) { r.RequestedAt = time.Now().UTC().Add(time.Duration(days) * 24 * time.Hour) })
	}
	t.Run("a person decides", func(t *testing.T) {
		eachReturnDesk(t, late(false), func(c *returnDesk) {
			c.sell(3)
			askedAfter(c, "1", 29)
			if result := c.process("1"); len(result.Refusals) > 0 || result.Err != nil {
				c.Fatal(result.Refusals, result.Err)
			}
			askedAfter(c, "2", 31)
			c.wantRefused(c.process("2"), returns.RefusedLate)
			c.approve("2")
			for _, id := range []string{"1", "2"} {
				c.found(id, map[canonical.Disposition]int64{canonical.DispositionSellable: 1})
				c.wantClosed(id)
			}
			c.wantOdoo("at the end", "delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; credit posted RMA-2 19.99+4.99; stock 19; return done; return done")
			c.wantMoved("re 24.98, re 24.99")
		})
	})
	t.Run("from the delivery", func(t *testing.T) {
		t.Parallel()
		c := newReturnDesk(t, inProcess(t, 19), func(r *mapping.ReturnRules) {
			late(true)(r)
			r.Window.From = mapping.WindowDelivery
		})
		c.sell(3)
		sent := time.Now().UTC()
		parcel := canonical.Fulfillment{ID: "F1", Status: canonical.FulfillmentDelivered, ShippedAt: sent, DeliveredAt: sent.AddDate(0, 0, 3)}
		c.source.orders[0].Fulfillments = []canonical.Fulfillment{parcel}
		askedAfter(c, "1", 32)
		if result := c.process("1"); len(result.Refusals) > 0 || result.Err != nil {
			t.Error(result.Refusals, result.Err)
		}
		// The second parcel is under way: its shipment counts.
		c.source.orders[0].Fulfillments = append(c.source.orders[0].Fulfillments, canonical.Fulfillment{ID: "F2", Status: canonical.FulfillmentShipped, ShippedAt: sent})
		askedAfter(c, "2", 32)
		c.process("2")
		c.wantDeclined("2", returns.RefusedLate)
	})
	t.Run("declined", func(t *testing.T) {
		eachReturnDesk(t, late(true), func(c *returnDesk) {
			c.sell(2)
			askedAfter(c, "1", 31)
			c.process("1")
			c.wantDeclined("1", returns.RefusedLate)
			c.wantOdoo("at the end", "delivered 2; invoice posted; stock 18")
			c.wantMoved("")
		})
	})
}

// sellKit sells two kits at 30.00, each of one of the desk's article and of two others, posted by the side that the rules name.
func (c *returnDesk) sellKit(side mapping.BundleSide) {
	c.Helper()
	rules := *c.rules
	rules.Defaults.Bundles = side
	c.connector = retailsync.New(c.db.dial(c.T), &rules, retailsync.WithStore(c.store), retailsync.WithJournal(c.journal))
	order := c.put(canonicaltest.Item("KIT-1", 2, 3000))
	c.currency = order.Currency
	c.edit(func(o *canonical.Order) {
		o.Lines[1].Kind = canonical.LineBundle
		for n, sku := range []string{c.sku, "SKU-2"} {
			o.Lines = append(o.Lines, canonical.Line{
				ID: fmt.Sprint("L", n+3), Kind: canonical.LineBundleMember, ParentID: "L2", SKU: sku, Qty: canonical.LineQty{Ordered: decimal.MustNew(int64(n+1)*2, 0)},
			})
		}
	})
	c.want(retailsync.Created)
	for line, row := range c.lines() {
		if line != "L1" {
			c.deliver(line, row.Quantity.String())
		}
	}
	if _, err := account.InvoiceOrder(c.Context(), c.erp, c.orderID, order.Number); err != nil {
		c.Fatal(err)
	}
}

// askOf puts a request for units of a line of the order.
func (c *returnDesk) askOf(id, line, sku string, units int64) {
	c.Helper()
	c.ask(id, units, canonical.ResolutionRefund)
	c.platform.Change(id, func(r *canonical.Return) { r.Lines[0].OrderLineID, r.Lines[0].SKU = line, sku })
}

// TestReturnOfKitComponent is allowed or refused by rule where the components were sold as lines: it is worth its share of the kit. Where
// Odoo sold the kit as one it cannot come back alone, and a kit that was sold by its components comes back by these.
func TestReturnOfKitComponent(t *testing.T) {
	t.Parallel()
	yes := true
	t.Run("allowed", func(t *testing.T) {
		eachReturnDesk(t, func(r *mapping.ReturnRules) { r.KitMembers = &yes }, func(c *returnDesk) {
			c.sellKit(mapping.BundleMembers)
			c.askOf("1", "L3", c.sku, 1)
			if result := c.process("1"); len(result.Refusals) > 0 || result.Err != nil {
				c.Fatal(result.Refusals, result.Err)
			}
			c.found("1", map[canonical.Disposition]int64{canonical.DispositionSellable: 1})
			c.wantClosed("1")
			c.wantOdoo("at the end", "L3 1, L4 4; invoice posted; credit posted RMA-1 10.00+2.50; stock 19; return done")
			c.wantMoved("re 12.50")
			c.askOf("2", "L2", "KIT-1", 1)
			c.wantRefused(c.process("2"), returns.RefusedKitMember)
		})
	})
	t.Run("refused", func(t *testing.T) {
		eachReturnDesk(t, nil, func(c *returnDesk) {
			c.sellKit(mapping.BundleMembers)
			c.askOf("1", "L3", c.sku, 1)
			c.wantRefused(c.process("1"), returns.RefusedKitMember)
			c.wantOdoo("at the end", "L3 2, L4 4; invoice posted; stock 18")
			c.wantMoved("")
		})
	})
	t.Run("of a kit sold as one", func(t *testing.T) {
		eachReturnDesk(t, func(r *mapping.ReturnRules) { r.KitMembers = &yes }, func(c *returnDesk) {
			c.sellKit(mapping.BundleParent)
			c.askOf("1", "L3", c.sku, 1)
			c.wantRefused(c.process("1"), returns.RefusedKitMember)
			c.askOf("2", "L2", "KIT-1", 1)
			c.process("2")
			c.found("2", map[canonical.Disposition]int64{canonical.DispositionSellable: 1})
			c.wantClosed("2")
			c.wantOdoo("at the end", "delivered 1; invoice posted; credit posted RMA-2 30.00+7.50; stock 20; return done")
			c.wantMoved("re 37.50")
		})
	})
}
