// Package worker runs the flows durably, "middleware mode": what a webhook, a poll, a schedule or any queue hands in is kept
// until it is done, in order per key, through crashes, repeats and outages.
//
//	w, err := worker.New(ledger, engine, worker.Channel{Name: "woocommerce/main"})
//	w.Handle("order", func(ctx context.Context, d worker.Delivery) error {
//		report, err := connector.ImportOrder(ctx, shop, []string{d.Event.Key})
//		...
//	}, worker.Policy{})
//	err = w.Start(ctx)
//	receipts, err := w.Ingest(ctx, worker.Event{Source: "shop/webhook", ID: "d-17", Channel: "woocommerce/main", Kind: "order", Key: "1001", Class: worker.Orders})
//
// # The ledger is the truth, the engine is only the clock
//
// A [Ledger] holds the inbox, leases, dead letters, pauses and the audit trail. An [Engine] holds tasks, which are wake-ups: it
// decides when something runs, and how many at once. [Worker.Ingest] commits an event, its audit row and its task
// together where the engine can take part in the ledger's transaction ([TxEngine]), and submits the task after the
// commit otherwise. A task that an engine loses is submitted again by the sweeper, so no event is lost with it; a task that comes
// twice finds its event done.
//
// [NewMemory] and [NewMemoryEngine] are both in memory: for tests and tiny uses, not durable. worker/river, a module of its own, has
// both on SQLite and on PostgreSQL. [ledgertest] and [enginetest] prove others.
//
// # Order, leases and tokens
//
// Events of one channel and key are handled one after the other in the order in which they were accepted. Whoever handles them holds
// the key's lease, which is renewed meanwhile and ends with its owner. Its token grows with each owner; a settlement under an older
// one is refused with [ErrLeaseLost]. A key that is busy is tried again shortly, which costs no attempt.
//
// A handler may run twice for one event: after a crash between its effect and the settlement, and when it outlives its
// lease. All flows of this module are safe to repeat; a handler of your own must look for its effect before it acts.
//
// # Failures
//
// [Judge] says from an error what may be done: retry, wait, look, give up, ask a person. What is down is waited for and burns no
// attempt; see [Policy]. An event that cannot be done becomes a dead letter, which is kept until a person decides with
// [Worker.Replay] or [Worker.Discard]; [Worker.Explain] says what is wrong. Until then the events behind it on its key wait or
// pass, as [Policy.OnDead] says.
//
// # Isolation
//
// A channel has a queue for each [Class], with workers of its own, and a breaker: when a channel's events fail one after the
// other because something is down, only its queues pause, and probes find out when it is back.
//
// [ledgertest]: https://pkg.go.dev/github.com/retailsync/retailsync/worker/ledgertest
// [enginetest]: https://pkg.go.dev/github.com/retailsync/retailsync/worker/enginetest
package worker
