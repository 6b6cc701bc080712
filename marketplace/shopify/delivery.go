package shopify

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const opDelivery = "publish delivery"

const deliveredMutation = `mutation Delivered($event: FulfillmentEventInput!) {
  fulfillmentEventCreate(fulfillmentEvent: $event) { fulfillmentEvent { id } userErrors { field message } }
}`

// PublishDelivery implements [marketplace.DeliveryPublisher]: each fulfilment of the shipment gets an event that says that it was
// delivered, unless it is shown as delivered already.
func (a *Adapter) PublishDelivery(ctx context.Context, delivery marketplace.Delivery) (marketplace.ShipmentResult, error) {
	if !isID(delivery.OrderID) {
		return rejected(a.unknownOrder(opDelivery)), nil
	}
	state, known, err := a.dispatchOf(ctx, opDelivery, delivery.OrderID)
	if err != nil {
		return marketplace.ShipmentResult{}, err
	}
	if !known {
		return rejected(a.unknownOrder(opDelivery)), nil
	}
	ids := slices.Clone(state.claims[delivery.Reference])
	if id := tail(wire.NewText(delivery.ID)); id != "" && !slices.Contains(ids, id) {
		ids = append(ids, id)
	}
	var parcels []parcel
	for _, p := range state.parcels {
		if slices.Contains(ids, p.id) {
			parcels = append(parcels, p)
		}
	}
	if len(parcels) == 0 {
		return rejected(a.fail(marketplace.CodeNotFound, opDelivery, "", "the shop knows nothing of the shipment: publish it first", nil)), nil
	}
	result := marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed, ID: parcels[0].id, Already: true}
	for _, p := range parcels {
		if p.cancelled {
			return rejected(a.fail(marketplace.CodeConflict, opDelivery, "", fmt.Sprintf("the fulfilment %s of the shipment was cancelled in the shop", p.id), nil)), nil
		}
		if p.delivered {
			continue
		}
		if err := a.delivered(ctx, p.id, delivery.At); err != nil {
			return marketplace.ShipmentResult{}, err
		}
		result.Already = false
	}
	return result, nil
}

func (a *Adapter) delivered(ctx context.Context, id string, at time.Time) error {
	event := map[string]any{"fulfillmentId": globalID("Fulfillment", id), "status": "DELIVERED"}
	if !at.IsZero() {
		event["happenedAt"] = at.UTC().Format(time.RFC3339)
	}
	var data struct {
		Create wire.Object[struct {
			Event  graphID              `json:"fulfillmentEvent"`
			Errors wire.List[userError] `json:"userErrors"`
		}] `json:"fulfillmentEventCreate"`
	}
	write := request{op: opDelivery, name: "Delivered", document: deliveredMutation, writes: true, variables: map[string]any{"event": event}}
	if _, err := a.call(ctx, write, &data); err != nil {
		return err
	}
	if err := a.refused(opDelivery, data.Create.Value.Errors); err != nil {
		return err
	}
	if !data.Create.Value.Event.Present {
		return a.fail(marketplace.CodeUnknown, opDelivery, "fulfillmentEventCreate", "the answer does not say whether it was done: look before repeating", nil)
	}
	return nil
}
