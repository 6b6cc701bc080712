package shopify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
)

// shippable is a shop with order 7: two lines of one SKU, of 2 and of 3 units.
func shippable(t *testing.T) *shopifytest.Server {
	t.Helper()
	server := shopifytest.NewServer(string(encode(t, node(object{
		"id": gid("Order", 7), "lineItems": nodes(line(71, 2, money("10.00"), nil), line(72, 3, money("10.00"), nil)), "totalPriceSet": money("50.00"),
	}))))
	t.Cleanup(server.Close)
	return server
}

// shipmentOf holds units of lines 71 and 72.
func shipmentOf(reference string, first, second int, numbers ...string) marketplace.Shipment {
	shipment := marketplace.Shipment{OrderID: "7", Reference: reference, Name: "WH/OUT/" + reference, Carrier: "DHL"}
	for line, quantity := range map[string]int{"71": first, "72": second} {
		if quantity > 0 {
			shipment.Lines = append(shipment.Lines, marketplace.ShipmentLine{LineID: line, SKU: "TS-M", Quantity: units(quantity)})
		}
	}
	for _, number := range numbers {
		shipment.Packages = append(shipment.Packages, marketplace.Package{TrackingNumber: number, TrackingURL: "https://dhl.example.com/" + number})
	}
	return shipment
}

// fulfilled is what a shop shows of an order: lines, units and numbers of each fulfilment that is not cancelled.
func fulfilled(server *shopifytest.Server) []string {
	var all []string
	for _, f := range server.Fulfillments("7") {
		if f["status"] == "CANCELLED" {
			continue
		}
		var parts []string
		for _, entry := range items(f["fulfillmentLineItems"]) {
			id := fmt.Sprint(entry["lineItem"].(object)["id"])
			parts = append(parts, fmt.Sprintf("%s×%v", id[strings.LastIndex(id, "/")+1:], entry["quantity"]))
		}
		sort.Strings(parts)
		var numbers []string
		for _, entry := range items(f["trackingInfo"]) {
			numbers = append(numbers, fmt.Sprintf("%v %v", entry["company"], entry["number"]))
		}
		all = append(all, strings.Join(parts, "+")+" by "+strings.Join(numbers, ","))
	}
	sort.Strings(all)
	return all
}

func publish(t *testing.T, adapter *shopify.Adapter, shipment marketplace.Shipment) marketplace.ShipmentResult {
	t.Helper()
	result, err := adapter.PublishShipment(context.Background(), shipment)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// refusedWith tells whether a result was rejected with a code and a path.
func refusedWith(result marketplace.ShipmentResult, code marketplace.Code, path string) bool {
	var failure *marketplace.Error
	return result.Outcome == marketplace.ShipmentRejected && errors.As(result.Err, &failure) && failure.Code == code && failure.Path == path
}

// losing loses the reply of one call: the shop has carried it out, and the process that sent it is dead.
func losing(at int64) http.RoundTripper {
	var calls atomic.Int64
	return roundTrip(func(request *http.Request) (*http.Response, error) {
		number := calls.Add(1)
		if number > at {
			return nil, errors.New("the process is dead")
		}
		response, err := http.DefaultTransport.RoundTrip(request)
		if number == at && err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
			return nil, errors.New("the reply is lost")
		}
		return response, err
	})
}

// untilDone runs steps again and again, killed after the first call, then after the second and so on, until a run ends.
func untilDone(t *testing.T, server *shopifytest.Server, steps func(*shopify.Adapter) error) {
	t.Helper()
	for at := int64(1); ; at++ {
		if at > 60 {
			t.Fatal("the steps never end")
		}
		adapter := shopify.New(server.URL, shopify.AccessToken(server.Token), shopify.WithTransport(losing(at)), shopify.WithRateLimit(1000), shopify.WithBackoff(time.Nanosecond))
		if steps(adapter) == nil {
			return
		}
	}
}

// An order is delivered in two parts by two carriers, the second number comes late, and the process is killed after every
// single call: the shop ends with two fulfilments, right lines and numbers.
func TestShipmentInTwoParts(t *testing.T) {
	t.Parallel()
	second := shipmentOf("B", 1, 2)
	second.Carrier = "UPS"
	late := second
	late.Packages = []marketplace.Package{{TrackingNumber: "U1"}, {TrackingNumber: "U2"}}
	steps := func(adapter *shopify.Adapter) error {
		for _, shipment := range []marketplace.Shipment{shipmentOf("A", 1, 1, "D1"), second, late} {
			result, err := adapter.PublishShipment(context.Background(), shipment)
			if err != nil {
				return err
			}
			if result.Outcome != marketplace.ShipmentConfirmed || result.ID == "" {
				t.Errorf("%s: %+v", shipment.Reference, result)
			}
		}
		return nil
	}
	want := []string{"71×1+72×1 by DHL D1", "71×1+72×2 by UPS U1,UPS U2"}
	calm := shippable(t)
	if err := steps(open(t, calm)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, fulfilled(calm)); diff != "" {
		t.Errorf("without trouble (-want +got):\n%s", diff)
	}
	rough := shippable(t)
	untilDone(t, rough, steps)
	if diff := cmp.Diff(want, fulfilled(rough)); diff != "" {
		t.Errorf("killed after each call (-want +got):\n%s", diff)
	}
}

func TestShipmentAgain(t *testing.T) {
	t.Parallel()
	server := shippable(t)
	var calls atomic.Int64
	adapter := open(t, server, shopify.WithTransport(counting(&calls)))
	if first := publish(t, adapter, shipmentOf("A", 2, 0, "D1")); first.Already || first.ID == "" {
		t.Errorf("the first time: %+v", first)
	}
	calls.Store(0)
	if again := publish(t, adapter, shipmentOf("A", 2, 0, "D1")); !again.Already || again.Outcome != marketplace.ShipmentConfirmed {
		t.Errorf("again: %+v", again)
	}
	if again := publish(t, adapter, shipmentOf("A", 2, 0)); !again.Already {
		t.Errorf("again without the number: %+v", again)
	}
	if calls.Load() != 2 {
		t.Errorf("%d calls for two looks", calls.Load())
	}
	if late := publish(t, adapter, shipmentOf("A", 2, 0, "D1", "D2")); late.Already {
		t.Errorf("a new number: %+v", late)
	}
	if diff := cmp.Diff([]string{"71×2 by DHL D1,DHL D2"}, fulfilled(server)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	order, err := adapter.GetOrder(context.Background(), "7")
	if err != nil || order.FindLine("71").Qty.Shipped.String() != "2" || order.Fulfillments[0].TrackingNumber != "D1" {
		t.Errorf("read back: %+v, %v", order.Fulfillments, err)
	}
}

// Lines that the shop ships from two locations become a fulfilment each, as it wants it.
func TestShipmentFromTwoLocations(t *testing.T) {
	t.Parallel()
	server := shippable(t)
	server.AssignLine("7", "72", shopifytest.Elsewhere)
	untilDone(t, server, func(adapter *shopify.Adapter) error {
		_, err := adapter.PublishShipment(context.Background(), shipmentOf("A", 2, 3, "D1"))
		return err
	})
	if diff := cmp.Diff([]string{"71×2 by DHL D1", "72×3 by DHL D1"}, fulfilled(server)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if again := publish(t, open(t, server), shipmentOf("A", 2, 3, "D1")); !again.Already {
		t.Errorf("again: %+v", again)
	}
}

func TestShipmentLocation(t *testing.T) {
	t.Parallel()
	server := shippable(t)
	adapter := open(t, server)
	shipment := shipmentOf("A", 1, 0)
	for location, known := range map[string]bool{shopifytest.Elsewhere: true, "4711": false, "main": false} {
		shipment.Location = location
		if result := publish(t, adapter, shipment); known == refusedWith(result, marketplace.CodeNotFound, "location") {
			t.Errorf("location %s: %+v", location, result)
		}
		shipment.Reference += location
	}
}

// What people do in the shop meets what Odoo says.
func TestShipmentByHand(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		hands func(*shopifytest.Server)
		sent  marketplace.Shipment
		want  []string
		code  marketplace.Code
	}{
		{
			name:  "the same, without a number",
			hands: func(s *shopifytest.Server) { s.Fulfill("7", map[string]int{"71": 2}, "") },
			sent:  shipmentOf("A", 2, 0, "D1"), want: []string{"71×2 by DHL D1"},
		},
		{
			name:  "the same, with the number",
			hands: func(s *shopifytest.Server) { s.Fulfill("7", map[string]int{"71": 2}, "D1") },
			sent:  shipmentOf("A", 2, 0, "D1"), want: []string{"71×2 by DHL D1"},
		},
		{
			name:  "a part of it",
			hands: func(s *shopifytest.Server) { s.Fulfill("7", map[string]int{"71": 1}, "") },
			sent:  shipmentOf("A", 2, 1, "D1"), want: []string{"71×1 by DHL D1", "71×1+72×1 by DHL D1"},
		},
		{
			name:  "more than it",
			hands: func(s *shopifytest.Server) { s.Fulfill("7", map[string]int{"71": 2, "72": 3}, "X") },
			sent:  shipmentOf("A", 2, 0, "D1"), want: []string{"71×2+72×3 by DHL X,DHL D1"},
		},
		{
			name:  "other units of the line, with another number",
			hands: func(s *shopifytest.Server) { s.Fulfill("7", map[string]int{"72": 1}, "X") },
			sent:  shipmentOf("A", 0, 2, "D1"), want: []string{"72×1 by By hand X", "72×2 by DHL D1"},
		},
		{
			name:  "a part of it, with another number",
			hands: func(s *shopifytest.Server) { s.Fulfill("7", map[string]int{"71": 1}, "X") },
			sent:  shipmentOf("A", 2, 0, "D1"), want: []string{"71×1 by DHL D1", "71×1 by DHL X,DHL D1"},
		},
		{
			name: "too few are left beside another shipment",
			hands: func(s *shopifytest.Server) {
				s.SetMetafield("7", "retailsync", "shipments", fmt.Sprintf(`{"B":[%q]}`, s.Fulfill("7", map[string]int{"71": 1}, "X")))
			},
			sent: shipmentOf("A", 2, 0, "D1"), want: []string{"71×1 by By hand X"}, code: marketplace.CodeConflict,
		},
		{
			name:  "put on hold",
			hands: func(s *shopifytest.Server) { s.SetTaskStatus("7", "ON_HOLD") },
			sent:  shipmentOf("A", 2, 0, "D1"), code: marketplace.CodeConflict,
		},
		{
			name:  "the same, and cancelled",
			hands: func(s *shopifytest.Server) { s.CancelFulfillment("7", s.Fulfill("7", map[string]int{"71": 2}, "D1")) },
			sent:  shipmentOf("A", 0, 3, "D1"), want: []string{"72×3 by DHL D1"},
		},
		{
			name: "at the very moment",
			hands: func(s *shopifytest.Server) {
				s.OnFulfill(func() { s.OnFulfill(nil); s.Fulfill("7", map[string]int{"71": 2}, "") })
			},
			sent: shipmentOf("A", 2, 0, "D1"), want: []string{"71×2 by DHL D1"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := shippable(t)
			test.hands(server)
			adapter := open(t, server)
			result := publish(t, adapter, test.sent)
			if marketplace.CodeOf(result.Err) != test.code || (result.Outcome == marketplace.ShipmentConfirmed) != (test.code == "") {
				t.Errorf("got %+v", result)
			}
			slices.Sort(test.want)
			for range 2 {
				got := fulfilled(server)
				for i := range got {
					got[i] = strings.ReplaceAll(got[i], "By hand X,DHL D1", "DHL X,DHL D1")
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				publish(t, adapter, test.sent)
			}
		})
	}
}

// A fulfilment of ours that a person cancels is not made again behind his back.
func TestShipmentCancelledByHand(t *testing.T) {
	t.Parallel()
	server := shippable(t)
	adapter := open(t, server)
	made := publish(t, adapter, shipmentOf("A", 2, 0))
	server.CancelFulfillment("7", made.ID)
	if result := publish(t, adapter, shipmentOf("A", 2, 0, "D1")); !refusedWith(result, marketplace.CodeConflict, "") {
		t.Errorf("got %+v", result)
	}
	if result, err := adapter.PublishDelivery(context.Background(), marketplace.Delivery{OrderID: "7", Reference: "A"}); err != nil || !refusedWith(result, marketplace.CodeConflict, "") {
		t.Errorf("delivered: %+v, %v", result, err)
	}
}

func TestShipmentRefusals(t *testing.T) {
	t.Parallel()
	server := shippable(t)
	adapter := open(t, server)
	change := func(edit func(*marketplace.Shipment)) marketplace.Shipment {
		shipment := shipmentOf("A", 1, 0)
		edit(&shipment)
		return shipment
	}
	for name, test := range map[string]struct {
		sent marketplace.Shipment
		code marketplace.Code
		path string
	}{
		"an unknown order":  {change(func(s *marketplace.Shipment) { s.OrderID = "8" }), marketplace.CodeNotFound, "order"},
		"no order's id":     {change(func(s *marketplace.Shipment) { s.OrderID = "x" }), marketplace.CodeNotFound, "order"},
		"an unknown line":   {change(func(s *marketplace.Shipment) { s.Lines[0].LineID = "79" }), marketplace.CodeNotFound, "line"},
		"no line's id":      {change(func(s *marketplace.Shipment) { s.Lines[0].LineID = "shipping-1" }), marketplace.CodeNotFound, "line"},
		"no lines":          {change(func(s *marketplace.Shipment) { s.Lines = nil }), marketplace.CodeInvalid, "lines"},
		"half a unit":       {change(func(s *marketplace.Shipment) { s.Lines[0].Quantity = decimal.MustParse("0.5") }), marketplace.CodeInvalid, "quantity"},
		"no units":          {change(func(s *marketplace.Shipment) { s.Lines[0].Quantity = units(0) }), marketplace.CodeInvalid, "quantity"},
		"more than ordered": {change(func(s *marketplace.Shipment) { s.Lines[0].Quantity = units(3) }), marketplace.CodeConflict, "lines"},
		"no reference":      {change(func(s *marketplace.Shipment) { s.Reference = "" }), marketplace.CodeInvalid, "reference"},
	} {
		if result := publish(t, adapter, test.sent); !refusedWith(result, test.code, test.path) {
			t.Errorf("%s: %+v", name, result)
		}
	}
	if got := fulfilled(server); len(got) > 0 {
		t.Errorf("the shop has %v", got)
	}
}

// Somebody has written nonsense into the metafield: nothing is shipped twice for it.
func TestShipmentClaimsDamaged(t *testing.T) {
	t.Parallel()
	server := shippable(t)
	server.SetMetafield("7", "retailsync", "shipments", `["x"]`)
	_, err := open(t, server).PublishShipment(context.Background(), shipmentOf("A", 1, 0))
	if marketplace.CodeOf(err) != marketplace.CodeConflict || len(fulfilled(server)) > 0 {
		t.Errorf("got %v", err)
	}
}

// Fulfilments that were all taken off the record leave it empty.
func TestShipmentClaimsEmptied(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"null", "{}"} {
		server := shippable(t)
		server.SetMetafield("7", "retailsync", "shipments", value)
		if result := publish(t, open(t, server), shipmentOf("A", 1, 0)); result.Outcome != marketplace.ShipmentConfirmed || result.Already {
			t.Errorf("%s: %+v", value, result)
		}
	}
}

// More lines than come on a page are all shipped, in one fulfilment.
func TestShipmentOfLongOrder(t *testing.T) {
	t.Parallel()
	const count = 120
	var lines list
	shipment := marketplace.Shipment{OrderID: "7", Reference: "A"}
	for i := range count {
		lines = append(lines, line(1000+i, 2, money("1.00"), nil))
		shipment.Lines = append(shipment.Lines, marketplace.ShipmentLine{LineID: fmt.Sprint(1000 + i), Quantity: units(1)})
	}
	server := shopifytest.NewServer(string(encode(t, node(object{"id": gid("Order", 7), "lineItems": nodes(lines...), "totalPriceSet": money("240.00")}))))
	adapter := open(t, server)
	for range 2 {
		if result := publish(t, adapter, shipment); result.Outcome != marketplace.ShipmentConfirmed {
			t.Fatalf("got %+v", result)
		}
	}
	if got := fulfilled(server); len(got) != 1 || strings.Count(got[0], "×1") != count {
		t.Errorf("got %v", got)
	}
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	server := shippable(t)
	deliver := func(adapter *shopify.Adapter, delivery marketplace.Delivery) (marketplace.ShipmentResult, error) {
		delivery.At = time.Date(2026, 3, 5, 10, 0, 0, 0, time.UTC)
		return adapter.PublishDelivery(context.Background(), delivery)
	}
	adapter := open(t, server)
	for name, delivery := range map[string]marketplace.Delivery{
		"an unknown shipment": {OrderID: "7", Reference: "A"}, "an unknown fulfilment": {OrderID: "7", Reference: "A", ID: "1"},
	} {
		if result, err := deliver(adapter, delivery); err != nil || !refusedWith(result, marketplace.CodeNotFound, "") {
			t.Errorf("%s: %+v, %v", name, result, err)
		}
	}
	if result, err := deliver(adapter, marketplace.Delivery{OrderID: "8", Reference: "A"}); err != nil || !refusedWith(result, marketplace.CodeNotFound, "order") {
		t.Errorf("an unknown order: %+v, %v", result, err)
	}
	made := publish(t, adapter, shipmentOf("A", 2, 0))
	untilDone(t, server, func(adapter *shopify.Adapter) error {
		_, err := deliver(adapter, marketplace.Delivery{OrderID: "7", Reference: "A"})
		return err
	})
	result, err := deliver(adapter, marketplace.Delivery{OrderID: "7", ID: made.ID})
	if err != nil || !result.Already || result.ID != made.ID || server.Events("7") != 1 {
		t.Errorf("again: %+v, %v, %d events", result, err, server.Events("7"))
	}
}

// Whatever the shop answers, nothing panics, and a result is whole.
func FuzzShipmentAnswers(f *testing.F) {
	f.Add(`{"data":{"order":{"id":"gid://shopify/Order/7","metafield":{"value":"{\"A\":[\"1\"]}"},"fulfillments":[{"id":"gid://shopify/Fulfillment/1","status":"SUCCESS","fulfillmentLineItems":{"nodes":[{"quantity":1,"lineItem":{"id":"gid://shopify/LineItem/71"}}]}}],"fulfillmentOrders":{"nodes":[]}}}}`)
	f.Add(`{"data":{"order":{"fulfillmentOrders":{"nodes":[{"id":"gid://shopify/FulfillmentOrder/1","status":"OPEN","assignedLocation":{"location":null},"lineItems":{"nodes":[{"id":"gid://shopify/FulfillmentOrderLineItem/1","remainingQuantity":5,"lineItem":{"id":"gid://shopify/LineItem/71"}}]}}]}},"fulfillmentCreate":{"fulfillment":{"id":"gid://shopify/Fulfillment/9"}},"metafieldsSet":{"metafields":[{}]},"fulfillmentTrackingInfoUpdate":null}}`)
	f.Add(`{"data":{"order":{"fulfillments":7,"fulfillmentOrders":[{}]}}}`)
	f.Fuzz(func(t *testing.T, body string) {
		if !json.Valid([]byte(body)) {
			return
		}
		adapter := played(t, body)
		for _, shipment := range []marketplace.Shipment{shipmentOf("A", 1, 0, "D1"), shipmentOf("B", 1, 1)} {
			result, err := adapter.PublishShipment(context.Background(), shipment)
			if err == nil && (result.Outcome == marketplace.ShipmentRejected) != (result.Err != nil) {
				t.Errorf("got %+v", result)
			}
		}
		if result, err := adapter.PublishDelivery(context.Background(), marketplace.Delivery{OrderID: "7", Reference: "A"}); err == nil && (result.Outcome == marketplace.ShipmentRejected) != (result.Err != nil) {
			t.Errorf("got %+v", result)
		}
	})
}

// An order that is split over more fulfillment orders than come on a page is shipped whole.
func TestShipmentOfManyTasks(t *testing.T) {
	t.Parallel()
	const count = 25
	var lines list
	shipment := marketplace.Shipment{OrderID: "7", Reference: "A"}
	for i := range count {
		lines = append(lines, line(1000+i, 1, money("1.00"), nil))
		shipment.Lines = append(shipment.Lines, marketplace.ShipmentLine{LineID: fmt.Sprint(1000 + i), Quantity: units(1)})
	}
	server := shopifytest.NewServer(string(encode(t, node(object{"id": gid("Order", 7), "lineItems": nodes(lines...), "totalPriceSet": money("25.00")}))))
	for i := range count {
		server.AssignLine("7", fmt.Sprint(1000+i), []string{shopifytest.Location, shopifytest.Elsewhere}[i%2])
	}
	adapter := open(t, server)
	for range 2 {
		if result := publish(t, adapter, shipment); result.Outcome != marketplace.ShipmentConfirmed {
			t.Fatalf("got %+v", result)
		}
	}
	if got := fulfilled(server); len(got) != 2 || strings.Count(strings.Join(got, " "), "×1") != count {
		t.Errorf("got %v", got)
	}
}
