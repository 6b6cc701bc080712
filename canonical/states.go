package canonical

import "fmt"

// OrderEvent is something that happened to an order and may move its [Status].
type OrderEvent string

// The events of an order's life.
const (
	OrderReceived        OrderEvent = "received"         // the channel has told of the order
	OrderHeld            OrderEvent = "held"             // fraud hold or review
	OrderAccepted        OrderEvent = "accepted"         // accepted and paid, or authorised as the policy asks
	OrderRefused         OrderEvent = "refused"          // payment failed, expired, or the channel refused the order
	OrderEdited          OrderEvent = "edited"           // lines were added or changed
	OrderPartlyCancelled OrderEvent = "partly_cancelled" // some units were cancelled
	OrderCancelled       OrderEvent = "cancelled"        // the whole order was cancelled
	OrderPartlyShipped   OrderEvent = "partly_shipped"   // some open units have left
	OrderShipped         OrderEvent = "shipped"          // all open units have left
	OrderDelivered       OrderEvent = "delivered"        // the buyer has them
	OrderSettled         OrderEvent = "settled"          // invoiced and paid, no return open
	OrderReturned        OrderEvent = "returned"         // a return was asked for or came in; see the return's own states
	OrderRefunded        OrderEvent = "refunded"         // money was given back; see the refund's own states
	OrderContradicted    OrderEvent = "contradicted"     // the channel's facts contradict each other or Odoo's
	OrderResolved        OrderEvent = "resolved"         // a person has settled a conflict
)

// Facts are what the guards of the order's transitions look at. They are read from Odoo and from
// the order; the zero value says that nothing has happened yet.
type Facts struct {
	// Paid: captured, or authorised where the policy takes that.
	Paid bool
	// ShippedAny: at least one outgoing move of the order is done.
	ShippedAny bool
	// ShippedAll: every open unit has left.
	ShippedAll bool
	// TouchedShipped: a line that an edit or a partial cancellation changes, has units in a done
	// outgoing move that the change would take away.
	TouchedShipped bool
	// Invoiced: the order is invoiced in full.
	Invoiced bool
	// ReturnsOpen: a return of the order is not finished.
	ReturnsOpen bool
	// CancelledAll: no open unit is left.
	CancelledAll bool
}

// Guard is a condition on the facts.
type Guard struct {
	// Name says the condition in words; empty means always.
	Name string
	// Holds is nil for always.
	Holds func(Facts) bool
	// WayOut says what to do when it does not hold.
	WayOut string
}

func (g Guard) holds(f Facts) bool { return g.Holds == nil || g.Holds(f) }

// Transition is one row of the order's table: on Event, from From to To if Guard holds. Of
// several rows with the same From and Event the first whose guard holds counts.
type Transition struct {
	From  Status // empty: no order is known yet
	Event OrderEvent
	To    Status
	Guard Guard
}

// Terminal tells whether an order in this status is finished: every later event leaves it as it is.
// Late refunds and returns have states of their own.
func (s Status) Terminal() bool { return s == StatusCancelled || s == StatusClosed }

// Next returns the status after an event.
//
//   - A terminal status stays, whatever the late event.
//   - [OrderContradicted] turns every other status into [StatusConflict], which only
//     [OrderResolved] ends; other events leave it as it is, since the facts are read again then.
//   - A cancellation after something has shipped is a conflict too.
//
// Anything that [Transitions] has no row for, or whose guard fails, is a [*TransitionError] and the
// returned status is from. Next is pure and safe to repeat: an event that has happened already
// changes nothing.
func Next(from Status, event OrderEvent, facts Facts) (Status, error) {
	if !event.known() {
		return from, &TransitionError{Machine: "order", From: string(from), Event: string(event),
			Reason: "the event is unknown", WayOut: "use one of the OrderEvent constants"}
	}
	if from != "" && !from.known() {
		return from, &TransitionError{Machine: "order", From: string(from), Event: string(event),
			Reason: "the status is unknown", WayOut: "map the channel's status word to one of the model"}
	}
	if from.Terminal() {
		return from, nil
	}
	var failed *Guard
	table := Transitions()
	for i := range table {
		t := &table[i]
		if t.From != from || t.Event != event {
			continue
		}
		if t.Guard.holds(facts) {
			return t.To, nil
		}
		failed = &t.Guard
	}
	if failed != nil {
		return from, &TransitionError{Machine: "order", From: string(from), Event: string(event),
			Reason: "it requires: " + failed.Name, WayOut: failed.WayOut}
	}
	return from, &TransitionError{Machine: "order", From: string(from), Event: string(event),
		Reason: "the table has no such transition",
		WayOut: "fetch the order again and apply what it says now; if it still contradicts, raise OrderContradicted"}
}

func (e OrderEvent) known() bool {
	switch e {
	case OrderReceived, OrderHeld, OrderAccepted, OrderRefused, OrderEdited, OrderPartlyCancelled, OrderCancelled,
		OrderPartlyShipped, OrderShipped, OrderDelivered, OrderSettled, OrderReturned, OrderRefunded,
		OrderContradicted, OrderResolved:
		return true
	}
	return false
}

// TransitionError reports an event that a state machine does not allow now.
type TransitionError struct {
	// Machine is "order" or "fulfillment".
	Machine string
	From    string
	Event   string
	Reason  string
	WayOut  string
}

// Error names the transition, the reason and the way out.
func (e *TransitionError) Error() string {
	from := e.From
	if from == "" {
		from = "nothing"
	}
	return fmt.Sprintf("canonical: %s: %q is not possible from %q: %s: %s", e.Machine, clip(e.Event), clip(from), e.Reason, e.WayOut)
}
