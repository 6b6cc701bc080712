package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/retailsync/retailsync/idempotency"
)

// Store is an [idempotency.Store], [idempotency.RevisionStore] and [idempotency.CursorStore] in a
// PostgreSQL schema. It is safe for use by several goroutines, unless it works in a transaction.
type Store struct {
	db         database
	schema     string
	statements statements
}

// database is what a pool and a transaction have in common.
type database interface {
	Begin(ctx context.Context) (pgx.Tx, error)
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

var (
	_ idempotency.Store          = (*Store)(nil)
	_ idempotency.RevisionLister = (*Store)(nil)
	_ idempotency.CursorStore    = (*Store)(nil)
)

// New returns the store in a schema of the pool's database. It does not connect; call [Store.Migrate]
// before the first use. The pool stays the caller's to close.
func New(pool *pgxpool.Pool, options ...Option) (*Store, error) {
	settings, err := newConfig(options)
	if err != nil {
		return nil, err
	}
	if pool == nil {
		return nil, &idempotency.InvalidError{Field: "pool", Reason: "is nil; open one with pgxpool.New"}
	}
	return &Store{db: pool, schema: settings.schema, statements: newStatements(settings.schema)}, nil
}

// WithTx returns a store whose calls are part of tx. The caller commits or rolls it back; a claim only
// counts once it is committed. Like tx it is for one goroutine at a time.
func (s *Store) WithTx(tx pgx.Tx) *Store {
	return &Store{db: tx, schema: s.schema, statements: s.statements}
}

// Acquire implements [idempotency.Store].
func (s *Store) Acquire(ctx context.Context, key idempotency.Key, fingerprint idempotency.Fingerprint, lease time.Duration) (idempotency.Claim, idempotency.Record, idempotency.Outcome, error) {
	var none idempotency.Claim
	if err := idempotency.ValidateAcquire(key, lease); err != nil {
		return none, idempotency.Record{}, "", err
	}
	for {
		record, _, err := scan(key, s.db.QueryRow(ctx, s.statements.claim, key.Scope, key.ID, string(fingerprint), lease.Microseconds()))
		if err == nil {
			outcome := idempotency.Recovered
			if record.Attempt == 1 {
				outcome = idempotency.Acquired
			}
			return record.Claim(), record, outcome, nil
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return none, idempotency.Record{}, "", failed("claim", key, err)
		}
		record, now, err := scan(key, s.db.QueryRow(ctx, s.statements.get, key.Scope, key.ID))
		if errors.Is(err, pgx.ErrNoRows) {
			continue // pruned since
		}
		if err != nil {
			return none, idempotency.Record{}, "", failed("claim", key, err)
		}
		outcome, err := record.Answer(fingerprint, now)
		if outcome == idempotency.Recovered {
			continue // given back since
		}
		return none, record, outcome, err
	}
}

// Extend implements [idempotency.Store].
func (s *Store) Extend(ctx context.Context, claim idempotency.Claim, lease time.Duration) (idempotency.Claim, error) {
	if err := idempotency.ValidateLease(lease); err != nil {
		return idempotency.Claim{}, err
	}
	until, err := s.change(ctx, claim, "", nil, s.statements.extend, lease.Microseconds())
	if err != nil {
		return idempotency.Claim{}, err
	}
	claim.LeaseUntil = until
	return claim, nil
}

// Checkpoint implements [idempotency.Store].
func (s *Store) Checkpoint(ctx context.Context, claim idempotency.Claim, name string, data []byte) error {
	if err := idempotency.ValidateCheckpoint(name, data); err != nil {
		return err
	}
	_, err := s.change(ctx, claim, "", nil, s.statements.checkpoint, name, data)
	return err
}

// Complete implements [idempotency.Store].
func (s *Store) Complete(ctx context.Context, claim idempotency.Claim, result []byte, retention time.Duration) error {
	return s.settle(ctx, claim, idempotency.StateCompleted, result, retention)
}

// Fail implements [idempotency.Store].
func (s *Store) Fail(ctx context.Context, claim idempotency.Claim, result []byte, retention time.Duration) error {
	return s.settle(ctx, claim, idempotency.StateFailed, result, retention)
}

// Abandon implements [idempotency.Store].
func (s *Store) Abandon(ctx context.Context, claim idempotency.Claim, reason []byte) error {
	return s.settle(ctx, claim, idempotency.StateIndeterminate, reason, 0)
}

// Release implements [idempotency.Store].
func (s *Store) Release(ctx context.Context, claim idempotency.Claim) error {
	_, err := s.change(ctx, claim, idempotency.StateReleased, nil, s.statements.release)
	return err
}

// Resolve implements [idempotency.Store].
func (s *Store) Resolve(ctx context.Context, key idempotency.Key, state idempotency.State, result []byte, retention time.Duration) error {
	if err := idempotency.ValidateResolve(key, state, result, retention); err != nil {
		return err
	}
	if state == idempotency.StateReleased {
		result, retention = nil, 0
	}
	var leaseUntil time.Time
	err := s.db.QueryRow(ctx, s.statements.resolve, key.Scope, key.ID, string(state), result, microseconds(retention)).Scan(&leaseUntil)
	if !errors.Is(err, pgx.ErrNoRows) {
		return failed("resolve", key, err)
	}
	record, err := s.Get(ctx, key)
	if err != nil {
		return err
	}
	if record.State == state && bytes.Equal(record.Result, result) {
		return nil
	}
	return idempotency.Conflict(key, record, idempotency.ErrNotIndeterminate)
}

// Get implements [idempotency.Store].
func (s *Store) Get(ctx context.Context, key idempotency.Key) (idempotency.Record, error) {
	if err := key.Validate(); err != nil {
		return idempotency.Record{}, err
	}
	record, _, err := scan(key, s.db.QueryRow(ctx, s.statements.get, key.Scope, key.ID))
	if errors.Is(err, pgx.ErrNoRows) {
		err = idempotency.ErrNotFound
	}
	return record, failed("get", key, err)
}

// Prune implements [idempotency.Store]. Several may prune at once; they skip each other's rows.
func (s *Store) Prune(ctx context.Context, limit int) (int, error) {
	if limit < 1 {
		return 0, nil
	}
	tag, err := s.db.Exec(ctx, s.statements.prune, limit)
	if err != nil {
		return 0, fmt.Errorf("postgres: prune: %w", explain(err))
	}
	return int(tag.RowsAffected()), nil
}

func (s *Store) settle(ctx context.Context, claim idempotency.Claim, state idempotency.State, result []byte, retention time.Duration) error {
	if err := idempotency.ValidateResult(result, retention); err != nil {
		return err
	}
	_, err := s.change(ctx, claim, state, result, s.statements.settle, string(state), result, microseconds(retention))
	return err
}

// change runs a guarded write. If it changes nothing, the write may be the repetition of one that led to
// the target state already; else the lease is lost.
func (s *Store) change(ctx context.Context, claim idempotency.Claim, target idempotency.State, result []byte, statement string, args ...any) (time.Time, error) {
	key := claim.Key
	if err := key.Validate(); err != nil {
		return time.Time{}, err
	}
	var leaseUntil time.Time
	guard := []any{key.Scope, key.ID, claim.Token}
	err := s.db.QueryRow(ctx, statement, append(guard, args...)...).Scan(&leaseUntil)
	if !errors.Is(err, pgx.ErrNoRows) {
		return leaseUntil.UTC(), failed("write", key, err)
	}
	record, err := s.Get(ctx, key)
	switch {
	case errors.Is(err, idempotency.ErrNotFound):
		return time.Time{}, idempotency.Conflict(key, idempotency.Record{}, idempotency.ErrLeaseLost)
	case err != nil:
		return time.Time{}, err
	case record.Token == claim.Token && record.State == target && bytes.Equal(record.Result, result):
		return record.LeaseUntil, nil
	}
	return time.Time{}, idempotency.Conflict(key, record, idempotency.ErrLeaseLost)
}

func scan(key idempotency.Key, row pgx.Row) (idempotency.Record, time.Time, error) {
	record := idempotency.Record{Key: key}
	var expiresAt *time.Time
	var now time.Time
	if err := row.Scan(&record.Fingerprint, &record.State, &record.Token, &record.Attempt, &record.Checkpoint,
		&record.Data, &record.Result, &record.LeaseUntil, &record.FirstAt, &record.UpdatedAt, &expiresAt, &now); err != nil {
		return idempotency.Record{}, time.Time{}, err
	}
	record.LeaseUntil, record.FirstAt, record.UpdatedAt = record.LeaseUntil.UTC(), record.FirstAt.UTC(), record.UpdatedAt.UTC()
	if expiresAt != nil {
		record.ExpiresAt = expiresAt.UTC()
	}
	return record, now, nil
}

// microseconds returns nil for a retention of 0, which makes the column null: never.
func microseconds(retention time.Duration) *int64 {
	if retention == 0 {
		return nil
	}
	micro := retention.Microseconds()
	return &micro
}

func failed(call string, key idempotency.Key, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("postgres: %s %q: %w", call, key.String(), explain(err))
}

// explain adds the way out where there is a usual one.
func explain(err error) error {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Code {
	case "42P01", "3F000": // undefined table or schema
		return fmt.Errorf("%w: call Migrate first, with the same schema", err)
	case "42501": // insufficient privilege
		return fmt.Errorf("%w: grant SELECT, INSERT, UPDATE and DELETE on the tables and USAGE on the schema", err)
	}
	return err
}
