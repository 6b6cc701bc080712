package retailsync_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/returns"
)

// waive tells the return that the charge is waived.
func (c *chargeDesk) waive(waived returns.Waived) error {
	c.Helper()
	report, err := c.connector.TellReturn(c.Context(), c.platform, "1", c.options(), waived)
	if err == nil && len(report.Failed()) > 0 {
		c.Log(report.Failed()[0].Err)
		c.run()
	}
	return err
}

// wantWaived checks that the goods have left for so much, with what was registered, that the link is dead, and who is said to have waived it.
func (c *chargeDesk) wantWaived(when, total string, registered ...string) {
	c.Helper()
	exchanges := c.exchanges()
	if len(exchanges) != 1 || exchanges[0].AmountTotal.Rescale(2).String() != total {
		c.Errorf("%s: exchange orders %+v, want one of %s", when, exchanges, total)
		return
	}
	rows, err := odoo.Find[clearedPayment](c.Context(), c.erp, odoo.Eq("journal_id", c.clearing))
	if err != nil {
		c.Fatal(err)
	}
	var got []string
	for _, row := range rows {
		got = append(got, row.Ref+" "+row.Amount.Rescale(2).String())
	}
	if strings.Join(got, ", ") != strings.Join(registered, ", ") {
		c.Errorf("%s: registered %q, want %q", when, got, registered)
	}
	for _, charge := range c.provider.Asked() {
		if charge.Status == payments.ChargeOpen {
			c.Errorf("%s: he can pay %s", when, charge.ID)
		}
	}
	events, err := c.connector.Timeline(c.Context(), canonical.Key{Channel: testChannel, ID: c.id})
	if err != nil {
		c.Fatal(err)
	}
	told := 0
	for _, e := range events {
		if e.Type == canonical.EventReturnCharged && e.Actor == "agent-7" && strings.Contains(e.Summary, "goodwill") {
			told++
		}
	}
	if told != 1 {
		c.Errorf("%s: %d events say who waived it and why, want one", when, told)
	}
}

// owed is what is open of the invoice of the exchanged goods after they were shipped, and the credit note of what came back was set off.
func (c *chargeDesk) owed() string {
	c.Helper()
	invoice := c.invoiceExchange()
	if _, err := c.connector.MatchPayments(c.Context(), testChannel, retailsync.PaymentRun{}); err != nil {
		c.Fatal(err)
	}
	return c.openOf(invoice)
}

var goodwill = returns.Waived{By: "agent-7", Why: "goodwill"}

// TestChargeWaived lets a person waive a charge while the buyer's link is open: it is taken back, the goods leave, and cost what came back is
// worth. Said again, by the same or another person, it changes nothing.
func TestChargeWaived(t *testing.T) {
	eitherChargeDesk(t, nil, func(c *chargeDesk) {
		c.asked(c.run())
		for range 2 {
			if err := c.waive(goodwill); err != nil {
				c.Fatal(err)
			}
			c.wantWaived("waived", "24.99")
		}
		if err := c.waive(returns.Waived{By: "agent-8", Why: "as well"}); err != nil {
			c.Error(err)
		}
		c.run()
		c.wantWaived("waived by two", "24.99")
		if owed := c.owed(); owed != "24.99" { // which the credit note of as much settles
			c.Errorf("the buyer owes %s for the exchanged goods, want 24.99", owed)
		}
	})
}

// TestChargeWaivedAfterPart has a part of the charge been paid elsewhere: the part is registered, and the rest is given up. No line of an
// order comes to what the goods cost then before Odoo 19: one of less than nothing corrects it, and is invoiced as well.
func TestChargeWaivedAfterPart(t *testing.T) {
	eitherChargeDesk(t, nil, func(c *chargeDesk) {
		c.asked(c.run())
		part := goodwill
		part.Paid = canonical.Payment{ID: "till-5", Gateway: "double", Amount: canonical.Shop(decimal.MustParse("12.48"))}
		for _, bad := range []string{"0", "-5", "12.51", "13", "5.001"} {
			wrong := part
			wrong.Paid.Amount = canonical.Shop(decimal.MustParse(bad))
			var refusal *returns.Refusal
			if err := c.waive(wrong); !errors.As(err, &refusal) {
				c.Errorf("%s of 12.51 were paid: %v", bad, err)
			}
		}
		for range 2 {
			if err := c.waive(part); err != nil {
				c.Fatal(err)
			}
			c.wantWaived("waived", "37.47", "till-5 12.48")
		}
		var refusal *returns.Refusal
		if err := c.waive(goodwill); !errors.As(err, &refusal) {
			c.Errorf("waived with another part: %v", err)
		}
		if owed := c.owed(); owed != "24.99" {
			c.Errorf("the buyer owes %s for the exchanged goods, want 24.99", owed)
		}
	})
}

// TestChargeWaivedTooLate has the buyer pay before the link was taken back: he has paid, the goods cost in full, and a person is told.
func TestChargeWaivedTooLate(t *testing.T) {
	eachChargeInside(t, nil, func(c *chargeDesk) {
		charge := c.asked(c.run())
		paid := c.provider.PayCharge(charge.ID)
		if err := c.waive(goodwill); err != nil && !strings.Contains(err.Error(), "has paid") {
			c.Fatal(err)
		}
		c.wantWaived("paid before", "37.50", paid+" 12.51")
		if q := c.openQuestion(returns.TopicMoney); !strings.Contains(q.Text, "before it could be waived") {
			c.Errorf("asked: %s", q.Text)
		}
	})
}

// TestChargeWaivedThenPaid has the money of a waived charge come in all the same: it is in the books, and a person gives it back.
func TestChargeWaivedThenPaid(t *testing.T) {
	eachChargeInside(t, nil, func(c *chargeDesk) {
		charge := c.asked(c.run())
		if err := c.waive(goodwill); err != nil {
			c.Fatal(err)
		}
		paid := c.provider.PayCharge(charge.ID)
		c.heard(charge.ID)
		c.wantWaived("paid after", "24.99", paid+" 12.51")
		if q := c.openQuestion(returns.TopicMoney); !strings.Contains(q.Text, "no longer asked for") {
			c.Errorf("asked: %s", q.Text)
		}
	})
}

// TestChargeWaivedAsItStands waives a charge that failed, one that nobody collects, and one before anybody was asked; and is refused without a name
// or a reason, and for what is no charge.
func TestChargeWaivedAsItStands(t *testing.T) {
	eachChargeInside(t, nil, func(c *chargeDesk) {
		var refusal *returns.Refusal
		for _, bad := range []returns.Waived{{}, {By: "agent-7"}, {Why: "goodwill"}, {By: "agent-7", Why: "goodwill", Leg: "leg.0"}} {
			if err := c.waive(bad); !errors.As(err, &refusal) {
				c.Errorf("%+v: %v", bad, err)
			}
		}
		charge := c.asked(c.run())
		for _, bad := range []returns.Waived{{}, {By: "agent-7"}, {Why: "goodwill"}, {By: "agent-7", Why: "goodwill", Leg: "leg.0"}} {
			if err := c.waive(bad); !errors.As(err, &refusal) {
				c.Errorf("%+v: %v", bad, err)
			}
		}
		c.provider.TurnCharge(charge.ID, payments.ChargeExpired, "")
		c.run()
		q := c.openQuestion(returns.TopicMoney)
		if err := c.waive(goodwill); err != nil {
			c.Fatal(err)
		}
		c.wantWaived("expired", "24.99")
		known, err := c.connector.ReturnCase(c.Context(), c.key)
		if err != nil {
			c.Fatal(err)
		}
		if asked, _ := known.QuestionOf(q.ID); asked.Answer == "" {
			c.Errorf("it is still asked: %s", asked.Text)
		}
	})
}

// TestChargeWaiveKilledAtEveryCall lets one process after the other die while a person waives a charge of which a part was paid, and says so
// again and again: the goods leave once, for what they cost now, the part is registered once, and the buyer can pay no more.
func TestChargeWaiveKilledAtEveryCall(t *testing.T) {
	eachChargeDesk(t, nil, func(c *chargeDesk) {
		if c.db.real && peer.Spares(c.db.series, 1) {
			return
		}
		c.asked(c.run())
		part := goodwill
		part.Paid = canonical.Payment{ID: "till-5", Gateway: "double", Amount: canonical.Shop(decimal.MustParse("5.00"))}
		died := 0
		c.mortal(&died)(part)
		least := 5
		if c.db.real {
			least = 2
		}
		if c.Logf("%d processes died", died); died < least {
			c.Error("so few?")
		}
		c.wantWaived("at the end", "29.99", "till-5 5.00")
		c.run()
		c.wantWaived("run again", "29.99", "till-5 5.00")
	})
}
