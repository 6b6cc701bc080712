package woocommerce

import (
	"context"
	"fmt"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const opPublishShipment = "publish shipment"

// words are the shop's words for how far an order is.
type words struct{ shipped, partly, delivered string }

// PublishShipment implements [marketplace.ShipmentPublisher]. WooCommerce has no shipments: each is kept in the order's meta data
// under a key made of its reference, by which a repeat finds it, and its tracking numbers also where the plugin Shipment
// Tracking and those like it look for them. When all lines are shipped, the order gets the status of
// [WithShippedStatus], in the same call; services and downloads are not waited for.
//
// The shop has one place: a shipment that names a location is refused. An order that is cancelled, refunded or not paid is
// [marketplace.CodeConflict], as is more of a line than was ordered. To notify means a note to the customer, who gets it by
// mail, besides the mails that the shop sends for a new status.
func (a *Adapter) PublishShipment(ctx context.Context, shipment marketplace.Shipment) (marketplace.ShipmentResult, error) {
	if err := a.checkShipment(shipment); err != nil {
		return outcome(err)
	}
	order, err := a.standing(ctx, opPublishShipment, shipment.OrderID)
	if err != nil {
		return outcome(err)
	}
	wanted := recordOf(shipment)
	records, was := replace(order.records(), wanted)
	if was != nil {
		wanted.Delivered = was.Delivered
		records[len(records)-1] = wanted
	}
	if err := a.fits(order, records, wanted, was != nil); err != nil {
		return outcome(err)
	}
	status, err := a.shippedStatus(ctx, order, records, was != nil)
	if err != nil {
		return outcome(err)
	}
	var entries []map[string]any
	if was == nil || !was.equal(wanted) {
		entries = append(entries, wanted.entry())
	}
	list, err := order.retrack(wanted, was)
	if err != nil {
		return outcome(a.fail(marketplace.CodeInvalid, opPublishShipment, "meta_data", "correct it in the shop", err))
	}
	if list != nil {
		entries = append(entries, map[string]any{"key": trackingKey, "value": list})
	}
	result := marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed, Already: true}
	if len(entries) > 0 || status != "" {
		result.Already = false
		if _, err := a.amend(ctx, opPublishShipment, shipment.OrderID, status, entries); err != nil {
			return outcome(err)
		}
	}
	if shipment.Notify {
		sent, err := a.notify(ctx, opPublishShipment, shipment.OrderID, a.note(shipment))
		if err != nil {
			return outcome(err)
		}
		result.Already = result.Already && !sent
	}
	return result, nil
}

// checkShipment refuses what no order can have.
func (a *Adapter) checkShipment(shipment marketplace.Shipment) error {
	refuse := func(code marketplace.Code, path, message string) error {
		return a.fail(code, opPublishShipment, path, message, nil)
	}
	switch {
	case shipment.Location != "":
		return refuse(marketplace.CodeNotFound, "location", fmt.Sprintf("WooCommerce has one place and no location %q: leave stock.locations out of its rules", shipment.Location))
	case strings.TrimSpace(shipment.Reference) == "":
		return refuse(marketplace.CodeInvalid, "reference", "a shipment needs a reference by which a repeat finds it")
	case len(shipment.Lines) == 0:
		return refuse(marketplace.CodeInvalid, "lines", "a shipment needs lines")
	}
	for _, line := range shipment.Lines {
		if !line.Quantity.IsPos() {
			return refuse(marketplace.CodeInvalid, "quantity", fmt.Sprintf("%s of line %s cannot be shipped", line.Quantity, line.LineID))
		}
	}
	return nil
}

// fits checks that the order has what is shipped. Known shipments were checked when they were made: what has become of the order
// since does not undo them.
func (a *Adapter) fits(order standing, records []record, wanted record, known bool) error {
	if word, over := order.isOver(); over && !known {
		return a.fail(marketplace.CodeConflict, opPublishShipment, "order", fmt.Sprintf("order %s is %q in the shop and cannot be shipped: look at it", order.ID, word), nil)
	}
	shipped, err := a.shipped(opPublishShipment, records)
	if err != nil {
		return err
	}
	for _, line := range wanted.Lines.Items {
		id := line.ID.String()
		item, ok := order.item(id)
		if !ok {
			return a.fail(marketplace.CodeNotFound, opPublishShipment, "line", fmt.Sprintf("order %s has no line %q", order.ID, id), nil)
		}
		var r wire.Reader
		ordered := r.Amount("line_items.quantity", item.Quantity)
		if path, err := r.Failure(); err != nil {
			return a.fail(marketplace.CodeInvalid, opPublishShipment, path, fmt.Sprintf("order %s cannot be read: correct it in the shop", order.ID), err)
		}
		if shipped[id].Cmp(ordered) > 0 {
			return a.fail(marketplace.CodeConflict, opPublishShipment, "line", fmt.Sprintf("%s of line %s are shipped in all, and %s were ordered", trimmed(shipped[id]), id, trimmed(ordered)), nil)
		}
	}
	return nil
}

func trimmed(value decimal.Decimal) string { return value.Trim(0).String() }

// shippedStatus is the status that an order gets with its shipments; empty to leave it. A shipment that is known moves
// only an order that still waits: later words of the shop and its plugins are not taken back.
func (a *Adapter) shippedStatus(ctx context.Context, order standing, records []record, known bool) (string, error) {
	if _, over := order.isOver(); over || a.isDone(order) || known && !a.waits(order) {
		return "", nil
	}
	whole, err := a.isShipped(ctx, opPublishShipment, order, records)
	switch {
	case err != nil:
		return "", err
	case whole:
		return a.words.shipped, nil
	case a.words.partly != "" && order.Status.String() != a.words.partly:
		return a.words.partly, nil
	default:
		return "", nil
	}
}
