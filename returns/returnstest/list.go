package returnstest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
)

// sighting is a return as a run saw it last.
type sighting struct {
	state canonical.Return
	err   error
	times int
}

// run reads the stream from a query to its end. Between is called after each page.
func run(t *testing.T, lister returns.Lister, query returns.Query, between func(seen map[string]sighting)) (map[string]sighting, marketplace.Cursor) {
	t.Helper()
	seen := map[string]sighting{}
	for page := 0; ; page++ {
		if page > 10_000 {
			t.Fatal("the stream has no end: More stays true")
		}
		got, err := lister.ListReturns(context.Background(), query)
		if err != nil {
			t.Fatalf("page %d: %v", page, err)
		}
		for _, fetched := range got.Returns {
			if fetched.Key.Channel != lister.Channel() {
				t.Fatalf("a return has the key %s, which is not of the channel %s", fetched.Key, lister.Channel())
			}
			if fetched.Err == nil && fetched.Return.Key != fetched.Key {
				t.Fatalf("the return %s says of itself that it is %s", fetched.Key, fetched.Return.Key)
			}
			before := seen[fetched.Key.ID]
			seen[fetched.Key.ID] = sighting{state: fetched.Return, err: fetched.Err, times: before.times + 1}
		}
		if got.Cursor == "" {
			t.Fatal("a page has no cursor")
		}
		query.Cursor = got.Cursor
		if !got.More {
			return seen, got.Cursor
		}
		if between != nil {
			between(seen)
		}
	}
}

func testChannel(t *testing.T, b *bench) {
	channel := b.Platform.Channel()
	if channel.Name == "" || channel.Account == "" {
		t.Errorf("Channel() = %q: name and account must be set", channel)
	}
	if again := b.Platform.Channel(); again != channel {
		t.Errorf("Channel() is %q, then %q: it must be constant", channel, again)
	}
	if returns.CapabilitiesOf(b.Platform) == (returns.Capabilities{}) {
		t.Error("the platform implements none of the capabilities")
	}
}

func testList(t *testing.T, b *bench) {
	lister := able[returns.Lister](t, b)
	ids := b.seed(t, b.harness.Returns)
	for _, limit := range []int{0, 1, 3} {
		seen, _ := run(t, lister, returns.Query{Since: b.harness.Since, Limit: limit}, nil)
		for _, id := range ids {
			found, ok := seen[id]
			switch {
			case !ok:
				t.Errorf("limit %d: return %s is missing", limit, id)
			case found.err != nil:
				t.Errorf("limit %d: return %s: %v", limit, id, found.err)
			default:
				plausible(t, found.state)
			}
		}
	}
}

func testListWhileRowsMove(t *testing.T, b *bench) {
	lister := able[returns.Lister](t, b)
	need(t, b.Touch != nil, "Touch")
	ids := b.seed(t, b.harness.Returns)
	touched := map[string]canonical.Revision{}
	moves, limit := max(1, b.harness.Returns/3), 3
	if b.harness.Returns < 9 {
		limit = 1
	}
	seen, cursor := run(t, lister, returns.Query{Since: b.harness.Since, Limit: limit}, func(seen map[string]sighting) {
		// A return of a page that has been read moves to the end, so that those behind it move up.
		for _, id := range ids {
			if _, moved := touched[id]; seen[id].times > 0 && !moved && moves > 0 {
				touched[id] = seen[id].state.Revision
				b.Touch(t, id)
				moves--
				return
			}
		}
	})
	later, _ := run(t, lister, returns.Query{Cursor: cursor, Limit: 3}, nil)
	for _, id := range ids {
		if seen[id].times == 0 {
			t.Errorf("return %s was never listed: it was lost when other rows moved", id)
		}
		before, moved := touched[id]
		if !moved {
			continue
		}
		last := seen[id].state.Revision.UpdatedAt
		if again := later[id].state.Revision.UpdatedAt; again.After(last) {
			last = again
		}
		if !last.After(before.UpdatedAt) {
			t.Errorf("return %s changed while it was listed, and its new state was not seen", id)
		}
	}
}

func testListAgain(t *testing.T, b *bench) {
	lister := able[returns.Lister](t, b)
	need(t, b.Touch != nil, "Touch")
	ids := b.seed(t, min(5, b.harness.Returns))
	_, cursor := run(t, lister, returns.Query{Since: b.harness.Since}, nil)
	// A cursor is text: it may be stored and read by another process.
	stored := marketplace.Cursor(slices.Clone([]byte(cursor)))
	b.Touch(t, ids[1])
	fresh := b.seed(t, 1)[0]
	seen, next := run(t, lister, returns.Query{Cursor: stored}, nil)
	for _, id := range []string{ids[1], fresh} {
		if seen[id].times == 0 {
			t.Errorf("return %s changed after the first run and is not in the second", id)
		}
	}
	// The same cursor gives the same again: a page whose processing failed is read once more.
	repeated, _ := run(t, lister, returns.Query{Cursor: stored}, nil)
	if repeated[fresh].times == 0 {
		t.Error("a cursor that was used once no longer gives what it gave")
	}
	if _, end := run(t, lister, returns.Query{Cursor: next}, nil); end == "" {
		t.Error("a run without changes returns no cursor")
	}
}

func testListSince(t *testing.T, b *bench) {
	lister := able[returns.Lister](t, b)
	ids := b.seed(t, min(5, b.harness.Returns))
	all, _ := run(t, lister, returns.Query{Since: b.harness.Since}, nil)
	last := all[ids[len(ids)-1]].state.Revision.UpdatedAt
	seen, _ := run(t, lister, returns.Query{Since: last}, nil)
	if seen[ids[len(ids)-1]].times == 0 {
		t.Error("a return that changed at Since is not listed: Since is inclusive")
	}
	future, _ := run(t, lister, returns.Query{Since: last.Add(365 * 24 * time.Hour)}, nil)
	for _, id := range ids {
		if future[id].times > 0 {
			t.Errorf("return %s changed long before Since and is listed", id)
		}
	}
}

func testForeignCursor(t *testing.T, b *bench) {
	lister := able[returns.Lister](t, b)
	for _, cursor := range []marketplace.Cursor{"not a cursor", "e30", "2026-01-01T00:00:00Z", "\x00\xff"} {
		_, err := lister.ListReturns(context.Background(), returns.Query{Cursor: cursor})
		b.expect(t, "a foreign cursor", err, marketplace.CodeInvalid)
	}
}

func testBadReturn(t *testing.T, b *bench) {
	lister := able[returns.Lister](t, b)
	need(t, b.Corrupt != nil, "Corrupt")
	ids := b.seed(t, 5)
	b.Corrupt(t, ids[2])
	seen, _ := run(t, lister, returns.Query{Since: b.harness.Since, Limit: 2}, nil)
	for _, id := range ids {
		found := seen[id]
		switch {
		case found.times == 0:
			t.Errorf("return %s is missing beside one that cannot be decoded", id)
		case id == ids[2]:
			b.expect(t, "the corrupt return", found.err, marketplace.CodeInvalid)
		case found.err != nil:
			t.Errorf("return %s: %v", id, found.err)
		}
	}
	if getter, ok := b.Platform.(returns.Getter); ok {
		_, err := getter.GetReturn(context.Background(), ids[2])
		b.expect(t, "getting the corrupt return", err, marketplace.CodeInvalid)
	}
}
