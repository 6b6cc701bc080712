package retailsync_test

import (
	"context"
	"fmt"
	"log"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/returns"
)

// processReturns is the call of the example in docs/returns.md.
func processReturns(ctx context.Context, sync *retailsync.Connector, platform returns.Lister, shop *medusa.Adapter, provider retailsync.Refunder) (*retailsync.ReturnReport, error) {
	report, err := sync.ProcessReturns(ctx, platform, retailsync.ReturnRun{Orders: shop, Refunds: provider})
	return report, err
}

// refundThrough is the call of the second example there.
func refundThrough(ctx context.Context, sync *retailsync.Connector, platform returns.Lister, shop *medusa.Adapter, provider payments.RefundCreator, store idempotency.Store) (*retailsync.ReturnReport, error) {
	refunds := &retailsync.Cashier{Holder: retailsync.HeldBy(payments.NewRefunder(provider, store))}
	report, err := sync.ProcessReturns(ctx, platform, retailsync.ReturnRun{Orders: shop, Refunds: refunds})
	return report, err
}

// The returns of a shop are taken through their stages; what one waits for is said.
func ExampleConnector_ProcessReturns() {
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
	report, err := retailsync.New(erp, rules).ProcessReturns(ctx, shop, retailsync.ReturnRun{
		OnResult: func(r retailsync.ReturnResult) {
			fmt.Println(r.Number, r.OdooName, r.Outcome, r.Waits)
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
	_, _ = processReturns, refundThrough
}
