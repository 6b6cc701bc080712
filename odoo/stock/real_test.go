package stock_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/stock"
)

// warehouse drives the stock of a real Odoo.
type warehouse struct {
	*odoo.Client
	t *testing.T
	// id and place are the warehouse and its stock location, made for the test.
	id, place int64
}

// eachOdoo runs the test on both real servers.
func eachOdoo(t *testing.T, check func(w *warehouse)) {
	t.Helper()
	for _, series := range []int{19, 14} {
		t.Run(fmt.Sprint(series), func(t *testing.T) {
			t.Parallel()
			p := peer.OdooServer(t, series)
			client, err := odoo.Dial(t.Context(), p.URL, odoo.Password(p.Login, p.Password), odoo.WithDatabase(p.Database))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			w := &warehouse{Client: client, t: t}
			w.id, w.place = w.open()
			check(w)
		})
	}
}

func call[R any](w *warehouse, model, method string, ids []int64, args odoo.Args, in odoo.Context) R {
	w.t.Helper()
	result, err := odoo.Invoke[R](context.Background(), w.Client, odoo.Call{Model: model, Method: method, IDs: ids, Args: args, Context: in})
	if err != nil {
		w.t.Fatal(err)
	}
	return result
}

func (w *warehouse) create(model string, values map[string]any, in odoo.Context) int64 {
	w.t.Helper()
	key := "vals_list"
	return call[[]int64](w, model, "create", nil, odoo.Args{key: []map[string]any{values}}, in)[0]
}

// open makes a warehouse of its own.
func (w *warehouse) open() (id, place int64) {
	w.t.Helper()
	code := rand.Text()[:5]
	id = w.create("stock.warehouse", map[string]any{"name": "Test " + code, "code": code}, nil)
	rows := call[[]struct {
		Stock odoo.Many2One `json:"lot_stock_id"`
	}](w, "stock.warehouse", "read", []int64{id}, odoo.Args{"fields": []string{"lot_stock_id"}}, nil)
	return id, rows[0].Stock.ID
}

// product makes one that Odoo keeps stock of.
func (w *warehouse) product(values map[string]any) int64 {
	w.t.Helper()
	all := map[string]any{"name": "Test", "default_code": "ST-" + rand.Text(), "type": "product"}
	if w.Version().AtLeast(18) {
		all["type"], all["is_storable"] = "consu", true
	}
	for name, value := range values {
		all[name] = value
	}
	return w.create("product.product", all, nil)
}

// count sets how much of a product is at a location, as a person counts it.
func (w *warehouse) count(product, location int64, quantity float64) {
	w.t.Helper()
	id := w.create("stock.quant", map[string]any{"product_id": product, "location_id": location, "inventory_quantity": quantity}, odoo.Context{"inventory_mode": true})
	if w.Version().AtLeast(15) {
		call[any](w, "stock.quant", "action_apply_inventory", []int64{id}, nil, odoo.Context{"inventory_mode": true})
	}
}

// order sells a quantity from the warehouse and returns the confirmed order.
func (w *warehouse) order(product int64, quantity float64) int64 {
	w.t.Helper()
	partner := w.create("res.partner", map[string]any{"name": "Test"}, nil)
	id := w.create("sale.order", map[string]any{
		"partner_id": partner, "warehouse_id": w.id,
		"order_line": []any{[]any{0, 0, map[string]any{"product_id": product, "product_uom_qty": quantity}}},
	}, nil)
	call[any](w, "sale.order", "action_confirm", []int64{id}, nil, nil)
	return id
}

// deliver delivers all of an order.
func (w *warehouse) deliver(order int64) {
	w.t.Helper()
	pickings := call[[]int64](w, "stock.picking", "search", nil, odoo.Args{"domain": odoo.Eq("sale_id", order)}, nil)
	if w.Version().AtLeast(17) {
		call[any](w, "stock.picking", "button_validate", pickings, nil, nil)
		return
	}
	moves := call[[]struct {
		ID       int64           `json:"id"`
		Quantity decimal.Decimal `json:"product_uom_qty"`
	}](w, "stock.move", "search_read", nil, odoo.Args{"domain": odoo.In("picking_id", pickings), "fields": []string{"product_uom_qty"}}, nil)
	for _, move := range moves {
		call[any](w, "stock.move", "write", []int64{move.ID}, odoo.Args{"vals": map[string]any{"quantity_done": move.Quantity}}, nil)
	}
	call[any](w, "stock.picking", "button_validate", pickings, nil, nil)
}

func availability(w *warehouse, reader *stock.Reader, query stock.Query) map[int64]stock.Availability {
	w.t.Helper()
	found := map[int64]stock.Availability{}
	for there, err := range reader.Availability(context.Background(), query) {
		if err != nil {
			w.t.Fatal(err)
		}
		found[there.ProductID] = there
	}
	return found
}

// What is summed from quants is what Odoo itself computes, place by place.
func TestRealAvailability(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(w *warehouse) {
		second, place := w.open()
		shelf := w.create("stock.location", map[string]any{"name": "Shelf", "location_id": w.place, "usage": "internal"}, nil)
		plain, spread, empty, below, fine := w.product(nil), w.product(nil), w.product(nil), w.product(nil), w.product(nil)
		service := w.create("product.product", map[string]any{"name": "Service", "type": "service"}, nil)
		w.count(plain, w.place, 12)
		w.count(spread, w.place, 3)
		w.count(spread, shelf, 4)
		w.count(spread, place, 5)
		w.count(below, w.place, -2)
		w.count(fine, w.place, 2.25)
		w.order(plain, 5)
		w.order(spread, 6)
		ids := []int64{plain, spread, empty, below, fine, service}
		found := availability(w, stock.NewReader(w.Client), stock.Query{Products: ids, Warehouses: []int64{w.id, second}})
		if _, ok := found[service]; ok {
			t.Error("a service has stock")
		}
		for k, warehouse := range []int64{w.id, second} {
			rows := call[[]struct {
				ID     int64           `json:"id"`
				Free   decimal.Decimal `json:"free_qty"`
				OnHand decimal.Decimal `json:"qty_available"`
			}](w, "product.product", "read", ids[:5], odoo.Args{"fields": []string{"free_qty", "qty_available"}}, odoo.Context{"warehouse": warehouse, "warehouse_id": warehouse})
			for _, row := range rows {
				there, ok := found[row.ID]
				if !ok {
					t.Errorf("product %d is missing", row.ID)
					continue
				}
				if got := there.Stock[k]; !got.Free.Equal(row.Free) || !got.OnHand.Equal(row.OnHand) || got.WarehouseID != warehouse {
					t.Errorf("product %d in warehouse %d: %s free of %s, Odoo says %s of %s", row.ID, warehouse, got.Free, got.OnHand, row.Free, row.OnHand)
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
	eachOdoo(t, func(w *warehouse) {
		reader := stock.NewReader(w.Client)
		product := w.product(nil)
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
			{"a count", func() { w.count(product, w.place, 5) }, true},
			{"nothing", func() {}, false},
			{"a reservation", func() { order = w.order(product, 2) }, true},
			{"nothing again", func() {}, false},
			{"a cancellation", func() {
				call[any](w, "sale.order", "action_cancel", []int64{order}, nil, odoo.Context{"disable_cancel_warning": true})
			}, true},
			{"another reservation", func() { order = w.order(product, 5) }, true},
			{"the last unit leaves", func() { w.deliver(order) }, true},
			{"nothing after all", func() {}, false},
		} {
			step.do()
			if got := next(); got != step.want {
				t.Errorf("%s: changed %t, want %t", step.name, got, step.want)
			}
		}
		// A process that was away for longer than the overlap misses nothing.
		w.count(product, w.place, 1)
		late, err := stock.NewReader(w.Client, stock.WithOverlap(time.Second)).Changes(context.Background(), changed.Cursor)
		if err != nil || !slices.Contains(late.Products, product) {
			t.Errorf("with a short overlap: %d products, %v", len(late.Products), err)
		}
		if _, err := reader.Changes(context.Background(), "something else"); odoo.CodeOf(err) != odoo.CodeBadArguments {
			t.Errorf("a foreign cursor: %v", err)
		}
	})
}

// Warehouses are found by code or name, and one that is not there is named.
func TestRealWarehouses(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(w *warehouse) {
		reader := stock.NewReader(w.Client)
		all, err := reader.Warehouses(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(all, func(one stock.Warehouse) bool { return one.ID == w.id })
		if at < 0 {
			t.Fatalf("warehouse %d is not among %d", w.id, len(all))
		}
		for _, name := range []string{all[at].Code, all[at].Name} {
			if found, err := reader.Warehouse(context.Background(), 0, name); err != nil || found.ID != w.id {
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
