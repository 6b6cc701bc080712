// Package idempotency lets an effect happen once although its caller may crash, be retried or
// run twice at the same time.
//
// A caller claims a [Key] in a [Store] before the effect and completes the claim after it. The
// claim is a lease with a fencing token: it ends when its owner stops renewing it, and a write with
// an old token is refused. A claim that was taken over from an owner that vanished is Recovered,
// not new: its holder must look for the effect before it acts. [Do] puts this into one call.
//
// The in-memory store of this package is for tests and single runs. SQLite and PostgreSQL stores
// are modules of their own below it. [idempotencytest.Run] proves a store; run it on your own.
//
// [idempotencytest.Run]: https://pkg.go.dev/github.com/retailsync/retailsync/idempotency/idempotencytest#Run
package idempotency
