package marketplacetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
)

// sighting is an order as a run saw it last.
type sighting struct {
	order canonical.Order
	err   error
	times int
}

// run reads the stream from a cursor to its end. Between is called after each page.
func run(t *testing.T, lister marketplace.OrderLister, query marketplace.OrderQuery, between func(page int, seen map[string]sighting)) (map[string]sighting, marketplace.Cursor) {
	t.Helper()
	seen := map[string]sighting{}
	for page := 0; ; page++ {
		if page > 10_000 {
			t.Fatal("the stream has no end: More stays true")
		}
		got, err := lister.ListOrders(context.Background(), query)
		if err != nil {
			t.Fatalf("page %d: %v", page, err)
		}
		for _, fetched := range got.Orders {
			if fetched.Key.Channel != lister.Channel() {
				t.Fatalf("an order has the key %s, which is not of the channel %s", fetched.Key, lister.Channel())
			}
			if fetched.Err == nil && fetched.Order.Key != fetched.Key {
				t.Fatalf("the order %s says of itself that it is %s", fetched.Key, fetched.Order.Key)
			}
			before := seen[fetched.Key.ID]
			seen[fetched.Key.ID] = sighting{order: fetched.Order, err: fetched.Err, times: before.times + 1}
		}
		if got.Cursor == "" {
			t.Fatal("a page has no cursor")
		}
		query.Cursor = got.Cursor
		if !got.More {
			return seen, got.Cursor
		}
		if between != nil {
			between(page, seen)
		}
	}
}

func testChannel(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	channel := shop.Adapter.Channel()
	if channel.Name == "" || channel.Account == "" {
		t.Errorf("Channel() = %q: name and account must be set", channel)
	}
	if again := shop.Adapter.Channel(); again != channel {
		t.Errorf("Channel() is %q, then %q: it must be constant", channel, again)
	}
	if marketplace.CapabilitiesOf(shop.Adapter) == (marketplace.Capabilities{}) {
		t.Error("the adapter implements none of the capabilities")
	}
}

func testList(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	lister := shop.lister(t)
	ids := shop.seed(t, h.Orders)
	for _, limit := range []int{0, 1, 3} {
		seen, _ := run(t, lister, marketplace.OrderQuery{Since: h.Since, Limit: limit}, nil)
		for _, id := range ids {
			found, ok := seen[id]
			switch {
			case !ok:
				t.Errorf("limit %d: order %s is missing", limit, id)
			case found.err != nil:
				t.Errorf("limit %d: order %s: %v", limit, id, found.err)
			}
		}
		validate(t, shop, seen, ids)
	}
}

// validate checks the orders that the test created.
func validate(t *testing.T, shop Shop, seen map[string]sighting, ids []string) {
	t.Helper()
	contents := map[string]string{} // by digest
	for _, id := range ids {
		found := seen[id]
		if found.err != nil || found.times == 0 || shop.MayBeInvalid != nil && shop.MayBeInvalid(id) {
			continue
		}
		if err := found.order.Validate(); err != nil {
			t.Errorf("order %s is listed but not valid: %v", id, err)
		}
		if found.order.Revision.UpdatedAt.IsZero() {
			t.Errorf("order %s has no revision time: nothing says which state is newer", id)
		}
		if found.order.Revision.Digest == "" {
			t.Errorf("order %s has no digest: set Revision.Digest to Order.Digest()", id)
			continue
		}
		content := found.order.Digest()
		if other, known := contents[found.order.Revision.Digest]; known && other != content {
			t.Errorf("order %s has the digest of another order: no change would be seen; set Revision.Digest to Order.Digest() when the order is complete", id)
		}
		contents[found.order.Revision.Digest] = content
	}
}

func testListWhileRowsMove(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	lister := shop.lister(t)
	if shop.Touch == nil {
		t.Skip("the harness has no Touch")
	}
	ids := shop.seed(t, h.Orders)
	touched := map[string]canonical.Revision{}
	moves, limit := max(1, h.Orders/3), 3
	if h.Orders < 9 {
		limit = 1
	}
	seen, cursor := run(t, lister, marketplace.OrderQuery{Since: h.Since, Limit: limit}, func(_ int, seen map[string]sighting) {
		// An order of a page that has been read moves to the end, so that those behind it move up.
		for _, id := range ids {
			if _, moved := touched[id]; seen[id].times > 0 && !moved && moves > 0 {
				touched[id] = seen[id].order.Revision
				shop.Touch(t, id)
				moves--
				return
			}
		}
	})
	later, _ := run(t, lister, marketplace.OrderQuery{Cursor: cursor, Limit: 3}, nil)
	for _, id := range ids {
		if seen[id].times == 0 {
			t.Errorf("order %s was never listed: it was lost when other rows moved", id)
		}
		before, moved := touched[id]
		if !moved {
			continue
		}
		last := seen[id].order.Revision.UpdatedAt
		if again := later[id].order.Revision.UpdatedAt; again.After(last) {
			last = again
		}
		if !last.After(before.UpdatedAt) {
			t.Errorf("order %s changed while it was listed, and its new state was not seen", id)
		}
	}
}

func testListAgain(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	lister := shop.lister(t)
	if shop.Touch == nil {
		t.Skip("the harness has no Touch")
	}
	ids := shop.seed(t, min(5, h.Orders))
	_, cursor := run(t, lister, marketplace.OrderQuery{Since: h.Since}, nil)
	// A cursor is text: it may be stored and read by another process.
	stored := marketplace.Cursor(slices.Clone([]byte(cursor)))
	shop.Touch(t, ids[1])
	fresh := shop.seed(t, 1)[0]
	seen, next := run(t, lister, marketplace.OrderQuery{Cursor: stored}, nil)
	for _, id := range []string{ids[1], fresh} {
		if seen[id].times == 0 {
			t.Errorf("order %s changed after the first run and is not in the second", id)
		}
	}
	// The same cursor gives the same again: a page whose processing failed is read once more.
	repeated, _ := run(t, lister, marketplace.OrderQuery{Cursor: stored}, nil)
	if repeated[fresh].times == 0 {
		t.Error("a cursor that was used once no longer gives what it gave")
	}
	_, end := run(t, lister, marketplace.OrderQuery{Cursor: next}, nil)
	if end == "" {
		t.Error("a run without changes returns no cursor")
	}
	// A run that found nothing, or one change, goes no further than that: the next change of all is in the next run.
	for round := range 3 {
		id := ids[round%len(ids)]
		shop.Touch(t, id)
		if seen, end = run(t, lister, marketplace.OrderQuery{Cursor: end}, nil); seen[id].times == 0 {
			t.Errorf("order %s changed after run %d and is not in the next one", id, round+3)
		}
	}
}

func testListSince(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	lister := shop.lister(t)
	ids := shop.seed(t, min(5, h.Orders))
	all, _ := run(t, lister, marketplace.OrderQuery{Since: h.Since}, nil)
	last := all[ids[len(ids)-1]].order.Revision.UpdatedAt
	seen, _ := run(t, lister, marketplace.OrderQuery{Since: last}, nil)
	if seen[ids[len(ids)-1]].times == 0 {
		t.Error("an order that changed at Since is not listed: Since is inclusive")
	}
	future, _ := run(t, lister, marketplace.OrderQuery{Since: last.Add(365 * 24 * time.Hour)}, nil)
	for _, id := range ids {
		if future[id].times > 0 {
			t.Errorf("order %s changed long before Since and is listed", id)
		}
	}
}

func testForeignCursor(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	lister := shop.lister(t)
	for _, cursor := range []marketplace.Cursor{"not a cursor", "e30", "2026-01-01T00:00:00Z", "\x00\xff"} {
		_, err := lister.ListOrders(context.Background(), marketplace.OrderQuery{Cursor: cursor})
		expect(t, "a foreign cursor", h, wire, err, marketplace.CodeInvalid)
	}
}

func testBadOrder(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	lister := shop.lister(t)
	if shop.Corrupt == nil {
		t.Skip("the harness has no Corrupt")
	}
	ids := shop.seed(t, 5)
	shop.Corrupt(t, ids[2])
	seen, _ := run(t, lister, marketplace.OrderQuery{Since: h.Since, Limit: 2}, nil)
	for _, id := range ids {
		found := seen[id]
		switch {
		case found.times == 0:
			t.Errorf("order %s is missing beside one that cannot be decoded", id)
		case id == ids[2]:
			expect(t, "the corrupt order", h, wire, found.err, marketplace.CodeInvalid)
		case found.err != nil:
			t.Errorf("order %s: %v", id, found.err)
		}
	}
}
