package privacy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	yaml "github.com/goccy/go-yaml"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/worker"
)

// Retention says how long what was said is kept, by the first limit that fits. What none fits is kept.
type Retention []Limit

// Limit is the longest age of one class of data.
type Limit struct {
	Data Data `yaml:"data"`
	// Only is a pattern of names, with "*" for a part without "/": of classes with events and dead letters ("orders"), of claims' scopes with
	// results ("orders/woocommerce/*"), of event types with journal ("order.*"). Empty fits all.
	Only string `yaml:"only"`
	// Keep is the age in whole days, at least 1: since it was done or died, was settled, or happened.
	Keep Days `yaml:"keep"`
}

// Data is a class of data.
type Data string

// The classes.
const (
	DataEvents      Data = "events"       // what the ledger keeps of events that are done or discarded
	DataDeadLetters Data = "dead_letters" // of dead letters, which are discarded then
	DataResults     Data = "results"      // people's and servers' words in results and checkpoints of the store that are final
	DataJournal     Data = "journal"      // what events of the journals say
)

// Days is an age; in YAML "30d".
type Days int

// UnmarshalYAML reads "30d".
func (d *Days) UnmarshalYAML(data []byte) error {
	text := strings.Trim(strings.TrimSpace(string(data)), `"'`)
	number, isDays := strings.CutSuffix(text, "d")
	n, err := strconv.Atoi(number)
	if err != nil || !isDays {
		return fmt.Errorf("%q is no number of days: write 30d", text)
	}
	*d = Days(n)
	return nil
}

const maxRetentionSize = 64 << 10

// LoadRetention reads limits as YAML, in which unknown keys are errors:
//
//   - {data: events, only: orders, keep: 30d}
//   - {data: events, keep: 90d}
//   - {data: journal, only: "return.*", keep: 730d}
func LoadRetention(r io.Reader) (Retention, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxRetentionSize+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("privacy: read the limits: %w", err)
	case len(data) > maxRetentionSize:
		return nil, fmt.Errorf("privacy: the limits are larger than %d bytes", maxRetentionSize)
	}
	var limits Retention
	if err := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict()).Decode(&limits); err != nil && len(bytes.TrimSpace(data)) > 0 {
		return nil, fmt.Errorf("privacy: the limits cannot be read: %s", yaml.FormatError(err, false, false))
	}
	return limits, limits.Validate()
}

// Validate says which limit can never be right.
func (r Retention) Validate() error {
	for i, limit := range r {
		switch limit.Data {
		case DataEvents, DataDeadLetters, DataResults, DataJournal:
		default:
			return fmt.Errorf("privacy: limit %d is of %q: write events, dead_letters, results or journal", i+1, limit.Data)
		}
		if limit.Keep < 1 {
			return fmt.Errorf("privacy: limit %d keeps less than a day", i+1)
		}
		if _, err := path.Match(limit.Only, ""); err != nil {
			return fmt.Errorf("privacy: limit %d has the pattern %q, which cannot be read", i+1, limit.Only)
		}
	}
	return nil
}

// exceeded reports whether something has passed its limit.
func (r Retention) exceeded(data Data, name string, since, now time.Time) bool {
	for _, limit := range r {
		fits := limit.Only == ""
		if !fits {
			fits, _ = path.Match(limit.Only, name) // it was checked
		}
		if limit.Data == data && fits {
			return since.Before(now.Add(-time.Duration(limit.Keep) * 24 * time.Hour))
		}
	}
	return false
}

// latest is the time before which an event must have moved for the last time to have passed any limit.
func (r Retention) latest(now time.Time) time.Time {
	latest := time.Unix(0, 0) // no limit is for events
	for _, limit := range r {
		if limit.Data != DataEvents && limit.Data != DataDeadLetters {
			continue
		}
		if cut := now.Add(-time.Duration(limit.Keep) * 24 * time.Hour); cut.After(latest) {
			latest = cut
		}
	}
	return latest
}

// Sweep erases what has passed its limit at a time, or with dry says what would be. Run it each night. It may be repeated, and by several
// processes at once as far as journals are not concerned. Of the ledger it reads only events that may be due and hold something. By names who runs it, in the audit trail.
//
// Cursors, which have no time, are not looked at: what they hold of finished work is for [Erase].
func Sweep(ctx context.Context, stores Stores, limits Retention, now time.Time, by string, dry bool) (Report, error) {
	report := Report{Dry: dry}
	if err := limits.Validate(); err != nil {
		return report, err
	}
	if by == "" {
		return report, fmt.Errorf("privacy: the sweep must say who runs it")
	}
	swept, err := erase(ctx, stores, task{
		touched: limits.latest(now), by: by, reason: "retention", states: []worker.State{worker.StateDone, worker.StateDiscarded, worker.StateDead},
		event: func(record worker.Record) bool {
			switch record.State {
			case worker.StateDone, worker.StateDiscarded:
				return limits.exceeded(DataEvents, string(record.Class), record.Touched, now)
			case worker.StateDead:
				return limits.exceeded(DataDeadLetters, string(record.Class), record.Touched, now)
			}
			return false
		},
		text: func(kept idempotency.Kept) ([]byte, bool) {
			if kept.Part != idempotency.PartCursor && finished(kept) && limits.exceeded(DataResults, kept.Key.Scope, kept.UpdatedAt, now) {
				return eraseSayings(kept.Content), false
			}
			return kept.Content, false
		},
		said: func(event canonical.Event) bool {
			return event.Type != canonical.EventJournalErased && limits.exceeded(DataJournal, string(event.Type), event.At, now)
		},
	}, report)
	return swept, err
}
