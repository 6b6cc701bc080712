package worker

import (
	"context"
	"time"
)

// Engine runs tasks. It owns polling, retry timing, limits per queue, periodic work and who leads; what is to be done it does
// not know. All methods are safe for concurrent use.
type Engine interface {
	// Submit takes tasks in. It may drop one that is equal to another that still waits, also for its next time after a snooze; it may run one
	// more than once. One that is equal to another that runs is run too, beside it or after it, also where the other's process died: what runs
	// may have looked before there was anything to do.
	Submit(ctx context.Context, tasks ...Task) error
	// Pause stops a queue in all processes, Resume lets it go on. Running tasks end. Both are safe to repeat, and a queue that is
	// not known (yet) is no error.
	Pause(ctx context.Context, queue string) error
	Resume(ctx context.Context, queue string) error
	// Start works until Stop. It returns when the engine runs.
	Start(ctx context.Context, work Work) error
	// Stop takes no new tasks and waits for those that run; when ctx ends, their contexts are cancelled and Stop returns when they have
	// ended or after a few seconds. What was not done is done by the next process that starts.
	Stop(ctx context.Context) error
}

// TxEngine is an engine that can take tasks in within a transaction of the ledger, so that both are there or neither.
type TxEngine interface {
	Engine
	// SubmitTx is Submit as part of tx, whose type only ledger and engine know. [ErrForeignTx] if it is not theirs.
	SubmitTx(ctx context.Context, tx any, tasks ...Task) error
}

// Work is what an engine runs.
type Work struct {
	// Queues are the queues of this process with the number of tasks that it runs at once.
	Queues []Queue
	// Perform handles a task. Nil means that the task is finished, a [*Snooze] that it has to come again, after the time it says;
	// any other error that it has to come again as the engine sees fit, without end.
	Perform func(ctx context.Context, task Task) error
	// Periodic are run by one process at a time, where the engine has a leader.
	Periodic []Periodic
	// Timeout bounds a run of Perform; the engine cancels its context then.
	Timeout time.Duration
}

// Queue is a queue and how many of its tasks one process runs at once.
type Queue struct {
	Name    string
	Workers int
}

// Periodic is work that comes again and again. Run may be left out or come twice: it is safe to repeat and catches up.
type Periodic struct {
	Name string
	Spec Spec
	Run  func(ctx context.Context) error
}
