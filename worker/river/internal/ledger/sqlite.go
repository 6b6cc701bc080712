package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// SQLite returns the ledger in an SQLite file. Writer has one connection whose transactions are immediate; reader has others.
func SQLite(writer, reader *sql.DB) *Ledger {
	return newLedger(&sqliteDB{sqliteQuerier{reader}, writer}, dialect{
		prefix: "worker_", index: "worker_",
		now:   "CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)",
		token: "(SELECT value FROM worker_tokens)", bump: "UPDATE worker_tokens SET value = value + 1",
	})
}

// MigrateSQLite brings the file's tables up to date. It is safe to repeat, and for several processes at once.
func (l *Ledger) MigrateSQLite(ctx context.Context) error {
	steps := migrations(types{serial: "INTEGER PRIMARY KEY AUTOINCREMENT", text: "TEXT", blob: "BLOB", number: "INTEGER"})
	steps[0] = append(steps[0], `CREATE TABLE {p}tokens (value INTEGER NOT NULL)`, `INSERT INTO {p}tokens (value) VALUES (0)`)
	return l.db.inTx(ctx, func(tx querier, _ any) error {
		return l.migrate(ctx, tx, `CREATE TABLE IF NOT EXISTS {p}schema_version (version INTEGER NOT NULL)`, steps)
	})
}

type sqliteDB struct {
	sqliteQuerier
	writer *sql.DB
}

func (db *sqliteDB) inTx(ctx context.Context, work func(tx querier, handle any) error) error {
	tx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	if err := work(sqliteQuerier{tx}, tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// lockKeys has nothing to do: one transaction writes at a time.
func (db *sqliteDB) lockKeys(context.Context, querier, []string) error { return nil }

type sqliteQuerier struct {
	on interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
}

func (q sqliteQuerier) exec(ctx context.Context, statement string, args ...any) (int64, error) {
	result, err := q.on.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (q sqliteQuerier) query(ctx context.Context, statement string, args []any, scan func(row) error) (err error) {
	rows, err := q.on.QueryContext(ctx, statement, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
