package retailsync_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/odootest"
)

// callCounter counts the requests to Odoo, repeats included. It is an [odoo.Observer].
type callCounter struct{ calls atomic.Int64 }

func (c *callCounter) AttemptStart(ctx context.Context, _ odoo.Attempt) context.Context { return ctx }

func (c *callCounter) AttemptEnd(context.Context, odoo.Attempt, odoo.Outcome) { c.calls.Add(1) }

// One bad order among 200 is reported, the other 199 are confirmed, and it costs few calls more.
// The bound is 4 × log2(200): what bisecting a batch on each of the four steps would cost.
func TestOneBadOrderAmongMany(t *testing.T) {
	t.Parallel()
	bad := map[string]struct {
		spoil func(*canonical.Order)
		stage retailsync.Stage
		says  string
		// where is the only place to try it; "" is everywhere.
		where string
	}{
		"unknown SKU": {
			spoil: func(o *canonical.Order) { o.Lines[0].SKU = "NOBODY-HAS-THIS" },
			stage: retailsync.StageMap, says: "NOBODY-HAS-THIS",
		},
		"unknown currency": {
			spoil: func(o *canonical.Order) { o.Currency = "XXQ" },
			stage: retailsync.StageValidate, says: "currency",
		},
		"inactive currency": {
			spoil: func(o *canonical.Order) { o.Currency = "ISK"; wholeUnits(o) },
			stage: retailsync.StageMap, says: "ISK",
			where: "in-process", // on a real Odoo it is no other than an unknown SKU, which takes half a minute
		},
		"wrong total": {
			spoil: func(o *canonical.Order) { o.Totals.Grand = canonical.Shop(decimal.MustParse("1.00")) },
			stage: retailsync.StageValidate, says: "totals.grand",
		},
		"refused by Odoo": {
			// a text that the database cannot store; the in-process Odoo stores any
			spoil: func(o *canonical.Order) { o.Number = "bad\x00number" },
			stage: retailsync.StageInsert,
			where: "real",
		},
	}
	const many = 200
	eachOdoo(t, func(t *testing.T, db *database) {
		baseline := importCounted(t, db, numbered(tag(), many), nil)
		for i, name := range slices.Sorted(maps.Keys(bad)) {
			spoil := bad[name]
			if !strings.HasPrefix(db.name, spoil.where) || db.real && peer.SparesFault(db.series, i) {
				continue
			}
			t.Run(name, func(t *testing.T) {
				orders := numbered(tag(), many)
				spoil.spoil(&orders[77])
				calls := importCounted(t, db, orders, func(report *retailsync.Report) {
					failed := report.Failed()
					if report.Count(retailsync.Created) != many-1 || len(failed) != 1 {
						t.Fatalf("%v: %v", report, failed)
					}
					var e *retailsync.OrderError
					if !errors.As(failed[0].Err, &e) || e.Stage != spoil.stage || e.Order != orders[77].Key || !strings.Contains(e.Error(), spoil.says) {
						t.Errorf("got %v, want a failure at %s that names %q", failed[0].Err, spoil.stage, spoil.says)
					}
				})
				if bound := int64(math.Log2(many) * 4); calls-baseline > bound {
					t.Errorf("%d calls, %d without the bad order: more than %d above", calls, baseline, bound)
				} else {
					t.Logf("%s: %d calls, %d without the bad order", db.name, calls, baseline)
				}
			})
		}
	})
}

// wholeUnits makes the amounts of an order fit a currency without decimals.
func wholeUnits(o *canonical.Order) {
	hundred := func(a *canonical.Amount) {
		d, _ := a.Shop.Mul(decimal.Hundred)
		a.Shop = d.Trim(0)
	}
	for i := range o.Lines {
		line := &o.Lines[i]
		for _, a := range []*canonical.Amount{&line.UnitPrice, &line.Subtotal, &line.Total} {
			hundred(a)
		}
		for k := range line.Taxes {
			hundred(&line.Taxes[k].Amount)
		}
	}
	for _, a := range []*canonical.Amount{&o.Totals.Net, &o.Totals.Tax, &o.Totals.Grand, &o.Totals.Discount, &o.Totals.Paid} {
		hundred(a)
	}
	o.Payments = nil
}

// importCounted imports orders and returns how many calls to Odoo that took.
func importCounted(t *testing.T, db *database, orders []canonical.Order, check func(*retailsync.Report)) int64 {
	t.Helper()
	counter := &callCounter{}
	erp := db.dial(t, odoo.WithObserver(counter))
	report, err := retailsync.New(erp, db.rules).ImportOrders(t.Context(), &listed{orders: orders}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if check != nil {
		check(report)
	} else {
		wantCounts(t, report, map[retailsync.Outcome]int{retailsync.Created: len(orders)})
	}
	return counter.calls.Load()
}

// endless is a channel with many orders that are made as they are asked for.
type endless struct{ orders int }

func (e endless) Channel() canonical.Channel { return testChannel }

func (e endless) ListOrders(_ context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	first := 0
	if query.Cursor != "" {
		fmt.Sscan(string(query.Cursor), &first)
	}
	last := min(first+100, e.orders)
	page := marketplace.OrderPage{Cursor: marketplace.Cursor(fmt.Sprint(last)), More: last < e.orders}
	for n := first; n < last; n++ {
		order := canonicaltest.Order(fmt.Sprintf("S-%d", n), canonicaltest.Item("SKU-1", 2, 1999))
		page.Orders = append(page.Orders, marketplace.Fetched{Key: order.Key, Order: order})
	}
	return page, nil
}

// 100,000 orders go through the flow in bounded memory.
func TestStreamInBoundedMemory(t *testing.T) {
	const bound = 64 << 20
	orders := 100_000
	if raced || testing.Short() {
		orders = 5_000
	}
	db := inProcess(t, 19, odootest.Discard(2000))
	erp := db.dial(t)
	connector := retailsync.New(erp, db.rules)
	before := heap()
	var peak uint64
	report, err := connector.ImportOrders(t.Context(), endless{orders}, time.Time{}, retailsync.OnProgress(func(p retailsync.Progress) {
		if p.Handled%5000 == 0 {
			peak = max(peak, heap())
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	if n := report.Count(retailsync.Created); n != orders {
		t.Fatalf("%v: %v", report, report.Failed())
	}
	grown := int64(peak) - int64(before)
	t.Logf("heap grew by %d KiB over %d orders", grown>>10, orders)
	if grown > bound {
		t.Errorf("the heap grew by %d MiB, more than %d", grown>>20, bound>>20)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
