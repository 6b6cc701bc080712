package retailsync

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
)

type silentChannel struct{ marketplace.StockPublisher }

func (silentChannel) Channel() canonical.Channel {
	return canonical.Channel{Name: "silent", Account: "main"}
}

// dyingStore refuses to write cursors when its writes are used up.
type dyingStore struct {
	*idempotency.Memory
	writes int
}

func (d *dyingStore) PutCursor(ctx context.Context, name, value string) error {
	if d.writes--; d.writes < 0 {
		return errors.New("the process has died")
	}
	return d.Memory.PutCursor(ctx, name, value)
}

func backlogRun(store idempotency.CursorStore) *stockRun {
	return &stockRun{
		Connector: New(nil, &mapping.Rules{}), target: silentChannel{}, cursors: store, report: &StockReport{},
		owed: map[marketplace.StockItem]owed{},
	}
}

func loaded(t interface{ Fatal(...any) }, store idempotency.CursorStore) (map[marketplace.StockItem]owed, bool) {
	r := backlogRun(store)
	if err := r.loadBacklog(context.Background()); err != nil {
		t.Fatal(err)
	}
	return r.owed, r.stored.Everything
}

var sameDecimals = cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })

// What is owed is read as it was stored, in values that a store takes. A process that dies while it is stored leaves
// what was stored before, or the new one.
func TestBacklogIsStored(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		store := &dyingStore{Memory: idempotency.NewMemory()}
		before := map[marketplace.StockItem]owed{}
		for range rapid.IntRange(1, 4).Draw(t, "runs") {
			next := map[marketplace.StockItem]owed{}
			long := strings.Repeat("x", rapid.IntRange(1, 900).Draw(t, "length"))
			quantity := decimal.MustNew(rapid.Int64Range(0, 1e12).Draw(t, "quantity"), 3)
			for n := range rapid.IntRange(0, 300).Draw(t, "items") {
				o := owed{Product: int64(n), SKU: long + string(rune('a'+n%26)) + long[:n%len(long)], Location: long}
				switch rapid.IntRange(0, 2).Draw(t, "kind") {
				case 1:
					o.Ticket, o.Level = long, &quantity
				case 2:
					o.Shown, o.Since = &quantity, time.Date(2026, 3, 1, 12, n%60, 0, 0, time.UTC)
				}
				next[o.item()] = o
			}
			store.writes = 1 << 20
			if rapid.Bool().Draw(t, "dies") {
				store.writes = rapid.IntRange(0, 9).Draw(t, "writes")
			}
			r := backlogRun(store)
			if err := r.loadBacklog(ctx); err != nil {
				t.Fatal(err)
			}
			if err := r.saveBacklog(ctx, false, next); err == nil {
				before = next
			} else if !strings.Contains(err.Error(), "died") {
				t.Fatal(err)
			}
			found, everything := loaded(t, store)
			if diff := cmp.Diff(before, found, sameDecimals, cmp.AllowUnexported(owed{})); diff != "" || everything {
				t.Fatalf("everything: %t (-stored +read):\n%s", everything, diff)
			}
		}
	})
}

// More than is worth listing becomes a comparison of everything; tickets are never among it.
func TestBacklogOfEverything(t *testing.T) {
	t.Parallel()
	store := idempotency.NewMemory()
	all, tickets := map[marketplace.StockItem]owed{}, map[marketplace.StockItem]owed{}
	for n := range int64(3 * mostOwed) {
		o := owed{Product: n, SKU: "SKU-" + decimal.MustNew(n, 0).String()}
		if n%2 == 0 {
			level := decimal.MustNew(n, 0)
			o.Ticket, o.Level = "ticket", &level
			tickets[o.item()] = o
		}
		all[o.item()] = o
	}
	r := backlogRun(store)
	if err := r.saveBacklog(t.Context(), false, maps.Clone(all)); err == nil {
		if found, everything := loaded(t, store); everything != (len(all)-len(tickets) > mostOwed) || len(found) != len(tickets) {
			t.Errorf("%d are read, everything: %t", len(found), everything)
		}
	} else {
		t.Fatal(err)
	}
	all = tickets
	if err := r.saveBacklog(t.Context(), false, all); err != nil {
		t.Fatal(err)
	}
	found, everything := loaded(t, store)
	if diff := cmp.Diff(tickets, found, sameDecimals); diff != "" || everything {
		t.Errorf("everything: %t (-stored +read):\n%s", everything, diff)
	}
}
