package medusa

import (
	"fmt"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

func fulfillments(r *wire.Reader, result *canonical.Order, source order) {
	r.Form("fulfillments", source.Fulfillments.Odd)
	parcels := sorted(source.Fulfillments.Items, func(f fulfillment) (string, string) { return f.Created.String(), f.ID.String() })
	for i, parcel := range parcels {
		path := fmt.Sprintf("fulfillments[%d]", i)
		entry := canonical.Fulfillment{
			ID: parcel.ID.String(), Status: parcel.status(),
			Carrier:     parcel.ProviderID.String(),
			ShippedAt:   r.Time(path+".shipped_at", parcel.Shipped),
			DeliveredAt: r.Time(path+".delivered_at", parcel.Delivered),
		}
		if entry.Carrier == "" {
			entry.Carrier = parcel.Provider.Value.ID.String()
		}
		for _, label := range parcel.Labels.Items {
			if entry.TrackingNumber == "" {
				entry.TrackingNumber, entry.TrackingURL = label.TrackingNumber.String(), label.TrackingURL.String()
			}
		}
		for j, item := range parcel.Items.Items {
			at := fmt.Sprintf("%s.items[%d].quantity", path, j)
			entry.Lines = append(entry.Lines, canonical.FulfillmentLine{
				LineID: item.LineItemID.String(), Qty: r.Amount(at, exact(item.RawQuantity, item.Quantity)),
			})
		}
		result.Fulfillments = append(result.Fulfillments, entry)
	}
}

func (f fulfillment) status() canonical.FulfillmentStatus {
	switch {
	case !f.Canceled.IsEmpty():
		return canonical.FulfillmentCancelled
	case !f.Delivered.IsEmpty():
		return canonical.FulfillmentDelivered
	case !f.Shipped.IsEmpty():
		return canonical.FulfillmentShipped
	case !f.Packed.IsEmpty():
		return canonical.FulfillmentPacked
	default:
		return canonical.FulfillmentPlanned
	}
}
