package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/retailsync/retailsync/observe"
)

// Perform handles a task: it takes the task's key and handles the key's events in order, until there is none or time runs out. Engines
// call it. Nil means that the task is finished; [*Snooze] that it has to come again.
func (w *Worker) Perform(ctx context.Context, task Task) error {
	c, known := w.channels[task.Channel]
	if !known {
		return &Snooze{For: time.Minute, Reason: "channel " + task.Channel + " is not one of this process"}
	}
	if wait := c.breaker.wait(); wait > 0 {
		return &Snooze{For: wait, Reason: "the breaker of " + task.Channel + " is open"}
	}
	release, ok := c.slots.acquire(ctx, c.Name, task.Class)
	if !ok {
		return &Snooze{For: jitter(w.busy), Reason: "database " + c.Database + " has no slot free"}
	}
	defer release()
	hold, err := w.ledger.Take(ctx, task, w.owner, w.lease)
	if err != nil {
		return w.troubled(ctx, task, err)
	}
	switch hold.Status {
	case Held:
		return w.drain(ctx, c, task, hold)
	case Busy:
		return &Snooze{For: jitter(min(max(hold.Wait, time.Millisecond), w.busy)), Reason: "another owner has the key"}
	case Early:
		return &Snooze{For: max(hold.Wait, time.Millisecond), Reason: "the key waits for its next try"}
	case Paused:
		return &Snooze{For: jitter(min(max(hold.Wait, time.Second), 30*time.Second)), Reason: "channel " + task.Channel + " is paused"}
	}
	return nil // settled, or a decision wakes it
}

// drain handles the events of a key that is held, one after the other.
func (w *Worker) drain(ctx context.Context, c *channel, task Task, hold Hold) error {
	lease, record := hold.Lease, &hold.Record
	for {
		next, wait, err := w.handle(ctx, c, lease, *record)
		switch {
		case err != nil:
			return w.troubled(ctx, task, err)
		case wait != nil:
			return wait
		case next == nil && record.Seq < task.Seq:
			// The lease was given back before the task's own event was reached.
			return &Snooze{For: time.Millisecond, Reason: "more events of the key"}
		case next == nil:
			return nil
		}
		record = next
	}
}

// handle makes one try of one event and settles it.
func (w *Worker) handle(ctx context.Context, c *channel, lease Lease, record Record) (*Record, *Snooze, error) {
	registered, known := w.handlers[record.Kind]
	if !known {
		registered.policy, _ = Policy{}.withDefaults()
		registered.handler = func(context.Context, Delivery) error {
			return Judged(fmt.Errorf("no handler for events of kind %q in this process: register one with Handle", record.Kind), Judgement{Verdict: Wait, Runbook: RunbookNoHandler})
		}
	}
	report, err := c.breaker.allow()
	if err != nil {
		if err := w.ledger.Release(ctx, lease); err != nil {
			return nil, nil, err
		}
		return nil, &Snooze{For: max(c.breaker.wait(), w.busy), Reason: "the breaker of " + c.Name + " is open"}, nil
	}
	handling, end := w.told.Handling(ctx, observe.Handled{Channel: record.Channel, Kind: record.Kind, Class: string(record.Class), Seq: record.Seq, Try: record.Tries + 1, Trace: record.Trace})
	err = w.try(handling, lease, record, registered)
	var judgement Judgement
	if err != nil {
		judgement = registered.policy.Judge(err)
	}
	settlement := w.settlement(ctx, record, registered.policy, judgement, err)
	report(settlement, judgement)
	end(outcomeOf(settlement), string(settlement.Problem.Verdict), record.Received)
	settlement.More = settlement.State != StatePending && w.timeFor(ctx)
	// What came of it is recorded even when ctx has ended by now.
	recording, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	next, settled := w.ledger.Settle(recording, lease, settlement)
	if settled != nil {
		return nil, nil, settled
	}
	if err != nil {
		w.log.WarnContext(ctx, "event failed", "channel", record.Channel, "kind", record.Kind, "event", record.Seq,
			"state", settlement.State, "verdict", settlement.Problem.Verdict, "again_in", settlement.After, "error", settlement.Problem.Text)
	}
	if settlement.State == StatePending {
		return nil, &Snooze{For: max(settlement.After, time.Millisecond), Reason: "the event is tried again"}, nil
	}
	return next, nil, nil
}

// try runs the handler while the lease is renewed. A panic of the handler is an error like any other.
func (w *Worker) try(ctx context.Context, lease Lease, record Record, registered registration) (err error) {
	ctx, cancel := context.WithTimeout(ctx, registered.policy.Timeout)
	defer cancel()
	owned, beat := w.beat(ctx, lease)
	defer func() {
		lost := beat.stop()
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("the handler panicked: %v", thrown)
		}
		if lost != nil {
			err = errors.Join(lost, err)
		}
	}()
	return registered.handler(owned, Delivery{Event: record.Event, Seq: record.Seq, Try: record.Tries + 1, Token: lease.Token})
}

// settlement decides what follows from the end of a try.
func (w *Worker) settlement(ctx context.Context, record Record, policy Policy, judgement Judgement, err error) Settlement {
	settlement := Settlement{Seq: record.Seq, State: StateDone, By: w.owner}
	if err == nil {
		return settlement
	}
	settlement.State, settlement.Problem = StatePending, Problem{Verdict: judgement.Verdict, Text: Scrub(err.Error()), Runbook: judgement.Runbook}
	if errors.Is(ctx.Err(), context.Canceled) {
		settlement.Clean = true // the worker was stopped
		return settlement
	}
	settlement.Counted = judgement.Verdict != Wait
	attempts := record.Attempts
	if settlement.Counted {
		attempts++
	}
	failing := time.Duration(0)
	if !record.FailingSince.IsZero() {
		failing = time.Since(record.FailingSince)
	}
	switch {
	case judgement.Verdict == Permanent, judgement.Verdict == Person, attempts >= policy.MaxAttempts, failing > policy.Patience:
		settlement.State, settlement.Blocks = StateDead, policy.OnDead == BlockKey
	default:
		settlement.After = policy.delay(record.Tries+1, judgement.After)
	}
	return settlement
}

// timeFor says whether another event may be begun before the engine ends the run.
func (w *Worker) timeFor(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	deadline, bounded := ctx.Deadline()
	return !bounded || time.Until(deadline) > w.timeout*9/10
}

// troubled turns an error of the ledger into a snooze: the ledger decides later, and no attempt of the engine's is burnt.
func (w *Worker) troubled(ctx context.Context, task Task, err error) error {
	if errors.Is(err, ErrLeaseLost) {
		w.log.WarnContext(ctx, "the lease was lost", "channel", task.Channel, "event", task.Seq)
		return &Snooze{For: jitter(w.busy), Reason: "the lease was lost"}
	}
	w.log.ErrorContext(ctx, "the ledger failed", "channel", task.Channel, "event", task.Seq, "error", err)
	return &Snooze{For: jitter(5 * time.Second), Reason: "the ledger failed"}
}
