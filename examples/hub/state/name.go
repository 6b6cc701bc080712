package state

import (
	"context"
	"database/sql"
	"strings"

	"github.com/retailsync/retailsync/canonical"
)

// Name is a word by which people call an order.
type Name struct {
	Word string
	// Kind says whose word it is: "order" the channel's number, "odoo" Odoo's name, "return" the number of a return of the order.
	Kind  string
	Order canonical.Key
}

// Remember notes how people call an order. Empty words are left out; repeats change nothing.
func (d *Database) Remember(ctx context.Context, names ...Name) error {
	return d.write(ctx, func(tx *sql.Tx) error {
		for _, name := range names {
			word := fold(name.Word)
			if word == "" || name.Order.ID == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, d.sql(`INSERT INTO {p}name (word, channel, account, id, kind, seen) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT (word, channel, account, id) DO UPDATE SET seen = excluded.seen`),
				word, name.Order.Channel.Name, name.Order.Channel.Account, name.Order.ID, name.Kind, stamp(d.now())); err != nil {
				return err
			}
		}
		return nil
	})
}

// FindOrders returns the orders that people call by the word, the latest first, at most 50. Case, a leading "#" and space around it do not matter.
func (d *Database) FindOrders(ctx context.Context, word string) ([]Name, error) {
	return d.names(ctx, `SELECT word, channel, account, id, kind FROM {p}name WHERE word = ? OR id = ? ORDER BY seen DESC, channel, account, id LIMIT 50`, fold(word), strings.TrimSpace(word))
}

// LatestOrders returns the orders that were dealt with last by their channels' numbers, at most the given number.
func (d *Database) LatestOrders(ctx context.Context, most int) ([]Name, error) {
	return d.names(ctx, `SELECT word, channel, account, id, kind FROM {p}name WHERE kind = 'order' ORDER BY seen DESC, channel, account, id LIMIT ?`, most)
}

func (d *Database) names(ctx context.Context, query string, args ...any) ([]Name, error) {
	var names []Name
	err := d.each(ctx, func(scan func(...any) error) error {
		var name Name
		err := scan(&name.Word, &name.Order.Channel.Name, &name.Order.Channel.Account, &name.Order.ID, &name.Kind)
		names = append(names, name)
		return err
	}, query, args...)
	return names, err
}

// NamesOf returns all words for an order.
func (d *Database) NamesOf(ctx context.Context, order canonical.Key) ([]Name, error) {
	return d.names(ctx, `SELECT word, channel, account, id, kind FROM {p}name WHERE channel = ? AND account = ? AND id = ? ORDER BY kind, word`,
		order.Channel.Name, order.Channel.Account, order.ID)
}

func fold(word string) string {
	return strings.ToUpper(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(word), "#")))
}
