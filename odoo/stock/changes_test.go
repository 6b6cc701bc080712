package stock

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/odoo"
)

// watch follows the changes of a ledger.
type watch struct {
	t      testing.TB
	reader *Reader
	cursor Cursor
}

func newWatch(t testing.TB, client *odoo.Client) *watch {
	t.Helper()
	w := &watch{t: t, reader: NewReader(client)}
	w.next()
	return w
}

func (w *watch) next() []int64 {
	w.t.Helper()
	changed, err := w.reader.Changes(w.t.Context(), w.cursor)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.cursor = changed.Cursor; len(w.cursor) > 60_000 {
		w.t.Fatalf("a cursor of %d bytes", len(w.cursor))
	}
	return changed.Products
}

func (w *watch) want(what string, products ...int64) {
	w.t.Helper()
	if diff := cmp.Diff(products, w.next()); diff != "" {
		w.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// A quant whose reservation ended is deleted when there is nothing else in it: the move says so.
func TestReservationWithoutStockEnds(t *testing.T) {
	t.Parallel()
	l, client := newLedger(t)
	w := newWatch(t, client)
	l.pass(time.Minute)
	l.put("stock.quant", 7, "quantity", 0, "reserved_quantity", 3)
	l.put("stock.move", 7, "state", "assigned", "quantity", 3)
	w.want("reserved", 7)
	w.want("nothing")
	l.pass(time.Second)
	l.remove("stock.quant", 7)
	l.put("stock.move", 7, "state", "cancel", "quantity", 0)
	w.want("the reservation ended", 7)
	w.want("nothing again")
}

// Two changes of a row within one second are told apart by what they changed.
func TestTwoChangesInOneSecond(t *testing.T) {
	t.Parallel()
	l, client := newLedger(t)
	w := newWatch(t, client)
	l.pass(time.Minute)
	for _, step := range [][]any{
		{"state", "confirmed", "quantity", 0, "product_uom_qty", 5},
		{"state", "partially_available", "quantity", 2, "product_uom_qty", 5},
		{"state", "partially_available", "quantity", 3, "product_uom_qty", 5},
		{"state", "partially_available", "quantity", 3, "product_uom_qty", 4},
		{"state", "done", "quantity", 3, "product_uom_qty", 4},
	} {
		l.put("stock.move", 7, step...)
		if got := w.next(); !slices.Equal(got, []int64{7}) {
			t.Errorf("%v: %v", step, got)
		}
		w.want("nothing")
	}
}

// More rows than a cursor holds one by one are named once, and a change among them is still found.
func TestMoreThanACursorHolds(t *testing.T) {
	t.Parallel()
	l, client := newLedger(t)
	w := newWatch(t, client)
	l.pass(time.Minute)
	const many = 9_000
	for id := range int64(many) {
		l.put("stock.quant", 3*id+1, "quantity", "123456789012.123456", "reserved_quantity", "987654321.123456")
	}
	if got := len(w.next()); got != many {
		t.Fatalf("%d products changed, want %d", got, many)
	}
	w.want("nothing")
	l.pass(time.Second)
	l.put("stock.quant", 3*777+1, "quantity", "1", "reserved_quantity", "0")
	if got := w.next(); !slices.Contains(got, 3*777+1) || len(got) > 8 {
		t.Errorf("one changed, %d are named: %v", len(got), got)
	}
	w.want("nothing after it")
	// They grow too old to matter, and none of them is named because of that.
	for range 12 {
		l.pass(time.Minute)
		l.put("stock.quant", 1_000_000, "quantity", l.clock.Minute(), "reserved_quantity", 0)
		w.want("another product", 1_000_000)
	}
}

// Rows that were written by a clock that was ahead hide nothing, and are named once.
func TestWriteDateAheadOfTheClock(t *testing.T) {
	t.Parallel()
	l, client := newLedger(t)
	w := newWatch(t, client)
	l.pass(time.Minute)
	l.put("stock.quant", 1, "write_date", noon.AddDate(1, 0, 0).Format(time.DateTime), "quantity", 5)
	w.want("from the future", 1)
	w.want("nothing")
	l.pass(time.Second)
	l.put("stock.quant", 2, "quantity", 6)
	w.want("a change of now", 2)
	for range 20 {
		l.pass(time.Minute)
		l.put("stock.quant", 3, "quantity", l.clock.Minute())
		w.want("later changes", 3)
	}
	l.put("stock.quant", 1, "quantity", 4)
	w.want("the row is of now again", 1)
	// It may also have been there at the beginning.
	l.put("stock.quant", 4, "write_date", noon.AddDate(1, 0, 0).Format(time.DateTime))
	later := newWatch(t, client)
	l.pass(time.Second)
	l.put("stock.quant", 5)
	later.want("after a beginning", 5)
}

// A clock that is set back hides nothing either.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	l, client := newLedger(t)
	l.put("stock.quant", 1, "quantity", 5)
	w := newWatch(t, client)
	l.pass(-time.Hour)
	l.put("stock.quant", 2, "quantity", 6)
	w.want("an hour back", 2)
	w.want("nothing")
	l.pass(time.Second)
	l.put("stock.quant", 3, "quantity", 6)
	w.want("a change after it", 3)
}

// Whatever happens between two calls, every product of which a row is new or different is named, and nothing is when
// nothing happened.
func TestChangesNamesWhatChanged(t *testing.T) {
	t.Parallel()
	l, client := newLedger(t)
	rapid.Check(t, func(rt *rapid.T) {
		l.rows = map[string]map[int64]map[string]any{"stock.quant": {}, "stock.move": {}}
		l.clock = noon
		w := newWatch(t, client)
		for range rapid.IntRange(1, 12).Draw(rt, "rounds") {
			type row struct {
				model string
				id    int64
			}
			before := map[row]map[string]any{}
			for range rapid.IntRange(0, 5).Draw(rt, "changes") {
				l.pass(time.Duration(rapid.IntRange(0, 200).Draw(rt, "seconds")) * time.Second)
				model := rapid.SampledFrom([]string{"stock.quant", "stock.move"}).Draw(rt, "model")
				id := rapid.Int64Range(1, 9).Draw(rt, "id")
				if _, touched := before[row{model, id}]; !touched {
					before[row{model, id}] = l.rows[model][id]
				}
				// A transaction may have begun a while ago.
				began := l.clock.Add(-time.Duration(rapid.IntRange(0, 240).Draw(rt, "duration")) * time.Second)
				l.put(model, id, "quantity", rapid.IntRange(0, 3).Draw(rt, "quantity"), "write_date", began.Format(time.DateTime), "create_date", "")
			}
			got := w.next()
			for touched, was := range before { // what is as it was in the end may be named or not
				if !maps.Equal(was, l.rows[touched.model][touched.id]) && !slices.Contains(got, touched.id) {
					rt.Fatalf("product %d was not named, only %v", touched.id, got)
				}
			}
			if again := w.next(); len(again) > 0 {
				rt.Fatalf("nothing happened, and %v are named", again)
			}
		}
	})
}
