package marketplace

import "context"

// CancellationPublisher tells the channel that units will not be delivered.
type CancellationPublisher interface {
	Adapter
	// PublishCancellation cancels units that have not been shipped. It looks before it acts, by
	// [Cancellation.Reference] or by the quantities that are cancelled already, so it is safe to repeat; what is
	// cancelled already is [ShipmentConfirmed] with Already set. A channel that can only cancel whole orders rejects a part
	// with [CodeInvalid] and the Path "lines". Giving back money is another matter: see package payments.
	PublishCancellation(ctx context.Context, cancellation Cancellation) (ShipmentResult, error)
}

// Cancellation is what of one order will not be delivered.
type Cancellation struct {
	// OrderID is the channel's id of the order.
	OrderID string
	// Reference is the cancellation's name for good, as [Shipment.Reference].
	Reference string
	// Whole says that nothing of the order will be delivered.
	Whole bool
	// Lines are the units cancelled, in all: a repeat with more cancels the difference. They are set for whole orders too.
	Lines []ShipmentLine
	// Reason is the channel's word for why.
	Reason string
	// Notify asks the channel to tell the customer.
	Notify bool
}
