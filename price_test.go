package retailsync_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/odoo"
)

// stall is a shop that sells what a real Odoo has, at Odoo's prices.
type stall struct {
	t       *testing.T
	odoo    *warehouse.Warehouse
	shop    *medusatest.Server
	adapter *medusa.Adapter
	store   *idempotency.Memory
	rules   *mapping.Rules
	sync    *retailsync.Connector
	journal *retailsync.MemoryJournal
	// list is the pricelist that the rules name, in dollars.
	list     int64
	listName string
	// lost makes the shop unreachable.
	lost   bool
	writes int
}

// RoundTrip implements http.RoundTripper.
func (s *stall) RoundTrip(request *http.Request) (*http.Response, error) {
	if s.lost {
		return nil, errors.New("connection refused")
	}
	if request.Method != http.MethodGet {
		s.writes++
	}
	return http.DefaultTransport.RoundTrip(request)
}

// newStall opens one; %s in the rules stands for the name of the pricelist.
func newStall(t *testing.T, w *warehouse.Warehouse, rules string) *stall {
	t.Helper()
	s := &stall{t: t, odoo: w, shop: medusatest.NewServer(), journal: &retailsync.MemoryJournal{}, store: idempotency.NewMemory(), listName: "Stall " + rand.Text()}
	t.Cleanup(s.shop.Close)
	s.shop.AddRegion("reg_us", "usd")
	s.list = w.Create("product.pricelist", map[string]any{"name": s.listName, "currency_id": s.dollar()}, nil)
	s.adapter = medusa.New(s.shop.URL, medusa.SecretKey(s.shop.SecretKey), medusa.WithTransport(s), medusa.WithBackoff(time.Millisecond), medusa.WithRateLimit(1000))
	var err error
	if s.rules, err = mapping.Load(strings.NewReader("version: 1\nchannels:\n  medusa/main:\n"+strings.ReplaceAll(rules, "%s", s.listName)), "rules.yaml"); err != nil {
		t.Fatal(err)
	}
	s.sync = s.connector(w.Dial(t), s.store)
	return s
}

// reach is how another process reaches the Odoo.
func reach(w *warehouse.Warehouse) target {
	p := w.Peer()
	return target{Series: p.Series, URL: p.URL, Database: p.Database, Login: p.Login, Secret: p.Password, APIKey: p.APIKey}
}

func (s *stall) connector(client *odoo.Client, store idempotency.Store) *retailsync.Connector {
	return retailsync.New(client, s.rules, retailsync.WithJournal(s.journal), retailsync.WithStore(store))
}

func (s *stall) dollar() int64 {
	s.t.Helper()
	return warehouse.Call[[]int64](s.odoo, "res.currency", "search", nil, odoo.Args{"domain": odoo.Eq("name", "USD")}, nil)[0]
}

// article makes a product that the shop lists too, and returns its id and SKU.
func (s *stall) article(values map[string]any) (int64, string) {
	s.t.Helper()
	sku := "PR-" + rand.Text()
	all := map[string]any{"default_code": sku, "name": "Article " + sku, "taxes_id": []any{[]any{6, 0, []int64{}}}}
	for name, value := range values {
		all[name] = value
	}
	id := s.odoo.Product(all)
	s.shop.AddProduct("A product", sku)
	return id, sku
}

func (s *stall) write(model string, id int64, values map[string]any) {
	s.t.Helper()
	warehouse.Call[any](s.odoo, model, "write", []int64{id}, odoo.Args{"vals": values}, nil)
}

// rule adds a rule for a product to the stall's pricelist.
func (s *stall) rule(product int64, values map[string]any) int64 {
	s.t.Helper()
	return s.ruleOf(s.list, product, values)
}

func (s *stall) ruleOf(list, product int64, values map[string]any) int64 {
	s.t.Helper()
	rows := warehouse.Call[[]struct {
		Template odoo.Many2One `json:"product_tmpl_id"`
	}](s.odoo, "product.product", "read", []int64{product}, odoo.Args{"fields": []string{"product_tmpl_id"}}, nil)
	all := map[string]any{"pricelist_id": list, "applied_on": "0_product_variant", "product_id": product, "product_tmpl_id": rows[0].Template.ID, "compute_price": "fixed"}
	for name, value := range values {
		all[name] = value
	}
	return s.odoo.Create("product.pricelist.item", all, nil)
}

// run runs once and returns what became of the SKUs, as "outcome" or "outcome drifted".
func (s *stall) run(work func(context.Context, marketplace.PricePublisher, retailsync.PriceRun) (*retailsync.PriceReport, error), skus ...string) map[string]string {
	s.t.Helper()
	found := map[string]string{}
	_, err := work(context.Background(), s.adapter, retailsync.PriceRun{OnResult: func(r retailsync.PriceResult) {
		if slices.Contains(skus, r.Item.SKU) {
			if found[r.Item.SKU] = string(r.Outcome); r.Drifted {
				found[r.Item.SKU] += " drifted"
			}
		}
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

func (s *stall) charges(sku, want string) {
	s.t.Helper()
	if got := s.shop.Price(sku, "usd", ""); got != want {
		s.t.Errorf("the shop charges %q for %s, want %q", got, sku, want)
	}
}

func (s *stall) want(what string, got map[string]string, want map[string]string) {
	s.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

const plainPrices = "    prices: [{currency: USD, pricelist: %s}]\n"

// A full comparison heals what differs, reports drift and what only one side has, and leaves alone what is right.
func TestReconcilePrices(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, plainPrices)
		_, right := s.article(map[string]any{"list_price": 5})
		wrongID, wrong := s.article(map[string]any{"list_price": 7})
		_, twin := s.article(nil)
		s.odoo.Product(map[string]any{"default_code": twin})
		_, retired := s.article(map[string]any{"sale_ok": false})
		gone := "PR-" + rand.Text()
		s.odoo.Product(map[string]any{"default_code": gone, "list_price": 3})
		s.shop.AddProduct("Only here", "ONLY-HERE")
		s.shop.SetPrice(right, "usd", "", "5.00")
		s.rule(wrongID, map[string]any{"fixed_price": 6.5})
		all := []string{right, wrong, twin, retired, gone, "ONLY-HERE"}
		s.want("first", s.run(s.sync.ReconcilePrices, all...), map[string]string{
			right: "unchanged", wrong: "published", twin: "failed", retired: "unknown", gone: "unlisted", "ONLY-HERE": "unknown",
		})
		s.charges(wrong, "6.5")
		s.charges(twin, "")
		before := s.writes
		s.want("again", s.run(s.sync.ReconcilePrices, right, wrong), map[string]string{right: "unchanged", wrong: "unchanged"})
		if s.writes != before {
			t.Errorf("%d writes for nothing", s.writes-before)
		}
		s.shop.SetPrice(right, "usd", "", "99")
		s.want("drift", s.run(s.sync.ReconcilePrices, right, wrong), map[string]string{right: "published drifted", wrong: "unchanged"})
		s.charges(right, "5")
		if events := s.journal.Events(); len(events) != 2 || events[0].Type != canonical.EventPricePublished || events[0].Subject.ID != wrong+"@/USD" {
			t.Errorf("events %+v for 2 published prices", events)
		}
	})
}

// A cycle sends what changed and nothing else, and loses nothing while the channel is away.
func TestPublishPrices(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, plainPrices)
		product, sku := s.article(map[string]any{"list_price": 6})
		_, other := s.article(map[string]any{"list_price": 4})
		s.want("the first run", s.run(s.sync.PublishPrices, sku, other), map[string]string{sku: "published", other: "published"})
		time.Sleep(3 * time.Second) // rows that were just written are looked at again
		s.run(s.sync.PublishPrices)
		s.want("nothing changed", s.run(s.sync.PublishPrices, sku, other), map[string]string{})
		s.write("product.product", product, map[string]any{"list_price": 8.25})
		s.want("a new price", s.run(s.sync.PublishPrices, sku, other), map[string]string{sku: "published"})
		s.charges(sku, "8.25")
		rule := s.rule(product, map[string]any{"fixed_price": 7.75})
		s.want("a rule", s.run(s.sync.PublishPrices, sku, other), map[string]string{sku: "published"})
		s.charges(sku, "7.75")
		// Somebody sets at the shop what Odoo is about to say: nothing is echoed.
		s.shop.SetPrice(sku, "usd", "", "7.00")
		s.write("product.pricelist.item", rule, map[string]any{"fixed_price": 7})
		before := s.writes
		s.want("no echo", s.run(s.sync.PublishPrices, sku), map[string]string{sku: "unchanged"})
		if s.writes != before {
			t.Errorf("%d writes for what the shop shows", s.writes-before)
		}
		warehouse.Call[any](w, "product.pricelist.item", "unlink", []int64{rule}, nil, nil)
		s.want("a rule is deleted", s.run(s.sync.PublishPrices, sku, other), map[string]string{sku: "published", other: "unchanged"})
		s.charges(sku, "8.25")
		// The channel is away for a while: nothing is lost.
		s.write("product.product", product, map[string]any{"list_price": 9})
		s.lost = true
		if _, err := s.sync.PublishPrices(context.Background(), s.adapter, retailsync.PriceRun{}); marketplace.CodeOf(err) != marketplace.CodeUnavailable {
			t.Errorf("the channel is down: %v", err)
		}
		s.charges(sku, "8.25")
		s.lost = false
		s.want("the channel is back", s.run(s.sync.PublishPrices, sku), map[string]string{sku: "published"})
		s.charges(sku, "9")
		// While one run works, another of the channel is told so.
		_, err := s.sync.ReconcilePrices(context.Background(), s.adapter, retailsync.PriceRun{OnResult: func(r retailsync.PriceResult) {
			if r.Item.SKU != sku {
				return
			}
			if _, err := s.sync.PublishPrices(context.Background(), s.adapter, retailsync.PriceRun{}); !errors.Is(err, idempotency.ErrInFlight) {
				t.Errorf("a second run at the same time: %v", err)
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// Prices are converted by the product's taxes or those of the market, exactly, and then rounded by rule.
func TestPricesWithTaxes(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		tag := rand.Text()
		tax := func(name string, percent float64, included bool) int64 {
			values := map[string]any{"name": name + tag, "amount": percent, "amount_type": "percent", "type_tax_use": "sale"}
			if w.Version().AtLeast(18) {
				values["price_include_override"] = map[bool]string{true: "tax_included", false: "tax_excluded"}[included]
			} else {
				values["price_include"] = included
			}
			return w.Create("account.tax", values, nil)
		}
		added, included := tax("Added", 19, false), tax("Included", 25, true)
		tax("Market", 20, false)
		s := newStall(t, w, fmt.Sprintf(`    prices:
      - {currency: USD, pricelist: "%%s", taxes: included, replace_taxes: {"Included%[1]s": "Market%[1]s"}}
      - {currency: USD, list: reg_us, pricelist: "%%s", taxes: excluded, rounding: {step: 1, endings: [0.49, 0.99]}}
`, tag))
		_, net := s.article(map[string]any{"list_price": 84.04, "taxes_id": []any{[]any{6, 0, []int64{added}}}})
		_, gross := s.article(map[string]any{"list_price": 125, "taxes_id": []any{[]any{6, 0, []int64{included}}}})
		s.want("run", s.run(s.sync.ReconcilePrices, net, gross), map[string]string{net: "published", gross: "published"})
		s.charges(net, "100.01")
		s.charges(gross, "120")
		got := []string{s.shop.Price(net, "usd", "reg_us"), s.shop.Price(gross, "usd", "reg_us")}
		if diff := cmp.Diff([]string{"83.99", "99.99"}, got); diff != "" {
			t.Errorf("without tax, rounded (-want +got):\n%s", diff)
		}
		s.want("again", s.run(s.sync.ReconcilePrices, net, gross), map[string]string{net: "unchanged", gross: "unchanged"})
	})
}

// Rules with dates become sale prices with their time, also beforehand, and end with it.
func TestSalePrices(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, "    prices: [{currency: USD, pricelist: %s, sale: dated}]\n")
		now := time.Now().UTC().Truncate(time.Second)
		stamp := func(t time.Time) string { return t.Format(time.DateTime) }
		open, openSKU := s.article(map[string]any{"list_price": 20})
		coming, comingSKU := s.article(map[string]any{"list_price": 30})
		dearer, dearerSKU := s.article(map[string]any{"list_price": 40})
		sale := s.rule(open, map[string]any{"fixed_price": 15, "date_start": stamp(now.Add(-time.Hour)), "date_end": stamp(now.Add(time.Hour))})
		s.rule(coming, map[string]any{"compute_price": "percentage", "percent_price": 10, "date_start": stamp(now.Add(time.Hour)), "date_end": stamp(now.Add(2 * time.Hour))})
		s.rule(dearer, map[string]any{"fixed_price": 45, "date_start": stamp(now.Add(-time.Hour)), "date_end": stamp(now.Add(time.Hour))})
		all := []string{openSKU, comingSKU, dearerSKU}
		s.want("first", s.run(s.sync.PublishPrices, all...), map[string]string{openSKU: "published", comingSKU: "published", dearerSKU: "published"})
		s.charges(openSKU, "20")
		s.charges(comingSKU, "30")
		s.charges(dearerSKU, "45") // a surcharge for a time is no sale
		want := map[string][]medusatest.SalePrice{
			openSKU:   {{Amount: "15", From: now.Add(-time.Hour), Until: now.Add(time.Hour + time.Second)}},
			comingSKU: {{Amount: "27", From: now.Add(time.Hour), Until: now.Add(2*time.Hour + time.Second)}},
			dearerSKU: nil,
		}
		got := map[string][]medusatest.SalePrice{}
		for _, sku := range all {
			got[sku] = s.shop.SalePrices(sku, "usd", "")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("sales (-want +got):\n%s", diff)
		}
		s.want("again", s.run(s.sync.ReconcilePrices, all...), map[string]string{openSKU: "unchanged", comingSKU: "unchanged", dearerSKU: "unchanged"})
		s.write("product.pricelist.item", sale, map[string]any{"date_end": stamp(now.Add(-time.Minute))})
		s.want("the sale is over", s.run(s.sync.PublishPrices, openSKU), map[string]string{openSKU: "published"})
		s.charges(openSKU, "20")
		if left := s.shop.SalePrices(openSKU, "usd", ""); len(left) > 0 {
			t.Errorf("sale prices are left: %v", left)
		}
	})
}

// A pricelist of lower prices is shown beside that of the regular ones.
func TestComparedPrices(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		regular := "Regular " + rand.Text()
		s := newStall(t, w, "    prices: [{currency: USD, pricelist: \"%s\", sale: compared, regular: "+regular+"}]\n")
		w.Create("product.pricelist", map[string]any{"name": regular, "currency_id": s.dollar()}, nil)
		cheap, cheapSKU := s.article(map[string]any{"list_price": 20})
		_, plainSKU := s.article(map[string]any{"list_price": 30})
		s.rule(cheap, map[string]any{"fixed_price": 12.5})
		s.want("first", s.run(s.sync.ReconcilePrices, cheapSKU, plainSKU), map[string]string{cheapSKU: "published", plainSKU: "published"})
		s.charges(cheapSKU, "20")
		s.charges(plainSKU, "30")
		if diff := cmp.Diff([]medusatest.SalePrice{{Amount: "12.5"}}, s.shop.SalePrices(cheapSKU, "usd", "")); diff != "" {
			t.Errorf("sale (-want +got):\n%s", diff)
		}
		if sales := s.shop.SalePrices(plainSKU, "usd", ""); len(sales) > 0 {
			t.Errorf("no sale was wanted: %v", sales)
		}
	})
}

// A dry run says what would happen and does nothing; mistakes in the rules are named.
func TestPricesDryRunAndRules(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, plainPrices)
		_, sku := s.article(map[string]any{"list_price": 5})
		for range 2 {
			report, err := s.sync.ReconcilePrices(context.Background(), s.adapter, retailsync.PriceRun{DryRun: true})
			if err != nil || report.Count(retailsync.OutPublished) == 0 || !strings.Contains(report.String(), "dry run") {
				t.Fatalf("%s, %v", report, err)
			}
		}
		s.charges(sku, "")
		for rules, want := range map[string]string{
			"    prices: [{currency: USD, pricelist: Nobody's}]\n":                                             "no active pricelist",
			"    prices: [{currency: SEK, pricelist: %s}]\n":                                                   "is in USD, not in SEK",
			"    prices: [{currency: USD, pricelist: %s, taxes: included, replace_taxes: {Nobody's: none}}]\n": "no sale tax",
			"    stock: {buffer: 1}\n":                                                                         "prices: none",
		} {
			other := newStall(t, w, rules)
			if _, err := other.sync.ReconcilePrices(context.Background(), other.adapter, retailsync.PriceRun{}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", rules, err, want)
			}
		}
	})
}
