package retailsync_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	. "github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
)

// databaseOf is the database of a warehouse, with what the tests' orders need.
func databaseOf(t *testing.T, w *warehouse.Warehouse) *database {
	t.Helper()
	p := w.Peer()
	return &database{
		name: t.Name(), series: w.Series, url: p.URL, database: p.Database, login: p.Login, secret: p.Password, apiKey: p.APIKey, real: w.Real(), server: w.Server(),
		rules: preparedRules(t, w.Client, w.Series),
	}
}

// packed is an article that Odoo counts in units and the channel sells singly and by the dozen, both of one product.
type packed struct {
	*life
	w          *warehouse.Warehouse
	product    int64
	sku, dozen string // what the channel calls it; the first is Odoo's SKU too
	unit       int64  // the dozen in Odoo
	name       string // of that
}

// eachPacked runs a scenario on an article of its own in every Odoo.
func eachPacked(t *testing.T, scenario func(p *packed)) {
	t.Helper()
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) { scenario(newPacked(t, w)) })
}

func newPacked(t *testing.T, w *warehouse.Warehouse) *packed {
	t.Helper()
	sku := "MUG-" + tag()
	p := &packed{w: w, sku: sku, dozen: sku + "-DOZEN", name: "Dozens of " + sku}
	p.product = w.Product(map[string]any{"default_code": sku})
	p.unit = w.Unit(p.name, 12, "Units")
	p.life = newLife(t, databaseOf(t, w), nil)
	p.sell(nil)
	return p
}

// sell sells by the rules of the article, with a change.
func (p *packed) sell(change func(*mapping.ChannelRules)) {
	p.Helper()
	p.under(func(c *mapping.ChannelRules) {
		c.Warehouse = mapping.Name(p.w.Name)
		c.Products.Aliases = map[string]string{p.dozen: p.sku}
		c.Products.Units = map[string]mapping.Ref{p.dozen: mapping.Name(p.name)}
		if change != nil {
			change(c)
		}
	})
}

// wantUnits compares the goods of the order: "L2 2 Dozens 47.98, L3 …".
func (p *packed) wantUnits(want map[string]string) {
	p.Helper()
	got := map[string]string{}
	for name, line := range p.lines() {
		if line.ProductID.ID == p.product {
			in := "units"
			if line.UoM.ID == p.unit {
				in = "dozens"
			}
			got[name] = fmt.Sprintf("%s %s at %s, delivered %s", line.Quantity.Trim(0), in, line.Price.Trim(0), line.Delivered.Trim(0))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.Errorf("lines (-want +got):\n%s", diff)
	}
}

// wantOpen compares what is still to be delivered of a line, in the product's own unit.
func (p *packed) wantOpen(line, want string) {
	p.Helper()
	rows := warehouse.Call[[]struct {
		Quantity float64 `json:"product_qty"`
	}](p.w, "stock.move", "search_read", nil, odoo.Args{"domain": odoo.And(
		odoo.Eq("sale_line_id", p.lines()[line].ID), odoo.NotIn("state", []string{"done", "cancel"}),
	), "fields": []string{"product_qty"}}, nil)
	sum := 0.0
	for _, row := range rows {
		sum += row.Quantity
	}
	if got := fmt.Sprint(sum); got != want {
		p.Errorf("%s units are to be delivered of %s, want %s", got, line, want)
	}
}

// What is sold by the dozen is ordered in dozens: quantity and price as at the channel, the total to the cent; edits and repeats
// keep the unit.
func TestOrderInAnotherUnit(t *testing.T) {
	eachPacked(t, func(p *packed) {
		p.w.Count(p.product, p.w.Place, 100)
		p.put(Item(p.dozen, 2, 2399), Item(p.sku, 3, 249))
		p.want(retailsync.Created)
		p.wantState(sale.StateSale)
		p.wantTotal()
		lines := map[string]string{"L2": "2 dozens at 23.99, delivered 0", "L3": "3 units at 2.49, delivered 0"}
		p.wantUnits(lines)
		p.wantOpen("L2", "24")
		p.wantOpen("L3", "3")
		p.want(retailsync.Unchanged, retailsync.Recheck())
		p.wantUnits(lines)

		p.put(Item(p.dozen, 3, 2399), Item(p.sku, 3, 249))
		p.want(retailsync.Updated)
		p.wantUnits(map[string]string{"L2": "3 dozens at 23.99, delivered 0", "L3": "3 units at 2.49, delivered 0"})
		p.wantOpen("L2", "36")
		p.wantTotal()
		p.put(Item(p.dozen, 1, 2399), Item(p.sku, 3, 249))
		p.want(retailsync.Updated)
		p.wantUnits(map[string]string{"L2": "1 dozens at 23.99, delivered 0", "L3": "3 units at 2.49, delivered 0"})
		p.wantOpen("L2", "12")
		p.wantTotal()
		p.want(retailsync.Unchanged, retailsync.Recheck())
	})
}

// A line that is left out, or cancelled, delivers no more of it, and what has left stays.
func TestCancelledInAnotherUnit(t *testing.T) {
	eachPacked(t, func(p *packed) {
		p.w.Count(p.product, p.w.Place, 100)
		p.put(Item(p.dozen, 3, 2399), Item(p.sku, 3, 249))
		p.want(retailsync.Created)
		p.w.Ship(p.orderID, map[int64]float64{p.lines()["L2"].ID: 12})
		p.wantUnits(map[string]string{"L2": "3 dozens at 23.99, delivered 1", "L3": "3 units at 2.49, delivered 0"})
		p.put(Item(p.dozen, 2, 2399), Item(p.sku, 3, 249))
		p.want(retailsync.Updated)
		p.wantOpen("L2", "12")
		p.put(Item(p.dozen, 1, 2399), Item(p.sku, 3, 249))
		p.want(retailsync.Updated)
		p.wantOpen("L2", "0")
		p.wantOpen("L3", "3")
		p.wantTotal()

		whole := newLife(p.T, p.db, nil)
		whole.connector = p.connector
		whole.put(Item(p.dozen, 2, 2399))
		whole.want(retailsync.Created)
		whole.cancelAtChannel()
		whole.want(retailsync.Cancelled)
		whole.wantState(sale.StateCancel)
	})
}

// A user with the documented rights, and no others, sells by the dozen.
func TestDocumentedRightsForUnits(t *testing.T) {
	eachPacked(t, func(p *packed) {
		p.w.Count(p.product, p.w.Place, 100)
		p.asUnder(func(c *mapping.ChannelRules) {
			c.Warehouse = mapping.Name(p.w.Name)
			c.Products.Aliases = map[string]string{p.dozen: p.sku}
			c.Products.Units = map[string]mapping.Ref{p.dozen: mapping.Name(p.name)}
		}, documented(p.db.series)...)
		p.put(Item(p.dozen, 3, 2399))
		p.want(retailsync.Created)
		p.put(Item(p.dozen, 1, 2399))
		p.want(retailsync.Updated)
		p.wantOpen("L2", "12")
		p.wantUnits(map[string]string{"L2": "1 dozens at 23.99, delivered 0"})
	})
}

// What the channel ships itself leaves its warehouse by the dozen, as far as it has shipped, once.
func TestChannelShipsInAnotherUnit(t *testing.T) {
	eachPacked(t, func(p *packed) {
		p.w.Count(p.product, p.w.Place, 100)
		p.sell(func(c *mapping.ChannelRules) { c.ChannelWarehouse = mapping.Name(p.w.Name) })
		p.put(Item(p.dozen, 3, 2399))
		p.shippedByChannel(1)
		p.want(retailsync.Created)
		p.wantUnits(map[string]string{"L2": "3 dozens at 23.99, delivered 1"})
		p.shippedByChannel(3)
		p.want(retailsync.Updated)
		p.want(retailsync.Unchanged, retailsync.Recheck())
		p.wantUnits(map[string]string{"L2": "3 dozens at 23.99, delivered 3"})
		p.wantOpen("L2", "0")
	})
}

// A quotation takes the unit that the rules name later; a confirmed order keeps what was arranged, and an edit of it is for a person.
func TestRulesForUnitsComeLater(t *testing.T) {
	eachPacked(t, func(p *packed) {
		p.sell(func(c *mapping.ChannelRules) { c.Products.Units = nil })
		p.put(Item(p.dozen, 2, 2399))
		p.want(retailsync.Created)
		held := newLife(p.T, p.db, nil)
		held.connector = p.connector
		held.put(Item(p.dozen, 2, 2399))
		held.edit(func(o *canonical.Order) { o.Status = canonical.StatusOnHold })
		held.want(retailsync.Held)

		p.sell(nil)
		held.connector = p.connector
		held.want(retailsync.Held)
		if line := held.lines()["L2"]; line.UoM.ID != p.unit || line.Quantity.Trim(0).String() != "2" {
			p.Errorf("a quotation has %s of the unit %d, want 2 of %d", line.Quantity, line.UoM.ID, p.unit)
		}
		held.wantTotal()
		if again := held.want(retailsync.Held, retailsync.Recheck()); len(again.Changes) > 0 {
			p.Errorf("a repeat changed %v", again.Changes)
		}
		p.want(retailsync.Unchanged, retailsync.Recheck())
		p.wantUnits(map[string]string{"L2": "2 units at 23.99, delivered 0"})
		p.put(Item(p.dozen, 3, 2399))
		p.wantConflict(retailsync.StageUpdate, "unit of measure")
		p.cancelAtChannel()
		p.want(retailsync.Cancelled)
	})
}

// A unit that cannot be is told by SKU, unit and rule, and nothing of the order reaches Odoo; other orders and SKUs go on.
func TestUnitsThatCannotBe(t *testing.T) {
	eachPacked(t, func(p *packed) {
		archived := "Old " + p.name
		warehouse.Call[any](p.w, "uom.uom", "write", []int64{p.w.Unit(archived, 12, "Units")}, odoo.Args{"vals": map[string]any{"active": false}}, nil)
		sacks := "Sacks of " + p.sku
		p.w.Unit(sacks, 25, "kg")
		twice := "Twins of " + p.sku
		p.w.Unit(twice, 2, "Units")
		p.w.Unit(twice, 3, "Units")
		for name, text := range map[string]string{
			"no such unit": "there is no such unit: create it", archived: "archived: restore it", sacks: `product's own unit, "Units"`, twice: "2 units are called so: use the database id",
		} {
			p.sell(func(c *mapping.ChannelRules) { c.Products.Units[p.dozen] = mapping.Name(name) })
			bad := newLife(p.T, p.db, nil)
			bad.connector = p.connector
			bad.put(Item(p.sku, 1, 249), Item(p.dozen, 1, 2399))
			result := bad.want(retailsync.Failed)
			var wrong *mapping.UnitError
			if !errors.As(result.Err, &wrong) || wrong.SKU != p.dozen || wrong.Unit != mapping.Name(name) {
				p.Errorf("%s: %v", name, result.Err)
			}
			wantOrderError[*mapping.UnitError](p, result.Err, retailsync.StageMap, text)
			wantOrderError[*mapping.UnitError](p, result.Err, retailsync.StageMap, "products.units")
			if ids := bad.search("sale.order", originOf(bad.id)); len(ids) != 0 {
				p.Errorf("orders %v in Odoo", ids)
			}
			good := newLife(p.T, p.db, nil)
			good.connector = p.connector
			good.put(Item(p.sku, 1, 249))
			good.want(retailsync.Created)

		}
	})
}

// A unit is found by its name, its External ID and its id.
func TestUnitsByEveryName(t *testing.T) {
	eachPacked(t, func(p *packed) {
		external := odoo.ExternalID{Module: "units", Name: p.sku}
		p.w.Create("ir.model.data", map[string]any{"module": external.Module, "name": external.Name, "model": "uom.uom", "res_id": p.unit}, nil)
		for _, ref := range []mapping.Ref{mapping.ID(p.unit), mapping.Name(external.String())} {
			p.sell(func(c *mapping.ChannelRules) { c.Products.Units[p.dozen] = ref })
			l := newLife(p.T, p.db, nil)
			l.connector = p.connector
			l.put(Item(p.dozen, 2, 2399))
			l.want(retailsync.Created)
			if got := l.lines()["L2"].UoM.ID; got != p.unit {
				p.Errorf("by %s: the unit %d, want %d", ref, got, p.unit)
			}
		}
	})
}
