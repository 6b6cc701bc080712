package retailsync_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/odootest"
)

// sellCarefully is what docs/stock.md shows: an operator does it while Odoo is down.
func sellCarefully(ctx context.Context, connector *retailsync.Connector, shop marketplace.StockPublisher, operator string) error {
	safe := retailsync.SafeStock{
		Level:  retailsync.ShowAtMost(decimal.MustNew(2, 0)), // or ShowPercent(30), or ShowNone()
		SKUs:   []string{"MUG-*"},                            // none: all
		Reason: "Odoo is down, incident 4711",
	}
	report, err := connector.PublishSafeStock(retailsync.ActingFor(ctx, operator), shop, safe)
	fmt.Println(report)
	return err
}

// Odoo is down and the shop goes on selling, two mugs at most. The cycle after it restores the level, though nothing has changed
// in Odoo.
func ExampleConnector_PublishSafeStock() {
	ctx := context.Background()
	server := odootest.New()
	defer server.Close()
	if _, err := server.SeedProduct(odootest.Product{SKU: "MUG-01", Name: "Mug", Stock: "8"}); err != nil {
		log.Fatal(err)
	}
	var network outage
	erp, err := odoo.Dial(ctx, server.Start(), odoo.APIKey(server.APIKey()), odoo.WithDatabase(server.DB()), odoo.WithHTTPClient(&http.Client{Transport: &network}))
	if err != nil {
		log.Fatal(err)
	}
	defer erp.Close()
	rules, err := mapping.Load(strings.NewReader("version: 1\nchannels: {medusa/main: {stock: {locations: [{location: sloc_main, warehouses: [WH]}]}}}\n"), "rules.yaml")
	if err != nil {
		log.Fatal(err)
	}
	medusaServer := medusatest.NewServer()
	defer medusaServer.Close()
	medusaServer.SetStock("MUG-01", "sloc_main", 0)
	shop := medusa.New(medusaServer.URL, medusa.SecretKey(medusaServer.SecretKey))
	connector := retailsync.New(erp, rules, retailsync.WithStore(idempotency.NewMemory()))
	shows := func() {
		units, _ := medusaServer.Available("MUG-01", "sloc_main")
		fmt.Println("the shop shows", units)
	}

	cycle := func() {
		if _, err := connector.PublishStock(ctx, shop, retailsync.StockRun{}); err != nil {
			log.Fatal(err)
		}
		shows()
	}
	cycle()
	network.down.Store(true)
	if err := sellCarefully(ctx, connector, shop, "operator-7"); err != nil {
		log.Fatal(err)
	}
	shows()
	network.down.Store(false)
	cycle()
	// Output:
	// the shop shows 8
	// 1 levels: 1 published
	// the shop shows 2
	// the shop shows 8
}
