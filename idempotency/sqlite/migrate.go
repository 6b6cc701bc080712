package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// migrations bring a file from version i to i+1. A released one is never changed. {p} is the prefix.
func migrations() []string {
	return []string{`
		CREATE TABLE {p}claims (
			scope       TEXT    NOT NULL,
			id          TEXT    NOT NULL,
			fingerprint TEXT    NOT NULL,
			state       TEXT    NOT NULL CHECK (state IN ('in_flight', 'released', 'completed', 'failed', 'indeterminate')),
			token       INTEGER NOT NULL,
			attempt     INTEGER NOT NULL,
			checkpoint  TEXT    NOT NULL DEFAULT '',
			data        BLOB,
			result      BLOB,
			lease_until INTEGER NOT NULL, -- all times: microseconds since 1970, UTC
			first_at    INTEGER NOT NULL,
			updated_at  INTEGER NOT NULL,
			expires_at  INTEGER,
			PRIMARY KEY (scope, id)
		) STRICT, WITHOUT ROWID;
		CREATE INDEX {p}claims_expiry ON {p}claims (expires_at) WHERE expires_at IS NOT NULL;
		CREATE INDEX {p}claims_open ON {p}claims (updated_at) WHERE state IN ('in_flight', 'released', 'indeterminate');
		CREATE TABLE {p}revisions (
			scope      TEXT    NOT NULL,
			id         TEXT    NOT NULL,
			updated_at INTEGER NOT NULL,
			digest     TEXT    NOT NULL,
			PRIMARY KEY (scope, id)
		) STRICT, WITHOUT ROWID;
		CREATE TABLE {p}cursors (
			name  TEXT NOT NULL PRIMARY KEY,
			value BLOB NOT NULL
		) STRICT, WITHOUT ROWID;
	`}
}

// migrate runs in one immediate transaction, so that processes that start together take turns. The
// version is in a table and not in user_version: the file may also hold the caller's tables.
func migrate(ctx context.Context, db *sql.DB, prefix string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("it cannot be locked for writing; is it on a local disk, and an SQLite file? %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	fill := func(statement string) string { return strings.ReplaceAll(statement, "{p}", prefix) }
	if _, err := tx.ExecContext(ctx, fill(`CREATE TABLE IF NOT EXISTS {p}schema (version INTEGER NOT NULL) STRICT`)); err != nil {
		return fmt.Errorf("create the tables: %w", err)
	}
	version, steps := 0, migrations()
	if err := tx.QueryRowContext(ctx, fill(`SELECT coalesce(max(version), 0) FROM {p}schema`)).Scan(&version); err != nil {
		return fmt.Errorf("read the tables' version: %w", err)
	}
	switch {
	case version > len(steps):
		return fmt.Errorf("its tables are of version %d, this program knows version %d: upgrade the program", version, len(steps))
	case version == len(steps):
		return tx.Rollback()
	}
	for _, step := range steps[version:] {
		if _, err := tx.ExecContext(ctx, fill(step)); err != nil {
			return fmt.Errorf("bring the tables up to date: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, fill(`INSERT INTO {p}schema (version) VALUES (?)`), len(steps)); err != nil {
		return fmt.Errorf("bring the tables up to date: %w", err)
	}
	return tx.Commit()
}
