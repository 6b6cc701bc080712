package canonical

import (
	"encoding/json"
	"time"
)

// Event is one entry of the journal: one effect that a flow had, or one fact that it saw.
// It is what audit trails, customer-service timelines and business metrics are made of.
type Event struct {
	// ID is deterministic: the same effect on the same revision has the same ID, so that a
	// journal can drop repeats.
	ID   string    `json:"id"`
	Type EventType `json:"type"`
	// At is when the flow saw it, UTC.
	At time.Time `json:"at"`
	// Subject is the object of the channel that it concerns.
	Subject Key `json:"subject"`
	// Order is the channel's order that the subject belongs to; zero if the subject is an order or belongs to none.
	Order Key `json:"order,omitzero"`
	// Actor is who or what did it: the service, or the person that it acted for, by an id and not by name.
	Actor string `json:"actor,omitempty"`
	// Record is the Odoo record that was touched, as "model,id" ("sale.order,42"); empty if none.
	Record string `json:"record,omitempty"`
	// Summary is one line for a person. It holds no personal data.
	Summary string `json:"summary,omitempty"`
	// Data holds details by name; no personal data, no secrets.
	Data map[string]json.RawMessage `json:"data,omitempty"`
}

// EventType names what happened, as "subject.verb".
type EventType string

// EventJournalErased says that what earlier events said was erased on a person's request. It has no subject.
const EventJournalErased EventType = "journal.erased"

// EventStockPublished says that a channel shows a new level of a SKU. The subject's ID is "SKU" or "SKU@location".
const EventStockPublished EventType = "stock.published"

// EventStockLowered says that somebody has a channel show less than Odoo has, as a fall-back; its data say how much, of which SKUs and why.
// The levels that come of it are [EventStockPublished]. The subject's ID is the list of patterns of SKUs.
const EventStockLowered EventType = "stock.lowered"

// The events of what goes out of an order to its channel. The subject is the channel's order.
const (
	EventShipmentPublished     EventType = "shipment.published"
	EventShipmentDelivered     EventType = "shipment.delivered"
	EventCancellationPublished EventType = "cancellation.published"
)

// The events of prices and listings. The subject's ID is the SKU, of prices "SKU@list/currency".
const (
	EventPricePublished   EventType = "price.published"
	EventListingPublished EventType = "listing.published"
)

// The events of the return flow. The subject is the return, the order is set.
const (
	EventReturnRequested EventType = "return.requested"
	EventReturnApproved  EventType = "return.approved"
	EventReturnDeclined  EventType = "return.declined"
	EventReturnOpened    EventType = "return.opened"    // its picking is in Odoo
	EventReturnReceived  EventType = "return.received"  // goods have arrived
	EventReturnInspected EventType = "return.inspected" // and went to stock, quarantine or scrap
	EventReturnExchanged EventType = "return.exchanged" // the order of what goes out instead is in Odoo
	EventReturnCredited  EventType = "return.credited"  // the credit note is posted
	EventReturnRefunded  EventType = "return.refunded"  // money or credit has gone to the buyer
	EventReturnCharged   EventType = "return.charged"   // the buyer was asked for money, has paid it, or has not in time
	EventReturnReported  EventType = "return.reported"  // the platform was told
	EventReturnWaiting   EventType = "return.waiting"   // a person is asked
	EventReturnFailed    EventType = "return.failed"
	EventReturnClosed    EventType = "return.closed"
)

// The events of settlements. The subject is the settlement.
const (
	EventSettlementBooked   EventType = "settlement.booked"   // entries of it are in the clearing journal
	EventSettlementPaidOut  EventType = "settlement.paid_out" // a payout has left the clearing account
	EventSettlementAtBank   EventType = "settlement.at_bank"  // a payout is matched with the bank's statement
	EventSettlementReturned EventType = "settlement.returned" // a payout that failed is matched with what came back of it
	EventSettlementExcepted EventType = "settlement.excepted" // entries are left for a person
	EventSettlementFailed   EventType = "settlement.failed"
)

// The events of the order flow.
const (
	EventOrderCreated   EventType = "order.created"
	EventOrderUpdated   EventType = "order.updated"
	EventOrderConfirmed EventType = "order.confirmed"
	EventOrderDelivered EventType = "order.delivered" // in Odoo, because the channel has shipped it itself
	EventOrderCancelled EventType = "order.cancelled"
	EventOrderPaid      EventType = "order.paid" // what was paid for it is registered in Odoo
	// EventOrderPaymentMatched says that a registered payment has met its invoice.
	EventOrderPaymentMatched EventType = "order.payment_matched"
	EventOrderHeld           EventType = "order.held"
	EventOrderFailed         EventType = "order.failed"
	EventOrderAcknowledged   EventType = "order.acknowledged"
	EventCustomerCreated     EventType = "customer.created"
	EventCustomerUpdated     EventType = "customer.updated"
)
