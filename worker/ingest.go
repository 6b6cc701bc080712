package worker

import (
	"context"
	"fmt"
	"time"

	"github.com/retailsync/retailsync/observe"
)

// Ingest accepts events: when it returns without error they are in the ledger for good, each with a receipt in the order given, and
// will be handled once a worker runs. All are accepted or none. It may be repeated: what was accepted before is a duplicate. Events that
// can never be accepted are an [*InvalidError]; any other error means that it may be tried again.
func (w *Worker) Ingest(ctx context.Context, events ...Event) ([]Receipt, error) {
	if len(events) == 0 {
		return nil, nil
	}
	if len(events) > MaxPage {
		return nil, &InvalidError{Field: "events", Reason: fmt.Sprintf("are %d, the most at once is %d", len(events), MaxPage)}
	}
	ctx, end := w.told.Handing(ctx, len(events))
	receipts, err := w.accept(ctx, events)
	end(err)
	return receipts, err
}

func (w *Worker) accept(ctx context.Context, events []Event) ([]Receipt, error) {
	accepted := make([]Event, len(events))
	trace := observe.Traceparent(ctx)
	now := time.Now()
	for i, event := range events {
		if err := event.Validate(); err != nil {
			return nil, err
		}
		if _, known := w.channels[event.Channel]; !known {
			return nil, &InvalidError{Field: "event channel", Reason: fmt.Sprintf("%q is none of the worker's: give it to New", event.Channel)}
		}
		if event.Received.IsZero() {
			event.Received = now
		}
		event.Received = event.Received.UTC().Truncate(time.Microsecond)
		if !observe.IsTraceparent(event.Trace) {
			event.Trace = trace
		}
		accepted[i] = event
	}
	receipts, err := w.gathering.add(ctx, accepted)
	if err != nil {
		return nil, fmt.Errorf("worker: accept: %w", err)
	}
	w.countAccepted(ctx, accepted, receipts)
	var tasks []Task
	for i, receipt := range receipts {
		if !receipt.Duplicate {
			tasks = append(tasks, Task{Seq: receipt.Seq, Channel: accepted[i].Channel, Key: accepted[i].Key, Class: accepted[i].Class})
		}
	}
	if err := w.submit(ctx, tasks); err != nil {
		// They are accepted; the sweeper wakes them.
		w.log.WarnContext(ctx, "accepted, but not submitted yet", "events", len(tasks), "error", err)
	}
	return receipts, nil
}
