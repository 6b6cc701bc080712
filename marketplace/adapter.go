package marketplace

import (
	"context"
	"net/http"
	"time"

	"github.com/retailsync/retailsync/canonical"
)

// Adapter is what every channel adapter implements. Its further abilities are found by type
// assertion on the capability interfaces of this package.
type Adapter interface {
	// Channel names the connected account. It is constant.
	Channel() canonical.Channel
}

// OrderLister lists orders by the time of their last change.
type OrderLister interface {
	Adapter
	// ListOrders returns one page of the orders that changed at or after the position of the
	// query, oldest change first. It may return an order again (overlap is wanted: a change
	// that was committed late would otherwise be lost) but must not lose one while rows move
	// between pages. It only reads, so it is safe to repeat.
	ListOrders(ctx context.Context, query OrderQuery) (OrderPage, error)
}

// OrderGetter fetches one order as it stands now.
type OrderGetter interface {
	Adapter
	// GetOrder returns the order with the channel's immutable id. An order that does not exist
	// is an [*Error] with [CodeNotFound].
	GetOrder(ctx context.Context, id string) (canonical.Order, error)
}

// WebhookReceiver authenticates and decodes what the channel sends.
type WebhookReceiver interface {
	Adapter
	// ReceiveWebhook verifies the signature over the raw body before it looks at it, and returns
	// what changed. A bad signature is an [*Error] with [CodeUnauthenticated]; a delivery that
	// concerns nothing we handle (a ping) returns an empty slice.
	ReceiveWebhook(ctx context.Context, header http.Header, body []byte) ([]Notice, error)
}

// OrderAcknowledger tells the channel that an order has been taken over.
type OrderAcknowledger interface {
	Adapter
	// AcknowledgeOrder is safe to repeat: acknowledging twice leaves one trace. An order that the channel no longer takes a mark on,
	// such as one that was cancelled meanwhile, is an [*Error] with [CodeConflict]: the flow reads the order again and goes by that.
	// Channels that mark cancelled orders like others mark them.
	AcknowledgeOrder(ctx context.Context, ack Acknowledgement) error
}

// OrderQuery asks for a page of orders.
type OrderQuery struct {
	// Since is where to begin when Cursor is empty; the zero time means all orders.
	Since time.Time
	// Cursor is the position that an earlier page returned; it wins over Since.
	Cursor Cursor
	// Limit is the wanted page size; 0 leaves it to the adapter. It is a wish.
	Limit int
}

// Cursor is a position in a channel's stream of changes. Only the adapter that made it can
// read it. It can be stored as text and stays valid across restarts.
type Cursor string

// OrderPage is a part of the stream of changed orders.
type OrderPage struct {
	Orders []Fetched
	// Cursor is the position after this page; store it only when the page has been processed.
	Cursor Cursor
	// More is false when the stream is read to its present end; reading on from Cursor later
	// yields what has changed since, with the adapter's overlap.
	More bool
}

// Fetched is one order of a page: the order, or why it could not be decoded. One order that
// cannot be decoded never hides the others.
type Fetched struct {
	Key   canonical.Key
	Order canonical.Order
	// Err is set when the order could not be decoded; Key is still set as far as it was readable.
	Err error
}

// Notice says that an object of the channel has changed. It carries no state: the flow fetches
// the present state, so notices may be lost, doubled or out of order.
type Notice struct {
	// EventID identifies the delivery's event for de-duplication; equal for repeats.
	EventID string
	Kind    NoticeKind
	Key     canonical.Key
	// At is the channel's own time of the event, zero if it does not say.
	At time.Time
}

// NoticeKind is the kind of object that changed.
type NoticeKind string

// The kinds of objects that notices are about.
const (
	NoticeOrder   NoticeKind = "order"
	NoticeProduct NoticeKind = "product"
	NoticeStock   NoticeKind = "stock"
	NoticeReturn  NoticeKind = "return"
	NoticeRefund  NoticeKind = "refund"
	// Those of payment providers; the key's channel is the account with the provider.
	NoticePayment NoticeKind = "payment"
	NoticeCharge  NoticeKind = "charge" // money that a buyer was asked for
	NoticePayout  NoticeKind = "payout"
	NoticeDispute NoticeKind = "dispute"
)

// Acknowledgement is what the channel is told about an order that is now in Odoo.
type Acknowledgement struct {
	OrderID string
	// Reference is the order's name in Odoo ("S00042").
	Reference string
}

// Capabilities says what an adapter can do.
type Capabilities struct {
	ListOrders, GetOrder, Webhooks, Acknowledge bool
	PublishStock, ReadStock, ListStock          bool
	FollowStock                                 bool
	PublishShipments, FollowShipments           bool
	PublishDeliveries, PublishCancellations     bool
	PublishPrices, ReadPrices, FollowPrices     bool
	PublishListings, ListListings               bool
}

// CapabilitiesOf derives the capabilities from the interfaces that the adapter implements.
func CapabilitiesOf(adapter Adapter) Capabilities {
	var c Capabilities
	_, c.ListOrders = adapter.(OrderLister)
	_, c.GetOrder = adapter.(OrderGetter)
	_, c.Webhooks = adapter.(WebhookReceiver)
	_, c.Acknowledge = adapter.(OrderAcknowledger)
	_, c.PublishStock = adapter.(StockPublisher)
	_, c.ReadStock = adapter.(StockReader)
	_, c.ListStock = adapter.(StockLister)
	_, c.FollowStock = adapter.(StockFollower)
	_, c.PublishShipments = adapter.(ShipmentPublisher)
	_, c.FollowShipments = adapter.(ShipmentFollower)
	_, c.PublishDeliveries = adapter.(DeliveryPublisher)
	_, c.PublishCancellations = adapter.(CancellationPublisher)
	_, c.PublishPrices = adapter.(PricePublisher)
	_, c.ReadPrices = adapter.(PriceReader)
	_, c.FollowPrices = adapter.(PriceFollower)
	_, c.PublishListings = adapter.(ListingPublisher)
	_, c.ListListings = adapter.(ListingLister)
	return c
}
