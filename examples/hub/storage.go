package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/idempotency/postgres"
	"github.com/retailsync/retailsync/idempotency/sqlite"
	"github.com/retailsync/retailsync/worker/river"
)

// storage is what outlives the process: the worker's ledger with River's tables, what the flows remember, and what the pages show.
type storage struct {
	ledger *river.Store
	store  interface {
		idempotency.Store
		idempotency.CursorStore
	}
	state *state.Database
	where string
	// file is the worker's SQLite file, pool the PostgreSQL instead of it with River's schema: River's own pages read there.
	file   string
	pool   *pgxpool.Pool
	schema string
	// closers end what was opened.
	closers []func() error
}

// openStorage opens PostgreSQL if the environment names it, else files in its folder, else files in a folder that is removed at the end.
func openStorage(ctx context.Context, e environment, log *slog.Logger) (*storage, error) {
	s := &storage{}
	var err error
	if e.postgres != "" {
		err = s.openPostgres(ctx, e, log)
	} else {
		err = s.openFiles(ctx, e.folder, log)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *storage) openFiles(ctx context.Context, folder string, log *slog.Logger) (err error) {
	s.where = "files in " + folder
	if folder == "" {
		if folder, err = os.MkdirTemp("", "retailsync-hub-"); err != nil {
			return err
		}
		s.where = "files that are removed at the end (set HUB_FOLDER or HUB_POSTGRES to keep them)"
		s.closers = append(s.closers, func() error { return os.RemoveAll(folder) })
	} else if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	s.file = filepath.Join(folder, "worker.db")
	if s.ledger, err = river.OpenSQLite(ctx, s.file, river.WithLogger(log)); err != nil {
		return err
	}
	s.closers = append(s.closers, s.ledger.Close)
	store, err := sqlite.Open(ctx, filepath.Join(folder, "store.db"))
	if err != nil {
		return err
	}
	s.store, s.closers = store, append(s.closers, store.Close)
	if s.state, err = state.OpenSQLite(ctx, filepath.Join(folder, "hub.db")); err != nil {
		return err
	}
	s.closers = append(s.closers, s.state.Close)
	return nil
}

func (s *storage) openPostgres(ctx context.Context, e environment, log *slog.Logger) error {
	s.where, s.schema = "PostgreSQL, schemas "+e.schema+"_…", e.schema+"_worker"
	pool, err := pgxpool.New(ctx, e.postgres)
	if err != nil {
		return err
	}
	s.pool = pool
	s.closers = append(s.closers, func() error { pool.Close(); return nil })
	if s.ledger, err = river.NewPostgres(pool, river.WithLogger(log), river.WithSchema(s.schema)); err != nil {
		return err
	}
	if err := s.ledger.Migrate(ctx); err != nil {
		return err
	}
	store, err := postgres.New(pool, postgres.WithSchema(e.schema+"_store"))
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx); err != nil {
		return err
	}
	s.store = store
	if s.state, err = state.OpenPostgres(ctx, pool, e.schema+"_hub"); err != nil {
		return err
	}
	s.closers = append(s.closers, s.state.Close)
	return nil
}

// close closes all, the last opened first.
func (s *storage) close() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	return errors.Join(errs...)
}
