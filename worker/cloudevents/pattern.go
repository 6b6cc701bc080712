package cloudevents

import (
	"fmt"
	"slices"
	"strings"

	"github.com/retailsync/retailsync/canonical"
)

// pattern is a name, or the beginning of names.
type pattern struct {
	text string
	open bool // text is a beginning: it is empty, or ends with the separator
}

// parsePattern reads "*", "return.*" or "return.received", for the separator '.'. A star stands for all the rest and nothing else.
func parsePattern(text string, separator byte) (pattern, error) {
	begin, open := strings.CutSuffix(text, "*")
	switch {
	case text == "", strings.ContainsRune(begin, '*'), open && begin != "" && begin[len(begin)-1] != separator,
		!open && !strings.Contains(text, string(separator)), begin == string(separator),
		strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return pattern{}, fmt.Errorf("hold %q, which is no pattern: write a name such as %q, the beginning of names as %q, or \"*\"", text,
			"a"+string(separator)+"b", "a"+string(separator)+"*")
	}
	return pattern{text: begin, open: open}, nil
}

func (p pattern) fits(name string) bool {
	return p.text == name || p.open && strings.HasPrefix(name, p.text)
}

func (p pattern) fitsAny(names []canonical.EventType) bool {
	return slices.ContainsFunc(names, func(name canonical.EventType) bool { return p.fits(string(name)) })
}

// anyFits says whether one of the patterns fits; without any, all names do.
func anyFits(patterns []pattern, name string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p pattern) bool { return p.fits(name) })
}

// types are all that can be sent. A filter for another is a slip of the pen, which would otherwise show only by what never comes.
var types = []canonical.EventType{
	canonical.EventStockPublished, canonical.EventStockLowered, canonical.EventShipmentPublished, canonical.EventShipmentDelivered, canonical.EventCancellationPublished,
	canonical.EventPricePublished, canonical.EventListingPublished,
	canonical.EventReturnRequested, canonical.EventReturnApproved, canonical.EventReturnDeclined, canonical.EventReturnOpened,
	canonical.EventReturnReceived, canonical.EventReturnInspected, canonical.EventReturnExchanged, canonical.EventReturnCredited,
	canonical.EventReturnRefunded, canonical.EventReturnCharged, canonical.EventReturnReported, canonical.EventReturnWaiting, canonical.EventReturnFailed, canonical.EventReturnClosed,
	canonical.EventSettlementBooked, canonical.EventSettlementPaidOut, canonical.EventSettlementAtBank, canonical.EventSettlementReturned,
	canonical.EventSettlementExcepted, canonical.EventSettlementFailed,
	canonical.EventOrderCreated, canonical.EventOrderUpdated, canonical.EventOrderConfirmed, canonical.EventOrderDelivered, canonical.EventOrderCancelled,
	canonical.EventOrderPaid, canonical.EventOrderPaymentMatched, canonical.EventOrderHeld, canonical.EventOrderFailed, canonical.EventOrderAcknowledged,
	canonical.EventCustomerCreated, canonical.EventCustomerUpdated,
}
