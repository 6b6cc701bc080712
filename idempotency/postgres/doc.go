// Package postgres is an idempotency store in PostgreSQL (13 or later), for services that run on several
// machines.
//
//	store, err := postgres.New(pool)
//	err = store.Migrate(ctx)
//
// # Clock
//
// Leases and expiry use the database server's clock; the clocks of the machines do not matter.
//
// # Transactions
//
// [Store.WithTx] takes part in a pgx transaction, so that a claim's completion commits with the caller's
// own rows. While a transaction has claimed or settled a key, other claims of that key wait for its end:
// keep it short.
//
// # Durability
//
// The store relies on synchronous_commit=on, the server's default. After a failover to an asynchronous
// replica the newest claims may be missing.
//
// # Rights
//
// Migrate needs CREATE on the database (for the schema) or on the schema; afterwards SELECT, INSERT,
// UPDATE and DELETE on the tables are enough. A PgBouncer in transaction mode works when pgx is set to
// pgx.QueryExecModeExec.
package postgres
