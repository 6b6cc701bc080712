package wooshop

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

// Shipments drives the shipments, deliveries and cancellations of a shop. The shop itself has no fulfilments that a person
// could make: what stands for one is in the order's meta data.
func Shipments(server *wootest.Server) *marketplacetest.ShipmentHooks {
	var last atomic.Int64
	last.Store(40_000)
	return &marketplacetest.ShipmentHooks{
		Place: func(_ *testing.T, quantities ...int) (string, []marketplace.ShipmentLine) {
			id := int(last.Add(1))
			lines := make([]wootest.Line, len(quantities))
			placed := make([]marketplace.ShipmentLine, len(quantities))
			for k, units := range quantities {
				lines[k] = wootest.Line{SKU: "MUG", Units: units}
				if k > 1 {
					lines[k].SKU = fmt.Sprintf("MUG-%d", k)
				}
				placed[k] = marketplace.ShipmentLine{LineID: fmt.Sprintf("%d%02d", id, k+1), SKU: lines[k].SKU, Quantity: decimal.MustNew(int64(units), 0)}
			}
			server.Place(wootest.LinesOrder(id, time.Now().UTC().Format("2006-01-02T15:04:05"), lines...))
			return fmt.Sprint(id), placed
		},
		Shows:   func(_ *testing.T, order string) []marketplacetest.ShownShipment { return shown(server, order) },
		Carrier: "dhl-de",
		Cancel: func(_ *testing.T, id string) {
			server.Change(id, func(order map[string]any) { order["status"] = "cancelled" })
		},
		Cancelled: func(_ *testing.T, id string) map[string]string {
			units := map[string]string{}
			order := server.Order(id)
			lines, _ := order["line_items"].([]any)
			for _, entry := range lines {
				if line, ok := entry.(map[string]any); ok && order["status"] == "cancelled" {
					units[fmt.Sprintf("%.0f", line["id"])] = fmt.Sprint(line["quantity"])
				}
			}
			return units
		},
		WholeOnly: true,
	}
}

// shown are the shipments that an order's meta data holds, with the tracking numbers that the plugins for them have too.
func shown(server *wootest.Server, order string) []marketplacetest.ShownShipment {
	var tracked []string
	for _, item := range server.Tracking(order) {
		tracked = append(tracked, fmt.Sprint(item["tracking_number"]))
	}
	var all []marketplacetest.ShownShipment
	entries, _ := server.Order(order)["meta_data"].([]any)
	for _, entry := range entries {
		object, _ := entry.(map[string]any)
		record, _ := object["value"].(map[string]any)
		if key, _ := object["key"].(string); !strings.HasPrefix(key, "_retailsync_shipment_") {
			continue
		}
		one := marketplacetest.ShownShipment{Lines: map[string]string{}, Delivered: record["delivered_at"] != ""}
		lines, _ := record["lines"].([]any)
		for _, line := range lines {
			fields, _ := line.(map[string]any)
			one.Lines[fmt.Sprint(fields["id"])] = fmt.Sprint(fields["quantity"])
		}
		parcels, _ := record["packages"].([]any)
		for _, parcel := range parcels {
			fields, _ := parcel.(map[string]any)
			number := fmt.Sprint(fields["tracking_number"])
			// Each counts as often as the plugins have it.
			for slices.Contains(tracked, number) {
				one.Tracking = append(one.Tracking, number)
				tracked = slices.Delete(tracked, slices.Index(tracked, number), slices.Index(tracked, number)+1)
			}
		}
		all = append(all, one)
	}
	return all
}
