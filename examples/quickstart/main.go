// Command quickstart runs the main job of retailsync: it brings the orders of a WooCommerce and a Medusa shop into
// Odoo, compares the totals, confirms, and does it again to show that nothing changes.
//
//	go run ./examples/quickstart             # on an Odoo and two shops inside this process
//	go run ./examples/quickstart --dry-run   # says what would change
//
// With ODOO_URL, ODOO_DB and ODOO_API_KEY (or ODOO_LOGIN and ODOO_PASSWORD) set it works on that Odoo, 14 to 19.
// Use a database for tests: it creates some products, taxes and pricelists, says which, and confirms orders.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/term"
)

func main() {
	dry := flag.Bool("dry-run", false, "say what would change and change nothing")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	out := newScreen(os.Stdout, term.IsTerminal(int(os.Stdout.Fd())), os.Getenv("NO_COLOR") == "")
	err := run(ctx, out, os.Getenv, *dry)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// run does what the program does. It returns an error when something did not go as it must.
func run(ctx context.Context, out *screen, env func(string) string, dry bool) (err error) {
	t, err := connect(ctx, env)
	if err != nil {
		return err
	}
	defer t.close()
	shops, err := openShops()
	if err != nil {
		return err
	}
	defer shops.close()
	out.title("Odoo")
	out.line("%s, Odoo %s, by %s", t.where, t.erp.Version(), t.erp.Protocol())
	ready, err := prepare(ctx, t, out, dry)
	if err != nil {
		return err
	}
	if !ready {
		out.line("Orders cannot be compared before these exist: run without --dry-run first.")
		return nil
	}
	i, err := newImporter(ctx, t, shops, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.close()) }()
	if dry {
		return i.rehearse(ctx)
	}
	return i.show(ctx)
}
