package state

import (
	"context"
	"database/sql"
	"time"
)

// Exception is something in a settlement that a person must look at. Nothing of it is booked.
type Exception struct {
	Channel, Settlement string
	// Entries are the provider's ids, joined by ", ".
	Entries string
	Reason  string
	// Number is the order's, where the entries name one.
	Number, Currency string
	// Amount is what the entries come to, Difference what that is more than what is owed; decimals, empty if there is none.
	Amount, Difference string
	// Step says what to do.
	Step string
	// Since is when it was first seen, Seen when last.
	Since, Seen time.Time
}

// ReplaceExceptions sets the exceptions of a settlement: those that are gone are settled, those that stay keep since when they are there.
func (d *Database) ReplaceExceptions(ctx context.Context, channel, settlement string, exceptions []Exception) error {
	now := stamp(d.now())
	return d.write(ctx, func(tx *sql.Tx) error {
		for _, e := range exceptions {
			if _, err := tx.ExecContext(ctx, d.sql(`INSERT INTO {p}exception (channel, settlement, entries, reason, number, currency, amount, difference, step, since, seen)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (channel, settlement, entries, reason) DO UPDATE SET number = excluded.number, currency = excluded.currency,
				amount = excluded.amount, difference = excluded.difference, step = excluded.step, seen = excluded.seen`),
				channel, settlement, e.Entries, e.Reason, e.Number, e.Currency, e.Amount, e.Difference, e.Step, now, now); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, d.sql(`DELETE FROM {p}exception WHERE channel = ? AND settlement = ? AND seen < ?`), channel, settlement, now)
		return err
	})
}

// Exceptions returns those that are open, the oldest first, at most 500.
func (d *Database) Exceptions(ctx context.Context) ([]Exception, error) {
	var exceptions []Exception
	err := d.each(ctx, func(scan func(...any) error) error {
		var e Exception
		var since, seen int64
		err := scan(&e.Channel, &e.Settlement, &e.Entries, &e.Reason, &e.Number, &e.Currency, &e.Amount, &e.Difference, &e.Step, &since, &seen)
		e.Since, e.Seen = unstamp(since), unstamp(seen)
		exceptions = append(exceptions, e)
		return err
	}, `SELECT channel, settlement, entries, reason, number, currency, amount, difference, step, since, seen FROM {p}exception
		ORDER BY since, channel, settlement, entries, reason LIMIT 500`)
	return exceptions, err
}
