package worker

import (
	"errors"
	"fmt"
	"time"
)

// The errors of this package, for errors.Is.
var (
	// ErrLeaseLost: another owner has the key now, or the lease was given back. Nothing was written.
	ErrLeaseLost = errors.New("the lease of the key is no longer held")
	// ErrNotFound: the ledger has no such event.
	ErrNotFound = errors.New("no such event")
	// ErrForeignTx: the engine cannot take part in the ledger's transactions.
	ErrForeignTx = errors.New("the engine does not know the ledger's transactions: open both together")
	// ErrRunning: the worker was started already.
	ErrRunning = errors.New("the worker runs already")
)

// InvalidError says that an argument can never be accepted.
type InvalidError struct {
	// Field names the argument; Reason continues the sentence and says what would be right.
	Field, Reason string
}

// Error returns the field and the reason.
func (e *InvalidError) Error() string { return "worker: " + e.Field + " " + e.Reason }

// LeaseError is the [ErrLeaseLost] of a key.
type LeaseError struct{ Lease Lease }

// Error names the key and the way out.
func (e *LeaseError) Error() string {
	return fmt.Sprintf("worker: %s %s, token %d: %v: stop; whoever holds it goes on", e.Lease.Channel, e.Lease.Key, e.Lease.Token, ErrLeaseLost)
}

// Unwrap returns [ErrLeaseLost].
func (e *LeaseError) Unwrap() error { return ErrLeaseLost }

// Snooze is what [Worker.Perform] returns when a task has to come again later. It is no failure: no attempt of the engine's may be
// burnt by it.
type Snooze struct {
	// For is how long to wait.
	For time.Duration
	// Reason says what is waited for.
	Reason string
}

// Error says what is waited for.
func (s *Snooze) Error() string { return fmt.Sprintf("worker: again in %s: %s", s.For, s.Reason) }
