package returns

import (
	"context"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
)

// Platform is what every returns platform implements: a channel whose own returns are handled, or a service for returns beside
// the channels. What it can do is found by type assertion on the interfaces of this package. Errors are [*marketplace.Error], so
// that callers know what may be done; webhooks are received by [marketplace.WebhookReceiver] and carry notices of kind
// [marketplace.NoticeReturn].
type Platform interface {
	marketplace.Adapter
}

// Lister lists returns by the time of their last change.
type Lister interface {
	Platform
	// ListReturns returns one page of the returns that changed at or after the position of the query, oldest change first. It may
	// return one again, but must not lose one while rows move between pages. It only reads, so it is safe to repeat.
	ListReturns(ctx context.Context, query Query) (Page, error)
}

// Getter fetches one return as it stands now.
type Getter interface {
	Platform
	// GetReturn returns the return with the platform's immutable id. One that does not exist is an [*marketplace.Error] with
	// [marketplace.CodeNotFound].
	GetReturn(ctx context.Context, id string) (canonical.Return, error)
}

// Decider approves and declines requests.
type Decider interface {
	Platform
	// ApproveReturn lets the buyer send the goods. Approving what is approved is a success without effect.
	ApproveReturn(ctx context.Context, decision Decision) error
	// DeclineReturn refuses the request. Declining what is declined is a success without effect.
	DeclineReturn(ctx context.Context, decision Decision) error
}

// Labeller has the platform give the buyer a label for the way back.
type Labeller interface {
	Platform
	// IssueLabel returns the label of the return, a new one if it has none: a repeat returns the same one.
	IssueLabel(ctx context.Context, request LabelRequest) (canonical.ReturnParcel, error)
}

// ReceiptReporter is told what has arrived.
type ReceiptReporter interface {
	Platform
	// ReportReceived says how many units have arrived in all. Telling the same again, or less, changes nothing.
	ReportReceived(ctx context.Context, report Receipt) error
}

// InspectionReporter is told what was found.
type InspectionReporter interface {
	Platform
	// ReportInspected says what was found in the units of each line, all units in all. Telling the same again changes nothing.
	ReportInspected(ctx context.Context, report Inspection) error
}

// Closer ends returns.
type Closer interface {
	Platform
	// CloseReturn ends the return. Closing what is closed is a success without effect.
	CloseReturn(ctx context.Context, closing Closing) error
}

// Query asks for a page of returns.
type Query struct {
	// Since is where to begin when Cursor is empty; the zero time means all returns.
	Since time.Time
	// Cursor is the position that an earlier page returned; it wins over Since.
	Cursor marketplace.Cursor
	// Limit is the wanted page size; 0 leaves it to the adapter. It is a wish.
	Limit int
}

// Page is a part of the stream of changed returns.
type Page struct {
	Returns []Fetched
	// Cursor is the position after this page; store it only when the page has been processed.
	Cursor marketplace.Cursor
	// More is false when the stream is read to its present end; reading on from Cursor later yields what has changed since.
	More bool
}

// Fetched is one return of a page: the return, or why it could not be decoded.
type Fetched struct {
	Key    canonical.Key
	Return canonical.Return
	// Err is set when the return could not be decoded; Key is still set as far as it was readable.
	Err error
}

// Decision is the answer to a request.
type Decision struct {
	ReturnID string
	// Reference is equal for repeats of the same decision and no other.
	Reference string
	// Lines are the approved quantities; none: all as requested. A platform that decides on whole returns only refuses others
	// with [marketplace.CodeInvalid].
	Lines []DecidedLine
	// Reason is why it is declined, in the platform's word by rule; Note a sentence for the buyer without personal data.
	Reason, Note string
}

// DecidedLine is a quantity of one line of the return.
type DecidedLine struct {
	ID  string
	Qty decimal.Decimal
}

// LabelRequest asks for a label.
type LabelRequest struct {
	ReturnID  string
	Reference string
	// Location is the platform's name of the place that the goods go to; empty leaves it to the platform.
	Location string
}

// Receipt is what has arrived of a return.
type Receipt struct {
	ReturnID  string
	Reference string
	// Location is the platform's name of the place of arrival; empty leaves it to the platform.
	Location string
	// Lines give the units in all, cumulative.
	Lines []DecidedLine
	// Last: no more is expected; what is missing is given up.
	Last bool
	At   time.Time
}

// Inspection is what was found in a return.
type Inspection struct {
	ReturnID  string
	Reference string
	Location  string
	Lines     []InspectedLine
	At        time.Time
}

// InspectedLine is what was found in one line: the units in all, by condition.
type InspectedLine struct {
	ID    string
	Found []canonical.ReceivedUnits
}

// Closing ends a return.
type Closing struct {
	ReturnID  string
	Reference string
}

// Capabilities says what a platform can do.
type Capabilities struct {
	ListReturns, GetReturn, Webhooks, Decide, IssueLabels, ReportReceived, ReportInspected, Close bool
}

// CapabilitiesOf derives the capabilities from the interfaces that the platform implements.
func CapabilitiesOf(platform Platform) Capabilities {
	var c Capabilities
	_, c.ListReturns = platform.(Lister)
	_, c.GetReturn = platform.(Getter)
	_, c.Webhooks = platform.(marketplace.WebhookReceiver)
	_, c.Decide = platform.(Decider)
	_, c.IssueLabels = platform.(Labeller)
	_, c.ReportReceived = platform.(ReceiptReporter)
	_, c.ReportInspected = platform.(InspectionReporter)
	_, c.Close = platform.(Closer)
	return c
}
