package product_test

import (
	"slices"
	"testing"
	"time"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo/product"
)

// A rule that is given to another product, or to fewer, changes the prices of those that it left. One that only prices anew
// does not.
func TestChangesOfRulesThatMove(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newShelf(t, w)
		clock := time.Now().Add(time.Minute) // past the seconds in which a row may be written twice
		left, given := s.article(10), s.article(10)
		list := s.pricelist("")
		moves := s.Create("product.pricelist.item", s.only(left, map[string]any{"pricelist_id": list, "compute_price": "fixed", "fixed_price": 3}), nil)
		narrows := s.Create("product.pricelist.item", map[string]any{"pricelist_id": list, "applied_on": "3_global", "compute_price": "percentage", "percent_price": 10}, nil)
		reader := product.NewReader(w.Client, product.WithClock(func() time.Time { return clock }))
		watch := product.Watch{Pricelists: []int64{list}}
		changed, err := reader.Changes(t.Context(), "", watch)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			name       string
			do         func()
			everything bool
			seen       int64
		}{
			{"nothing", func() {}, false, 0},
			{"another price", func() { s.write("product.pricelist.item", moves, map[string]any{"fixed_price": 4}) }, false, left},
			{"another product", func() { s.write("product.pricelist.item", moves, s.only(given, map[string]any{})) }, true, 0},
			{"another price of that", func() { s.write("product.pricelist.item", moves, map[string]any{"fixed_price": 5}) }, false, given},
			{"fewer products", func() {
				s.write("product.pricelist.item", narrows, map[string]any{"applied_on": "2_product_category", "categ_id": s.category})
			}, true, 0},
			{"a new rule", func() {
				s.Create("product.pricelist.item", s.only(left, map[string]any{"pricelist_id": list, "compute_price": "fixed", "fixed_price": 6}), nil)
			}, false, left},
			{"nothing again", func() {}, false, 0},
		} {
			time.Sleep(1100 * time.Millisecond) // write_date has seconds, and the clock above runs ahead
			step.do()
			clock = clock.Add(time.Minute)
			if changed, err = reader.Changes(t.Context(), changed.Cursor, watch); err != nil {
				t.Fatal(err)
			}
			if changed.Everything != step.everything || step.seen != 0 && !slices.Contains(changed.Products, step.seen) {
				t.Errorf("%s: everything %t, want %t; products %v, want %d among them", step.name, changed.Everything, step.everything, changed.Products, step.seen)
			}
		}
	})
}
