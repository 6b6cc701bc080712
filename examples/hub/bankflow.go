package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/webhook"
)

// firstPayouts is how far back the very first import of settlements goes.
const firstPayouts = 7 * 24 * time.Hour

// bankFlows are the flows of the payment provider.
func (h *hub) bankFlows() []flow {
	return []flow{h.bankSurvey(), {
		name: "import-settlements", title: "Settlements", channel: h.bank.Channel(), class: worker.Money, when: "every 1h", turns: "settlements",
		run: h.importSettlements,
	}}
}

// importSettlements books what was paid out, and notes what a person must look at.
func (h *hub) importSettlements(ctx context.Context) (outcome, error) {
	report, err := h.connector.ImportSettlements(ctx, h.bank, retailsync.SettlementRun{Since: time.Now().Add(-firstPayouts)})
	if report == nil {
		return outcome{}, err
	}
	result := outcomeOf(report, report.Failed(), func(r retailsync.SettlementResult) error { return r.Err })
	errs := []error{err}
	for _, settled := range report.Results() {
		errs = append(errs, h.state.ReplaceExceptions(ctx, settled.Settlement.Channel.String(), settled.Settlement.ID, exceptionsOf(settled)))
	}
	return result, errors.Join(errs...)
}

func exceptionsOf(settled retailsync.SettlementResult) []state.Exception {
	var all []state.Exception
	if settled.Err != nil {
		return append(all, state.Exception{Reason: "failed", Step: worker.Scrub(settled.Err.Error())})
	}
	for _, e := range settled.Exceptions {
		step := e.NextStep
		if e.Err != nil {
			step += " " + worker.Scrub(e.Err.Error())
		}
		all = append(all, state.Exception{
			Entries: strings.Join(e.Entries, ", "), Reason: string(e.Reason), Number: or(e.OrderNumber, e.Order.ID), Currency: string(e.Currency),
			Amount: money(e.Currency, e.Amount), Difference: money(e.Currency, e.Difference), Step: step,
		})
	}
	return all
}

// money is an amount as people write it; nothing for zero.
func money(currency canonical.Currency, amount decimal.Decimal) string {
	if amount.IsZero() {
		return ""
	}
	if digits, ok := currency.Exponent(); ok {
		return amount.Rescale(digits).String()
	}
	return amount.String()
}

// refund is the handler of notices of refunds: what the provider says of one, days later perhaps.
func (h *hub) refund(ctx context.Context, d worker.Delivery) error {
	notice, err := webhook.NoticeOf(d.Event)
	if err != nil {
		return err
	}
	if h.bank == nil || h.bank.Channel().String() != d.Event.Channel {
		return worker.GiveUp(fmt.Errorf("channel %s is not the payment provider of this process", d.Event.Channel))
	}
	refund, err := h.bank.GetRefund(ctx, notice.Key.ID)
	if err != nil {
		return err
	}
	return h.atDesks(ctx, func(one desk, options retailsync.ReturnRun) (*retailsync.ReturnReport, error) {
		return h.connector.ProcessRefunds(ctx, one.platform, []canonical.Refund{refund}, options)
	})
}

// charge is the handler of notices of what buyers were asked for: they have paid, or their time is over.
func (h *hub) charge(ctx context.Context, d worker.Delivery) error {
	notice, err := webhook.NoticeOf(d.Event)
	if err != nil {
		return err
	}
	if h.charger == nil || h.charger.Channel().String() != d.Event.Channel {
		return worker.GiveUp(fmt.Errorf("channel %s asks no buyers for money in this process", d.Event.Channel))
	}
	charge, err := h.charger.GetCharge(ctx, notice.Key.ID)
	if err != nil {
		return err
	}
	return h.atDesks(ctx, func(one desk, options retailsync.ReturnRun) (*retailsync.ReturnReport, error) {
		return h.connector.ProcessCharges(ctx, one.platform, []payments.Charge{charge}, options)
	})
}

// atDesks hands news of money to each desk, which knows its own again by the reference; without a desk there is no money of ours.
func (h *hub) atDesks(ctx context.Context, process func(desk, retailsync.ReturnRun) (*retailsync.ReturnReport, error)) error {
	names := &returnNames{}
	var errs []error
	for _, one := range h.desks {
		report, err := process(one, h.returning(one, names))
		errs = append(errs, err, returnsFailed(report))
	}
	return errors.Join(append(errs, h.state.Remember(ctx, names.all...))...)
}

// payout is the handler of notices of payouts: one import takes all that are new. It waits in line with those of the schedule.
func (h *hub) payout(ctx context.Context, d worker.Delivery) error {
	for _, f := range h.flows {
		if f.name == "import-settlements" && f.channel.String() == d.Event.Channel {
			_, err := h.worker.Ingest(ctx, worker.Event{Source: d.Event.Channel + "/payout", ID: d.Event.ID, Channel: d.Event.Channel, Kind: f.name, Key: f.key(), Class: f.class})
			return err
		}
	}
	return worker.GiveUp(fmt.Errorf("channel %s is not the payment provider of this process", d.Event.Channel))
}

// cashierOf says who moves money back: the provider what it holds, which of a real one its own ids tell, and the shop by its gateway the rest. What a buyer
// owes the provider asks for, if it does.
func (h *hub) cashierOf(sold shop) *retailsync.Cashier {
	var own, shops *payments.Refunder
	if h.bank != nil {
		own = payments.NewRefunder(h.bank, h.store)
	}
	if provider, ok := sold.(payments.RefundCreator); ok {
		shops = payments.NewRefunder(provider, h.store)
	}
	var collector *payments.Collector
	if h.charger != nil {
		collector = payments.NewCollector(h.charger, h.store)
	}
	return &retailsync.Cashier{Collector: collector, Holder: func(payment canonical.Payment) (*payments.Refunder, string) {
		held := h.world != nil
		for _, prefix := range []string{"pi_", "ch_", "py_"} { // Stripe's
			held = held || strings.HasPrefix(payment.ID, prefix)
		}
		if own != nil && held {
			return own, payment.ID
		}
		// Where a shop has captures of a payment, the money goes back by the payment.
		return shops, or(payment.ParentID, payment.ID)
	}}
}
