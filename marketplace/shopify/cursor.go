package shopify

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/retailsync/retailsync/marketplace"
)

// cursorVersion changes when an older cursor can no longer be read.
const cursorVersion = 1

// errCursor is the failure to read a cursor.
var errCursor = errors.New("not a cursor of this adapter: start again with Since")

// position is what a cursor holds. Shopify's own cursors are positions by value (the time of change and the id of the
// last order of a page), so rows that move do not shift the pages behind them: an order that changes goes to the end.
type position struct {
	Version int `json:"v"`
	// From is the time from which the run reads.
	From time.Time `json:"from"`
	// After is Shopify's cursor of the last page, empty before the first.
	After string `json:"after,omitempty"`
	// Read is how many orders the present search has given.
	Read int `json:"read,omitempty"`
	// Last is the latest time of change that this run or an earlier one has seen.
	Last time.Time `json:"last,omitzero"`
	// Started is Shopify's clock when the run began.
	Started time.Time `json:"started,omitzero"`
	// Done says that the stream was read to its end: the next page begins a new run.
	Done bool `json:"done,omitempty"`
	// Bulk is the global id of the bulk operation whose file is read, Offset where in it, in bytes. Asked is how
	// often it was asked after before it was ready, Failed how many operations before it failed.
	Bulk   string `json:"bulk,omitempty"`
	Offset int64  `json:"offset,omitempty"`
	Asked  int    `json:"asked,omitempty"`
	Failed int    `json:"failed,omitempty"`
}

func (p position) cursor() (marketplace.Cursor, error) {
	p.Version = cursorVersion
	data, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	return marketplace.Cursor(base64.RawURLEncoding.EncodeToString(data)), nil
}

func parseCursor(cursor marketplace.Cursor) (position, error) {
	data, err := base64.RawURLEncoding.DecodeString(string(cursor))
	if err != nil {
		return position{}, errCursor
	}
	var p position
	if err := json.Unmarshal(data, &p); err != nil || p.Version != cursorVersion {
		return position{}, errCursor
	}
	return p, nil
}

// begin returns where a query's page is.
func begin(query marketplace.OrderQuery, overlap time.Duration) (position, error) {
	if query.Cursor == "" {
		// A caller's time may be that of a payment or a refund, which is later than the order's own.
		since := query.Since.UTC()
		return position{From: reach(since, overlap), Last: since}, nil
	}
	at, err := parseCursor(query.Cursor)
	if err != nil || !at.Done {
		return at, err
	}
	return position{From: reach(at.Last, overlap), Last: at.Last}, nil
}

// reach is a time as long before another as a change may be seen late.
func reach(from time.Time, overlap time.Duration) time.Time {
	if from.IsZero() {
		return from
	}
	return from.Add(-overlap)
}

// maxSearch is how many orders are read of one search. Shopify pages through 25,000 and no further.
const maxSearch = 20_000

// searchOn begins a new search at the last change that was seen, once the present one has given as many as it may.
func (p position) searchOn() position {
	if p.Read >= maxSearch && p.Last.After(p.From) {
		p.From, p.After, p.Read = p.Last, "", 0
	}
	return p
}

// restart begins the run again at what it has seen, for when Shopify no longer knows its cursor.
func (p position) restart(overlap time.Duration) position {
	p.After, p.Read = "", 0
	if again := reach(p.Last, overlap); again.After(p.From) {
		p.From = again
	}
	return p
}

// end finishes the run. A time in the future would hide all orders until then.
func (p position) end() position {
	if !p.Started.IsZero() && p.Last.After(p.Started) {
		p.Last = p.Started
	}
	return position{From: p.From, Last: p.Last, Done: true}
}
