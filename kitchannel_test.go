package retailsync_test

import (
	"testing"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
)

// kit makes a kit of two of one article and one of the other at the shop, which shows none of it, and returns its id and SKU.
func (c *counter) kit(parts map[int64]float64) (int64, string) {
	c.t.Helper()
	id := c.odoo.Kit(parts)
	rows := warehouse.Call[[]struct {
		SKU string `json:"default_code"`
	}](c.odoo, "product.product", "read", []int64{id}, odoo.Args{"fields": []string{"default_code"}}, nil)
	c.shop.SetStock(rows[0].SKU, "sloc_main", 0)
	return id, rows[0].SKU
}

// A channel is told how many kits can be made of what is free of their components, and again in the cycle after a component was counted,
// promised or delivered, or another kit was sold that takes it; so it is of kits within kits.
func TestStockOfKits(t *testing.T) {
	t.Parallel()
	warehouse.EachKits(t, func(t *testing.T, w *warehouse.Warehouse) {
		c := newCounter(t, w, "")
		a, skuA := c.article(10, 10)
		b, skuB := c.article(6, 6)
		kit, skuKit := c.kit(map[int64]float64{a: 2, b: 1})
		_, skuBox := c.kit(map[int64]float64{kit: 2}) // four and two
		all := []string{skuA, skuB, skuKit, skuBox}
		shows := func(when string, units ...int) {
			t.Helper()
			for i, sku := range all {
				if got, _ := c.shop.Available(sku, "sloc_main"); got != units[i] {
					t.Errorf("%s: the shop shows %d of %s, want %d", when, got, []string{"A", "B", "the kit", "the box"}[i], units[i])
				}
			}
		}
		c.want("the comparison", c.run(c.sync.ReconcileStock, all...), map[string]string{skuA: "unchanged", skuB: "unchanged", skuKit: "published", skuBox: "published"})
		shows("the comparison", 10, 6, 5, 2)
		c.run(c.sync.PublishStock, all...)
		c.want("nothing changed", c.run(c.sync.PublishStock, all...), map[string]string{})

		w.Count(b, w.Place, 3)
		c.want("a component is counted", c.run(c.sync.PublishStock, all...), map[string]string{skuB: "published", skuKit: "published", skuBox: "published"})
		shows("a component is counted", 10, 3, 3, 1)

		order := w.Order(a, 6)
		c.want("a component is promised", c.run(c.sync.PublishStock, all...), map[string]string{skuA: "published", skuKit: "published", skuBox: "unchanged"})
		shows("a component is promised", 4, 3, 2, 1)
		w.Deliver(order)
		c.run(c.sync.PublishStock, all...)
		shows("a component is delivered", 4, 3, 2, 1)

		order = w.Order(kit, 1)
		c.run(c.sync.PublishStock, all...)
		shows("a kit is sold", 2, 2, 1, 0)
		w.Deliver(order)
		c.run(c.sync.PublishStock, all...)
		shows("a kit is delivered", 2, 2, 1, 0)
		c.want("the comparison agrees", c.run(c.sync.ReconcileStock, all...), map[string]string{skuA: "unchanged", skuB: "unchanged", skuKit: "unchanged", skuBox: "unchanged"})
	})
}

// The channel is told of whole kits, with the delivery that completes them and its carrier: components alone ship no kit, and a bill of
// materials that was changed since the delivery was arranged changes nothing.
func TestShipmentsOfKits(t *testing.T) {
	t.Parallel()
	warehouse.EachKits(t, func(t *testing.T, w *warehouse.Warehouse) {
		post, express := w.Carrier("Post "+w.Name), w.Carrier("Express "+w.Name)
		p := newParcelDesk(t, w, `    shipments:
      carriers: [{carrier: "Post *", word: post}, {carrier: "Express *", word: express}]
`)
		a, b := w.Product(nil), w.Product(nil)
		w.Count(a, w.Place, 100)
		w.Count(b, w.Place, 100)
		kit := w.Kit(map[int64]float64{a: 2, b: 1})
		order := p.sell(kit, 3, 1)
		ship := func(carrier int64, number string, first, second [2]float64) int64 {
			delivery := w.ShipParts(order.odoo, map[warehouse.Component]float64{
				{Line: order.lines[0], Product: a}: first[0], {Line: order.lines[0], Product: b}: first[1],
				{Line: order.lines[1], Product: a}: second[0], {Line: order.lines[1], Product: b}: second[1],
			})
			w.Track(delivery, carrier, number)
			return delivery
		}
		loose := ship(post, "NR-1", [2]float64{3, 0}, [2]float64{0, 1})
		p.want("components without their others", p.publish(), map[int64]string{loose: "skipped"})
		p.shows(order)
		changed := warehouse.Call[[]int64](w, "mrp.bom.line", "search", nil, odoo.Args{"domain": odoo.Eq("product_id", a)}, nil)
		warehouse.Call[any](w, "mrp.bom.line", "write", changed, odoo.Args{"vals": map[string]any{"product_qty": 3}}, nil)
		first := ship(post, "NR-2", [2]float64{1, 2}, [2]float64{2, 0})
		p.want("the others", p.publish(), map[int64]string{loose: "skipped", first: "published"})
		p.shows(order, "l0:2 l1:1 [NR-2] shipped")
		last := ship(express, "NR-3", [2]float64{2, 1}, [2]float64{})
		p.want("the last", p.publish(), map[int64]string{loose: "skipped", first: "unchanged", last: "published"})
		p.shows(order, "l0:1 [NR-3] shipped", "l0:2 l1:1 [NR-2] shipped")
		p.forget()
		got := p.publish()
		if got[first] != "already" || got[last] != "already" {
			t.Errorf("with an empty store: %v", got)
		}
		p.shows(order, "l0:1 [NR-3] shipped", "l0:2 l1:1 [NR-2] shipped")
	})
}
