package payments

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
)

// errForgotten says that an outcome is not known and that asking again could move money twice.
var errForgotten = errors.New("the provider no longer knows the key, or never takes one, and the outcome of an earlier call is not known")

// attempt makes the newest attempt once, with its own key, and returns the provider's first word about it.
func (w *work) attempt(ctx context.Context) (canonical.Refund, idempotency.Outcome, error) {
	number := len(w.entry.Attempts)
	key := w.refunder.attemptKey(w.plan, number)
	request := w.plan.request(number, key)
	fingerprint, err := idempotency.FingerprintOf(request.Reference, request.Payment, string(request.Currency), request.Amount)
	if err != nil {
		return canonical.Refund{}, "", err
	}
	provider := w.refunder.provider
	finder, canLook := provider.(RefundFinder)
	window := provider.RefundKeyWindow()
	expired, err := pastWindow(ctx, w.refunder.store, key, window)
	if err != nil {
		return canonical.Refund{}, "", err
	}
	op := idempotency.Op[canonical.Refund]{
		Lease: w.refunder.lease, Window: window, Classify: classify,
		Apply: func(ctx context.Context, claim idempotency.Claim) (canonical.Refund, error) {
			// A claim that looks new may be of a store that was wiped: look all the same, where that is possible.
			if canLook && claim.Attempt == 1 {
				refund, found, err := finder.FindRefund(ctx, request)
				if err != nil {
					return canonical.Refund{}, &lookError{err}
				}
				if found {
					return refund, nil
				}
			}
			return provider.CreateRefund(ctx, request)
		},
	}
	switch {
	case canLook:
		op.Find = func(ctx context.Context, _ idempotency.Claim) (canonical.Refund, bool, error) {
			refund, found, err := finder.FindRefund(ctx, request)
			if err == nil && !found && expired {
				err = errForgotten
			}
			return refund, found, err
		}
	case window == 0:
		op.Find = func(context.Context, idempotency.Claim) (canonical.Refund, bool, error) {
			return canonical.Refund{}, false, errForgotten
		}
	}
	refund, outcome, err := idempotency.Do(ctx, w.refunder.store, key, fingerprint, op)
	if errors.Is(err, errForgotten) {
		return refund, outcome, errors.Join(errForgotten, abandon(ctx, w.refunder.store, key, fingerprint, w.refunder.lease))
	}
	return refund, outcome, err
}

// pastWindow tells whether the key was first used longer ago than the provider remembers.
func pastWindow(ctx context.Context, store idempotency.Store, key idempotency.Key, window time.Duration) (bool, error) {
	if window == 0 {
		return false, nil
	}
	record, err := store.Get(ctx, key)
	if errors.Is(err, idempotency.ErrNotFound) {
		return false, nil
	}
	return err == nil && time.Since(record.FirstAt) > window, err
}

// abandon records that nobody knows the outcome, so that no later run asks again with this key.
func abandon(ctx context.Context, store idempotency.Store, key idempotency.Key, fingerprint idempotency.Fingerprint, lease time.Duration) error {
	claim, _, outcome, err := store.Acquire(ctx, key, fingerprint, lease)
	if errors.Is(err, idempotency.ErrIndeterminate) {
		return nil
	}
	if err != nil || outcome != idempotency.Recovered {
		return err
	}
	return store.Abandon(ctx, claim, []byte(errForgotten.Error()))
}

// lookError is a look-up that failed before the provider was asked for anything.
type lookError struct{ err error }

func (e *lookError) Error() string { return fmt.Sprintf("look first: %v", e.err) }
func (e *lookError) Unwrap() error { return e.err }

// classify says what an error of CreateRefund or CreateCharge means for the next attempt with the same key.
func classify(err error) idempotency.Disposition {
	var look *lookError
	if errors.As(err, &look) {
		return idempotency.Retry
	}
	switch marketplace.CodeOf(err) {
	case marketplace.CodeInvalid, marketplace.CodeNotFound:
		return idempotency.Final
	case marketplace.CodeUnavailable, marketplace.CodeRateLimited, marketplace.CodeUnauthenticated, marketplace.CodePermission,
		marketplace.CodeConflict:
		return idempotency.Retry
	}
	return idempotency.Unknown
}

// failureOf is the word that the rules see for a request that the provider refused.
func failureOf(failed *idempotency.FailedError) marketplace.Code {
	for _, code := range []marketplace.Code{marketplace.CodeNotFound, marketplace.CodeInvalid} {
		if marketplace.CodeOf(failed.Err) == code || strings.Contains(failed.Reason, ": "+string(code)) {
			return code
		}
	}
	return marketplace.CodeInvalid
}

// closeAttempt ends the newest attempt's claim on a person's word, if nobody knew its outcome.
func (w *work) closeAttempt(ctx context.Context, resolution RefundResolution) error {
	state, result := idempotency.StateFailed, []byte("a person decided: "+string(resolution.Decision))
	if resolution.Decision == DecideSucceeded {
		refund, err := json.Marshal(canonical.Refund{
			Key:   canonical.Key{Channel: w.refunder.provider.Channel(), ID: resolution.RefundID},
			Order: w.plan.Order, Payment: w.plan.Payment, Currency: w.plan.Currency, Amount: w.plan.Amount, Status: canonical.RefundSucceeded,
		})
		if err != nil {
			return err
		}
		state, result = idempotency.StateCompleted, refund
	}
	err := w.refunder.store.Resolve(ctx, w.refunder.attemptKey(w.plan, len(w.entry.Attempts)), state, result, 0)
	if errors.Is(err, idempotency.ErrNotIndeterminate) || errors.Is(err, idempotency.ErrNotFound) {
		return nil
	}
	return err
}
