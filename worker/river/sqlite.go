package river

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/river/internal/ledger"
)

// readers is the number of connections that read beside the one that writes.
const readers = 4

// OpenSQLite opens the file at path, creates it (readable by its owner only) if it is not there, and brings its tables up to date. The
// folder must exist. Schema options do not count. Close the store at the end.
func OpenSQLite(ctx context.Context, path string, options ...Option) (*Store, error) {
	settings, err := newConfig(options)
	if err != nil {
		return nil, err
	}
	settings.schema = ""
	if err := createFile(path); err != nil {
		return nil, err
	}
	source, err := dataSource(path)
	if err != nil {
		return nil, err
	}
	writer, err := sql.Open("sqlite", source+"&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("river: open %s: %w", path, err)
	}
	// SQLite lets one connection write at a time; more would only wait for each other.
	writer.SetMaxOpenConns(1)
	reader, err := sql.Open("sqlite", source+"&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("river: open %s: %w", path, err), writer.Close())
	}
	reader.SetMaxOpenConns(readers)
	store, err := newSQLite(writer, reader, settings)
	if err == nil {
		err = store.Migrate(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("river: open %s: %w", path, err), reader.Close(), writer.Close())
	}
	return store, nil
}

func newSQLite(writer, reader *sql.DB, settings config) (*Store, error) {
	book := ledger.SQLite(writer, reader)
	driver := func() riverdriver.Driver[*sql.Tx] { return riversqlite.New(writer) }
	engine, err := newEngine(driver, settings)
	if err != nil {
		return nil, err
	}
	return &Store{
		ledger: book, engine: engine,
		migrate: func(ctx context.Context) error {
			if err := book.MigrateSQLite(ctx); err != nil {
				return err
			}
			return migrateRiver(ctx, writer, driver())
		},
		close: func() error { return errors.Join(reader.Close(), writer.Close()) },
	}, nil
}

// migrateRiver runs in one immediate transaction, so that processes that start together take turns.
func migrateRiver(ctx context.Context, writer *sql.DB, driver riverdriver.Driver[*sql.Tx]) error {
	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		return err
	}
	tx, err := writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	//nolint:staticcheck // it is deprecated for PostgreSQL's enums; SQLite has no step that needs a transaction of its own
	if _, err := migrator.MigrateTx(ctx, tx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("bring River's tables up to date: %w", err)
	}
	return tx.Commit()
}

// createFile makes sure that the file is there and, if it is new, private: payloads may be confidential.
func createFile(path string) error {
	switch {
	case path == "":
		return &worker.InvalidError{Field: "path", Reason: "is empty; name a file"}
	case strings.Contains(path, ":memory:"), strings.HasPrefix(path, "file:"):
		return &worker.InvalidError{Field: "path", Reason: fmt.Sprintf("%q is not a file's path; use worker.NewMemory for a ledger in memory", path)}
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("river: the folder must exist and be writable: %w", err)
	}
	return file.Close()
}

// dataSource is written out in full because the driver's defaults (no WAL, no waiting, deferred transactions) fail under load.
func dataSource(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("river: %w", err)
	}
	name := (&url.URL{Path: filepath.ToSlash(absolute)}).EscapedPath()
	pragmas := url.Values{"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"}}
	return "file:" + name + "?" + pragmas.Encode(), nil
}
