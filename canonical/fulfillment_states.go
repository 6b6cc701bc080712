package canonical

// FulfillmentEvent is something that happened to a parcel and may move its [FulfillmentStatus].
type FulfillmentEvent string

// The events of a parcel's life.
const (
	ParcelPlanned   FulfillmentEvent = "planned"
	ParcelPacked    FulfillmentEvent = "packed"
	ParcelShipped   FulfillmentEvent = "shipped" // handed to the carrier; in transit since
	ParcelDelivered FulfillmentEvent = "delivered"
	ParcelCancelled FulfillmentEvent = "cancelled"
	ParcelLost      FulfillmentEvent = "lost"
	ParcelReturned  FulfillmentEvent = "returned" // undeliverable, back at the sender
)

// FulfillmentTransition is one row of the parcel's table.
type FulfillmentTransition struct {
	From  FulfillmentStatus // empty: no parcel is known yet
	Event FulfillmentEvent
	To    FulfillmentStatus
}

// Terminal tells whether a parcel in this status is finished: every later event leaves it as it is.
// What a buyer sends back is a return with states of its own.
func (s FulfillmentStatus) Terminal() bool {
	return s == FulfillmentDelivered || s == FulfillmentCancelled || s == FulfillmentReturned
}

// FulfillmentTransitions returns the parcel's transition table, a fresh copy. [FulfillmentPlanned]
// covers releasing and picking, [FulfillmentShipped] the way to the buyer. A parcel of a channel's
// own warehouse begins as shipped.
func FulfillmentTransitions() []FulfillmentTransition {
	return []FulfillmentTransition{
		{"", ParcelPlanned, FulfillmentPlanned},
		{"", ParcelShipped, FulfillmentShipped},

		{FulfillmentPlanned, ParcelPlanned, FulfillmentPlanned},
		{FulfillmentPlanned, ParcelPacked, FulfillmentPacked},
		{FulfillmentPlanned, ParcelShipped, FulfillmentShipped},
		{FulfillmentPlanned, ParcelCancelled, FulfillmentCancelled},

		{FulfillmentPacked, ParcelPlanned, FulfillmentPacked},
		{FulfillmentPacked, ParcelPacked, FulfillmentPacked},
		{FulfillmentPacked, ParcelShipped, FulfillmentShipped},

		{FulfillmentShipped, ParcelPlanned, FulfillmentShipped},
		{FulfillmentShipped, ParcelPacked, FulfillmentShipped},
		{FulfillmentShipped, ParcelShipped, FulfillmentShipped},
		{FulfillmentShipped, ParcelDelivered, FulfillmentDelivered},
		{FulfillmentShipped, ParcelLost, FulfillmentLost},
		{FulfillmentShipped, ParcelReturned, FulfillmentReturned},

		{FulfillmentLost, ParcelLost, FulfillmentLost},
		{FulfillmentLost, ParcelReturned, FulfillmentReturned},
	}
}

// NextFulfillment returns the status of a parcel after an event. A terminal status stays. Anything
// that [FulfillmentTransitions] has no row for is a [*TransitionError] and the returned status is
// from. It is pure and safe to repeat.
func NextFulfillment(from FulfillmentStatus, event FulfillmentEvent) (FulfillmentStatus, error) {
	refused := &TransitionError{Machine: "fulfillment", From: string(from), Event: string(event)}
	switch {
	case !event.known():
		refused.Reason, refused.WayOut = "the event is unknown", "use one of the FulfillmentEvent constants"
		return from, refused
	case from != "" && !from.known():
		refused.Reason, refused.WayOut = "the status is unknown", "map the channel's status word to one of the model"
		return from, refused
	case from.Terminal():
		return from, nil
	}
	for _, t := range FulfillmentTransitions() {
		if t.From == from && t.Event == event {
			return t.To, nil
		}
	}
	refused.Reason = "the table has no such transition"
	refused.WayOut = "record what happened before it (a packed parcel is unpacked or shipped, a delivered one was shipped)"
	return from, refused
}

func (e FulfillmentEvent) known() bool {
	switch e {
	case ParcelPlanned, ParcelPacked, ParcelShipped, ParcelDelivered, ParcelCancelled, ParcelLost, ParcelReturned:
		return true
	}
	return false
}
