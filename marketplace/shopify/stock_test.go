package shopify_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
)

func units(n int) decimal.Decimal { return decimal.MustNew(int64(n), 0) }

func levelOf(sku, location string, quantity int) marketplace.StockLevel {
	return marketplace.StockLevel{StockItem: marketplace.StockItem{SKU: sku, Location: location}, Quantity: units(quantity), Key: sku}
}

// told is an outcome with what its error says.
type told struct {
	Outcome marketplace.StockOutcome
	Code    marketplace.Code
	Path    string
}

func publishStock(t *testing.T, adapter *shopify.Adapter, levels ...marketplace.StockLevel) []told {
	t.Helper()
	results, err := adapter.PublishStock(context.Background(), levels)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]told, len(results))
	for i, result := range results {
		if result.Item != levels[i].StockItem {
			t.Errorf("result %d is of %v", i, result.Item)
		}
		all[i].Outcome = result.Outcome
		if result.Err != nil {
			failure, ok := result.Err.(*marketplace.Error)
			if !ok {
				t.Fatalf("%v is no *marketplace.Error", result.Err)
			}
			all[i].Code, all[i].Path = failure.Code, failure.Path
		}
	}
	return all
}

func stocks(t *testing.T, server *shopifytest.Server, sku, location string, want int) {
	t.Helper()
	if got, ok := server.Available(sku, location); !ok || got != want {
		t.Errorf("the shop has %d of %s at %s (%t), want %d", got, sku, location, ok, want)
	}
}

func TestStockRefusals(t *testing.T) {
	t.Parallel()
	const here = shopifytest.Location
	server := shopifytest.NewServer()
	server.SetLocations(map[string]bool{here: true, shopifytest.Elsewhere: true, "1003": false})
	for _, sku := range []string{"GOOD", "GOOD-2", "good", "UNCOUNTED", "BUNDLE", "O'NEILL \\ 2", "TWICE"} {
		server.SetStock(sku, here, 1)
	}
	server.AddVariant("TWICE", "")
	server.Untrack("UNCOUNTED")
	server.Freeze("BUNDLE")
	adapter := open(t, server)
	half := levelOf("GOOD", here, 0)
	half.Quantity = decimal.MustParse("0.5")
	huge := levelOf("GOOD", here, 0)
	huge.Quantity = decimal.MustParse("1000000001")
	got := publishStock(t, adapter,
		levelOf("GOOD", here, 7), levelOf("UNCOUNTED", here, 7), levelOf("BUNDLE", here, 7), levelOf("TWICE", here, 7),
		levelOf("NONE", here, 7), levelOf("GOOD", "main", 7), levelOf("GOOD", "1003", 7), levelOf("GOOD", "", 7),
		half, huge, levelOf("O'NEILL \\ 2", "gid://shopify/Location/"+here, 3), levelOf("GOOD", here, 8), levelOf("GOOD-2", here, 9))
	accepted := told{Outcome: marketplace.StockAccepted}
	rejected := func(code marketplace.Code, path string) told {
		return told{marketplace.StockRejected, code, path}
	}
	want := []told{
		accepted, rejected(marketplace.CodeInvalid, "sku"), rejected(marketplace.CodeInvalid, "sku"), rejected(marketplace.CodeInvalid, "sku"),
		rejected(marketplace.CodeNotFound, "sku"), rejected(marketplace.CodeNotFound, "location"), rejected(marketplace.CodeInvalid, "location"), rejected(marketplace.CodeInvalid, "location"),
		rejected(marketplace.CodeInvalid, "quantity"), rejected(marketplace.CodeInvalid, "quantity"), accepted, rejected(marketplace.CodeInvalid, "sku"), accepted,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	stocks(t, server, "GOOD", here, 7)
	stocks(t, server, "good", here, 1)
	stocks(t, server, "O'NEILL \\ 2", here, 3)
	stocks(t, server, "BUNDLE", here, 1)
}

func TestStockOnlyLocation(t *testing.T) {
	t.Parallel()
	server := shopifytest.NewServer()
	server.SetLocations(map[string]bool{shopifytest.Location: true, "1003": false})
	server.SetStock("A", shopifytest.Location, 1)
	adapter := open(t, server)
	publishStock(t, adapter, levelOf("A", "", 5))
	stocks(t, server, "A", shopifytest.Location, 5)
	readings, err := adapter.ReadStock(context.Background(), []marketplace.StockItem{{SKU: "A"}})
	if err != nil || len(readings) != 1 || readings[0].Err != nil || !readings[0].Quantity.Equal(units(5)) {
		t.Errorf("read %+v, %v", readings, err)
	}
}

// A sale between reading and writing is not overwritten unseen.
func TestStockMovesMeanwhile(t *testing.T) {
	t.Parallel()
	const here = shopifytest.Location
	server := shopifytest.NewServer()
	server.SetStock("A", here, 10)
	server.SetStock("B", here, 10)
	adapter := open(t, server)
	var sales atomic.Int64
	sales.Store(1)
	server.OnStockWrite(func() {
		if sales.Add(-1) >= 0 {
			server.Sell("A", here, 1)
		}
	})
	// Nothing is expected: the level is read again and set.
	if got := publishStock(t, adapter, levelOf("A", here, 20), levelOf("B", here, 20)); got[0].Outcome != marketplace.StockAccepted || got[1].Outcome != marketplace.StockAccepted {
		t.Errorf("got %v", got)
	}
	stocks(t, server, "A", here, 20)
	stocks(t, server, "B", here, 20)
	// 20 are expected, and one is sold just before: a conflict that says what is there.
	sales.Store(1)
	level, before := levelOf("A", here, 15), units(20)
	level.Expected = &before
	results, err := adapter.PublishStock(context.Background(), []marketplace.StockLevel{level})
	if err != nil || results[0].Outcome != marketplace.StockConflict || results[0].Shows == nil || !results[0].Shows.Equal(units(19)) {
		t.Errorf("got %+v, %v", results, err)
	}
	stocks(t, server, "A", here, 19)
	// One is sold each time: somebody else must decide.
	sales.Store(1000)
	if got := publishStock(t, adapter, levelOf("A", here, 3)); got[0].Code != marketplace.CodeUnavailable {
		t.Errorf("got %v", got)
	}
}

// Equal changes one after the other are all carried out, although Shopify remembers the keys of a day.
func TestStockEqualChanges(t *testing.T) {
	t.Parallel()
	server := shopifytest.NewServer()
	server.SetStock("A", shopifytest.Location, 4)
	adapter := open(t, server)
	for range 3 {
		publishStock(t, adapter, levelOf("A", shopifytest.Location, 5))
		stocks(t, server, "A", shopifytest.Location, 5)
		server.Sell("A", shopifytest.Location, 1)
	}
}

// Somebody stocks the item at the location at the moment when the adapter does.
func TestStockAddedMeanwhile(t *testing.T) {
	t.Parallel()
	server := shopifytest.NewServer()
	server.SetStock("A", "", 0)
	adapter := open(t, server)
	server.OnStockWrite(func() {
		if _, stocked := server.Available("A", shopifytest.Location); !stocked {
			server.SetStock("A", shopifytest.Location, 99)
		}
	})
	if got := publishStock(t, adapter, levelOf("A", shopifytest.Location, 5)); got[0].Outcome != marketplace.StockAccepted {
		t.Errorf("got %v", got)
	}
	stocks(t, server, "A", shopifytest.Location, 5)
}

// More levels than a call takes, of which some are refused, cost few calls; what is right already costs no write.
func TestStockInBulk(t *testing.T) {
	t.Parallel()
	const count = 300
	server := shopifytest.NewServer()
	var levels []marketplace.StockLevel
	for i := range count {
		sku := fmt.Sprintf("S-%03d-", i)
		server.SetStock(sku, shopifytest.Location, 1)
		if i%100 == 50 {
			server.Freeze(sku)
		}
		levels = append(levels, levelOf(sku, shopifytest.Location, 1+i))
	}
	var calls atomic.Int64
	adapter := open(t, server, shopify.WithTransport(counting(&calls)))
	refused := 0
	for _, got := range publishStock(t, adapter, levels...) {
		if got.Outcome == marketplace.StockRejected {
			refused++
		}
	}
	// The first level is 1 already. Six searches, and two writes for each of two parts.
	if refused != 3 || server.StockWrites() != count-4 || calls.Load() > 10 {
		t.Errorf("%d refused, %d written by %d calls", refused, server.StockWrites(), calls.Load())
	}
	writes := server.StockWrites()
	publishStock(t, adapter, levels...)
	if server.StockWrites() != writes {
		t.Errorf("%d levels were written again", server.StockWrites()-writes)
	}
}

func TestListStockPages(t *testing.T) {
	t.Parallel()
	server := shopifytest.NewServer()
	locations := map[string]bool{}
	for i := range 12 {
		locations[fmt.Sprint(2000+i)] = true
	}
	server.SetLocations(locations)
	for i := range 120 {
		server.SetStock(fmt.Sprintf("S-%03d", i), "2000", i)
	}
	for location := range locations {
		server.SetStock("S-007", location, 7)
	}
	server.SetStock("UNCOUNTED", "2000", 1)
	server.Untrack("UNCOUNTED")
	server.AddVariant("", "")
	server.SetLargestPage(20)
	adapter := open(t, server)
	found := map[marketplace.StockItem]string{}
	var cursor marketplace.Cursor
	for pages := 0; ; pages++ {
		page, err := adapter.ListStock(context.Background(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, reading := range page.Readings {
			if _, twice := found[reading.Item]; twice || reading.Err != nil {
				t.Errorf("%v came twice, or with %v", reading.Item, reading.Err)
			}
			found[reading.Item] = reading.Quantity.String()
		}
		if cursor = page.Cursor; cursor == "" {
			break
		}
		if pages > 50 {
			t.Fatal("the list has no end")
		}
	}
	if len(found) != 119+12 || found[marketplace.StockItem{SKU: "S-119", Location: "2000"}] != "119" || found[marketplace.StockItem{SKU: "S-007", Location: "2011"}] != "7" {
		t.Errorf("%d levels", len(found))
	}
	for _, foreign := range []marketplace.Cursor{"x", "variant-", "variant-0", "variant-1 OR 2"} {
		if _, err := adapter.ListStock(context.Background(), foreign); marketplace.CodeOf(err) != marketplace.CodeInvalid {
			t.Errorf("cursor %q: %v", foreign, err)
		}
	}
}

// A token that expires and points that run out lose no level.
func TestStockThroughTrouble(t *testing.T) {
	t.Parallel()
	server := shopifytest.NewServer()
	t.Cleanup(server.Close)
	server.SetStock("A", shopifytest.Location, 1)
	adapter := shopify.New(server.URL, shopify.ClientCredentials(server.ClientID, server.ClientSecret), shopify.WithRateLimit(1000))
	publishStock(t, adapter, levelOf("A", shopifytest.Location, 2))
	server.OnStockWrite(func() { server.OnStockWrite(nil); server.ExpireTokens() })
	publishStock(t, adapter, levelOf("A", shopifytest.Location, 3))
	publishStock(t, adapter, levelOf("A", shopifytest.Location, 4))
	server.Throttle(1, 0, 100_000)
	publishStock(t, adapter, levelOf("A", shopifytest.Location, 5))
	stocks(t, server, "A", shopifytest.Location, 5)
}

// Whatever the shop answers, no level comes of what cannot be read, and nothing panics.
func FuzzStockAnswers(f *testing.F) {
	const item = `"inventoryItem":{"id":"gid://shopify/InventoryItem/2","tracked":true,"at0":{"location":{"id":"gid://shopify/Location/1001"},"quantities":[{"quantity":7}]},"inventoryLevels":{"nodes":[{"location":{"id":"gid://shopify/Location/1001"},"quantities":[{"quantity":7}]}]}}`
	f.Add(`{"data":{"at0":{"isActive":true},"productVariants":{"nodes":[{"id":"gid://shopify/ProductVariant/1","sku":"A",` + item + `}]},"inventorySetQuantities":{"userErrors":[{"field":["input","quantities","0"],"code":"INVALID_LOCATION"}]}}}`)
	f.Add(`{"data":{"at0":{"isActive":true},"productVariants":{"nodes":[{"id":1,"sku":"A","inventoryItem":[]}],"pageInfo":{"hasNextPage":true}}}}`)
	f.Add(`{"data":{"productVariants":{"nodes":{"a":7}},"inventorySetQuantities":null}}`)
	f.Fuzz(func(t *testing.T, body string) {
		adapter := played(t, body)
		here := marketplace.StockItem{SKU: "A", Location: shopifytest.Location}
		readings, err := adapter.ReadStock(context.Background(), []marketplace.StockItem{here})
		if err == nil && (len(readings) != 1 || readings[0].Err != nil && marketplace.CodeOf(readings[0].Err) == "") {
			t.Errorf("read %+v", readings)
		}
		results, err := adapter.PublishStock(context.Background(), []marketplace.StockLevel{levelOf("A", shopifytest.Location, 5)})
		if err == nil && (len(results) != 1 || (results[0].Outcome == marketplace.StockRejected) != (results[0].Err != nil)) {
			t.Errorf("published %+v", results)
		}
		if page, err := adapter.ListStock(context.Background(), ""); err == nil && strings.Contains(fmt.Sprint(page.Cursor), "variant-0") {
			t.Errorf("listed %+v", page)
		}
	})
}
