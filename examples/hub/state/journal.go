package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
)

// Append implements [retailsync.Journal]: a repeated event is kept once.
func (d *Database) Append(ctx context.Context, events ...canonical.Event) error {
	return d.write(ctx, func(tx *sql.Tx) error {
		for _, event := range events {
			text, err := json.Marshal(event)
			if err != nil {
				return err
			}
			order := ""
			if event.Order.ID != "" {
				order = event.Order.String()
			}
			if _, err := tx.ExecContext(ctx, d.sql(`INSERT INTO {p}journal (id, at, orderkey, subject, event) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`),
				event.ID, stamp(event.At), order, event.Subject.String(), string(text)); err != nil {
				return err
			}
		}
		return nil
	})
}

// OrderEvents implements [retailsync.History].
func (d *Database) OrderEvents(ctx context.Context, order canonical.Key) ([]canonical.Event, error) {
	return d.events(ctx, `SELECT event FROM {p}journal WHERE orderkey = ? OR subject = ? ORDER BY at, id`, order.String(), order.String())
}

func (d *Database) events(ctx context.Context, query string, args ...any) ([]canonical.Event, error) {
	var events []canonical.Event
	err := d.each(ctx, func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		var event canonical.Event
		if err := json.Unmarshal([]byte(text), &event); err != nil {
			return fmt.Errorf("state: an event of the journal is none: %w", err)
		}
		events = append(events, event)
		return nil
	}, query, args...)
	return events, err
}

// EventsAfter returns the events that happened after the one with that time and id, or from that time on where the id is empty, at most the given
// number, oldest first.
func (d *Database) EventsAfter(ctx context.Context, at time.Time, id string, most int) ([]canonical.Event, error) {
	return d.events(ctx, `SELECT event FROM {p}journal WHERE at > ? OR at = ? AND id > ? ORDER BY at, id LIMIT ?`, stamp(at), stamp(at), id, most)
}

var _ retailsync.History = (*Database)(nil)
