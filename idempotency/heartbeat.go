package idempotency

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// heartbeat extends a lease until it is stopped.
type heartbeat struct {
	cancel context.CancelCauseFunc
	done   chan struct{}
}

// startHeartbeat extends the lease of claim every third of it. The returned context ends when the lease
// is lost, with [ErrLeaseLost] in its cause. Asked is the time before the claim was asked for: the lease
// certainly runs until asked + lease.
func startHeartbeat(ctx context.Context, store Store, claim Claim, lease time.Duration, asked time.Time) (context.Context, *heartbeat) {
	owned, cancel := context.WithCancelCause(ctx)
	beat := &heartbeat{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(beat.done)
		if err := extendUntilDone(owned, store, claim, lease, asked.Add(lease)); err != nil {
			cancel(err)
		}
	}()
	return owned, beat
}

// stop ends the extending and waits for it. It may be called again.
func (h *heartbeat) stop() {
	h.cancel(context.Canceled)
	<-h.done
}

// extendUntilDone returns nil when ctx ended and an error when the lease is lost. Until its end passes
// by our own clock, a store that does not answer is asked again.
func extendUntilDone(ctx context.Context, store Store, claim Claim, lease time.Duration, end time.Time) error {
	timer := time.NewTimer(lease / 3)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		asked := time.Now()
		call, cancel := context.WithDeadline(ctx, end)
		_, err := store.Extend(call, claim, lease)
		cancel()
		switch {
		case err == nil:
			end = asked.Add(lease)
			timer.Reset(lease / 3)
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrLeaseLost):
			return err
		case !time.Now().Before(end):
			return fmt.Errorf("%w: it could not be extended in time: %w", Conflict(claim.Key, Record{State: StateInFlight, Token: claim.Token, Attempt: claim.Attempt}, ErrLeaseLost), err)
		default:
			timer.Reset(min(lease/10, time.Until(end)))
		}
	}
}
