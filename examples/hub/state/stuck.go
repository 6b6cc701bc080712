package state

import (
	"context"
	"database/sql"
	"time"
)

// Stuck is a level of stock that a channel could not be told.
type Stuck struct {
	Channel, SKU, Place string
	// At is when it was tried last.
	At time.Time
	// Level is what the channel shall show, a decimal; Problem why it does not.
	Level, Problem string
}

// ReplaceStuck notes the levels that a run could not publish. Whole says that the run looked at all of the channel's: those that it does not name are no
// longer stuck.
func (d *Database) ReplaceStuck(ctx context.Context, channel string, whole bool, stuck ...Stuck) error {
	if len(stuck) == 0 && !whole {
		return nil
	}
	return d.write(ctx, func(tx *sql.Tx) error {
		if whole {
			if _, err := tx.ExecContext(ctx, d.sql(`DELETE FROM {p}stuck WHERE channel = ?`), channel); err != nil {
				return err
			}
		}
		for _, s := range stuck {
			if _, err := tx.ExecContext(ctx, d.sql(`INSERT INTO {p}stuck (channel, sku, place, at, level, problem) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT (channel, sku, place) DO UPDATE SET at = excluded.at, level = excluded.level, problem = excluded.problem`),
				channel, s.SKU, s.Place, stamp(s.At), s.Level, s.Problem); err != nil {
				return err
			}
		}
		return nil
	})
}

// Stuck returns the levels that are stuck, at most 500.
func (d *Database) Stuck(ctx context.Context) ([]Stuck, error) {
	var all []Stuck
	err := d.each(ctx, func(scan func(...any) error) error {
		var s Stuck
		var at int64
		err := scan(&s.Channel, &s.SKU, &s.Place, &at, &s.Level, &s.Problem)
		s.At = unstamp(at)
		all = append(all, s)
		return err
	}, `SELECT channel, sku, place, at, level, problem FROM {p}stuck ORDER BY channel, sku, place LIMIT 500`)
	return all, err
}
