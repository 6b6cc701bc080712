package retailsync_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	. "github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/marketplace"
)

// hearer is a channel that hears of the shipments of one order.
type hearer struct {
	*listed
	order string
	heard []string
}

func (h *hearer) PublishShipment(_ context.Context, shipment marketplace.Shipment) (marketplace.ShipmentResult, error) {
	if shipment.OrderID == h.order { // other tests have orders of this channel too
		var lines []string
		for _, line := range shipment.Lines {
			lines = append(lines, line.LineID+" "+line.Quantity.String())
		}
		h.heard = append(h.heard, strings.Join(lines, ", "))
	}
	return marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed}, nil
}

// A line of dozens that is delivered in parts is told in dozens, with the delivery that completes them.
func TestShipmentsInAnotherUnit(t *testing.T) {
	eachPacked(t, func(p *packed) {
		p.w.Count(p.product, p.w.Place, 100)
		p.put(Item(p.dozen, 4, 2399), Item(p.sku, 3, 249))
		p.want(retailsync.Created)
		since := time.Now().Add(-5 * time.Minute)
		target := &hearer{listed: p.source, order: p.id}
		dozens, singles := p.lines()["L2"].ID, p.lines()["L3"].ID
		for _, part := range []struct {
			dozens, singles float64
			want            []string
		}{
			{12, 3, []string{"L2 1, L3 3"}},
			{18, 0, []string{"L2 1"}},
			{6, 0, []string{"L2 1"}},
			{5, 0, nil},
			{7, 0, []string{"L2 1"}},
		} {
			p.w.Ship(p.orderID, map[int64]float64{dozens: part.dozens, singles: part.singles})
			target.heard = nil
			if report, err := p.connector.PublishShipments(p.Context(), target, retailsync.ShipmentRun{Since: since}); err != nil {
				p.Fatalf("%s, %v", report, err)
			}
			if diff := cmp.Diff(part.want, target.heard); diff != "" {
				p.Errorf("after %v units (-want +got):\n%s", part.dozens, diff)
			}
		}
		p.wantUnits(map[string]string{"L2": "4 dozens at 23.99, delivered 4", "L3": "3 units at 2.49, delivered 3"})
	})
}
