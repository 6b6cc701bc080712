package retailsync_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
)

// Where a value says that a delivery has arrived, the time is that of its last change. Later changes are no second arrival.
func TestArrivalIsToldOnce(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		carrier := w.Carrier("Carrier " + w.Name)
		p := newParcelDesk(t, w, "    shipments: {delivered: {field: priority, value: \"1\"}}\n")
		product := w.Product(nil)
		w.Count(product, w.Place, 10)
		order := p.sell(product, 2)
		id := w.Ship(order.odoo, map[int64]float64{order.lines[0]: 2})
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
		stamp := func() string {
			return fmt.Sprint(warehouse.Call[[]map[string]any](w, "stock.picking", "read", []int64{id}, odoo.Args{"fields": []string{"write_date"}}, nil)[0]["write_date"])
		}
		for before := stamp(); stamp() == before; { // Odoo's times are whole seconds
			w.Track(id, carrier, "NR-1")
		}
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
