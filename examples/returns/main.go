// Command returns shows what retailsync does of a return. It runs an Odoo, a shop, a returns platform and a payment provider inside
// this process and needs nothing else:
//
//	go run ./examples/returns
//
// With ODOO_URL, ODOO_DB and ODOO_API_KEY (or ODOO_LOGIN and ODOO_PASSWORD) set it works on that Odoo, 14 to 19. Use a database for
// tests: it creates a product, a warehouse and the like, and each run sells, credits and counts the product's stock anew.
//
// Three mugs are sold, delivered and invoiced; two come back, one of them broken. The program takes the return through its stages, has
// the warehouse say what it found, and shows what Odoo has and the story that customer service tells.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, os.Getenv)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "returns:", err)
		os.Exit(1)
	}
}

// run does what the program does. It returns an error when something did not go as it must.
func run(ctx context.Context, out io.Writer, env func(string) string) error {
	erp, err := openOdoo(ctx, env)
	if err != nil {
		return err
	}
	defer erp.Close()
	rules, err := erp.rules()
	if err != nil {
		return err
	}
	shop, platform, till := newShop(erp.run), newPlatform(), &till{}
	connector := retailsync.New(erp.Client, rules, retailsync.WithJournal(&retailsync.MemoryJournal{}))
	options := retailsync.ReturnRun{
		Orders: shop, Refunds: till,
		OnResult: func(r retailsync.ReturnResult) {
			fmt.Fprintf(out, "  %s is %s\n", r.Number, r.Outcome)
			for _, done := range r.Done {
				fmt.Fprintf(out, "    did: %s\n", done.Kind)
			}
			for _, wait := range r.Waits {
				fmt.Fprintf(out, "    waits for %s: %s\n", wait.Gate, wait.Why)
			}
		},
	}

	ask := request(shop.order)
	fmt.Fprintf(out, "The Odoo is %s.\nOdoo %s, by %s\n\n", erp.Where, erp.Version(), erp.Protocol())
	fmt.Fprintln(out, "Three mugs are sold, delivered and invoiced.")
	if err := erp.sell(ctx, connector, shop); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nThe buyer asks to return two.")
	platform.Put(ask)
	if _, err := connector.ProcessReturn(ctx, platform, []string{ask.Key.ID}, options); err != nil {
		return err
	}
	fmt.Fprintln(out, "\nThe parcel arrives. The warehouse finds one mug good and one broken.")
	one := decimal.One
	report, err := connector.TellReturn(ctx, platform, ask.Key.ID, options,
		returns.Received{Line: "1", Qty: decimal.Two, By: returns.FromPerson},
		returns.Inspected{Line: "1", By: returns.FromPerson, Found: []canonical.ReceivedUnits{
			{Qty: one, Disposition: canonical.DispositionSellable}, {Qty: one, Disposition: canonical.DispositionDamaged},
		}})
	if err != nil {
		return err
	}
	for _, failed := range report.Failed() {
		return failed.Err
	}
	fmt.Fprintln(out, "\nIn Odoo:")
	if err := erp.show(ctx, out); err != nil {
		return err
	}
	fmt.Fprintf(out, "  the buyer got %s\n", till.paid())
	fmt.Fprintln(out, "\nThe story of the order:")
	events, err := connector.Timeline(ctx, shop.order.Key)
	if err != nil {
		return err
	}
	for _, event := range events {
		fmt.Fprintf(out, "  %-18s %s\n", event.Type, event.Summary)
	}
	return nil
}

// show says what Odoo has of the order and of the mugs.
func (r *retailer) show(ctx context.Context, out io.Writer) error {
	moves, err := account.Moves(ctx, r.Client, []int64{r.order})
	if err != nil {
		return err
	}
	for _, move := range moves {
		fmt.Fprintf(out, "  %s over %s + %s tax, %s\n", strings.ReplaceAll(strings.TrimPrefix(string(move.Kind), "out_"), "refund", "credit note"), move.Untaxed, move.Tax, move.State)
	}
	for there, err := range stock.NewReader(r.Client).Availability(ctx, stock.Query{Products: []int64{r.mug}, Warehouses: []int64{r.house}}) {
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  %s: %s to sell\n", there.SKU, there.Stock[0].Free.Trim(0))
	}
	return nil
}
