package shopify

import (
	"sync"
	"time"

	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// Shopify counts what calls cost, not how many there are. A bucket of points fills again by so many each second; each
// answer says how it stands and what the operation was taken to cost.

// cost is what an answer says.
type cost struct {
	Requested wire.Text `json:"requestedQueryCost"`
	Status    wire.Object[struct {
		Maximum   wire.Text `json:"maximumAvailable"`
		Available wire.Text `json:"currentlyAvailable"`
		Rate      wire.Text `json:"restoreRate"`
	}] `json:"throttleStatus"`
}

// bucket follows the points. It may be used from several goroutines.
type bucket struct {
	now func() time.Time

	mu sync.Mutex
	// available is how many points there were at a time, in thousandths; rate and maximum are in points.
	available, rate, maximum int64
	at                       time.Time
	// costs are what each operation was last taken to cost.
	costs map[string]int64
}

func newBucket(now func() time.Time) *bucket { return &bucket{now: now, costs: map[string]int64{}} }

// reserve takes the points of an operation, or says how long it takes until there are enough. As long as Shopify has
// not said how the bucket stands, and for an operation that was never sent, nothing is known and nothing is waited for.
func (b *bucket) reserve(operation string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rate <= 0 {
		return 0
	}
	b.refill(b.now())
	wait := b.missing(operation)
	if wait == 0 {
		b.available -= min(b.costs[operation], b.maximum) * 1000
	}
	return wait
}

// until is how long it takes until an operation fits, without taking its points.
func (b *bucket) until(operation string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rate <= 0 {
		return 0
	}
	b.refill(b.now())
	return b.missing(operation)
}

// missing is how long it takes until there are enough points.
func (b *bucket) missing(operation string) time.Duration {
	need := min(b.costs[operation], b.maximum) * 1000
	if need <= b.available {
		return 0
	}
	// Points ÷ (points per second), rounded up to whole milliseconds.
	return time.Duration((need-b.available+b.rate-1)/b.rate) * time.Millisecond
}

func (b *bucket) refill(now time.Time) {
	// An hour fills every bucket, and keeps the product small.
	passed := min(max(now.Sub(b.at), 0), time.Hour).Milliseconds()
	b.available = min(b.available+passed*b.rate, b.maximum*1000)
	b.at = now
}

// note takes over what an answer says.
func (b *bucket) note(operation string, said cost) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if requested, ok := points(said.Requested); ok && requested > 0 {
		b.costs[operation] = requested
	}
	maximum, ok1 := points(said.Status.Value.Maximum)
	available, ok2 := points(said.Status.Value.Available)
	rate, ok3 := points(said.Status.Value.Rate)
	if !ok1 || !ok2 || !ok3 || rate <= 0 || maximum <= 0 {
		return
	}
	b.maximum, b.rate, b.available, b.at = maximum, rate, min(available, maximum)*1000, b.now()
}

// points reads a number of points; false if it is none.
func points(text wire.Text) (int64, bool) {
	number, err := text.Decimal()
	whole, _, ok := number.Int64(0)
	const most = 1_000_000_000
	if err != nil || !ok || text.IsEmpty() || whole > most || whole < -most {
		return 0, false
	}
	return whole, true
}
