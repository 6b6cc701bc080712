package retailsync

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo/stock"
)

// ShadowShipments compares what the rules in service and others would tell the channel of the deliveries that left since a time: lines, carrier,
// parcels with tracking numbers and links, location, whether the customer is told, and when it arrived; or why nothing is told, or cannot be.
//
// It writes nothing, to neither Odoo nor the channel, store or journal, and does not ask the channel anything. Deliveries are read once, some
// hundred orders at a time, and held against both rules. Records that rules name and Odoo lacks are an error.
func (c *Connector) ShadowShipments(ctx context.Context, target marketplace.ShipmentPublisher, others *mapping.Rules, run ShadowRun) (*ShadowReport, error) {
	report := &ShadowReport{Flow: "shipments", onDiffering: run.OnDiffering}
	now, then := c.shadowPair(others)
	runs := [2]*shipmentRun{}
	for i, of := range []*Connector{now, then} {
		side, err := of.newShipmentRun(ctx, target, "shipments", ShipmentRun{DryRun: true}, &ShipmentReport{DryRun: true, noun: "shipments"})
		if err != nil && i == 1 {
			err = otherRules(err)
		}
		if err != nil {
			return report, err
		}
		side.target, runs[i] = target, side
	}
	changed, err := now.goods.ChangedDeliveries(ctx, stock.DeliveryCursor(""), run.since())
	if err != nil {
		return report, err
	}
	wanted := map[int64]bool{}
	for _, delivery := range changed.Deliveries {
		for _, order := range delivery.Orders {
			wanted[order] = true
		}
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(wanted)), ordersAtOnce) {
		gathered, err := runs[0].gather(ctx, part)
		if err != nil {
			return report, err
		}
		var views [2]map[string]shadowView
		names := map[string]marketplace.Shipment{}
		for i, side := range runs {
			orders, err := side.planned(ctx, gathered)
			if err != nil {
				return report, err
			}
			views[i] = map[string]shadowView{}
			for _, order := range orders {
				for _, d := range order.dispatches {
					views[i][d.shipment.Reference] = shipmentView(order, d)
					names[d.shipment.Reference] = d.shipment
				}
			}
		}
		for _, reference := range slices.SortedFunc(maps.Keys(names), func(a, b string) int {
			return cmp.Or(strings.Compare(names[a].OrderID, names[b].OrderID), strings.Compare(names[a].Name, names[b].Name), strings.Compare(a, b))
		}) {
			report.compare(canonical.Key{Channel: target.Channel(), ID: reference}, names[reference].Name, views[0][reference], views[1][reference])
		}
	}
	return report, nil
}

// shipmentView is what the channel is told of a shipment.
func shipmentView(order shippedOrder, d dispatch) shadowView {
	if d.err != nil {
		return shadowView{err: d.err}
	}
	if d.note != "" {
		return shadowView{values: map[string]string{"not told": d.note}}
	}
	s := d.shipment
	values := map[string]string{
		"order": s.OrderID, "location": s.Location, "carrier": fmt.Sprint(s.Carrier), "notify": fmt.Sprint(s.Notify), "shipped at": s.ShippedAt.UTC().Format(time.RFC3339),
	}
	if at, ok := order.arrivals[d.delivery.ID]; ok {
		values["arrived at"] = at.UTC().Format(time.RFC3339)
	}
	for _, line := range s.Lines {
		values["line "+line.LineID] = line.Quantity.Trim(0).String() + " of " + line.SKU
	}
	for _, parcel := range s.Packages {
		text := parcel.TrackingURL
		for _, line := range parcel.Lines {
			text += fmt.Sprintf(" %s of %s", line.Quantity.Trim(0), line.LineID)
		}
		values["parcel "+parcel.TrackingNumber] = strings.TrimSpace(cmp.Or(text, "without a link"))
	}
	return shadowView{values: values}
}
