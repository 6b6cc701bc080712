package postgres_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/idempotency/idempotencytest"
	"github.com/retailsync/retailsync/idempotency/postgres"
	"github.com/retailsync/retailsync/internal/peer"
)

func newPool(t testing.TB) *pgxpool.Pool {
	t.Helper()
	settings, err := pgxpool.ParseConfig(peer.PostgresURL(t))
	if err != nil {
		t.Fatal("the peer's address cannot be parsed")
	}
	settings.MaxConns = 3 // the server is shared, and tests run in parallel
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
	schema := "idempotency_test_" + strings.ToLower(rand.Text())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if _, err := pool.Exec(ctx, "DROP SCHEMA IF EXISTS "+schema+" CASCADE"); err != nil {
			t.Error(err)
		}
	})
	return schema
}

func newStore(t testing.TB, pool *pgxpool.Pool, schema string) *postgres.Store {
	t.Helper()
	store, err := postgres.New(pool, postgres.WithSchema(schema))
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}

func newHarness(t testing.TB) idempotencytest.Harness {
	pool := newPool(t)
	schema := newSchema(t, pool)
	reopen := func() idempotency.Store { return newStore(t, newPool(t), schema) }
	return idempotencytest.Harness{Store: newStore(t, pool, schema), Reopen: reopen, Another: reopen}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	idempotencytest.Run(t, newHarness)
}

func BenchmarkStore(b *testing.B) { idempotencytest.RunBenchmarks(b, newHarness) }
