package retailsync_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/internal/telling"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/observe"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// pay registers a payment of an order in the clearing journal, as it is made.
func (c *payDesk) pay(order, amount, id string) {
	c.Helper()
	_, err := account.RegisterPayment(c.Context(), c.erp, account.Payment{
		ExternalID: odoo.NewExternalID(mapping.Module, "test", c.tag, "payment", id), Move: c.invoices[order], Journal: c.journal,
		Amount: decimal.MustParse(amount), Date: odoo.Date{Year: 2026, Month: 11, Day: 3}, Ref: id,
	})
	if err != nil {
		c.Fatal(err)
	}
}

// open is what the report at the end of a month says, each on a line.
func (c *payDesk) open() []string {
	c.Helper()
	items, err := c.connector().OpenSettlementItems(c.Context(), c.provider)
	if err != nil {
		c.Fatal(err)
	}
	var all []string
	for _, o := range items {
		text := strings.Join([]string{string(o.Reason), o.Settlement, o.Since.String(), o.Amount.Trim(0).String(), string(o.Currency)}, " ")
		for _, why := range o.Exceptions {
			text += "; " + why[:strings.Index(why, ":")]
		}
		if o.NextStep == "" {
			c.Error("no next step", o)
		}
		all = append(all, strings.ReplaceAll(text, c.tag, "T"))
	}
	return all
}

// TestOpenSettlementItems goes through the end of a month: payments that were registered as orders were paid, one of which is
// settled; an order that is missing; a payout that has not arrived; a settlement whose sum is wrong.
func TestOpenSettlementItems(t *testing.T) {
	t.Parallel()
	inRealPayDesks(t, peer.Either(t), func(c *payDesk) {
		home := string(c.home)
		c.sell(soldOrder{"1", c.home, "10.00"}, soldOrder{"2", c.home, "20.00"}, soldOrder{"3", c.home, "30.00"})
		c.pay("1", "10.00", "ch_1"+c.tag)
		c.pay("2", "20.00", "ch_2"+c.tag)
		c.credit("2", "5.00")
		want := []string{"payment_not_settled  2026-11-03 10 " + home, "payment_not_settled  2026-11-03 20 " + home}
		if diff := cmp.Diff(want, c.open()); diff != "" {
			c.Error("before:", diff)
		}
		survey, err := c.connector().SurveySettlements(c.Context(), c.provider)
		if err != nil {
			c.Fatal(err)
		}
		told := telling.New(c)
		told.Record(survey.Readings()...)
		points, of := told.Points(c, observe.Exceptions), "channel="+c.provider.String()+",reason="
		if len(points) != 6 || points[of+"payment_not_settled"] != 2 || points[of+"exception"] != 0 || survey.Oldest != 0 {
			c.Errorf("%v", points)
		}
		s := c.settlement("S",
			c.entry("a", canonical.EntrySale, c.home, "20.00", func(e *canonical.SettlementEntry) { e.Payment = "ch_2" + c.tag }), // names no order
			c.entry("b", canonical.EntrySale, c.home, "30.00", c.of("3")),
			c.entry("c", canonical.EntrySale, c.home, "7.00", c.of("late")),
			c.entry("d", canonical.EntryRefund, c.home, "-5.00", c.of("2")),
		)
		if result := c.settle(s); result.Booked != 3 {
			c.Error(result.Booked, result.Exceptions)
		}
		wrong := c.settlement("W", c.entry("a", canonical.EntryFee, c.home, "-1.00"))
		wrong.Payouts[0].Amount = decimal.MustParse("-2")
		c.settle(wrong)
		want = []string{
			"exception W-T  0 ; unbalanced",
			"payment_not_settled  2026-11-03 10 " + home,
			"entries_not_booked S-T 2026-11-21 7 " + home + "; no_item",
			"payout_not_at_bank S-T 2026-11-21 52 " + home,
		}
		if diff := cmp.Diff(want, c.open()); diff != "" {
			c.Error("with exceptions:", diff)
		}
		c.sell(soldOrder{"late", c.home, "7.00"})
		c.arrives("52.00", "sepa payout "+s.Key.ID+" thank you")
		c.arrives("52.00", "somebody else")
		result := c.settle(s)
		if result.Outcome != retailsync.SettlementPosted || result.Payouts[0].State != retailsync.PayoutAtBank || result.Payouts[0].Line == 0 {
			c.Errorf("%+v", result)
		}
		want = []string{"exception W-T  0 ; unbalanced", "payment_not_settled  2026-11-03 10 " + home}
		if diff := cmp.Diff(want, c.open()); diff != "" {
			c.Error("at the end:", diff)
		}
		if got := c.balance(c.clearingAccount()) + " " + c.balance(c.accounts["transit"]); got != "0 0" {
			c.Error("clearing and transit", got)
		}
	})
}
