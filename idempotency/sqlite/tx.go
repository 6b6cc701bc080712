package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

// InTx runs work in one transaction on the file and commits it if work returns nil. Store takes part in
// it, so that a claim's completion and the caller's own rows, written with tx, are there together or not
// at all. Use only store and tx inside work, not the outer store: it waits for the transaction to end.
func (s *Store) InTx(ctx context.Context, work func(tx *sql.Tx, store *Store) error) error {
	if s.writer == nil {
		return fmt.Errorf("sqlite: the store works in a transaction already")
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("sqlite: begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	if err := work(tx, s.WithTx(tx)); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("sqlite: commit: %w", err)
	}
	return nil
}

// WithTx returns a store whose calls are part of tx. The transaction must be on a connection to the same
// file, best one opened with _txlock=immediate: a deferred transaction fails when another process wrote
// since it began. The caller ends it; a claim only counts once it is committed.
func (s *Store) WithTx(tx *sql.Tx) *Store {
	return &Store{write: tx, read: tx, statements: s.statements, now: s.now}
}
