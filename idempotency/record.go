package idempotency

import "time"

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
	// Token grows with every claim of the key, also after the record was pruned. Writes with an older
	// token fail with [ErrLeaseLost]. Hand it to a peer that can compare it.
	Token int64
	// Attempt counts the claims of the key, from 1.
	Attempt int
	// Checkpoint and Data are what the last owner saved with [Store.Checkpoint].
	Checkpoint string
	Data       []byte
	LeaseUntil time.Time
}

// Record is what a store knows about a key. Times are UTC, to the microsecond.
type Record struct {
	Key         Key
	Fingerprint Fingerprint
	State       State
	Token       int64
	Attempt     int
	Checkpoint  string
	Data        []byte
	// Result is what [Store.Complete], [Store.Fail], [Store.Abandon] or [Store.Resolve] stored, at most
	// [MaxResult] bytes.
	Result []byte
	// LeaseUntil is the end of the last lease.
	LeaseUntil time.Time
	// FirstAt is the time of the first claim, or of the decision to start again ([Store.Resolve] as
	// released); UpdatedAt that of the last change.
	FirstAt, UpdatedAt time.Time
	// ExpiresAt is when the record may be pruned; zero means never.
	ExpiresAt time.Time
}

// Claim returns the claim that the record's newest token stands for. It is for implementers of a [Store].
func (r Record) Claim() Claim {
	return Claim{
		Key: r.Key, Token: r.Token, Attempt: r.Attempt,
		Checkpoint: r.Checkpoint, Data: r.Data, LeaseUntil: r.LeaseUntil,
	}
}

// Answer is what [Store.Acquire] must say about a record that is there: Replayed, Recovered when it may
// be taken over, or a [*ConflictError]. It is for implementers of a [Store]: the rules are the same
// everywhere. A record that expired but was not pruned yet still counts.
func (r Record) Answer(fingerprint Fingerprint, now time.Time) (Outcome, error) {
	switch {
	case r.Fingerprint != fingerprint:
		return "", Conflict(r.Key, r, ErrFingerprintMismatch)
	case r.State == StateCompleted || r.State == StateFailed:
		return Replayed, nil
	case r.State == StateIndeterminate:
		return "", Conflict(r.Key, r, ErrIndeterminate)
	case r.State == StateInFlight && r.LeaseUntil.After(now):
		return "", Conflict(r.Key, r, ErrInFlight)
	}
	return Recovered, nil
}
