package sqlite_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/idempotency/sqlite"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	text := filepath.Join(folder, "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]struct {
		path   string
		option sqlite.Option
	}{
		"no path":      {path: ""},
		"memory":       {path: ":memory:"},
		"DSN":          {path: "file:x.db?mode=memory"},
		"no folder":    {path: filepath.Join(folder, "none", "store.db")},
		"not a file":   {path: folder},
		"not SQLite":   {path: text},
		"prefix":       {path: filepath.Join(folder, "a.db"), option: sqlite.WithTablePrefix("x; DROP TABLE y")},
		"busy timeout": {path: filepath.Join(folder, "b.db"), option: sqlite.WithBusyTimeout(0)},
	} {
		var options []sqlite.Option
		if try.option != nil {
			options = append(options, try.option)
		}
		if store, err := sqlite.Open(t.Context(), try.path, options...); err == nil {
			t.Errorf("%s: opened", name)
			_ = store.Close()
		}
	}
}

func TestOpenSetsTheFileUp(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store.db")
	store := open(t, path)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v, want 0600", info.Mode(), err)
	}
	err = store.InTx(t.Context(), func(tx *sql.Tx, _ *sqlite.Store) error {
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
			var got string
			if err := tx.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s is %q, %v, want %q", pragma, got, err, want)
			}
		}
		_, err := tx.ExecContext(t.Context(), "INSERT INTO idempotency_schema (version) VALUES (99)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "upgrade the program") {
		t.Fatalf("a newer file: %v, want a refusal", err)
	}
	open(t, path, sqlite.WithTablePrefix("other_")) // has a version of its own
}

func TestInTxCommitsTogether(t *testing.T) {
	t.Parallel()
	store, ctx := open(t, filepath.Join(t.TempDir(), "store.db")), t.Context()
	key := idempotency.Key{Scope: "test", ID: "1"}
	claim, _, _, err := store.Acquire(ctx, key, "", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	rollback := errors.New("roll back")
	for _, want := range []error{rollback, nil} {
		err := store.InTx(ctx, func(tx *sql.Tx, store *sqlite.Store) error {
			if _, err := tx.ExecContext(ctx, "CREATE TABLE mine (id TEXT) STRICT"); err != nil {
				return err
			}
			if err := store.Complete(ctx, claim, []byte("7"), 0); err != nil {
				return err
			}
			return want
		})
		if !errors.Is(err, want) {
			t.Fatalf("error %v, want %v", err, want)
		}
		record, err := store.Get(ctx, key)
		if err != nil || (record.State == idempotency.StateCompleted) != (want == nil) {
			t.Fatalf("state %s, %v after %v", record.State, err, want)
		}
	}
}
