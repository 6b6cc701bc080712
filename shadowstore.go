package retailsync

import (
	"context"
	"errors"
	"time"

	"github.com/retailsync/retailsync/idempotency"
)

// errReadOnly is what a store answers that may only be read.
var errReadOnly = errors.New("retailsync: a shadow run must not write to the store: this is a mistake in the library")

// readOnlyStore reads another store and refuses all that would write to it.
type readOnlyStore struct{ of idempotency.Store }

// readOnly is the store as one that may only be read. What it cannot keep it answers as if it were empty.
func readOnly(of idempotency.Store) idempotency.Store { return readOnlyStore{of: of} }

// Get implements idempotency.Store.
func (s readOnlyStore) Get(ctx context.Context, key idempotency.Key) (idempotency.Record, error) {
	return s.of.Get(ctx, key)
}

// Cursor implements idempotency.CursorStore.
func (s readOnlyStore) Cursor(ctx context.Context, name string) (string, error) {
	if cursors, ok := s.of.(idempotency.CursorStore); ok {
		return cursors.Cursor(ctx, name)
	}
	return "", nil
}

// Revision implements idempotency.RevisionStore.
func (s readOnlyStore) Revision(ctx context.Context, key idempotency.Key) (idempotency.Revision, bool, error) {
	if revisions, ok := s.of.(idempotency.RevisionStore); ok {
		return revisions.Revision(ctx, key)
	}
	return idempotency.Revision{}, false, nil
}

// Revisions implements idempotency.RevisionStore.
func (s readOnlyStore) Revisions(ctx context.Context, keys []idempotency.Key) (map[idempotency.Key]idempotency.Revision, error) {
	if revisions, ok := s.of.(idempotency.RevisionStore); ok {
		return revisions.Revisions(ctx, keys)
	}
	return nil, nil
}

// All that follows refuses.

func (readOnlyStore) Acquire(context.Context, idempotency.Key, idempotency.Fingerprint, time.Duration) (idempotency.Claim, idempotency.Record, idempotency.Outcome, error) {
	return idempotency.Claim{}, idempotency.Record{}, "", errReadOnly
}

func (readOnlyStore) Extend(context.Context, idempotency.Claim, time.Duration) (idempotency.Claim, error) {
	return idempotency.Claim{}, errReadOnly
}

func (readOnlyStore) Checkpoint(context.Context, idempotency.Claim, string, []byte) error {
	return errReadOnly
}

func (readOnlyStore) Complete(context.Context, idempotency.Claim, []byte, time.Duration) error {
	return errReadOnly
}

func (readOnlyStore) Fail(context.Context, idempotency.Claim, []byte, time.Duration) error {
	return errReadOnly
}

func (readOnlyStore) Release(context.Context, idempotency.Claim) error { return errReadOnly }

func (readOnlyStore) Abandon(context.Context, idempotency.Claim, []byte) error { return errReadOnly }

func (readOnlyStore) Resolve(context.Context, idempotency.Key, idempotency.State, []byte, time.Duration) error {
	return errReadOnly
}

func (readOnlyStore) Prune(context.Context, int) (int, error) { return 0, errReadOnly }

func (readOnlyStore) PutCursor(context.Context, string, string) error { return errReadOnly }

func (readOnlyStore) PutRevision(context.Context, idempotency.Key, idempotency.Revision) (bool, error) {
	return false, errReadOnly
}

func (readOnlyStore) PutRevisions(context.Context, []idempotency.KeyedRevision) ([]bool, error) {
	return nil, errReadOnly
}
