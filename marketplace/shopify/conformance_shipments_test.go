package shopify_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
)

// shipmentsOf drives the shipping of an in-process shop.
func shipmentsOf(server *shopifytest.Server) *marketplacetest.ShipmentHooks {
	var placed atomic.Int64
	return &marketplacetest.ShipmentHooks{
		Place: func(t *testing.T, quantities ...int) (string, []marketplace.ShipmentLine) {
			number := 8_007_199_254_740_993 + 100*placed.Add(1)
			total := 0
			var lines list
			var shipped []marketplace.ShipmentLine
			for i, quantity := range quantities {
				total += 10 * quantity
				id := fmt.Sprintf("%d%d", number, i)
				lines = append(lines, line(id, quantity, money("10.00"), nil))
				shipped = append(shipped, marketplace.ShipmentLine{LineID: id, SKU: "TS-M", Quantity: units(quantity)})
			}
			server.Put(string(encode(t, node(object{
				"id": gid("Order", number), "lineItems": nodes(lines...), "totalPriceSet": money(fmt.Sprintf("%d.00", total)),
				"updatedAt": time.Now().UTC().Format(time.RFC3339),
			}))))
			return fmt.Sprint(number), shipped
		},
		Shows: func(_ *testing.T, order string) []marketplacetest.ShownShipment {
			var all []marketplacetest.ShownShipment
			for _, f := range server.Fulfillments(order) {
				if f["status"] == "CANCELLED" {
					continue
				}
				shown := marketplacetest.ShownShipment{Lines: map[string]string{}, Delivered: f["displayStatus"] == "DELIVERED"}
				for _, entry := range items(f["fulfillmentLineItems"]) {
					shown.Lines[numberIn(entry["lineItem"])] = fmt.Sprint(entry["quantity"])
				}
				for _, entry := range items(f["trackingInfo"]) {
					shown.Tracking = append(shown.Tracking, fmt.Sprint(entry["number"]))
				}
				all = append(all, shown)
			}
			return all
		},
		Location: shopifytest.Location, Elsewhere: "4711", Carrier: "DHL",
		ByHand: func(_ *testing.T, order string, lines []marketplace.ShipmentLine) {
			units := map[string]int{}
			for _, line := range lines {
				whole, _, _ := line.Quantity.Int64(0)
				units[line.LineID] = int(whole)
			}
			server.Fulfill(order, units, "")
		},
		Cancel: func(_ *testing.T, order string) { server.CancelOrder(order) },
		Cancelled: func(_ *testing.T, order string) map[string]string {
			all := map[string]string{}
			for id, units := range server.CancelledUnits(order) {
				all[id] = fmt.Sprint(units)
			}
			return all
		},
	}
}

func numberIn(object any) string {
	fields, _ := object.(map[string]any)
	id := fmt.Sprint(fields["id"])
	return id[strings.LastIndex(id, "/")+1:]
}
