package retailsync

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/retailsync/retailsync/canonical"
)

// Outcome is what became of one order.
type Outcome string

// The outcomes of an order. In a dry run they say what would become of it.
const (
	Created   Outcome = "created"   // inserted into Odoo (and confirmed, unless the rules hold it)
	Confirmed Outcome = "confirmed" // was there as a quotation, now confirmed
	Updated   Outcome = "updated"   // a later edit was applied
	Cancelled Outcome = "cancelled" // cancelled in Odoo
	Held      Outcome = "held"      // in Odoo as a quotation, waits for a decision
	Unchanged Outcome = "unchanged" // nothing to do
	Skipped   Outcome = "skipped"   // the rules leave it out (not paid yet, cancelled before import)
	Failed    Outcome = "failed"    // see Err
)

var outcomes = []Outcome{Created, Confirmed, Updated, Cancelled, Held, Unchanged, Skipped, Failed}

// OrderResult is what became of one order, and why.
type OrderResult struct {
	Order canonical.Key
	// Number is the order's number at the channel.
	Number  string
	Outcome Outcome
	// OdooID and OdooName are the sale order's database id and name, zero while there is none.
	OdooID   int64
	OdooName string
	// Changes lists, for updated orders, what changed, without personal data.
	Changes []string
	// Err is set when the outcome is [Failed]; it is an [*OrderError].
	Err error
}

// Report sums up a run. It is complete when the run has returned.
type Report struct {
	// DryRun is set when nothing was written.
	DryRun bool
	// Started and Took are the time of the run, UTC.
	Started time.Time
	Took    time.Duration
	// Cursor is the channel's position after the last page whose orders were all handled.
	Cursor string

	mu      sync.Mutex
	counts  map[Outcome]int
	failed  []OrderResult
	dropped int
}

// maxFailures bounds the failures that a report keeps, so that a run of any size stays in bounded memory.
// All are counted, and all are handed to the callback of [WithResults].
const maxFailures = 10_000

// Count returns how many orders had the outcome.
func (r *Report) Count(outcome Outcome) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts[outcome]
}

// Orders returns how many orders the run handled.
func (r *Report) Orders() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	total := 0
	for _, n := range r.counts {
		total += n
	}
	return total
}

// Failed returns the orders that failed, at most the first 10,000 of a run.
func (r *Report) Failed() []OrderResult {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]OrderResult(nil), r.failed...)
}

// String is one line for a log: "20 orders: 19 created, 1 failed".
func (r *Report) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := sumUp(r.counts, outcomes, "orders", "orders")
	if r.DryRun && len(r.counts) > 0 {
		text += " (dry run)"
	}
	return text
}

func (r *Report) add(result OrderResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts == nil {
		r.counts = map[Outcome]int{}
	}
	r.counts[result.Outcome]++
	if result.Outcome == Failed {
		if len(r.failed) < maxFailures {
			r.failed = append(r.failed, result)
		} else {
			r.dropped++
		}
	}
}

// sumUp is the beginning of every report's line: "20 orders: 19 created, 1 failed", with one for a single thing.
func sumUp[O ~string](counts map[O]int, known []O, one, many string) string {
	var parts []string
	total := 0
	for _, outcome := range known {
		if n := counts[outcome]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, outcome))
			total += n
		}
	}
	if total != 1 {
		one = many
	}
	text := fmt.Sprintf("%d %s", total, one)
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	return text
}
