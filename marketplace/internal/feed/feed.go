package feed

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/retailsync/retailsync/marketplace"
)

// ErrNoTimes is returned for a full page of which no row has a readable time of change: nothing
// says where the next page begins.
var ErrNoTimes = errors.New("no row of a full page has a readable time of its last change")

// Source is a shop's list of orders, or of what else changes, as T.
type Source[T any] interface {
	// Changed returns the first rows that changed at or after from, sorted by their time of
	// change; earlier ones may be among them.
	Changed(ctx context.Context, from time.Time, limit int) (Batch[T], error)
	// Within returns rows whose time of change (or, if created, of creation) is at or after from
	// and before before, sorted by id, beginning with the one at offset.
	Within(ctx context.Context, span Span, offset, limit int) (Batch[T], error)
}

// Span is a window of time; From is inclusive, Before exclusive.
type Span struct {
	From, Before time.Time
	Created      bool
}

// Batch is one answer of a [Source].
type Batch[T any] struct {
	Rows []Row[T]
	// Total counts all rows that match, −1 if the shop does not say; of use from Within only.
	Total int
	// Now is the shop's clock, zero if it does not say.
	Now time.Time
}

// Row is one element of an answer.
type Row[T any] struct {
	Fetched T
	ID      string
	// Changed is the time of change in UTC, as the shop sorts by it, zero if unreadable.
	Changed time.Time
	// Shift is how much the shop's sort key is ahead of UTC; zero for shops that sort by UTC. It is
	// of use with Feed.LocalOrder only.
	Shift time.Duration
}

// Feed pages through a [Source].
type Feed[T any] struct {
	Source Source[T]
	// Resolution is the step of the shop's times.
	Resolution time.Duration
	// Overlap is how far a new run reaches back behind the end of the last one.
	Overlap time.Duration
	// ReRead is how far back by creation each run reads rows again although they have not changed;
	// zero means never.
	ReRead time.Duration
	// PageSize is the largest page that the shop serves.
	PageSize int
	// LocalOrder says that the shop sorts by local time, so that rows have a Shift.
	LocalOrder bool
}

// Page is a part of the stream.
type Page[T any] struct {
	Items  []T
	Cursor marketplace.Cursor
	// More is false when the stream is read to its present end.
	More bool
}

// Page returns one page of the stream.
func (f Feed[T]) Page(ctx context.Context, query marketplace.OrderQuery) (Page[T], error) {
	// A caller's time may be that of a payment or a refund, which is later than the order's own.
	at := position{From: f.back(query.Since.UTC())}
	if query.Cursor != "" {
		var err error
		if at, err = parse(query.Cursor); err != nil {
			return Page[T]{}, err
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

func (f Feed[T]) back(from time.Time) time.Time {
	if from.IsZero() {
		return from
	}
	return from.Add(-f.Overlap)
}

// changes reads the next page in the order of change.
func (f Feed[T]) changes(ctx context.Context, at position, limit int) (Page[T], error) {
	batch, err := f.Source.Changed(ctx, at.From, limit)
	if err != nil {
		return Page[T]{}, err
	}
	if at.Started.IsZero() {
		at.Started = batch.Now
	}
	unseen := fresh(at, batch.Rows)
	next, latest, ok := f.next(&at, batch.Rows)
	if len(batch.Rows) < limit {
		return f.finish(at, later(at.From, latest), unseen)
	}
	switch {
	case !ok:
		return Page[T]{}, ErrNoTimes
	case next.After(at.From):
		at.From = next
		at.Seen = seen(batch.Rows, next)
	default:
		// The page did not get ahead: all of it is one moment, or its order is not that of time.
		at.Seen = nil
		at.Window = &window{Before: later(at.From, latest).Truncate(f.Resolution).Add(f.Resolution)}
	}
	return page(at, unseen, true)
}

// next returns the time up to which the sorted page is certainly complete, and the latest time on
// it; false if no row has a time.
func (f Feed[T]) next(at *position, rows []Row[T]) (next, latest time.Time, ok bool) {
	var last Row[T]
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
	return last.Changed.Add(last.Shift - greatest(at, here, rows)), latest, true
}

// greatest is the greatest shift that rows after this page may have. When summer time ends, rows
// from before it sort behind rows from after it. So until the position has passed the first row with
// a lower shift, rows with the greater one may follow; from there on, rows with that row's own may,
// even if this page has only rows with a lower one yet.
func greatest[T any](p *position, here time.Duration, rows []Row[T]) time.Duration {
	if p.Shift == nil { // the first page: summer time may have just ended
		p.Shift = new(time.Duration)
		*p.Shift = here + time.Hour
	}
	if p.Fall != nil && !p.From.Before(p.Fall.At) {
		*p.Shift, p.Fall = p.Fall.Shift, nil
	}
	if here > *p.Shift {
		*p.Shift, p.Fall = here, nil
	}
	for _, row := range rows {
		if row.Changed.IsZero() || row.Shift >= *p.Shift {
			continue
		}
		if p.Fall == nil || row.Changed.Before(p.Fall.At) {
			p.Fall = &fall{At: row.Changed, Shift: row.Shift}
		}
	}
	return *p.Shift
}

// window reads the next page of a closed span in the order of ids.
func (f Feed[T]) window(ctx context.Context, at position, limit int) (Page[T], error) {
	span := Span{From: at.From, Before: at.Window.Before, Created: at.Window.Created}
	open := *at.Window
	batch, err := f.Source.Within(ctx, span, open.Offset, limit)
	if err != nil {
		return Page[T]{}, err
	}
	if left := open.Total - batch.Total; batch.Total >= 0 && left > 0 && open.Offset > 0 {
		// Rows before the offset may have left, so that as many have moved up unseen: read again from
		// earlier. The total becomes the present one, so this ends.
		open.Offset, open.Total = max(0, open.Offset-left), batch.Total
		at.Window = &open
		return page[T](at, nil, true)
	}
	fetched := make([]T, len(batch.Rows))
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
func (f Feed[T]) finish(at position, last time.Time, fresh []T) (Page[T], error) {
	if !at.Started.IsZero() && last.After(at.Started) {
		last = at.Started
	}
	if f.ReRead > 0 && !at.Started.IsZero() {
		again := position{From: at.Started.Add(-f.ReRead), Window: &window{Before: at.Started, Created: true, Resume: last}}
		return page(again, fresh, true)
	}
	return page(position{From: last, Done: true}, fresh, false)
}

// fresh returns the rows that the page before did not have.
func fresh[T any](p position, rows []Row[T]) []T {
	fetched := make([]T, 0, len(rows))
	for _, row := range rows {
		if row.Changed.Equal(p.From) && slices.Contains(p.Seen, row.ID) {
			continue
		}
		fetched = append(fetched, row.Fetched)
	}
	return fetched
}

func seen[T any](rows []Row[T], at time.Time) []string {
	var ids []string
	for _, row := range rows {
		if row.Changed.Equal(at) && row.ID != "" {
			ids = append(ids, row.ID)
		}
	}
	return ids
}

func page[T any](at position, fetched []T, more bool) (Page[T], error) {
	cursor, err := at.cursor()
	if err != nil {
		return Page[T]{}, err
	}
	return Page[T]{Items: fetched, Cursor: cursor, More: more}, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
