package marketplace

import (
	"context"
	"time"

	"github.com/govalues/decimal"
)

// ShipmentPublisher tells the channel what has left for the customer.
type ShipmentPublisher interface {
	Adapter
	// PublishShipment brings a shipment at the channel to what is stated: it makes the channel's fulfilment if there is
	// none, and adds tracking that came later. It looks before it acts, since a reply may have been lost: by
	// [Shipment.Reference] where the channel keeps a reference of ours, by lines, quantities and tracking otherwise. So it is
	// safe to repeat, and what the channel has already is [ShipmentConfirmed] with [ShipmentResult.Already] set.
	//
	// A shipment that the channel refuses is a result with [ShipmentRejected]. The error is for a call of which
	// nothing is known. The caller publishes the shipments of one order one after the other.
	PublishShipment(ctx context.Context, shipment Shipment) (ShipmentResult, error)
}

// ShipmentFollower asks after shipments that the channel accepted but has not carried out yet.
type ShipmentFollower interface {
	Adapter
	// FollowShipments returns one result per ticket, in order, with [ShipmentPending] for those still under way. It
	// only reads, so it is safe to repeat.
	FollowShipments(ctx context.Context, tickets []string) ([]ShipmentResult, error)
}

// DeliveryPublisher tells the channel that a shipment has reached the customer.
type DeliveryPublisher interface {
	Adapter
	// PublishDelivery marks a shipment as delivered. It looks before it acts and is safe to repeat. A shipment that the
	// channel does not know is [ShipmentRejected] with [CodeNotFound].
	PublishDelivery(ctx context.Context, delivery Delivery) (ShipmentResult, error)
}

// Shipment is what one delivery took of one order.
type Shipment struct {
	// OrderID is the channel's id of the order.
	OrderID string
	// Reference is the shipment's name for good: equal for repeats and for tracking that comes later, and different for any
	// two shipments of all databases and environments that may meet at the channel.
	Reference string
	// Name is what people know the shipment by in Odoo ("WH/OUT/00042").
	Name string
	// Location is the channel's own id of the place that it left from; empty leaves it to the channel.
	Location string
	// Lines are what was shipped, one per line of the order; at least one.
	Lines []ShipmentLine
	// Carrier is the channel's word for the carrier; empty if there is none.
	Carrier string
	// Packages are the parcels with their tracking; none while no tracking is known. They are in a stable order.
	Packages []Package
	// ShippedAt is when it left, UTC.
	ShippedAt time.Time
	// Notify asks the channel to tell the customer.
	Notify bool
}

// ShipmentLine is a quantity of one line of the channel's order.
type ShipmentLine struct {
	// LineID is the channel's id of the line, which keeps two lines of one SKU apart.
	LineID string
	SKU    string
	// Quantity is in the line's unit, above 0.
	Quantity decimal.Decimal
}

// Package is one parcel of a shipment.
type Package struct {
	TrackingNumber string
	// TrackingURL is where a person follows the parcel; empty if nobody says.
	TrackingURL string
	// Lines are what the parcel holds; none if that is not known.
	Lines []ShipmentLine
}

// Delivery says that a shipment has arrived.
type Delivery struct {
	OrderID string
	// Reference is that of the [Shipment]; ID is the channel's own id of it as far as known.
	Reference, ID string
	// At is when it arrived, UTC.
	At time.Time
}

// ShipmentOutcome is what became of a shipment at the channel.
type ShipmentOutcome string

// The outcomes.
const (
	ShipmentConfirmed ShipmentOutcome = "confirmed"
	ShipmentPending   ShipmentOutcome = "pending" // the channel works on it: see [ShipmentFollower]
	ShipmentRejected  ShipmentOutcome = "rejected"
)

// ShipmentResult is the channel's answer to one shipment, cancellation or delivery.
type ShipmentResult struct {
	Outcome ShipmentOutcome
	// ID is the channel's own id of the fulfilment, as far as it has one.
	ID string
	// Already says that the channel had it all before this call.
	Already bool
	// Ticket names what is pending at the channel.
	Ticket string
	// Err says why it was rejected, an [*Error]: with [CodeNotFound] and the Path "order", "line" or "location" for what
	// the channel does not have, with [CodeConflict] where the channel has something else shipped, cancelled or returned
	// than fits, with [CodeInvalid] for another refusal, with [CodeUnavailable] for what may work later.
	Err error
}
