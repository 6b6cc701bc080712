package state

import (
	"context"
	"database/sql"
	"time"
)

// driftKept is how long drift is shown.
const driftKept = 30 * 24 * time.Hour

// Drift is a level of stock that a channel showed wrongly, and what became of it.
type Drift struct {
	Channel, SKU, Place string
	At                  time.Time
	// Shown is what the channel showed, Level what it shall show; decimals.
	Shown, Level string
	// Outcome is what became of it ("published": set right).
	Outcome string
}

// AddDrift notes drift, and forgets what is older than 30 days.
func (d *Database) AddDrift(ctx context.Context, drifts ...Drift) error {
	if len(drifts) == 0 {
		return nil
	}
	return d.write(ctx, func(tx *sql.Tx) error {
		for _, drift := range drifts {
			if _, err := tx.ExecContext(ctx, d.sql(`INSERT INTO {p}drift (channel, sku, place, at, shown, level, outcome) VALUES (?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT DO NOTHING`), drift.Channel, drift.SKU, drift.Place, stamp(drift.At), drift.Shown, drift.Level, drift.Outcome); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, d.sql(`DELETE FROM {p}drift WHERE at < ?`), stamp(d.now().Add(-driftKept)))
		return err
	})
}

// Drifts returns the latest drift since a time, the newest first, at most 500.
func (d *Database) Drifts(ctx context.Context, since time.Time) ([]Drift, error) {
	var drifts []Drift
	err := d.each(ctx, func(scan func(...any) error) error {
		var drift Drift
		var at int64
		err := scan(&drift.Channel, &drift.SKU, &drift.Place, &at, &drift.Shown, &drift.Level, &drift.Outcome)
		drift.At = unstamp(at)
		drifts = append(drifts, drift)
		return err
	}, `SELECT channel, sku, place, at, shown, level, outcome FROM {p}drift WHERE at >= ? ORDER BY at DESC, channel, sku, place LIMIT 500`, stamp(since))
	return drifts, err
}
