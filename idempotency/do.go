package idempotency

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Do brings about an effect once for key, whoever calls it how often, and returns what came of it.
//
// It claims the key. A recovered claim looks for the effect first ([Op.Find]) and then acts ([Op.Apply]);
// a settled one returns the stored result or a [*FailedError]. While it works the lease is extended; if
// it is lost all the same, the context of Find and Apply ends. Outcomes are recorded even when ctx has
// ended by then. If Find or Apply panics, the claim is given back and the panic goes on.
//
// The outcome says how the claim went; it is empty if there was none. Errors: [*ConflictError] when
// another owner is at work, the fingerprint differs, or the outcome is indeterminate; [*FailedError]
// when the effect finally failed; otherwise the error of Find, Apply or the store, and Do may be called
// again. When the effect took place but could not be recorded, Do returns its result with an error.
func Do[R any](ctx context.Context, store Store, key Key, fingerprint Fingerprint, op Op[R]) (R, Outcome, error) {
	var none R
	op, err := op.withDefaults()
	if err != nil {
		return none, "", err
	}
	asked := time.Now()
	claim, record, outcome, err := store.Acquire(ctx, key, fingerprint, op.Lease)
	if err != nil {
		return none, "", err
	}
	if outcome == Replayed {
		result, err := replay(record, op)
		return result, outcome, err
	}
	attempt := attempt[R]{store: store, claim: claim, op: op, outcome: outcome, asked: asked, age: record.UpdatedAt.Sub(record.FirstAt)}
	result, err := attempt.run(ctx)
	return result, outcome, err
}

func replay[R any](record Record, op Op[R]) (R, error) {
	if record.State == StateFailed {
		var none R
		return none, &FailedError{Key: record.Key, Reason: string(record.Result), Replayed: true}
	}
	result, err := op.Decode(record.Result)
	if err != nil {
		return result, fmt.Errorf("idempotency: %q: decode the stored result: %w", record.Key.String(), err)
	}
	return result, nil
}

// attempt is one claim at work.
type attempt[R any] struct {
	store   Store
	claim   Claim
	op      Op[R]
	outcome Outcome
	asked   time.Time
	age     time.Duration // from the first claim to this one, by the store's clock
}

func (a *attempt[R]) run(ctx context.Context) (R, error) {
	owned, beat := startHeartbeat(ctx, a.store, a.claim, a.op.Lease, a.asked)
	returned := false
	defer func() {
		beat.stop()
		if !returned { // a panic or a Goexit: nobody else gives the claim back
			_ = a.giveBack(ctx, nil)
		}
	}()
	result, phase, err := a.act(owned)
	returned = true
	cause := context.Cause(owned)
	beat.stop()
	if err != nil && errors.Is(cause, ErrLeaseLost) {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	if err == nil {
		return a.complete(ctx, result)
	}
	var none R
	return none, a.settle(ctx, phase, err)
}

// phase is how far an attempt got when it failed.
type phase int

const (
	looking phase = iota
	barred        // too late to try again without knowing
	acting
)

func (a *attempt[R]) act(owned context.Context) (R, phase, error) {
	var none R
	if a.outcome == Recovered && a.op.Find != nil {
		result, found, err := a.op.Find(owned, a.claim)
		if err != nil {
			return none, looking, err
		}
		if found {
			return result, looking, nil
		}
		if owned.Err() != nil { // the lease ended meanwhile: whoever has it now acts
			return none, looking, context.Cause(owned)
		}
	} else if a.outcome == Recovered && a.pastWindow() {
		return none, barred, Conflict(a.claim.Key, Record{State: StateIndeterminate, Token: a.claim.Token, Attempt: a.claim.Attempt}, ErrIndeterminate)
	}
	result, err := a.op.Apply(owned, a.claim)
	return result, acting, err
}

func (a *attempt[R]) complete(ctx context.Context, result R) (R, error) {
	encoded, err := a.op.Encode(result)
	if err == nil {
		err = ValidateResult(encoded, 0)
	}
	if err != nil {
		err = fmt.Errorf("idempotency: %q: the effect took place, but its result cannot be stored: %w", a.claim.Key.String(), err)
		return result, a.giveBack(ctx, err)
	}
	ctx, cancel := a.settling(ctx)
	defer cancel()
	if a.op.Complete != nil {
		err = a.op.Complete(ctx, a.claim, result, encoded)
	} else {
		err = a.store.Complete(ctx, a.claim, encoded, a.op.Retention)
	}
	if err != nil {
		return result, fmt.Errorf("idempotency: %q: the effect took place, but could not be recorded; the next attempt looks for it: %w", a.claim.Key.String(), err)
	}
	return result, nil
}

// settle records an error and returns what the caller sees.
func (a *attempt[R]) settle(ctx context.Context, at phase, err error) error {
	disposition := Unknown
	if at == acting {
		disposition = a.op.Classify(err)
	}
	switch {
	case disposition == Final:
		failed := &FailedError{Key: a.claim.Key, Reason: storable(err), Err: err}
		return a.record(ctx, failed, func(ctx context.Context) error {
			return a.store.Fail(ctx, a.claim, []byte(failed.Reason), a.op.Retention)
		})
	case at == barred, at == acting && disposition == Unknown && a.pastWindow():
		unknown := err
		if at == acting {
			unknown = fmt.Errorf("%w: %w", Conflict(a.claim.Key, Record{State: StateIndeterminate, Token: a.claim.Token, Attempt: a.claim.Attempt}, ErrIndeterminate), err)
		}
		return a.record(ctx, unknown, func(ctx context.Context) error {
			return a.store.Abandon(ctx, a.claim, []byte(storable(err)))
		})
	}
	return a.giveBack(ctx, err)
}

func (a *attempt[R]) giveBack(ctx context.Context, err error) error {
	return a.record(ctx, err, func(ctx context.Context) error { return a.store.Release(ctx, a.claim) })
}

// record writes an outcome and returns err, joined with what went wrong in writing.
func (a *attempt[R]) record(ctx context.Context, err error, write func(context.Context) error) error {
	ctx, cancel := a.settling(ctx)
	defer cancel()
	if failure := write(ctx); failure != nil {
		if err != nil && errors.Is(err, ErrLeaseLost) && errors.Is(failure, ErrLeaseLost) {
			return err
		}
		return errors.Join(err, failure)
	}
	return err
}

// settling returns a context that outlives the caller's, so that a cancelled caller still records what
// came of its work, but not for long.
func (a *attempt[R]) settling(ctx context.Context) (context.Context, context.CancelFunc) {
	const most = 10 * time.Second
	return context.WithTimeout(context.WithoutCancel(ctx), max(min(a.op.Lease, most), time.Second))
}

func (a *attempt[R]) pastWindow() bool {
	return a.op.Window > 0 && a.age+time.Since(a.asked) > a.op.Window
}

// storable returns the text of err, short enough to be kept.
func storable(err error) string {
	const most = 4 << 10
	text := strings.ToValidUTF8(err.Error(), "\uFFFD")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return text
}
