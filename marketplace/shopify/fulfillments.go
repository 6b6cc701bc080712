package shopify

import "github.com/retailsync/retailsync/canonical"

func fulfillments(result *canonical.Order, source order, unknown words) {
	for _, parcel := range source.fulfillments {
		entry := canonical.Fulfillment{
			ID: parcel.id, Status: parcelStatus(parcel),
			Carrier: parcel.company, TrackingNumber: parcel.number, TrackingURL: parcel.url,
		}
		if entry.Status == canonical.FulfillmentShipped || entry.Status == canonical.FulfillmentDelivered {
			entry.ShippedAt = parcel.at
		}
		if entry.Status == canonical.FulfillmentDelivered {
			entry.DeliveredAt = parcel.arrived
		}
		if entry.Status == "" {
			entry.Status = canonical.FulfillmentPlanned
			unknown.keep("fulfillment_status", parcel.id, parcel.status)
		}
		for _, line := range parcel.lines {
			entry.Lines = append(entry.Lines, canonical.FulfillmentLine{LineID: line.itemID, Qty: line.quantity})
		}
		result.Fulfillments = append(result.Fulfillments, entry)
	}
}

// parcelStatus is empty for a word that is not known. Success means that the parcel has left; what became of it then is
// the carrier's word.
func parcelStatus(parcel fulfillment) canonical.FulfillmentStatus {
	switch parcel.status {
	case "success":
		if parcel.progress == "delivered" || parcel.progress == "picked_up" {
			return canonical.FulfillmentDelivered
		}
		return canonical.FulfillmentShipped
	case "pending", "open":
		return canonical.FulfillmentPlanned
	case "cancelled", "error", "failure":
		return canonical.FulfillmentCancelled
	default:
		return ""
	}
}
