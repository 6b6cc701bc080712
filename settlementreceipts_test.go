package retailsync_test

import (
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// register registers a payment for an order as the order flow does.
func (c *payDesk) register(order, payment, amount string, record int64) int64 {
	c.Helper()
	made, err := account.RegisterReceipts(c.Context(), c.books, []account.Receipt{{
		ExternalID: odoo.NewExternalID(mapping.Module, c.shop.Name, c.shop.Account, "payment", order, payment), Order: record, Journal: c.journal,
		Amount: decimal.MustParse(amount), Date: odoo.Date{Year: 2026, Month: 11, Day: 18}, Ref: payment, Reference: mapping.PaymentReference(c.orderName("order", order)),
	}})
	if err != nil || made[0].Err != nil {
		c.Fatal(made, err)
	}
	return made[0].ID
}

func (c *payDesk) recordOf(order string) int64 {
	c.Helper()
	return call[[]int64](c, "sale.order", "search", nil, odoo.Args{"domain": odoo.And(
		odoo.Eq("client_order_ref", "N"+order), odoo.Eq("order_line.product_id", c.product))}, nil)[0]
}

// paying says which payment an entry is for.
func paying(id string) func(*canonical.SettlementEntry) {
	return func(e *canonical.SettlementEntry) { e.Payment = id }
}

// What is registered of an order is what a settlement pays, whether it has met the invoice or there is none: no sale is booked twice.
func TestSettlementPaysRegisteredPayments(t *testing.T) {
	eitherPayDesk(t, func(c *payDesk) {
		c.sell(soldOrder{"1", c.home, "100.00"}, soldOrder{"2", c.home, "50.00"}, soldOrder{"4", c.home, "70.00"}, soldOrder{"5", c.home, "80.00"})
		bare := c.order(soldOrder{"3", c.home, "30.00"})[0]
		second := c.recordOf("2")
		c.register("1", "p1"+c.tag, "100.00", c.recordOf("1"))
		matched := c.register("2", "p2"+c.tag, "50.00", second)
		if _, failed, err := account.MatchReceipts(c.Context(), c.books, map[int64]int64{matched: second}); err != nil || len(failed) != 0 {
			c.Fatal(failed, err)
		}
		early := c.register("3", "p3"+c.tag, "30.00", bare)
		c.register("4", "p4a"+c.tag, "40.00", c.recordOf("4"))
		c.register("4", "p4b"+c.tag, "30.00", c.recordOf("4"))
		// Of the fifth a part is registered, the rest is not.
		c.register("5", "p5"+c.tag, "50.00", c.recordOf("5"))
		s := c.settlement("registered",
			c.entry("1", canonical.EntrySale, c.home, "100.00", c.of("1")),
			c.entry("2", canonical.EntrySale, c.home, "50.00", paying("p2"+c.tag)),
			c.entry("3", canonical.EntrySale, c.home, "30.00", number("N3")),
			c.entry("4a", canonical.EntrySale, c.home, "40.00", c.of("4"), paying("p4a"+c.tag)),
			c.entry("4b", canonical.EntrySale, c.home, "30.00", c.of("4"), paying("p4b"+c.tag)),
			c.entry("5a", canonical.EntrySale, c.home, "50.00", c.of("5"), paying("p5"+c.tag)),
			c.entry("5b", canonical.EntrySale, c.home, "30.00", c.of("5")),
		)
		before := c.moves()
		if dry := c.settle(s, func(r *retailsync.SettlementRun) { r.DryRun = true }); dry.Booked != 7 || len(dry.Exceptions) != 0 || c.moves() != before {
			c.Errorf("dry run: %+v", dry)
		}
		if result := c.settle(s); result.Outcome != retailsync.SettlementPosted || result.Booked != 7 {
			c.Fatalf("%+v", result)
		}
		c.wantPaid()
		references := []string{}
		for _, order := range []string{"1", "2", "3", "4", "5"} {
			references = append(references, mapping.PaymentReference(c.orderName("order", order)))
		}
		found, err := account.FindReceipts(c.Context(), c.books, references)
		if err != nil || len(found) != 6 {
			c.Fatal(found, err)
		}
		if open, err := account.UnsettledReceipts(c.Context(), c.books, found); err != nil || len(open) != 0 {
			c.Error("the provider has still to settle", open, err)
		}
		credit, err := account.CustomerCredit(c.Context(), c.books, found)
		if err != nil || len(credit) != 1 || credit[early].Cmp(decimal.MustParse("30")) != 0 {
			c.Error("customers' credit", credit, err)
		}
		if got := c.balance(c.clearingAccount()); got != "0" {
			c.Error("clearing account", got)
		}
		if again := c.settle(s); again.Outcome != retailsync.SettlementUnchanged || again.Known != 7 {
			c.Errorf("again: %+v", again)
		}
	})
}
