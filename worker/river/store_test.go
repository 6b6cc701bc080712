package river_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/enginetest"
	"github.com/retailsync/retailsync/worker/ledgertest"
	"github.com/retailsync/retailsync/worker/river"
)

// logged reports what River complains of.
func logged(t testing.TB) []river.Option {
	return []river.Option{river.WithLogger(slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelError})))}
}

// testWriter logs to a test while it runs.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(line []byte) (int, error) {
	if w.t.Context().Err() == nil {
		w.t.Logf("%s", line)
	}
	return len(line), nil
}

func openSQLite(t testing.TB, path string, options ...river.Option) *river.Store {
	t.Helper()
	store, err := river.OpenSQLite(t.Context(), path, append(logged(t), options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func TestSQLiteLedger(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, func(t testing.TB) ledgertest.Harness {
		path := filepath.Join(t.TempDir(), "odd name?#%20.db")
		again := func() worker.Ledger { return openSQLite(t, path).Ledger() }
		// The first store stays open when it is "reopened": a crash says no farewell.
		return ledgertest.Harness{Ledger: openSQLite(t, path).Ledger(), Reopen: again, Another: again}
	})
}

func TestSQLiteEngine(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, func(t testing.TB) enginetest.Harness {
		path := filepath.Join(t.TempDir(), "worker.db")
		store := openSQLite(t, path)
		return enginetest.Harness{Engine: store.Engine(), Ledger: store.Ledger(), Another: func() (worker.Engine, worker.Ledger) {
			second := openSQLite(t, path)
			return second.Engine(), second.Ledger()
		}}
	})
}
