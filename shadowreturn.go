package retailsync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/returns"
)

// ShadowReturns compares what the rules in service and others decide about the platform's returns that changed since a time: approval or refusal, what comes
// back and where it goes, fees, what is credited, and what money moves. Steps that are due are taken as done, as far as that needs nobody
// outside, so that also what follows from them shows.
//
// A case goes on from where the last run left it: what was decided by the rules in service stays decided, which is what putting others into service
// comes to. With [ShadowRun.Afresh] it is decided again from what the buyer asked for and from what people and Odoo found in the goods, as if
// nothing had been approved or refunded.
//
// It writes nothing, to neither Odoo nor the platform, channel, store or journal. Platform, channel and Odoo are read once for both rules. It
// holds one page of returns at a time. Records that rules name and Odoo lacks are an error.
func (c *Connector) ShadowReturns(ctx context.Context, platform returns.Lister, others *mapping.Rules, run ShadowRun) (*ShadowReport, error) {
	report := &ShadowReport{Flow: "returns", onDiffering: run.OnDiffering}
	now, then := c.shadowPair(others)
	s := &shadowReturns{report: report, afresh: run.Afresh}
	var err error
	options := ReturnRun{Orders: run.Orders, DryRun: true}
	if s.now, err = now.newReturnRun(platform, options); err != nil {
		return report, err
	}
	if s.then, err = then.newReturnRun(platform, options); err != nil {
		return report, otherRules(err)
	}
	if _, err := s.now.planner(ctx, s.now.orders.Channel()); err != nil {
		return report, err
	}
	if _, err := s.then.planner(ctx, s.then.orders.Channel()); err != nil {
		return report, otherRules(err)
	}
	query := returns.Query{Since: run.since()}
	for {
		page, err := platform.ListReturns(ctx, query)
		if err != nil {
			return report, fmt.Errorf("list returns of %s: %w", platform.Channel(), err)
		}
		for _, fetched := range page.Returns {
			if fetched.Err != nil || fetched.Return.Validate() != nil {
				report.Unread++
				continue
			}
			if err := s.compare(ctx, fetched.Return); err != nil {
				return report, err
			}
		}
		if page.Cursor == query.Cursor && page.More {
			return report, fmt.Errorf("list returns of %s: the adapter says that there is more but does not move on from its cursor", platform.Channel())
		}
		if query.Cursor = page.Cursor; !page.More {
			return report, nil
		}
	}
}

// shadowReturns is a shadow run over returns.
type shadowReturns struct {
	report    *ShadowReport
	now, then *returnRun
	afresh    bool
}

// compare looks at one return by both rules. Its error is for runs that cannot go on.
func (s *shadowReturns) compare(ctx context.Context, ret canonical.Return) error {
	stored, err := s.now.loadCase(ctx, s.now.cursors, ret.Key)
	if err != nil {
		return err
	}
	orders, failures, err := s.read(ctx, &ret)
	if err != nil {
		return err
	}
	var views [2]shadowView
	for i, of := range []*returnRun{s.now, s.then} {
		if failures[i] != nil {
			views[i] = shadowView{err: failures[i]}
			continue
		}
		views[i] = of.decide(ctx, ret, stored, orders[i], s.afresh)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.report.compare(ret.Key, cmp.Or(ret.Number, ret.Key.ID), views[0], views[1])
	return nil
}

// read reads the order of a return once, as both rules see it; failures are those of the return alone.
func (s *shadowReturns) read(ctx context.Context, ret *canonical.Return) (orders [2]*returnedOrder, failures [2]error, err error) {
	var keys [2]canonical.Key
	for i, of := range []*returnRun{s.now, s.then} {
		if keys[i], failures[i] = of.orderOf(ctx, ret); ctx.Err() != nil {
			return orders, failures, ctx.Err()
		}
	}
	var first *returnedOrder
	var raw canonical.Order
	for i, of := range []*returnRun{s.now, s.then} {
		if failures[i] != nil {
			continue
		}
		known := first != nil && keys[0] == keys[1]
		if !known && keys[i].ID != "" {
			raw, err = of.orders.GetOrder(ctx, keys[i].ID)
			if err != nil && marketplace.CodeOf(err) != marketplace.CodeNotFound {
				return orders, failures, err
			}
		}
		there := &raw
		if raw.Key.ID == "" || raw.Key.ID != keys[i].ID {
			there = nil
		}
		if orders[i], failures[i] = of.ruledOrder(ctx, keys[i].Channel, there); failures[i] != nil || there == nil {
			continue
		}
		if !known {
			if err := of.readRecord(ctx, keys[i], orders[i]); err != nil {
				return orders, failures, err
			}
			first = orders[i]
			continue
		}
		o := orders[i]
		o.record, o.lines, o.names, o.byProduct = first.record, first.lines, first.names, first.byProduct
		o.goods, o.returns, o.moves, o.kits = first.goods, first.returns, first.moves, first.kits
		if o.record.ID != 0 {
			if err := of.findNamed(ctx, o); err != nil {
				return orders, failures, err
			}
		}
	}
	return orders, failures, nil
}

// decide is what becomes of a return by the run's rules.
func (r *returnRun) decide(ctx context.Context, ret canonical.Return, stored returns.Case, order *returnedOrder, afresh bool) shadowView {
	t := &returnTask{returnRun: r, ret: ret, known: stored, order: order, policy: order.rules.Returns, asleep: map[string]bool{}, loaded: true}
	if afresh {
		t.forget(stored)
	}
	if err := t.rehearse(ctx, stored, afresh); err != nil {
		return shadowView{err: err}
	}
	before := len(stored.Effects)
	if afresh {
		before = 0
	}
	return shadowView{values: caseValues(t.known, before)}
}

// forget makes the return one that nothing was decided of, nor refunded.
func (t *returnTask) forget(stored returns.Case) {
	t.known = returns.Case{Key: t.ret.Key}
	if stored.Schema == 0 {
		return
	}
	if stored.ApprovedBy == "" && t.ret.Approval != canonical.ReturnCancelled && t.ret.Approval != canonical.ReturnExpired {
		t.ret.Approval, t.ret.DeclineReason = canonical.ReturnRequested, "" // the rules told the platform
	}
	t.ret.Closed = false
	order := *t.order
	order.moves = slices.DeleteFunc(slices.Clone(order.moves), func(m account.Move) bool {
		_, own := booked(stored, m)
		return own
	})
	order.there.Payments = slices.DeleteFunc(slices.Clone(order.there.Payments), func(p canonical.Payment) bool {
		return p.Kind == canonical.PaymentRefund && slices.ContainsFunc(stored.Money, func(leg returns.MoneyLeg) bool { return leg.Reference != "" && leg.Reference == p.ID })
	})
	t.order = &order
}

// maxRehearsed bounds the steps of a rehearsal; a return of a hundred lines takes fewer.
const maxRehearsed = 2000

// rehearse brings the case as far as it goes without anybody outside, and carries out nothing.
func (t *returnTask) rehearse(ctx context.Context, stored returns.Case, afresh bool) error {
	if err := t.apply(returns.Stated{Return: t.ret}); err != nil {
		return err
	}
	if err := t.observe(true); err != nil {
		return err
	}
	if afresh {
		if err := t.found(stored); err != nil {
			return err
		}
	} else if err := t.observeExchanges(ctx); err != nil {
		return err
	}
	for range maxRehearsed {
		due := t.known.Due()
		if len(due) == 0 {
			return nil
		}
		effect := due[0]
		if err := t.apply(returns.Done{Effect: effect.ID, Reference: "shadow"}); err != nil {
			return err
		}
		if effect.Kind != returns.EffectReceive {
			continue
		}
		for _, part := range effect.Lines {
			line := t.lineWith(part.Line)
			units, err := line.SeenInOdoo.Add(part.Qty)
			if err != nil {
				return err
			}
			if err := t.suppose(returns.Received{Line: part.Line, Qty: units, Lots: part.Lots, By: returns.FromOdoo}); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("return %s has more than %d steps", t.ret.Key, maxRehearsed)
}

// found tells an empty case what people and the platform found in the goods, and how they were resolved by a person.
func (t *returnTask) found(stored returns.Case) error {
	for _, line := range stored.Lines {
		events := []returns.Event{}
		if line.ResolvedBy == returns.FromPerson {
			events = append(events, returns.Resolved{Line: line.ID, Resolution: line.Resolution, By: returns.FromPerson})
		}
		if line.Seen.IsPos() {
			events = append(events, returns.Received{Line: line.ID, Qty: line.Seen, Lots: line.Lots, Last: line.Short, By: returns.FromPerson})
		}
		if len(line.Found) > 0 {
			var units []canonical.ReceivedUnits
			for _, disposition := range sortedDispositions(line.Found) {
				units = append(units, canonical.ReceivedUnits{Qty: line.Found[disposition], Disposition: disposition})
			}
			events = append(events, returns.Inspected{Line: line.ID, Found: units, By: returns.FromPerson})
		}
		for _, event := range events {
			if err := t.suppose(event); err != nil {
				return err
			}
		}
	}
	return nil
}

// suppose applies an event; one that does not fit changes nothing.
func (t *returnTask) suppose(event returns.Event) error {
	err := t.apply(event)
	if refusal := (*returns.Refusal)(nil); errors.As(err, &refusal) {
		return nil
	}
	return err
}

func sortedDispositions[V any](of map[canonical.Disposition]V) []canonical.Disposition {
	var all []canonical.Disposition
	for disposition := range of {
		all = append(all, disposition)
	}
	slices.Sort(all)
	return all
}

// caseValues are what was decided of a return, by name. Of the effects those that were there before are left out.
func caseValues(c returns.Case, before int) map[string]string {
	values := map[string]string{"approval": string(c.Approval), "declined for": c.DeclineReason, "status": string(c.Status)}
	var refusals []string
	for _, refusal := range c.Refusals {
		refusals = append(refusals, strings.TrimSpace(string(refusal.Code)+" "+refusal.Line))
	}
	values["refused for"] = strings.Join(refusals, ", ")
	for _, line := range c.Lines {
		at := "line " + line.ID + " "
		values[at+"approved"], values[at+"resolution"] = line.Approved.Trim(0).String(), string(line.Resolution)
		if line.Keep {
			values[at+"kept by the buyer"] = "yes"
		}
	}
	for n, effect := range c.Effects {
		if n < before {
			continue
		}
		at := string(effect.Kind)
		switch effect.Kind {
		case returns.EffectRefund, returns.EffectStoreCredit, returns.EffectGiftCard, returns.EffectManual, returns.EffectCharge, returns.EffectCreditNote, returns.EffectAskPerson:
			continue // told by money, settlements and questions
		}
		if len(effect.Lines) == 0 {
			values[at] = "yes"
		}
		for _, part := range effect.Lines {
			text := part.Qty.Trim(0).String()
			if !part.Location.IsZero() {
				text += " to " + part.Location.String()
			}
			values[strings.TrimSpace(fmt.Sprintf("%s of line %s from unit %s %s", at, part.Line, part.From.Trim(0), part.Disposition))] = text
		}
	}
	for n, s := range c.Settlements {
		at := fmt.Sprintf("credit %d ", n+1)
		values[at+"due"] = s.Due.Trim(0).String()
		for _, line := range s.Lines {
			values[at+"line "+line.Line+" "+string(line.Disposition)] = fmt.Sprintf("%s for %s + %s tax", line.Qty.Trim(0), line.Net.Trim(0), line.Tax.Trim(0))
		}
		for _, fee := range s.Fees {
			values[strings.TrimSpace(at+string(fee.Kind)+" fee "+fee.Line)] = fee.Amount.Trim(0).String()
		}
		if !s.ShippingNet.IsZero() || !s.ShippingTax.IsZero() {
			values[at+"shipping"] = fmt.Sprintf("%s + %s tax", s.ShippingNet.Trim(0), s.ShippingTax.Trim(0))
		}
		for name, amount := range map[string]string{"adjustment": s.Adjustment.Trim(0).String(), "on account": s.OnAccount.Trim(0).String(), "waived": s.Waived.Trim(0).String()} {
			if amount != "0" {
				values[at+name] = amount
			}
		}
	}
	for n, leg := range c.Money {
		text := string(leg.Kind) + " " + leg.Amount.Trim(0).String()
		if leg.Bonus.IsPos() {
			text += " and a bonus of " + leg.Bonus.Trim(0).String()
		}
		if leg.ByChannel {
			text += " by the channel"
		}
		values[fmt.Sprintf("money %d", n+1)] = text
	}
	for _, question := range c.Questions {
		if question.Answer == "" {
			values[strings.TrimSpace("a person is asked for "+string(question.Topic)+" "+question.Line)] = "yes"
		}
	}
	for _, wait := range c.Waits {
		values[strings.TrimSpace("waits for "+string(wait.Gate)+" "+wait.Line)] = "yes"
	}
	return values
}
