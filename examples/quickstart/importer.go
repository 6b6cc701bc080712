package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency/sqlite"
	"github.com/retailsync/retailsync/mapping"
)

//go:embed rules.yaml
var rulesYAML []byte

// importer imports the orders of all shops.
type importer struct {
	*target
	shops     *shops
	out       *screen
	connector *retailsync.Connector
	store     *sqlite.Store
	folder    string
}

// result is what became of one order of a shop.
type result struct {
	retailsync.OrderResult
	shop shop
}

// newImporter puts the parts together. The store is a file of this run only: that nothing is imported twice is
// held by the External IDs in Odoo, whatever the store remembers.
func newImporter(ctx context.Context, t *target, shops *shops, out *screen) (*importer, error) {
	rules, err := mapping.Load(bytes.NewReader(rulesYAML), "rules.yaml")
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "retailsync-quickstart-")
	if err != nil {
		return nil, err
	}
	store, err := sqlite.Open(ctx, filepath.Join(folder, "store.db"))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return &importer{
		target: t, shops: shops, out: out, store: store, folder: folder,
		connector: retailsync.New(t.erp, rules, retailsync.WithStore(store)),
	}, nil
}

func (i *importer) close() error { return errors.Join(i.store.Close(), os.RemoveAll(i.folder)) }

// importAll imports both shops and returns what became of each order, in the order in which they were handled.
func (i *importer) importAll(ctx context.Context, options ...retailsync.RunOption) ([]result, error) {
	var results []result
	for _, s := range i.shops.all {
		show, end := i.out.progress(s.Channel().String(), s.orders)
		report, err := i.connector.ImportOrders(ctx, s, time.Time{}, append(options,
			retailsync.OnProgress(func(p retailsync.Progress) { show(p.Handled) }),
			retailsync.OnResult(func(r retailsync.OrderResult) { results = append(results, result{r, s}) }))...)
		end()
		if err != nil {
			return results, err
		}
		i.out.line("%s: %s", s.Channel(), report)
		if report.Orders() != s.orders {
			return results, fmt.Errorf("%s: %d orders were handled, the shop has %d", s.Channel(), report.Orders(), s.orders)
		}
	}
	return results, nil
}

// rehearse shows what an import would do.
func (i *importer) rehearse(ctx context.Context) error {
	i.out.title("Dry run: nothing is written")
	results, err := i.importAll(ctx, retailsync.DryRun())
	if err != nil {
		return err
	}
	i.out.title("What would become of the orders")
	if err := i.table(ctx, results); err != nil {
		return err
	}
	return i.failures(results)
}

// show imports, checks, and imports again.
func (i *importer) show(ctx context.Context) error {
	i.out.title("Import")
	i.calls.lap()
	results, err := i.importAll(ctx)
	if err != nil {
		return err
	}
	i.out.line("Calls to Odoo: %d", i.calls.lap())
	if changed(results) == 0 {
		i.out.line("An earlier run has imported these orders into this database: nothing had to change.")
	}
	i.out.title("What became of the orders")
	if err := i.table(ctx, results); err != nil {
		return err
	}
	i.out.title("The same import again")
	i.calls.lap()
	again, err := i.importAll(ctx)
	if err != nil {
		return err
	}
	calls := i.calls.lap()
	if n := changed(again); n > 0 {
		return fmt.Errorf("the second import changed %d orders, it must change none", n)
	}
	i.out.line("%s; calls to Odoo: %d", i.out.paint(green, "Nothing changed"), calls)
	return i.failures(results)
}

// changed counts the orders that an import changed in Odoo.
func changed(results []result) int {
	n := 0
	for _, r := range results {
		switch r.Outcome {
		case retailsync.Created, retailsync.Confirmed, retailsync.Updated, retailsync.Cancelled:
			n++
		}
	}
	return n
}
