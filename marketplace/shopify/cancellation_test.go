package shopify_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/shopify"
)

func cancel(t *testing.T, adapter *shopify.Adapter, cancellation marketplace.Cancellation) marketplace.ShipmentResult {
	t.Helper()
	result, err := adapter.PublishCancellation(context.Background(), cancellation)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// cancellationOf holds units of lines 71 and 72 of order 7.
func cancellationOf(first, second int) marketplace.Cancellation {
	return marketplace.Cancellation{OrderID: "7", Reference: "C", Lines: shipmentOf("", first, second).Lines, Reason: "inventory"}
}

var whole = marketplace.Cancellation{OrderID: "7", Reference: "C", Whole: true, Reason: "CUSTOMER"}

func TestCancelWhole(t *testing.T) {
	t.Parallel()
	server := shippable(t)
	untilDone(t, server, func(adapter *shopify.Adapter) error {
		_, err := adapter.PublishCancellation(context.Background(), whole)
		return err
	})
	if server.Cancellations("7") != 1 {
		t.Errorf("the order was cancelled %d times", server.Cancellations("7"))
	}
	adapter := open(t, server)
	if again := cancel(t, adapter, whole); !again.Already || again.Outcome != marketplace.ShipmentConfirmed {
		t.Errorf("again: %+v", again)
	}
	order, err := adapter.GetOrder(context.Background(), "7")
	if err != nil || order.Status != canonical.StatusCancelled || order.StatusReason != "customer" {
		t.Errorf("read back: %s (%s), %v", order.Status, order.StatusReason, err)
	}
}

// Words that are none of Shopify's stand in the note.
func TestCancelReason(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{"": "other", "Inventory": "inventory", "out_of_stock": "other", strings.Repeat("é", 300): "other"} {
		server := shippable(t)
		adapter := open(t, server)
		cancellation := whole
		cancellation.Reason = given
		if result := cancel(t, adapter, cancellation); result.Outcome != marketplace.ShipmentConfirmed {
			t.Errorf("%q: %+v", given, result)
		}
		if order, err := adapter.GetOrder(context.Background(), "7"); err != nil || order.StatusReason != want {
			t.Errorf("%q: the order's reason is %q, %v", given, order.StatusReason, err)
		}
	}
}

// What Shopify does in the background is followed to its end.
func TestCancelTakesTime(t *testing.T) {
	t.Parallel()
	server := shippable(t)
	server.DelayCancel(20)
	adapter := open(t, server)
	result := cancel(t, adapter, whole)
	if result.Outcome != marketplace.ShipmentPending || result.Ticket == "" {
		t.Fatalf("got %+v", result)
	}
	ticket := result.Ticket
	for looks := 0; result.Outcome == marketplace.ShipmentPending; looks++ {
		followed, err := adapter.FollowShipments(context.Background(), []string{ticket})
		if err != nil || len(followed) != 1 || looks > 30 {
			t.Fatalf("%d results, %v", len(followed), err)
		}
		result = followed[0]
	}
	if result.Outcome != marketplace.ShipmentConfirmed {
		t.Errorf("got %+v", result)
	}
	never := shippable(t)
	never.DelayCancel(-1)
	if result := cancel(t, open(t, never), whole); !refusedWith(result, marketplace.CodeConflict, "") {
		t.Errorf("a job that ends without a cancellation: %+v", result)
	}
	for _, foreign := range []string{"", "7", "x gid://shopify/Job/1", "7 8"} {
		followed, err := adapter.FollowShipments(context.Background(), []string{foreign})
		if err != nil || !refusedWith(followed[0], marketplace.CodeInvalid, "ticket") {
			t.Errorf("ticket %q: %+v, %v", foreign, followed, err)
		}
	}
}

// Parts are removed by the units in all, killed after each call, and the order stays whole in its sums.
func TestCancelPart(t *testing.T) {
	t.Parallel()
	server := shippable(t)
	server.Fulfill("7", map[string]int{"72": 1}, "")
	for _, step := range []struct{ first, second, edits int }{{1, 0, 1}, {1, 1, 2}, {1, 1, 2}} {
		untilDone(t, server, func(adapter *shopify.Adapter) error {
			_, err := adapter.PublishCancellation(context.Background(), cancellationOf(step.first, step.second))
			return err
		})
		if edits, note := server.Edits("7"); edits != step.edits || note != "Odoo C: inventory" {
			t.Errorf("%d edits, the last with the note %q", edits, note)
		}
	}
	adapter := open(t, server)
	if again := cancel(t, adapter, cancellationOf(1, 1)); !again.Already {
		t.Errorf("again: %+v", again)
	}
	order, err := adapter.GetOrder(context.Background(), "7")
	if err != nil {
		t.Fatal(err)
	}
	if err := order.Validate(); err != nil {
		t.Error(err)
	}
	first, second := order.FindLine("71").Qty, order.FindLine("72").Qty
	if first.Cancelled.String() != "1" || second.Cancelled.String() != "1" || second.Shipped.String() != "1" || order.Totals.Grand.Shop.String() != "30" {
		t.Errorf("read back: %+v, %+v, %s", first, second, order.Totals.Grand.Shop)
	}
	// One of three is shipped and one is cancelled: another two cannot be.
	if result := cancel(t, adapter, cancellationOf(0, 3)); !refusedWith(result, marketplace.CodeConflict, "lines") {
		t.Errorf("more than there are: %+v", result)
	}
	// What was cancelled cannot be shipped.
	if result := publish(t, adapter, shipmentOf("A", 2, 0)); !refusedWith(result, marketplace.CodeConflict, "lines") {
		t.Errorf("shipping what was cancelled: %+v", result)
	}
	if result := publish(t, adapter, shipmentOf("A", 1, 1)); result.Outcome != marketplace.ShipmentConfirmed {
		t.Errorf("shipping the rest: %+v", result)
	}
}

func TestCancelRefusals(t *testing.T) {
	t.Parallel()
	server := shippable(t)
	adapter := open(t, server)
	change := func(from marketplace.Cancellation, edit func(*marketplace.Cancellation)) marketplace.Cancellation {
		edit(&from)
		return from
	}
	for name, test := range map[string]struct {
		sent marketplace.Cancellation
		code marketplace.Code
		path string
	}{
		"an unknown order":  {change(whole, func(c *marketplace.Cancellation) { c.OrderID = "8" }), marketplace.CodeNotFound, "order"},
		"no order's id":     {change(whole, func(c *marketplace.Cancellation) { c.OrderID = "x" }), marketplace.CodeNotFound, "order"},
		"parts of no order": {change(cancellationOf(1, 0), func(c *marketplace.Cancellation) { c.OrderID = "8" }), marketplace.CodeNotFound, "order"},
		"parts of no line":  {change(cancellationOf(1, 0), func(c *marketplace.Cancellation) { c.Lines[0].LineID = "79" }), marketplace.CodeNotFound, "line"},
		"no parts":          {change(cancellationOf(1, 0), func(c *marketplace.Cancellation) { c.Lines = nil }), marketplace.CodeInvalid, "lines"},
		"more than ordered": {cancellationOf(3, 0), marketplace.CodeConflict, "lines"},
		"no units at all":   {change(cancellationOf(1, 0), func(c *marketplace.Cancellation) { c.Lines[0].Quantity = units(0) }), marketplace.CodeInvalid, "quantity"},
	} {
		if result := cancel(t, adapter, test.sent); !refusedWith(result, test.code, test.path) {
			t.Errorf("%s: %+v", name, result)
		}
	}
	server.LockOrder("7")
	if result := cancel(t, adapter, cancellationOf(1, 0)); !refusedWith(result, marketplace.CodeConflict, "") {
		t.Errorf("an order that cannot be edited: %+v", result)
	}
	server.Fulfill("7", map[string]int{"71": 1}, "")
	if result := cancel(t, adapter, whole); !refusedWith(result, marketplace.CodeConflict, "") || !strings.Contains(fmt.Sprint(result.Err), "outstanding") {
		t.Errorf("an order of which a part was shipped: %+v", result)
	}
	if edits, _ := server.Edits("7"); edits != 0 || server.Cancellations("7") != 0 {
		t.Error("something was cancelled")
	}
}

// An order that changes during an edit is not changed by what the edit began with.
func TestCancelPartRace(t *testing.T) {
	t.Parallel()
	server := shippable(t)
	var calls atomic.Int64
	adapter := open(t, server, shopify.WithTransport(counting(&calls)))
	server.OnEdit(func() { server.Change("7", func(order map[string]any) { order["note"] = "changed" }) })
	if result := cancel(t, adapter, cancellationOf(1, 0)); !refusedWith(result, marketplace.CodeConflict, "") {
		t.Errorf("got %+v", result)
	}
	if edits, _ := server.Edits("7"); edits != 0 {
		t.Error("the edit was committed")
	}
}

// Whatever the shop answers, nothing panics, and a result is whole.
func FuzzCancellationAnswers(f *testing.F) {
	f.Add(`{"data":{"order":{"id":"gid://shopify/Order/7","cancelledAt":null},"orderCancel":{"job":{"id":"gid://shopify/Job/1"}},"job":{"done":true}}}`)
	f.Add(`{"data":{"order":{"id":7,"totalPriceSet":{},"lineItems":{"nodes":[{"id":71,"quantity":2,"currentQuantity":2,"unfulfilledQuantity":2}]}},"orderEditBegin":{"calculatedOrder":{"id":"x","lineItems":{"nodes":[{"id":"gid://shopify/CalculatedLineItem/71","quantity":2,"editableQuantity":2}]}}},"orderEditSetQuantity":{"calculatedLineItem":{"quantity":1}},"orderEditCommit":{"order":{}}}}`)
	f.Add(`{"data":{"order":[],"orderEditBegin":7}}`)
	f.Fuzz(func(t *testing.T, body string) {
		adapter := played(t, body)
		for _, cancellation := range []marketplace.Cancellation{whole, cancellationOf(1, 0)} {
			result, err := adapter.PublishCancellation(context.Background(), cancellation)
			if err == nil && (result.Outcome == marketplace.ShipmentRejected) != (result.Err != nil) {
				t.Errorf("got %+v", result)
			}
		}
	})
}
