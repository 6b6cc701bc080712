package idempotency

import (
	"fmt"
	"time"
)

// MaxResult is the largest result, reason, cursor or checkpoint data that a store accepts, in bytes.
const MaxResult = 64 << 10

// MinLease is the shortest lease; a shorter one is a mistake in a unit.
const MinLease = time.Millisecond

const maxName = 255

// ValidateAcquire returns an [*InvalidError] for arguments that [Store.Acquire] must refuse. It and
// the other Validate functions are for implementers of a store: all stores refuse the same.
func ValidateAcquire(key Key, lease time.Duration) error {
	if err := key.Validate(); err != nil {
		return err
	}
	return ValidateLease(lease)
}

// ValidateLease refuses leases shorter than [MinLease].
func ValidateLease(lease time.Duration) error {
	if lease < MinLease {
		return &InvalidError{Field: "lease", Reason: fmt.Sprintf("is %s, it must be at least %s", lease, MinLease)}
	}
	return nil
}

// ValidateCheckpoint refuses empty and long names ([*InvalidError]) and large data ([ErrTooLarge]).
func ValidateCheckpoint(name string, data []byte) error {
	if err := validateText("checkpoint name", name, maxName); err != nil {
		return err
	}
	return validateSize("checkpoint data", len(data))
}

// ValidateResult refuses large results ([ErrTooLarge]) and negative retentions ([*InvalidError]).
func ValidateResult(result []byte, retention time.Duration) error {
	if retention < 0 {
		return &InvalidError{Field: "retention", Reason: fmt.Sprintf("is %s, it must not be negative; 0 keeps the record for ever", retention)}
	}
	return validateSize("result", len(result))
}

// ValidateResolve refuses states that [Store.Resolve] does not accept, and what [ValidateResult] refuses.
func ValidateResolve(key Key, state State, result []byte, retention time.Duration) error {
	if err := key.Validate(); err != nil {
		return err
	}
	switch state {
	case StateCompleted, StateFailed, StateReleased:
		return ValidateResult(result, retention)
	}
	return &InvalidError{Field: "state", Reason: fmt.Sprintf("is %q, it must be completed, failed or released", state)}
}

// ValidateCursor refuses empty and long names ([*InvalidError]) and large values ([ErrTooLarge]).
func ValidateCursor(name, value string) error {
	if err := validateText("cursor name", name, maxName); err != nil {
		return err
	}
	return validateSize("cursor", len(value))
}

// ValidateRevision refuses invalid keys and digests longer than 255 bytes ([*InvalidError]).
func ValidateRevision(key Key, revision Revision) error {
	if err := key.Validate(); err != nil {
		return err
	}
	if revision.Digest == "" {
		return nil
	}
	return validateText("revision digest", revision.Digest, maxName)
}

// ValidateListRevisions refuses empty and long scopes, and limits below 1 ([*InvalidError]).
func ValidateListRevisions(scope string, limit int) error {
	if limit < 1 {
		return &InvalidError{Field: "limit", Reason: fmt.Sprintf("is %d, it must be at least 1", limit)}
	}
	return validateText("key scope", scope, MaxScope)
}

func validateSize(field string, size int) error {
	if size > MaxResult {
		return fmt.Errorf("idempotency: %s of %d bytes: %w: keep a reference of at most %d bytes instead", field, size, ErrTooLarge, MaxResult)
	}
	return nil
}
