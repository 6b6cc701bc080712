package marketplacetest

import (
	"net/http"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/faultline"
	"github.com/retailsync/retailsync/marketplace"
)

// Harness connects the suite with one adapter.
type Harness struct {
	// Open starts a shop for one test, or opens a shared one, and returns the adapter on it. All requests
	// of the adapter go through transport, and its back-off should be short. What is to be cleaned up is
	// registered with t.Cleanup. It is called from several tests at once.
	Open func(t *testing.T, transport http.RoundTripper) Shop
	// Secrets are texts that must not appear in any error, besides those that the suite sees in the
	// requests.
	Secrets []string
	// Orders is how many orders the larger tests create; 23 if zero. Make it small for a real shop, but
	// not below 3.
	Orders int
	// Since is where the tests begin to list on a shop that has other orders too; zero means all.
	Since time.Time
}

// Shop is an open shop. Hooks that are nil are not used.
type Shop struct {
	Adapter marketplace.Adapter
	// Seed creates n valid orders and returns their ids, the oldest change first.
	Seed func(t *testing.T, n int) []string
	// Touch changes an order so that it moves to the end of the stream of changes.
	Touch func(t *testing.T, id string)
	// Corrupt makes an order undecodable.
	Corrupt func(t *testing.T, id string)
	// Shows returns an order as the shop itself has it: what the adapter must read, whatever adds up.
	Shows func(t *testing.T, id string) ShownOrder
	// Deliver returns a new signed webhook delivery about an order.
	Deliver func(t *testing.T, id string) (http.Header, []byte)
	// Ping returns a delivery that concerns nothing.
	Ping func(t *testing.T) (http.Header, []byte)
	// SignatureHeader names the header of a delivery that holds the signature.
	SignatureHeader string
	// Traces counts the traces that acknowledgements have left on an order.
	Traces func(t *testing.T, id string) int
	// MayBeInvalid tells for which orders Validate may fail; nil means none.
	MayBeInvalid func(id string) bool
	// Stock drives the tests of stock; nil leaves them out.
	Stock *StockHooks
	// Shipments drives the tests of shipments, deliveries and cancellations; nil leaves them out.
	Shipments *ShipmentHooks
	// Prices and Listings drive the tests of those; nil leaves them out.
	Prices   *PriceHooks
	Listings *ListingHooks
}

// ShownOrder is an order as the shop has it.
type ShownOrder struct {
	Currency canonical.Currency
	// Total is what the buyer pays, tax included, in major units.
	Total decimal.Decimal
	// Goods are the lines that sell goods, by the id that the adapter gives them.
	Goods map[string]ShownLine
}

// ShownLine is a line of an order: its quantity as ordered, without trailing zeros.
type ShownLine struct{ SKU, Quantity string }

// Run runs the suite.
func Run(t *testing.T, harness Harness) {
	t.Helper()
	if harness.Open == nil {
		t.Fatal("marketplacetest: Harness.Open is missing")
	}
	if harness.Orders == 0 {
		harness.Orders = 23
	}
	for _, test := range []struct {
		name string
		run  func(*testing.T, Harness)
	}{
		{"Channel", testChannel},
		{"List", testList},
		{"ListWhileRowsMove", testListWhileRowsMove},
		{"ListAgainFindsChanges", testListAgain},
		{"ListSince", testListSince},
		{"ListRefusesForeignCursor", testForeignCursor},
		{"ListIsolatesBadOrders", testBadOrder},
		{"Get", testGet},
		{"OrdersSayWhatTheShopSays", testContent},
		{"GetNotFound", testNotFound},
		{"Acknowledge", testAcknowledge},
		{"AcknowledgeIsNotRepeatedBlindly", testAcknowledgeLost},
		{"AcknowledgeNeedsItsLook", testAcknowledgeLookFails},
		{"AcknowledgeOfACancelledOrder", testAcknowledgeCancelled},
		{"Webhook", testWebhook},
		{"WebhookRefuses", testWebhookRefuses},
		{"Stock", testStock},
		{"StockIsolatesBadLevels", testStockIsolates},
		{"StockConflict", testStockConflict},
		{"StockSold", testStockSold},
		{"StockIsNotLostWithAReply", testStockLost},
		{"StockIsListed", testListStock},
		{"StockOddQuantities", testStockOddQuantities},
		{"Shipment", testShipment},
		{"ShipmentOfTwins", testShipmentTwins},
		{"ShipmentLateTracking", testShipmentLateTracking},
		{"ShipmentIsNotDoubledByALostReply", testShipmentLost},
		{"ShipmentNeedsItsLook", testShipmentLookFails},
		{"ShipmentByHand", testShipmentByHand},
		{"ShipmentRefused", testShipmentRefused},
		{"ShipmentsOfDifferentOrders", testShipmentsConcurrent},
		{"Delivery", testDelivery},
		{"CancelWhole", testCancelWhole},
		{"CancelPart", testCancelPart},
		{"CancelNeedsItsLook", testCancelLookFails},
		{"CancelRefused", testCancelRefused},
		{"Prices", testPrices},
		{"PricesOnSale", testSalePrices},
		{"PricesIsolateBadOnes", testPricesIsolate},
		{"PricesAreNotLostWithAReply", testPricesLost},
		{"Listings", testListings},
		{"ListingsIsolateBadOnes", testListingsIsolate},
		{"ListingsAreNotLostWithAReply", testListingsLost},
		{"ListingsAreListed", testListListings},
		{"Failures", testFailures},
		{"Cancellation", testCancellation},
		{"Concurrency", testConcurrency},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, harness)
		})
	}
}

// open opens a shop through a wire that the test can disturb.
func (h Harness) open(t *testing.T) (Shop, *faultline.Line) {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	wire := faultline.New(transport)
	shop := h.Open(t, wire)
	if shop.Adapter == nil {
		t.Fatal("marketplacetest: Shop.Adapter is missing")
	}
	return shop, wire
}

// seed creates orders, or skips.
func (s Shop) seed(t *testing.T, n int) []string {
	t.Helper()
	if s.Seed == nil {
		t.Skip("the harness has no Seed")
	}
	ids := s.Seed(t, n)
	if len(ids) != n {
		t.Fatalf("Seed(%d) returned %d ids", n, len(ids))
	}
	return ids
}

func (s Shop) lister(t *testing.T) marketplace.OrderLister {
	t.Helper()
	lister, ok := s.Adapter.(marketplace.OrderLister)
	if !ok {
		t.Skip("the adapter does not list orders")
	}
	return lister
}

func (s Shop) getter(t *testing.T) marketplace.OrderGetter {
	t.Helper()
	getter, ok := s.Adapter.(marketplace.OrderGetter)
	if !ok {
		t.Skip("the adapter does not get orders")
	}
	return getter
}

func (s Shop) receiver(t *testing.T) marketplace.WebhookReceiver {
	t.Helper()
	receiver, ok := s.Adapter.(marketplace.WebhookReceiver)
	if !ok {
		t.Skip("the adapter does not receive webhooks")
	}
	return receiver
}

func (s Shop) acknowledger(t *testing.T) marketplace.OrderAcknowledger {
	t.Helper()
	acknowledger, ok := s.Adapter.(marketplace.OrderAcknowledger)
	if !ok {
		t.Skip("the adapter does not acknowledge orders")
	}
	return acknowledger
}
