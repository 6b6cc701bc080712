package product

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

// Cursor is a position in the changes of products and prices. It is text that can be stored; only this package reads
// it.
type Cursor string

// position is what a cursor holds.
type position struct {
	Version int `json:"v"`
	// At is the latest write_date that was seen, by Odoo's clock.
	At time.Time `json:"at"`
	// Dates is until when beginnings and ends of dated rules were seen.
	Dates time.Time `json:"dates"`
	// Rules and LastRule are how many rules there were and the highest id: one that vanished leaves no other trace.
	Rules    int   `json:"rules,omitempty"`
	LastRule int64 `json:"rule,omitempty"`
	// Aims is a sum over what each rule prices: a rule that is given to others leaves no other trace of what it left.
	Aims uint64 `json:"aims,omitempty"`
	// Seen are the rows of the overlap before At, with the time that they were written at.
	Seen map[string]string `json:"seen,omitempty"`
}

const (
	cursorVersion = 1
	// mostSeen bounds a cursor to what stores take. Rows beyond it are reported again, which costs time but loses nothing.
	mostSeen = 1000
	// settling is for how long a row that was just written may be written once more within the same second.
	settling = 2 * time.Second
)

func (p position) cursor() (Cursor, error) {
	p.Version = cursorVersion
	p.At = p.At.UTC().Truncate(time.Second)
	data, err := json.Marshal(p)
	return Cursor(data), err
}

func parseCursor(cursor Cursor) (position, error) {
	var p position
	if err := json.Unmarshal([]byte(cursor), &p); err != nil || p.Version != cursorVersion || p.At.IsZero() || p.Dates.IsZero() {
		return position{}, &odoo.Error{
			Code: odoo.CodeBadArguments, Model: "product.product", Message: "not a cursor of odoo/product",
			Hint: "begin with an empty cursor, and compare all prices once",
		}
	}
	p.At, p.Dates = p.At.UTC().Truncate(time.Second), p.Dates.UTC()
	return p, nil
}

// note takes a row in and reports whether it is new or was written again.
func (p *position) note(kind string, id int64, written, now time.Time) bool {
	if written.After(p.At) {
		p.At = written
	}
	key, stamp := kind+strconv.FormatInt(id, 10), written.UTC().Format(time.DateTime)
	if p.Seen[key] == stamp {
		return false
	}
	if now.Sub(written) < settling {
		return true // and the next time too
	}
	if p.Seen == nil {
		p.Seen = map[string]string{}
	}
	p.Seen[key] = stamp
	return true
}

// trim forgets the rows that were written before from and, beyond the bound, the oldest.
func (p *position) trim(from time.Time) {
	stamp := from.Format(time.DateTime)
	maps.DeleteFunc(p.Seen, func(_, written string) bool { return written < stamp })
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
