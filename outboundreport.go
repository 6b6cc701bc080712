package retailsync

import (
	"fmt"
	"sync"
)

// PublishOutcome is what became of one price or listing. In a dry run it says what would become of it.
type PublishOutcome string

// The outcomes of a price or listing.
const (
	OutPublished PublishOutcome = "published" // the channel took it over
	OutUnchanged PublishOutcome = "unchanged" // the channel has it already, as far as is known
	OutWaiting   PublishOutcome = "waiting"   // the channel works on it: taken up by the next run
	OutUnlisted  PublishOutcome = "unlisted"  // Odoo has the SKU, the channel does not
	OutUnknown   PublishOutcome = "unknown"   // the channel has the SKU, Odoo does not sell it
	OutFailed    PublishOutcome = "failed"    // see Err
)

var publishOutcomes = []PublishOutcome{OutPublished, OutUnchanged, OutWaiting, OutUnlisted, OutUnknown, OutFailed}

// counted holds and counts the results of a run. It may be used by several goroutines.
type counted[R any] struct {
	mu              sync.Mutex
	counts          map[PublishOutcome]int
	drifted, failed []R
}

func (t *counted[R]) add(result R, outcome PublishOutcome, drifted bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[PublishOutcome]int{}
	}
	t.counts[outcome]++
	if outcome == OutFailed && len(t.failed) < maxFailures {
		t.failed = append(t.failed, result)
	}
	if drifted && len(t.drifted) < maxFailures {
		t.drifted = append(t.drifted, result)
	}
}

func (t *counted[R]) count(outcome PublishOutcome) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts[outcome]
}

func (t *counted[R]) results(of *[]R) []R {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]R(nil), *of...)
}

// line sums up in one line: "200 prices: 3 published, 196 unchanged, 1 failed; 1 drifted".
func (t *counted[R]) line(things string, dryRun bool) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := sumUp(t.counts, publishOutcomes, things, things)
	if len(t.drifted) > 0 {
		text += fmt.Sprintf("; %d drifted", len(t.drifted))
	}
	if dryRun {
		text += " (dry run)"
	}
	return text
}
