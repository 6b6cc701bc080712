package retailsync

import (
	"fmt"
	"sync"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
)

// StockOutcome is what became of one level.
type StockOutcome string

// The outcomes of a level. In a dry run they say what would become of it.
const (
	StockPublished StockOutcome = "published" // the channel took the level over
	StockUnchanged StockOutcome = "unchanged" // the channel shows it already, as far as is known
	StockWaiting   StockOutcome = "waiting"   // the channel works on it, or a sale is not in Odoo yet: taken up by the next run
	StockUnlisted  StockOutcome = "unlisted"  // Odoo has the SKU, the channel does not
	StockUnknown   StockOutcome = "unknown"   // the channel has the SKU, Odoo does not
	StockFailed    StockOutcome = "failed"    // see Err
)

var stockOutcomes = []StockOutcome{StockPublished, StockUnchanged, StockWaiting, StockUnlisted, StockUnknown, StockFailed}

// StockResult is what became of the level of one SKU at one place of the channel.
type StockResult struct {
	Item marketplace.StockItem
	// ProductID is the product variant in Odoo, 0 for SKUs that Odoo does not have.
	ProductID int64
	Outcome   StockOutcome
	// Level is what the channel shall show.
	Level decimal.Decimal
	// Shown is what the channel showed before, nil if nobody looked.
	Shown *decimal.Decimal
	// Drifted says that the channel showed neither what was published last nor what it shall show: it was changed
	// there, or a sale has not reached Odoo yet.
	Drifted bool
	// Err is set when the outcome is [StockFailed]: a [*marketplace.Error], or another that names the SKU.
	Err error
}

// StockReport sums up a run. It is complete when the run has returned.
type StockReport struct {
	DryRun bool
	// Started and Took are the time of the run, UTC.
	Started time.Time
	Took    time.Duration

	mu      sync.Mutex
	counts  map[StockOutcome]int
	drifted []StockResult
	failed  []StockResult
}

// Count returns how many levels had the outcome.
func (r *StockReport) Count(outcome StockOutcome) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts[outcome]
}

// Drifted returns the levels that had drifted, at most the first 10,000 of a run.
func (r *StockReport) Drifted() []StockResult {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]StockResult(nil), r.drifted...)
}

// Failed returns the levels that failed, at most the first 10,000 of a run.
func (r *StockReport) Failed() []StockResult {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]StockResult(nil), r.failed...)
}

// String is one line for a log: "200 levels: 3 published, 196 unchanged, 1 failed; 1 drifted".
func (r *StockReport) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := sumUp(r.counts, stockOutcomes, "levels", "levels")
	if len(r.drifted) > 0 {
		text += fmt.Sprintf("; %d drifted", len(r.drifted))
	}
	if r.DryRun {
		text += " (dry run)"
	}
	return text
}

func (r *StockReport) add(result StockResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts == nil {
		r.counts = map[StockOutcome]int{}
	}
	r.counts[result.Outcome]++
	if result.Outcome == StockFailed && len(r.failed) < maxFailures {
		r.failed = append(r.failed, result)
	}
	if result.Drifted && len(r.drifted) < maxFailures {
		r.drifted = append(r.drifted, result)
	}
}
