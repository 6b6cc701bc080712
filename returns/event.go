package returns

import (
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// Event is something that happened to a return: one of the types of this file. Quantities are in all, not on top of former
// ones, so an event may be repeated and may come late.
type Event interface{ event() EventKind }

// EventKind names an event.
type EventKind string

// Stated is the platform's whole word for the return. An older one than the case has seen changes nothing. The return must be
// valid and in the view that is posted: amounts are read from the side whose currency is that of [Facts].
type Stated struct{ Return canonical.Return }

// Approved lets the return happen; without lines as requested. FromPerson may approve what was refused; never more than was
// shipped and has not come back otherwise.
type Approved struct {
	Lines []DecidedLine
	By    Source
}

// Declined refuses the return. After goods have arrived it is a contradiction that changes nothing.
type Declined struct {
	By Source
	// Reason is the platform's word.
	Reason string
}

// Expired ends a return of which nothing ever arrived.
type Expired struct{}

// Cancelled ends a return that the buyer withdrew before anything arrived.
type Cancelled struct{}

// Kept lets the buyer keep the goods of a line.
type Kept struct{ Line string }

// LabelIssued says that the buyer has a label.
type LabelIssued struct{}

// InTransit says that the carrier has the goods.
type InTransit struct{}

// Arrived says that the carrier has delivered them.
type Arrived struct{}

// Received says how many units of a line have arrived in all.
type Received struct {
	Line string
	Qty  decimal.Decimal
	// Lots are the lots of the units, in all, as far as they were read.
	Lots []LotUnits
	// Last: no more is expected; what has not arrived is missing.
	Last bool
	By   Source
}

// Inspected says what was found in the units of a line, in all.
type Inspected struct {
	Line  string
	Found []canonical.ReceivedUnits
	By    Source
}

// Resolved says what the buyer gets for a line. A person's word wins over the platform's; after money or goods have left for
// it, it changes nothing and is a [*Refusal].
type Resolved struct {
	Line       string
	Resolution canonical.Resolution
	By         Source
}

// Done says that an effect has been carried out. For a refund or charge this means that it was asked for: [MoneyMoved] says how
// it went; for store credit, gift cards, what a person pays and what the channel moves it is the end.
type Done struct {
	Effect string
	// Reference is what was made: a record in Odoo, a provider's id.
	Reference string
}

// Failed says that an effect did not succeed. One that may be tried again stays wanted; one that failed for good asks a person.
type Failed struct {
	Effect string
	// Final: trying again would not help.
	Final bool
	// Why is for people: no secret, no personal data.
	Why string
}

// MoneyMoved says how far a leg is.
type MoneyMoved struct {
	Leg       string
	Status    MoneyStatus
	Reference string
	// Why is why it failed, or what is in doubt: for people, no secret, no personal data.
	Why string
	// Link is where the buyer pays a charge that is submitted, Until until when, and Paid what came in for one that succeeded.
	Link  string
	Until time.Time
	Paid  canonical.Payment
	// Doubt says that a person must find out whether the money of a submitted leg moved: a [TopicDoubt] question. What is told of the
	// leg next, without it, ends the doubt.
	Doubt bool
}

// ExchangeShipped says that exchanged goods have left: the id of the exchange line, or of the line of the return that is
// exchanged for the same.
type ExchangeShipped struct{ ID string }

// Decided is a person's answer to a [Question].
type Decided struct {
	Question string
	Answer   Answer
	Percent  decimal.Decimal
}

// Looked changes nothing by itself: the case looks again at facts and rules.
type Looked struct{}

func (Stated) event() EventKind          { return "stated" }
func (Approved) event() EventKind        { return "approved" }
func (Declined) event() EventKind        { return "declined" }
func (Expired) event() EventKind         { return "expired" }
func (Cancelled) event() EventKind       { return "cancelled" }
func (Kept) event() EventKind            { return "kept" }
func (LabelIssued) event() EventKind     { return "label_issued" }
func (InTransit) event() EventKind       { return "in_transit" }
func (Arrived) event() EventKind         { return "arrived" }
func (Received) event() EventKind        { return "received" }
func (Inspected) event() EventKind       { return "inspected" }
func (Resolved) event() EventKind        { return "resolved" }
func (Done) event() EventKind            { return "done" }
func (Failed) event() EventKind          { return "failed" }
func (MoneyMoved) event() EventKind      { return "money_moved" }
func (ExchangeShipped) event() EventKind { return "exchange_shipped" }
func (Decided) event() EventKind         { return "decided" }
func (Looked) event() EventKind          { return "looked" }

// KindOf names an event.
func KindOf(e Event) EventKind { return e.event() }
