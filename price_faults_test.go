package retailsync_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/odoo"
)

// priceTask publishes prices once.
type priceTask struct {
	Rules, Shop, Key string
	// store is what the run remembers by; a process of its own begins with none.
	store idempotency.Store
}

// publish runs a cycle, every call to Odoo and to the shop passing the points.
func (p *priceTask) publish(ctx context.Context, at target, points *points) childReport {
	wire := &http.Transport{}
	defer wire.CloseIdleConnections()
	if p.store == nil {
		p.store = idempotency.NewMemory()
	}
	run := func() error {
		rules, err := mapping.Load(strings.NewReader(p.Rules), "rules.yaml")
		if err != nil {
			return err
		}
		erp, err := at.dial(ctx, odoo.WithHTTPClient(&http.Client{Transport: faultyTransport{points, wire}}), odoo.WithRetry(odoo.Retry{First: time.Millisecond}))
		if err != nil {
			return err
		}
		defer erp.Close()
		shop := medusa.New(p.Shop, medusa.SecretKey(p.Key), medusa.WithTransport(faultyShop{points, wire}), medusa.WithBackoff(time.Millisecond), medusa.WithRateLimit(1000))
		_, err = retailsync.New(erp, rules, retailsync.WithStore(p.store), retailsync.WithLease(time.Second)).PublishPrices(ctx, shop, retailsync.PriceRun{})
		return err
	}
	report := childReport{}
	if err := run(); err != nil {
		report.Err = err.Error()
	}
	report.Calls = points.made()
	return report
}

// faultyShop passes every request to the shop through the points.
type faultyShop struct {
	at   *points
	next http.RoundTripper
}

func (f faultyShop) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	lost, fault := f.at.pass(channelCall+req.Method, func() { resp, err = f.next.RoundTrip(req) })
	if lost {
		if resp != nil {
			resp.Body.Close()
		}
		return nil, fault
	}
	return resp, err
}

// Whatever call fails, loses its reply or is the last one of its process: the next run ends in the same prices.
func TestPricesSurviveFaults(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, "    prices: [{currency: USD, pricelist: %s, sale: dated}]\n")
		now := time.Now().UTC().Truncate(time.Second)
		product, sku := s.article(map[string]any{"list_price": 20})
		rule := s.rule(product, map[string]any{"fixed_price": 1, "date_start": now.Add(-time.Hour).Format(time.DateTime), "date_end": now.Add(time.Hour).Format(time.DateTime)})
		at := reach(w)
		rules := "version: 1\nchannels:\n  medusa/main:\n    prices: [{currency: USD, pricelist: " + s.listName + ", sale: dated}]\n"
		task := &priceTask{Rules: rules, Shop: s.shop.URL, Key: s.shop.SecretKey, store: s.store}
		cycle := func(f fault) childReport {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			return task.publish(ctx, at, newPoints(f, cancel))
		}
		if report := cycle(fault{}); report.Err != "" {
			t.Fatal(report.Err)
		}
		change := func(n int) {
			s.write("product.product", product, map[string]any{"list_price": 20 + n})
			// Each change moves the sale to a time of its own as well.
			s.write("product.pricelist.item", rule, map[string]any{"fixed_price": 10, "date_end": now.Add(time.Hour + time.Duration(n)*time.Minute).Format(time.DateTime)})
		}
		right := func(what string, n int) {
			t.Helper()
			s.charges(sku, fmt.Sprint(20+n))
			want := []medusatest.SalePrice{{Amount: "10", From: now.Add(-time.Hour), Until: now.Add(time.Hour + time.Duration(n)*time.Minute + time.Second)}}
			if diff := cmp.Diff(want, s.shop.SalePrices(sku, "usd", "")); diff != "" {
				t.Errorf("%s: sales (-want +got):\n%s", what, diff)
			}
		}
		change(1)
		whole := cycle(fault{})
		right("no fault", 1)
		kinds := []faultKind{refused, replyLost, cutOff}
		n := 1
		for i, call := range whole.Calls {
			toShop := strings.HasPrefix(call, channelCall)
			if !toShop && i%7 != 0 || w.Real() && peer.SparesFault(w.Series, i) {
				continue
			}
			n++
			change(n)
			f := fault{Kind: kinds[n%len(kinds)], Call: i + 1}
			cycle(f)
			if report := cycle(fault{}); report.Err != "" {
				t.Errorf("after %v at %s: %s", f, call, report.Err)
			}
			right(fmt.Sprint(f, " at ", call), n)
		}
		// A process that dies takes its store along: the next one compares everything.
		fresh := func(f fault) childReport {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			task := &priceTask{Rules: rules, Shop: s.shop.URL, Key: s.shop.SecretKey}
			return task.publish(ctx, at, newPoints(f, cancel))
		}
		n++
		change(n)
		var killAt []int
		for i, call := range fresh(fault{}).Calls {
			if call == channelCall+http.MethodPost {
				killAt = append(killAt, i+1)
			}
		}
		if len(killAt) < 3 {
			t.Fatalf("a process of its own made %d writes", len(killAt))
		}
		for i, call := range killAt {
			n++
			change(n)
			f := fault{Kind: []faultKind{killedAfter, killedBefore}[i%2], Call: call}
			child := startChild(t.Context(), t, childTask{Odoo: at, Prices: &priceTask{Rules: rules, Shop: s.shop.URL, Key: s.shop.SecretKey}, Fault: f})
			if code, report := child.wait(t); code != killedCode {
				t.Errorf("%v: the process ended with %d: %+v", f, code, report)
			}
			if report := fresh(fault{}); report.Err != "" {
				t.Error(report.Err)
			}
			right(fmt.Sprint(f), n)
		}
	})
}
