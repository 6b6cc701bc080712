package marketplacetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
)

// StockHooks drive the shop's side of stock.
type StockHooks struct {
	// Items makes the shop count n articles, at one of its locations, and returns them. Their levels do not matter.
	Items func(t *testing.T, n int) []marketplace.StockItem
	// Shows returns what the shop would sell of an item now.
	Shows func(t *testing.T, item marketplace.StockItem) decimal.Decimal
	// Sell has a customer buy one unit, so that the shop shows one less. It may be nil.
	Sell func(t *testing.T, item marketplace.StockItem)
	// Elsewhere is the id of a location that the shop does not have; empty for shops with one place.
	Elsewhere string
	// Conflicts says that the adapter compares: a level that was set meanwhile is not overwritten.
	Conflicts bool
}

func (s Shop) stock(t *testing.T, n int) (marketplace.StockPublisher, []marketplace.StockItem) {
	t.Helper()
	publisher, ok := s.Adapter.(marketplace.StockPublisher)
	if !ok {
		t.Skip("the adapter does not publish stock")
	}
	if s.Stock == nil {
		t.Skip("the harness has no Stock")
	}
	items := s.Stock.Items(t, n)
	if len(items) != n {
		t.Fatalf("Items(%d) returned %d", n, len(items))
	}
	return publisher, items
}

func units(n int) decimal.Decimal { return decimal.MustNew(int64(n), 0) }

func levelsOf(items []marketplace.StockItem, quantity func(i int) decimal.Decimal) []marketplace.StockLevel {
	levels := make([]marketplace.StockLevel, len(items))
	for i, item := range items {
		levels[i] = marketplace.StockLevel{StockItem: item, Quantity: quantity(i), Key: fmt.Sprintf("%s/%s/%s", item.SKU, item.Location, quantity(i))}
	}
	return levels
}

// publish sets levels and follows those that are pending to their end.
func publish(t *testing.T, publisher marketplace.StockPublisher, levels []marketplace.StockLevel) []marketplace.StockResult {
	t.Helper()
	results, err := publisher.PublishStock(context.Background(), levels)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != len(levels) {
		t.Fatalf("%d results for %d levels", len(results), len(levels))
	}
	for i, result := range results {
		if result.Item != levels[i].StockItem {
			t.Errorf("result %d is of %v, want %v: results are in the order of the levels", i, result.Item, levels[i].StockItem)
		}
		for round := 0; result.Outcome == marketplace.StockPending; round++ {
			follower, ok := publisher.(marketplace.StockFollower)
			if !ok || result.Ticket == "" || round > 1000 {
				t.Fatalf("%v stays pending (ticket %q)", result.Item, result.Ticket)
			}
			followed, err := follower.FollowStock(context.Background(), []string{result.Ticket})
			if err != nil || len(followed) != 1 {
				t.Fatalf("following %v: %d results, %v", result.Item, len(followed), err)
			}
			result = followed[0]
			results[i] = result
		}
		rejected := result.Outcome == marketplace.StockRejected
		if rejected != (result.Err != nil) {
			t.Errorf("%v is %s with the error %v", result.Item, result.Outcome, result.Err)
		}
	}
	return results
}

func accepted(t *testing.T, results []marketplace.StockResult) {
	t.Helper()
	for _, result := range results {
		if result.Outcome != marketplace.StockAccepted {
			t.Errorf("%v is %s: %v", result.Item, result.Outcome, result.Err)
		}
	}
}

func (s Shop) shows(t *testing.T, item marketplace.StockItem, want decimal.Decimal) {
	t.Helper()
	if got := s.Stock.Shows(t, item); !got.Equal(want) {
		t.Errorf("the shop shows %s of %v, want %s", got, item, want)
	}
	reader, ok := s.Adapter.(marketplace.StockReader)
	if !ok {
		return
	}
	readings, err := reader.ReadStock(context.Background(), []marketplace.StockItem{item})
	if err != nil {
		t.Fatal(err)
	}
	if len(readings) != 1 || readings[0].Err != nil || readings[0].Item != item || !readings[0].Quantity.Equal(want) {
		t.Errorf("read %+v, want %s of %v", readings, want, item)
	}
}

// Levels are set, lowered to nothing and raised; setting them again changes nothing.
func testStock(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	publisher, items := shop.stock(t, 3)
	if publisher.StockBatch() < 1 {
		t.Fatalf("StockBatch() is %d", publisher.StockBatch())
	}
	for _, base := range []int{5, 0, 0, 40} {
		accepted(t, publish(t, publisher, levelsOf(items, func(i int) decimal.Decimal { return units(base * (i + 1)) })))
		for i, item := range items {
			shop.shows(t, item, units(base*(i+1)))
		}
	}
	none, err := publisher.PublishStock(context.Background(), nil)
	if err != nil || len(none) != 0 {
		t.Errorf("no levels: %v, %v", none, err)
	}
}

// One level that is refused never holds up the others, and says why.
func testStockIsolates(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	publisher, items := shop.stock(t, 2)
	levels := levelsOf(items, func(i int) decimal.Decimal { return units(i + 3) })
	unknown := marketplace.StockLevel{StockItem: marketplace.StockItem{SKU: "NO-SUCH-ARTICLE", Location: items[0].Location}, Quantity: units(1), Key: "x"}
	nameless := marketplace.StockLevel{StockItem: marketplace.StockItem{Location: items[0].Location}, Quantity: units(1), Key: "y"}
	all := []marketplace.StockLevel{levels[0], unknown, nameless, levels[1]}
	if shop.Stock.Elsewhere != "" {
		misplaced := levels[0]
		misplaced.Location = shop.Stock.Elsewhere
		all = append(all, misplaced)
	}
	results := publish(t, publisher, all)
	accepted(t, []marketplace.StockResult{results[0], results[3]})
	for i, result := range results {
		if i != 0 && i != 3 {
			failure := expect(t, fmt.Sprintf("the level of %v", all[i].StockItem), h, wire, result.Err, marketplace.CodeNotFound)
			if want := []string{"sku", "location"}[i/4]; failure != nil && failure.Path != want {
				t.Errorf("the level of %v: the path is %q, want %q", all[i].StockItem, failure.Path, want)
			}
		}
	}
	shop.shows(t, items[0], units(3))
	shop.shows(t, items[1], units(4))
	if reader, ok := shop.Adapter.(marketplace.StockReader); ok {
		readings, err := reader.ReadStock(context.Background(), []marketplace.StockItem{items[0], unknown.StockItem})
		if err != nil || len(readings) != 2 {
			t.Fatalf("%d readings, %v", len(readings), err)
		}
		if readings[0].Err != nil || !readings[0].Quantity.Equal(units(3)) {
			t.Errorf("read %+v beside an unknown article", readings[0])
		}
		expect(t, "reading an unknown article", h, wire, readings[1].Err, marketplace.CodeNotFound)
	}
}

// A channel that compares does not overwrite what it did not expect; what it shows already is no conflict.
func testStockConflict(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	publisher, items := shop.stock(t, 1)
	if !shop.Stock.Conflicts {
		t.Skip("the channel does not compare")
	}
	set := func(quantity, expected int) marketplace.StockResult {
		level := levelsOf(items, func(int) decimal.Decimal { return units(quantity) })
		before := units(expected)
		level[0].Expected = &before
		level[0].Key = fmt.Sprintf("%d after %d", quantity, expected)
		return publish(t, publisher, level)[0]
	}
	accepted(t, publish(t, publisher, levelsOf(items, func(int) decimal.Decimal { return units(7) })))
	if result := set(9, 8); result.Outcome != marketplace.StockConflict {
		t.Errorf("8 was expected where 7 is: %s, %v", result.Outcome, result.Err)
	} else if result.Shows != nil && !result.Shows.Equal(units(7)) {
		t.Errorf("the conflict says that %s is shown, want 7", result.Shows)
	}
	shop.shows(t, items[0], units(7))
	if result := set(9, 7); result.Outcome != marketplace.StockAccepted {
		t.Errorf("7 was expected where 7 is: %s, %v", result.Outcome, result.Err)
	}
	shop.shows(t, items[0], units(9))
}

// What the shop sells lowers what it shows; a level that is set later is what it shows then.
func testStockSold(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	publisher, items := shop.stock(t, 1)
	if shop.Stock.Sell == nil {
		t.Skip("the harness has no Stock.Sell")
	}
	set := func(n int) {
		accepted(t, publish(t, publisher, levelsOf(items, func(int) decimal.Decimal { return units(n) })))
	}
	set(5)
	shop.Stock.Sell(t, items[0])
	shop.shows(t, items[0], units(4))
	set(4)
	shop.shows(t, items[0], units(4))
	set(2)
	shop.shows(t, items[0], units(2))
}

// A write whose reply is lost is reported as such; setting the level again is safe.
func testStockLost(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	publisher, items := shop.stock(t, 2)
	accepted(t, publish(t, publisher, levelsOf(items, func(int) decimal.Decimal { return units(1) })))
	writes := wire.LoseReplies()
	levels := levelsOf(items, func(i int) decimal.Decimal { return units(i + 6) })
	results, err := publisher.PublishStock(context.Background(), levels)
	if err == nil {
		for _, result := range results {
			expect(t, "a level whose reply is lost", h, wire, result.Err, marketplace.CodeUnknown, marketplace.CodeUnavailable)
		}
	} else {
		expect(t, "levels whose reply is lost", h, wire, err, marketplace.CodeUnknown, marketplace.CodeUnavailable)
	}
	if writes() == 0 {
		t.Error("nothing was written")
	}
	wire.Set(nil)
	accepted(t, publish(t, publisher, levels))
	for i, item := range items {
		shop.shows(t, item, units(i+6))
	}
}

// More than fits one call is listed to its end.
func testListStock(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	lister, ok := shop.Adapter.(marketplace.StockLister)
	if !ok {
		t.Skip("the adapter does not list stock")
	}
	publisher, items := shop.stock(t, h.Orders)
	all, batch := levelsOf(items, func(i int) decimal.Decimal { return units(i + 1) }), max(1, publisher.StockBatch())
	for levels := range slices.Chunk(all, batch) {
		accepted(t, publish(t, publisher, levels))
	}
	found := map[marketplace.StockItem]decimal.Decimal{}
	var cursor marketplace.Cursor
	for page := 0; ; page++ {
		if page > 10_000 {
			t.Fatal("the list has no end: Cursor stays set")
		}
		got, err := lister.ListStock(context.Background(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, reading := range got.Readings {
			if reading.Err == nil {
				found[reading.Item] = reading.Quantity
			}
		}
		if cursor = got.Cursor; cursor == "" {
			break
		}
	}
	for i, item := range items {
		if quantity, ok := found[item]; !ok || !quantity.Equal(units(i+1)) {
			t.Errorf("%v is listed with %s (%t), want %d", item, quantity, ok, i+1)
		}
	}
	_, err := lister.ListStock(context.Background(), "not a cursor")
	expect(t, "a foreign cursor", h, wire, err, marketplace.CodeInvalid)
}

// A level in parts, below nothing or beyond all bounds never becomes another one.
func testStockOddQuantities(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	publisher, items := shop.stock(t, 2)
	accepted(t, publish(t, publisher, levelsOf(items, func(int) decimal.Decimal { return units(4) })))
	shown := units(4) // what a refused level leaves
	for _, text := range []string{"2.5", "-1"} {
		odd := decimal.MustParse(text)
		results := publish(t, publisher, levelsOf(items, func(i int) decimal.Decimal {
			if i == 0 {
				return odd
			}
			return units(4)
		}))
		if results[1].Outcome != marketplace.StockAccepted {
			t.Errorf("a level of 4 beside one of %s: %s, %v", text, results[1].Outcome, results[1].Err)
		}
		if results[0].Outcome == marketplace.StockAccepted && odd.IsPos() {
			shown = odd
			shop.shows(t, items[0], shown)
			continue
		}
		expect(t, "a level of "+text, h, wire, results[0].Err, marketplace.CodeInvalid)
		shop.shows(t, items[0], shown)
	}
}
