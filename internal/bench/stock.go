package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
)

// stockSKUs is the size of the catalog whose stock is measured. It is a company of its own in the database, made once.
const stockSKUs = 10_000

// deltaSKUs is how many products are counted anew before each cycle; there are some cycles in each round.
const (
	deltaSKUs      = 10
	cyclesPerRound = 5
)

// runStock measures the stock flow: a full comparison against a channel that shows everything right, the same
// quantities read inside Odoo, and a cycle in which ten products changed. It returns lines with the ratios of the fastest of each:
// what else the machine does can only add.
func runStock(ctx context.Context, rounds int) (string, error) {
	env, err := peer.Find("odoo19")
	if err != nil {
		return "", err
	}
	if env["URL"] == "" {
		return "", errors.New("no Odoo 19 here: start it with `make odoo19`")
	}
	var company, warehouse int64
	if err := stockShell(ctx, "prepare", "stock %d %d", &company, &warehouse); err != nil {
		return "", err
	}
	erp, err := odoo.Dial(ctx, env["URL"], odoo.APIKey(env["API_KEY"]), odoo.WithDatabase(env["DB"]), odoo.WithInFlight(callers))
	if err != nil {
		return "", err
	}
	rules := &mapping.Rules{Version: mapping.RulesVersion, Channels: map[canonical.Channel]mapping.ChannelRules{
		channel: {Company: company, Warehouse: mapping.ID(warehouse)},
	}}
	sync := retailsync.New(erp, rules, retailsync.WithStore(idempotency.NewMemory()))
	shop := shelf{}
	// The first comparison fills the channel, the first cycle the memory of what is known.
	if _, err := sync.ReconcileStock(ctx, shop, retailsync.StockRun{}); err != nil {
		return "", err
	}
	if _, err := sync.PublishStock(ctx, shop, retailsync.StockRun{}); err != nil {
		return "", err
	}
	clerk, err := newClerk(ctx, erp, company, warehouse)
	if err != nil {
		return "", err
	}
	var full, inside, delta []time.Duration
	for range rounds {
		report, err := sync.ReconcileStock(ctx, shop, retailsync.StockRun{})
		if err != nil {
			return "", err
		}
		if n := report.Count(retailsync.StockUnchanged); n < stockSKUs {
			return "", fmt.Errorf("full comparison: %s, want %d or more unchanged", report, stockSKUs)
		}
		full = append(full, report.Took)

		var products int
		var seconds float64
		if err := stockShell(ctx, "read", "inprocess %d %f", &products, &seconds); err != nil {
			return "", err
		}
		if products < stockSKUs {
			return "", fmt.Errorf("inside Odoo: %d products, want %d or more", products, stockSKUs)
		}
		inside = append(inside, time.Duration(seconds*float64(time.Second)))

		for range cyclesPerRound {
			if err := clerk.count(ctx, deltaSKUs); err != nil {
				return "", err
			}
			if report, err = sync.PublishStock(ctx, shop, retailsync.StockRun{}); err != nil {
				return "", err
			}
			if n := report.Count(retailsync.StockPublished); n < deltaSKUs {
				return "", fmt.Errorf("cycle: %s, want %d published", report, deltaSKUs)
			}
			delta = append(delta, report.Took)
		}
	}
	var text strings.Builder
	fmt.Fprintf(&text, "stock of %d SKUs, full comparison:  %s\n", stockSKUs, took(full))
	fmt.Fprintf(&text, "free_qty of them inside Odoo:       %s\n", took(inside))
	fmt.Fprintf(&text, "cycle in which %d SKUs changed:     %s\n", deltaSKUs, took(delta))
	fmt.Fprintf(&text, "ratio.stock_full_vs_inprocess %.2f\n", slices.Min(full).Seconds()/slices.Min(inside).Seconds())
	fmt.Fprintf(&text, "ratio.stock_delta_vs_full %.4f\n", slices.Min(delta).Seconds()/slices.Min(full).Seconds())
	return text.String(), nil
}

// clerk counts products anew, as a person does.
type clerk struct {
	erp      *odoo.Client
	in       odoo.Context
	place    int64
	products []int64
	next     int
}

func newClerk(ctx context.Context, erp *odoo.Client, company, warehouse int64) (*clerk, error) {
	c := &clerk{erp: erp, in: odoo.Context{"allowed_company_ids": []int64{company}, "inventory_mode": true}}
	places, err := odoo.Invoke[[]struct {
		Stock odoo.Many2One `json:"lot_stock_id"`
	}](ctx, erp, odoo.Call{Model: "stock.warehouse", Method: "read", IDs: []int64{warehouse}, Args: odoo.Args{"fields": []string{"lot_stock_id"}}})
	if err != nil {
		return nil, err
	}
	c.place = places[0].Stock.ID
	c.products, err = odoo.Invoke[[]int64](ctx, erp, odoo.Call{
		Model: "product.product", Method: "search", Args: odoo.Args{"domain": odoo.And(odoo.Eq("company_id", company), odoo.Eq("is_storable", true)), "order": "id"},
	})
	return c, err
}

// count counts the next products of the catalog, each to a quantity that it did not have.
func (c *clerk) count(ctx context.Context, products int) error {
	var counts []any
	for range products {
		// Neighbours would share their pages in the database; these do not.
		id := c.products[c.next*997%len(c.products)]
		c.next++
		counts = append(counts, map[string]any{"product_id": id, "location_id": c.place, "inventory_quantity": 100 + time.Now().UnixMilli()%1_000_000})
	}
	quants, err := odoo.Invoke[[]int64](ctx, c.erp, odoo.Call{Model: "stock.quant", Method: "create", Args: odoo.Args{"vals_list": counts}, Context: c.in})
	if err != nil {
		return err
	}
	return c.erp.Call(ctx, odoo.Call{Model: "stock.quant", Method: "action_apply_inventory", IDs: quants, Context: c.in}, nil)
}

func took(all []time.Duration) string {
	var texts []string
	for _, one := range all {
		texts = append(texts, one.Round(time.Millisecond).String())
	}
	return strings.Join(texts, ", ")
}

//go:embed stockinprocess.py
var stockScript string

// stockShell runs a step inside Odoo and reads what it prints in the format.
func stockShell(ctx context.Context, step, format string, into ...any) error {
	text := strings.NewReplacer("__STEP__", step, "__COUNT__", strconv.Itoa(stockSKUs)).Replace(stockScript)
	command := exec.CommandContext(ctx, "peers/odoo-shell.sh", "19")
	command.Stdin = strings.NewReader("exec(" + strconv.Quote(text) + ")\n")
	var failed bytes.Buffer
	command.Stderr = &failed
	out, err := command.Output()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", step, err, tail(failed.String()))
	}
	for line := range strings.Lines(string(out)) {
		if n, _ := fmt.Sscanf(line, format, into...); n == len(into) {
			return nil
		}
	}
	return fmt.Errorf("%s: the shell printed no result: %s", step, tail(failed.String()))
}

// shelf is a channel with one place, in memory, that takes and shows every level.
type shelf map[string]decimal.Decimal

func (s shelf) Channel() canonical.Channel { return channel }

func (s shelf) StockBatch() int { return 250 }

func (s shelf) PublishStock(_ context.Context, levels []marketplace.StockLevel) ([]marketplace.StockResult, error) {
	results := make([]marketplace.StockResult, len(levels))
	for i, level := range levels {
		s[level.SKU] = level.Quantity
		results[i] = marketplace.StockResult{Item: level.StockItem, Outcome: marketplace.StockAccepted}
	}
	return results, nil
}

func (s shelf) ReadStock(_ context.Context, items []marketplace.StockItem) ([]marketplace.StockReading, error) {
	readings := make([]marketplace.StockReading, len(items))
	for i, item := range items {
		readings[i] = marketplace.StockReading{Item: item, Quantity: s[item.SKU]}
	}
	return readings, nil
}

func (s shelf) ListStock(_ context.Context, _ marketplace.Cursor) (marketplace.StockPage, error) {
	page := marketplace.StockPage{Readings: make([]marketplace.StockReading, 0, len(s))}
	for sku, quantity := range s {
		page.Readings = append(page.Readings, marketplace.StockReading{Item: marketplace.StockItem{SKU: sku}, Quantity: quantity})
	}
	return page, nil
}
