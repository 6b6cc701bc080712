package worker

import (
	"context"
	"time"
)

// Ledger is what is true about events. Implementations are safe for concurrent use and, where they are durable, by several
// processes; times are the ledger's own clock's. Each method is one transaction. [Worker] checks arguments before it calls.
type Ledger interface {
	Inbox
	Letters
	Gates
	Trail
}

// Within runs inside the ledger's transaction, which commits only if it returns nil. The type of tx is the ledger's affair.
type Within func(ctx context.Context, tx any, tasks []Task) error

// Inbox accepts events and hands them out, in order per key.
type Inbox interface {
	// Accept writes what is new of the events, an audit entry for each, and calls within, if it is not nil, with the tasks of the new
	// ones. One receipt per event, in their order. A repeat, also within the call, is a duplicate; it changes nothing.
	Accept(ctx context.Context, events []Event, within Within) ([]Receipt, error)
	// Take leases the task's key to owner and returns the first event of the key that is not settled, or says why not.
	Take(ctx context.Context, task Task, owner string, lease time.Duration) (Hold, error)
	// Settle records what became of an event under the lease. Where the settlement asks for more and the key's next event may
	// be handled, it is returned and the lease goes on; else the lease is given back. [ErrLeaseLost] if the lease is not the
	// newest of its key: nothing is written then. Like Extend it may be called after the lease's end if nobody took the key over.
	Settle(ctx context.Context, lease Lease, settlement Settlement) (next *Record, err error)
	// Extend moves the lease's end to now + by; [ErrLeaseLost] as with Settle.
	Extend(ctx context.Context, lease Lease, by time.Duration) (Lease, error)
	// Release gives the lease back; one that is not the newest is left alone.
	Release(ctx context.Context, lease Lease) error
	// Sweep calls within with the tasks of up to limit pending events that are due and have not moved for the time of quiet, and marks
	// them as moved. Keys that are leased, events behind a dead letter that blocks and paused channels are left out.
	Sweep(ctx context.Context, quiet time.Duration, limit int, within Within) ([]Task, error)
	// Backlog counts the pending and dead events per channel and class, ordered by both.
	Backlog(ctx context.Context) ([]Backlog, error)
	// Prune deletes up to limit events that were done or discarded longer ago than keep. Their repeats would then be new events. Their entries
	// in the audit trail stay, without what errors said: nothing would lead to it any more when it is to be erased.
	Prune(ctx context.Context, keep time.Duration, limit int) (int, error)
}

// Hold is what came of taking a key.
type Hold struct {
	Status HoldStatus
	// Lease and Record are set with [Held].
	Lease  Lease
	Record Record
	// Wait is how long to wait, with [Busy], [Early] and [Paused]; 0 if that is not known.
	Wait time.Duration
}

// HoldStatus is whether a key could be taken.
type HoldStatus string

// The ways in which taking a key ends.
const (
	Held    HoldStatus = "held"    // it is leased, the record is to be handled
	Settled HoldStatus = "settled" // the task's event is not pending: the task is finished
	Blocked HoldStatus = "blocked" // a dead letter is before it: the decision about that wakes it
	Busy    HoldStatus = "busy"    // another owner has the key
	Early   HoldStatus = "early"   // the first event of the key waits for its next try
	Paused  HoldStatus = "paused"  // the channel is
)

// Settlement is what became of a try.
type Settlement struct {
	Seq int64
	// State is [StateDone], [StatePending] for another try after After, or [StateDead].
	State State
	After time.Duration
	// Counted says that the try counts as an attempt.
	Counted bool
	// Clean says that the try counts not at all: it was stopped, or never began.
	Clean   bool
	Problem Problem
	// Blocks is whether a dead letter holds up its key.
	Blocks bool
	// By is who settles: the worker.
	By string
	// More asks for the key's next event.
	More bool
}

// Backlog is what waits in a queue.
type Backlog struct {
	Channel       string
	Class         Class
	Pending, Dead int
	// Oldest is when the oldest pending event was received; zero if there is none.
	Oldest time.Time
}

// Letters finds events and carries out a person's decisions about them.
type Letters interface {
	// Find returns the events that fit, by Seq.
	Find(ctx context.Context, filter Filter) ([]Record, error)
	// Replay makes the events that fit pending and new, with an audit entry each, and calls within with their tasks.
	Replay(ctx context.Context, filter Filter, decision Decision, within Within) ([]Record, error)
	// Discard ends the dead letters that fit, with an audit entry each, and calls within with the tasks that wake what they held up.
	Discard(ctx context.Context, filter Filter, decision Decision, within Within) ([]Record, error)
}

// Filter chooses events. Its parts are joined by "and"; an empty one means any.
type Filter struct {
	Seqs               []int64
	Channel, Kind, Key string
	Source             string
	Class              Class
	States             []State
	Verdict            Verdict
	ReceivedFrom       time.Time // inclusive
	ReceivedUntil      time.Time // exclusive
	// TouchedUntil leaves out what has moved since; exclusive.
	TouchedUntil time.Time
	// Holding leaves out what has nothing left that [Eraser] would forget: no payload, no problem's text, and in the audit trail no reason but those
	// of erasing.
	Holding  bool
	AfterSeq int64 // to go on after a page
	Limit    int   // 0 means [MaxPage]
}

// MaxPage is the largest page of events and audit entries.
const MaxPage = 1000

// Decision is who decides and why; both are kept.
type Decision struct{ By, Reason string }

// Gates are the pauses of channels.
type Gates interface {
	// Pause holds a channel's events back, with an audit entry. One with the same cause replaces it. For is how long, 0 without end.
	Pause(ctx context.Context, channel string, cause PauseCause, decision Decision, lasting time.Duration) error
	// Resume ends the pause of that cause, with an audit entry; false if there was none.
	Resume(ctx context.Context, channel string, cause PauseCause, decision Decision) (bool, error)
	// Pauses returns those that have not ended, ordered by channel and cause.
	Pauses(ctx context.Context) ([]Pause, error)
}

// PauseCause is what paused a channel: each ends only its own pause.
type PauseCause string

// The causes of pauses.
const (
	ByPerson  PauseCause = "person"
	ByBreaker PauseCause = "breaker"
)

// Pause says that a channel's events are held back.
type Pause struct {
	Channel string
	Cause   PauseCause
	Decision
	Since time.Time
	// Until is zero for a pause without end.
	Until time.Time
}

// Trail is the audit trail: who or what did what, when and why.
type Trail interface {
	// Audit returns the entries that fit, by ID.
	Audit(ctx context.Context, filter AuditFilter) ([]Entry, error)
}

// Entry is a line of the audit trail.
type Entry struct {
	ID int64
	At time.Time
	// By is a person as they call themselves, or the worker's process.
	By     string
	Action Action
	// Seq is the event's, 0 if it is about a channel.
	Seq          int64
	Channel, Key string
	// Reason is why, in one line, without secrets and personal data as far as they can be recognised.
	Reason string
}

// Action is what was done.
type Action string

// The actions of the audit trail.
const (
	ActionAccepted  Action = "accepted"
	ActionDone      Action = "done"
	ActionRetried   Action = "retried" // a try failed, another follows
	ActionDied      Action = "died"
	ActionReplayed  Action = "replayed"
	ActionDiscarded Action = "discarded"
	ActionPaused    Action = "paused"
	ActionResumed   Action = "resumed"
	ActionErased    Action = "erased" // what it held was forgotten
)

// AuditFilter chooses entries. An empty part means any.
type AuditFilter struct {
	Seq          int64
	Channel, Key string
	AfterID      int64
	Limit        int // 0 means [MaxPage]
}
