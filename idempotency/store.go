package idempotency

import (
	"context"
	"time"
)

// Store keeps claims. Implementations are safe for use by several goroutines and, where they are
// durable, by several processes. Every method is atomic and checks its arguments: [*InvalidError] for
// those that can never be right, [ErrTooLarge] above [MaxResult].
//
// Every write with a claim may be repeated with the same arguments when its reply was lost: the
// second one changes nothing that matters and succeeds.
type Store interface {
	// Acquire claims key for the duration of lease. Errors: [ErrInFlight] (as [*ConflictError]) while
	// another owner's lease runs; [ErrFingerprintMismatch] when the key was used with another
	// fingerprint; [ErrIndeterminate] when the outcome of an earlier attempt must be decided first.
	// With [Replayed] the claim is zero and the record holds the result. The record is also returned
	// with a conflict.
	//
	// After any other error, such as a lost connection, the claim may or may not exist: it ends with
	// its lease, and the next one is Recovered.
	Acquire(ctx context.Context, key Key, fingerprint Fingerprint, lease time.Duration) (Claim, Record, Outcome, error)
	// Extend moves the end of the lease to now + lease. [ErrLeaseLost] if the claim is no longer the newest.
	// A claim whose lease ran out but that nobody took over can still be extended and completed.
	Extend(ctx context.Context, claim Claim, lease time.Duration) (Claim, error)
	// Checkpoint saves how far the owner is, for whoever recovers the claim.
	Checkpoint(ctx context.Context, claim Claim, name string, data []byte) error
	// Complete records success. The record is kept for at least retention; 0 keeps it for ever.
	Complete(ctx context.Context, claim Claim, result []byte, retention time.Duration) error
	// Fail records a final failure, kept like a success.
	Fail(ctx context.Context, claim Claim, result []byte, retention time.Duration) error
	// Release gives the claim back after a failure that may be retried: the next Acquire is Recovered.
	Release(ctx context.Context, claim Claim) error
	// Abandon records that the outcome is unknown and may no longer be tried automatically.
	Abandon(ctx context.Context, claim Claim, reason []byte) error
	// Resolve ends an indeterminate record on a person's word: as completed, as failed, or as released
	// when the effect certainly did not happen and may be tried again, with FirstAt set to now so that
	// the provider's window starts anew. [ErrNotFound], or [ErrNotIndeterminate] in any other state
	// unless it is the one asked for with the same result. Result and retention do not count with released.
	Resolve(ctx context.Context, key Key, state State, result []byte, retention time.Duration) error
	// Get returns the record of key, or [ErrNotFound].
	Get(ctx context.Context, key Key) (Record, error)
	// Prune deletes up to limit records that have expired and are completed or failed, and
	// returns how many it deleted. Records in flight, released or indeterminate are never pruned.
	// A limit below 1 deletes nothing.
	Prune(ctx context.Context, limit int) (int, error)
}
