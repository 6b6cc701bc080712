package stock

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/odoo"
)

// Locations of the ledger: a shelf in the warehouse that is followed, a place of another, and that of the customers.
const (
	shelf     = 8
	elsewhere = 9
	customers = 5
	articles  = 5
)

// follower follows the stock of a ledger and knows what it was told last of each product.
type follower struct {
	t      rapid.TB
	ledger *ledger
	reader *Reader
	cursor Cursor
	told   map[int64]decimal.Decimal
	next   int64 // id of the next quant or move
}

func newFollower(t rapid.TB, l *ledger, client *odoo.Client) *follower {
	l.mu.Lock()
	l.clock = noon
	l.rows, l.told = map[string]map[int64]map[string]any{"stock.quant": {}, "stock.move": {}, "product.product": {}}, map[any]bool{}
	for id := int64(1); id <= articles; id++ {
		l.rows["product.product"][id] = map[string]any{"id": id, "default_code": fmt.Sprint("P", id), "uom_id": 1, "company_id": false, "is_storable": true, "write_date": noon.AddDate(-1, 0, 0).Format(time.DateTime)}
	}
	l.mu.Unlock()
	f := &follower{t: t, ledger: l, reader: NewReader(client), told: map[int64]decimal.Decimal{}, next: 1}
	f.reader.briefly = 0 // tests of brief looks say so
	f.reader.units = map[int64]Unit{1: {ID: 1}}
	f.reader.warehouses = map[int64]Warehouse{1: {ID: 1, View: odoo.Many2One{ID: 7}, Active: true}}
	f.reader.locations = []locationRow{{ID: 7, Path: "1/7/"}, {ID: shelf, Path: "1/7/8/", Usage: "internal"}, {ID: elsewhere, Path: "1/9/", Usage: "internal"}, {ID: customers, Path: "1/5/", Usage: "customer"}}
	f.reader.paths = map[int64]string{7: "1/7/", shelf: "1/7/8/", elsewhere: "1/9/", customers: "1/5/"}
	f.follow()
	return f
}

// follow returns the products that were named.
func (f *follower) follow() []int64 {
	ctx, query := context.Background(), Query{Warehouses: []int64{1}}
	done, err := f.reader.Follow(ctx, f.cursor, query)
	if err != nil {
		f.t.Fatal(err)
	}
	f.cursor = done.Cursor
	f.ledger.resume()
	var told []int64
	tell := func(there Availability) {
		told = append(told, there.ProductID)
		f.told[there.ProductID] = there.Stock[0].Free
	}
	for _, there := range done.Stock {
		tell(there)
	}
	if len(done.Unread) > 0 {
		query.Products = done.Unread
		for there, err := range f.reader.Availability(ctx, query) {
			if err != nil {
				f.t.Fatal(err)
			}
			tell(there)
		}
	}
	if slices.Sort(told); !slices.Equal(told, done.Products) {
		f.t.Fatalf("stock of %v, but %v are named", told, done.Products)
	}
	return done.Products
}

// there is what the ledger has of a product on the shelf.
func (f *follower) there(product int64) decimal.Decimal {
	f.ledger.mu.Lock()
	defer f.ledger.mu.Unlock()
	sum := decimal.Zero
	for _, quant := range f.ledger.rows["stock.quant"] {
		if quant["product_id"] == product && quant["location_id"] == int64(shelf) {
			sum, _ = sum.Add(decimal.MustNew(int64(quant["quantity"].(int)), 0))
		}
	}
	return sum
}

// check compares what was told with what is there, of the products that were ever changed.
func (f *follower) check(changed map[int64]bool) {
	for product := range changed {
		if got, want := f.told[product], f.there(product); !got.Equal(want) {
			f.t.Fatalf("product %d: told %s, there are %s", product, got, want)
		}
	}
}

// write puts a quant (id 0: a new one) as a transaction that began some time ago, and returns its id.
func (f *follower) write(id, product, location int64, quantity int, began time.Time) int64 {
	written := began.Format(time.DateTime)
	made := written
	if id == 0 {
		id, f.next = f.next, f.next+1
	} else {
		made = f.ledger.rows["stock.quant"][id]["create_date"].(string)
		written = max(written, made) // who changes a row began after it was there
	}
	f.ledger.put("stock.quant", id, "product_id", product, "location_id", location, "quantity", quantity, "reserved_quantity", 0,
		"write_date", written, "create_date", made)
	return id
}

func (f *follower) move(product int64, state string, began time.Time) {
	f.ledger.put("stock.move", f.next, "product_id", product, "state", state, "write_date", began.Format(time.DateTime))
	f.next++
}

// The last quant of a product goes between the two calls: its move is seen with the stock from before it, and is no news
// in the next cycle.
func TestFollowQuantGoneBetweenTheCalls(t *testing.T) {
	t.Parallel()
	for _, first := range []string{askedQuants, askedCount, beforeMoves} {
		t.Run(first, func(t *testing.T) {
			t.Parallel()
			l, client := newLedger(t)
			f := newFollower(t, l, client)
			l.pass(time.Minute)
			quant := f.write(0, 1, shelf, 5, l.clock)
			f.move(1, "done", l.clock)
			f.follow()
			f.check(map[int64]bool{1: true})
			l.pass(time.Second)
			goes := func() {
				l.remove("stock.quant", quant)
				f.move(1, "done", l.clock)
			}
			l.between(first, goes)
			f.follow()
			if len(l.rows["stock.quant"]) > 0 {
				goes() // the moves were not asked
			}
			f.follow()
			f.check(map[int64]bool{1: true})
			if got := f.follow(); len(got) > 0 {
				t.Errorf("nothing happened, and %v are named", got)
			}
		})
	}
}

// It goes when it was not written for so long that the next cycle does not remember it.
func TestFollowOldQuantGoneBetweenTheCalls(t *testing.T) {
	t.Parallel()
	l, client := newLedger(t)
	f := newFollower(t, l, client)
	l.pass(time.Minute)
	quant := f.write(0, 1, shelf, 5, l.clock)
	f.follow()
	l.pass(time.Hour)
	f.write(0, 2, shelf, 1, l.clock)
	l.between(askedQuants, func() {
		l.remove("stock.quant", quant)
		f.move(1, "done", l.clock)
	})
	f.follow()
	f.follow()
	f.check(map[int64]bool{1: true, 2: true})
}

// What moved nowhere near, and what another cursor saw, is told once at most.
func TestFollowElsewhere(t *testing.T) {
	t.Parallel()
	l, client := newLedger(t)
	f := newFollower(t, l, client)
	l.pass(time.Minute)
	f.write(0, 3, shelf, 5, l.clock)
	f.follow() // from here on there is a past
	f.write(0, 1, shelf, 5, l.clock.Add(-time.Hour))
	f.write(0, 1, elsewhere, 5, l.clock)
	if got := f.follow(); len(got) > 0 {
		t.Errorf("it changed elsewhere, and %v are named", got)
	}
	f.write(0, 2, shelf, 3, l.clock)
	changed, err := f.reader.Changes(t.Context(), f.cursor)
	if err != nil || !slices.Contains(changed.Products, 2) {
		t.Fatalf("from the other's cursor: %v, %v", changed.Products, err)
	}
	f.cursor = changed.Cursor
	if got := f.follow(); !slices.Contains(got, 2) {
		t.Errorf("from the other's cursor: %v", got)
	}
	if got := f.follow(); len(got) > 0 {
		t.Errorf("nothing happened, and %v are named", got)
	}
}

// asked is how often a call was made since the last time.
func (f *follower) asked(call string) int {
	f.ledger.mu.Lock()
	defer f.ledger.mu.Unlock()
	n := 0
	for _, made := range f.ledger.calls {
		if made == call {
			n++
		}
	}
	f.ledger.calls = nil
	return n
}

// Moves are looked at when an old quant is gone, and not otherwise once the products are known.
func TestFollowLooksAtMovesOnlyForDeletions(t *testing.T) {
	t.Parallel()
	l, client := newLedger(t)
	f := newFollower(t, l, client)
	old, kept := f.write(0, 1, shelf, 5, l.clock), f.write(0, 2, shelf, 5, l.clock)
	f.write(0, 3, shelf, 5, l.clock)
	f.follow() // reads products that are not known, after its look: so it and the next look at the moves
	f.follow()
	f.asked("")
	for step := range 40 { // what was new grows old meanwhile
		l.pass(20 * time.Second)
		f.write(0, 3, shelf, step, l.clock)
		f.write(kept, 2, shelf, step, l.clock)
		f.move(2, "done", l.clock)
		f.follow()
		f.check(map[int64]bool{1: true, 2: true, 3: true})
	}
	if n := f.asked(beforeMoves); n != 5 { // once in half of the overlap, which is 800 s / 150 s
		t.Errorf("nothing was deleted, and moves were asked for %d times", n)
	}
	// One is deleted while a lower id is committed late.
	l.remove("stock.quant", old)
	f.next = 1000
	f.write(0, 4, shelf, 7, l.clock.Add(-4*time.Minute))
	f.move(1, "done", l.clock.Add(-4*time.Minute))
	if got := f.follow(); !slices.Contains(got, 1) || !slices.Contains(got, 4) {
		t.Errorf("named %v, want 1, whose quant is gone, and 4 too", got)
	}
	f.check(map[int64]bool{1: true, 2: true, 3: true, 4: true})
	if n := f.asked(beforeMoves); n != 1 {
		t.Errorf("moves were asked for %d times", n)
	}
	// Duplicates are merged without a date or a move: the sum stays.
	first := f.write(0, 5, shelf, 2, l.clock)
	second := f.write(0, 5, shelf, 3, l.clock)
	f.follow()
	l.pass(time.Hour)
	f.write(kept, 2, shelf, 50, l.clock)
	f.follow()
	l.mu.Lock()
	delete(l.rows["stock.quant"], second)
	l.rows["stock.quant"][first]["quantity"] = 5
	l.mu.Unlock()
	f.follow()
	f.check(map[int64]bool{5: true})
	f.write(first, 5, shelf, 6, l.clock)
	f.follow()
	f.check(map[int64]bool{5: true})
}

// A quant that was made without a date counts among the old ones.
func TestFollowQuantWithoutDate(t *testing.T) {
	t.Parallel()
	l, client := newLedger(t)
	f := newFollower(t, l, client)
	quant := f.write(0, 1, shelf, 5, l.clock)
	f.follow()
	l.mu.Lock()
	l.rows["stock.quant"][quant]["create_date"] = false
	l.mu.Unlock()
	l.pass(time.Hour)
	f.write(0, 2, shelf, 5, l.clock)
	f.follow()
	l.remove("stock.quant", quant)
	f.move(1, "done", l.clock)
	f.follow()
	f.check(map[int64]bool{1: true, 2: true})
}

// A quant that is made and merged into an older one between two looks leaves no date; its move is found a little later.
func TestFollowFindsWhatWasMergedAtOnce(t *testing.T) {
	t.Parallel()
	l, client := newLedger(t)
	f := newFollower(t, l, client)
	old, other := f.write(0, 1, shelf, 5, l.clock), f.write(0, 2, shelf, 1, l.clock)
	f.follow()
	l.pass(time.Hour)
	f.write(other, 2, shelf, 2, l.clock)
	f.follow()
	l.mu.Lock()
	l.rows["stock.quant"][old]["quantity"] = 8
	l.mu.Unlock()
	f.move(1, "done", l.clock)
	f.follow()
	l.pass(3 * time.Minute)
	f.write(other, 2, shelf, 3, l.clock)
	f.follow()
	f.check(map[int64]bool{1: true, 2: true})
}

// The SKU of a product is forgotten when the product is written.
func TestFollowSeesANewSKU(t *testing.T) {
	t.Parallel()
	l, client := newLedger(t)
	f := newFollower(t, l, client)
	sku := func() string {
		t.Helper()
		// Any reply tells the time.
		if err := client.Call(t.Context(), odoo.Call{Model: "res.users", Method: "context_get"}, nil); err != nil {
			t.Fatal(err)
		}
		done, err := f.reader.Follow(t.Context(), f.cursor, Query{Warehouses: []int64{1}})
		if err != nil {
			t.Fatal(err)
		}
		f.cursor = done.Cursor
		all := done.Stock
		if len(done.Unread) > 0 {
			for there, err := range f.reader.Availability(t.Context(), Query{Warehouses: []int64{1}, Products: done.Unread}) {
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, there)
			}
		}
		if len(all) != 1 {
			t.Fatalf("%d products", len(all))
		}
		return all[0].SKU
	}
	quant := f.write(0, 1, shelf, 1, l.clock)
	for step, want := range []string{"P1", "P1", "NEW", "NEW", "LATE"} {
		l.pass(identityAge + 10*time.Second) // the client counts on from the second that a reply told
		switch want {
		case "NEW":
			l.put("product.product", 1, "default_code", want, "uom_id", 1)
		case "LATE": // committed by a transaction that began a while ago
			l.put("product.product", 1, "default_code", want, "uom_id", 1, "write_date", l.clock.Add(-4*time.Minute).Format(time.DateTime))
		}
		f.write(quant, 1, shelf, 10+step, l.clock)
		if got := sku(); got != want {
			t.Errorf("step %d: %q, want %q", step, got, want)
		}
	}
	// The clock of Odoo is set back.
	l.pass(-2 * time.Hour)
	l.put("product.product", 1, "default_code", "BACK", "uom_id", 1)
	f.write(quant, 1, shelf, 30, l.clock)
	sku()
	f.write(quant, 1, shelf, 31, l.clock)
	if got := sku(); got != "BACK" {
		t.Errorf("after the clock was set back: %q", got)
	}
}

// Whatever happens between two calls, and between the two that each of them makes, what is told in the end is what is
// there; and nothing is told when nothing happened.
func TestFollowTellsWhatIsThere(t *testing.T) {
	t.Parallel()
	t.Run("thorough", func(t *testing.T) { t.Parallel(); followTellsWhatIsThere(t, false) })
	t.Run("brief", func(t *testing.T) { t.Parallel(); followTellsWhatIsThere(t, true) })
}

func followTellsWhatIsThere(t *testing.T, brief bool) {
	l, client := newLedger(t)
	rapid.Check(t, func(rt *rapid.T) {
		f := newFollower(rt, l, client)
		interludes, longest := []string{askedQuants, askedCount, beforeMoves}, 200
		if brief {
			f.reader.briefly = thoroughAge
			interludes, longest = []string{askedQuants, beforeMoves}, rapid.SampledFrom([]int{3, 12, 200}).Draw(rt, "longest pause")
		}
		changed := map[int64]bool{}
		// What is to happen is drawn first: it may happen while the ledger answers.
		event := func() func() {
			ago := time.Duration(rapid.IntRange(0, 240).Draw(rt, "duration")) * time.Second // a transaction may have begun a while ago
			product := rapid.Int64Range(1, articles).Draw(rt, "product")
			location := rapid.SampledFrom([]int64{shelf, shelf, shelf, elsewhere, customers}).Draw(rt, "location")
			what := rapid.SampledFrom([]string{"count", "new quant", "goes", "move", "merge", "vacuum", "archive"}).Draw(rt, "what")
			quantity, which := rapid.IntRange(0, 3).Draw(rt, "quantity"), rapid.IntRange(0, 11).Draw(rt, "which quant")
			return func() {
				began := l.clock.Add(-ago)
				changed[product] = true
				var ids []int64
				l.mu.Lock()
				told := maps.Clone(l.told)
				for id, quant := range l.rows["stock.quant"] {
					if quant["product_id"] == product && quant["location_id"] == location {
						ids = append(ids, id)
					}
				}
				l.mu.Unlock()
				slices.Sort(ids)
				switch {
				case what == "move":
					f.move(product, "confirmed", began)
				case what == "goes" && len(ids) > 0:
					// Odoo deletes no quant without a move.
					l.remove("stock.quant", ids[which%len(ids)])
					f.move(product, "done", began)
				case what == "merge" && len(ids) > 1 && told[ids[1]]: // TestFollowFindsWhatWasMergedAtOnce has the others
					// Odoo merges duplicates in the database itself: the first has the sum, without a date, and no move says so.
					l.mu.Lock()
					first, second := l.rows["stock.quant"][ids[0]], l.rows["stock.quant"][ids[1]]
					first["quantity"] = first["quantity"].(int) + second["quantity"].(int)
					delete(l.rows["stock.quant"], ids[1])
					l.mu.Unlock()
				case what == "vacuum":
					l.mu.Lock()
					for _, id := range ids {
						if l.rows["stock.quant"][id]["quantity"] == 0 {
							delete(l.rows["stock.quant"], id)
						}
					}
					l.mu.Unlock()
				case what == "archive":
					l.put("product.product", product, "default_code", fmt.Sprint("P", product), "uom_id", 1)
				case what == "count" && len(ids) > 0:
					// Odoo changes no quantity without a move.
					f.write(ids[which%len(ids)], product, location, quantity, began)
					f.move(product, "done", began)
				default:
					f.write(0, product, location, quantity, began)
					f.move(product, "done", began)
				}
			}
		}
		for range rapid.IntRange(1, 8).Draw(rt, "rounds") {
			for range rapid.IntRange(0, 3).Draw(rt, "changes") {
				event()()
			}
			if rapid.Bool().Draw(rt, "between") {
				l.between(rapid.SampledFrom(interludes).Draw(rt, "after"), event())
			}
			f.follow()
			l.pass(time.Duration(rapid.IntRange(0, longest).Draw(rt, "seconds")) * time.Second)
			if rapid.Bool().Draw(rt, "check") {
				f.thoroughly()
				f.check(changed)
				if again := f.follow(); len(again) > 0 {
					rt.Fatalf("nothing happened, and %v are named", again)
				}
			}
		}
		f.thoroughly()
		f.check(changed)
	})
}

// thoroughly follows until a thorough look is done.
func (f *follower) thoroughly() {
	if f.reader.briefly > 0 {
		f.follow()
		f.ledger.pass(thoroughAge + 2*time.Second)
		f.follow() // its reply tells the time
	}
	f.follow()
}

// A brief look tells what was written since the last one, by one call, and nothing twice; what it cannot see is seen a little later.
func TestFollowBriefly(t *testing.T) {
	t.Parallel()
	l, client := newLedger(t)
	f := newFollower(t, l, client)
	f.reader.briefly = thoroughAge
	first, second := f.write(0, 1, shelf, 5, l.clock), f.write(0, 2, shelf, 5, l.clock)
	late := f.write(0, 3, shelf, 5, l.clock)
	f.thoroughly()
	f.thoroughly() // what was not known was read apart from the look
	l.pass(time.Second)
	f.asked("")
	f.write(first, 1, shelf, 4, l.clock)
	if got := f.follow(); !slices.Equal(got, []int64{1}) {
		t.Errorf("named %v, want 1", got)
	}
	if got := f.follow(); len(got) > 0 {
		t.Errorf("nothing happened, and %v are named", got)
	}
	l.mu.Lock()
	calls := slices.Clone(l.calls)
	l.mu.Unlock()
	if want := []string{askedQuants, askedQuants}; !slices.Equal(calls, want) {
		t.Errorf("two brief looks called %q, want %q", calls, want)
	}
	f.check(map[int64]bool{1: true})
	// One is deleted, and one was committed by a transaction that began minutes ago.
	l.remove("stock.quant", second)
	f.move(2, "done", l.clock)
	f.write(late, 3, shelf, 7, l.clock.Add(-4*time.Minute))
	f.thoroughly()
	f.check(map[int64]bool{1: true, 2: true, 3: true})
}
