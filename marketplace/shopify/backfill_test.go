package shopify_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
)

// grownShop has orders of all kinds: plain ones with several lines, one of which things were sent and given back, and one
// that cannot be read.
func grownShop(t *testing.T) *shopifytest.Server {
	t.Helper()
	server := sampleShop(7)
	server.Put(string(encode(t, node(object{"id": gid("Order", 200), "lineItems": nodes(
		line(2001, 1, money("1.00"), nil), line(2002, 2, money("2.00"), nil), line(2003, 3, money("3.00"), nil),
	), "totalPriceSet": money("14.00")}))))
	server.Put(string(encode(t, node(object{"id": gid("Order", 201), "lineItems": nodes(line(2011, 2, money("5.00"), object{"currentQuantity": 1, "unfulfilledQuantity": 0})),
		"totalPriceSet": money("10.00"), "fulfillments": list{parcel(81, "SUCCESS", sent(2011, 2))},
		"refunds": list{refund(91, money("5.00"), nil, back(2011, 1, "RETURN", money("5.00"), money("0.00")))},
	}))))
	server.Put(string(encode(t, node(object{"id": gid("Order", 202), "totalPriceSet": object{"shopMoney": object{"amount": "N/A"}}}))))
	return server
}

// readAll reads a stream to its end by pages of three and returns how often each order came, and the last cursor.
func readAll(t *testing.T, lister marketplace.OrderLister, cursor marketplace.Cursor, each func(page int, fetched marketplace.Fetched)) marketplace.Cursor {
	t.Helper()
	for page := 0; page < 200; page++ {
		got, err := lister.ListOrders(context.Background(), marketplace.OrderQuery{Cursor: cursor, Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		if got.More && got.Cursor == cursor {
			t.Fatal("the cursor does not move on")
		}
		for _, fetched := range got.Orders {
			each(page, fetched)
		}
		if cursor = got.Cursor; !got.More {
			return cursor
		}
	}
	t.Fatal("the stream has no end")
	return ""
}

func TestBackfill(t *testing.T) {
	t.Parallel()
	server := grownShop(t)
	server.DelayBulk(3)
	var calls atomic.Int64
	adapter := open(t, server, shopify.WithTransport(counting(&calls)))
	found := map[string]canonical.Order{}
	cursor := readAll(t, adapter.Backfill(), "", func(_ int, fetched marketplace.Fetched) {
		if _, twice := found[fetched.Key.ID]; twice || fetched.Key.ID == "" {
			t.Errorf("order %q came twice, or has no id", fetched.Key.ID)
		}
		if (fetched.Err != nil) != (fetched.Key.ID == "202") {
			t.Errorf("order %s: %v", fetched.Key.ID, fetched.Err)
		}
		found[fetched.Key.ID] = fetched.Order
	})
	if len(found) != 10 {
		t.Errorf("%d orders, want 10", len(found))
	}
	if calls.Load() > 15 {
		t.Errorf("%d calls for ten orders: all but the one with parcels are in the file", calls.Load())
	}
	for id, order := range found {
		if id == "202" {
			continue
		}
		if err := order.Validate(); err != nil {
			t.Errorf("order %s: %v", id, err)
		}
		alone, err := adapter.GetOrder(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(indent(alone), indent(order)); diff != "" {
			t.Errorf("order %s is not as it is when it is fetched alone (-alone +bulk):\n%s", id, diff)
		}
	}
	// What changed since the operation began comes by the ordinary list.
	server.Change("103", func(order map[string]any) { order["note"] = "changed" })
	changed := map[string]bool{}
	readAll(t, adapter, cursor, func(_ int, fetched marketplace.Fetched) { changed[fetched.Key.ID] = true })
	if !changed["103"] || len(changed) == 10 {
		t.Errorf("after the backfill came %v", changed)
	}
}

// A process that dies goes on in the middle of the file; an operation that failed is started again.
func TestBackfillGoesOn(t *testing.T) {
	t.Parallel()
	server := grownShop(t)
	adapter := open(t, server)
	first, err := adapter.Backfill().ListOrders(context.Background(), marketplace.OrderQuery{})
	if err != nil || len(first.Orders) != 0 || !first.More {
		t.Fatalf("%d orders, %v", len(first.Orders), err)
	}
	second, err := adapter.ListOrders(context.Background(), marketplace.OrderQuery{Cursor: first.Cursor, Limit: 4})
	if err != nil || len(second.Orders) != 4 || !second.More {
		t.Fatalf("%d orders, %v", len(second.Orders), err)
	}
	rest := map[string]int{}
	readAll(t, adapter, second.Cursor, func(_ int, fetched marketplace.Fetched) { rest[fetched.Key.ID]++ })
	if len(rest) != 6 || rest[second.Orders[0].Key.ID] != 0 {
		t.Errorf("after four came %v", rest)
	}
	server.FailBulk("EXPIRED")
	again := map[string]int{}
	readAll(t, adapter, second.Cursor, func(_ int, fetched marketplace.Fetched) { again[fetched.Key.ID]++ })
	if len(again) != 10 {
		t.Errorf("an operation that is gone: %v", again)
	}
}

// Backfill of a shop whose operations never work does not go on for ever.
func TestBackfillGivesUp(t *testing.T) {
	t.Parallel()
	server := sampleShop(2)
	adapter := open(t, server)
	page, err := adapter.Backfill().ListOrders(context.Background(), marketplace.OrderQuery{})
	for range 10 {
		server.FailBulk("FAILED")
		if page, err = adapter.ListOrders(context.Background(), marketplace.OrderQuery{Cursor: page.Cursor}); err != nil {
			break
		}
	}
	if marketplace.CodeOf(err) != marketplace.CodeUnavailable {
		t.Errorf("got %v", err)
	}
}

func TestBackfillEmptyShop(t *testing.T) {
	t.Parallel()
	adapter := open(t, shopifytest.NewServer())
	readAll(t, adapter.Backfill(), "", func(_ int, fetched marketplace.Fetched) { t.Errorf("order %s", fetched.Key.ID) })
}

func TestBackfillRefused(t *testing.T) {
	t.Parallel()
	server := sampleShop(1)
	server.DelayBulk(1000)
	adapter := open(t, server)
	var err error
	for range 6 {
		_, err = adapter.Backfill().ListOrders(context.Background(), marketplace.OrderQuery{Since: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	}
	var failure *marketplace.Error
	if !errors.As(err, &failure) || failure.Code != marketplace.CodeRateLimited || failure.RetryAfter <= 0 {
		t.Errorf("a sixth operation: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := adapter.Backfill().ListOrders(ctx, marketplace.OrderQuery{}); marketplace.CodeOf(err) != marketplace.CodeUnavailable {
		t.Errorf("cancelled: %v", err)
	}
}

// A file that breaks off, or that a store without ranges sends whole, costs no order.
func TestBackfillFile(t *testing.T) {
	t.Parallel()
	server := sampleShop(6)
	var broken atomic.Bool
	adapter := open(t, server, shopify.WithTransport(roundTrip(func(request *http.Request) (*http.Response, error) {
		if !strings.HasPrefix(request.URL.Path, "/files/") {
			return http.DefaultTransport.RoundTrip(request)
		}
		request = request.Clone(request.Context())
		request.Header.Del("Range")
		response, err := http.DefaultTransport.RoundTrip(request)
		if err == nil && broken.CompareAndSwap(false, true) {
			response.Body = struct {
				io.Reader
				io.Closer
			}{io.LimitReader(response.Body, 3000), response.Body}
		}
		return response, err
	})))
	page, err := adapter.Backfill().ListOrders(context.Background(), marketplace.OrderQuery{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = adapter.ListOrders(context.Background(), marketplace.OrderQuery{Cursor: page.Cursor, Limit: 2})
	if marketplace.CodeOf(err) != marketplace.CodeUnavailable || strings.Contains(fmt.Sprint(err), "signature=") {
		t.Errorf("a file that breaks off: %v", err)
	}
	seen := map[string]int{}
	readAll(t, adapter, page.Cursor, func(_ int, fetched marketplace.Fetched) { seen[fetched.Key.ID]++ })
	if len(seen) != 6 || seen["100"] != 1 {
		t.Errorf("got %v", seen)
	}
}
