package retailsync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

// returnTask is one return while a run deals with it.
type returnTask struct {
	*returnRun
	ret   canonical.Return
	known returns.Case
	// loaded: known is the stored case, or a new one if there was none.
	loaded bool
	// noted is the status by which the list of open cases has it; empty until it was looked up.
	noted  returns.CaseStatus
	order  *returnedOrder
	policy returns.Policy
	done   []returns.Effect
	events []canonical.Event
	// asleep are effects that were tried in this run and wait for something outside.
	asleep map[string]bool
	// after are events that follow the effect which is being carried out.
	after []returns.Event
}

// take deals with one return. Its error is for runs that cannot go on.
func (r *returnRun) take(ctx context.Context, fetched returns.Fetched) error {
	r.mu.Lock()
	r.seen[fetched.Key.ID] = true
	r.mu.Unlock()
	t := &returnTask{returnRun: r, ret: fetched.Return, asleep: map[string]bool{}, known: returns.Case{Key: fetched.Key}}
	if fetched.Err != nil {
		return t.failed(ctx, "read", fetched.Err)
	}
	if err := fetched.Return.Validate(); err != nil {
		return t.failed(ctx, "read", err)
	}
	order, err := r.orderOf(ctx, &fetched.Return)
	if err != nil {
		return t.failed(ctx, "read", err)
	}
	if r.DryRun {
		return t.work(ctx, order)
	}
	// All returns of an order take turns, whichever platform they come from: what one opens the next one sees.
	turn := idempotency.Key{Scope: r.Connector.scope("returned", order.Channel), ID: order.ID}
	if order.ID == "" {
		turn.ID = fetched.Key.String()
	}
	err = r.inTurn(ctx, turn, func(ctx context.Context) error {
		err := t.work(ctx, order)
		if ctx.Err() != nil {
			return errors.Join(err, t.cutOff(ctx))
		}
		return err
	})
	if errors.Is(err, idempotency.ErrInFlight) {
		return t.failed(ctx, "claim", err)
	}
	return err
}

// work brings the return to its present state.
func (t *returnTask) work(ctx context.Context, key canonical.Key) error {
	var err error
	if t.known, err = t.loadCase(ctx, t.cursors, t.ret.Key); err != nil {
		return err
	}
	t.loaded = true
	if t.order, err = t.readReturned(ctx, key); err != nil {
		return t.failed(ctx, "read", err)
	}
	t.policy = t.order.rules.Returns
	fresh := t.known.Schema == 0
	if err := t.apply(returns.Stated{Return: t.ret}); err != nil {
		return t.failed(ctx, "read", err)
	}
	if fresh {
		t.journalise(canonical.EventReturnRequested, t.ret.Number, "", "the buyer asked for it")
	}
	if err := t.observe(false); err != nil {
		return t.failed(ctx, "read", err)
	}
	if err := t.observeExchanges(ctx); err != nil {
		return t.failed(ctx, "read", err)
	}
	if err := t.readLeft(ctx); err != nil {
		return t.failed(ctx, "read", err)
	}
	if err := t.apply(returns.Looked{}); err != nil {
		return t.failed(ctx, "read", err)
	}
	if err := t.findLeft(); err != nil {
		return t.failed(ctx, "read", err)
	}
	for _, event := range t.told {
		before := t.known
		err := t.apply(event)
		if err == nil && !t.DryRun {
			if err := t.audit(ctx, before); err != nil {
				return err
			}
		}
		if err != nil {
			var refusal *returns.Refusal
			if !errors.As(err, &refusal) {
				return t.failed(ctx, "read", err)
			}
			t.mu.Lock()
			t.refusals = append(t.refusals, err)
			t.mu.Unlock()
		}
	}
	if err := t.findLeft(); err != nil { // what people told makes room for it
		return t.failed(ctx, "read", err)
	}
	if t.DryRun {
		t.done = t.known.Due()
		return t.conclude(ctx, nil)
	}
	if err := t.followMoney(ctx); err != nil {
		return t.failed(ctx, "refund", err)
	}
	if err := t.saveCase(ctx); err != nil {
		return err
	}
	return t.carryOut(ctx)
}

// carryOut does what is due until nothing is, storing the case after every step.
func (t *returnTask) carryOut(ctx context.Context) error {
	for {
		effect, ok := t.next()
		if !ok {
			if err := t.giveUp(ctx); err != nil {
				return t.failed(ctx, "cancel", err)
			}
			return t.conclude(ctx, nil)
		}
		t.after = nil
		reference, err := t.perform(ctx, effect)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var asleep *asleepError
		switch {
		case errors.As(err, &asleep):
			t.asleep[effect.ID] = true
			continue
		case err == nil:
			t.done = append(t.done, effect)
			for _, event := range append([]returns.Event{returns.Done{Effect: effect.ID, Reference: reference}}, t.after...) {
				if err := t.apply(event); err != nil {
					return t.failed(ctx, string(effect.Kind), err)
				}
			}
			t.tell(effect, reference)
			if inOdoo(effect.Kind) {
				if err := t.refresh(ctx, t.order); err != nil {
					return t.failed(ctx, string(effect.Kind), err)
				}
				if err := t.observe(effect.Kind == returns.EffectReceive); err != nil {
					return t.failed(ctx, string(effect.Kind), err)
				}
			}
		default:
			if saved := t.apply(returns.Failed{Effect: effect.ID, Final: final(err), Why: err.Error()}); saved != nil {
				err = errors.Join(err, saved)
			}
			return t.failed(ctx, string(effect.Kind), err)
		}
		if err := t.saveCase(ctx); err != nil {
			return err
		}
	}
}

// next is the first effect that is due and was not tried in vain.
func (t *returnTask) next() (returns.Effect, bool) {
	for _, effect := range t.known.Due() {
		if !t.asleep[effect.ID] {
			return effect, true
		}
	}
	return returns.Effect{}, false
}

// apply applies an event with the facts as they are.
func (t *returnTask) apply(event returns.Event) error {
	facts, err := t.facts(t.order, t.known)
	if err != nil {
		return err
	}
	facts.Astray, facts.AstrayKnown = t.astray(), t.order.leftRead
	known, _, err := t.known.Apply(event, facts, t.policy)
	if err != nil {
		return err
	}
	t.known = known
	return nil
}

// observe tells the case what Odoo has of it: goods that arrived, whoever booked them. Own says that the run has just booked them itself.
func (t *returnTask) observe(own bool) error {
	received, err := t.received()
	if err != nil {
		return err
	}
	for i := range t.known.Lines {
		line := &t.known.Lines[i]
		units, ok := received[line.ID]
		if !ok || units.Qty.Cmp(line.SeenInOdoo) <= 0 {
			continue
		}
		err := t.apply(units)
		var refusal *returns.Refusal
		if err != nil && !errors.As(err, &refusal) {
			return err
		}
		if !own && err == nil {
			t.journalise(canonical.EventReturnReceived, "odoo/"+line.ID+"/"+units.Qty.Trim(0).String(), "", "received in Odoo")
		}
	}
	return nil
}

// received is what has arrived in Odoo in all, by the line of the return. Lines of the return that are for one line of the order are
// filled in their order, each with the lots that were read from its units before others.
func (t *returnTask) received() (map[string]returns.Received, error) {
	var c exact.Calc
	parts, arrived := t.arrived(&c), map[string]decimal.Decimal{}
	for of := range parts {
		arrived[of.line] = t.order.units(&c, of.line, parts)
	}
	lots := map[string][]stock.LotQuantity{}
	for _, back := range t.order.returns {
		if _, own := ownReturn(t.known, back); !own {
			continue
		}
		for _, move := range back.Moves {
			if name := t.order.names[move.SaleLine]; name != "" && move.State == "done" && !move.Out {
				lots[name] = append(lots[name], move.Lots...)
			}
		}
	}
	received := map[string]returns.Received{}
	for i, line := range t.known.Lines {
		units := arrived[line.OrderLine]
		last := true
		for _, later := range t.known.Lines[i+1:] {
			last = last && later.OrderLine != line.OrderLine
		}
		if !last && units.Cmp(line.Approved) > 0 {
			units = line.Approved
		}
		if !units.IsPos() {
			continue
		}
		some, rest := ownLots(line, lots[line.OrderLine], units)
		received[line.ID] = returns.Received{Line: line.ID, Qty: units, Lots: some, By: returns.FromOdoo}
		arrived[line.OrderLine], lots[line.OrderLine] = c.Sub(arrived[line.OrderLine], units), rest
	}
	return received, c.Err()
}

// arrived is what has arrived in Odoo of the parts of the order.
func (t *returnTask) arrived(c *exact.Calc) map[orderPart]decimal.Decimal {
	arrived := map[orderPart]decimal.Decimal{}
	for _, back := range t.order.returns {
		if _, own := ownReturn(t.known, back); !own {
			continue
		}
		for _, move := range back.Moves {
			if of := t.order.partOf(move.SaleLine, move.KitLine); of.line != "" && move.State == "done" && !move.Out {
				arrived[of] = c.Add(arrived[of], move.Done)
			}
		}
	}
	return arrived
}

// asleepError says that an effect waits for something outside that this run cannot bring about.
type asleepError struct{ why string }

func (e *asleepError) Error() string { return e.why }

// final reports whether trying an effect again would not help.
func final(err error) bool {
	code := marketplace.CodeOf(err)
	return code == marketplace.CodeInvalid || code == marketplace.CodeNotFound
}

// failed reports a return that failed; the next run tries it again. Its error is for runs that cannot go on.
func (t *returnTask) failed(ctx context.Context, step string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch {
	case t.DryRun:
	case t.loaded:
		if err := t.saveCase(ctx); err != nil {
			return err
		}
	default:
		// The stored case, if there is one, stays as it is; the next run looks at the return again.
		if err := t.noteOpen(ctx, t.known); err != nil {
			return err
		}
	}
	t.journalise(canonical.EventReturnFailed, step, "", step)
	if concluded := t.conclude(ctx, &ReturnError{Return: t.known.Key, Step: step, Err: err}); concluded != nil {
		return concluded
	}
	// A platform or an Odoo that is out of reach would fail all that follow.
	var refused *odoo.Error
	code := marketplace.CodeOf(err)
	if code != "" && fatal(err) || errors.As(err, &refused) && (refused.Code == odoo.CodeUnreachable || refused.Code == odoo.CodeUnauthenticated) {
		return err
	}
	return nil
}

// conclude journals what happened and reports the return.
func (t *returnTask) conclude(ctx context.Context, failure *ReturnError) error {
	result := ReturnResult{
		Return: t.known.Key, Number: t.known.Number, Order: t.known.Order, Done: t.done, Waits: t.known.Waits, Refusals: t.known.Refusals,
	}
	if t.order != nil {
		result.OdooID, result.OdooName = t.order.record.ID, t.order.record.Name
	}
	for _, question := range t.known.Questions {
		if question.Answer == "" {
			result.Questions = append(result.Questions, question)
		}
	}
	closed := t.known.Status == returns.CaseClosed
	switch {
	case failure != nil:
		result.Outcome, result.Err = ReturnFailed, failure
	case closed && len(t.done) > 0:
		result.Outcome = ReturnFinished
	case closed:
		result.Outcome = ReturnUnchanged
	case len(t.done) > 0:
		result.Outcome = ReturnAdvanced
	default:
		result.Outcome = ReturnWaiting
	}
	t.report.add(result, t.OnResult)
	t.mayRest(failure)
	if t.DryRun || len(t.events) == 0 {
		return nil
	}
	if err := t.journal.Append(ctx, t.events...); err != nil {
		return fmt.Errorf("append to the journal: %w", err)
	}
	t.events = nil
	return nil
}

// cutOff journals what was done when the time of the run was up: it is done, so no later run would note it.
func (t *returnTask) cutOff(ctx context.Context) error {
	if len(t.events) == 0 {
		return nil
	}
	noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := t.journal.Append(noting, t.events...); err != nil {
		return fmt.Errorf("append to the journal: %w", err)
	}
	return nil
}

// journalise notes something for the journal. What is the same in kind and detail is one event however often it is noted.
func (t *returnTask) journalise(kind canonical.EventType, detail, record, summary string) {
	order := t.known.Order
	if t.order != nil && t.order.there.Key.ID != "" {
		order = t.order.there.Key
	}
	sum := sha256.Sum256([]byte(t.known.Key.String() + "\n" + string(kind) + "\n" + detail))
	event := canonical.Event{
		ID: hex.EncodeToString(sum[:16]), Type: kind, At: time.Now().UTC(), Subject: t.known.Key, Order: order, Record: record, Summary: summary,
	}
	if t.known.Number != "" {
		if number, err := json.Marshal(t.known.Number); err == nil {
			event.Data = map[string]json.RawMessage{"number": number}
		}
	}
	t.events = append(t.events, event)
}
