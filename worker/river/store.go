package river

import (
	"context"

	"github.com/retailsync/retailsync/worker"
)

// Store is one database with the ledger and River's tables. It is safe for concurrent use.
type Store struct {
	ledger  worker.Ledger
	engine  worker.TxEngine
	migrate func(ctx context.Context) error
	close   func() error
}

// Ledger returns the ledger.
func (s *Store) Ledger() worker.Ledger { return s.ledger }

// Engine returns the engine; it takes part in the ledger's transactions.
func (s *Store) Engine() worker.TxEngine { return s.engine }

// Migrate creates the tables or brings them up to date. It is safe to repeat and for several processes at once. OpenSQLite has done it already.
func (s *Store) Migrate(ctx context.Context) error { return s.migrate(ctx) }

// Close closes the file of a store that [OpenSQLite] opened; stop the worker before. The pool of [NewPostgres] is the caller's to close.
func (s *Store) Close() error { return s.close() }
