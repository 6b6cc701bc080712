package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/webhook"
)

// deskFlows are the flows of the returns platform.
func (h *hub) deskFlows() []flow {
	return []flow{{
		name: "process-returns", title: "Returns", channel: h.desk.Channel(), class: worker.Orders, when: "every 1m", turns: "returns",
		run: func(ctx context.Context) (outcome, error) {
			names := &returnNames{}
			report, err := h.connector.ProcessReturns(ctx, h.desk, h.returning(names))
			return ofReturns(report), errors.Join(err, h.state.Remember(ctx, names.all...))
		},
	}}
}

// returning are the options of all runs over returns.
func (h *hub) returning(names *returnNames) retailsync.ReturnRun {
	return retailsync.ReturnRun{Orders: h.returned, Refunds: h.cashier, OnResult: names.add}
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
	if h.desk == nil || h.desk.Channel().String() != d.Event.Channel {
		return worker.GiveUp(fmt.Errorf("channel %s is not the returns platform of this process", d.Event.Channel))
	}
	names := &returnNames{}
	report, err := h.connector.ProcessReturn(ctx, h.desk, []string{notice.Key.ID}, h.returning(names))
	return errors.Join(err, returnsFailed(report), h.state.Remember(ctx, names.all...))
}

// Tell implements [demo.Hub]: it tells a return what the warehouse has found.
func (h *hub) Tell(ctx context.Context, id string, events ...returns.Event) error {
	names := &returnNames{}
	report, err := h.connector.TellReturn(ctx, h.desk, id, h.returning(names), events...)
	return errors.Join(err, returnsFailed(report), h.state.Remember(ctx, names.all...))
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
