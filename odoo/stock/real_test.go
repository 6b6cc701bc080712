package stock_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/stock"
)

func availability(t *testing.T, w *warehouse.Warehouse, reader *stock.Reader, query stock.Query) map[int64]stock.Availability {
	t.Helper()
	found := map[int64]stock.Availability{}
	for there, err := range reader.Availability(context.Background(), query) {
		if err != nil {
			t.Fatal(err)
		}
		found[there.ProductID] = there
	}
	return found
}

// What is summed from quants is what Odoo itself computes, place by place.
func TestRealAvailability(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		second, place, _ := w.Open()
		shelf := w.Create("stock.location", map[string]any{"name": "Shelf", "location_id": w.Place, "usage": "internal"}, nil)
		plain, spread, empty, below, fine := w.Product(nil), w.Product(nil), w.Product(nil), w.Product(nil), w.Product(nil)
		service := w.Create("product.product", map[string]any{"name": "Service", "type": "service"}, nil)
		w.Count(plain, w.Place, 12)
		w.Count(spread, w.Place, 3)
		w.Count(spread, shelf, 4)
		w.Count(spread, place, 5)
		w.Count(below, w.Place, -2)
		w.Count(fine, w.Place, 2.25)
		w.Order(plain, 5)
		w.Order(spread, 6)
		ids := []int64{plain, spread, empty, below, fine, service}
		found := availability(t, w, stock.NewReader(w.Client), stock.Query{Products: ids, Warehouses: []int64{w.ID, second}})
		if _, ok := found[service]; ok {
			t.Error("a service has stock")
		}
		for k, id := range []int64{w.ID, second} {
			rows := warehouse.Call[[]struct {
				ID     int64           `json:"id"`
				Free   decimal.Decimal `json:"free_qty"`
				OnHand decimal.Decimal `json:"qty_available"`
			}](w, "product.product", "read", ids[:5], odoo.Args{"fields": []string{"free_qty", "qty_available"}}, odoo.Context{"warehouse": id, "warehouse_id": id})
			for _, row := range rows {
				there, ok := found[row.ID]
				if !ok {
					t.Errorf("product %d is missing", row.ID)
					continue
				}
				if got := there.Stock[k]; !got.Free.Equal(row.Free) || !got.OnHand.Equal(row.OnHand) || got.WarehouseID != id {
					t.Errorf("product %d in warehouse %d: %s free of %s, Odoo says %s of %s", row.ID, id, got.Free, got.OnHand, row.Free, row.OnHand)
				}
			}
		}
		if got := found[spread].Stock[0].Free.String(); got != "1" {
			t.Errorf("7 there, 6 reserved: %s free", got)
		}
		if found[plain].SKU == "" || found[plain].Unit.ID == 0 {
			t.Errorf("without SKU or unit: %+v", found[plain])
		}
	})
}

// Each way in which stock changes is seen once, and nothing else is.
func TestRealChanges(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		reader := stock.NewReader(w.Client)
		product := w.Product(nil)
		changed, err := reader.Changes(context.Background(), "")
		if err != nil {
			t.Fatal(err)
		}
		// What other tests do on the server at the same time shows too; only this product is looked at.
		next := func() bool {
			t.Helper()
			if changed, err = reader.Changes(context.Background(), changed.Cursor); err != nil {
				t.Fatal(err)
			}
			return slices.Contains(changed.Products, product)
		}
		var order int64
		for _, step := range []struct {
			name string
			do   func()
			want bool
		}{
			{"a count", func() { w.Count(product, w.Place, 5) }, true},
			{"nothing", func() {}, false},
			{"a reservation", func() { order = w.Order(product, 2) }, true},
			{"nothing again", func() {}, false},
			{"a cancellation", func() {
				warehouse.Call[any](w, "sale.order", "action_cancel", []int64{order}, nil, odoo.Context{"disable_cancel_warning": true})
			}, true},
			{"another reservation", func() { order = w.Order(product, 5) }, true},
			{"the last unit leaves", func() { w.Deliver(order) }, true},
			{"nothing after all", func() {}, false},
		} {
			step.do()
			if got := next(); got != step.want {
				t.Errorf("%s: changed %t, want %t", step.name, got, step.want)
			}
		}
		// A process that was away for longer than the overlap misses nothing.
		w.Count(product, w.Place, 1)
		late, err := stock.NewReader(w.Client, stock.WithOverlap(time.Second)).Changes(context.Background(), changed.Cursor)
		if err != nil || !slices.Contains(late.Products, product) {
			t.Errorf("with a short overlap: %d products, %v", len(late.Products), err)
		}
		if _, err := reader.Changes(context.Background(), "something else"); odoo.CodeOf(err) != odoo.CodeBadArguments {
			t.Errorf("a foreign cursor: %v", err)
		}
	})
}

// Each way in which stock changes comes with what Odoo then says is free, also of what is gone, and of no other warehouse.
func TestRealFollow(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		reader := stock.NewReader(w.Client)
		second, place, _ := w.Open()
		product := w.Product(nil)
		query := stock.Query{Warehouses: []int64{w.ID}}
		var cursor stock.Cursor
		// next returns what is told of the product: its free quantity, or nothing where it is not named.
		next := func() string {
			t.Helper()
			done, err := reader.Follow(t.Context(), cursor, query)
			if err != nil {
				t.Fatal(err)
			}
			cursor = done.Cursor
			stocks := done.Stock
			if slices.Contains(done.Unread, product) {
				stocks = append(stocks, availability(t, w, reader, stock.Query{Products: []int64{product}, Warehouses: query.Warehouses})[product])
			}
			for _, there := range stocks {
				if there.ProductID == product {
					if there.SKU == "" || there.Unit.ID == 0 || len(there.Stock) != 1 || there.Stock[0].WarehouseID != w.ID {
						t.Errorf("told %+v", there)
					}
					return there.Stock[0].Free.String()
				}
			}
			if slices.Contains(done.Products, product) {
				t.Error("named without its stock")
			}
			return ""
		}
		next()
		var shelf, order int64
		for _, step := range []struct {
			name string
			do   func()
			want string
		}{
			{"a count", func() { w.Count(product, w.Place, 5) }, "5"},
			{"nothing", func() {}, ""},
			{"a reservation", func() { order = w.Order(product, 2) }, "3"},
			{"a count on a shelf made since", func() {
				shelf = w.Create("stock.location", map[string]any{"name": "New shelf", "location_id": w.Place, "usage": "internal"}, nil)
				w.Count(product, shelf, 4)
			}, "7"},
			{"a cancellation", func() {
				warehouse.Call[any](w, "sale.order", "action_cancel", []int64{order}, nil, odoo.Context{"disable_cancel_warning": true})
			}, "9"},
			{"the shelf is emptied", func() { w.Count(product, shelf, 0) }, "5"},
			{"all is sold", func() { order = w.Order(product, 5) }, "0"},
			{"the last unit leaves", func() { w.Deliver(order) }, "0"},
			{"a return of some", func() { w.Count(product, w.Place, 1) }, "1"},
			{"nothing after all", func() {}, ""},
		} {
			step.do()
			if got := next(); got != step.want && !(got == "" && step.name == "the last unit leaves") {
				t.Errorf("%s: told %q, want %q", step.name, got, step.want)
			}
		}
		if w.Version().AtLeast(19) {
			w.Count(product, place, 8)
			query.Warehouses = []int64{w.ID, second}
			done, err := reader.Follow(t.Context(), cursor, query)
			if err != nil {
				t.Fatal(err)
			}
			for _, there := range done.Stock {
				if there.ProductID == product && (there.Stock[0].Free.String() != "1" || there.Stock[1].Free.String() != "8") {
					t.Errorf("in two warehouses: %+v", there.Stock)
				}
			}
			if !slices.Contains(done.Products, product) || slices.Contains(done.Unread, product) {
				t.Errorf("in two warehouses: %v, of which %v unread", done.Products, done.Unread)
			}
		}
	})
}

// The end of a reservation of what is not there is seen, although Odoo deletes the quant that held it.
func TestRealReservationWithoutStock(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		reader := stock.NewReader(w.Client)
		product := w.Product(nil)
		changed, err := reader.Changes(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		named := func() bool {
			t.Helper()
			if changed, err = reader.Changes(t.Context(), changed.Cursor); err != nil {
				t.Fatal(err)
			}
			return slices.Contains(changed.Products, product)
		}
		quants := func() int {
			return len(warehouse.Call[[]int64](w, "stock.quant", "search", nil, odoo.Args{
				"domain": odoo.And(odoo.Eq("product_id", product), odoo.Eq("location_id", w.Place)),
			}, nil))
		}
		var order int64
		if w.Version().AtLeast(17) {
			order = w.Order(product, 2)
			moves := warehouse.Call[[]int64](w, "stock.move", "search", nil, odoo.Args{"domain": odoo.Eq("product_id", product)}, nil)
			warehouse.Call[any](w, "stock.move", "write", moves, odoo.Args{"vals": map[string]any{"quantity": 2}}, nil)
		} else {
			w.Count(product, w.Place, 2)
			order = w.Order(product, 2)
			w.Count(product, w.Place, 0)
		}
		if !named() || quants() != 1 {
			t.Fatalf("the reservation is not seen, or has %d quants", quants())
		}
		warehouse.Call[any](w, "sale.order", "action_cancel", []int64{order}, nil, odoo.Context{"disable_cancel_warning": true})
		if w.Tidy() && quants() != 0 {
			t.Fatal("the quant is still there: this shows nothing")
		}
		if !named() {
			t.Error("the end of the reservation is not seen")
		}
	})
}

// Kits aside, Odoo's own forecasts come as exact as everything else.
func TestRealForecastIsRounded(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		product := w.Product(nil)
		w.Count(product, w.Place, 0.3)
		w.Order(product, 11.1)
		w.Order(product, 22.63)
		found := availability(t, w, stock.NewReader(w.Client), stock.Query{Products: []int64{product}, Warehouses: []int64{w.ID}, Forecast: true})
		if got := found[product].Stock[0]; got.Outgoing.String() != "33.73" || got.OnHand.String() != "0.3" || !got.Free.IsZero() {
			t.Errorf("%+v", got)
		}
	})
}

// Warehouses are found by code or name, and one that is not there is named.
func TestRealWarehouses(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		reader := stock.NewReader(w.Client)
		all, err := reader.Warehouses(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(all, func(one stock.Warehouse) bool { return one.ID == w.ID })
		if at < 0 {
			t.Fatalf("warehouse %d is not among %d", w.ID, len(all))
		}
		for _, name := range []string{all[at].Code, all[at].Name} {
			if found, err := reader.Warehouse(context.Background(), 0, name); err != nil || found.ID != w.ID {
				t.Errorf("%q: warehouse %d, %v", name, found.ID, err)
			}
		}
		if _, err := reader.Warehouse(context.Background(), 0, "no such"); odoo.CodeOf(err) != odoo.CodeMissingRecord {
			t.Errorf("no such warehouse: %v", err)
		}
		for _, err := range reader.Availability(context.Background(), stock.Query{Warehouses: []int64{1 << 30}}) {
			if odoo.CodeOf(err) != odoo.CodeMissingRecord {
				t.Errorf("a warehouse that is not there: %v", err)
			}
		}
	})
}

// The groups that docs/odoo-rights.md names are enough, and each is needed.
func TestRealRights(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		product := w.Product(nil)
		w.Count(product, w.Place, 3)
		query := stock.Query{Products: []int64{product}, Warehouses: []int64{w.ID}}
		sales := stock.NewReader(w.As("base.group_user", "sales_team.group_sale_salesman_all_leads"))
		count := 0
		for there, err := range sales.Availability(context.Background(), query) {
			if err != nil {
				t.Fatal(err)
			}
			if got := there.Stock[0].Free.String(); got != "3" {
				t.Errorf("%s free, want 3", got)
			}
			count++
		}
		if count != 1 {
			t.Errorf("%d products, want 1", count)
		}
		changed, err := sales.Changes(context.Background(), "")
		if err != nil {
			t.Fatal(err)
		}
		w.Count(product, w.Place, 4)
		if _, err := sales.Follow(context.Background(), changed.Cursor, stock.Query{Warehouses: query.Warehouses}); err != nil {
			t.Error(err)
		}
		if _, err := sales.Sold(context.Background(), []int64{product}, time.Now()); err != nil {
			t.Error(err)
		}
		plain := stock.NewReader(w.As("base.group_user"))
		if _, err := plain.Changes(context.Background(), ""); odoo.CodeOf(err) != odoo.CodeAccess {
			t.Errorf("without the sales group: %v", err)
		}
		if _, err := plain.Follow(context.Background(), changed.Cursor, stock.Query{Warehouses: query.Warehouses}); odoo.CodeOf(err) != odoo.CodeAccess {
			t.Errorf("without the sales group: %v", err)
		}
	})
}
