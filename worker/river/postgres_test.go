package river_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/enginetest"
	"github.com/retailsync/retailsync/worker/ledgertest"
	"github.com/retailsync/retailsync/worker/river"
)

func newPool(t testing.TB, conns int32) *pgxpool.Pool {
	t.Helper()
	settings, err := pgxpool.ParseConfig(peer.PostgresURL(t))
	if err != nil {
		t.Fatal("the peer's address cannot be parsed")
	}
	settings.MaxConns = conns // the server is shared
	pool, err := pgxpool.NewWithConfig(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// newSchema returns the name of a schema that is dropped at the end.
func newSchema(t testing.TB, pool *pgxpool.Pool) string {
	t.Helper()
	schema := "worker_test_" + strings.ToLower(rand.Text()[:16])
	dropSchema(t, pool, schema)
	return schema
}

// dropSchema drops a schema at the end.
func dropSchema(t testing.TB, pool *pgxpool.Pool, schema string) {
	t.Helper()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if _, err := pool.Exec(ctx, "DROP SCHEMA IF EXISTS "+schema+" CASCADE"); err != nil {
			t.Error(err)
		}
	})
}

func openPostgres(t testing.TB, pool *pgxpool.Pool, schema string, options ...river.Option) *river.Store {
	t.Helper()
	store, err := river.NewPostgres(pool, append(append(logged(t), options...), river.WithSchema(schema))...)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}

// crowd bounds the tests that use the server at once: it is shared, and each takes connections.
var crowd = make(chan struct{}, 3)

func enter(t testing.TB) {
	crowd <- struct{}{}
	t.Cleanup(func() { <-crowd })
}

func TestPostgresLedger(t *testing.T) {
	t.Parallel()
	peer.PostgresURL(t)
	ledgertest.Run(t, func(t testing.TB) ledgertest.Harness {
		enter(t)
		pool := newPool(t, 3)
		schema := newSchema(t, pool)
		first := openPostgres(t, pool, schema).Ledger()
		again := func() worker.Ledger { return openPostgres(t, pool, schema).Ledger() }
		return ledgertest.Harness{Ledger: first, Reopen: again, Another: func() worker.Ledger { return openPostgres(t, newPool(t, 3), schema).Ledger() }}
	})
}

func TestPostgresEngine(t *testing.T) {
	t.Parallel()
	peer.PostgresURL(t)
	enginetest.Run(t, func(t testing.TB) enginetest.Harness {
		enter(t)
		pool := newPool(t, 8)
		schema := newSchema(t, pool)
		store := openPostgres(t, pool, schema)
		return enginetest.Harness{Engine: store.Engine(), Ledger: store.Ledger(), Another: func() (worker.Engine, worker.Ledger) {
			second := openPostgres(t, newPool(t, 8), schema)
			return second.Engine(), second.Ledger()
		}}
	})
}
