package feed

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

// position is what a cursor holds.
type position struct {
	Version int `json:"v"`
	// From is the time from which the next page reads.
	From time.Time `json:"from"`
	// Done says that the stream was read to its end: the next page begins a new run.
	Done bool `json:"done,omitempty"`
	// Started is the shop's clock when the run began.
	Started time.Time `json:"started,omitzero"`
	// Shift is how much local time may be ahead of UTC; nil before the first page.
	Shift *time.Duration `json:"shift,omitempty"`
	// Fall is the earliest row with a smaller shift than Shift, nil if there was none.
	Fall *fall `json:"fall,omitempty"`
	// Seen holds the ids with the time From that the last page had.
	Seen []string `json:"seen,omitempty"`
	// Window is set while a window is read.
	Window *window `json:"window,omitempty"`
}

// fall is a row from which on local time is ahead of UTC by less than before.
type fall struct {
	At    time.Time     `json:"at"`
	Shift time.Duration `json:"shift"`
}

// window is a span of time that is read in the order of ids.
type window struct {
	// Before ends the span, exclusive; it begins at position.From.
	Before time.Time `json:"before"`
	Offset int       `json:"offset,omitempty"`
	Total  int       `json:"total,omitempty"`
	// Created says that the span is of creation times: orders are read again without a change.
	Created bool `json:"created,omitempty"`
	// Resume is where the next run takes up the stream of changes, when Created.
	Resume time.Time `json:"resume,omitzero"`
}

func (p position) cursor() (marketplace.Cursor, error) {
	p.Version = cursorVersion
	data, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	return marketplace.Cursor(base64.RawURLEncoding.EncodeToString(data)), nil
}

func parse(cursor marketplace.Cursor) (position, error) {
	data, err := base64.RawURLEncoding.DecodeString(string(cursor))
	if err != nil {
		return position{}, errCursor
	}
	var p position
	if err := json.Unmarshal(data, &p); err != nil || p.Version != cursorVersion {
		return position{}, errCursor
	}
	if p.Window != nil && (p.Window.Offset < 0 || p.Window.Total < 0) {
		return position{}, errCursor
	}
	return p, nil
}
