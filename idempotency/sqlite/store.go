package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/retailsync/retailsync/idempotency"
)

// Store is an [idempotency.Store], [idempotency.RevisionStore] and [idempotency.CursorStore] in an SQLite
// file. It is safe for use by several goroutines, and the file by several processes.
type Store struct {
	write, read    querier
	writer, reader *sql.DB // nil in a store that works in a transaction
	statements     statements
	now            func() time.Time
}

type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

var (
	_ idempotency.Store          = (*Store)(nil)
	_ idempotency.RevisionLister = (*Store)(nil)
	_ idempotency.CursorStore    = (*Store)(nil)
)

// Acquire implements [idempotency.Store].
func (s *Store) Acquire(ctx context.Context, key idempotency.Key, fingerprint idempotency.Fingerprint, lease time.Duration) (idempotency.Claim, idempotency.Record, idempotency.Outcome, error) {
	var none idempotency.Claim
	if err := idempotency.ValidateAcquire(key, lease); err != nil {
		return none, idempotency.Record{}, "", err
	}
	for {
		now := s.clock()
		record, err := scan(key, s.write.QueryRowContext(ctx, s.statements.claim,
			key.Scope, key.ID, string(fingerprint), now.UnixMicro(), now.Add(lease).UnixMicro()))
		if err == nil {
			outcome := idempotency.Recovered
			if record.Attempt == 1 {
				outcome = idempotency.Acquired
			}
			return record.Claim(), record, outcome, nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return none, idempotency.Record{}, "", failed("claim", key, err)
		}
		record, err = scan(key, s.write.QueryRowContext(ctx, s.statements.get, key.Scope, key.ID))
		if errors.Is(err, sql.ErrNoRows) {
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
	now := s.clock()
	until := now.Add(lease)
	if err := s.change(ctx, claim, now, "", nil, s.statements.extend, until.UnixMicro()); err != nil {
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
	return s.change(ctx, claim, s.clock(), "", nil, s.statements.checkpoint, name, data)
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
	return s.change(ctx, claim, s.clock(), idempotency.StateReleased, nil, s.statements.release)
}

// Resolve implements [idempotency.Store].
func (s *Store) Resolve(ctx context.Context, key idempotency.Key, state idempotency.State, result []byte, retention time.Duration) error {
	if err := idempotency.ValidateResolve(key, state, result, retention); err != nil {
		return err
	}
	if state == idempotency.StateReleased {
		result, retention = nil, 0
	}
	now := s.clock()
	changed, err := s.exec(ctx, s.statements.resolve, key.Scope, key.ID, now.UnixMicro(), string(state), result, expiry(now, retention))
	if err != nil || changed == 1 {
		return failed("resolve", key, err)
	}
	record, err := s.record(ctx, s.write, key)
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
	return s.record(ctx, s.read, key)
}

// Prune implements [idempotency.Store]. Other writers wait meanwhile: use limits of some thousands.
func (s *Store) Prune(ctx context.Context, limit int) (int, error) {
	if limit < 1 {
		return 0, nil
	}
	pruned, err := s.exec(ctx, s.statements.prune, s.clock().UnixMicro(), limit)
	if err != nil {
		return 0, fmt.Errorf("sqlite: prune: %w", err)
	}
	return int(pruned), nil
}

// Close closes the file. Claims that are held stay until their leases end. In a store from [Store.WithTx]
// it does nothing.
func (s *Store) Close() error {
	if s.writer == nil {
		return nil
	}
	return errors.Join(s.reader.Close(), s.writer.Close())
}

func (s *Store) settle(ctx context.Context, claim idempotency.Claim, state idempotency.State, result []byte, retention time.Duration) error {
	if err := idempotency.ValidateResult(result, retention); err != nil {
		return err
	}
	now := s.clock()
	return s.change(ctx, claim, now, state, result, s.statements.settle, string(state), result, expiry(now, retention))
}

// change runs a guarded write. If it changes nothing, the write may be the repetition of one that led to
// the target state already; else the lease is lost.
func (s *Store) change(ctx context.Context, claim idempotency.Claim, now time.Time, target idempotency.State, result []byte, statement string, args ...any) error {
	key := claim.Key
	if err := key.Validate(); err != nil {
		return err
	}
	guard := []any{key.Scope, key.ID, claim.Token, now.UnixMicro()}
	changed, err := s.exec(ctx, statement, append(guard, args...)...)
	if err != nil || changed == 1 {
		return failed("write", key, err)
	}
	record, err := s.record(ctx, s.write, key)
	switch {
	case errors.Is(err, idempotency.ErrNotFound):
		return idempotency.Conflict(key, idempotency.Record{}, idempotency.ErrLeaseLost)
	case err != nil:
		return err
	case record.Token == claim.Token && record.State == target && bytes.Equal(record.Result, result):
		return nil
	}
	return idempotency.Conflict(key, record, idempotency.ErrLeaseLost)
}

func (s *Store) record(ctx context.Context, from querier, key idempotency.Key) (idempotency.Record, error) {
	record, err := scan(key, from.QueryRowContext(ctx, s.statements.get, key.Scope, key.ID))
	if errors.Is(err, sql.ErrNoRows) {
		err = idempotency.ErrNotFound
	}
	return record, failed("get", key, err)
}

func (s *Store) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	result, err := s.write.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s *Store) clock() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

func scan(key idempotency.Key, row *sql.Row) (idempotency.Record, error) {
	record := idempotency.Record{Key: key}
	var leaseUntil, firstAt, updatedAt int64
	var expiresAt sql.NullInt64
	if err := row.Scan(&record.Fingerprint, &record.State, &record.Token, &record.Attempt, &record.Checkpoint,
		&record.Data, &record.Result, &leaseUntil, &firstAt, &updatedAt, &expiresAt); err != nil {
		return idempotency.Record{}, err
	}
	record.LeaseUntil, record.FirstAt, record.UpdatedAt = instant(leaseUntil), instant(firstAt), instant(updatedAt)
	if expiresAt.Valid {
		record.ExpiresAt = instant(expiresAt.Int64)
	}
	return record, nil
}

func instant(micro int64) time.Time { return time.UnixMicro(micro).UTC() }

func expiry(now time.Time, retention time.Duration) sql.NullInt64 {
	return sql.NullInt64{Int64: now.Add(retention).UnixMicro(), Valid: retention > 0}
}

func failed(call string, key idempotency.Key, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("sqlite: %s %q: %w", call, key.String(), err)
}
