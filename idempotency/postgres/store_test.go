package postgres_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/idempotency/postgres"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	var invalid *idempotency.InvalidError
	for _, schema := range []string{"", "Upper", "a.b", `x"; DROP TABLE y; --`, "pg_toast", "1st", strings.Repeat("x", 64)} {
		if _, err := postgres.New(nil, postgres.WithSchema(schema)); !errors.As(err, &invalid) || invalid.Field != "schema" {
			t.Errorf("schema %q: error %v", schema, err)
		}
	}
	if _, err := postgres.New(nil); !errors.As(err, &invalid) || invalid.Field != "pool" {
		t.Errorf("no pool: error %v", err)
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	pool := newPool(t)
	schema := newSchema(t, pool)
	store, err := postgres.New(pool, postgres.WithSchema(schema))
	if err != nil {
		t.Fatal(err)
	}
	key := idempotency.Key{Scope: "test", ID: "1"}
	if _, err := store.Get(t.Context(), key); err == nil || !strings.Contains(err.Error(), "call Migrate first") {
		t.Fatalf("before Migrate: %v", err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := store.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if _, err := store.Get(t.Context(), key); !errors.Is(err, idempotency.ErrNotFound) {
		t.Fatalf("after Migrate: %v", err)
	}
	if _, err := pool.Exec(t.Context(), "INSERT INTO "+schema+".schema_version VALUES (99)"); err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "upgrade the program") {
		t.Fatalf("a newer schema: %v, want a refusal", err)
	}
}

func TestWithTxCommitsTogether(t *testing.T) {
	t.Parallel()
	pool := newPool(t)
	schema, ctx := newSchema(t, pool), t.Context()
	store := newStore(t, pool, schema)
	key := idempotency.Key{Scope: "test", ID: "1"}
	claim, _, _, err := store.Acquire(ctx, key, "", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, commit := range []bool{false, true} {
		tx, err := pool.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(ctx, "CREATE TABLE "+schema+".mine (id text)"); err != nil {
			t.Fatal(err)
		}
		if err := store.WithTx(tx).Complete(ctx, claim, []byte("7"), 0); err != nil {
			t.Fatal(err)
		}
		end := tx.Rollback
		if commit {
			end = tx.Commit
		}
		if err := end(ctx); err != nil {
			t.Fatal(err)
		}
		record, err := store.Get(ctx, key)
		if err != nil || (record.State == idempotency.StateCompleted) != commit {
			t.Fatalf("state %s, %v after commit %t", record.State, err, commit)
		}
	}
}
