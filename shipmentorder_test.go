package retailsync_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/odoo"
)

// refusingShop is a shop that answers some shipments, by their names in Odoo, with a refusal.
type refusingShop struct {
	*medusa.Adapter
	refusals map[string]marketplace.Code
	asked    *[]string
}

// PublishShipment implements [marketplace.ShipmentPublisher].
func (s refusingShop) PublishShipment(ctx context.Context, shipment marketplace.Shipment) (marketplace.ShipmentResult, error) {
	*s.asked = append(*s.asked, shipment.Name)
	if code := s.refusals[shipment.Name]; code != "" {
		return marketplace.ShipmentResult{Outcome: marketplace.ShipmentRejected, Err: &marketplace.Error{Code: code, Channel: s.Channel(), Op: "publish shipment"}}, nil
	}
	return s.Adapter.PublishShipment(ctx, shipment)
}

// PublishDelivery implements [marketplace.DeliveryPublisher].
func (s refusingShop) PublishDelivery(ctx context.Context, delivery marketplace.Delivery) (marketplace.ShipmentResult, error) {
	*s.asked = append(*s.asked, "arrived")
	return s.Adapter.PublishDelivery(ctx, delivery)
}

// What may work in the next run is tried again there, also where another shipment of the order is refused for good.
func TestRefusalsOfOneOrder(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		p := newParcelDesk(t, w, "")
		product := w.Product(nil)
		w.Count(product, w.Place, 10)
		order := p.sell(product, 3)
		var asked []string
		shop := refusingShop{p.adapter, map[string]marketplace.Code{}, &asked}
		names := make([]string, 2)
		ids := make([]int64, 2)
		for i := range names {
			ids[i] = w.Ship(order.odoo, map[int64]float64{order.lines[0]: 1})
			names[i] = warehouse.Call[[]struct {
				Name string `json:"name"`
			}](w, "stock.picking", "read", ids[i:i+1], odoo.Args{"fields": []string{"name"}}, nil)[0].Name
		}
		shop.refusals[names[0]], shop.refusals[names[1]] = marketplace.CodeUnavailable, marketplace.CodeInvalid
		run := func() []string {
			asked = nil
			if _, err := p.sync.PublishShipments(context.Background(), shop, retailsync.ShipmentRun{Since: p.since}); err != nil {
				t.Fatal(err)
			}
			return asked
		}
		if diff := cmp.Diff(names, run()); diff != "" {
			t.Errorf("the first run asked for (-want +got):\n%s", diff)
		}
		delete(shop.refusals, names[0])
		if got := run(); !slices.Contains(got, names[0]) {
			t.Errorf("the next run asked for %v and not for %s, which may work by now", got, names[0])
		}
		p.shows(order, "l0:1 [] shipped")
		if got := run(); len(got) != 0 {
			t.Errorf("what was refused for good is tried at once: %v", got)
		}
	})
}

// A shipment that the channel has refused has not arrived there either: it is one failure, with the channel's reason.
func TestRefusedShipmentThatArrived(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		p := newParcelDesk(t, w, "    shipments: {delivered: {field: date_deadline}}\n")
		order, id := p.ship()
		warehouse.Call[any](w, "stock.picking", "write", []int64{id}, odoo.Args{"vals": map[string]any{"date_deadline": "2026-03-01 12:00:00"}}, nil)
		p.shop.Change(order.id, func(o map[string]any) { o["status"] = "canceled" })
		var asked []string
		report, err := p.sync.PublishShipments(context.Background(), refusingShop{p.adapter, nil, &asked}, retailsync.ShipmentRun{Since: p.since})
		if err != nil || report.String() != "1 shipments: 1 failed" || len(asked) != 1 {
			t.Errorf("%s, %v; asked for %v", report, err, asked)
		}
		if failed := report.Failed(); len(failed) > 0 && marketplace.CodeOf(failed[0].Err) != marketplace.CodeConflict {
			t.Errorf("%v", failed[0].Err)
		}
	})
}
