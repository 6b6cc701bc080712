// Package lookback keeps a position in the changes of an Odoo model, and looks far enough behind it to miss none.
//
// Times of change in Odoo are those at which a transaction began, cut to seconds: a change can show behind what was seen,
// and two within one second look alike by their times. So each read begins a short overlap before the latest change that
// was seen, in which it is known what was seen and what it looked like; once in a while it begins a long one before.
package lookback

import (
	"cmp"
	"encoding/json"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Position is where a read has come to. It is stored as text.
type Position struct {
	Version int `json:"v"`
	// At is the latest time of change that was seen, by Odoo's clock, in Unix seconds.
	At int64 `json:"at"`
	// Back is when the long overlap was read last, by the reader's clock, in Unix seconds.
	Back int64 `json:"back"`
	// Seen are the records of the short overlap before At, with what they looked like.
	Seen map[string]string `json:"seen,omitempty"`
}

const (
	version = 1
	// MostSeen bounds a position to what stores take, about 30 bytes each. Records beyond it are named again, which costs
	// time but loses nothing.
	MostSeen = 1500
)

// Overlap says how far to look behind.
type Overlap struct {
	// Short is for every read, Long for one read in each Every.
	Short, Long, Every time.Duration
}

// Begin is the position of a first read, of what changed since a time.
func Begin(since, now time.Time) Position {
	return Position{At: max(1, since.Unix()), Back: now.Unix()}
}

// Parse reads a stored position; false if it is none.
func Parse(text string) (Position, bool) {
	var p Position
	err := json.Unmarshal([]byte(text), &p)
	return p, err == nil && p.Version == version && p.At > 0
}

// Text is the position to store.
func (p Position) Text() (string, error) {
	p.Version = version
	data, err := json.Marshal(p)
	return string(data), err
}

// From is where the next read begins.
func (p *Position) From(now time.Time, o Overlap) time.Time {
	from := p.At - int64(o.Short.Seconds())
	if now.Unix()-p.Back >= int64(o.Every.Seconds()) || p.Back > now.Unix() {
		from, p.Back = min(from, p.At-int64(o.Long.Seconds())), now.Unix()
	}
	return time.Unix(max(0, from), 0).UTC()
}

// Note takes a record in and reports whether it is new or looks different. Kind keeps the ids of two models apart.
func (p *Position) Note(kind string, id int64, look string) bool {
	p.At = max(p.At, at(look))
	key := kind + strconv.FormatInt(id, 36)
	if p.Seen[key] == look {
		return false
	}
	if p.Seen == nil {
		p.Seen = map[string]string{}
	}
	p.Seen[key] = look
	return true
}

// Trim forgets the records from before the short overlap and, beyond the bound, the oldest.
func (p *Position) Trim(o Overlap) {
	from := p.At - int64(o.Short.Seconds())
	maps.DeleteFunc(p.Seen, func(_, look string) bool { return at(look) < from })
	if len(p.Seen) <= MostSeen {
		return
	}
	keys := slices.SortedFunc(maps.Keys(p.Seen), func(a, b string) int {
		return cmp.Or(cmp.Compare(at(p.Seen[b]), at(p.Seen[a])), strings.Compare(a, b))
	})
	for _, key := range keys[MostSeen:] {
		delete(p.Seen, key)
	}
}

// Look is what a record looks like: when it was changed, and what of it matters.
func Look(written time.Time, parts ...string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.Join(parts, "/"))) // never fails
	return strconv.FormatInt(written.Unix(), 36) + "-" + strconv.FormatUint(uint64(h.Sum32()), 36)
}

// at is the time of a look. One that cannot be read is the oldest.
func at(look string) int64 {
	stamp, _, _ := strings.Cut(look, "-")
	seconds, err := strconv.ParseInt(stamp, 36, 64)
	if err != nil {
		return 0
	}
	return seconds
}
