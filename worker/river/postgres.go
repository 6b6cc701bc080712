package river

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/river/internal/ledger"
)

// NewPostgres returns the store in a schema of the pool's database. It does not connect; call [Store.Migrate] before the first use. The pool
// needs at least two connections and stays the caller's to close, after the worker has stopped.
func NewPostgres(pool *pgxpool.Pool, options ...Option) (*Store, error) {
	settings, err := newConfig(options)
	if err != nil {
		return nil, err
	}
	if pool == nil {
		return nil, &worker.InvalidError{Field: "pool", Reason: "is nil; open one with pgxpool.New"}
	}
	book := ledger.Postgres(pool, settings.schema)
	driver := func() riverdriver.Driver[pgx.Tx] { return riverpgxv5.New(pool) }
	engine, err := newEngine(driver, settings)
	if err != nil {
		return nil, err
	}
	return &Store{
		ledger: book, engine: engine,
		migrate: func(ctx context.Context) error {
			err := book.MigratePostgres(ctx, settings.schema)
			if err == nil {
				err = migrateRiverPostgres(ctx, pool, driver(), settings.schema)
			}
			if err != nil {
				return fmt.Errorf("river: migrate schema %s: %w", settings.schema, err)
			}
			return nil
		},
		close: func() error { return nil },
	}, nil
}

// migrateRiverPostgres brings River's tables up to date. Its steps cannot share a transaction, so a lock of the session makes processes take
// turns; it ends with its connection.
func migrateRiverPostgres(ctx context.Context, pool *pgxpool.Pool, driver riverdriver.Driver[pgx.Tx], schema string) error {
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Schema: schema})
	if err != nil {
		return err
	}
	return pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) (err error) {
		const name = "retailsync worker river "
		if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock(hashtextextended($1, 0))`, name+schema); err != nil {
			return err
		}
		defer func() {
			if _, unlock := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(hashtextextended($1, 0))`, name+schema); unlock != nil {
				err = errors.Join(err, unlock, conn.Conn().Close(context.WithoutCancel(ctx)))
			}
		}()
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
		return err
	})
}
