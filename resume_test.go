package retailsync_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
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
	eitherOdoo(t, func(t *testing.T, db *database) {
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
		// The channel breaks down on its last page: what came before is done, and the next run goes on there.
		source.broken = "4"
		report, err := connector.ResumeOrders(t.Context(), source, time.Time{})
		var down *marketplace.Error
		if !errors.As(err, &down) || report.Count(retailsync.Created) != 3 || report.Count(retailsync.Failed) != 1 {
			t.Fatalf("%v, %v", report, err)
		}
		position("4")
		source.broken, source.from = "", nil
		resume(map[retailsync.Outcome]int{retailsync.Created: 1, retailsync.Unchanged: 0, retailsync.Failed: 1})
		position("5")
		if source.from[0] != "4" {
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
	eitherOdoo(t, func(t *testing.T, db *database) {
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

// slow is a channel whose every third list hangs until the run is out of time.
type slow struct {
	recorded
	lists int
}

func (s *slow) ListOrders(ctx context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	if s.lists++; s.lists%3 == 0 {
		<-ctx.Done()
		return marketplace.OrderPage{}, ctx.Err()
	}
	return s.recorded.ListOrders(ctx, query)
}

// Runs that are out of time before the channel's end get there all the same, each from where the last one came to.
func TestResumeWithoutTime(t *testing.T) {
	t.Parallel()
	db := inProcess(t, 19)
	erp, id, store := db.dial(t), tag(), idempotency.NewMemory()
	source := &slow{recorded: recorded{listed: listed{orders: numbered(id, 9), page: 2}}}
	source.orders[3].Lines[0].SKU = "NOWHERE"
	runs := 0
	for {
		// Another process each time; it is given up once the channel hangs.
		ctx, cancel := context.WithCancel(t.Context())
		connector := retailsync.New(erp, db.rules, retailsync.WithStore(store), retailsync.WithBatchSize(1))
		time.AfterFunc(2*time.Second, cancel)
		_, err := connector.ResumeOrders(ctx, source, time.Time{})
		cancel()
		if runs++; err == nil {
			break
		}
		if runs > 5 {
			t.Fatalf("after %d runs, asked from %q: %v", runs, source.from, err)
		}
	}
	asked := map[marketplace.Cursor]int{}
	for _, from := range source.from {
		if asked[from]++; asked[from] > 1 {
			t.Errorf("asked from %q twice, of %q: it was dealt with", from, source.from)
		}
	}
	if position, err := store.Cursor(t.Context(), "orders/"+testChannel.String()); err != nil || position != "9" || runs < 2 {
		t.Errorf("position %q after %d runs, %v", position, runs, err)
	}
	if failed, err := store.Cursor(t.Context(), "orders/"+testChannel.String()+"/failed"); err != nil || failed != `["`+id+`-3"]` {
		t.Errorf("failed %s, %v", failed, err)
	}
	if there, err := odoo.Count[sale.Order](t.Context(), erp, odoo.Where("client_order_ref", "=like", "%"+id+"%")); err != nil || there != 8 {
		t.Errorf("%d orders in Odoo, %v", there, err)
	}
}

// A batch that Odoo cuts short is no reason to move on, although those around it are done.
func TestResumeStaysBeforeWhatIsNotDone(t *testing.T) {
	t.Parallel()
	db := inProcess(t, 19)
	id, store := tag(), idempotency.NewMemory()
	source := &recorded{listed: listed{orders: numbered(id, 6), page: 2}}
	down := false
	erp := db.dial(t, odoo.WithRetry(odoo.Retry{Attempts: 1}), odoo.WithHTTPClient(&http.Client{Transport: roundTripper(func(request *http.Request) (*http.Response, error) {
		if down {
			return nil, errors.New("connection refused")
		}
		return http.DefaultTransport.RoundTrip(request)
	})}))
	connector := retailsync.New(erp, db.rules, retailsync.WithStore(store), retailsync.WithBatchSize(2), retailsync.WithWorkers(1))
	handled := 0
	_, err := connector.ResumeOrders(t.Context(), source, time.Time{}, retailsync.OnResult(func(retailsync.OrderResult) {
		handled++
		down = handled >= 2 // after the first page
	}))
	if err == nil {
		t.Fatal("Odoo was away")
	}
	if position, err := store.Cursor(t.Context(), "orders/"+testChannel.String()); err != nil || position != "2" {
		t.Errorf("position %q, %v", position, err)
	}
	down = false
	if report, err := connector.ResumeOrders(t.Context(), source, time.Time{}); err != nil || report.Count(retailsync.Failed) > 0 {
		t.Error(report, err)
	}
	if there, err := odoo.Count[sale.Order](t.Context(), erp, odoo.Where("client_order_ref", "=like", "%"+id+"%")); err != nil || there != 6 {
		t.Errorf("%d orders in Odoo, %v", there, err)
	}
}
