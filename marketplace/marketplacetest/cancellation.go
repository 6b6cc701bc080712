package marketplacetest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/marketplace"
)

func (s Shop) canceller(t *testing.T) marketplace.CancellationPublisher {
	t.Helper()
	canceller, ok := s.Adapter.(marketplace.CancellationPublisher)
	if !ok {
		t.Skip("the adapter does not publish cancellations")
	}
	if s.Shipments == nil || s.Shipments.Cancelled == nil {
		t.Skip("the harness has no Shipments.Cancelled")
	}
	return canceller
}

// cancellation is one of units of the lines, by position.
func cancellation(order string, lines []marketplace.ShipmentLine, quantities map[int]int) marketplace.Cancellation {
	c := marketplace.Cancellation{OrderID: order, Reference: newReference(), Whole: true, Reason: "out_of_stock"}
	for i, line := range lines {
		if !line.Quantity.Equal(units(quantities[i])) {
			c.Whole = false
		}
		if quantities[i] > 0 {
			line.Quantity = units(quantities[i])
			c.Lines = append(c.Lines, line)
		}
	}
	return c
}

func cancel(t *testing.T, canceller marketplace.CancellationPublisher, c marketplace.Cancellation) marketplace.ShipmentResult {
	t.Helper()
	result, err := canceller.PublishCancellation(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return settled(t, canceller, result)
}

func (s Shop) showsCancelled(t *testing.T, order string, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, s.Shipments.Cancelled(t, order)); diff != "" {
		t.Errorf("cancelled units (-want +got):\n%s", diff)
	}
}

// A whole order is cancelled once.
func testCancelWhole(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	canceller := shop.canceller(t)
	order, lines := shop.place(t, 2, 1)
	shop.showsCancelled(t, order, map[string]string{})
	whole := cancellation(order, lines, map[int]int{0: 2, 1: 1})
	writes := wire.LoseReplies()
	if result, err := canceller.PublishCancellation(context.Background(), whole); err != nil {
		expect(t, "a cancellation whose reply is lost", h, wire, err, marketplace.CodeUnknown, marketplace.CodeUnavailable)
	} else if result.Outcome == marketplace.ShipmentRejected {
		t.Errorf("a cancellation whose reply is lost is rejected: %v", result.Err)
	}
	if writes() == 0 {
		t.Error("nothing was written")
	}
	wire.Set(nil)
	if result := cancel(t, canceller, whole); result.Outcome != marketplace.ShipmentConfirmed {
		t.Errorf("%s, %v", result.Outcome, result.Err)
	}
	all := map[string]string{lines[0].LineID: "2", lines[1].LineID: "1"}
	shop.showsCancelled(t, order, all)
	confirmed(t, "a repeat", cancel(t, canceller, whole), true)
	shop.showsCancelled(t, order, all)
}

// Units are cancelled in all: a repeat changes nothing, and one with more cancels the difference.
func testCancelPart(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	canceller := shop.canceller(t)
	order, lines := shop.place(t, 4, 2)
	part := cancellation(order, lines, map[int]int{0: 1})
	if shop.Shipments.WholeOnly {
		result := cancel(t, canceller, part)
		if failure := expect(t, "a part", h, wire, result.Err, marketplace.CodeInvalid); failure != nil && failure.Path != "lines" {
			t.Errorf("a part: the path is %q, want lines", failure.Path)
		}
		shop.showsCancelled(t, order, map[string]string{})
		return
	}
	confirmed(t, "a part", cancel(t, canceller, part), false)
	shop.showsCancelled(t, order, map[string]string{lines[0].LineID: "1"})
	confirmed(t, "a repeat", cancel(t, canceller, part), true)
	shop.showsCancelled(t, order, map[string]string{lines[0].LineID: "1"})
	more := cancellation(order, lines, map[int]int{0: 3, 1: 1})
	more.Reference = part.Reference
	wire.LoseReplies()
	for range 6 {
		result, err := canceller.PublishCancellation(context.Background(), more)
		if err != nil {
			expect(t, "a cancellation whose reply is lost", h, wire, err, marketplace.CodeUnknown, marketplace.CodeUnavailable)
		} else if result.Outcome == marketplace.ShipmentRejected {
			t.Errorf("a cancellation whose reply is lost is rejected: %v", result.Err)
		}
	}
	wire.Set(nil)
	if result := cancel(t, canceller, more); result.Outcome != marketplace.ShipmentConfirmed {
		t.Errorf("more: %s, %v", result.Outcome, result.Err)
	}
	shop.showsCancelled(t, order, map[string]string{lines[0].LineID: "3", lines[1].LineID: "1"})
	confirmed(t, "more again", cancel(t, canceller, more), true)
	shop.showsCancelled(t, order, map[string]string{lines[0].LineID: "3", lines[1].LineID: "1"})
}

// What has been shipped is not cancelled, nor what is not there.
func testCancelRefused(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	canceller, publisher := shop.canceller(t), shop.shipments(t)
	order, lines := shop.place(t, 2, 1)
	shipment := shop.shipment(order, lines, map[int]int{0: 2}, "NR-1")
	confirmed(t, "shipped", ship(t, publisher, shipment), false)
	for what, c := range map[string]marketplace.Cancellation{
		"the whole order": cancellation(order, lines, map[int]int{0: 2, 1: 1}),
		"a shipped line":  cancellation(order, lines, map[int]int{0: 1}),
	} {
		result := cancel(t, canceller, c)
		if result.Outcome != marketplace.ShipmentRejected {
			t.Errorf("%s: %s", what, result.Outcome)
			continue
		}
		expect(t, what, h, wire, result.Err, marketplace.CodeConflict, marketplace.CodeInvalid)
	}
	unknown := cancellation("999999999", lines, map[int]int{0: 2, 1: 1})
	if result := cancel(t, canceller, unknown); result.Outcome != marketplace.ShipmentRejected {
		t.Errorf("an unknown order: %s", result.Outcome)
	} else if failure := expect(t, "an unknown order", h, wire, result.Err, marketplace.CodeNotFound); failure != nil && failure.Path != "order" {
		t.Errorf("an unknown order: the path is %q", failure.Path)
	}
	shop.showsCancelled(t, order, map[string]string{})
	shop.showsShipments(t, order, shown(shipment))
}

// A look that failed has found nothing out: whoever takes it for "none are cancelled" cancels as many once more.
func testCancelLookFails(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	canceller := shop.canceller(t)
	if shop.Shipments.WholeOnly {
		t.Skip("the shop cancels whole orders only")
	}
	order, lines := shop.place(t, 4, 1)
	part := cancellation(order, lines, map[int]int{0: 1})
	confirmed(t, "a part", cancel(t, canceller, part), false)
	wire.RefuseReads()
	if _, err := canceller.PublishCancellation(context.Background(), part); err != nil {
		expect(t, "a cancellation that cannot be looked for", h, wire, err, marketplace.CodeUnavailable, marketplace.CodeUnknown)
	}
	wire.Set(nil)
	shop.showsCancelled(t, order, map[string]string{lines[0].LineID: "1"})
}
