package worker

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// heartbeat renews a lease while a handler works.
type heartbeat struct {
	cancel context.CancelCauseFunc
	ended  chan struct{}
	lost   error
}

// beat renews the lease until it is stopped or ctx ends: a handler that outlives its time does not keep its key. The returned context
// ends when the lease is lost.
func (w *Worker) beat(ctx context.Context, lease Lease) (context.Context, *heartbeat) {
	owned, cancel := context.WithCancelCause(ctx)
	beat := &heartbeat{cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(beat.ended)
		tick := time.NewTicker(w.lease / 3)
		defer tick.Stop()
		held := time.Now().Add(w.lease) // by this process's clock, which need not be the ledger's
		for {
			select {
			case <-owned.Done():
				return
			case <-tick.C:
			}
			asked := time.Now()
			_, err := w.ledger.Extend(owned, lease, w.lease)
			switch {
			case err == nil:
				held = asked.Add(w.lease)
			case owned.Err() != nil:
				return
			case errors.Is(err, ErrLeaseLost), time.Now().After(held):
				beat.lost = &LeaseError{Lease: lease}
				cancel(beat.lost)
				return
			}
		}
	}()
	return owned, beat
}

// stop ends the renewals and returns why the lease was lost, or nil.
func (h *heartbeat) stop() error {
	h.cancel(nil)
	<-h.ended
	return h.lost
}

// jitter spreads waits over half as much again.
func jitter(wait time.Duration) time.Duration {
	return wait + time.Duration(rand.Int64N(int64(wait)/2+1))
}
