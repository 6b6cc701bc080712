// Command outbound shows the other direction of retailsync: what Odoo has goes out to the shops. It runs an Odoo, a
// WooCommerce and a Medusa shop inside this process and needs nothing else:
//
//	go run ./examples/outbound
//
// Both shops sell from one warehouse. The program brings its stock and its products' names to both, sells in each, brings
// what the sale leaves to the other, delivers an order in two parts, tells the shops, and does it all again to show that
// nothing is sent twice.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/term"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	out := newScreen(os.Stdout, term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("NO_COLOR") == "")
	err := run(ctx, out)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "outbound:", err)
		os.Exit(1)
	}
}

// run does what the program does. It returns an error when something did not go as it must.
func run(ctx context.Context, out *screen) (err error) {
	erp, err := openOdoo(ctx)
	if err != nil {
		return err
	}
	defer erp.close()
	shops := openShops()
	defer shops.close()
	s, err := newService(ctx, erp, shops, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for _, step := range []func(context.Context) error{s.showStock, s.showListings, s.showSales, s.showDelivery, s.showNothing} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}
