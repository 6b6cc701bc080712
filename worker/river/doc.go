// Package river is the engine of package worker on River, with the ledger in the same database: on SQLite (one file, one machine,
// nothing to install) or on PostgreSQL (any number of machines). An event, its audit row and its River job are one transaction.
//
//	store, err := river.OpenSQLite(ctx, "worker.db")
//	defer store.Close()
//	w, err := worker.New(store.Ledger(), store.Engine(), channels)
//
//	store, err := river.NewPostgres(pool)
//	err = store.Migrate(ctx)
//
// # What River does here
//
// River fetches jobs, limits each queue, snoozes, rescues the jobs of processes that died, elects the leader that runs schedules and the
// sweeper. A job is a wake-up for one event; two that wait for the same event are one. What is true about an event is in the ledger, in tables beside
// River's. A job is cancelled after 45 s and rescued after 60 s; jobs are never discarded, and dead letters are the ledger's
// and are never deleted.
//
// # SQLite
//
// The file is in WAL mode with synchronous=FULL and must be on a local disk. Several processes of one machine may open it. What
// a call returned survives a crash of the process, of the system and a loss of power, as far as the disk keeps its word. River's
// support of SQLite is young; the ledger and its sweeper make up for a job that it would lose. Back up with VACUUM INTO.
//
// # PostgreSQL
//
// 13 or later. All tables are in one schema, "retailsync_worker" unless told. Migrate needs CREATE on the database or the schema; afterwards
// USAGE on the schema and its sequences, and SELECT, INSERT, UPDATE and DELETE on its tables are enough. Leases go by the server's clock.
// The pool needs a connection per few workers, and one for notifications.
//
// # Versions
//
// Processes of different versions may run at once during a rolling restart. All modules of River must have one version.
package river
