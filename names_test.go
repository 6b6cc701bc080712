package retailsync_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
)

// A name that the rules give another product is that product's, as it is for orders: one that has it as its SKU in Odoo is not
// sold under it.
func TestAliasThatIsASKU(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, plainPrices)
		meant, sku := s.article(map[string]any{"list_price": 7, "name": "Meant"})
		other, alias := s.article(map[string]any{"list_price": 3, "name": "Other"})
		rack := newRack()
		rack.levels[marketplace.StockItem{SKU: sku, Location: "here"}], rack.levels[marketplace.StockItem{SKU: alias, Location: "here"}] = decimal.One, decimal.One
		w.Count(meant, w.Place, 8)
		w.Count(other, w.Place, 4)
		rules, err := mapping.Load(strings.NewReader(`version: 1
channels:
  medusa/main:
    products: {aliases: {`+alias+`: `+sku+`}}
    prices: [{currency: USD, pricelist: `+s.listName+`}]
    listings: {fields: {title: name}}
  rack/main:
    products: {aliases: {`+alias+`: `+sku+`}}
    stock: {locations: [{location: here, warehouses: [`+w.Name+`]}]}
`), "rules.yaml")
		if err != nil {
			t.Fatal(err)
		}
		connector := retailsync.New(w.Client, rules, retailsync.WithStore(s.store))
		s.want("prices", s.run(connector.ReconcilePrices, sku, alias), map[string]string{sku: "published", alias: "published"})
		s.want("prices again", s.run(connector.ReconcilePrices, sku, alias), map[string]string{sku: "unchanged", alias: "unchanged"})
		s.charges(alias, "7")
		s.describe(connector.ReconcileListings)
		s.want("listings again", s.describe(connector.ReconcileListings, sku, alias), map[string]string{sku: "unchanged", alias: "unchanged"})
		s.says(alias, map[string]any{"title": "Meant"})
		if _, err := connector.ReconcileStock(t.Context(), rack, retailsync.StockRun{}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(rack.arrived)
		want := []string{alias + " 8", sku + " 8"}
		slices.Sort(want)
		if diff := cmp.Diff(want, rack.arrived); diff != "" {
			t.Errorf("levels (-want +got):\n%s", diff)
		}
	})
}

// A product that is not for sale has no price, so its SKU may be that of one that is: cycles and comparisons agree on it.
func TestPricesBesideAProductThatIsNotForSale(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, plainPrices)
		product, sku := s.article(map[string]any{"list_price": 7})
		w.Product(map[string]any{"default_code": sku, "sale_ok": false})
		s.want("comparison", s.run(s.sync.PublishPrices, sku), map[string]string{sku: "published"})
		time.Sleep(3 * time.Second) // rows that were just written are looked at again
		s.run(s.sync.PublishPrices)
		s.write("product.product", product, map[string]any{"list_price": 8})
		s.want("cycle", s.run(s.sync.PublishPrices, sku), map[string]string{sku: "published"})
		s.charges(sku, "8")
		w.Product(map[string]any{"default_code": sku})
		s.write("product.product", product, map[string]any{"list_price": 9})
		got := map[string]string{}
		if _, err := s.sync.PublishPrices(context.Background(), s.adapter, retailsync.PriceRun{OnResult: func(r retailsync.PriceResult) { got[r.Item.SKU] = string(r.Outcome) }}); err != nil || got[sku] != "failed" {
			t.Errorf("two products for sale: %q, %v", got[sku], err)
		}
	})
}
