// Package ledger is the worker.Ledger in SQL, on SQLite and on PostgreSQL. The statements are the same; where the two differ, a dialect
// says how. Times are microseconds since 1970, UTC, by the database's clock.
package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/retailsync/retailsync/worker"
)

// Ledger implements [worker.Ledger]. It is safe for concurrent use, and several processes may use the same tables.
type Ledger struct {
	db      database
	dialect dialect
	text    statements
}

var (
	_ worker.Ledger = (*Ledger)(nil)
	_ worker.Eraser = (*Ledger)(nil)
)

// database is what SQLite and PostgreSQL have in common.
type database interface {
	querier
	// inTx runs work in a transaction that can write. Handle is the driver's own transaction.
	inTx(ctx context.Context, work func(tx querier, handle any) error) error
	// lockKeys makes transactions that accept events of the same keys take turns, so that their order of commit is that of their numbers.
	lockKeys(ctx context.Context, tx querier, keys []string) error
}

// querier runs statements.
type querier interface {
	exec(ctx context.Context, statement string, args ...any) (changed int64, err error)
	// query calls scan for each row.
	query(ctx context.Context, statement string, args []any, scan func(row) error) error
}

type row interface{ Scan(into ...any) error }

func newLedger(db database, d dialect) *Ledger {
	return &Ledger{db: db, dialect: d, text: newStatements(d)}
}

func instant(micro int64) time.Time {
	if micro == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micro).UTC()
}

func failed(call string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("ledger: %s: %w", call, err)
}
