package fake

import (
	"slices"

	"github.com/retailsync/retailsync/marketplace"
)

// Op is a call to the platform.
type Op string

// The calls.
const (
	List    Op = "list returns"
	Get     Op = "get return"
	Approve Op = "approve return"
	Decline Op = "decline return"
	Label   Op = "issue label"
	Receive Op = "report received"
	Inspect Op = "report inspected"
	Close   Op = "close return"
	Webhook Op = "receive webhook"
)

func (o Op) writes() bool { return o != List && o != Get && o != Webhook }

// Fault is a failure that a test wants. The zero Fault fails the next call before anything is done.
type Fault struct {
	// Op and ReturnID say which calls fail; empty means any.
	Op       Op
	ReturnID string
	// After: the call is carried out and its reply is lost.
	After bool
	// Skip lets so many matching calls pass first.
	Skip int
	// Times is how many calls fail; 0 means one, a negative number all from then on.
	Times int
	// Code is the error's code. If empty it is [marketplace.CodeUnknown] for a write with After, else
	// [marketplace.CodeUnavailable].
	Code marketplace.Code
	// Err is the error's cause, for tests that look for it.
	Err error
}

// Call is a call that the platform has seen.
type Call struct {
	Op       Op
	ReturnID string
}

// Effect is a change that a call has made. A call that repeats another makes none.
type Effect struct {
	Op        Op
	ReturnID  string
	Reference string
	// Request is what was asked: a returns.Decision, LabelRequest, Receipt, Inspection or Closing.
	Request any
}

// Inject adds a fault. Several are tried in the order in which they were added.
func (p *Platform) Inject(fault Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if fault.Times == 0 {
		fault.Times = 1
	}
	p.faults = append(p.faults, &fault)
}

// Heal removes all faults.
func (p *Platform) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = nil
}

// Calls returns all calls so far, also those that failed.
func (p *Platform) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// Effects returns all changes that calls have made so far, in their order; those of one return if id is not empty.
func (p *Platform) Effects(id string) []Effect {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := []Effect{}
	for _, effect := range p.effects {
		if id == "" || effect.ReturnID == id {
			found = append(found, effect)
		}
	}
	return found
}

// due returns the fault that is due for a call, if any, and counts it. The lock is held.
func (p *Platform) due(op Op, id string) *Fault {
	for _, fault := range p.faults {
		if fault.Op != "" && fault.Op != op || fault.ReturnID != "" && fault.ReturnID != id || fault.Times == 0 {
			continue
		}
		if fault.Skip > 0 {
			fault.Skip--
			continue
		}
		if fault.Times > 0 {
			fault.Times--
		}
		return fault
	}
	return nil
}

func (p *Platform) effect(op Op, id, reference string, request any) {
	p.effects = append(p.effects, Effect{Op: op, ReturnID: id, Reference: reference, Request: request})
}
