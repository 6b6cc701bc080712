package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/webhook"
)

// deskFlows are the flows of a returns platform.
func (h *hub) deskFlows(d desk) []flow {
	return []flow{h.deskSurvey(d), {
		name: "process-returns", title: "Returns", channel: d.Channel(), class: worker.Orders, when: "every 1m", turns: "returns",
		run: func(ctx context.Context) (outcome, error) {
			names := &returnNames{}
			report, err := h.connector.ProcessReturns(ctx, d.platform, h.returning(d, names))
			return ofReturns(report), errors.Join(err, h.state.Remember(ctx, names.all...))
		},
	}}
}

// returning are the options of all runs over returns of a desk.
func (h *hub) returning(d desk, names *returnNames) retailsync.ReturnRun {
	return retailsync.ReturnRun{Orders: d.orders, Refunds: h.cashierOf(d.orders), OnResult: names.add}
}

// deskOf is the desk that is the channel.
func (h *hub) deskOf(channel string) (desk, error) {
	for _, one := range h.desks {
		if one.Channel().String() == channel {
			return one, nil
		}
	}
	return desk{}, worker.GiveUp(fmt.Errorf("channel %s takes no returns in this process", channel))
}

// returnNames gathers how people call the orders of returns.
type returnNames struct{ all []state.Name }

func (n *returnNames) add(r retailsync.ReturnResult) {
	n.all = append(n.all, state.Name{Word: r.Number, Kind: "return", Order: r.Order})
}

// notedReturn is the handler of notices of returns.
func (h *hub) notedReturn(ctx context.Context, d worker.Delivery) error {
	notice, err := webhook.NoticeOf(d.Event)
	if err != nil {
		return err
	}
	at, err := h.deskOf(d.Event.Channel)
	if err != nil {
		return err
	}
	names := &returnNames{}
	report, err := h.connector.ProcessReturn(ctx, at.platform, []string{notice.Key.ID}, h.returning(at, names))
	return errors.Join(err, returnsFailed(report), h.state.Remember(ctx, names.all...))
}

// Tell implements [demo.Hub]: it tells a return what the warehouse has found.
func (h *hub) Tell(ctx context.Context, back canonical.Key, events ...returns.Event) error {
	at, err := h.deskOf(back.Channel.String())
	if err != nil {
		return err
	}
	names := &returnNames{}
	report, err := h.connector.TellReturn(ctx, at.platform, back.ID, h.returning(at, names), events...)
	return errors.Join(err, returnsFailed(report), h.state.Remember(ctx, names.all...))
}

// Case implements [demo.Hub].
func (h *hub) Case(ctx context.Context, back canonical.Key) (returns.Case, error) {
	return h.connector.ReturnCase(ctx, back)
}

// inspectPatience is how long a person waits for a run that holds the return.
const inspectPatience = 15 * time.Second

// inspect tells a return what somebody has found, who stands in its story. A run that looks at the return just then holds it for a moment, so it is
// told again. Once the return knows, what follows is for the runs, whether or not it could be done at once.
func (h *hub) inspect(ctx context.Context, back canonical.Key, by string, events ...returns.Event) error {
	ctx, cancel := context.WithTimeout(retailsync.ActingFor(ctx, by), inspectPatience)
	defer cancel()
	for {
		err := h.Tell(ctx, back, events...)
		var refused *returns.Refusal
		if err == nil || errors.As(err, &refused) {
			return err
		}
		if known, unread := h.connector.ReturnCase(ctx, back); unread == nil && knows(known, events) {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// knows reports whether a case has all that inspections say.
func knows(known returns.Case, events []returns.Event) bool {
	for _, event := range events {
		seen, ok := event.(returns.Inspected)
		at := slices.IndexFunc(known.Lines, func(l returns.CaseLine) bool { return l.ID == seen.Line })
		if !ok || at < 0 || slices.ContainsFunc(seen.Found, func(u canonical.ReceivedUnits) bool {
			return known.Lines[at].Found[u.Disposition].Cmp(u.Qty) < 0
		}) {
			return false
		}
	}
	return true
}

// returnsFailed joins the errors of the returns that failed.
func returnsFailed(report *retailsync.ReturnReport) (err error) {
	if report == nil {
		return nil
	}
	for _, failed := range report.Failed() {
		err = errors.Join(err, failed.Err)
	}
	return err
}

func ofReturns(report *retailsync.ReturnReport) outcome {
	if report == nil {
		return outcome{}
	}
	return outcomeOf(report, report.Failed(), func(r retailsync.ReturnResult) error { return r.Err })
}
