package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/retailsync/retailsync/idempotency"
)

// readers is the number of connections that read beside the one that writes.
const readers = 4

// Open opens the file at path, creates it (readable by its owner only) if it is not there, and brings its
// tables up to date. The folder must exist. A path is a file's path, not a DSN, and not ":memory:": use
// [idempotency.NewMemory] for that. Close the store at the end.
func Open(ctx context.Context, path string, options ...Option) (*Store, error) {
	settings, err := newConfig(options)
	if err != nil {
		return nil, err
	}
	if err := createFile(path); err != nil {
		return nil, err
	}
	source, err := dataSource(path, settings)
	if err != nil {
		return nil, err
	}
	writer, err := sql.Open("sqlite", source+"&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", path, err)
	}
	// SQLite lets one connection write at a time; more would only wait for each other.
	writer.SetMaxOpenConns(1)
	if err := migrate(ctx, writer, settings.prefix); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: open %s: %w", path, err), writer.Close())
	}
	reader, err := sql.Open("sqlite", source+"&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: open %s: %w", path, err), writer.Close())
	}
	reader.SetMaxOpenConns(readers)
	return &Store{
		write: writer, read: reader, writer: writer, reader: reader,
		statements: newStatements(settings.prefix), now: settings.now,
	}, nil
}

// createFile makes sure that the file is there and, if it is new, private: results may be confidential.
func createFile(path string) error {
	switch {
	case path == "":
		return &idempotency.InvalidError{Field: "path", Reason: "is empty; name a file"}
	case strings.Contains(path, ":memory:"), strings.HasPrefix(path, "file:"):
		return &idempotency.InvalidError{Field: "path", Reason: fmt.Sprintf("%q is not a file's path; use idempotency.NewMemory for a store in memory", path)}
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("sqlite: the folder must exist and be writable: %w", err)
	}
	return file.Close()
}

// dataSource is written out in full because the driver's defaults (no WAL, no waiting, deferred
// transactions) lose claims or fail under load.
func dataSource(path string, settings config) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("sqlite: %w", err)
	}
	name := (&url.URL{Path: filepath.ToSlash(absolute)}).EscapedPath()
	pragmas := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", settings.busy.Milliseconds()),
		"journal_mode(WAL)",
		"synchronous(FULL)",
		"foreign_keys(1)",
	}}
	return "file:" + name + "?" + pragmas.Encode(), nil
}
