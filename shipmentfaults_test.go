package retailsync_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
)

// shipmentTask is one run of PublishShipments with an empty store.
type shipmentTask struct {
	// URL, Key and Account are the Medusa shop's.
	URL, Key, Account string
	Rules             string
	Since             time.Time
}

// once publishes with an empty store, every call to Odoo and to the shop passing the points.
func (s shipmentTask) once(ctx context.Context, odooAt target, at *points, options ...retailsync.Option) childReport {
	var report childReport
	wire := &http.Transport{}
	defer wire.CloseIdleConnections()
	through := faultyTransport{at, wire}
	erp, err := odooAt.dial(ctx, odoo.WithHTTPClient(&http.Client{Transport: through}), odoo.WithRetry(odoo.Retry{First: 10 * time.Millisecond}))
	if err == nil {
		var rules *mapping.Rules
		if rules, err = mapping.Load(strings.NewReader(s.Rules), "rules.yaml"); err == nil {
			shop := medusa.New(s.URL, medusa.SecretKey(s.Key), medusa.WithAccount(s.Account), medusa.WithTransport(through),
				medusa.WithBackoff(10*time.Millisecond), medusa.WithRateLimit(1000))
			_, err = retailsync.New(erp, rules, options...).PublishShipments(ctx, shop, retailsync.ShipmentRun{Since: s.Since, OnResult: func(r retailsync.ShipmentResult) {
				if r.Err != nil {
					report.Failures = append(report.Failures, r.Err.Error())
				}
			}})
		}
	}
	if err != nil {
		report.Err = err.Error()
	}
	report.Calls = at.made()
	return report
}

// twoParts is an order of a real Medusa that a real Odoo delivers in two parts by two carriers.
type twoParts struct {
	id            string
	odoo          int64
	lines         map[string]int64 // in Odoo, by SKU
	names         []string         // at the channel, in the order of the SKUs
	first, second int64
	task          shipmentTask
}

// The show case: an order placed in Medusa is delivered in Odoo in two parts by two carriers, the second tracking number
// comes late, and Medusa ends with two fulfilments, the right lines and numbers. The process is killed after every single
// call of either run, and rerun with an empty store: the same end.
func TestRealShipmentsKilledAtEveryCall(t *testing.T) {
	t.Parallel()
	warehouse.EachReal(t, func(t *testing.T, w *warehouse.Warehouse) {
		store := openMedusa(t)
		db := realOdoo(t, w.Series)
		carriers := [2]int64{w.Carrier("Post " + w.Name), w.Carrier("Courier " + w.Name)}
		at := targetOf(db)
		skus := []string{"M-" + w.Name, "S-" + w.Name, "L-" + w.Name}
		for i := range skus {
			skus[i] = strings.ReplaceAll(skus[i], " ", "-")
		}
		variants := store.NewArticles(t, "Shipped "+w.Name, skus...)
		for _, sku := range skus {
			w.Create("product.product", map[string]any{"name": "Shipped " + sku, "default_code": sku, "type": "consu"}, nil)
		}

		// Each order is of an account of its own: processes that share no store must not work for one channel at the same time.
		place := func() *twoParts {
			t.Helper()
			account := strings.ToLower(tag())
			joined := open(t, db, medusa.New(store.URL, medusa.SecretKey(store.SecretKey), medusa.WithAccount(account), medusa.WithRateLimit(1000)))
			id := store.buyOf("Sweden", "se", map[string]int{variants[skus[0]]: 3, variants[skus[1]]: 1, variants[skus[2]]: 1})
			joined.imported(retailsync.Created, id)
			o := inOdoo(t, joined, id, account, skus)
			o.task = shipmentTask{URL: store.URL, Key: store.SecretKey, Account: account, Rules: `version: 1
channels:
  medusa/` + account + `:
    currency_view: shop
    shipments:
      carriers:
        - {carrier: "Post *", word: post, url: "https://post.example.com/{number}"}
        - {carrier: "Courier *", word: courier}
`}
			return o
		}
		deliver := func(o *twoParts) {
			o.task.Since = time.Now().Add(-2 * time.Second)
			o.first = w.Ship(o.odoo, map[int64]float64{o.lines[skus[0]]: 2, o.lines[skus[1]]: 1})
			w.Track(o.first, carriers[0], "NR-1")
			o.second = w.Ship(o.odoo, map[int64]float64{o.lines[skus[0]]: 1, o.lines[skus[2]]: 1})
			w.Track(o.second, carriers[1], "")
		}
		shows := func(what string, o *twoParts, want ...string) {
			t.Helper()
			var answer struct{ Order map[string]any }
			store.call("GET", "/admin/orders/"+o.id+"?fields=id,*fulfillments,*fulfillments.items,*fulfillments.labels", nil, &answer)
			if diff := cmp.Diff(want, fulfilments(answer.Order, o.names)); diff != "" {
				t.Errorf("%s: the shop's fulfilments (-want +got):\n%s", what, diff)
			}
		}
		before := []string{"l0:1 l2:1 []", "l0:2 l1:1 [NR-1] shipped"}
		after := []string{"l0:1 l2:1 [NR-2] shipped", "l0:2 l1:1 [NR-1] shipped"}
		run := func(what string, o *twoParts, f fault) childReport {
			t.Helper()
			if f.Kind == noFault {
				report := o.task.once(t.Context(), at, newPoints(f, nil))
				if report.Err != "" || len(report.Failures) > 0 {
					t.Errorf("%s: %v", what, report)
				}
				return report
			}
			child := startChild(t.Context(), t, childTask{Odoo: at, Shipments: &o.task, Fault: f})
			child.start.Close()
			code, report := child.wait(t)
			if code != killedCode && code != 0 {
				t.Errorf("%s: the process ended with %d: %v", what, code, report)
			}
			return report
		}

		undisturbed := place()
		deliver(undisturbed)
		calls := run("undisturbed", undisturbed, fault{}).Calls
		shows("undisturbed", undisturbed, before...)
		w.Track(undisturbed.second, 0, "NR-2")
		if n := len(run("undisturbed, late tracking", undisturbed, fault{}).Calls); n > len(calls) {
			t.Errorf("%d calls for late tracking, %d for both parts", n, len(calls))
		}
		shows("undisturbed, late tracking", undisturbed, after...)
		if t.Failed() {
			return
		}
		t.Logf("%d calls: %s", len(calls), strings.Join(calls, ", "))

		// Before the first write to the shop nothing is done: one order is struck at each of these calls in turn. From then on
		// each call has an order of its own.
		writes := slices.IndexFunc(calls, func(call string) bool { return strings.HasSuffix(call, "/fulfillments") })
		struck := [][]int{nil}
		for n := range calls {
			switch {
			case n < writes:
				struck[0] = append(struck[0], n)
			case !peer.SparesFault(w.Series, n):
				struck = append(struck, []int{n})
			}
		}
		orders := make([]*twoParts, len(struck))
		for i := range orders {
			orders[i] = place()
		}
		var group errgroup.Group
		group.SetLimit(2)
		for i, o := range orders {
			group.Go(func() error {
				strike := func(what string, want []string) {
					for _, n := range struck[i] {
						run(fmt.Sprintf("%s, killed after call %d (%s)", what, n+1, calls[n]), o, fault{killedAfter, n + 1})
					}
					what = fmt.Sprintf("%s, killed after the calls %v and rerun", what, struck[i])
					run(what, o, fault{})
					shows(what, o, want...)
				}
				deliver(o)
				strike("both parts", before)
				w.Track(o.second, 0, "NR-2")
				strike("late tracking", after)
				return nil
			})
		}
		_ = group.Wait()
	})
}

// inOdoo finds an imported order with its lines.
func inOdoo(t *testing.T, joined *atShop, id, account string, skus []string) *twoParts {
	t.Helper()
	channel := canonical.Channel{Name: medusa.Name, Account: account}
	order, err := joined.shop.GetOrder(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	found, err := sale.FindByOrigin(t.Context(), joined.erp, []string{order.Key.String()})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d orders in Odoo, %v", len(found), err)
	}
	lines, err := sale.Lines(t.Context(), joined.erp, []int64{found[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	o := &twoParts{id: id, odoo: found[0].ID, lines: map[string]int64{}, names: make([]string, 3)}
	for _, line := range lines[o.odoo] {
		_, name, ok := mapping.OrderLine(channel, line.ExternalID)
		if !ok || order.FindLine(name) == nil {
			continue
		}
		sku := order.FindLine(name).SKU
		for i, known := range skus {
			if sku == known {
				o.lines[sku], o.names[i] = line.ID, name
			}
		}
	}
	if len(o.lines) != 3 {
		text, _ := json.Marshal(order.Lines)
		t.Fatalf("order %s has %v in Odoo of %s", id, o.lines, text)
	}
	return o
}
