package feed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
)

// shop is an order list that sorts by local time and whose rows change while they are read.
type shop struct {
	rows    map[int]*stored
	now     time.Time
	noTotal bool
	calls   int
	// between runs before each call.
	between func()
}

type stored struct {
	id               int
	changed, created time.Time
	shift            time.Duration
}

var switchBack = time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC)

// shiftAt is a zone that is two hours ahead until switchBack, then one.
func shiftAt(at time.Time) time.Duration {
	if at.Before(switchBack) {
		return 2 * time.Hour
	}
	return time.Hour
}

func (s *shop) set(id int, at time.Time) {
	row, ok := s.rows[id]
	if !ok {
		row = &stored{id: id, created: at}
		s.rows[id] = row
	}
	row.changed, row.shift = at, shiftAt(at)
}

func (s *shop) Changed(_ context.Context, from time.Time, limit int) (Batch[marketplace.Fetched], error) {
	s.step()
	rows := s.filter(func(r *stored) bool { return !r.changed.Before(from) })
	// Sorted by local time; of equal times in an order that differs from call to call.
	sort.Slice(rows, func(i, j int) bool {
		a, b := rows[i].changed.Add(rows[i].shift), rows[j].changed.Add(rows[j].shift)
		if !a.Equal(b) {
			return a.Before(b)
		}
		return (rows[i].id*7+s.calls)%11 < (rows[j].id*7+s.calls)%11
	})
	return s.batch(rows, 0, limit), nil
}

func (s *shop) Within(_ context.Context, span Span, offset, limit int) (Batch[marketplace.Fetched], error) {
	s.step()
	rows := s.filter(func(r *stored) bool {
		at := r.changed
		if span.Created {
			at = r.created
		}
		return !at.Before(span.From) && at.Before(span.Before)
	})
	sort.Slice(rows, func(i, j int) bool { return rows[i].id < rows[j].id })
	return s.batch(rows, offset, limit), nil
}

func (s *shop) step() {
	s.calls++
	if s.between != nil {
		s.between()
	}
}

func (s *shop) filter(keep func(*stored) bool) []*stored {
	var rows []*stored
	for _, row := range s.rows {
		if keep(row) {
			rows = append(rows, row)
		}
	}
	return rows
}

func (s *shop) batch(rows []*stored, offset, limit int) Batch[marketplace.Fetched] {
	batch := Batch[marketplace.Fetched]{Total: len(rows), Now: s.now}
	if s.noTotal {
		batch.Total = -1
	}
	for _, row := range rows[min(offset, len(rows)):min(offset+limit, len(rows))] {
		id := fmt.Sprint(row.id)
		batch.Rows = append(batch.Rows, Row[marketplace.Fetched]{
			ID: id, Changed: row.changed, Shift: row.shift,
			Fetched: marketplace.Fetched{
				Key:   canonical.Key{ID: id},
				Order: canonical.Order{Revision: canonical.Revision{UpdatedAt: row.changed}},
			},
		})
	}
	return batch
}

// follow reads a run to its end, adding what it saw, and returns the cursor.
func follow(t rapid.TB, feed Feed[marketplace.Fetched], cursor marketplace.Cursor, limit int, into map[string]time.Time) marketplace.Cursor {
	t.Helper()
	for pages := 0; ; pages++ {
		if pages > 3000 {
			t.Fatal("the stream does not end")
		}
		got, err := feed.Page(context.Background(), marketplace.OrderQuery{Cursor: cursor, Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		for _, order := range got.Items {
			into[order.Key.ID] = later(into[order.Key.ID], order.Order.Revision.UpdatedAt)
		}
		if got.Cursor == cursor && got.More {
			t.Fatal("the cursor does not move")
		}
		cursor = got.Cursor
		if !got.More {
			return cursor
		}
	}
}

// Whatever changes while it is read, a run and the one after it see every order in its last state.
func TestRandomHistoriesAreReadCompletely(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start := switchBack.Add(-time.Duration(rapid.IntRange(0, 180).Draw(t, "minutes before the clock change")) * time.Minute)
		fake := &shop{rows: map[int]*stored{}, now: start, noTotal: rapid.Bool().Draw(t, "no total")}
		spread := rapid.SampledFrom([]int{1, 5, 600, 7200}).Draw(t, "spread of seconds")
		for id := range rapid.IntRange(0, 60).Draw(t, "orders") {
			fake.set(id, start.Add(time.Duration(rapid.IntRange(0, spread).Draw(t, "at"))*time.Second))
		}
		fake.now = start.Add(time.Duration(spread+1) * time.Second)
		limit := rapid.IntRange(1, 20).Draw(t, "limit")
		// Moving one row per page keeps below the half page that a shop without totals allows.
		moves := rapid.SliceOfN(rapid.IntRange(-40, 59), 0, 80).Draw(t, "moves")
		fake.between = func() {
			fake.now = fake.now.Add(time.Second)
			if len(moves) == 0 || fake.noTotal && (limit < 4 || fake.calls%2 == 0) {
				return
			}
			if id := moves[0]; id >= 0 && id < len(fake.rows) {
				fake.set(id, fake.now)
			}
			moves = moves[1:]
		}
		feed := Feed[marketplace.Fetched]{Source: fake, Resolution: time.Second, Overlap: 5 * time.Second, PageSize: 100, LocalOrder: true}
		saw := map[string]time.Time{}
		cursor := follow(t, feed, "", limit, saw)
		fake.between = nil
		follow(t, feed, cursor, limit, saw)
		for id, row := range fake.rows {
			if !saw[fmt.Sprint(id)].Equal(row.changed) {
				t.Fatalf("order %d changed at %s was seen as of %s", id, row.changed, saw[fmt.Sprint(id)])
			}
		}
	})
}

// The run begins before the end of summer time; a row that changes after it comes, by local time, before all that are left.
func TestChangeAfterTheClockChangeComesFirst(t *testing.T) {
	t.Parallel()
	fake := &shop{rows: map[int]*stored{}, now: switchBack.Add(time.Minute)}
	for id := range 4 {
		fake.set(id, switchBack.Add(time.Duration(id-10)*time.Minute))
	}
	fake.between = func() {
		if fake.now = fake.now.Add(time.Second); fake.calls == 3 {
			fake.set(3, fake.now)
		}
	}
	saw := map[string]time.Time{}
	follow(t, Feed[marketplace.Fetched]{Source: fake, Resolution: time.Second, PageSize: 1, LocalOrder: true}, "", 0, saw)
	for id, row := range fake.rows {
		if !saw[fmt.Sprint(id)].Equal(row.changed) {
			t.Errorf("order %d changed at %s was seen as of %s", id, row.changed, saw[fmt.Sprint(id)])
		}
	}
}

func TestBulkEditLargerThanAPage(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	fake := &shop{rows: map[int]*stored{}, now: at.Add(time.Hour)}
	for id := range 250 {
		fake.set(id, at)
	}
	fake.set(900, at.Add(time.Minute))
	saw := map[string]time.Time{}
	follow(t, Feed[marketplace.Fetched]{Source: fake, Resolution: time.Second, PageSize: 100}, "", 0, saw)
	if len(saw) != 251 {
		t.Errorf("saw %d orders of 251", len(saw))
	}
}

func TestOrderFromTheFutureHidesNothing(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	fake := &shop{rows: map[int]*stored{}, now: now}
	fake.set(1, now.Add(240*time.Hour))
	feed := Feed[marketplace.Fetched]{Source: fake, Resolution: time.Second, PageSize: 100}
	saw := map[string]time.Time{}
	cursor := follow(t, feed, "", 0, saw)
	fake.now = now.Add(time.Hour)
	fake.set(2, fake.now)
	follow(t, feed, cursor, 0, saw)
	if _, ok := saw["2"]; !ok {
		t.Error("an order with a future time hides those that change before it")
	}
}

func TestOverlapReadsLateCommits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	fake := &shop{rows: map[int]*stored{}, now: now}
	fake.set(1, now)
	feed := Feed[marketplace.Fetched]{Source: fake, Resolution: time.Second, Overlap: time.Minute, PageSize: 100}
	saw := map[string]time.Time{}
	cursor := follow(t, feed, "", 0, saw)
	fake.set(2, now.Add(-30*time.Second))
	follow(t, feed, cursor, 0, saw)
	if _, ok := saw["2"]; !ok {
		t.Error("an order that was committed late was lost")
	}
}

func TestReReadReturnsUnchangedOrders(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	fake := &shop{rows: map[int]*stored{}, now: now}
	for id := range 30 {
		fake.set(id, now.Add(-time.Duration(id)*24*time.Hour))
	}
	feed := Feed[marketplace.Fetched]{Source: fake, Resolution: time.Second, Overlap: time.Minute, ReRead: 10 * 24 * time.Hour, PageSize: 4}
	cursor := follow(t, feed, "", 0, map[string]time.Time{})
	saw := map[string]time.Time{}
	fake.now = now.Add(time.Hour)
	cursor = follow(t, feed, cursor, 0, saw)
	if len(saw) != 10 {
		t.Errorf("%d orders were read again, want those of 10 days", len(saw))
	}
	fake.set(77, fake.now)
	saw = map[string]time.Time{}
	follow(t, feed, cursor, 0, saw)
	if _, ok := saw["77"]; !ok {
		t.Error("after re-reading, the stream of changes is not taken up where it ended")
	}
}

func TestSinceAndTies(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	fake := &shop{rows: map[int]*stored{}, now: at.Add(time.Hour)}
	for id := range 9 {
		fake.set(id, at.Add(time.Duration(id/2)*time.Minute))
	}
	feed := Feed[marketplace.Fetched]{Source: fake, Resolution: time.Second, PageSize: 100}
	query := marketplace.OrderQuery{Since: at.Add(2 * time.Minute), Limit: 3}
	var ids []string
	for {
		got, err := feed.Page(context.Background(), query)
		if err != nil {
			t.Fatal(err)
		}
		for _, order := range got.Items {
			ids = append(ids, order.Key.ID)
		}
		if query.Cursor = got.Cursor; !got.More {
			break
		}
	}
	slices.Sort(ids)
	if diff := cmp.Diff([]string{"4", "5", "6", "7", "8"}, ids); diff != "" {
		t.Errorf("orders since the third minute, each once (-want +got):\n%s", diff)
	}
}

func TestPageWithoutTimesIsAnError(t *testing.T) {
	t.Parallel()
	fake := &shop{rows: map[int]*stored{1: {id: 1}, 2: {id: 2}}}
	_, err := Feed[marketplace.Fetched]{Source: fake, Resolution: time.Second, PageSize: 2}.Page(context.Background(), marketplace.OrderQuery{})
	if !errors.Is(err, ErrNoTimes) {
		t.Errorf("got %v, want ErrNoTimes", err)
	}
}

func FuzzCursor(f *testing.F) {
	good, err := position{From: switchBack, Seen: []string{"1"}, Window: &window{Before: switchBack}}.cursor()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(good))
	f.Add("")
	f.Add("e30")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parse(marketplace.Cursor(text))
		if err != nil {
			return
		}
		again, err := p.cursor()
		if err != nil {
			return // a time outside the years of JSON
		}
		q, err := parse(again)
		if err != nil {
			t.Fatalf("a cursor that was written cannot be read: %v", err)
		}
		if diff := cmp.Diff(p, q, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	})
}
