package fake

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
)

// Platform is a returns platform in memory. It may be used from several goroutines.
type Platform struct {
	// Secret signs webhook deliveries. Change it before the platform is used only.
	Secret string

	channel canonical.Channel
	clock   func() time.Time

	mu      sync.Mutex
	returns map[string]*record
	changes int64
	last    time.Time
	labels  int
	faults  []*Fault
	calls   []Call
	effects []Effect
}

// record is a return and what the platform remembers about it.
type record struct {
	state canonical.Return
	// change is the position of its last change in the stream.
	change  int64
	corrupt bool
	// decided holds the references of decisions that were taken.
	decided map[string]bool
}

var (
	_ returns.Lister              = (*Platform)(nil)
	_ returns.Getter              = (*Platform)(nil)
	_ returns.Decider             = (*Platform)(nil)
	_ returns.Labeller            = (*Platform)(nil)
	_ returns.ReceiptReporter     = (*Platform)(nil)
	_ returns.InspectionReporter  = (*Platform)(nil)
	_ returns.Closer              = (*Platform)(nil)
	_ marketplace.WebhookReceiver = (*Platform)(nil)
)

// New returns a platform without returns. Its clock is the real one, cut to milliseconds; [Platform.SetClock] changes it.
func New(channel canonical.Channel) *Platform {
	return &Platform{channel: channel, clock: time.Now, Secret: "fake-webhook-secret", returns: map[string]*record{}}
}

// SetClock makes clock the source of all times. Each change is later than the one before, even if the clock stands.
func (p *Platform) SetClock(clock func() time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock = clock
}

// Channel implements [marketplace.Adapter].
func (p *Platform) Channel() canonical.Channel { return p.channel }

// Put adds a return, or replaces the one with its id. The platform fills the channel of the keys, the revision and, where they
// are empty, the approval (requested), the logistics (unsent) and the time of the request. It returns what it keeps.
func (p *Platform) Put(state canonical.Return) canonical.Return {
	p.mu.Lock()
	defer p.mu.Unlock()
	state = clone(state)
	state.Key.Channel = p.channel
	if state.Order.ID != "" && state.Order.Channel == (canonical.Channel{}) {
		state.Order.Channel = p.channel
	}
	if state.Approval == "" {
		state.Approval = canonical.ReturnRequested
	}
	if state.Logistics == "" {
		state.Logistics = canonical.ReturnUnsent
	}
	if state.RequestedAt.IsZero() {
		state.RequestedAt = p.clock().UTC().Truncate(time.Millisecond)
	}
	kept := &record{state: state, decided: map[string]bool{}}
	if before := p.returns[state.Key.ID]; before != nil {
		kept.decided = before.decided
	}
	p.returns[state.Key.ID] = kept
	p.stamp(kept)
	return clone(kept.state)
}

// Change lets edit change a return as its buyer or the platform's staff would; false if there is none with that id.
func (p *Platform) Change(id string, edit func(*canonical.Return)) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.returns[id]
	if kept == nil {
		return false
	}
	state := clone(kept.state)
	edit(&state)
	kept.state = state
	p.stamp(kept)
	return true
}

// Corrupt makes a return undecodable: it is listed with an error, and getting it is an error of [marketplace.CodeInvalid].
func (p *Platform) Corrupt(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if kept := p.returns[id]; kept != nil {
		kept.corrupt = true
		p.stamp(kept)
	}
}

// Return is a return as the platform has it, without a call; false if there is none.
func (p *Platform) Return(id string) (canonical.Return, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.returns[id]
	if kept == nil {
		return canonical.Return{}, false
	}
	return clone(kept.state), true
}

// stamp moves a return to the end of the stream of changes.
func (p *Platform) stamp(kept *record) {
	at := p.clock().UTC().Truncate(time.Millisecond)
	if !at.After(p.last) {
		at = p.last.Add(time.Millisecond)
	}
	p.last = at
	p.changes++
	kept.change = p.changes
	kept.state.Revision = canonical.Revision{UpdatedAt: at, Digest: kept.state.Digest()}
}

// sorted returns the returns in the order of their last change.
func (p *Platform) sorted() []*record {
	return slices.SortedFunc(maps.Values(p.returns), func(a, b *record) int { return int(a.change - b.change) })
}

// begin notes a call and fails it if a fault says so. It holds the lock; end gives it back.
func (p *Platform) begin(ctx context.Context, op Op, id string) (*Fault, error) {
	if err := ctx.Err(); err != nil {
		return nil, p.fail(marketplace.CodeUnavailable, op, "", "cancelled by the caller", err)
	}
	p.mu.Lock()
	p.calls = append(p.calls, Call{Op: op, ReturnID: id})
	fault := p.due(op, id)
	if fault != nil && !fault.After {
		p.mu.Unlock()
		return nil, p.fault(*fault, op, "nothing was done, as a test wants it")
	}
	return fault, nil
}

// end gives the lock back and loses the reply if a fault says so.
func (p *Platform) end(fault *Fault, op Op, err error) error {
	p.mu.Unlock()
	if fault != nil {
		return p.fault(*fault, op, "no answer, as a test wants it, so it is not known whether it was done: look before repeating")
	}
	return err
}

func (p *Platform) fault(fault Fault, op Op, message string) error {
	code := fault.Code
	switch {
	case code != "":
	case fault.After && op.writes():
		code = marketplace.CodeUnknown
	default:
		code = marketplace.CodeUnavailable
	}
	failure := p.fail(code, op, "", message, fault.Err)
	if code == marketplace.CodeRateLimited {
		failure.RetryAfter = time.Second
	}
	return failure
}

func (p *Platform) fail(code marketplace.Code, op Op, path, message string, cause error) *marketplace.Error {
	return &marketplace.Error{Code: code, Channel: p.channel, Op: string(op), Path: path, Message: message, Err: cause}
}

// errCorrupt is why a return cannot be decoded that a test has made so.
var errCorrupt = errors.New("is not a decimal number")

// find returns a return that a call names.
func (p *Platform) find(op Op, id string) (*record, error) {
	kept := p.returns[id]
	if kept == nil {
		return nil, p.fail(marketplace.CodeNotFound, op, "return", "there is no such return", nil)
	}
	return kept, nil
}

// clone copies a return, so that neither side changes the other's.
func clone(state canonical.Return) canonical.Return {
	state.Lines = slices.Clone(state.Lines)
	for i := range state.Lines {
		state.Lines[i].Received = slices.Clone(state.Lines[i].Received)
	}
	state.Exchange = slices.Clone(state.Exchange)
	for i := range state.Exchange {
		state.Exchange[i].Taxes = slices.Clone(state.Exchange[i].Taxes)
	}
	state.Parcels = slices.Clone(state.Parcels)
	state.Fees = slices.Clone(state.Fees)
	if state.Ext != nil {
		ext := make(map[string]json.RawMessage, len(state.Ext))
		for name, value := range state.Ext {
			ext[name] = slices.Clone(value)
		}
		state.Ext = ext
	}
	return state
}
