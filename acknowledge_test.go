package retailsync_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	. "github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/odoo/sale"
)

// withdrawn is a channel that no longer takes an acknowledgement: the order is cancelled there just before.
type withdrawn struct {
	*life
	// alive leaves the order as it is; gone lets nobody read it.
	alive, gone bool
	acks        atomic.Int64
}

func (w *withdrawn) Channel() canonical.Channel { return testChannel }

func (w *withdrawn) ListOrders(ctx context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	return w.source.ListOrders(ctx, query)
}

func (w *withdrawn) AcknowledgeOrder(context.Context, marketplace.Acknowledgement) error {
	w.acks.Add(1)
	if !w.alive {
		w.cancelAtChannel()
	}
	return &marketplace.Error{Code: marketplace.CodeConflict, Channel: testChannel, Op: "acknowledge order", Message: "the order was cancelled meanwhile: read it again"}
}

// readable is the same, of which single orders can be read.
type readable struct{ *withdrawn }

func (w readable) GetOrder(ctx context.Context, id string) (canonical.Order, error) {
	if w.gone {
		return canonical.Order{}, &marketplace.Error{Code: marketplace.CodeUnavailable, Channel: testChannel, Op: "get order", Message: "retry later"}
	}
	return w.source.GetOrder(ctx, id)
}

// imported runs the flow on the channel.
func (w *withdrawn) imported(source marketplace.OrderLister) (*retailsync.Report, error) {
	w.Helper()
	return w.connector.ImportOrders(w.Context(), source, time.Time{}, retailsync.OnResult(func(r retailsync.OrderResult) { w.orderID = r.OdooID }))
}

// An order that is cancelled at the channel while it is taken over ends as cancelled, in the same run and without a person.
func TestOrderIsCancelledBeforeItIsAcknowledged(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999))
		w := &withdrawn{life: l}
		report, err := w.imported(readable{w})
		if err != nil {
			l.Fatal(err)
		}
		wantCounts(l.T, report, map[retailsync.Outcome]int{retailsync.Cancelled: 1})
		l.wantState(sale.StateCancel)
		l.wantEvents(canonical.EventOrderCreated, canonical.EventOrderConfirmed, canonical.EventOrderCancelled)
		if report.Orders() != 1 || w.acks.Load() != 1 {
			l.Errorf("%s, %d acknowledgements", report, w.acks.Load())
		}
		l.want(retailsync.Unchanged)
	})
}

// A channel whose orders cannot be read singly has it in its list the next time.
func TestOrderIsCancelledBeforeItIsAcknowledgedAtAList(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999))
		w := &withdrawn{life: l}
		report, err := w.imported(w)
		if err != nil || len(report.Failed()) != 1 {
			l.Fatal(report, err)
		}
		wantOrderError[*marketplace.Error](l.T, report.Failed()[0].Err, retailsync.StageAcknowledge, "read it again")
		var failure *retailsync.OrderError
		if !errors.As(report.Failed()[0].Err, &failure) || !failure.Retryable() {
			l.Error("the next run is said not to help")
		}
		report, err = w.imported(w)
		if err != nil {
			l.Fatal(err)
		}
		wantCounts(l.T, report, map[retailsync.Outcome]int{retailsync.Cancelled: 1})
	})
}

// A channel that refuses an order that it shows as alive is asked twice, not for ever.
func TestAcknowledgementIsRefusedForNoReason(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999))
		w := &withdrawn{life: l, alive: true}
		report, err := w.imported(readable{w})
		if err != nil {
			l.Fatal(err)
		}
		wantCounts(l.T, report, map[retailsync.Outcome]int{retailsync.Failed: 1})
		if w.acks.Load() != 2 || report.Orders() != 1 {
			l.Errorf("%d acknowledgements, %s", w.acks.Load(), report)
		}
		l.wantState(sale.StateSale)
	})
}

// A channel that goes away before the order is read again ends the run; the next one comes to the same end.
func TestOrderCannotBeReadAgain(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999))
		w := &withdrawn{life: l, gone: true}
		if _, err := w.imported(readable{w}); marketplace.CodeOf(err) != marketplace.CodeUnavailable {
			l.Fatal(err)
		}
		w.gone = false
		report, err := w.imported(readable{w})
		if err != nil {
			l.Fatal(err)
		}
		wantCounts(l.T, report, map[retailsync.Outcome]int{retailsync.Cancelled: 1})
		l.wantState(sale.StateCancel)
	})
}

// justBefore does something once before the first write to an order.
type justBefore struct {
	once sync.Once
	do   func(order string)
}

func (j *justBefore) RoundTrip(request *http.Request) (*http.Response, error) {
	if order, ok := strings.CutPrefix(request.URL.Path, "/admin/orders/"); ok && request.Method == http.MethodPost {
		j.once.Do(func() { j.do(order) })
	}
	return http.DefaultTransport.RoundTrip(request)
}

// A real Medusa refuses to mark an order that was cancelled between the look and the mark.
func TestRealMedusaCancelsBeforeItIsTold(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, db *database) {
		if peer.Spares(db.series, 0) {
			return
		}
		store := openMedusa(t)
		shop := open(t, db, medusa.New(store.URL, medusa.SecretKey(store.SecretKey), medusa.WithRateLimit(1000), medusa.WithTransport(&justBefore{do: store.cancel})))
		id := store.buy("Sweden", "se", 2)
		shop.imported(retailsync.Cancelled, id)
		shop.wantExact(id, sale.StateCancel)
		if got := store.reference(id); got != "" {
			t.Errorf("the cancelled order is marked as %q", got)
		}
		shop.imported(retailsync.Unchanged, id)
	})
}
