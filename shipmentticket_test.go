package retailsync_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
)

// queueingShop takes shipments and carries them out later.
type queueingShop struct {
	*medusa.Adapter
	// took counts how often each shipment was taken, by its name in Odoo; names are those of the tickets.
	took map[string]int
	// away says that nothing can be asked after; unsure that the shop does not answer for a new shipment.
	away, unsure bool
	done         bool
}

// PublishShipment implements [marketplace.ShipmentPublisher].
func (s *queueingShop) PublishShipment(_ context.Context, shipment marketplace.Shipment) (marketplace.ShipmentResult, error) {
	s.took[shipment.Name]++
	if s.unsure {
		return marketplace.ShipmentResult{}, &marketplace.Error{Code: marketplace.CodeUnknown, Channel: s.Channel(), Op: "publish shipment"}
	}
	return marketplace.ShipmentResult{Outcome: marketplace.ShipmentPending, Ticket: "ticket " + shipment.Name}, nil
}

// FollowShipments implements [marketplace.ShipmentFollower].
func (s *queueingShop) FollowShipments(_ context.Context, tickets []string) ([]marketplace.ShipmentResult, error) {
	if s.away {
		return nil, &marketplace.Error{Code: marketplace.CodeUnavailable, Channel: s.Channel(), Op: "follow shipments"}
	}
	results := make([]marketplace.ShipmentResult, len(tickets))
	for i := range results {
		results[i].Outcome = marketplace.ShipmentPending
		if s.done {
			results[i].Outcome = marketplace.ShipmentConfirmed
		}
	}
	return results, nil
}

// What the channel has taken and works on is asked after until it is done, and not given to it again because it was out of reach
// for a while or another shipment of the order is not known.
func TestTicketsOutlastFailures(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		p := newParcelDesk(t, w, "")
		product := w.Product(nil)
		w.Count(product, w.Place, 10)
		first, second := p.sell(product, 2), p.sell(product, 2)
		for _, order := range []sold{first, second} {
			w.Ship(order.odoo, map[int64]float64{order.lines[0]: 1})
		}
		shop := &queueingShop{Adapter: p.adapter, took: map[string]int{}}
		run := func(want string, reaches bool) {
			t.Helper()
			report, err := p.sync.PublishShipments(context.Background(), shop, retailsync.ShipmentRun{Since: p.since, Orders: 1, FollowFor: time.Nanosecond})
			if report.String() != want || reaches != (err == nil) {
				t.Errorf("%s, %v; want %s", report, err, want)
			}
		}
		run("2 shipments: 2 pending", true)
		shop.away = true
		run("2 shipments: 2 failed", false)
		shop.away = false
		run("2 shipments: 2 pending", true)

		w.Ship(first.odoo, map[int64]float64{first.lines[0]: 1})
		shop.unsure = true
		run("3 shipments: 2 pending, 1 failed", true)
		shop.unsure = false
		run("3 shipments: 3 pending", true)
		shop.done = true
		run("3 shipments: 3 published", true)
		var times []int
		for _, n := range shop.took {
			times = append(times, n)
		}
		if diff := cmp.Diff(map[int]int{1: 2, 2: 1}, counts(times)); diff != "" {
			t.Errorf("shipments by how often they were given to the channel (-want +got):\n%s", diff)
		}
	})
}

func counts(all []int) map[int]int {
	by := map[int]int{}
	for _, n := range all {
		by[n]++
	}
	return by
}
