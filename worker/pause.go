package worker

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Pause holds a channel's events back until [Worker.Resume]; they are still accepted. Events that are being handled end. It is safe to repeat.
func (w *Worker) Pause(ctx context.Context, channel string, decision Decision) error {
	if err := w.mayDecide(channel, decision); err != nil {
		return err
	}
	if err := w.ledger.Pause(ctx, channel, ByPerson, decision, 0); err != nil {
		return fmt.Errorf("worker: pause %s: %w", channel, err)
	}
	return w.align(ctx)
}

// Resume ends what [Worker.Pause] began. A breaker that is open keeps its own pause.
func (w *Worker) Resume(ctx context.Context, channel string, decision Decision) error {
	if err := w.mayDecide(channel, decision); err != nil {
		return err
	}
	if _, err := w.ledger.Resume(ctx, channel, ByPerson, decision); err != nil {
		return fmt.Errorf("worker: resume %s: %w", channel, err)
	}
	return w.align(ctx)
}

// Pauses returns the pauses that hold events back now.
func (w *Worker) Pauses(ctx context.Context) ([]Pause, error) { return w.ledger.Pauses(ctx) }

func (w *Worker) mayDecide(channel string, decision Decision) error {
	if _, known := w.channels[channel]; !known {
		return &InvalidError{Field: "channel", Reason: fmt.Sprintf("%q is none of the worker's", channel)}
	}
	return decision.validate()
}

// align brings the engine's queues to what the ledger says about pauses. It runs after each change and with each sweep, so a process
// that dies between the two, or while its breaker is open, leaves nothing paused for ever.
func (w *Worker) align(ctx context.Context) error {
	pauses, err := w.ledger.Pauses(ctx)
	if err != nil {
		return fmt.Errorf("worker: read pauses: %w", err)
	}
	paused := map[string]bool{}
	for _, pause := range pauses {
		paused[pause.Channel] = true
	}
	var errs []error
	for name := range w.channels {
		set := w.engine.Resume
		if paused[name] {
			set = w.engine.Pause
		}
		for _, class := range Classes() {
			if err := set(ctx, QueueName(name, class)); err != nil {
				errs = append(errs, fmt.Errorf("worker: queue %s: %w", QueueName(name, class), err))
			}
		}
	}
	return errors.Join(errs...)
}

// opened pauses the queues of a channel whose breaker has opened, in all processes, and lets them go on for the probe. The pause in the
// ledger ends by itself at that time, whatever becomes of this process.
func (w *Worker) opened(channel string) {
	w.background(func(ctx context.Context) error {
		decision := Decision{By: w.owner, Reason: "the breaker is open: one event after the other found a server down"}
		probe := time.NewTimer(w.breaker.Open)
		defer probe.Stop()
		if err := w.ledger.Pause(ctx, channel, ByBreaker, decision, w.breaker.Open); err != nil {
			return err
		}
		if err := w.align(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-probe.C:
		}
		if _, err := w.ledger.Resume(ctx, channel, ByBreaker, Decision{By: w.owner, Reason: "probe"}); err != nil {
			return err
		}
		return w.align(ctx)
	})
}

// background runs work beside the tasks until Stop. A worker that was never started has none: its caller is the engine.
func (w *Worker) background(work func(ctx context.Context) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.running {
		return
	}
	ctx := w.ctx
	w.group.Go(func() {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			w.log.ErrorContext(ctx, "pause or resume", "error", err)
		}
	})
}
