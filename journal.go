package retailsync

import (
	"context"
	"encoding/json"
	"io"
	"sync"

	"github.com/retailsync/retailsync/canonical"
)

// Journal receives one event for every effect that a flow has: the audit trail, the timeline of an
// order, the source of business metrics.
//
// Append is called after the effect. A repeated run may append an event again, with the same ID, so a
// durable journal drops repeats by ID. Append may be called from several goroutines. An error of the journal is
// reported on the run, never on the order: the effect has happened.
type Journal interface {
	Append(ctx context.Context, events ...canonical.Event) error
}

// MemoryJournal keeps events in memory, for tests and small runs. The zero value is ready to use.
type MemoryJournal struct {
	mu     sync.Mutex
	events []canonical.Event
}

// Append implements [Journal].
func (j *MemoryJournal) Append(_ context.Context, events ...canonical.Event) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, events...)
	return nil
}

// Events returns the events so far, oldest first.
func (j *MemoryJournal) Events() []canonical.Event {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]canonical.Event(nil), j.events...)
}

// JSONJournal writes one JSON object per line.
type JSONJournal struct {
	mu      sync.Mutex
	encoder *json.Encoder
}

// NewJSONJournal returns a journal that writes to w.
func NewJSONJournal(w io.Writer) *JSONJournal { return &JSONJournal{encoder: json.NewEncoder(w)} }

// Append implements [Journal].
func (j *JSONJournal) Append(_ context.Context, events ...canonical.Event) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, event := range events {
		if err := j.encoder.Encode(event); err != nil {
			return err
		}
	}
	return nil
}
