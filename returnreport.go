package retailsync

import (
	"fmt"
	"sync"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/returns"
)

// ReturnOutcome is what became of one return in a run.
type ReturnOutcome string

// The outcomes of a return.
const (
	ReturnAdvanced  ReturnOutcome = "advanced"  // something was done, or would be in a dry run; more may be waited for
	ReturnWaiting   ReturnOutcome = "waiting"   // nothing could be done; see ReturnResult.Waits
	ReturnFinished  ReturnOutcome = "finished"  // goods and money are final
	ReturnUnchanged ReturnOutcome = "unchanged" // it was finished before
	ReturnFailed    ReturnOutcome = "failed"    // see Err; the next run tries again
)

var returnOutcomes = []ReturnOutcome{ReturnAdvanced, ReturnWaiting, ReturnFinished, ReturnUnchanged, ReturnFailed}

// ReturnResult is what became of one return, and why.
type ReturnResult struct {
	Return canonical.Key
	// Number is the platform's number of the return.
	Number string
	Order  canonical.Key
	// OdooID and OdooName are the sale order's, zero if Odoo has none.
	OdooID   int64
	OdooName string
	Outcome  ReturnOutcome
	// Done is what this run carried out, or what a dry run would carry out next.
	Done []returns.Effect
	// Waits are what the return waits for now.
	Waits []returns.Wait
	// Questions are those that a person has not answered.
	Questions []returns.Question
	// Refusals are why the request may not be approved as it stands.
	Refusals []*returns.Refusal
	// Err is set when the outcome is [ReturnFailed]; it is a [*ReturnError].
	Err error
}

// ReturnError says at which step a return failed. Its text holds no personal data and no secrets.
type ReturnError struct {
	Return canonical.Key
	// Step is what was being done: "read", or the kind of an effect.
	Step string
	// Err is the cause: a [*returns.Refusal], a [*canonical.ValidationError], a [*mapping.UnmappedError], a
	// [*marketplace.Error], an [*odoo.Error], an error of package stock or account, and so on.
	Err error
}

// Error implements error.
func (e *ReturnError) Error() string {
	return fmt.Sprintf("return %s: %s: %v", e.Return, e.Step, e.Err)
}

// Unwrap returns the cause.
func (e *ReturnError) Unwrap() error { return e.Err }

// ReturnReport sums up a run over returns. It is complete when the run has returned.
type ReturnReport struct {
	// DryRun is set when nothing was written.
	DryRun bool
	// Started and Took are the time of the run, UTC.
	Started time.Time
	Took    time.Duration

	mu     sync.Mutex
	counts map[ReturnOutcome]int
	failed []ReturnResult
}

// Count returns how many returns had the outcome.
func (r *ReturnReport) Count(outcome ReturnOutcome) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts[outcome]
}

// Failed returns the returns that failed, at most the first 10,000 of a run.
func (r *ReturnReport) Failed() []ReturnResult {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]ReturnResult(nil), r.failed...)
}

// String is one line for a log: "3 returns: 2 advanced, 1 waiting".
func (r *ReturnReport) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := sumUp(r.counts, returnOutcomes, "return", "returns")
	if r.DryRun {
		text += " (dry run)"
	}
	return text
}

// add counts a result and hands it on.
func (r *ReturnReport) add(result ReturnResult, then func(ReturnResult)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts == nil {
		r.counts = map[ReturnOutcome]int{}
	}
	r.counts[result.Outcome]++
	if result.Outcome == ReturnFailed && len(r.failed) < maxFailures {
		r.failed = append(r.failed, result)
	}
	if then != nil {
		then(result)
	}
}

func (r *ReturnReport) end(started time.Time) {
	r.Started, r.Took = started.UTC(), time.Since(started)
}
