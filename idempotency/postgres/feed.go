package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/retailsync/retailsync/idempotency"
)

// Revision implements [idempotency.RevisionStore].
func (s *Store) Revision(ctx context.Context, key idempotency.Key) (idempotency.Revision, bool, error) {
	found, err := s.Revisions(ctx, []idempotency.Key{key})
	revision, known := found[key]
	return revision, known, err
}

// Revisions implements [idempotency.RevisionStore].
func (s *Store) Revisions(ctx context.Context, keys []idempotency.Key) (map[idempotency.Key]idempotency.Revision, error) {
	found := make(map[idempotency.Key]idempotency.Revision, len(keys))
	if len(keys) == 0 {
		return found, nil
	}
	scopes, ids := make([]string, len(keys)), make([]string, len(keys))
	for i, key := range keys {
		if err := key.Validate(); err != nil {
			return nil, err
		}
		scopes[i], ids[i] = key.Scope, key.ID
	}
	rows, err := s.db.Query(ctx, s.statements.revisions, scopes, ids)
	if err != nil {
		return nil, fmt.Errorf("postgres: revisions: %w", explain(err))
	}
	var key idempotency.Key
	var revision idempotency.Revision
	if _, err := pgx.ForEachRow(rows, []any{&key.Scope, &key.ID, &revision.UpdatedAt, &revision.Digest}, func() error {
		found[key] = revision.Normal()
		return nil
	}); err != nil {
		return nil, fmt.Errorf("postgres: revisions: %w", explain(err))
	}
	return found, nil
}

// ListRevisions implements [idempotency.RevisionLister].
func (s *Store) ListRevisions(ctx context.Context, scope, after string, limit int) ([]idempotency.KeyedRevision, error) {
	if err := idempotency.ValidateListRevisions(scope, limit); err != nil {
		return nil, err
	}
	rows, err := s.db.Query(ctx, s.statements.listRevisions, scope, after, limit)
	if err != nil {
		return nil, fmt.Errorf("postgres: list revisions: %w", explain(err))
	}
	var found []idempotency.KeyedRevision
	each := idempotency.KeyedRevision{Key: idempotency.Key{Scope: scope}}
	if _, err := pgx.ForEachRow(rows, []any{&each.Key.ID, &each.Revision.UpdatedAt, &each.Revision.Digest}, func() error {
		found = append(found, idempotency.KeyedRevision{Key: each.Key, Revision: each.Revision.Normal()})
		return nil
	}); err != nil {
		return nil, fmt.Errorf("postgres: list revisions: %w", explain(err))
	}
	return found, nil
}

// PutRevision implements [idempotency.RevisionStore].
func (s *Store) PutRevision(ctx context.Context, key idempotency.Key, revision idempotency.Revision) (bool, error) {
	stored, err := s.PutRevisions(ctx, []idempotency.KeyedRevision{{Key: key, Revision: revision}})
	return err == nil && stored[0], err
}

// PutRevisions implements [idempotency.RevisionStore].
func (s *Store) PutRevisions(ctx context.Context, revisions []idempotency.KeyedRevision) ([]bool, error) {
	stored := make([]bool, len(revisions))
	if len(revisions) == 0 {
		return stored, nil
	}
	order := make([]int, len(revisions))
	for i, each := range revisions {
		if err := idempotency.ValidateRevision(each.Key, each.Revision); err != nil {
			return nil, err
		}
		order[i] = i
	}
	// Rows are locked in one order everywhere, so that batches wait for each other but never deadlock.
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(revisions[a].Key.Scope, revisions[b].Key.Scope), cmp.Compare(revisions[a].Key.ID, revisions[b].Key.ID))
	})
	batch := &pgx.Batch{}
	for _, i := range order {
		each := revisions[i]
		batch.Queue(s.statements.putRevision, each.Key.Scope, each.Key.ID, each.Revision.Normal().UpdatedAt, each.Revision.Digest)
	}
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		results := tx.SendBatch(ctx, batch)
		for _, i := range order {
			tag, err := results.Exec()
			if err != nil {
				return errors.Join(err, results.Close())
			}
			stored[i] = tag.RowsAffected() == 1
		}
		return results.Close()
	})
	if err != nil {
		return nil, fmt.Errorf("postgres: put revisions: %w", explain(err))
	}
	return stored, nil
}

// Cursor implements [idempotency.CursorStore].
func (s *Store) Cursor(ctx context.Context, name string) (string, error) {
	if err := idempotency.ValidateCursor(name, ""); err != nil {
		return "", err
	}
	var value []byte
	err := s.db.QueryRow(ctx, s.statements.cursor, name).Scan(&value)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("postgres: cursor %q: %w", name, explain(err))
	}
	return string(value), nil
}

// PutCursor implements [idempotency.CursorStore].
func (s *Store) PutCursor(ctx context.Context, name, value string) error {
	if err := idempotency.ValidateCursor(name, value); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, s.statements.putCursor, name, []byte(value)); err != nil {
		return fmt.Errorf("postgres: put cursor %q: %w", name, explain(err))
	}
	return nil
}
