// Command bench measures the order flow against a real Odoo 19, as ratios in one run:
//
//   - against one order at a time, the way integrations are usually written: search the partner, create it,
//     search each SKU, create the order, confirm it;
//   - against Odoo's own ORM inside Odoo, one process, batches of 50.
//
// the stock flow, see [runStock], and settlements, see [runSettlement]. It prints the ratios and the client's CPU time per order as its last lines. Start the
// peer with `make odoo`.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
)

func main() {
	orders := flag.Int("orders", 800, "orders per round through the flow and inside Odoo")
	single := flag.Int("single", 30, "orders per round one by one")
	rounds := flag.Int("rounds", 3, "rounds; each measures all three ways")
	stockOnly := flag.Bool("stock-only", false, "measure the stock flow only")
	settlementOnly := flag.Bool("settlement-only", false, "measure settlements only; needs no server")
	flag.Parse()
	// In a process without other memory to look at, and without a server that could be busy.
	settlements, err := runSettlement(*rounds)
	if err != nil || *settlementOnly {
		finish(settlements, err)
		return
	}
	// First the stock: a cycle looks again at what changed in the last minutes, and orders change much.
	stock, err := runStock(context.Background(), *rounds)
	if err == nil && !*stockOnly {
		err = run(context.Background(), *orders, *single, *rounds)
	}
	finish(stock+settlements, err)
}

// finish prints the last lines, or says why there are none.
func finish(lines string, err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	fmt.Print(lines)
}

func run(ctx context.Context, orders, single, rounds int) error {
	env, err := peer.Find("odoo19")
	if err != nil {
		return err
	}
	if env["URL"] == "" {
		return errors.New("no Odoo 19 here: start it with `make odoo19`")
	}
	erp, err := odoo.Dial(ctx, env["URL"], odoo.APIKey(env["API_KEY"]), odoo.WithDatabase(env["DB"]), odoo.WithInFlight(callers))
	if err != nil {
		return err
	}
	if err := prepare(ctx, erp); err != nil {
		return err
	}
	connector := newConnector(erp)
	// The first run reads the names of taxes and the fields of models; a service does that once.
	var warm sample
	if _, err := warm.flow(ctx, connector, fmt.Sprintf("warm-%x", time.Now().Unix()), 2); err != nil {
		return fmt.Errorf("flow: %w", err)
	}
	var flow, oneByOne, inside sample
	var cpu time.Duration
	for round := range rounds {
		tag := fmt.Sprintf("bench%d-%x", round, time.Now().Unix())
		spent, err := flow.flow(ctx, connector, tag+"-flow", orders)
		if err != nil {
			return fmt.Errorf("flow: %w", err)
		}
		cpu += spent
		if err := oneByOne.oneByOne(ctx, erp, tag+"-single", single); err != nil {
			return fmt.Errorf("one by one: %w", err)
		}
		if err := inside.inProcess(ctx, tag+"-inside", orders); err != nil {
			return fmt.Errorf("inside Odoo: %w", err)
		}
	}
	fmt.Printf("orders through the flow:            %s\n", flow)
	fmt.Printf("orders one by one:                  %s\n", oneByOne)
	fmt.Printf("orders by the ORM inside Odoo:      %s\n", inside)
	fmt.Printf("ratio.orders_vs_one_by_one %.2f\n", flow.rate()/oneByOne.rate())
	fmt.Printf("ratio.orders_vs_inprocess %.2f\n", flow.rate()/inside.rate())
	fmt.Printf("orders.client_cpu_us_per_order %d\n", cpu.Microseconds()/int64(flow.orders))
	return nil
}

// callers is how many batches are under way at once. Odoo has two workers; with four callers neither of them waits
// for the next request.
const callers = 4

// sample is how many orders took how long.
type sample struct {
	orders int
	took   time.Duration
}

func (s sample) rate() float64 { return float64(s.orders) / s.took.Seconds() }

func (s sample) String() string {
	return fmt.Sprintf("%d in %s, %.1f/s", s.orders, s.took.Round(time.Millisecond), s.rate())
}

const taxName = "BENCH 10%"

var skus = []string{"BENCH-1", "BENCH-2", "BENCH-3"}

// prepare makes the tax and the products, unless an earlier run did.
func prepare(ctx context.Context, erp *odoo.Client) error {
	ensure := func(model, field, value string, values map[string]any) error {
		ids, err := odoo.Invoke[[]int64](ctx, erp, odoo.Call{Model: model, Method: "search", Args: odoo.Args{"domain": odoo.Eq(field, value)}})
		if err != nil || len(ids) > 0 {
			return err
		}
		values[field] = value
		return erp.Call(ctx, odoo.Call{Model: model, Method: "create", Args: odoo.Args{"vals_list": []any{values}}}, nil)
	}
	if err := ensure("account.tax", "name", taxName, map[string]any{"amount": 10, "type_tax_use": "sale"}); err != nil {
		return err
	}
	for _, sku := range skus {
		if err := ensure("product.product", "default_code", sku, map[string]any{"name": "Product " + sku, "type": "consu"}); err != nil {
			return err
		}
	}
	return nil
}

func newConnector(erp *odoo.Client) *retailsync.Connector {
	ten := decimal.MustNew(10, 0)
	rules := &mapping.Rules{Version: mapping.RulesVersion, Channels: map[canonical.Channel]mapping.ChannelRules{
		channel: {Taxes: []mapping.TaxRule{{Rate: &ten, Tax: mapping.Name(taxName)}}},
	}}
	return retailsync.New(erp, rules, retailsync.WithBatchSize(50), retailsync.WithWorkers(callers))
}

// flow imports orders as a service would, and returns the CPU time that this process spent.
func (s *sample) flow(ctx context.Context, connector *retailsync.Connector, tag string, orders int) (time.Duration, error) {
	source := generate(tag, orders)
	before, started := cpuTime(), time.Now()
	report, err := connector.ImportOrders(ctx, source, time.Time{})
	took := time.Since(started)
	if err != nil {
		return 0, err
	}
	if n := report.Count(retailsync.Created); n != orders {
		return 0, fmt.Errorf("%s; first: %w", report, firstFailure(report))
	}
	s.orders += orders
	s.took += took
	return cpuTime() - before, nil
}

func firstFailure(report *retailsync.Report) error {
	for _, failed := range report.Failed() {
		return failed.Err
	}
	return nil
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// oneByOne makes the calls that integrations usually make for each order.
func (s *sample) oneByOne(ctx context.Context, erp *odoo.Client, tag string, orders int) error {
	started := time.Now()
	taxes, err := search(ctx, erp, "account.tax", odoo.Eq("name", taxName))
	if err != nil {
		return err
	}
	for n := range orders {
		email := fmt.Sprintf("%s-%d@example.com", tag, n)
		if _, err := search(ctx, erp, "res.partner", odoo.Eq("email", email)); err != nil {
			return err
		}
		partner, err := create(ctx, erp, "res.partner", map[string]any{
			"name": fmt.Sprintf("Buyer %d", n), "email": email, "street": fmt.Sprintf("Main Street %d", n), "city": "Springfield", "zip": "62701",
		})
		if err != nil {
			return err
		}
		var lines []any
		for k, sku := range skus {
			products, err := search(ctx, erp, "product.product", odoo.Eq("default_code", sku))
			if err != nil {
				return err
			}
			lines = append(lines, []any{0, 0, map[string]any{
				"product_id": products[0], "name": "Product " + sku, "product_uom_qty": k + 1, "price_unit": 10 + k,
				"tax_ids": []any{[]any{6, 0, taxes}},
			}})
		}
		order, err := create(ctx, erp, "sale.order", map[string]any{"partner_id": partner, "origin": fmt.Sprintf("%s/%d", tag, n), "order_line": lines})
		if err != nil {
			return err
		}
		if err := erp.Do(ctx, odoo.Call{Model: "sale.order", Method: "action_confirm", IDs: []int64{order}}); err != nil {
			return err
		}
	}
	s.orders += orders
	s.took += time.Since(started)
	return nil
}

func search(ctx context.Context, erp *odoo.Client, model string, domain odoo.Domain) ([]int64, error) {
	return odoo.Invoke[[]int64](ctx, erp, odoo.Call{Model: model, Method: "search", Args: odoo.Args{"domain": domain, "limit": 1}})
}

func create(ctx context.Context, erp *odoo.Client, model string, values map[string]any) (int64, error) {
	ids, err := odoo.Invoke[[]int64](ctx, erp, odoo.Call{Model: model, Method: "create", Args: odoo.Args{"vals_list": []any{values}}})
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

//go:embed inprocess.py
var script string

// inProcess creates the same orders inside Odoo. The bench runs at the top of the repository.
func (s *sample) inProcess(ctx context.Context, tag string, orders int) error {
	text := strings.NewReplacer(
		"__COUNT__", strconv.Itoa(orders), "__TAG__", tag, "__TAX__", taxName,
		"__SKUS__", `["`+strings.Join(skus, `","`)+`"]`,
	).Replace(script)
	command := exec.CommandContext(ctx, "peers/odoo-shell.sh", "19")
	command.Stdin = strings.NewReader("exec(" + strconv.Quote(text) + ")\n")
	var failed bytes.Buffer
	command.Stderr = &failed
	out, err := command.Output()
	if err != nil {
		return fmt.Errorf("%w: %s", err, tail(failed.String()))
	}
	for line := range strings.Lines(string(out)) {
		var count int
		var seconds float64
		if n, _ := fmt.Sscanf(line, "inprocess %d %f", &count, &seconds); n == 2 {
			s.orders += count
			s.took += time.Duration(seconds * float64(time.Second))
			return nil
		}
	}
	return fmt.Errorf("the shell printed no result: %s", tail(failed.String()))
}

func tail(text string) string { return text[max(0, len(text)-600):] }

var channel = canonical.Channel{Name: "bench", Account: "main"}

// generated is a channel with orders of three lines, in pages of 100.
type generated []canonical.Order

func generate(tag string, orders int) generated {
	all := make(generated, orders)
	for n := range all {
		all[n] = order(tag, n)
	}
	return all
}

func (g generated) Channel() canonical.Channel { return channel }

func (g generated) ListOrders(_ context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	first, _ := strconv.Atoi(string(query.Cursor))
	last := min(first+100, len(g))
	page := marketplace.OrderPage{Cursor: marketplace.Cursor(strconv.Itoa(last)), More: last < len(g)}
	for _, order := range g[first:last] {
		page.Orders = append(page.Orders, marketplace.Fetched{Key: order.Key, Order: order})
	}
	return page, nil
}

func order(tag string, n int) canonical.Order {
	id := fmt.Sprintf("%s-%d", tag, n)
	at := time.Now().UTC().Truncate(time.Second)
	address := &canonical.Address{
		Name: fmt.Sprintf("Buyer %d", n), Street: fmt.Sprintf("Main Street %d", n), City: "Springfield", Zip: "62701", Country: "US",
	}
	order := canonical.Order{
		Key: canonical.Key{Channel: channel, ID: id}, Number: id, PlacedAt: at, Revision: canonical.Revision{UpdatedAt: at},
		Status: canonical.StatusConfirmed, Currency: "USD",
		Buyer: canonical.Party{ID: id, Name: address.Name, Email: id + "@example.com"}, BillTo: address, ShipTo: address,
	}
	var net, tax int64
	ten := decimal.MustNew(10, 0)
	for k, sku := range skus {
		qty, price := int64(k+1), int64(1000+100*k)
		total := qty * price
		net += total
		tax += total / 10
		order.Lines = append(order.Lines, canonical.Line{
			ID: strconv.Itoa(k + 1), Kind: canonical.LineProduct, SKU: sku, Title: "Product " + sku,
			Qty: canonical.LineQty{Ordered: decimal.MustNew(qty, 0)}, UnitPrice: cents(price), Subtotal: cents(total), Total: cents(total),
			Taxes: []canonical.Tax{{Code: "VAT10", Rate: ten, RateKnown: true, Amount: cents(total / 10), Collector: canonical.CollectorSeller}},
		})
	}
	order.Totals = canonical.Totals{Net: cents(net), Tax: cents(tax), Grand: cents(net + tax)}
	return order
}

func cents(n int64) canonical.Amount { return canonical.Shop(decimal.MustNew(n, 2)) }
