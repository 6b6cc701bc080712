package river

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/retailsync/retailsync/internal/sqlitefile"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/river/internal/ledger"
)

// busy is how long a connection waits for another that writes.
const busy = 10 * time.Second

// OpenSQLite opens the file at path, creates it (readable by its owner only) if it is not there, and brings its tables up to date. The
// folder must exist. Schema options do not count. Close the store at the end.
func OpenSQLite(ctx context.Context, path string, options ...Option) (*Store, error) {
	settings, err := newConfig(options)
	if err != nil {
		return nil, err
	}
	settings.schema = ""
	if problem := sqlitefile.Problem(path, "worker.NewMemory for a ledger in memory"); problem != "" {
		return nil, &worker.InvalidError{Field: "path", Reason: problem}
	}
	if err := sqlitefile.Create(path); err != nil {
		return nil, fmt.Errorf("river: %w", err)
	}
	writer, reader, err := sqlitefile.Open(path, busy)
	if err != nil {
		return nil, fmt.Errorf("river: open %s: %w", path, err)
	}
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
