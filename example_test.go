package retailsync_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/odootest"
)

// settings are what a service reads from its configuration.
type settings struct {
	odooURL, odooKey           string
	shopURL, shopKey, shopPass string
	rulesFile                  string
}

// importSince is the body of the first integration in README.md.
func importSince(ctx context.Context, s settings, since time.Time) error {
	erp, err := odoo.Dial(ctx, s.odooURL, odoo.APIKey(s.odooKey))
	if err != nil {
		return err
	}
	defer erp.Close()
	rules, err := mapping.LoadFile(s.rulesFile)
	if err != nil {
		return err
	}
	shop := woocommerce.New(s.shopURL, woocommerce.Keys(s.shopKey, s.shopPass))

	connector := retailsync.New(erp, rules)
	report, err := connector.ImportOrders(ctx, shop, since)
	if err != nil {
		return err // Odoo or the shop is out of reach: run again later
	}
	fmt.Println(report)
	for _, failed := range report.Failed() {
		fmt.Println(failed.Err) // names the order, the stage, the cause and the way out
	}
	return nil
}

// demo starts an Odoo and a shop with three orders inside this process; the last has a SKU that Odoo lacks.
func demo() (s settings, shop *wootest.Server, done func()) {
	server := odootest.Retail()
	if _, err := server.SeedTax(odootest.Tax{Name: "Sales tax 7.5%", Amount: "7.5"}); err != nil {
		log.Fatal(err)
	}
	shop = wootest.NewServer(
		wootest.SampleOrder(1, 2, "TEE-BLACK-M", "2026-03-01T12:00:00"),
		wootest.SampleOrder(2, 1, "MUG-01", "2026-03-01T12:05:00"),
		wootest.SampleOrder(3, 1, "POSTER", "2026-03-01T12:10:00"),
	)
	s = settings{
		odooURL: server.Start(), odooKey: server.APIKey(),
		shopURL: shop.URL, shopKey: shop.Key, shopPass: shop.Secret, rulesFile: "testdata/rules.yaml",
	}
	return s, shop, func() { shop.Close(); server.Close() }
}

// connect makes the parts that the shorter examples start from.
func connect(ctx context.Context, options ...retailsync.Option) (*retailsync.Connector, *woocommerce.Adapter, *wootest.Server, func()) {
	s, server, done := demo()
	erp, err := odoo.Dial(ctx, s.odooURL, odoo.APIKey(s.odooKey))
	if err != nil {
		log.Fatal(err)
	}
	rules, err := mapping.LoadFile(s.rulesFile)
	if err != nil {
		log.Fatal(err)
	}
	shop := woocommerce.New(s.shopURL, woocommerce.Keys(s.shopKey, s.shopPass),
		woocommerce.WithRateLimit(1000), woocommerce.WithWebhookSecret(server.WebhookSecret))
	return retailsync.New(erp, rules, options...), shop, server, done
}

func Example() {
	s, _, done := demo()
	defer done()

	if err := importSince(context.Background(), s, time.Time{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 3 orders: 2 created, 1 failed
	// order woocommerce/main/3: map: lines[0]: mapping: woocommerce/main has no rule for the SKU "POSTER": create the product in Odoo, set products.unknown, or add under channels.woocommerce/main.products.aliases: "POSTER": <SKU in Odoo>
}

// The same import again changes nothing; an order that changed at the channel is brought up to date.
func ExampleConnector_ImportOrders() {
	ctx := context.Background()
	connector, shop, server, done := connect(ctx)
	defer done()

	for range 2 {
		report, err := connector.ImportOrders(ctx, shop, time.Time{})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(report)
	}
	server.Change("2", func(order map[string]any) { order["status"] = "cancelled" })
	report, err := connector.ImportOrders(ctx, shop, time.Time{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
	// Output:
	// 3 orders: 2 created, 1 failed
	// 3 orders: 2 unchanged, 1 failed
	// 3 orders: 1 cancelled, 1 unchanged, 1 failed
}

// A webhook only says that an order has changed. ImportOrder fetches it as it stands now.
func ExampleConnector_ImportOrder() {
	ctx := context.Background()
	connector, shop, server, done := connect(ctx)
	defer done()

	header, body := server.Delivery("order.updated", "1") // what the shop sends
	notices, err := shop.ReceiveWebhook(ctx, header, body)
	if err != nil {
		log.Fatal(err)
	}
	for _, notice := range notices {
		report, err := connector.ImportOrder(ctx, shop, []string{notice.Key.ID})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(report)
	}
	// Output: 1 orders: 1 created
}

// ResumeOrders goes on where the last run ended and tries failed orders again: the body of a job that runs
// every few minutes.
func ExampleConnector_ResumeOrders() {
	ctx := context.Background()
	connector, shop, server, done := connect(ctx)
	defer done()

	report, err := connector.ResumeOrders(ctx, shop, time.Time{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
	// A person corrects the SKU in the shop.
	server.Change("3", func(order map[string]any) {
		order["line_items"].([]any)[0].(map[string]any)["sku"] = "CAP-RED"
	})
	if _, err := connector.ResumeOrders(ctx, shop, time.Time{}, retailsync.OnResult(func(r retailsync.OrderResult) {
		if r.Outcome == retailsync.Created {
			fmt.Println(r.Order, r.Outcome)
		}
	})); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 3 orders: 2 created, 1 failed
	// woocommerce/main/3 created
}

// A dry run reads everything and writes nothing.
func ExampleDryRun() {
	ctx := context.Background()
	connector, shop, _, done := connect(ctx)
	defer done()

	report, err := connector.ImportOrders(ctx, shop, time.Time{}, retailsync.DryRun())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
	// Output: 3 orders: 2 created, 1 failed (dry run)
}

// Errors are typed, so a service can tell whom to ask.
func ExampleOrderError() {
	ctx := context.Background()
	connector, shop, _, done := connect(ctx)
	defer done()

	report, err := connector.ImportOrders(ctx, shop, time.Time{})
	if err != nil {
		log.Fatal(err)
	}
	for _, result := range report.Failed() {
		var failure *retailsync.OrderError
		var unmapped *mapping.UnmappedError
		var mismatch *retailsync.TotalMismatch
		switch {
		case errors.As(result.Err, &failure) && failure.Retryable():
			fmt.Println("the next run takes it")
		case errors.As(result.Err, &unmapped):
			fmt.Println("for who keeps the rules:", failure.Order, failure.Stage)
		case errors.As(result.Err, &mismatch):
			fmt.Println("for the accountant:", mismatch.Name)
		}
	}
	// Output: for who keeps the rules: woocommerce/main/3 map
}

// The journal receives one event for every effect.
func ExampleWithJournal() {
	ctx := context.Background()
	journal := &retailsync.MemoryJournal{}
	connector, shop, _, done := connect(ctx, retailsync.WithJournal(journal))
	defer done()

	if _, err := connector.ImportOrder(ctx, shop, []string{"1"}); err != nil {
		log.Fatal(err)
	}
	for _, event := range journal.Events() {
		fmt.Println(event.Subject, event.Type)
	}
	if last := journal.Events(); last[len(last)-1].Type != canonical.EventOrderAcknowledged {
		fmt.Println("the shop was not told")
	}
	// Output:
	// woocommerce/main/1 order.created
	// woocommerce/main/1 order.confirmed
	// woocommerce/main/1 order.acknowledged
}

// keepStock is the loop of docs/stock.md.
func keepStock(ctx context.Context, connector *retailsync.Connector, shop *medusa.Adapter, since time.Time) {
	for ctx.Err() == nil {
		if _, err := connector.ResumeOrders(ctx, shop, since); err != nil {
			log.Print(err)
		}
		if report, err := connector.PublishStock(ctx, shop, retailsync.StockRun{}); err != nil {
			log.Print(report, err)
		}
		time.Sleep(2 * time.Second)
	}
}

// A loop keeps a shop's stock level with Odoo's; a comparison of everything now and then proves that it did.
func ExampleConnector_ReconcileStock() {
	compare := func(ctx context.Context, connector *retailsync.Connector, shop *medusa.Adapter) error {
		go keepStock(ctx, connector, shop, time.Now().AddDate(0, -1, 0))

		report, err := connector.ReconcileStock(ctx, shop, retailsync.StockRun{})
		for _, drifted := range report.Drifted() {
			log.Printf("%s showed %s instead of %s", drifted.Item.SKU, drifted.Shown, drifted.Level)
		}
		return err
	}
	_ = compare // see docs/stock.md
}

// publishOften is what docs/prices.md shows: run it every few minutes.
func publishOften(ctx context.Context, erp *odoo.Client, rules *mapping.Rules, store idempotency.Store, shop *medusa.Adapter) error {
	connector := retailsync.New(erp, rules, retailsync.WithStore(store))
	report, err := connector.PublishPrices(ctx, shop, retailsync.PriceRun{})
	if err != nil {
		return err // Odoo or the channel is out of reach: run again later, nothing is lost
	}
	fmt.Println(report)
	for _, failed := range report.Failed() {
		fmt.Println(failed.Item.SKU, failed.Err) // says what to do
	}
	return nil
}

// Two of the shop's articles are priced in Odoo; a third one only the shop has.
func ExampleConnector_PublishPrices() {
	ctx := context.Background()
	server := odootest.Retail()
	defer server.Close()
	erp, err := odoo.Dial(ctx, server.Start(), odoo.APIKey(server.APIKey()))
	if err != nil {
		log.Fatal(err)
	}
	defer erp.Close()
	shop := medusatest.NewServer()
	defer shop.Close()
	shop.AddProduct("A mug", "MUG-01")
	shop.AddProduct("A cap", "CAP-RED")
	shop.AddProduct("A poster", "POSTER")
	rules, err := mapping.Load(strings.NewReader(`
version: 1
channels:
  medusa/main:
    prices:
      - {currency: EUR, pricelist: Shop EUR, rounding: {endings: [0.49, 0.99]}}
`), "rules.yaml")
	if err != nil {
		log.Fatal(err)
	}
	adapter := medusa.New(shop.URL, medusa.SecretKey(shop.SecretKey))
	store := idempotency.NewMemory()
	if err := publishOften(ctx, erp, rules, store, adapter); err != nil {
		log.Fatal(err)
	}
	fmt.Println(shop.Price("MUG-01", "eur", ""), shop.Price("CAP-RED", "eur", ""))
	report, err := retailsync.New(erp, rules, retailsync.WithStore(store)).ReconcilePrices(ctx, adapter, retailsync.PriceRun{OnResult: func(r retailsync.PriceResult) {
		if r.Outcome == retailsync.OutUnknown {
			fmt.Println("Odoo does not sell", r.Item.SKU)
		}
	}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
	// Output:
	// 7 prices: 2 published, 5 unlisted
	// 12.49 14.99
	// Odoo does not sell POSTER
	// 8 prices: 2 unchanged, 5 unlisted, 1 unknown
}

// The shop's own subtitle stays; the title is Odoo's.
func ExampleConnector_ReconcileListings() {
	ctx := context.Background()
	server := odootest.Retail()
	defer server.Close()
	erp, err := odoo.Dial(ctx, server.Start(), odoo.APIKey(server.APIKey()))
	if err != nil {
		log.Fatal(err)
	}
	defer erp.Close()
	shop := medusatest.NewServer()
	defer shop.Close()
	shop.AddProduct("Mug, new!", "MUG-01")
	rules, err := mapping.Load(strings.NewReader(`
version: 1
channels:
  medusa/main:
    listings:
      fields: {title: name, barcode: barcode}
`), "rules.yaml")
	if err != nil {
		log.Fatal(err)
	}
	adapter := medusa.New(shop.URL, medusa.SecretKey(shop.SecretKey))
	report, err := retailsync.New(erp, rules).ReconcileListings(ctx, adapter, retailsync.ListingRun{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
	fmt.Println(shop.Says("MUG-01")["title"], shop.Says("MUG-01")["barcode"])
	// Output:
	// 7 listings: 1 published, 6 unlisted
	// Mug 4006381333931
}
