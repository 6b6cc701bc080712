package payments

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/retailsync/retailsync/idempotency"
)

// request makes the newest request once, with its own key, and returns the provider's first word about it.
func (w *chargeWork) request(ctx context.Context) (Charge, idempotency.Outcome, error) {
	number := len(w.record.Requests)
	key := w.collector.requestKey(w.plan, number)
	request := w.plan.request(number, key, w.record.last())
	fingerprint, err := idempotency.FingerprintOf(request.Reference, string(request.Currency), request.Amount)
	if err != nil {
		return Charge{}, "", err
	}
	provider := w.collector.provider
	finder, canLook := provider.(ChargeFinder)
	window := provider.ChargeKeyWindow()
	expired, err := pastWindow(ctx, w.collector.store, key, window)
	if err != nil {
		return Charge{}, "", err
	}
	op := idempotency.Op[Charge]{
		Lease: w.collector.lease, Window: window, Classify: classify,
		Apply: func(ctx context.Context, claim idempotency.Claim) (Charge, error) {
			// A claim that looks new may be of a store that was wiped: look all the same, where that is possible.
			if canLook && claim.Attempt == 1 {
				charge, found, err := finder.FindCharge(ctx, request)
				if err != nil {
					return Charge{}, &lookError{err}
				}
				if found {
					return charge, nil
				}
			}
			return provider.CreateCharge(ctx, request)
		},
	}
	switch {
	case canLook:
		op.Find = func(ctx context.Context, _ idempotency.Claim) (Charge, bool, error) {
			charge, found, err := finder.FindCharge(ctx, request)
			if err == nil && !found && expired {
				err = errForgotten
			}
			return charge, found, err
		}
	case window == 0:
		op.Find = func(context.Context, idempotency.Claim) (Charge, bool, error) { return Charge{}, false, errForgotten }
	}
	charge, outcome, err := idempotency.Do(ctx, w.collector.store, key, fingerprint, op)
	if errors.Is(err, errForgotten) {
		return charge, outcome, errors.Join(errForgotten, abandon(ctx, w.collector.store, key, fingerprint, w.collector.lease))
	}
	return charge, outcome, err
}

// closeRequest ends the newest request's claim on a person's word, if nobody knew its outcome.
func (w *chargeWork) closeRequest(ctx context.Context, resolution ChargeResolution) error {
	state, result := idempotency.StateFailed, []byte("a person decided: "+string(resolution.Decision))
	if resolution.Decision == DecidePaid {
		charge, err := json.Marshal(Charge{
			ID: resolution.ChargeID, Order: w.plan.Order, Status: ChargePaid, Currency: w.plan.Currency, Amount: w.plan.Amount, Payment: resolution.Payment,
		})
		if err != nil {
			return err
		}
		state, result = idempotency.StateCompleted, charge
	}
	err := w.collector.store.Resolve(ctx, w.collector.requestKey(w.plan, len(w.record.Requests)), state, result, 0)
	if errors.Is(err, idempotency.ErrNotIndeterminate) || errors.Is(err, idempotency.ErrNotFound) {
		return nil
	}
	return err
}
