package worker

import (
	"context"
	"fmt"
	"time"
)

// Spec says when something comes again: the first time after a given one, or the zero time if never. The schedules of package cron and
// River fit.
type Spec interface {
	Next(after time.Time) time.Time
}

// Every returns the spec of a fixed interval, at multiples of it since the zero time in UTC; at least a second.
func Every(interval time.Duration) Spec { return every(max(interval, time.Second)) }

type every time.Duration

// Next implements [Spec].
func (e every) Next(after time.Time) time.Time {
	return after.Truncate(time.Duration(e)).Add(time.Duration(e))
}

// Schedule hands in an event again and again: a poll, a publication, a nightly reconciliation.
type Schedule struct {
	// Name identifies the schedule; one of another name is another schedule.
	Name string
	Spec Spec
	// Event is what is handed in. Source and ID are set by the schedule, Key is "schedule/" and the name unless it is given.
	Event Event
}

// tick hands in the event of the newest time that has come, unless it was before or the one before still waits: after an outage
// there is one to be done and not a hundred. Since the ID is that time, any number of processes and repeats hand in one.
func (w *Worker) tick(ctx context.Context, schedule Schedule) error {
	at, ok := latest(schedule.Spec, time.Now())
	if !ok {
		return nil
	}
	event := schedule.event()
	event.ID = at.UTC().Format(time.RFC3339)
	waiting, err := w.ledger.Find(ctx, Filter{Channel: event.Channel, Key: event.Key, Source: event.Source, States: []State{StatePending}, Limit: 1})
	if err != nil || len(waiting) > 0 {
		return err
	}
	_, err = w.Ingest(ctx, event)
	return err
}

func (s Schedule) event() Event {
	event := s.Event
	event.Source = "schedule/" + s.Name
	if event.Key == "" {
		event.Key = event.Source
	}
	return event
}

func (s Schedule) validate() error {
	if s.Spec == nil {
		return &InvalidError{Field: fmt.Sprintf("schedule %q", s.Name), Reason: "has no spec: use Every or the specs of the engine"}
	}
	event := s.event()
	event.ID = "now"
	if err := event.Validate(); err != nil {
		return fmt.Errorf("schedule %q: %w", s.Name, err)
	}
	return nil
}

// latest returns the newest time of the spec that is not after now, if there is one within the last year.
func latest(spec Spec, now time.Time) (time.Time, bool) {
	for _, back := range []time.Duration{time.Hour, 25 * time.Hour, 32 * 24 * time.Hour, 366 * 24 * time.Hour} {
		var found time.Time
		for at := spec.Next(now.Add(-back)); !at.IsZero() && !at.After(now); at = spec.Next(at) {
			found = at
		}
		if !found.IsZero() {
			return found, true
		}
	}
	return time.Time{}, false
}
