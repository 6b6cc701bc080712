package marketplacetest

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/marketplace"
)

// ShipmentHooks drive the shop's side of shipments, deliveries and cancellations.
type ShipmentHooks struct {
	// Place places an order with one line per quantity, and returns its id and its lines with the quantities ordered, in
	// order. The first two lines are of one SKU unless the shop joins such lines.
	Place func(t *testing.T, quantities ...int) (id string, lines []marketplace.ShipmentLine)
	// Shows returns the fulfilments of an order that stand now, in any order.
	Shows func(t *testing.T, order string) []ShownShipment
	// Location is a place of the shop that it ships from; empty leaves it to the shop. Elsewhere is one that it does not have;
	// empty for shops with one place.
	Location, Elsewhere string
	// Carrier is a word for a carrier that the shop takes.
	Carrier string
	// ByHand has a person ship units in the shop. It may be nil.
	ByHand func(t *testing.T, order string, lines []marketplace.ShipmentLine)
	// Cancel has a person cancel an order in the shop. It may be nil.
	Cancel func(t *testing.T, order string)
	// Cancelled returns the units of an order that are cancelled, by line, without those of which none are. It may be nil,
	// which leaves out the tests of cancellations.
	Cancelled func(t *testing.T, order string) map[string]string
	// WholeOnly says that the shop cancels whole orders only.
	WholeOnly bool
}

// ShownShipment is a fulfilment as the shop shows it.
type ShownShipment struct {
	// Lines are the units by line.
	Lines map[string]string
	// Tracking are the tracking numbers, sorted.
	Tracking  []string
	Delivered bool
}

// references makes names that no other test run uses.
var references atomic.Int64

func newReference() string {
	return fmt.Sprintf("test-%d-%d", time.Now().UnixNano(), references.Add(1))
}

func (s Shop) shipments(t *testing.T) marketplace.ShipmentPublisher {
	t.Helper()
	publisher, ok := s.Adapter.(marketplace.ShipmentPublisher)
	if !ok {
		t.Skip("the adapter does not publish shipments")
	}
	if s.Shipments == nil {
		t.Skip("the harness has no Shipments")
	}
	return publisher
}

// place places an order.
func (s Shop) place(t *testing.T, quantities ...int) (string, []marketplace.ShipmentLine) {
	t.Helper()
	id, lines := s.Shipments.Place(t, quantities...)
	if len(lines) != len(quantities) {
		t.Fatalf("Place%v returned %d lines", quantities, len(lines))
	}
	return id, lines
}

// shipment is one of units of the lines, by position.
func (s Shop) shipment(order string, lines []marketplace.ShipmentLine, quantities map[int]int, tracking ...string) marketplace.Shipment {
	shipment := marketplace.Shipment{
		OrderID: order, Reference: newReference(), Name: "WH/OUT/00042", Location: s.Shipments.Location, Carrier: s.Shipments.Carrier,
		ShippedAt: time.Now().UTC().Truncate(time.Second),
	}
	for i, line := range lines {
		if quantities[i] > 0 {
			line.Quantity = units(quantities[i])
			shipment.Lines = append(shipment.Lines, line)
		}
	}
	shipment.Packages = packagesOf(tracking...)
	return shipment
}

func packagesOf(tracking ...string) []marketplace.Package {
	var parcels []marketplace.Package
	for _, number := range tracking {
		parcels = append(parcels, marketplace.Package{TrackingNumber: number, TrackingURL: "https://track.example.com/" + number})
	}
	return parcels
}

// ship publishes a shipment and follows it to its end if it is pending.
func ship(t *testing.T, publisher marketplace.ShipmentPublisher, shipment marketplace.Shipment) marketplace.ShipmentResult {
	t.Helper()
	result, err := publisher.PublishShipment(context.Background(), shipment)
	if err != nil {
		t.Fatal(err)
	}
	return settled(t, publisher, result)
}

// settled follows a pending result to its end.
func settled(t *testing.T, adapter marketplace.Adapter, result marketplace.ShipmentResult) marketplace.ShipmentResult {
	t.Helper()
	for round := 0; result.Outcome == marketplace.ShipmentPending; round++ {
		follower, ok := adapter.(marketplace.ShipmentFollower)
		if !ok || result.Ticket == "" || round > 1000 {
			t.Fatalf("it stays pending (ticket %q)", result.Ticket)
		}
		followed, err := follower.FollowShipments(context.Background(), []string{result.Ticket})
		if err != nil || len(followed) != 1 {
			t.Fatalf("following: %d results, %v", len(followed), err)
		}
		ticket := result.Ticket
		if result = followed[0]; result.Ticket == "" {
			result.Ticket = ticket
		}
	}
	if rejected := result.Outcome == marketplace.ShipmentRejected; rejected != (result.Err != nil) {
		t.Errorf("%s with the error %v", result.Outcome, result.Err)
	}
	return result
}

func confirmed(t *testing.T, what string, result marketplace.ShipmentResult, already bool) {
	t.Helper()
	switch {
	case result.Outcome != marketplace.ShipmentConfirmed:
		t.Errorf("%s: %s, %v", what, result.Outcome, result.Err)
	case result.Already != already:
		t.Errorf("%s: Already is %t, want %t", what, result.Already, already)
	}
}

// showsShipments compares what the shop shows, whatever its order.
func (s Shop) showsShipments(t *testing.T, order string, want ...ShownShipment) {
	t.Helper()
	got := s.Shipments.Shows(t, order)
	for _, list := range [][]ShownShipment{got, want} {
		for i := range list {
			sort.Strings(list[i].Tracking)
			if len(list[i].Tracking) == 0 {
				list[i].Tracking = nil
			}
		}
		slices.SortFunc(list, func(a, b ShownShipment) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the shop's fulfilments (-want +got):\n%s", diff)
	}
}

func shown(shipment marketplace.Shipment) ShownShipment {
	s := ShownShipment{Lines: map[string]string{}}
	for _, line := range shipment.Lines {
		s.Lines[line.LineID] = line.Quantity.String()
	}
	for _, parcel := range shipment.Packages {
		s.Tracking = append(s.Tracking, parcel.TrackingNumber)
	}
	return s
}

// An order leaves in parts, the second in two parcels; each is one fulfilment with its own lines and numbers. A repeat
// writes nothing.
func testShipment(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	publisher := shop.shipments(t)
	order, lines := shop.place(t, 3, 2)
	first := shop.shipment(order, lines, map[int]int{0: 2}, "NR-1")
	second := shop.shipment(order, lines, map[int]int{0: 1, 1: 2}, "NR-2", "NR-3")
	result := ship(t, publisher, first)
	confirmed(t, "a part", result, false)
	shop.showsShipments(t, order, shown(first))
	other := ship(t, publisher, second)
	confirmed(t, "the rest", other, false)
	shop.showsShipments(t, order, shown(first), shown(second))
	if result.ID != "" && result.ID == other.ID {
		t.Errorf("both shipments have the id %q", result.ID)
	}
	writes := wire.CountWrites()
	for _, again := range []struct {
		marketplace.Shipment
		id string
	}{{first, result.ID}, {second, other.ID}} {
		repeated := ship(t, publisher, again.Shipment)
		confirmed(t, "a repeat", repeated, true)
		if repeated.ID != again.id {
			t.Errorf("a repeat has the id %q, want %q", repeated.ID, again.id)
		}
	}
	if n := writes(); n != 0 {
		t.Errorf("a repeat wrote %d times", n)
	}
	wire.Set(nil)
	shop.showsShipments(t, order, shown(first), shown(second))
}

// Of two lines of one SKU the one is shipped that was named.
func testShipmentTwins(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	publisher := shop.shipments(t)
	order, lines := shop.place(t, 2, 2)
	second := shop.shipment(order, lines, map[int]int{1: 2}, "NR-1")
	confirmed(t, "the second line", ship(t, publisher, second), false)
	first := shop.shipment(order, lines, map[int]int{0: 1}, "NR-2")
	confirmed(t, "the first line", ship(t, publisher, first), false)
	shop.showsShipments(t, order, shown(first), shown(second))
}

// Tracking that comes later joins its fulfilment; another one stays as it is.
func testShipmentLateTracking(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	publisher := shop.shipments(t)
	order, lines := shop.place(t, 2, 1)
	late := shop.shipment(order, lines, map[int]int{0: 1})
	if result := ship(t, publisher, late); result.Outcome != marketplace.ShipmentConfirmed {
		t.Fatalf("without tracking: %s, %v", result.Outcome, result.Err)
	}
	other := shop.shipment(order, lines, map[int]int{0: 1, 1: 1}, "NR-1")
	confirmed(t, "another one", ship(t, publisher, other), false)
	late.Packages = packagesOf("NR-2", "NR-3")
	confirmed(t, "late tracking", ship(t, publisher, late), false)
	confirmed(t, "a repeat", ship(t, publisher, late), true)
	shop.showsShipments(t, order, shown(late), shown(other))
}

// However often a reply is lost, a repeat makes no second fulfilment.
func testShipmentLost(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	publisher := shop.shipments(t)
	order, lines := shop.place(t, 2, 1)
	shipment := shop.shipment(order, lines, map[int]int{0: 1, 1: 1}, "NR-1")
	writes := wire.LoseReplies()
	for range 4 {
		result, err := publisher.PublishShipment(context.Background(), shipment)
		if err != nil {
			expect(t, "a shipment whose reply is lost", h, wire, err, marketplace.CodeUnknown, marketplace.CodeUnavailable)
		} else if result.Outcome == marketplace.ShipmentRejected {
			t.Errorf("a shipment whose reply is lost is rejected: %v", result.Err)
		}
	}
	if writes() == 0 {
		t.Error("nothing was written")
	}
	wire.Set(nil)
	if result := ship(t, publisher, shipment); result.Outcome != marketplace.ShipmentConfirmed {
		t.Errorf("a repeat: %s, %v", result.Outcome, result.Err)
	}
	shop.showsShipments(t, order, shown(shipment))
}

// A look that failed has found nothing out: whoever takes it for "there is none" ships the same units once more.
func testShipmentLookFails(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	publisher := shop.shipments(t)
	order, lines := shop.place(t, 4, 1)
	shipment := shop.shipment(order, lines, map[int]int{0: 1}, "NR-1") // so that the units would do for another
	confirmed(t, "a shipment", ship(t, publisher, shipment), false)
	wire.RefuseReads()
	if _, err := publisher.PublishShipment(context.Background(), shipment); err != nil {
		expect(t, "a shipment that cannot be looked for", h, wire, err, marketplace.CodeUnavailable, marketplace.CodeUnknown)
	}
	wire.Set(nil)
	shop.showsShipments(t, order, shown(shipment))
	confirmed(t, "a repeat", ship(t, publisher, shipment), true)
	shop.showsShipments(t, order, shown(shipment))
}

// What a person shipped in the shop meanwhile counts as shipped, after a look.
func testShipmentByHand(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	publisher := shop.shipments(t)
	if shop.Shipments.ByHand == nil {
		t.Skip("the harness has no Shipments.ByHand")
	}
	order, lines := shop.place(t, 2, 1)
	shipment := shop.shipment(order, lines, map[int]int{0: 2, 1: 1})
	shop.Shipments.ByHand(t, order, shipment.Lines)
	before := len(shop.Shipments.Shows(t, order))
	if result := ship(t, publisher, shipment); result.Outcome != marketplace.ShipmentConfirmed {
		t.Errorf("%s, %v", result.Outcome, result.Err)
	}
	if after := len(shop.Shipments.Shows(t, order)); after != before {
		t.Errorf("%d fulfilments after %d", after, before)
	}
}

// What cannot be is refused with the reason, and leaves nothing behind.
func testShipmentRefused(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	publisher := shop.shipments(t)
	order, lines := shop.place(t, 2, 1)
	good := shop.shipment(order, lines, map[int]int{0: 1}, "NR-1")
	refused := func(what string, change func(*marketplace.Shipment), path string, codes ...marketplace.Code) {
		t.Helper()
		shipment := good
		shipment.Lines, shipment.Reference = slices.Clone(good.Lines), newReference()
		change(&shipment)
		result := ship(t, publisher, shipment)
		if result.Outcome != marketplace.ShipmentRejected {
			t.Errorf("%s: %s", what, result.Outcome)
			return
		}
		if failure := expect(t, what, h, wire, result.Err, codes...); failure != nil && path != "" && failure.Path != path {
			t.Errorf("%s: the path is %q, want %q", what, failure.Path, path)
		}
	}
	refused("an unknown order", func(s *marketplace.Shipment) { s.OrderID = "999999999" }, "order", marketplace.CodeNotFound)
	refused("an unknown line", func(s *marketplace.Shipment) { s.Lines[0].LineID = "999999999" }, "line", marketplace.CodeNotFound)
	refused("too many units", func(s *marketplace.Shipment) { s.Lines[0].Quantity = units(5) }, "", marketplace.CodeConflict, marketplace.CodeInvalid)
	if shop.Shipments.Elsewhere != "" {
		refused("an unknown location", func(s *marketplace.Shipment) { s.Location = shop.Shipments.Elsewhere }, "location", marketplace.CodeNotFound)
	}
	shop.showsShipments(t, order)
	confirmed(t, "a good one after those", ship(t, publisher, good), false)
	refused("more than is left", func(s *marketplace.Shipment) { s.Lines[0].Quantity = units(2) }, "", marketplace.CodeConflict, marketplace.CodeInvalid)
	shop.showsShipments(t, order, shown(good))
	if shop.Shipments.Cancel == nil {
		return
	}
	gone, lines := shop.place(t, 1, 1)
	shop.Shipments.Cancel(t, gone)
	good = shop.shipment(gone, lines, map[int]int{0: 1}, "NR-2")
	refused("a cancelled order", func(*marketplace.Shipment) {}, "", marketplace.CodeConflict)
	shop.showsShipments(t, gone)
}

// Shipments of different orders may be published at the same time.
func testShipmentsConcurrent(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	publisher := shop.shipments(t)
	const orders = 3
	var shipments [orders]marketplace.Shipment
	for i := range shipments {
		order, lines := shop.place(t, 2, 1)
		shipments[i] = shop.shipment(order, lines, map[int]int{0: i%2 + 1, 1: 1}, fmt.Sprintf("NR-%d", i))
	}
	var group sync.WaitGroup
	var results [orders]marketplace.ShipmentResult
	var failures [orders]error
	for i := range shipments {
		group.Go(func() { results[i], failures[i] = publisher.PublishShipment(context.Background(), shipments[i]) })
	}
	group.Wait()
	for i, shipment := range shipments {
		if failures[i] != nil {
			t.Error(failures[i])
			continue
		}
		confirmed(t, shipment.OrderID, settled(t, publisher, results[i]), false)
		shop.showsShipments(t, shipment.OrderID, shown(shipment))
	}
}

// A shipment arrives once.
func testDelivery(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	publisher := shop.shipments(t)
	teller, ok := shop.Adapter.(marketplace.DeliveryPublisher)
	if !ok {
		t.Skip("the adapter does not publish deliveries")
	}
	order, lines := shop.place(t, 2, 1)
	first := shop.shipment(order, lines, map[int]int{0: 1}, "NR-1")
	second := shop.shipment(order, lines, map[int]int{0: 1, 1: 1}, "NR-2")
	ship(t, publisher, first)
	result := ship(t, publisher, second)
	deliver := func(delivery marketplace.Delivery) marketplace.ShipmentResult {
		t.Helper()
		delivered, err := teller.PublishDelivery(context.Background(), delivery)
		if err != nil {
			t.Fatal(err)
		}
		return settled(t, shop.Adapter, delivered)
	}
	delivery := marketplace.Delivery{OrderID: order, Reference: second.Reference, ID: result.ID, At: time.Now().UTC().Truncate(time.Second)}
	confirmed(t, "arrived", deliver(delivery), false)
	arrived := shown(second)
	arrived.Delivered = true
	shop.showsShipments(t, order, shown(first), arrived)
	confirmed(t, "a repeat", deliver(delivery), true)
	confirmed(t, "a repeat of the shipment", ship(t, publisher, second), true)
	delivery.Reference, delivery.ID = newReference(), ""
	unknown := deliver(delivery)
	if unknown.Outcome != marketplace.ShipmentRejected {
		t.Errorf("an unknown shipment: %s", unknown.Outcome)
	} else {
		expect(t, "an unknown shipment", h, wire, unknown.Err, marketplace.CodeNotFound)
	}
	shop.showsShipments(t, order, shown(first), arrived)
}
