package retailsync_test

import (
	"context"
	"log"
	"os"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/payments/amazon"
)

// A settlement report is booked in the clearing journal that the rules name; what cannot be booked is said.
func ExampleConnector_ImportSettlement() {
	ctx := context.Background()
	erp, err := odoo.Dial(ctx, "https://erp.example.com", odoo.APIKey("..."))
	if err != nil {
		log.Fatal(err)
	}
	defer erp.Close()
	rules, err := mapping.LoadFile("rules.yaml")
	if err != nil {
		log.Fatal(err)
	}
	var store idempotency.Store = idempotency.NewMemory() // in production one that lasts
	file, err := os.Open("settlement.txt")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	settlement, err := amazon.Read(file, canonical.Channel{Name: "amazon", Account: "de"})
	if err != nil {
		log.Fatal(err)
	}

	connector := retailsync.New(erp, rules, retailsync.WithStore(store))
	report, err := connector.ImportSettlement(ctx, settlement, retailsync.SettlementRun{})
	for _, result := range report.Results() {
		for _, exception := range result.Exceptions {
			log.Print(exception) // what a person must look at, and the next step
		}
	}
	if err != nil {
		log.Fatal(err)
	}
}
