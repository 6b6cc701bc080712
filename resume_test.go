package retailsync_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
)

// recorded is a channel that remembers what it was asked, and may break down.
type recorded struct {
	listed
	from   []marketplace.Cursor
	got    []string
	broken marketplace.Cursor
}

func (r *recorded) ListOrders(ctx context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	r.from = append(r.from, query.Cursor)
	if r.broken != "" && query.Cursor == r.broken {
		return marketplace.OrderPage{}, &marketplace.Error{Code: marketplace.CodeUnavailable, Channel: testChannel, Op: "list orders"}
	}
	return r.listed.ListOrders(ctx, query)
}

func (r *recorded) GetOrder(ctx context.Context, id string) (order canonical.Order, err error) {
	r.got = append(r.got, id)
	return r.listed.GetOrder(ctx, id)
}

func TestResume(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, db *database) {
		id := tag()
		store := idempotency.NewMemory()
		source := &recorded{listed: listed{orders: numbered(id, 5), page: 2}}
		sku := source.orders[1].Lines[0].SKU
		source.orders[1].Lines[0].SKU = "NOWHERE"
		connector := retailsync.New(db.dial(t), db.rules, retailsync.WithStore(store))
		resume := func(want map[retailsync.Outcome]int) {
			t.Helper()
			report, err := connector.ResumeOrders(t.Context(), source, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			for outcome, n := range want {
				if report.Count(outcome) != n {
					t.Fatalf("%v, want %v: %v", report, want, report.Failed())
				}
			}
		}
		position := func(want string) {
			t.Helper()
			if got, err := store.Cursor(t.Context(), "orders/"+testChannel.String()); err != nil || got != want {
				t.Errorf("position %q, %v; want %q", got, err, want)
			}
		}
		// The channel breaks down on its last page: what came before is done, the position stays.
		source.broken = "4"
		report, err := connector.ResumeOrders(t.Context(), source, time.Time{})
		var down *marketplace.Error
		if !errors.As(err, &down) || report.Count(retailsync.Created) != 3 || report.Count(retailsync.Failed) != 1 {
			t.Fatalf("%v, %v", report, err)
		}
		position("")
		source.broken, source.from = "", nil
		resume(map[retailsync.Outcome]int{retailsync.Created: 1, retailsync.Unchanged: 3, retailsync.Failed: 1})
		position("5")
		if source.from[0] != "" {
			t.Errorf("asked from %q", source.from)
		}
		// The failed order comes first, although the position is behind it.
		source.from, source.got = nil, nil
		resume(map[retailsync.Outcome]int{retailsync.Failed: 1})
		if len(source.got) != 1 || source.got[0] != id+"-1" || len(source.from) != 1 || source.from[0] != "5" {
			t.Errorf("fetched %q, asked from %q", source.got, source.from)
		}
		source.orders[1].Lines[0].SKU = sku
		resume(map[retailsync.Outcome]int{retailsync.Created: 1, retailsync.Failed: 0})
		source.got = nil
		resume(map[retailsync.Outcome]int{retailsync.Created: 0, retailsync.Failed: 0, retailsync.Unchanged: 0})
		if len(source.got) != 0 {
			t.Errorf("an order that succeeded was fetched again: %q", source.got)
		}
	})
}

// Notices of a webhook fetch single orders; one that is gone fails by itself.
func TestImportSingleOrders(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, db *database) {
		id := tag()
		source := &listed{orders: numbered(id, 2)}
		connector := retailsync.New(db.dial(t), db.rules)
		report, err := connector.ImportOrder(t.Context(), source, []string{id + "-1", "gone", id + "-0", id + "-1"})
		if err != nil {
			t.Fatal(err)
		}
		if report.Count(retailsync.Created) != 2 || report.Count(retailsync.Failed) != 1 {
			t.Fatal(report)
		}
		wantOrderError[*marketplace.Error](t, report.Failed()[0].Err, retailsync.StageFetch, "gone")
	})
}
