package worker

import "time"

// State is how far an event is.
type State string

// The states of an event. Every accepted event is in one of them; none vanishes.
const (
	StatePending   State = "pending"   // waits for its turn or its next try
	StateDone      State = "done"      // its handler has succeeded
	StateDead      State = "dead"      // a person must decide
	StateDiscarded State = "discarded" // a person has decided against it
)

// Record is an event in the ledger.
type Record struct {
	// Seq is the ledger's number of the event; per channel and key it grows in the order of acceptance.
	Seq int64
	Event
	State State
	// Attempts counts the failures that count against [Policy.MaxAttempts], Tries all ends of a handler without success.
	Attempts, Tries int
	// Due is when it may be tried at the earliest.
	Due time.Time
	// FailingSince is when the first of its tries failed; zero if none has.
	FailingSince time.Time
	// Problem is what its last try met; zero if there was none.
	Problem Problem
	// Blocks is set on a dead letter that holds up what is behind it on its key.
	Blocks bool
	// Touched is when it last moved: accepted, tried, submitted, decided on.
	Touched time.Time
}

// Problem is why an event is not done. It holds no secret and no personal data as far as they can be recognised.
type Problem struct {
	// Verdict is what may be done about it.
	Verdict Verdict
	// Text is the error's text.
	Text string
	// Runbook names the page that says what to do.
	Runbook string
}

// Receipt is the answer for one accepted event.
type Receipt struct {
	Seq int64
	// Duplicate is set when the event was accepted before; Seq is then the first one's.
	Duplicate bool
}

// Lease is the right to handle a channel's key. Its holder settles under Token.
type Lease struct {
	Channel, Key string
	// Token grows with every new owner of the key.
	Token int64
	// Until is when others may take the key over, unless it is extended.
	Until time.Time
}
