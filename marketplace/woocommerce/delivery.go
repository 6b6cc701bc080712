package woocommerce

import (
	"context"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const opPublishDelivery = "publish delivery"

// PublishDelivery implements [marketplace.DeliveryPublisher]. WooCommerce has no word for it: the time is kept with the
// shipment in the order's meta data, and when all shipments of an order that was shipped whole have arrived, it gets the status of
// [WithDeliveredStatus], if there is one.
func (a *Adapter) PublishDelivery(ctx context.Context, delivery marketplace.Delivery) (marketplace.ShipmentResult, error) {
	order, err := a.standing(ctx, opPublishDelivery, delivery.OrderID)
	if err != nil {
		return outcome(err)
	}
	records := order.records()
	k := -1
	for i, one := range records {
		if one.Reference.String() == delivery.Reference {
			k = i
		}
	}
	if k < 0 {
		return outcome(a.fail(marketplace.CodeNotFound, opPublishDelivery, "reference", fmt.Sprintf("order %s has no shipment %q: publish it first", order.ID, delivery.Reference), nil))
	}
	var entries []map[string]any
	if records[k].Delivered.IsEmpty() {
		at := delivery.At
		if at.IsZero() {
			at = time.Now()
		}
		records[k].Delivered = wire.NewText(moment(at))
		entries = append(entries, records[k].entry())
	}
	status, err := a.deliveredStatus(ctx, order, records)
	if err != nil {
		return outcome(err)
	}
	if len(entries) == 0 && status == "" {
		return marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed, Already: true}, nil
	}
	if _, err := a.amend(ctx, opPublishDelivery, delivery.OrderID, status, entries); err != nil {
		return outcome(err)
	}
	return marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed}, nil
}

// deliveredStatus is the status that an order gets with its deliveries; empty to leave it.
func (a *Adapter) deliveredStatus(ctx context.Context, order standing, records []record) (string, error) {
	word := order.Status.String()
	if a.words.delivered == "" || word != "completed" && word != a.words.shipped {
		return "", nil
	}
	for _, one := range records {
		if one.Delivered.IsEmpty() {
			return "", nil
		}
	}
	whole, err := a.isShipped(ctx, opPublishDelivery, order, records)
	if err != nil || !whole {
		return "", err
	}
	return a.words.delivered, nil
}

// anyShipped reports whether something of the order has left.
func anyShipped(shipped map[string]decimal.Decimal) bool {
	for _, units := range shipped {
		if units.IsPos() {
			return true
		}
	}
	return false
}
