package idempotency

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// DefaultLease is the lease of an [Op] that names none.
const DefaultLease = 30 * time.Second

// Disposition is what an error of [Op.Apply] means for the next attempt.
type Disposition int

// The dispositions.
const (
	// Unknown: the effect may or may not have taken place, as after a time-out. The claim is given back;
	// whoever takes it next looks for the effect first. After [Op.Window] the outcome is indeterminate.
	Unknown Disposition = iota
	// Retry: the effect certainly did not take place; it may be tried again.
	Retry
	// Final: the effect did not take place and never will. The failure is recorded and replayed.
	Final
)

// Op is an effect that [Do] brings about once. R is what came of it, such as the ID of a record.
type Op[R any] struct {
	// Find looks for the effect of an earlier attempt by a natural reference at the peer. It runs only
	// when a claim was recovered. It must be sure: false means that Apply runs. An error means that nobody
	// knows; the claim is given back. Nil if the peer knows our key and repeats its answer by itself.
	Find func(ctx context.Context, claim Claim) (result R, found bool, err error)
	// Apply brings about the effect. It sends [Key.ProviderKey] where the peer takes a key, and stops when
	// ctx ends: then the lease was lost. Required.
	Apply func(ctx context.Context, claim Claim) (R, error)
	// Complete records success in place of [Store.Complete], for example in one transaction with the
	// caller's own rows. Encoded is the result as it must be stored. Optional.
	Complete func(ctx context.Context, claim Claim, result R, encoded []byte) error
	// Classify says what an error of Apply means. Without it every error is Unknown, which is always safe.
	Classify func(error) Disposition
	// Encode and Decode turn the result into at most [MaxResult] bytes and back. They default to JSON.
	// Leave out personal data and secrets.
	Encode func(R) ([]byte, error)
	Decode func([]byte) (R, error)
	// Lease is how long the claim outlives its owner; it is extended every third of it. Default [DefaultLease].
	Lease time.Duration
	// Retention is how long the outcome is kept; 0 for ever.
	Retention time.Duration
	// Window is how long the provider recognises a key (Stripe: 24 hours). Past it, counted from the
	// first claim, an unknown outcome becomes indeterminate instead of being tried again. 0: no limit,
	// for peers whose own records make the effect unique.
	Window time.Duration
}

func (op Op[R]) withDefaults() (Op[R], error) {
	if op.Apply == nil {
		return op, &InvalidError{Field: "Op.Apply", Reason: "is nil; it must bring about the effect"}
	}
	op.Lease = cmp.Or(op.Lease, DefaultLease)
	if err := ValidateLease(op.Lease); err != nil {
		return op, err
	}
	if err := ValidateResult(nil, op.Retention); err != nil {
		return op, err
	}
	if op.Window < 0 {
		return op, &InvalidError{Field: "Op.Window", Reason: fmt.Sprintf("is %s, it must not be negative", op.Window)}
	}
	if op.Classify == nil {
		op.Classify = func(error) Disposition { return Unknown }
	}
	if op.Encode == nil {
		op.Encode = func(result R) ([]byte, error) { return json.Marshal(result) }
	}
	if op.Decode == nil {
		op.Decode = func(encoded []byte) (R, error) {
			var result R
			err := json.Unmarshal(encoded, &result)
			return result, err
		}
	}
	return op, nil
}
