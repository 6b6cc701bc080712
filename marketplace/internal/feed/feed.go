package feed

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/retailsync/retailsync/marketplace"
)

// ErrNoTimes is returned for a full page of which no order has a readable time of change: nothing
// says where the next page begins.
var ErrNoTimes = errors.New("no order of a full page has a readable time of its last change")

// Source is a shop's order list.
type Source interface {
	// Changed returns the first orders that changed at or after from, sorted by their time of
	// change; earlier ones may be among them.
	Changed(ctx context.Context, from time.Time, limit int) (Batch, error)
	// Within returns orders whose time of change (or, if created, of creation) is at or after from
	// and before before, sorted by id, beginning with the one at offset.
	Within(ctx context.Context, span Span, offset, limit int) (Batch, error)
}

// Span is a window of time; From is inclusive, Before exclusive.
type Span struct {
	From, Before time.Time
	Created      bool
}

// Batch is one answer of a [Source].
type Batch struct {
	Rows []Row
	// Total counts all orders that match, −1 if the shop does not say; of use from Within only.
	Total int
	// Now is the shop's clock, zero if it does not say.
	Now time.Time
}

// Row is one order of an answer.
type Row struct {
	Fetched marketplace.Fetched
	ID      string
	// Changed is the time of change in UTC, as the shop sorts by it, zero if unreadable.
	Changed time.Time
	// Shift is how much the shop's sort key is ahead of UTC; zero for shops that sort by UTC. It is
	// of use with Feed.LocalOrder only.
	Shift time.Duration
}

// Feed pages through a [Source].
type Feed struct {
	Source Source
	// Resolution is the step of the shop's times.
	Resolution time.Duration
	// Overlap is how far a new run reaches back behind the end of the last one.
	Overlap time.Duration
	// ReRead is how far back by creation each run reads orders again although they have not changed;
	// zero means never.
	ReRead time.Duration
	// PageSize is the largest page that the shop serves.
	PageSize int
	// LocalOrder says that the shop sorts by local time, so that rows have a Shift.
	LocalOrder bool
}

// Page returns one page of the stream.
func (f Feed) Page(ctx context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	// A caller's time may be that of a payment or a refund, which is later than the order's own.
	at := position{From: f.back(query.Since.UTC())}
	if query.Cursor != "" {
		var err error
		if at, err = parse(query.Cursor); err != nil {
			return marketplace.OrderPage{}, err
		}
	}
	if at.Done {
		at = position{From: f.back(at.From)}
	}
	limit := f.PageSize
	if query.Limit > 0 && query.Limit < limit {
		limit = query.Limit
	}
	if at.Window != nil {
		return f.window(ctx, at, limit)
	}
	return f.changes(ctx, at, limit)
}

func (f Feed) back(from time.Time) time.Time {
	if from.IsZero() {
		return from
	}
	return from.Add(-f.Overlap)
}

// changes reads the next page in the order of change.
func (f Feed) changes(ctx context.Context, at position, limit int) (marketplace.OrderPage, error) {
	batch, err := f.Source.Changed(ctx, at.From, limit)
	if err != nil {
		return marketplace.OrderPage{}, err
	}
	if at.Started.IsZero() {
		at.Started = batch.Now
	}
	fresh := at.fresh(batch.Rows)
	next, latest, ok := f.next(&at, batch.Rows)
	if len(batch.Rows) < limit {
		return f.finish(at, later(at.From, latest), fresh)
	}
	switch {
	case !ok:
		return marketplace.OrderPage{}, ErrNoTimes
	case next.After(at.From):
		at.From = next
		at.Seen = seen(batch.Rows, next)
	default:
		// The page did not get ahead: all of it is one moment, or its order is not that of time.
		at.Seen = nil
		at.Window = &window{Before: later(at.From, latest).Truncate(f.Resolution).Add(f.Resolution)}
	}
	return page(at, fresh, true)
}

// next returns the time up to which the sorted page is certainly complete, and the latest time on
// it; false if no row has a time.
func (f Feed) next(at *position, rows []Row) (next, latest time.Time, ok bool) {
	var last Row
	var here time.Duration
	for _, row := range rows {
		if row.Changed.IsZero() {
			continue
		}
		if !ok || row.Shift > here {
			here = row.Shift
		}
		ok = true
		latest, last = later(latest, row.Changed), row
	}
	if !ok || !f.LocalOrder {
		return last.Changed, latest, ok
	}
	// All rows with a sort key below the last one's have been seen. In UTC that is the last one's key
	// minus the greatest shift that any row to come may have.
	return last.Changed.Add(last.Shift - at.greatest(here, rows)), latest, true
}

// greatest is the greatest shift that rows after this page may have. When summer time ends, rows
// from before it sort behind rows from after it. So until the position has passed the first row with
// the lower shift, rows with the greater one may follow.
func (p *position) greatest(here time.Duration, rows []Row) time.Duration {
	switch {
	case p.Shift == nil: // the first page: summer time may have just ended
		p.Shift = new(time.Duration)
		*p.Shift = here + time.Hour
	case here > *p.Shift, !p.Lower.IsZero() && !p.From.Before(p.Lower):
		*p.Shift, p.Lower = here, time.Time{}
	}
	for _, row := range rows {
		if row.Changed.IsZero() || row.Shift >= *p.Shift {
			continue
		}
		if p.Lower.IsZero() || row.Changed.Before(p.Lower) {
			p.Lower = row.Changed
		}
	}
	return *p.Shift
}

// window reads the next page of a closed span in the order of ids.
func (f Feed) window(ctx context.Context, at position, limit int) (marketplace.OrderPage, error) {
	span := Span{From: at.From, Before: at.Window.Before, Created: at.Window.Created}
	open := *at.Window
	batch, err := f.Source.Within(ctx, span, open.Offset, limit)
	if err != nil {
		return marketplace.OrderPage{}, err
	}
	if left := open.Total - batch.Total; batch.Total >= 0 && left > 0 && open.Offset > 0 {
		// Rows before the offset may have left, so that as many have moved up unseen: read again from
		// earlier. The total becomes the present one, so this ends.
		open.Offset, open.Total = max(0, open.Offset-left), batch.Total
		at.Window = &open
		return page(at, nil, true)
	}
	fetched := make([]marketplace.Fetched, len(batch.Rows))
	for i, row := range batch.Rows {
		fetched[i] = row.Fetched
	}
	more := open.Offset+len(batch.Rows) < batch.Total && len(batch.Rows) > 0
	step := len(batch.Rows)
	if batch.Total < 0 {
		// Without a total nothing tells that rows have left, so half of each page is read twice.
		more, step = len(batch.Rows) >= limit, max(1, step/2)
	}
	if more {
		open.Offset, open.Total = open.Offset+step, max(0, batch.Total)
		at.Window = &open
		return page(at, fetched, true)
	}
	if open.Created {
		return page(position{From: open.Resume, Done: true}, fetched, false)
	}
	at.From, at.Window = open.Before, nil
	return page(at, fetched, true)
}

// finish ends the stream of changes.
func (f Feed) finish(at position, last time.Time, fresh []marketplace.Fetched) (marketplace.OrderPage, error) {
	if !at.Started.IsZero() && last.After(at.Started) {
		last = at.Started
	}
	if f.ReRead > 0 && !at.Started.IsZero() {
		again := position{From: at.Started.Add(-f.ReRead), Window: &window{Before: at.Started, Created: true, Resume: last}}
		return page(again, fresh, true)
	}
	return page(position{From: last, Done: true}, fresh, false)
}

// fresh returns the orders that the page before did not have.
func (p position) fresh(rows []Row) []marketplace.Fetched {
	fetched := make([]marketplace.Fetched, 0, len(rows))
	for _, row := range rows {
		if row.Changed.Equal(p.From) && slices.Contains(p.Seen, row.ID) {
			continue
		}
		fetched = append(fetched, row.Fetched)
	}
	return fetched
}

func seen(rows []Row, at time.Time) []string {
	var ids []string
	for _, row := range rows {
		if row.Changed.Equal(at) && row.ID != "" {
			ids = append(ids, row.ID)
		}
	}
	return ids
}

func page(at position, fetched []marketplace.Fetched, more bool) (marketplace.OrderPage, error) {
	cursor, err := at.cursor()
	if err != nil {
		return marketplace.OrderPage{}, err
	}
	return marketplace.OrderPage{Orders: fetched, Cursor: cursor, More: more}, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
