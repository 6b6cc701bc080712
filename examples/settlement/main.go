// Command settlement shows how a payment provider's settlement report gets into the books. It runs an Odoo inside this process and needs
// nothing else:
//
//	go run ./examples/settlement
//
// With ODOO_URL, ODOO_DB and ODOO_API_KEY (or ODOO_LOGIN and ODOO_PASSWORD) set it works on that Odoo, 14 to 19. Use a database for
// tests: it creates a journal, accounts and a product, and each run sells, invoices and settles three orders anew.
//
// Two orders are sold and invoiced; the provider pays them out with a third, which is not in Odoo yet. The program reads the report by rules
// alone, shows what would be booked, books it, and shows what a person must look at; then the third order comes.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/payments/csvsettlement"
)

var (
	//go:embed rules.yaml
	rulesYAML string
	//go:embed report.csv
	reportCSV string
)

var (
	shop     = canonical.Channel{Name: "shop", Account: "main"}
	provider = canonical.Channel{Name: "provider", Account: "main"}
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout, os.Getenv)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "settlement:", err)
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
	rules, err := mapping.Load(strings.NewReader(rulesYAML), "rules.yaml")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The Odoo is %s.\n\nTwo orders are sold and invoiced.\n", erp.Where)
	for _, order := range []struct{ id, amount string }{{"1", "119.00"}, {"2", "50.00"}} {
		if err := erp.sell(ctx, order.id, order.amount); err != nil {
			return err
		}
	}

	report, err := csvsettlement.Read(strings.NewReader(strings.ReplaceAll(reportCSV, "{run}", erp.run)),
		canonical.Key{Channel: provider, ID: "payout-" + erp.run}, layout(erp.currency))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The provider pays out %s %s: %d entries.\n", report.Payouts[0].Amount, erp.currency, len(report.Entries))
	s := &settler{connector: retailsync.New(erp.Client, rules, retailsync.WithStore(idempotency.NewMemory())), report: report, out: out}

	for _, step := range []struct {
		title  string
		dry    bool
		before func() error
	}{
		{title: "What would be booked:", dry: true},
		{title: "Booked:"},
		{title: "The third order comes, and the report is booked again:", before: func() error { return erp.sell(ctx, "3", "30.00") }},
		{title: "And once more:"},
	} {
		fmt.Fprintf(out, "\n%s\n", step.title)
		if step.before != nil {
			if err := step.before(); err != nil {
				return err
			}
		}
		if err := s.settle(ctx, step.dry); err != nil {
			return err
		}
	}
	return nil
}

// layout says how the provider writes its reports: there is no code for it.
func layout(currency canonical.Currency) csvsettlement.Rules {
	return csvsettlement.Rules{
		Separator: ";", DecimalMark: ",", DateLayout: "02.01.2006", Zone: "Europe/Berlin", Currency: currency, FeesPositive: true,
		Columns: csvsettlement.Columns{ID: "Movement", Kind: "Type", OrderNumber: "Order number", Amount: "Gross", Fee: "Fee", Date: "Date"},
		Kinds:   map[string]canonical.EntryKind{"charge": canonical.EntrySale, "tax": canonical.EntryTaxWithheld},
		Total:   csvsettlement.Total{Footer: "Payout"},
	}
}

// settler books one report and says what came of it.
type settler struct {
	connector *retailsync.Connector
	report    canonical.Settlement
	out       io.Writer
}

func (s *settler) settle(ctx context.Context, dry bool) error {
	report, err := s.connector.ImportSettlement(ctx, s.report, retailsync.SettlementRun{DryRun: dry})
	if err != nil {
		return err
	}
	for _, result := range report.Results() {
		if result.Err != nil {
			return result.Err
		}
		fmt.Fprintf(s.out, "  %s: %d entries now, %d before\n", result.Outcome, result.Booked, result.Known)
		for _, p := range result.Postings {
			fmt.Fprintf(s.out, "    %-40s %10s %10s\n", p.Account.Name, p.Debit.Rescale(2), p.Credit.Rescale(2))
		}
		for _, exception := range result.Exceptions {
			fmt.Fprintf(s.out, "    a person must look: %s\n", exception)
		}
	}
	return nil
}
