package retailsync_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
)

// sellIn sells by rules that have units of sale and other names of the SKUs.
func (s *stall) sellIn(units map[string]mapping.Ref, aliases map[string]string) {
	s.t.Helper()
	channel := canonical.Channel{Name: "medusa", Account: "main"}
	rules := s.rules.Channels[channel]
	rules.Products.Units, rules.Products.Aliases = units, aliases
	s.rules.Channels[channel] = rules
	s.sync = s.connector(s.odoo.Client, s.store)
}

// A price is that of one unit of sale, as Odoo computes it: discounts, rules for so many, and those with dates.
func TestPricesOfUnitsOfSale(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, "    prices: [{currency: USD, pricelist: %s, sale: dated}]\n")
		dozen, pack := w.Unit("Dozens of "+s.listName, 12, "Units"), w.Unit("Packs of "+s.listName, 4, "Units")
		mug, mugSKU := s.article(map[string]any{"list_price": 2.49})
		plate, plateSKU := s.article(map[string]any{"list_price": 3})
		bowl, bowlSKU := s.article(map[string]any{"list_price": 5})
		_, eggsSKU := s.article(map[string]any{"list_price": 30, "uom_id": dozen})
		_, sackSKU := s.article(map[string]any{"list_price": 1})
		box := "PR-" + rand.Text()
		s.shop.AddProduct("A box of mugs", box)
		s.rule(plate, map[string]any{"compute_price": "percentage", "percent_price": 10})
		s.rule(mug, map[string]any{"fixed_price": 2, "min_quantity": 12})
		now := time.Now().UTC()
		s.rule(bowl, map[string]any{"fixed_price": 4, "min_quantity": 12, "date_start": now.Add(-time.Hour).Format(time.DateTime), "date_end": now.Add(time.Hour).Format(time.DateTime)})
		s.sellIn(map[string]mapping.Ref{
			box: mapping.ID(dozen), plateSKU: mapping.ID(pack), bowlSKU: mapping.ID(dozen), eggsSKU: mapping.Name("Units"), sackSKU: mapping.Name("kg"),
		}, map[string]string{box: mugSKU})

		var failed error
		report, err := s.sync.ReconcilePrices(t.Context(), s.adapter, retailsync.PriceRun{OnResult: func(r retailsync.PriceResult) {
			if r.Item.SKU == sackSKU {
				failed = r.Err
			}
		}})
		if err != nil {
			t.Fatalf("%s, %v", report, err)
		}
		var wrong *mapping.UnitError
		if !errors.As(failed, &wrong) || wrong.SKU != sackSKU {
			t.Errorf("a mug by the kilogram: %v", failed)
		}
		s.charges(mugSKU, "2.49")
		s.charges(box, "24")
		s.charges(plateSKU, "10.8")
		s.charges(eggsSKU, "2.5")
		s.charges(sackSKU, "")
		s.charges(bowlSKU, "60")
		if sales := s.shop.SalePrices(bowlSKU, "usd", ""); len(sales) != 1 || sales[0].Amount != "48" {
			t.Errorf("a dozen bowls on sale: %v, want 48", sales)
		}
	})
}
