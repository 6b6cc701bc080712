package product_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/product"
)

// shelf is a category of products with pricelists, made for one test.
type shelf struct {
	*warehouse.Warehouse
	t        *testing.T
	category int64
}

func newShelf(t *testing.T, w *warehouse.Warehouse) *shelf {
	t.Helper()
	return &shelf{Warehouse: w, t: t, category: w.Create("product.category", map[string]any{"name": "Shelf " + rand.Text()}, nil)}
}

func (s *shelf) article(price float64) int64 {
	return s.Product(map[string]any{"list_price": price, "categ_id": s.category})
}

func (s *shelf) pricelist(currency string, rules ...map[string]any) int64 {
	s.t.Helper()
	commands := make([]any, len(rules))
	for i, rule := range rules {
		commands[i] = []any{0, 0, rule}
	}
	values := map[string]any{"name": "List " + rand.Text(), "item_ids": commands}
	if currency != "" {
		ids := warehouse.Call[[]int64](s.Warehouse, "res.currency", "search", nil, odoo.Args{"domain": odoo.Eq("name", currency)}, odoo.Context{"active_test": false})
		values["currency_id"] = ids[0]
	}
	return s.Create("product.pricelist", values, nil)
}

func (s *shelf) template(product int64) int64 {
	s.t.Helper()
	rows := warehouse.Call[[]struct {
		Template odoo.Many2One `json:"product_tmpl_id"`
	}](s.Warehouse, "product.product", "read", []int64{product}, odoo.Args{"fields": []string{"product_tmpl_id"}}, nil)
	return rows[0].Template.ID
}

func (s *shelf) only(product int64, rule map[string]any) map[string]any {
	rule["applied_on"], rule["product_id"], rule["product_tmpl_id"] = "0_product_variant", product, s.template(product)
	return rule
}

func (s *shelf) write(model string, id int64, values map[string]any) {
	s.t.Helper()
	warehouse.Call[any](s.Warehouse, model, "write", []int64{id}, odoo.Args{"vals": values}, nil)
}

func stamp(t time.Time) string { return t.UTC().Format(time.DateTime) }

// Whatever a pricelist can say is computed by Odoo, at any moment.
func TestRealPrices(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newShelf(t, w)
		now := time.Now().UTC().Truncate(time.Second)
		plain, own, dated := s.article(10), s.article(20), s.article(30)
		w.Product(nil)
		below := s.Create("product.category", map[string]any{"name": "Below", "parent_id": s.category}, nil)
		nested := w.Product(map[string]any{"list_price": 100, "categ_id": below})
		base := s.pricelist("", map[string]any{"applied_on": "2_product_category", "categ_id": s.category, "compute_price": "formula", "base": "list_price", "price_discount": 10, "price_surcharge": -0.01})
		list := s.pricelist("",
			s.only(own, map[string]any{"compute_price": "fixed", "fixed_price": 7.77}),
			s.only(own, map[string]any{"compute_price": "fixed", "fixed_price": 5, "min_quantity": 10}),
			s.only(dated, map[string]any{"compute_price": "fixed", "fixed_price": 25, "date_start": stamp(now.Add(-time.Hour)), "date_end": stamp(now.Add(time.Hour))}),
			map[string]any{"applied_on": "3_global", "compute_price": "formula", "base": "pricelist", "base_pricelist_id": base, "price_discount": 0},
		)
		reader := product.NewReader(w.Client, product.WithPage(2))
		ids := []int64{plain, own, dated, nested}
		for _, test := range []struct {
			at   time.Time
			want []string
		}{
			{time.Time{}, []string{"8.99", "7.77", "25", "89.99"}},
			{now.Add(2 * time.Hour), []string{"8.99", "7.77", "26.99", "89.99"}},
		} {
			prices, err := reader.Prices(t.Context(), product.PriceQuery{Pricelist: list, Products: ids, At: test.at})
			if err != nil {
				t.Fatal(err)
			}
			got := make([]string, len(ids))
			for i, id := range ids {
				got[i] = prices[id].String()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("at %v (-want +got):\n%s", test.at, diff)
			}
		}
		windows, err := reader.Windows(t.Context(), product.PriceQuery{Pricelist: list, Products: ids, At: now})
		if err != nil {
			t.Fatal(err)
		}
		want := map[int64]product.Window{dated: {
			From: now.Add(-time.Hour), Until: now.Add(time.Hour + time.Second), Open: true, Outside: now.Add(time.Hour + time.Second),
		}}
		if diff := cmp.Diff(want, windows); diff != "" {
			t.Errorf("windows (-want +got):\n%s", diff)
		}
	})
}

// A price in another currency is converted by Odoo at the day's rate, and is not rounded twice.
func TestRealPriceCurrency(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newShelf(t, w)
		article := s.article(10)
		prices, err := product.NewReader(w.Client).Prices(t.Context(), product.PriceQuery{Pricelist: s.pricelist("JPY"), Products: []int64{article}})
		if err != nil {
			t.Fatal(err)
		}
		if price, ok := prices[article]; !ok || !price.IsPos() {
			t.Errorf("%v", prices)
		}
	})
}

// Each way in which a price changes is seen once, and nothing else is.
func TestRealPriceChanges(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newShelf(t, w)
		now := time.Now()
		article := s.article(10)
		list := s.pricelist("", map[string]any{"applied_on": "2_product_category", "categ_id": s.category, "compute_price": "percentage", "percent_price": 10})
		clock := now.Add(time.Minute) // past the seconds in which a row may be written twice
		reader := product.NewReader(w.Client, product.WithClock(func() time.Time { return clock }))
		watch := product.Watch{Pricelists: []int64{list}}
		changed, err := reader.Changes(t.Context(), "", watch)
		if err != nil || len(changed.Products) > 0 || changed.Everything {
			t.Fatalf("%+v, %v", changed, err)
		}
		// What other tests do on the server at the same time shows too; only this product is looked at.
		next := func() string {
			t.Helper()
			clock = clock.Add(time.Minute)
			if changed, err = reader.Changes(context.Background(), changed.Cursor, watch); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(changed.Products, article) {
				return "not seen"
			}
			return "seen"
		}
		next()
		var rule int64
		for _, step := range []struct {
			name string
			do   func()
			want string
		}{
			{"nothing", func() {}, "not seen"},
			{"list price", func() { s.write("product.product", article, map[string]any{"list_price": 11}) }, "seen"},
			{"nothing again", func() {}, "not seen"},
			{"template", func() { s.write("product.template", s.template(article), map[string]any{"name": "Renamed"}) }, "seen"},
			{"new rule", func() {
				values := s.only(article, map[string]any{"pricelist_id": list, "compute_price": "fixed", "fixed_price": 3})
				values["date_start"] = stamp(clock.Add(10 * time.Minute))
				values["date_end"] = stamp(clock.Add(20 * time.Minute))
				rule = s.Create("product.pricelist.item", values, nil)
			}, "seen"},
			{"nothing before it begins", func() {}, "not seen"},
			{"it begins", func() { clock = clock.Add(10 * time.Minute) }, "seen"},
			{"it goes on", func() {}, "not seen"},
			{"it ends", func() { clock = clock.Add(10 * time.Minute) }, "seen"},
			{"category", func() { s.write("product.category", s.category, map[string]any{"name": "Renamed " + rand.Text()}) }, "seen"},
		} {
			time.Sleep(1100 * time.Millisecond) // write_date has seconds, and the clock above runs ahead
			step.do()
			if got := next(); got != step.want {
				t.Errorf("%s: %s", step.name, got)
			}
		}
		warehouse.Call[any](w, "product.pricelist.item", "unlink", []int64{rule}, nil, nil)
		if next(); !changed.Everything {
			t.Error("a deleted rule is not seen")
		}
		s.Create("product.pricelist.item", map[string]any{"pricelist_id": list, "applied_on": "3_global", "compute_price": "percentage", "percent_price": 1}, nil)
		if next(); !changed.Everything {
			t.Error("a rule for everything is not seen")
		}
	})
}

// ExampleReader_Prices is what a thousand products cost at noon of a day.
func ExampleReader_Prices() {
	var client *odoo.Client // see odoo.Dial
	show := func(ctx context.Context, list int64, ids []int64) error {
		prices, err := product.NewReader(client).Prices(ctx, product.PriceQuery{
			Pricelist: list, Products: ids, At: time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC),
		})
		if err != nil {
			return err
		}
		for _, id := range ids {
			fmt.Println(id, prices[id])
		}
		return nil
	}
	_ = show
}
