package idempotency

import (
	"context"
	"time"
)

// Key names one effect. The same effect always has the same key.
type Key struct {
	// Scope is the kind of effect with its environment and channel, such as "orders/woocommerce/main".
	Scope string
	// ID identifies the effect within the scope.
	ID string
}

// String returns "scope/id".
func (k Key) String() string { return k.Scope + "/" + k.ID }

// Fingerprint is a hash of the parts of a request that matter. The same key with another
// fingerprint is a mistake and refused.
type Fingerprint string

// State is how far an effect is.
type State string

// The states of a record.
const (
	StateInFlight      State = "in_flight"     // claimed; Token and LeaseUntil say by whom and until when
	StateReleased      State = "released"      // given back after a failure that may be retried
	StateCompleted     State = "completed"     // done; Result holds what came of it
	StateFailed        State = "failed"        // finally failed; Result holds why
	StateIndeterminate State = "indeterminate" // nobody knows; a person or a look-up decides
)

// Outcome is how a claim went.
type Outcome string

// The outcomes of [Store.Acquire].
const (
	// Acquired: nobody has tried before; act.
	Acquired Outcome = "acquired"
	// Recovered: somebody tried and vanished or gave up; look for the effect, then act.
	Recovered Outcome = "recovered"
	// Replayed: it is done (or finally failed); the record holds the result.
	Replayed Outcome = "replayed"
)

// Claim is the right to bring about an effect until LeaseUntil.
type Claim struct {
	Key Key
	// Token grows with every claim of the key. Writes with an older token fail with [ErrLeaseLost].
	Token int64
	// Attempt counts the claims of the key, from 1.
	Attempt int
	// Checkpoint and Data are what the last owner saved with [Store.Checkpoint].
	Checkpoint string
	Data       []byte
	LeaseUntil time.Time
}

// Record is what a store knows about a key.
type Record struct {
	Key         Key
	Fingerprint Fingerprint
	State       State
	Token       int64
	Attempt     int
	Checkpoint  string
	Data        []byte
	// Result is what [Store.Complete] or [Store.Fail] stored, at most [MaxResult] bytes.
	Result     []byte
	LeaseUntil time.Time
	// FirstAt is the time of the first claim, UpdatedAt of the last change; UTC.
	FirstAt, UpdatedAt time.Time
	// ExpiresAt is when the record may be pruned; zero means never.
	ExpiresAt time.Time
}

// MaxResult is the largest result or checkpoint data that a store accepts, in bytes.
const MaxResult = 64 << 10

// Store keeps claims. Implementations are safe for use by several goroutines and, where they are
// durable, by several processes. Every method is atomic.
type Store interface {
	// Acquire claims key for the duration of lease. Errors: [ErrInFlight] (as [*ConflictError]) while
	// another owner's lease runs; [ErrFingerprintMismatch] when the key was used with another
	// fingerprint; [ErrIndeterminate] when the outcome of an earlier attempt must be decided first.
	// With [Replayed] the claim is zero and the record holds the result.
	Acquire(ctx context.Context, key Key, fingerprint Fingerprint, lease time.Duration) (Claim, Record, Outcome, error)
	// Extend moves the end of the lease to now + lease. [ErrLeaseLost] if the claim is no longer the newest.
	// A claim whose lease ran out but that nobody took over can still be extended and completed.
	Extend(ctx context.Context, claim Claim, lease time.Duration) (Claim, error)
	// Checkpoint saves how far the owner is, for whoever recovers the claim.
	Checkpoint(ctx context.Context, claim Claim, name string, data []byte) error
	// Complete records success. The record is kept for retention; 0 keeps it for ever.
	Complete(ctx context.Context, claim Claim, result []byte, retention time.Duration) error
	// Fail records a final failure, kept like a success.
	Fail(ctx context.Context, claim Claim, result []byte, retention time.Duration) error
	// Release gives the claim back after a failure that may be retried: the next Acquire is Recovered.
	Release(ctx context.Context, claim Claim) error
	// Abandon records that the outcome is unknown and may no longer be tried automatically.
	Abandon(ctx context.Context, claim Claim, reason []byte) error
	// Resolve ends an indeterminate record as completed or failed, on a person's word.
	Resolve(ctx context.Context, key Key, state State, result []byte, retention time.Duration) error
	// Get returns the record of key, or [ErrNotFound].
	Get(ctx context.Context, key Key) (Record, error)
	// Prune deletes up to limit records that expired before now and are completed or failed, and
	// returns how many it deleted. Records in flight, released or indeterminate are never pruned.
	Prune(ctx context.Context, limit int) (int, error)
}
