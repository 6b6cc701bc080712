// Package sqlitefile opens the one file of a store on SQLite as a store needs it. It holds no driver: the modules that use it have the one of
// the name "sqlite".
package sqlitefile

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// readers is the number of connections that read beside the one that writes.
const readers = 4

// Problem says why a path is none of a file, and what to use instead of a store in memory; empty if it is one.
func Problem(path, inMemory string) string {
	switch {
	case path == "":
		return "is empty; name a file"
	case strings.Contains(path, ":memory:"), strings.HasPrefix(path, "file:"):
		return fmt.Sprintf("%q is not a file's path; use %s", path, inMemory)
	}
	return ""
}

// Create makes sure that the file is there and, if it is new, private: what is stored may be confidential.
func Create(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("the folder must exist and be writable: %w", err)
	}
	return file.Close()
}

// Open returns the connection that writes, in transactions that lock at once, and those that read. A connection waits for so long for a
// lock of another.
func Open(path string, wait time.Duration) (writer, reader *sql.DB, err error) {
	source, err := dataSource(path, wait)
	if err != nil {
		return nil, nil, err
	}
	if writer, err = sql.Open("sqlite", source+"&_txlock=immediate"); err != nil {
		return nil, nil, err
	}
	// SQLite lets one connection write at a time; more would only wait for each other.
	writer.SetMaxOpenConns(1)
	if reader, err = sql.Open("sqlite", source+"&_pragma=query_only(1)"); err != nil {
		return nil, nil, errors.Join(err, writer.Close())
	}
	reader.SetMaxOpenConns(readers)
	return writer, reader, nil
}

// dataSource is written out in full because the driver's defaults (no WAL, no waiting, deferred transactions) lose claims or fail under
// load.
func dataSource(path string, wait time.Duration) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	name := (&url.URL{Path: filepath.ToSlash(absolute)}).EscapedPath()
	pragmas := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", wait.Milliseconds()),
		"journal_mode(WAL)",
		"synchronous(FULL)",
		"foreign_keys(1)",
	}}
	return "file:" + name + "?" + pragmas.Encode(), nil
}
