package retailsync_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/odoo"
)

// publishShipments is the body of the example in docs/shipments.md.
func publishShipments(ctx context.Context, erp *odoo.Client, rules *mapping.Rules, shop *medusa.Adapter, store idempotency.Store) error {
	connector := retailsync.New(erp, rules, retailsync.WithStore(store)) // one that lasts, such as idempotency/sqlite
	every := time.NewTicker(time.Minute)
	defer every.Stop()
	for {
		report, err := connector.PublishShipments(ctx, shop, retailsync.ShipmentRun{})
		if err != nil {
			log.Print(err) // Odoo or the shop is out of reach: the next run goes on from here
		}
		for _, failed := range report.Failed() {
			log.Print(failed.Order, " ", failed.OdooName, ": ", failed.Err) // it is tried again by itself
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-every.C:
		}
	}
}

// Deliveries that are done in Odoo become fulfilments of the shop, each once, and their tracking follows. Nothing is written
// in a dry run.
func ExampleConnector_PublishShipments() {
	ctx := context.Background()
	erp, err := odoo.Dial(ctx, "https://erp.example.com", odoo.APIKey("..."))
	if err != nil {
		log.Fatal(err)
	}
	defer erp.Close()
	rules, err := mapping.LoadFile("testdata/shipments.yaml")
	if err != nil {
		log.Fatal(err)
	}
	shop := medusa.New("https://shop.example.com", medusa.SecretKey("..."))
	report, err := retailsync.New(erp, rules).PublishShipments(ctx, shop, retailsync.ShipmentRun{
		DryRun: true,
		OnResult: func(r retailsync.ShipmentResult) {
			fmt.Println(r.Order.ID, r.OdooName, r.Outcome, len(r.Shipment.Packages))
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
	_ = publishShipments
}

// What a person cancels in Odoo is cancelled at the shop, after the shop's own changes were imported.
func ExampleConnector_PublishCancellations() {
	ctx := context.Background()
	erp, err := odoo.Dial(ctx, "https://erp.example.com", odoo.APIKey("..."))
	if err != nil {
		log.Fatal(err)
	}
	defer erp.Close()
	rules, err := mapping.LoadFile("testdata/shipments.yaml")
	if err != nil {
		log.Fatal(err)
	}
	shop := medusa.New("https://shop.example.com", medusa.SecretKey("..."))
	connector := retailsync.New(erp, rules)
	if _, err := connector.ResumeOrders(ctx, shop, time.Now().AddDate(0, 0, -1)); err != nil {
		log.Fatal(err)
	}
	report, err := connector.PublishCancellations(ctx, shop, retailsync.ShipmentRun{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
}
