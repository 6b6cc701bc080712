package stock

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/retailsync/retailsync/odoo"
)

// Cursor is a position in the changes of stock. It is text that can be stored; only this package reads it.
type Cursor string

// position is what a cursor holds.
type position struct {
	Version int `json:"v"`
	// At is the latest write_date that was seen, by Odoo's clock.
	At time.Time `json:"at"`
	// Seen are the rows of the overlap before At, with what they looked like.
	Seen map[string]string `json:"seen,omitempty"`
}

const (
	cursorVersion = 1
	// mostSeen bounds a cursor to what stores take. Rows beyond it are reported again, which costs time but loses nothing.
	mostSeen = 1000
)

func (p position) cursor() (Cursor, error) {
	p.Version = cursorVersion
	p.At = p.At.UTC().Truncate(time.Second)
	data, err := json.Marshal(p)
	return Cursor(data), err
}

func parseCursor(cursor Cursor) (position, error) {
	var p position
	if err := json.Unmarshal([]byte(cursor), &p); err != nil || p.Version != cursorVersion || p.At.IsZero() {
		return position{}, &odoo.Error{
			Code: odoo.CodeBadArguments, Model: "stock.quant", Message: "not a cursor of odoo/stock",
			Hint: "begin with an empty cursor, and read all stock once",
		}
	}
	p.At = p.At.UTC().Truncate(time.Second)
	return p, nil
}

// trim forgets the rows that were written before from and, beyond the bound, the oldest.
func (p *position) trim(from time.Time) {
	stamp := from.Format(time.DateTime) // as Odoo writes times: texts of them sort alike
	maps.DeleteFunc(p.Seen, func(_, look string) bool { return look < stamp })
	if len(p.Seen) <= mostSeen {
		return
	}
	keys := slices.SortedFunc(maps.Keys(p.Seen), func(a, b string) int {
		return cmp.Or(strings.Compare(p.Seen[b], p.Seen[a]), strings.Compare(a, b))
	})
	for _, key := range keys[mostSeen:] {
		delete(p.Seen, key)
	}
}

// changedRow is a row that says that a product's stock may have changed.
type changedRow struct {
	ID       int64         `json:"id"`
	Product  odoo.Many2One `json:"product_id"`
	Written  text          `json:"write_date"`
	Quantity quantity      `json:"quantity"`
	Reserved quantity      `json:"reserved_quantity"`
}

func (c changedRow) rowID() int64 { return c.ID }

// look is what the row looks like. It begins with its time; the quantities tell two changes within one second apart.
func (c changedRow) look() string {
	return string(c.Written) + " " + c.Quantity.Trim(0).String() + " " + c.Reserved.Trim(0).String()
}

// note takes a row in and reports whether it is new or looks different.
func (p *position) note(kind string, row changedRow) bool {
	if at, err := time.Parse(time.DateTime, string(row.Written)); err == nil && at.After(p.At) {
		p.At = at
	}
	key, look := kind+strconv.FormatInt(row.ID, 10), row.look()
	if p.Seen[key] == look {
		return false
	}
	if p.Seen == nil {
		p.Seen = map[string]string{}
	}
	p.Seen[key] = look
	return true
}
