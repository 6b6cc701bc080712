package retailsync_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/odoo"
)

// onlyReading lets nothing through that writes.
type onlyReading struct {
	writes func(*http.Request) bool
	wrote  atomic.Int64
}

// RoundTrip implements http.RoundTripper.
func (o *onlyReading) RoundTrip(req *http.Request) (*http.Response, error) {
	if o.writes(req) {
		o.wrote.Add(1)
		return nil, errors.New("a workflow that is off writes: " + req.Method + " " + req.URL.Path)
	}
	return http.DefaultTransport.RoundTrip(req)
}

// deafJournal takes nothing: who writes nothing has nothing to tell.
type deafJournal struct{}

func (deafJournal) Append(context.Context, ...canonical.Event) error {
	return errors.New("a workflow that is off tells the journal")
}

// TestWorkflowsThatAreOff runs the flows of a channel whose rules have them off, while there is something to do for each: it is shown, and neither
// Odoo nor the shop nor the journal is written to.
func TestWorkflowsThatAreOff(t *testing.T) {
	t.Parallel()
	odooWire := &onlyReading{writes: func(req *http.Request) bool {
		name, err := nameOfCall(req)
		return err != nil || !onlyReads(name) && !looksUp(name, req)
	}}
	shopWire := &onlyReading{writes: func(req *http.Request) bool { return req.Method != http.MethodGet }}
	db := inProcess(t, 19)
	if _, err := odoo.Invoke[[]int64](t.Context(), db.dial(t), odoo.Call{Model: "product.product", Method: "create", Args: odoo.Args{
		"vals_list": []any{map[string]any{"name": "Off", "default_code": "OFF-1", "type": "consu", "is_storable": true}},
	}}); err != nil {
		t.Fatal(err)
	}
	erp := db.dial(t, odoo.WithHTTPClient(&http.Client{Transport: odooWire}))
	shop := medusatest.NewServer(medusatest.SampleOrder("order_1", 1, 3, "SKU-1", time.Now().UTC().Format("2006-01-02T15:04:05.000Z")))
	t.Cleanup(shop.Close)
	shop.AddProduct("Shirt", "SKU-1")
	shop.SetStock("OFF-1", "sloc_main", 7)
	adapter := medusa.New(shop.URL, medusa.SecretKey(shop.SecretKey), medusa.WithAccount("off"), medusa.WithTransport(shopWire), medusa.WithRateLimit(1000))

	rules := rulesOf(19)
	rules.Channels = map[canonical.Channel]mapping.ChannelRules{adapter.Channel(): {
		CurrencyView: mapping.ViewShop,
		Products:     mapping.ProductRules{Aliases: map[string]string{"TS-S": "SKU-2"}},
		Stock:        mapping.StockRules{Locations: []mapping.StockLocationRule{{Location: "sloc_main", Warehouses: []mapping.Ref{{Name: "WH"}}}}},
		Listings:     mapping.ListingRules{Fields: map[string]string{"title": "name"}},
		Workflows: map[mapping.Workflow]bool{
			mapping.WorkflowOrders: false, mapping.WorkflowStock: false, mapping.WorkflowListings: false, mapping.WorkflowShipments: false,
			mapping.WorkflowCancellations: false, mapping.WorkflowReturns: false,
		},
	}}
	connector := retailsync.New(erp, rules, retailsync.WithStore(idempotency.NewMemory()), retailsync.WithJournal(deafJournal{}))
	since := time.Now().Add(-time.Hour)

	orders, err := connector.ImportOrders(t.Context(), adapter, since)
	if err != nil || !orders.DryRun || orders.Count(retailsync.Created) != 1 {
		t.Errorf("orders: %v, %v, %v", orders, orders.Failed(), err)
	}
	levels, err := connector.ReconcileStock(t.Context(), adapter, retailsync.StockRun{})
	if err != nil || !levels.DryRun || levels.Count(retailsync.StockPublished) == 0 {
		t.Errorf("stock: %v, %v", levels, err)
	}
	levels, err = connector.PublishStock(t.Context(), adapter, retailsync.StockRun{})
	if err != nil || !levels.DryRun {
		t.Errorf("stock: %v, %v", levels, err)
	}
	listings, err := connector.ReconcileListings(t.Context(), adapter, retailsync.ListingRun{})
	if err != nil || !listings.DryRun || listings.Count(retailsync.OutPublished) == 0 {
		t.Errorf("listings: %v, %v", listings, err)
	}
	shipments, err := connector.PublishShipments(t.Context(), adapter, retailsync.ShipmentRun{Since: since})
	if err != nil || !shipments.DryRun {
		t.Errorf("shipments: %v, %v", shipments, err)
	}
	cancellations, err := connector.PublishCancellations(t.Context(), adapter, retailsync.ShipmentRun{Since: since})
	if err != nil || !cancellations.DryRun {
		t.Errorf("cancellations: %v, %v", cancellations, err)
	}
	shop.AskReturn("order_1", map[string]int{"order_1_i1": 1})
	back, err := connector.ProcessReturns(t.Context(), adapter, retailsync.ReturnRun{Since: since})
	if err != nil || !back.DryRun {
		t.Errorf("returns: %v, %v", back, err)
	}
	if odooWire.wrote.Load()+shopWire.wrote.Load() != 0 {
		t.Errorf("%d writes to Odoo and %d to the shop were tried", odooWire.wrote.Load(), shopWire.wrote.Load())
	}
	t.Log(orders, levels, listings, shipments, cancellations, back)
}
