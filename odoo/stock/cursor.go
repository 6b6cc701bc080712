package stock

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/retailsync/retailsync/odoo"
)

// Cursor is a position in the changes of stock. It is text that can be stored, at most 60,000 bytes long; only this
// package reads it.
type Cursor string

// position is what a cursor holds.
type position struct {
	Version int `json:"v"`
	// At is the latest write_date that was seen and is not ahead of Odoo's clock.
	At time.Time `json:"at"`
	// From is the beginning of the overlap before At. Seen are the rows written since then.
	From time.Time `json:"from"`
	Seen seen      `json:"seen"`
	// Followed says that what was seen are products, by their quants, and not the quants one by one: the cursor is of
	// [Reader.Follow].
	Followed bool `json:"followed,omitempty"`
	// Old is how many quants made before From were there, of those that Among describes; nil if that is not known.
	Old   *int   `json:"old,omitempty"`
	Among uint32 `json:"among,omitempty"`
	// Moves is what At was when the moves were looked at last.
	Moves time.Time `json:"moves,omitzero"`
	// Apart says that some products were to be read after what was seen.
	Apart bool `json:"apart,omitempty"`
	// Thorough is when all that was written since From was looked at last, and Looked when anything was, by Odoo's clock.
	Thorough time.Time `json:"thorough,omitzero"`
	Looked   time.Time `json:"looked,omitzero"`
}

const cursorVersion = 2

func (p position) cursor() (Cursor, error) {
	p.Version = cursorVersion
	data, err := json.Marshal(p)
	return Cursor(data), err
}

func parseCursor(cursor Cursor) (position, error) {
	var p position
	if err := json.Unmarshal([]byte(cursor), &p); err != nil || p.Version != cursorVersion || p.At.IsZero() || p.From.After(p.At) {
		return position{}, &odoo.Error{
			Code: odoo.CodeBadArguments, Model: "stock.quant", Message: "not a cursor of odoo/stock",
			Hint: "begin with an empty cursor, and read all stock once",
		}
	}
	p.At, p.From = inSeconds(p.At), inSeconds(p.From)
	return p, nil
}

// inSeconds is a time as Odoo writes it.
func inSeconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// changedRow is a row that says that a product's stock may have changed: a quant or a move.
type changedRow struct {
	ID       int64         `json:"id"`
	Product  odoo.Many2One `json:"product_id"`
	Written  text          `json:"write_date"`
	Quantity json.Number   `json:"quantity"`
	Reserved json.Number   `json:"reserved_quantity"`
	State    text          `json:"state"`
	Demand   json.Number   `json:"product_uom_qty"`
	Held     json.Number   `json:"reserved_availability"`

	move bool
	at   time.Time
	// sum is what a product looks like that stands for its quants.
	sum string
}

func (c changedRow) rowID() int64 { return c.ID }

// look is what the row looks like. The time has whole seconds, so the rest tells two changes within one apart.
func (c changedRow) look() string {
	if c.sum != "" {
		return c.sum
	}
	return fmt.Sprint(c.Written, " ", c.Quantity, " ", c.Reserved, " ", c.State, " ", c.Demand, " ", c.Held)
}

// advance takes in the rows that were written since p.From and returns the products of those that are news. The
// clock is Odoo's; the zero time if it is not known. KeepMoves says that the moves were not looked at, so that what was
// seen of them is kept.
func (p *position) advance(rows []changedRow, clock time.Time, overlap time.Duration, keepMoves bool) map[int64]bool {
	news := p.Seen.news(rows, p.From)
	if !clock.IsZero() && p.At.After(clock) {
		p.At = inSeconds(clock) // it was set back, or came from a row ahead of it
	}
	for _, row := range rows {
		// A row ahead of the clock, such as of a host whose time was wrong, says nothing of where the others are.
		if row.at.After(p.At) && (clock.IsZero() || !row.at.After(clock)) {
			p.At = row.at
		}
	}
	p.From = inSeconds(p.At.Add(-overlap))
	before := seen{}
	if keepMoves {
		before = p.Seen
	}
	p.Seen = look(rows, p.From, before)
	return news
}
