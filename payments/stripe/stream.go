package stripe

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	api "github.com/stripe/stripe-go/v84"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// pageSize is the largest page that Stripe gives.
const pageSize = 100

// stream reads one of Stripe's lists, which are newest first, from the oldest on.
//
// Behind an object Stripe lists what is newer, so that a reading goes on from the last object that was seen and loses nothing
// while objects are added. Where it begins, that object is looked for: the newest before a time, or the oldest of all.
type stream[T any] struct {
	adapter *Adapter
	op      string
	// kind keeps the cursors of two streams apart.
	kind string
	// overlap is how far behind the last object that was seen a stream begins that was read to its end.
	overlap time.Duration
	// page reads a page, the newest first: of what was created before a time unless it is 0, and is newer than the one object or
	// older than the other where one is given. Newer ones are those next to the object.
	page func(ctx context.Context, limit int, before int64, newer, older string) (page[T], error)
	id   func(T) string
	at   func(T) int64
}

// position is where a reading has come to: behind an object in the middle of the list, or at its end, when the object's time was at.
type position struct {
	object string
	at     int64
}

// next reads the next page, the oldest first.
func (s stream[T]) next(ctx context.Context, query payments.Query) ([]T, marketplace.Cursor, bool, error) {
	limit := pageSize
	if query.Limit > 0 {
		limit = min(query.Limit, pageSize)
	}
	var p position
	if query.Cursor != "" {
		var ok bool
		if p, ok = s.parse(query.Cursor); !ok {
			return nil, "", false, s.adapter.fail(marketplace.CodeInvalid, s.op, "the cursor is not one of this adapter's: begin again with a time", nil)
		}
	} else if !query.Since.IsZero() {
		p.at = max(query.Since.Unix(), 1)
	}
	if p.object == "" {
		since := p.at
		if query.Cursor != "" {
			since = max(since-int64(s.overlap/time.Second), 0)
		}
		behind, first, err := s.begin(ctx, since)
		if err != nil {
			return nil, "", false, err
		}
		if behind == "" { // it begins with the oldest of all, which has been read on the way
			return first, s.cursor(first, p, len(first) > 0), len(first) > 0, nil
		}
		p.object = behind
	}
	found, err := s.page(ctx, limit, 0, p.object, "")
	if err != nil {
		return nil, "", false, err
	}
	slices.Reverse(found.Data)
	more := found.HasMore && len(found.Data) > 0
	return found.Data, s.cursor(found.Data, p, more), more, nil
}

// begin finds where a reading since a time begins: behind an object, or with the first objects of the list, the oldest first.
func (s stream[T]) begin(ctx context.Context, since int64) (behind string, first []T, err error) {
	if since > 0 {
		older, err := s.page(ctx, 1, since, "", "")
		if err != nil {
			return "", nil, err
		}
		if len(older.Data) > 0 {
			return s.id(older.Data[0]), nil, nil
		}
	}
	// The list cannot be asked for its beginning. Nothing is before low; if there is anything, it is before high. The time between
	// is halved until one page holds all that is before it.
	low, high := max(since, stripeBegan), time.Now().Unix()+24*60*60
	for probe, top := high, high; ; probe = low + (high-low)/2 {
		part, err := s.page(ctx, pageSize, probe, "", "")
		switch {
		case err != nil:
			return "", nil, err
		case len(part.Data) == 0 && probe == top:
			return "", nil, nil
		case len(part.Data) == 0:
			low = probe
		case !part.HasMore:
			slices.Reverse(part.Data)
			return "", part.Data, nil
		default:
			high = s.at(part.Data[len(part.Data)-1]) + 1
		}
		if high-low <= 1 {
			first, err := s.walk(ctx, high)
			return "", first, err
		}
	}
}

// stripeBegan is before the first payment of Stripe's.
const stripeBegan = 1262304000 // 2010-01-01

// walk reads all that lies before a time page by page: more than a page was made in one second.
func (s stream[T]) walk(ctx context.Context, before int64) ([]T, error) {
	var all []T
	older := ""
	for {
		part, err := s.page(ctx, pageSize, before, "", older)
		if err != nil {
			return nil, err
		}
		all = append(all, part.Data...)
		if !part.HasMore || len(part.Data) == 0 {
			slices.Reverse(all)
			return all, nil
		}
		older = s.id(part.Data[len(part.Data)-1])
	}
}

// cursor is the position after a page.
func (s stream[T]) cursor(data []T, before position, more bool) marketplace.Cursor {
	p := before
	if len(data) > 0 {
		last := data[len(data)-1]
		p = position{object: s.id(last), at: s.at(last)}
	}
	if !more {
		p.object = ""
	}
	return marketplace.Cursor(strings.Join([]string{"stripe1", s.kind, strconv.FormatInt(p.at, 10), p.object}, ":"))
}

func (s stream[T]) parse(cursor marketplace.Cursor) (position, bool) {
	parts := strings.Split(string(cursor), ":")
	if len(parts) != 4 || parts[0] != "stripe1" || parts[1] != s.kind || parts[3] != "" && !isID(parts[3]) {
		return position{}, false
	}
	at, err := strconv.ParseInt(parts[2], 10, 64)
	return position{object: parts[3], at: at}, err == nil && at >= 0
}

// createdBefore is Stripe's form of a time range; nil for all times.
func createdBefore(seconds int64) *api.RangeQueryParams {
	if seconds == 0 {
		return nil
	}
	return &api.RangeQueryParams{LesserThan: seconds}
}

// optional is a text that is left out when it is empty.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
