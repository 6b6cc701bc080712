package retailsync_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
)

// sellIn sells by rules that have units of sale and other names of the SKUs.
func (o *outletTest) sellIn(units map[string]int64, aliases map[string]string, change func(*mapping.StockRules)) {
	o.Helper()
	rules := o.rules()
	channel := rules.Channels[o.rack.Channel()]
	channel.Products.Units, channel.Products.Aliases = map[string]mapping.Ref{}, map[string]string{}
	for name, unit := range units {
		channel.Products.Units[o.sku(name)] = mapping.ID(unit)
	}
	for name, of := range aliases {
		channel.Products.Aliases[o.sku(name)] = o.sku(of)
	}
	if change != nil {
		change(&channel.Stock)
	}
	rules.Channels[o.rack.Channel()] = channel
	o.sync = retailsync.New(o.odoo.Client, rules, retailsync.WithJournal(o.journal), retailsync.WithStore(o.store))
}

// What is free is shown in whole units of sale, rounded down, after buffer, share and bound; a SKU that is sold singly beside goes on.
func TestStockInUnitsOfSale(t *testing.T) {
	eachOutlet(t, func(o *outletTest) {
		dozen := o.odoo.Unit("Dozens of "+o.prefix, 12, "Units")
		half := o.odoo.Unit("Six of "+o.prefix, 6, "Units")
		o.stocks(30, "mug", "plate")
		// Kept in dozens, sold singly.
		o.products["egg"] = o.odoo.Product(map[string]any{"default_code": o.sku("egg"), "uom_id": dozen})
		o.count("egg", 3)
		single := warehouse.Call[[]int64](o.odoo, "uom.uom", "search", nil, odoo.Args{"domain": odoo.Eq("name", "Units"), "limit": 1}, nil)[0]
		for _, name := range []string{"egg", "mug-12", "mug-6"} {
			o.rack.levels[o.item(name)] = decimal.Zero
		}
		sells := map[string]int64{"mug-12": dozen, "mug-6": half, "plate": dozen, "egg": single}
		o.sellIn(sells, map[string]string{"mug-12": "mug", "mug-6": "mug"}, nil)
		o.want("the comparison", o.sync.ReconcileStock, map[string]string{"mug": "unchanged", "mug-12": "published", "mug-6": "published", "plate": "published", "egg": "published"})
		o.shows(map[string]int{"mug": 30, "mug-12": 2, "mug-6": 5, "plate": 2, "egg": 36})
		o.begin()
		o.cycle("at rest", nil)

		o.count("mug", 35)
		o.cycle("a part of a dozen more", map[string]string{"mug": "published", "mug-12": "unchanged", "mug-6": "unchanged"})
		o.count("mug", 36)
		o.cycle("a dozen more", map[string]string{"mug": "published", "mug-12": "published", "mug-6": "published"})
		o.shows(map[string]int{"mug": 36, "mug-12": 3, "mug-6": 6})
		o.odoo.Order(o.products["plate"], 7)
		o.cycle("reserved", map[string]string{"plate": "published"})
		o.shows(map[string]int{"plate": 1})

		o.sellIn(sells, map[string]string{"mug-12": "mug", "mug-6": "mug"}, func(s *mapping.StockRules) {
			buffer, share, most := decimal.MustParse("1"), decimal.MustParse("80"), decimal.MustParse("27")
			s.Buffer, s.Share, s.Most = &buffer, &share, &most
		})
		o.want("less a unit, 80 percent of the rest, 27 at most", o.sync.ReconcileStock, map[string]string{
			"mug": "published", "mug-12": "published", "mug-6": "published", "plate": "unchanged", "egg": "published",
		})
		o.shows(map[string]int{"mug": 27, "mug-12": 2, "mug-6": 4, "plate": 1, "egg": 19})
	})
}

// Safe stock is a part of what the channel shows, in its own units of sale, and is restored after.
func TestSafeStockInUnitsOfSale(t *testing.T) {
	eachOutlet(t, func(o *outletTest) {
		dozen := o.odoo.Unit("Dozens of "+o.prefix, 12, "Units")
		o.stocks(60, "mug")
		o.sellIn(map[string]int64{"mug": dozen}, nil, nil)
		o.begin()
		o.shows(map[string]int{"mug": 5})
		o.safely("two dozen at most", retailsync.SafeStock{Level: retailsync.ShowAtMost(units(2))}, map[string]string{"mug": "published"})
		o.shows(map[string]int{"mug": 2})
		o.safely("half of it", retailsync.SafeStock{Level: retailsync.ShowPercent(50)}, map[string]string{"mug": "unchanged"})
		o.cycle("Odoo is back", map[string]string{"mug": "published"})
		o.shows(map[string]int{"mug": 5})
	})
}

// A SKU whose unit cannot be fails by itself, and is left as it is shown.
func TestStockOfUnitsThatCannotBe(t *testing.T) {
	eachOutlet(t, func(o *outletTest) {
		o.stocks(30, "mug", "plate")
		o.count("plate", 29)
		sack := o.odoo.Unit("Sacks of "+o.prefix, 25, "kg")
		o.sellIn(map[string]int64{"mug": sack}, nil, nil)
		var failed error
		report, err := o.sync.ReconcileStock(o.Context(), o.target, retailsync.StockRun{OnResult: func(r retailsync.StockResult) {
			if r.Item == o.item("mug") {
				failed = r.Err
			}
		}})
		var wrong *mapping.UnitError
		if err != nil || !errors.As(failed, &wrong) {
			o.Fatalf("%s, %v: %v", report, err, failed)
		}
		if diff := cmp.Diff([]any{o.sku("mug"), mapping.ID(sack), "Units"}, []any{wrong.SKU, wrong.Unit, wrong.Own.Name}); diff != "" {
			o.Errorf("%v (-want +got):\n%s", wrong, diff)
		}
		o.shows(map[string]int{"mug": 30, "plate": 29})
		o.count("mug", 20)
		o.count("plate", 28)
		o.cycle("a cycle", map[string]string{"mug": "failed ", "plate": "published"})
	})
}

// Kits are shown in the unit of sale as well.
func TestKitsInUnitsOfSale(t *testing.T) {
	t.Parallel()
	warehouse.EachKits(t, func(t *testing.T, w *warehouse.Warehouse) {
		o := newOutlet(t, w)
		dozen := w.Unit("Dozens of "+o.prefix, 12, "Units")
		part := w.Product(nil)
		w.Count(part, w.Place, 61)
		o.products["kit"] = w.Kit(map[int64]float64{part: 2})
		warehouse.Call[any](w, "product.product", "write", []int64{o.products["kit"]}, odoo.Args{"vals": map[string]any{"default_code": o.sku("kit")}}, nil)
		o.rack.levels[o.item("kit")] = decimal.Zero
		o.sellIn(map[string]int64{"kit": dozen}, nil, nil)
		o.begin()
		o.shows(map[string]int{"kit": 2})
		w.Count(part, w.Place, 72)
		o.cycle("three dozen kits", map[string]string{"kit": "published"})
		o.shows(map[string]int{"kit": 3})
	})
}
