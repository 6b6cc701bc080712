package web

import (
	"strings"

	"github.com/retailsync/retailsync/canonical"
)

// titles are what people call what happened.
var titles = map[canonical.EventType]string{
	canonical.EventOrderCreated: "Order entered in Odoo", canonical.EventOrderUpdated: "Order changed", canonical.EventOrderConfirmed: "Order confirmed",
	canonical.EventOrderDelivered: "Delivery booked", canonical.EventOrderCancelled: "Order cancelled", canonical.EventOrderHeld: "Order held back",
	canonical.EventOrderFailed: "Order could not be taken", canonical.EventOrderAcknowledged: "Shop told that we have it",
	canonical.EventCustomerCreated: "Customer entered", canonical.EventCustomerUpdated: "Customer changed",
	canonical.EventShipmentPublished: "Shipment told to the shop", canonical.EventShipmentDelivered: "Parcel delivered",
	canonical.EventCancellationPublished: "Cancellation told to the shop",
	canonical.EventReturnRequested:       "Return asked for", canonical.EventReturnApproved: "Return approved", canonical.EventReturnDeclined: "Return declined",
	canonical.EventReturnOpened: "Return expected in the warehouse", canonical.EventReturnReceived: "Goods came back", canonical.EventReturnInspected: "Goods looked at",
	canonical.EventReturnExchanged: "Exchange order made", canonical.EventReturnCredited: "Credit note posted", canonical.EventReturnRefunded: "Money given back",
	canonical.EventReturnCharged:  "Payment for the dearer article",
	canonical.EventReturnReported: "Returns platform told", canonical.EventReturnWaiting: "A person is asked", canonical.EventReturnFailed: "Return is stuck",
	canonical.EventReturnClosed:     "Return closed",
	canonical.EventSettlementBooked: "Payment booked", canonical.EventSettlementPaidOut: "Paid out", canonical.EventSettlementAtBank: "Arrived at the bank",
	canonical.EventSettlementReturned: "Payout came back",
	canonical.EventSettlementExcepted: "Payment not booked", canonical.EventSettlementFailed: "Settlement failed",
}

// stages are the parts of an order's life and the events that begin them.
var stages = []struct {
	title  string
	begins []canonical.EventType
}{
	{"In Odoo", []canonical.EventType{canonical.EventOrderCreated, canonical.EventOrderConfirmed}},
	{"Shipped", []canonical.EventType{canonical.EventShipmentPublished, canonical.EventOrderDelivered}},
	{"Return asked for", []canonical.EventType{canonical.EventReturnRequested}},
	{"Goods back", []canonical.EventType{canonical.EventReturnReceived}},
	{"Refunded", []canonical.EventType{canonical.EventReturnRefunded}},
}

// story is what happened to an order, newest first, and how far it is.
func story(events []canonical.Event) ([]stage, []storyEvent) {
	all := make([]stage, len(stages))
	for i, each := range stages {
		all[i] = stage{Title: each.title, Level: unknown}
	}
	told := make([]storyEvent, 0, len(events))
	for _, event := range events {
		for i, each := range stages {
			for _, begins := range each.begins {
				if event.Type == begins && all[i].At.IsZero() {
					all[i].At, all[i].Level = event.At, good
				}
			}
		}
		kind, _, _ := strings.Cut(string(event.Type), ".")
		title := titles[event.Type]
		if title == "" {
			title = string(event.Type)
		}
		if strings.Contains(strings.ToLower(title), strings.ToLower(event.Summary)) {
			event.Summary = ""
		}
		if model, _, ok := strings.Cut(event.Record, ","); (!ok || model == "") && event.Type != canonical.EventReturnRefunded {
			event.Record = "" // a mark of ours, which tells people nothing
		}
		told = append([]storyEvent{{Event: event, Kind: kindOf(event, kind), Title: title, Level: levelOf(event.Type)}}, told...)
	}
	return all, told
}

// kindOf is the word under which customer service looks for it.
func kindOf(event canonical.Event, kind string) string {
	switch {
	case event.Type == canonical.EventReturnRefunded || event.Type == canonical.EventReturnCredited:
		return "refund"
	case kind == "customer" || kind == "cancellation":
		return "order"
	case kind == "settlement" || event.Type == canonical.EventReturnCharged:
		return "payment"
	}
	return kind
}

func levelOf(kind canonical.EventType) level {
	switch kind {
	case canonical.EventOrderFailed, canonical.EventReturnFailed, canonical.EventSettlementFailed:
		return bad
	case canonical.EventOrderHeld, canonical.EventReturnWaiting, canonical.EventSettlementExcepted, canonical.EventOrderCancelled, canonical.EventReturnDeclined:
		return look
	}
	return good
}
