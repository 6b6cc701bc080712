package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// Database is the open tables. It is safe for concurrent use and by several processes.
type Database struct {
	db *sql.DB
	// schema is that in PostgreSQL, empty for SQLite.
	schema string
	now    func() time.Time
}

// OpenSQLite opens the file at path and creates it, readable by its owner only, if it is not there.
func OpenSQLite(ctx context.Context, path string) (*Database, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	db, err := OpenFile(path)
	if err != nil {
		return nil, err
	}
	return migrated(ctx, &Database{db: db, now: time.Now})
}

// OpenFile opens a SQLite file as several processes and connections need it: with a journal that lets them read while one writes, and waiting for each
// other.
func OpenFile(path string) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	options := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)"}, "_txlock": {"immediate"}}
	name := (&url.URL{Path: filepath.ToSlash(absolute)}).EscapedPath()
	db, err := sql.Open("sqlite", "file:"+name+"?"+options.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // SQLite has one writer
	return db, nil
}

// OpenPostgres uses a schema of the pool's database, which it creates if it is not there. The name must be lower-case letters, digits and
// underscores. The pool stays the caller's to close.
func OpenPostgres(ctx context.Context, pool *pgxpool.Pool, schema string) (*Database, error) {
	if !regexp.MustCompile(`^[a-z_][a-z0-9_]{0,50}$`).MatchString(schema) {
		return nil, fmt.Errorf("state: %q is no name of a schema", schema)
	}
	return migrated(ctx, &Database{db: stdlib.OpenDBFromPool(pool), schema: schema, now: time.Now})
}

// Close ends the connections.
func (d *Database) Close() error { return d.db.Close() }

// Ping says whether the database answers.
func (d *Database) Ping(ctx context.Context) error { return d.db.PingContext(ctx) }

var tables = []string{
	`CREATE TABLE IF NOT EXISTS {p}flow (
		channel TEXT NOT NULL, name TEXT NOT NULL, began BIGINT NOT NULL DEFAULT 0, succeeded BIGINT NOT NULL DEFAULT 0, failed BIGINT NOT NULL DEFAULT 0,
		result TEXT NOT NULL DEFAULT '', problem TEXT NOT NULL DEFAULT '', PRIMARY KEY (channel, name))`,
	`CREATE TABLE IF NOT EXISTS {p}journal (
		id TEXT PRIMARY KEY, at BIGINT NOT NULL, orderkey TEXT NOT NULL, subject TEXT NOT NULL, event TEXT NOT NULL)`,
	`CREATE INDEX IF NOT EXISTS journal_order ON {p}journal (orderkey, at)`,
	`CREATE INDEX IF NOT EXISTS journal_at ON {p}journal (at)`,
	`CREATE INDEX IF NOT EXISTS journal_subject ON {p}journal (subject, at)`,
	`CREATE TABLE IF NOT EXISTS {p}name (
		word TEXT NOT NULL, channel TEXT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, seen BIGINT NOT NULL,
		PRIMARY KEY (word, channel, account, id))`,
	`CREATE TABLE IF NOT EXISTS {p}drift (
		channel TEXT NOT NULL, sku TEXT NOT NULL, place TEXT NOT NULL, at BIGINT NOT NULL, shown TEXT NOT NULL, level TEXT NOT NULL,
		outcome TEXT NOT NULL, PRIMARY KEY (channel, sku, place, at))`,
	`CREATE INDEX IF NOT EXISTS drift_at ON {p}drift (at)`,
	`CREATE TABLE IF NOT EXISTS {p}stuck (
		channel TEXT NOT NULL, sku TEXT NOT NULL, place TEXT NOT NULL, at BIGINT NOT NULL, level TEXT NOT NULL, problem TEXT NOT NULL,
		PRIMARY KEY (channel, sku, place))`,
	`CREATE TABLE IF NOT EXISTS {p}exception (
		channel TEXT NOT NULL, settlement TEXT NOT NULL, entries TEXT NOT NULL, reason TEXT NOT NULL, number TEXT NOT NULL, currency TEXT NOT NULL,
		amount TEXT NOT NULL, difference TEXT NOT NULL, step TEXT NOT NULL, since BIGINT NOT NULL, seen BIGINT NOT NULL,
		PRIMARY KEY (channel, settlement, entries, reason))`,
	`CREATE TABLE IF NOT EXISTS {p}reading (
		survey TEXT NOT NULL, channel TEXT NOT NULL, at BIGINT NOT NULL, points TEXT NOT NULL, PRIMARY KEY (survey, channel))`,
	`CREATE TABLE IF NOT EXISTS {p}since (channel TEXT PRIMARY KEY, at BIGINT NOT NULL)`,
}

func migrated(ctx context.Context, d *Database) (*Database, error) {
	err := d.write(ctx, func(tx *sql.Tx) error {
		if d.schema != "" {
			// Processes that start together take turns.
			if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('retailsync hub', 0))`); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, d.sql(`CREATE SCHEMA IF NOT EXISTS {s}`)); err != nil {
				return err
			}
		}
		for _, statement := range tables {
			if _, err := tx.ExecContext(ctx, d.sql(statement)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("state: create the tables: %w", err), d.db.Close())
	}
	return d, nil
}

// sql fills the schema and the placeholders in.
func (d *Database) sql(text string) string {
	prefix := ""
	if d.schema != "" {
		prefix = d.schema + "."
		parts := strings.Split(text, "?")
		for i := 1; i < len(parts); i++ {
			parts[i] = "$" + strconv.Itoa(i) + parts[i]
		}
		text = strings.Join(parts, "")
	}
	return strings.NewReplacer("{p}", prefix, "{s}", d.schema).Replace(text)
}

func (d *Database) write(ctx context.Context, act func(tx *sql.Tx) error) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := act(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// each calls row for each row of a query.
func (d *Database) each(ctx context.Context, row func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := d.db.QueryContext(ctx, d.sql(query), args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // what went wrong is in Err
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// stamp is a time as the tables have it: microseconds since 1970, 0 for none.
func stamp(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

func unstamp(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.UnixMicro(at).UTC()
}
