package state

import (
	"context"
	"database/sql"
	"time"
)

// Since notes when a channel's part here begins, unless that was noted before, and returns what is noted. What is older is not this hub's.
func (d *Database) Since(ctx context.Context, channel string, at time.Time) (time.Time, error) {
	var noted int64
	err := d.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, d.sql(`INSERT INTO {p}since (channel, at) VALUES (?, ?) ON CONFLICT (channel) DO NOTHING`), channel, stamp(at)); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, d.sql(`SELECT at FROM {p}since WHERE channel = ?`), channel).Scan(&noted)
	})
	return unstamp(noted), err
}
