package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/retailsync/retailsync/idempotency"
)

// Revision implements [idempotency.RevisionStore].
func (s *Store) Revision(ctx context.Context, key idempotency.Key) (idempotency.Revision, bool, error) {
	if err := key.Validate(); err != nil {
		return idempotency.Revision{}, false, err
	}
	var updatedAt int64
	var revision idempotency.Revision
	err := s.read.QueryRowContext(ctx, s.statements.revision, key.Scope, key.ID).Scan(&updatedAt, &revision.Digest)
	if errors.Is(err, sql.ErrNoRows) {
		return idempotency.Revision{}, false, nil
	}
	if err != nil {
		return idempotency.Revision{}, false, failed("revision", key, err)
	}
	revision.UpdatedAt = time.UnixMicro(updatedAt).UTC()
	return revision, true, nil
}

// Revisions implements [idempotency.RevisionStore].
func (s *Store) Revisions(ctx context.Context, keys []idempotency.Key) (map[idempotency.Key]idempotency.Revision, error) {
	found := make(map[idempotency.Key]idempotency.Revision, len(keys))
	for _, key := range keys { // the file is in this process: a query per key costs no round trip
		revision, known, err := s.Revision(ctx, key)
		if err != nil {
			return nil, err
		}
		if known {
			found[key] = revision
		}
	}
	return found, nil
}

// ListRevisions implements [idempotency.RevisionLister].
func (s *Store) ListRevisions(ctx context.Context, scope, after string, limit int) ([]idempotency.KeyedRevision, error) {
	if err := idempotency.ValidateListRevisions(scope, limit); err != nil {
		return nil, err
	}
	var found []idempotency.KeyedRevision
	err := s.each(ctx, s.statements.listRevisions, []any{scope, after, limit}, func(rows *sql.Rows) error {
		each := idempotency.KeyedRevision{Key: idempotency.Key{Scope: scope}}
		var updatedAt int64
		if err := rows.Scan(&each.Key.ID, &updatedAt, &each.Revision.Digest); err != nil {
			return err
		}
		each.Revision.UpdatedAt = time.UnixMicro(updatedAt).UTC()
		found = append(found, each)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sqlite: list revisions of %s: %w", scope, err)
	}
	return found, nil
}

// PutRevision implements [idempotency.RevisionStore].
func (s *Store) PutRevision(ctx context.Context, key idempotency.Key, revision idempotency.Revision) (bool, error) {
	if err := idempotency.ValidateRevision(key, revision); err != nil {
		return false, err
	}
	revision = revision.Normal()
	changed, err := s.exec(ctx, s.statements.putRevision, key.Scope, key.ID, revision.UpdatedAt.UnixMicro(), revision.Digest)
	return changed == 1, failed("put revision", key, err)
}

// PutRevisions implements [idempotency.RevisionStore].
func (s *Store) PutRevisions(ctx context.Context, revisions []idempotency.KeyedRevision) ([]bool, error) {
	for _, each := range revisions {
		if err := idempotency.ValidateRevision(each.Key, each.Revision); err != nil {
			return nil, err
		}
	}
	stored := make([]bool, len(revisions))
	put := func(_ *sql.Tx, store *Store) error {
		for i, each := range revisions {
			var err error
			if stored[i], err = store.PutRevision(ctx, each.Key, each.Revision); err != nil {
				return err
			}
		}
		return nil
	}
	var err error
	switch {
	case len(revisions) == 0:
	case s.writer == nil:
		err = put(nil, s)
	default:
		err = s.InTx(ctx, put)
	}
	if err != nil {
		return nil, err
	}
	return stored, nil
}

// Cursor implements [idempotency.CursorStore].
func (s *Store) Cursor(ctx context.Context, name string) (string, error) {
	if err := idempotency.ValidateCursor(name, ""); err != nil {
		return "", err
	}
	var value []byte
	err := s.read.QueryRowContext(ctx, s.statements.cursor, name).Scan(&value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("sqlite: cursor %q: %w", name, err)
	}
	return string(value), nil
}

// PutCursor implements [idempotency.CursorStore].
func (s *Store) PutCursor(ctx context.Context, name, value string) error {
	if err := idempotency.ValidateCursor(name, value); err != nil {
		return err
	}
	if _, err := s.exec(ctx, s.statements.putCursor, name, []byte(value)); err != nil {
		return fmt.Errorf("sqlite: put cursor %q: %w", name, err)
	}
	return nil
}
