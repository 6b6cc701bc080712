package medusa

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
)

const (
	opPublishShipment = "publish shipment"
	opPublishDelivery = "publish delivery"
	// deliveryKey is the key of a fulfilment's metadata that holds the delivery's name in Odoo. Its reference is under
	// referenceKey.
	deliveryKey = "retailsync_delivery"
	// trackingKey begins the keys of an order's metadata that hold tracking which came when the fulfilment had its labels.
	trackingKey = "retailsync_tracking_"
)

// PublishShipment implements [marketplace.ShipmentPublisher]. A fulfilment is made with the shipment's reference in its
// metadata, by which it is found again, and is then marked as shipped with one label per parcel.
//
// Medusa takes labels only when a fulfilment is marked as shipped, and that once. So a shipment by a carrier whose tracking
// is not known yet is fulfilled, which takes the goods out of stock, and marked as shipped when its tracking comes; one
// without a carrier is marked at once, and with [WithoutWaitingForTracking] any. Tracking that comes or changes after that
// is put into the order's metadata under retailsync_tracking_<fulfilment>, where a storefront can read it.
//
// A fulfilment that a person made of the very same units is adopted if the order has no others left. Writes of one order
// follow each other in this process. After any error reply the order is read again, since Medusa may have done the work.
func (a *Adapter) PublishShipment(ctx context.Context, shipment marketplace.Shipment) (marketplace.ShipmentResult, error) {
	defer a.orders.lock(shipment.OrderID)()
	order, err := a.readFulfilled(ctx, opPublishShipment, shipment.OrderID)
	if err != nil {
		return a.shipmentFailure(err)
	}
	result := marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed, Already: true}
	at := order.byReference(shipment.Reference)
	if at == nil {
		if err := a.shippable(order, shipment); err != nil {
			if at = order.byLines(shipment); at == nil {
				return a.shipmentFailure(err)
			}
		}
	}
	if at == nil {
		result.Already = false
		if order, err = a.fulfill(ctx, shipment); err != nil {
			return a.shipmentFailure(a.placed(ctx, shipment, err))
		}
		at = order.byReference(shipment.Reference)
	}
	result.ID = at.ID.String()
	if a.readyToShip(shipment) && at.Shipped.IsEmpty() {
		result.Already = false
		if order, err = a.ship(ctx, shipment, result.ID); err != nil {
			return a.shipmentFailure(err)
		}
		at = order.byID(result.ID)
	}
	// Once the metadata says something of the tracking, it is kept true.
	if noted := order.meta(trackingKey+result.ID) != ""; !at.Shipped.IsEmpty() && len(shipment.Packages) > 0 && (noted || !at.labelled(shipment.Packages)) {
		wrote, err := a.noteTracking(ctx, order, shipment, result.ID)
		if err != nil {
			return a.shipmentFailure(err)
		}
		result.Already = result.Already && !wrote
	}
	return result, nil
}

// shipmentFailure tells a refusal, which is a result, from an outcome that is not known.
func (a *Adapter) shipmentFailure(err error) (marketplace.ShipmentResult, error) {
	switch marketplace.CodeOf(err) {
	case marketplace.CodeNotFound, marketplace.CodeConflict, marketplace.CodeInvalid:
		return marketplace.ShipmentResult{Outcome: marketplace.ShipmentRejected, Err: err}, nil
	default:
		return marketplace.ShipmentResult{}, err
	}
}

// readyToShip reports whether all is known that Medusa takes only when a fulfilment is marked as shipped.
func (a *Adapter) readyToShip(shipment marketplace.Shipment) bool {
	return len(shipment.Packages) > 0 || shipment.Carrier == "" || a.untracked
}

// shippable says why the order cannot be fulfilled so, if it cannot.
func (a *Adapter) shippable(order fulfilledOrder, shipment marketplace.Shipment) error {
	if order.cancelled() {
		return a.fail(marketplace.CodeConflict, opPublishShipment, "order", "the order was cancelled at the channel, but goods have left: take them back or place the order anew", nil)
	}
	if len(shipment.Lines) == 0 {
		return a.fail(marketplace.CodeInvalid, opPublishShipment, "lines", "the shipment has no lines", nil)
	}
	for _, line := range shipment.Lines {
		open, err := a.open(opPublishShipment, order, line)
		if err != nil {
			return err
		}
		if open.Cmp(line.Quantity) < 0 {
			return a.fail(marketplace.CodeConflict, opPublishShipment, "lines",
				fmt.Sprintf("%s of line %s are to be shipped, but only %s are left: look whether they were fulfilled by hand or cancelled", line.Quantity, line.LineID, open), nil)
		}
	}
	return nil
}

// open is how many units of a line are not fulfilled yet.
func (a *Adapter) open(op string, order fulfilledOrder, line marketplace.ShipmentLine) (decimal.Decimal, error) {
	item := order.item(line.LineID)
	switch {
	case item == nil:
		return decimal.Zero, a.fail(marketplace.CodeNotFound, op, "line", fmt.Sprintf("the order has no line %q", line.LineID), nil)
	case !line.Quantity.IsPos() || !line.Quantity.IsInt():
		return decimal.Zero, a.fail(marketplace.CodeInvalid, op, "lines", fmt.Sprintf("%s of line %s is no number of whole units, which Medusa counts in", line.Quantity, line.LineID), nil)
	}
	ordered, fulfilled, err := item.amounts()
	if err != nil {
		return decimal.Zero, a.fail(marketplace.CodeInvalid, op, "items", "a quantity of the order cannot be read", err)
	}
	open, err := ordered.Sub(fulfilled)
	if err != nil {
		return decimal.Zero, a.fail(marketplace.CodeInvalid, op, "items", "a quantity of the order is too large", err)
	}
	return open.Trim(0), nil
}

// lineQuantity is an item of a fulfilment in a request.
type lineQuantity struct {
	ID       string `json:"id"`
	Quantity number `json:"quantity"`
}

func lineQuantities(lines []marketplace.ShipmentLine) []lineQuantity {
	items := make([]lineQuantity, len(lines))
	for i, line := range lines {
		items[i] = lineQuantity{ID: line.LineID, Quantity: number(line.Quantity.Trim(0).String())}
	}
	return items
}

// fulfill makes the fulfilment and returns the order with it.
func (a *Adapter) fulfill(ctx context.Context, shipment marketplace.Shipment) (fulfilledOrder, error) {
	request := struct {
		Items    []lineQuantity    `json:"items"`
		Location string            `json:"location_id,omitempty"`
		Quiet    bool              `json:"no_notification"`
		Metadata map[string]string `json:"metadata"`
	}{lineQuantities(shipment.Lines), shipment.Location, !shipment.Notify, map[string]string{referenceKey: shipment.Reference, deliveryKey: shipment.Name}}
	return a.change(ctx, opPublishShipment, shipment.OrderID, "/fulfillments", request, func(order fulfilledOrder) bool {
		return order.byReference(shipment.Reference) != nil
	})
}

// placed says so where a refusal is for the location, which Medusa does not tell.
func (a *Adapter) placed(ctx context.Context, shipment marketplace.Shipment, refusal error) error {
	if shipment.Location == "" || marketplace.CodeOf(refusal) == marketplace.CodeConflict {
		return refusal
	}
	unknown, err := a.unknownLocations(ctx, opPublishShipment, []marketplace.StockItem{{Location: shipment.Location}})
	if err != nil || !unknown[shipment.Location] {
		return refusal
	}
	return a.fail(marketplace.CodeNotFound, opPublishShipment, "location",
		fmt.Sprintf("the shop has no stock location %q: correct stock.locations in the rules", shipment.Location), refusal)
}

// label is one parcel. Medusa wants all three, but takes empty addresses.
type label struct {
	Number string `json:"tracking_number"`
	URL    string `json:"tracking_url"`
	Label  string `json:"label_url"`
}

// ship marks a fulfilment as shipped and returns the order with it.
func (a *Adapter) ship(ctx context.Context, shipment marketplace.Shipment, id string) (fulfilledOrder, error) {
	labels := make([]label, len(shipment.Packages))
	for i, parcel := range shipment.Packages {
		labels[i] = label{Number: parcel.TrackingNumber, URL: parcel.TrackingURL}
	}
	request := struct {
		Items  []lineQuantity `json:"items"`
		Labels []label        `json:"labels"`
		Quiet  bool           `json:"no_notification"`
	}{lineQuantities(shipment.Lines), labels, !shipment.Notify}
	return a.change(ctx, opPublishShipment, shipment.OrderID, "/fulfillments/"+id+"/shipments", request, func(order fulfilledOrder) bool {
		at := order.byID(id)
		return at != nil && !at.Shipped.IsEmpty()
	})
}

// change posts to an order and reads it again. The order says whether the work was done, whatever the reply said.
func (a *Adapter) change(ctx context.Context, op, orderID, path string, request any, done func(fulfilledOrder) bool) (fulfilledOrder, error) {
	_, failure := a.client.Send(ctx, op, http.MethodPost, ordersPath+"/"+orderID+path, request)
	if ctx.Err() != nil {
		return fulfilledOrder{}, cmp.Or(failure, error(a.fail(marketplace.CodeUnknown, op, "", "cancelled by the caller before it was looked up what became of it", ctx.Err())))
	}
	order, err := a.readFulfilled(ctx, op, orderID)
	switch {
	case err == nil && done(order):
		return order, nil
	case failure != nil:
		return fulfilledOrder{}, failure
	case err != nil:
		return fulfilledOrder{}, a.fail(marketplace.CodeUnknown, op, "", "it was done, but could not be looked up: look before repeating", err)
	default:
		return fulfilledOrder{}, a.fail(marketplace.CodeUnknown, op, "", "Medusa says that it was done, but does not show it (yet): look before repeating", nil)
	}
}

// noteTracking puts tracking that Medusa has no other place for into the order's metadata, and says whether it was not there.
func (a *Adapter) noteTracking(ctx context.Context, order fulfilledOrder, shipment marketplace.Shipment, id string) (bool, error) {
	numbers := make([]string, len(shipment.Packages))
	for i, parcel := range shipment.Packages {
		numbers[i] = parcel.TrackingNumber
		if parcel.TrackingURL != "" {
			numbers[i] += " " + parcel.TrackingURL
		}
	}
	key, text := trackingKey+id, strings.Join(numbers, ", ")
	if order.meta(key) == text {
		return false, nil
	}
	_, err := a.change(ctx, opPublishShipment, shipment.OrderID, "", map[string]any{"metadata": map[string]string{key: text}}, func(order fulfilledOrder) bool {
		return order.meta(key) == text
	})
	return true, err
}

// PublishDelivery implements [marketplace.DeliveryPublisher]. Medusa keeps its own time of it.
func (a *Adapter) PublishDelivery(ctx context.Context, delivery marketplace.Delivery) (marketplace.ShipmentResult, error) {
	defer a.orders.lock(delivery.OrderID)()
	order, err := a.readFulfilled(ctx, opPublishDelivery, delivery.OrderID)
	if err != nil {
		return a.shipmentFailure(err)
	}
	at := order.byReference(delivery.Reference)
	if at == nil && delivery.ID != "" {
		at = order.byID(delivery.ID)
	}
	if at == nil {
		return a.shipmentFailure(a.fail(marketplace.CodeNotFound, opPublishDelivery, "shipment", "the order has no such fulfilment: publish the shipment first", nil))
	}
	result := marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed, ID: at.ID.String(), Already: true}
	if !at.Delivered.IsEmpty() {
		return result, nil
	}
	result.Already = false
	_, err = a.change(ctx, opPublishDelivery, delivery.OrderID, "/fulfillments/"+result.ID+"/mark-as-delivered", struct{}{}, func(order fulfilledOrder) bool {
		at := order.byID(result.ID)
		return at != nil && !at.Delivered.IsEmpty()
	})
	if err != nil {
		return a.shipmentFailure(err)
	}
	return result, nil
}

// labelled reports whether the fulfilment has a label for each parcel, and no other.
func (f fulfillment) labelled(parcels []marketplace.Package) bool {
	return len(f.Labels.Items) == len(parcels) && !slices.ContainsFunc(parcels, func(p marketplace.Package) bool {
		for _, label := range f.Labels.Items {
			if label.TrackingNumber.String() == p.TrackingNumber {
				return false
			}
		}
		return true
	})
}
