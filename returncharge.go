package retailsync

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/returns"
)

// ProcessCharges takes in what a provider says of money that buyers were asked for: what its webhook notices ask for. Each is looked up
// by its Reference; those that no return asked for are left out. The rest is [Connector.ProcessReturn] of the returns that they are of.
func (c *Connector) ProcessCharges(ctx context.Context, platform returns.Getter, charges []payments.Charge, options ReturnRun) (done *ReturnReport, failure error) {
	ctx, end := c.flow(ctx, "ProcessCharges", platform.Channel())
	defer func() { end(done, failure) }()
	references := make([]string, len(charges))
	for i, charge := range charges {
		references[i] = charge.Reference
	}
	return c.processMoney(ctx, platform, references, options)
}

// planOf is a charge in the terms of the collector. Legs that follow each other are one charge, which a person decided to ask for again:
// so a late payment of an earlier request counts, and the buyer can never pay two.
func (t *returnTask) planOf(leg returns.MoneyLeg) payments.ChargePlan {
	first, again := leg, 0
	for first.Replaces != "" {
		earlier, ok := t.known.LegOf(first.Replaces)
		if !ok || earlier.Kind != returns.LegCharge {
			break
		}
		first, again = earlier, again+1
	}
	there, rule := t.order.there, t.policy.Exchange.Payment
	return payments.ChargePlan{
		Reference: first.ID, Order: there.Key, Currency: t.known.Currency, Amount: leg.Amount,
		Description: "Order " + cmp.Or(there.Number, there.Key.ID) + ", return " + cmp.Or(t.known.Number, t.known.Key.ID) + ": exchange",
		Within:      time.Duration(rule.Hours) * time.Hour, Requests: rule.Requests, Again: again,
	}
}

// askForMoney asks the refunder to charge a leg, the first time and each time after, and says what the case hears of it. What came in is
// booked first: should the process die between the two, the refunder is asked again.
func (t *returnTask) askForMoney(ctx context.Context, leg returns.MoneyLeg) (returns.MoneyMoved, error) {
	progress, err := t.charge(ctx, leg)
	if err != nil {
		return returns.MoneyMoved{}, err
	}
	moved := returns.MoneyMoved{Leg: leg.ID, Status: returns.MoneySubmitted, Reference: progress.ChargeID, Why: progress.Failure}
	amount := leg.Amount.String() + " " + string(t.known.Currency)
	tell := func(detail, summary string) {
		t.journalise(canonical.EventReturnCharged, leg.ID+"/"+detail, progress.ChargeID, summary)
	}
	switch progress.Status {
	case payments.ChargePaid:
		moved.Status, moved.Paid = returns.MoneySucceeded, progress.Payment
		if err := t.bookCharge(ctx, leg, progress.Payment); err != nil {
			return moved, err
		}
		tell("paid", "the buyer has paid "+amount+": payment "+progress.Payment.ID)
	case payments.ChargeOpen:
		if leg.Waiver != nil { // by a provider that takes nothing back: it runs out
			moved.Why = "waived, and the link is open"
			break
		}
		moved.Link, moved.Until = progress.URL, progress.Until
		until := ""
		if !moved.Until.IsZero() {
			until = " until " + moved.Until.UTC().Format("2006-01-02 15:04 UTC")
		}
		tell(progress.ChargeID, "the buyer is asked to pay "+amount+until+" at "+progress.URL)
	case payments.ChargePending:
		moved.Why = "the buyer has paid, and the money is on its way"
	case payments.ChargeExpired, payments.ChargeFailed, payments.ChargeCancelled:
		moved.Status, moved.Why = returns.MoneyFailed, cmp.Or(progress.Failure, string(progress.Status))
		if leg.Waiver != nil {
			break // it was told who waived it
		}
		tell("not paid/"+progress.ChargeID, "the buyer has not paid "+amount+": "+moved.Why)
	case payments.ChargeReview:
		if progress.Review == payments.ReviewExpired || progress.Review == payments.ReviewFailed {
			moved.Status, moved.Why = returns.MoneyFailed, cmp.Or(progress.Failure, string(progress.Review))
			tell("not paid/"+progress.ChargeID, "the buyer has not paid "+amount+": "+moved.Why)
			break
		}
		moved.Doubt, moved.Why = true, string(progress.Review)
	}
	return moved, nil
}

// charge asks the buyer for a leg, or takes back what was asked once a person waived it.
func (t *returnTask) charge(ctx context.Context, leg returns.MoneyLeg) (payments.ChargeProgress, error) {
	plan := t.planOf(leg)
	if withdrawer, can := t.Refunds.(ChargeWithdrawer); can && leg.Waiver != nil {
		return withdrawer.WithdrawCharge(ctx, plan)
	}
	return t.Refunds.Charge(ctx, plan)
}

// audit notes who waived a charge and why, before anything follows from it.
func (t *returnTask) audit(ctx context.Context, before returns.Case) error {
	for _, leg := range t.known.Money {
		if earlier, _ := before.LegOf(leg.ID); leg.Waiver == nil || earlier.Waiver != nil {
			continue
		}
		events := t.events
		t.events = nil
		summary := leg.Waiver.Amount.String() + " " + string(t.known.Currency) + " that the buyer owes are waived by " + leg.Waiver.By + ": " + leg.Waiver.Why
		if paid := leg.Waiver.Paid; paid.ID != "" {
			summary += "; " + paid.Amount.Shop.String() + " of it were paid: payment " + paid.ID
		}
		t.journalise(canonical.EventReturnCharged, leg.ID+"/waived", "", summary)
		t.events[0].Actor = leg.Waiver.By
		noted := t.events
		t.events = events
		if err := t.journal.Append(ctx, noted...); err != nil {
			return fmt.Errorf("append to the journal: %w", err)
		}
	}
	return nil
}

// resolveChargeDoubt hands a person's answer about a charge on to the refunder.
func (t *returnTask) resolveChargeDoubt(ctx context.Context, leg returns.MoneyLeg, answer returns.Answer) error {
	resolver, can := t.Refunds.(ChargeResolver)
	decision, answered := map[returns.Answer]payments.ChargeDecision{
		returns.AnswerAccept: payments.DecidePaid, returns.AnswerRetry: payments.DecideAskAgain, returns.AnswerDrop: payments.DecideWithdrawn,
	}[answer]
	if !can || !answered {
		return nil
	}
	return resolver.ResolveCharge(ctx, t.planOf(leg), decision)
}

// bookCharge gives what a buyer paid to the order of the exchanged goods, where that is in Odoo already: else it comes with the order.
func (t *returnTask) bookCharge(ctx context.Context, leg returns.MoneyLeg, paid canonical.Payment) error {
	effect, ok := t.paidExchange(leg)
	if !ok || effect.Status != returns.EffectDone || paid.ID == "" {
		return nil
	}
	order, err := t.exchangeOrder(effect)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(order.Payments, func(p canonical.Payment) bool { return p.ID == paid.ID }) {
		order.Payments = append(order.Payments, paid)
	}
	if id, err := strconv.ParseInt(strings.TrimPrefix(effect.Reference, "sale.order,"), 10, 64); err == nil {
		lines, err := sale.Lines(ctx, t.erp, []int64{id})
		if err != nil {
			return err
		}
		if madeByHand(lines[id]) { // so is the payment of it
			return nil
		}
	}
	_, err = t.placeExchange(ctx, order, t.order.record)
	return err
}

// paidExchange is the effect by which goods leave that a charge pays for: the first one where its settlement has several.
func (t *returnTask) paidExchange(leg returns.MoneyLeg) (returns.Effect, bool) {
	settlement, _ := t.known.SettlementOf(leg.Settlement)
	for _, id := range settlement.Exchange {
		for _, effect := range t.known.Effects {
			if effect.Kind == returns.EffectExchange && effect.Exchange == id {
				return effect, true
			}
		}
	}
	return returns.Effect{}, false
}

// paidFor are what buyers paid for the goods of an effect, also before the rest was waived.
func (t *returnTask) paidFor(effect returns.Effect) []canonical.Payment {
	var all []canonical.Payment
	for _, leg := range t.known.Money {
		if paid, ok := t.paidExchange(leg); leg.Kind != returns.LegCharge || !ok || paid.ID != effect.ID {
			continue
		}
		if leg.Status == returns.MoneySucceeded && leg.Paid.ID != "" {
			all = append(all, leg.Paid)
		}
		if leg.Waiver != nil && leg.Waiver.Paid.ID != "" {
			all = append(all, leg.Waiver.Paid)
		}
	}
	return all
}
