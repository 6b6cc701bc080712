package sqlite

import (
	"context"
	"errors"
	"fmt"

	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/sqlitefile"
)

// Open opens the file at path, creates it (readable by its owner only) if it is not there, and brings its
// tables up to date. The folder must exist. A path is a file's path, not a DSN, and not ":memory:": use
// [idempotency.NewMemory] for that. Close the store at the end.
func Open(ctx context.Context, path string, options ...Option) (*Store, error) {
	settings, err := newConfig(options)
	if err != nil {
		return nil, err
	}
	if problem := sqlitefile.Problem(path, "idempotency.NewMemory for a store in memory"); problem != "" {
		return nil, &idempotency.InvalidError{Field: "path", Reason: problem}
	}
	if err := sqlitefile.Create(path); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	writer, reader, err := sqlitefile.Open(path, settings.busy)
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	if err := migrate(ctx, writer, settings.prefix); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: open %s: %w", path, err), reader.Close(), writer.Close())
	}
	return &Store{
		write: writer, read: reader, writer: writer, reader: reader,
		statements: newStatements(settings.prefix), now: settings.now,
	}, nil
}
