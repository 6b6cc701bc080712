// Package sqlite is an idempotency store in an SQLite file, for one machine. It needs no C compiler.
//
//	store, err := sqlite.Open(ctx, "retailsync.db")
//	defer store.Close()
//
// # Processes
//
// Any number of processes on one machine may open the same file; each claim goes to one of them. The file
// must be on a local disk: SQLite's locks do not work on network file systems. Use the postgres store for
// several machines.
//
// # Durability
//
// The file is in WAL mode with synchronous=FULL: what a call returned survives a crash of the process, of
// the system and a loss of power, as far as the disk keeps its word. Back up with VACUUM INTO or the
// sqlite3 tool's .backup, not by copying the file.
//
// # Transactions
//
// [Store.InTx] commits the caller's own rows in the same file together with a claim's completion.
//
// # Clock
//
// Leases use the clock of the process. A clock that is turned back makes leases longer, never shorter;
// one that is turned forward ends them early, and then the fencing token protects the record.
package sqlite
