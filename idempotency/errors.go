package idempotency

import (
	"errors"
	"fmt"
	"time"
)

// The errors of a [Store], for errors.Is. The first five come inside a [*ConflictError].
var (
	// ErrInFlight: another owner's lease runs. Try again after [ConflictError.LeaseUntil].
	ErrInFlight = errors.New("another owner is at work")
	// ErrFingerprintMismatch: the key was used for another request.
	ErrFingerprintMismatch = errors.New("the key was used for a different request")
	// ErrLeaseLost: the claim is no longer the newest or was already given back or settled.
	ErrLeaseLost = errors.New("the claim is no longer held")
	// ErrIndeterminate: the outcome of an earlier attempt is unknown and must be decided first.
	ErrIndeterminate = errors.New("the outcome of an earlier attempt is unknown")
	// ErrNotIndeterminate: [Store.Resolve] found nothing to decide.
	ErrNotIndeterminate = errors.New("there is nothing to decide")
	// ErrNotFound: the store knows nothing about the key.
	ErrNotFound = errors.New("no record of the key")
	// ErrTooLarge: a result, reason, cursor or checkpoint is larger than [MaxResult].
	ErrTooLarge = errors.New("too large to store")
	// ErrFull: a bounded [Memory] holds nothing that it may forget.
	ErrFull = errors.New("the store is full of unsettled claims")
	// ErrFailed: the effect finally failed, now or before; it comes as a [*FailedError].
	ErrFailed = errors.New("finally failed")
)

// ConflictError says what stands in the way of a claim or of a write with it.
type ConflictError struct {
	Key Key
	// State, Token, Attempt and LeaseUntil are the record's. They are zero where it is gone.
	State      State
	Token      int64
	Attempt    int
	LeaseUntil time.Time
	// Err is one of the sentinel errors above.
	Err error
}

// Conflict returns the [*ConflictError] with the cause err for the record of key. It is for
// implementers of a [Store].
func Conflict(key Key, record Record, err error) *ConflictError {
	return &ConflictError{
		Key: key, State: record.State, Token: record.Token, Attempt: record.Attempt,
		LeaseUntil: record.LeaseUntil, Err: err,
	}
}

// Error names the key, what stands in the way, and the way out.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("idempotency: %q: %v: %s", e.Key.String(), e.Err, e.wayOut())
}

// Unwrap returns the sentinel error.
func (e *ConflictError) Unwrap() error { return e.Err }

func (e *ConflictError) wayOut() string {
	switch {
	case errors.Is(e.Err, ErrInFlight):
		return fmt.Sprintf("attempt %d holds it until %s; try again then", e.Attempt, e.LeaseUntil.UTC().Format(time.RFC3339))
	case errors.Is(e.Err, ErrFingerprintMismatch):
		return "give the changed request a key of its own, or send the first request again"
	case errors.Is(e.Err, ErrLeaseLost) && e.State == "":
		return "the record is gone; claim the key again and look for the effect first"
	case errors.Is(e.Err, ErrLeaseLost):
		return fmt.Sprintf("the record is %s at attempt %d; stop, claim the key again and look for the effect first", e.State, e.Attempt)
	case errors.Is(e.Err, ErrIndeterminate):
		return "look for the effect at the provider, then end it with Resolve as completed, failed or released"
	case errors.Is(e.Err, ErrNotIndeterminate):
		return fmt.Sprintf("the record is %s; only an indeterminate one can be resolved", e.State)
	}
	return fmt.Sprintf("the record is %s", e.State)
}

// FailedError says that an effect finally failed. It matches [ErrFailed].
type FailedError struct {
	Key Key
	// Reason is the text of the error that was final.
	Reason string
	// Replayed says that the failure was recorded earlier and nothing was tried now.
	Replayed bool
	// Err is the error itself; nil when Replayed.
	Err error
}

// Error names the key, the reason and the way out.
func (e *FailedError) Error() string {
	return fmt.Sprintf("idempotency: %q finally failed: %s: remove the cause and use a new key, it is not tried again", e.Key.String(), e.Reason)
}

// Unwrap returns [ErrFailed] and the error itself where it is known.
func (e *FailedError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrFailed}
	}
	return []error{ErrFailed, e.Err}
}

// InvalidError says that an argument can never be accepted.
type InvalidError struct {
	// Field names the argument, such as "key scope".
	Field string
	// Reason continues the sentence and says what would be right.
	Reason string
}

// Error returns the field and the reason.
func (e *InvalidError) Error() string { return "idempotency: " + e.Field + " " + e.Reason }
