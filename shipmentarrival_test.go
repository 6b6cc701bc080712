package retailsync_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
)

// writeLater writes a delivery in a later second than it was written in before: Odoo's times are whole seconds.
func writeLater(w *warehouse.Warehouse, id int64, values map[string]any) {
	stamp := func() string {
		return fmt.Sprint(warehouse.Call[[]map[string]any](w, "stock.picking", "read", []int64{id}, odoo.Args{"fields": []string{"write_date"}}, nil)[0]["write_date"])
	}
	for before := stamp(); stamp() == before; time.Sleep(50 * time.Millisecond) {
		warehouse.Call[any](w, "stock.picking", "write", []int64{id}, odoo.Args{"vals": values}, nil)
	}
}

// Where a value says that a delivery has arrived, the time is that of its last change. Later changes are no second arrival.
func TestArrivalIsToldOnce(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		carrier := w.Carrier("Carrier " + w.Name)
		p := newParcelDesk(t, w, "    shipments: {delivered: {field: priority, value: \"1\"}}\n")
		_, id := p.ship()
		write := func(values map[string]any) {
			warehouse.Call[any](w, "stock.picking", "write", []int64{id}, odoo.Args{"vals": values}, nil)
		}
		write(map[string]any{"priority": "1"})
		var asked []string
		run := func() {
			t.Helper()
			if report, err := p.sync.PublishShipments(context.Background(), refusingShop{p.adapter, nil, &asked}, retailsync.ShipmentRun{Since: p.since}); err != nil || len(report.Failed()) > 0 {
				t.Fatal(report, err, report.Failed())
			}
		}
		run()
		writeLater(w, id, map[string]any{"carrier_id": carrier, "carrier_tracking_ref": "NR-1"})
		run()
		arrived := map[string]bool{}
		for _, event := range p.journal.Events() {
			if event.Type == canonical.EventShipmentDelivered {
				arrived[event.ID] = true
			}
		}
		told := slices.DeleteFunc(slices.Clone(asked), func(what string) bool { return what != "arrived" })
		if len(arrived) != 1 || len(told) != 1 {
			t.Errorf("%d events of an arrival, told %d times: %v", len(arrived), len(told), asked)
		}
	})
}

// A fulfilment that a person made at the channel is that of the delivery, whose arrival is told of it, in the same run or a later one.
func TestArrivalOfWhatWasFulfilledByHand(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		p := newParcelDesk(t, w, "    shipments: {delivered: {field: priority, value: \"1\"}}\n")
		product := w.Product(nil)
		w.Count(product, w.Place, 10)
		for _, later := range []bool{false, true} {
			order := p.sell(product, 2)
			p.shop.Change(order.id, func(o map[string]any) {
				o["fulfillments"] = []any{map[string]any{
					"id": "ful_" + order.id, "labels": []any{}, "canceled_at": nil, "shipped_at": "2026-03-01T12:00:00.000Z", "delivered_at": nil, "metadata": nil,
					"items": []any{map[string]any{"id": "fulit_" + order.id, "line_item_id": order.names[0], "quantity": 2.0}},
				}}
				o["items"].([]any)[0].(map[string]any)["detail"].(map[string]any)["fulfilled_quantity"] = 2.0
			})
			id := w.Ship(order.odoo, map[int64]float64{order.lines[0]: 2})
			if later {
				p.want("by hand", p.publish(), map[int64]string{id: "already"})
			}
			writeLater(w, id, map[string]any{"priority": "1"})
			p.want("arrived", p.publish(), map[int64]string{id: "delivered"})
			p.shows(order, "l0:2 [] shipped delivered")
			p.want("again", p.publish(), map[int64]string{})
		}
	})
}
