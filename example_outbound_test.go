package retailsync_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/odootest"
)

// job is work that a service does again and again. It returns what could not be done of it, and why it could not go on.
type job struct {
	name  string
	every time.Duration
	do    func(context.Context) (failed []error, err error)
}

// outboundJobs are what goes out to one channel.
func outboundJobs(connector *retailsync.Connector, shop *woocommerce.Adapter) []job {
	stock := func(flow func(context.Context, marketplace.StockPublisher, retailsync.StockRun) (*retailsync.StockReport, error)) func(context.Context) ([]error, error) {
		return func(ctx context.Context) (failed []error, err error) {
			// An order may take five minutes to reach Odoo: what the shop has lowered by itself is not raised before.
			report, err := flow(ctx, shop, retailsync.StockRun{RaiseAfter: 5 * time.Minute})
			for _, level := range report.Failed() {
				failed = append(failed, level.Err)
			}
			return failed, err
		}
	}
	shipments := func(ctx context.Context) (failed []error, err error) {
		report, err := connector.PublishShipments(ctx, shop, retailsync.ShipmentRun{})
		for _, shipment := range report.Failed() {
			failed = append(failed, fmt.Errorf("%s: %s: %w", shipment.Order, shipment.OdooName, shipment.Err))
		}
		return failed, err
	}
	return []job{
		{"stock", 5 * time.Second, stock(connector.PublishStock)},
		{"shipments", time.Minute, shipments},
		{"comparison", time.Hour, stock(connector.ReconcileStock)},
	}
}

// serve does the jobs until the context ends, beside each other: the comparison of a large catalog holds up no shipment.
// A job that fails is done again when its time comes, and goes on where it was: the store knows where.
func serve(ctx context.Context, jobs []job, alert func(name string, err error)) {
	var running sync.WaitGroup
	for _, j := range jobs {
		running.Go(func() { j.repeat(ctx, alert) })
	}
	running.Wait()
}

func (j job) repeat(ctx context.Context, alert func(name string, err error)) {
	tick := time.NewTicker(j.every)
	defer tick.Stop()
	for {
		failed, err := j.do(ctx)
		if ctx.Err() != nil {
			return // stopped in the middle: the next start takes up what is open
		}
		// The comparison and the cycle work on a channel by turns, also those of two processes.
		if err != nil && !errors.Is(err, idempotency.ErrInFlight) {
			alert(j.name, err)
		}
		for _, err := range failed {
			alert(j.name, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// passes reports whether an error may go away by itself; any other needs somebody who changes something: a rule, a right,
// a record.
func passes(err error) bool {
	return odoo.Retryable(err) || odoo.Ambiguous(err) || marketplace.Retryable(err) || marketplace.CodeOf(err) == marketplace.CodeUnknown
}

// outage is a shop's network that can be down.
type outage struct{ down atomic.Bool }

// RoundTrip implements http.RoundTripper.
func (o *outage) RoundTrip(request *http.Request) (*http.Response, error) {
	if o.down.Load() {
		return nil, errors.New("connection refused")
	}
	return http.DefaultTransport.RoundTrip(request)
}

// A service that brings stock and shipments to a shop until it is stopped. It lives through an outage of the shop, and
// what needs a person is said once and holds up nothing else.
func Example_service() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	server := odootest.New()
	defer server.Close()
	mug, err := server.SeedProduct(odootest.Product{SKU: "MUG", Name: "Mug", Stock: "8"})
	for range 2 { // a mistake of somebody in Odoo
		_, capErr := server.SeedProduct(odootest.Product{SKU: "CAP", Name: "Cap", Stock: "3"})
		err = errors.Join(err, capErr)
	}
	if err != nil {
		log.Fatal(err)
	}
	woo := wootest.NewServer()
	defer woo.Close()
	woo.SetStock("MUG", 1)

	erp, err := odoo.Dial(ctx, server.Start(), odoo.APIKey(server.APIKey()), odoo.WithDatabase(server.DB()))
	if err != nil {
		log.Fatal(err)
	}
	defer erp.Close()
	rules, err := mapping.LoadFile("testdata/service.yaml") // a buffer of 1
	if err != nil {
		log.Fatal(err)
	}
	var network outage
	shop := woocommerce.New(woo.URL, woocommerce.Keys(woo.Key, woo.Secret),
		woocommerce.WithTransport(&network), woocommerce.WithRateLimit(1000), woocommerce.WithBackoff(time.Millisecond))
	store := idempotency.NewMemory() // in a service one that lasts: idempotency/sqlite or idempotency/postgres
	jobs := outboundJobs(retailsync.New(erp, rules, retailsync.WithStore(store)), shop)
	for i := range jobs {
		jobs[i].every = 20 * time.Millisecond // so that the example does not take an hour
	}

	var told sync.Map
	var waiting, called atomic.Bool
	alert := func(_ string, err error) {
		if passes(err) {
			waiting.Store(true) // a line in the log
			return
		}
		if _, before := told.LoadOrStore(err.Error(), true); !before {
			fmt.Println(err) // somebody is called
			called.Store(true)
		}
	}
	running, stop := context.WithCancel(ctx)
	var service sync.WaitGroup
	service.Go(func() { serve(running, jobs, alert) })
	until := func(done func() bool) {
		for !done() {
			if ctx.Err() != nil {
				log.Fatal("the service does not come to an end")
			}
			time.Sleep(time.Millisecond)
		}
	}
	shows := func(units string) func() bool {
		return func() bool {
			stock, _ := woo.Stock("MUG")
			return stock.String() == units
		}
	}

	until(called.Load)
	until(shows("7"))
	fmt.Println("the shop shows 7 of 8")
	network.down.Store(true)
	waiting.Store(false)
	if err := server.SetStock(mug, 1, "5"); err != nil {
		log.Fatal(err)
	}
	until(waiting.Load)
	fmt.Println("the shop is down")
	network.down.Store(false)
	until(shows("4"))
	fmt.Println("the shop is back and shows 4 of 5")
	stop()
	service.Wait()
	// Output:
	// the SKU "CAP" is that of 2 products in Odoo ([2 3]): give each its own internal reference
	// the shop shows 7 of 8
	// the shop is down
	// the shop is back and shows 4 of 5
}
