package retailsync

import (
	"sync"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
)

// ShipmentOutcome is what became of one shipment or cancellation.
type ShipmentOutcome string

// The outcomes. In a dry run they say what would become of it.
const (
	ShipmentPublished ShipmentOutcome = "published" // the channel took it over, or had it already
	ShipmentDelivered ShipmentOutcome = "delivered" // the channel was told that it arrived
	ShipmentUnchanged ShipmentOutcome = "unchanged" // the channel was told before
	ShipmentPending   ShipmentOutcome = "pending"   // the channel works on it: followed up by the next run
	ShipmentSkipped   ShipmentOutcome = "skipped"   // nothing to tell: see Note
	ShipmentFailed    ShipmentOutcome = "failed"    // see Err; taken up again by later runs
)

var shipmentOutcomes = []ShipmentOutcome{ShipmentPublished, ShipmentDelivered, ShipmentUnchanged, ShipmentPending, ShipmentSkipped, ShipmentFailed}

// ShipmentResult is what became of what one delivery took of one order, or of one cancellation.
type ShipmentResult struct {
	// Order is the channel's order.
	Order canonical.Key
	// OdooID and OdooName are the delivery (stock.picking); of a cancellation the order (sale.order).
	OdooID   int64
	OdooName string
	// Shipment is what the channel was or shall be told; Cancellation likewise, nil for shipments.
	Shipment     marketplace.Shipment
	Cancellation *marketplace.Cancellation
	Outcome      ShipmentOutcome
	// ID is the channel's own id of the fulfilment, as far as it has one; Already says that it had it all before.
	ID      string
	Already bool
	// Note says why there is nothing to tell.
	Note string
	// Err is set when the outcome is [ShipmentFailed]: a [*marketplace.Error], a [*mapping.UnmappedError], or another that names
	// the delivery.
	Err error
}

// ShipmentReport sums up a run. It is complete when the run has returned.
type ShipmentReport struct {
	DryRun bool
	// Started and Took are the time of the run, UTC.
	Started time.Time
	Took    time.Duration

	// noun is what is counted.
	noun   string
	mu     sync.Mutex
	counts map[ShipmentOutcome]int
	failed []ShipmentResult
}

// Count returns how many had the outcome.
func (r *ShipmentReport) Count(outcome ShipmentOutcome) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts[outcome]
}

// Failed returns those that failed, at most the first 10,000 of a run.
func (r *ShipmentReport) Failed() []ShipmentResult {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]ShipmentResult(nil), r.failed...)
}

// String is one line for a log: "20 shipments: 19 published, 1 failed".
func (r *ShipmentReport) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := sumUp(r.counts, shipmentOutcomes, r.noun, r.noun)
	if r.DryRun {
		text += " (dry run)"
	}
	return text
}

// add counts a result and hands it on. Calls of then do not overlap.
func (r *ShipmentReport) add(result ShipmentResult, then func(ShipmentResult)) {
	r.mu.Lock()
	if r.counts == nil {
		r.counts = map[ShipmentOutcome]int{}
	}
	r.counts[result.Outcome]++
	if result.Outcome == ShipmentFailed && len(r.failed) < maxFailures {
		r.failed = append(r.failed, result)
	}
	r.mu.Unlock()
	if then != nil {
		then(result)
	}
}
