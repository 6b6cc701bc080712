package retailsync_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/odoo"
)

// What buyers paid is registered when their orders are imported, and waits for the invoices.
func ExampleConnector_MatchPayments() {
	s, server, done := demo() // an Odoo and a shop inside this process
	defer done()
	ctx := context.Background()
	erp, err := odoo.Dial(ctx, s.odooURL, odoo.APIKey(s.odooKey))
	if err != nil {
		log.Fatal(err)
	}
	defer erp.Close()
	rules, err := mapping.LoadFile(s.rulesFile)
	if err != nil {
		log.Fatal(err)
	}
	yes := true
	rules.Defaults.PaymentMethods = []mapping.PaymentRule{{Gateway: "*", Journal: mapping.Name("BNK1"), Register: &yes}}
	store := woocommerce.New(server.URL, woocommerce.Keys(s.shopKey, s.shopPass))
	shop := store.Channel()

	connector := retailsync.New(erp, rules)
	if _, err := connector.ImportOrders(ctx, store, time.Time{}); err != nil {
		log.Fatal(err)
	}
	report, err := connector.MatchPayments(ctx, shop, retailsync.PaymentRun{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
	// Output:
	// 2 payments: 2 waiting
}
