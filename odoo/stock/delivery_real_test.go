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

// Each delivery is named once when it is done and once when its tracking comes, also within one second; what stays at
// home, comes back or is no sale's is not named.
func TestRealChangedDeliveries(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		product := w.Product(nil)
		w.Count(product, w.Place, 20)
		order := w.Order(product, 5)
		line := w.LinesOf(order)[0]
		carrier := w.Carrier("Carrier of " + w.Name)
		reader := stock.NewReader(w.Client)
		changed, err := reader.ChangedDeliveries(context.Background(), "", time.Now().Add(-time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		// What other tests do on the server at the same time shows too; only this order is looked at.
		next := func() (named []int64) {
			t.Helper()
			if changed, err = reader.ChangedDeliveries(context.Background(), changed.Cursor, time.Time{}); err != nil {
				t.Fatal(err)
			}
			for _, d := range changed.Deliveries {
				if slices.Contains(d.Orders, order) {
					named = append(named, d.ID)
				}
			}
			return named
		}
		want := func(step string, got []int64, deliveries ...int64) {
			t.Helper()
			if !slices.Equal(got, deliveries) {
				t.Errorf("%s: named %v, want %v", step, got, deliveries)
			}
		}
		want("reserved", next())
		first := w.Ship(order, map[int64]float64{line: 2})
		want("a part", next(), first)
		want("nothing", next())
		w.Track(first, carrier, "")
		want("a carrier", next(), first)
		w.Track(first, 0, "NR-1")
		want("a number", next(), first)
		want("nothing again", next())
		second := w.Ship(order, map[int64]float64{line: 3})
		w.Track(second, carrier, "NR-2, NR-3")
		want("the rest", next(), second)
		w.Return(second, 1)
		want("a return", next())

		// A process that starts anew finds them again, looking the same.
		again, err := reader.ChangedDeliveries(context.Background(), "", time.Now().Add(-10*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		var found []int64
		for _, d := range again.Deliveries {
			if slices.Contains(d.Orders, order) {
				found = append(found, d.ID)
			}
		}
		want("from the beginning", found, first, second)
		if _, err := reader.ChangedDeliveries(context.Background(), "something else", time.Time{}); odoo.CodeOf(err) != odoo.CodeBadArguments {
			t.Errorf("a foreign cursor: %v", err)
		}
	})
}

// What was delivered is read line by line: backorders, two lines of one product, units, packages, returns.
func TestRealDeliveries(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		product := w.Product(nil)
		w.Count(product, w.Place, 200)
		dozen := w.Dozen()
		partner := w.Create("res.partner", map[string]any{"name": "Test"}, nil)
		unit := "product_uom"
		if w.Version().AtLeast(19) {
			unit = "product_uom_id"
		}
		order := w.Create("sale.order", map[string]any{"partner_id": partner, "warehouse_id": w.ID, "order_line": []any{
			[]any{0, 0, map[string]any{"product_id": product, "product_uom_qty": 3}},
			[]any{0, 0, map[string]any{"product_id": product, "product_uom_qty": 2, unit: dozen}},
		}}, nil)
		warehouse.Call[any](w, "sale.order", "action_confirm", []int64{order}, nil, nil)
		lines := w.LinesOf(order)
		carrier := w.Carrier("Carrier of " + w.Name)
		moved := float64(12)
		if w.InUnit(order, lines[1], dozen) {
			moved = 1
		}
		first := w.Ship(order, map[int64]float64{lines[0]: 2, lines[1]: moved})
		w.Track(first, carrier, "NR-1")
		second := w.Ship(order, map[int64]float64{lines[0]: 1, lines[1]: moved})
		w.Return(second, 1)

		reader := stock.NewReader(w.Client)
		deliveries, err := reader.Deliveries(context.Background(), []int64{order})
		if err != nil {
			t.Fatal(err)
		}
		if len(deliveries) != 3 {
			t.Fatalf("%d deliveries, want two and a return: %+v", len(deliveries), deliveries)
		}
		units := func(d stock.Delivery, line int64) decimal.Decimal {
			t.Helper()
			sum := decimal.Zero
			for _, m := range d.Moves {
				if m.LineID != line || m.OrderID != order {
					continue
				}
				to := dozen
				if line == lines[0] {
					to = m.UnitID
				}
				q, err := reader.Convert(context.Background(), m.Quantity, m.UnitID, to)
				if err != nil {
					t.Fatal(err)
				}
				if sum, err = sum.Add(q); err != nil {
					t.Fatal(err)
				}
			}
			return sum
		}
		for i, want := range [][2]int64{{2, 1}, {1, 1}} {
			for k, line := range lines {
				if got := units(deliveries[i], line); !got.Equal(decimal.MustNew(want[k], 0)) {
					t.Errorf("delivery %d has %s of line %d, want %d", i, got, k, want[k])
				}
			}
		}
		if d := deliveries[0]; d.ID != first || d.Carrier.ID != carrier || d.Tracking != "NR-1" || d.WarehouseID != w.ID || d.Done.IsZero() || d.Created.IsZero() || d.Name == "" {
			t.Errorf("the first is %+v", d)
		}
		if d := deliveries[1]; d.ID != second || d.Backorder.ID != first || d.Tracking != "" {
			t.Errorf("the second is %+v", d)
		}
		if back := deliveries[2]; len(back.Moves) == 0 || !back.Moves[0].Returned {
			t.Errorf("the third is no return: %+v", back)
		}
		if none, err := reader.Deliveries(context.Background(), nil); err != nil || len(none) != 0 {
			t.Errorf("of no orders: %v, %v", none, err)
		}
	})
}
