package medusa_test

import (
	"context"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
)

// Without waiting a shipment is marked as shipped at once; tracking that comes after that is put into the order's metadata.
func TestTrackingAfterShipping(t *testing.T) {
	t.Parallel()
	server := medusatest.NewServer(medusatest.SampleOrder("order_1", 1, 3, "TS-M", "2026-03-01T12:00:00.000Z"))
	defer server.Close()
	adapter := medusa.New(server.URL, medusa.SecretKey(server.SecretKey), medusa.WithoutWaitingForTracking(), medusa.WithRateLimit(1000))
	shipment := marketplace.Shipment{
		OrderID: "order_1", Reference: "r-1", Name: "WH/OUT/1", Carrier: "post",
		Lines: []marketplace.ShipmentLine{{LineID: "order_1_i1", Quantity: decimal.MustNew(2, 0)}},
	}
	publish := func(already bool) string {
		t.Helper()
		result, err := adapter.PublishShipment(context.Background(), shipment)
		if err != nil || result.Outcome != marketplace.ShipmentConfirmed || result.Already != already {
			t.Fatalf("%+v, %v", result, err)
		}
		return result.ID
	}
	id := publish(false)
	one := server.Order("order_1")["fulfillments"].([]any)[0].(map[string]any)
	if one["shipped_at"] == nil {
		t.Error("it is not marked as shipped")
	}
	publish(true)
	shipment.Packages = []marketplace.Package{{TrackingNumber: "NR-1", TrackingURL: "https://track.example.com/1"}, {TrackingNumber: "NR-2"}}
	publish(false)
	publish(true)
	metadata := server.Order("order_1")["metadata"].(map[string]any)
	if got, want := metadata["retailsync_tracking_"+id], "NR-1 https://track.example.com/1, NR-2"; got != want {
		t.Errorf("the order's metadata says %q, want %q", got, want)
	}
	if metadata["channel"] != "web" {
		t.Error("other metadata is gone")
	}
}

// What the order's metadata says of tracking is what holds now: numbers that were taken back, and one that is that of the label again.
func TestTrackingTakenBack(t *testing.T) {
	t.Parallel()
	server := medusatest.NewServer(medusatest.SampleOrder("order_1", 1, 3, "TS-M", "2026-03-01T12:00:00.000Z"))
	defer server.Close()
	adapter := medusa.New(server.URL, medusa.SecretKey(server.SecretKey), medusa.WithRateLimit(1000))
	for i, step := range []struct {
		numbers []string
		note    string
	}{
		{[]string{"NR-1", "NR-2"}, ""},
		{[]string{"NR-1"}, "NR-1"}, // the labels have one more
		{[]string{"NR-3"}, "NR-3"},
		{[]string{"NR-2", "NR-1"}, "NR-2, NR-1"},
		{nil, "NR-2, NR-1"}, // nothing is known any more: what was said stays
	} {
		shipment := marketplace.Shipment{
			OrderID: "order_1", Reference: "r-1", Name: "WH/OUT/1", Carrier: "post",
			Lines: []marketplace.ShipmentLine{{LineID: "order_1_i1", Quantity: decimal.MustNew(2, 0)}},
		}
		for _, number := range step.numbers {
			shipment.Packages = append(shipment.Packages, marketplace.Package{TrackingNumber: number})
		}
		var id string
		for repeat := range 2 {
			result, err := adapter.PublishShipment(context.Background(), shipment)
			if err != nil || result.Outcome != marketplace.ShipmentConfirmed || repeat == 1 && !result.Already {
				t.Fatalf("step %d: %+v, %v", i, result, err)
			}
			id = result.ID
		}
		said, _ := server.Order("order_1")["metadata"].(map[string]any)["retailsync_tracking_"+id].(string)
		if said != step.note {
			t.Errorf("step %d: the order's metadata says %q, want %q", i, said, step.note)
		}
	}
}

// What a person left empty of the note of an earlier attempt is no note.
func TestCancellationNoteEmptied(t *testing.T) {
	t.Parallel()
	server := medusatest.NewServer(medusatest.SampleOrder("order_1", 1, 3, "TS-M", "2026-03-01T12:00:00.000Z"))
	defer server.Close()
	server.Change("order_1", func(o map[string]any) { o["metadata"] = map[string]any{"retailsync_cancellation_c-1": "null"} })
	adapter := medusa.New(server.URL, medusa.SecretKey(server.SecretKey), medusa.WithRateLimit(1000))
	result, err := adapter.PublishCancellation(context.Background(), marketplace.Cancellation{
		OrderID: "order_1", Reference: "c-1", Lines: []marketplace.ShipmentLine{{LineID: "order_1_i1", Quantity: decimal.One}},
	})
	if err != nil || result.Outcome != marketplace.ShipmentConfirmed || result.Already {
		t.Errorf("%+v, %v", result, err)
	}
}

// Whatever the shop answers, nothing panics and every failure has a code.
func FuzzShipment(f *testing.F) {
	f.Add([]byte(`{"order":{"id":"order_1","items":[{"id":"l","quantity":3,"detail":{"fulfilled_quantity":1}}],"fulfillments":[]}}`))
	f.Add([]byte(`{"order":{"id":"order_1","status":"canceled","items":[{"id":"l","quantity":"3"}],"fulfillments":[{"id":"f","metadata":{"retailsync_reference":"r"},"items":[{"line_item_id":"l","quantity":2}]}]}}`))
	f.Add([]byte(`{"order":{"id":"order_1","metadata":{"retailsync_cancellation_r":"{\"l\":\"x\"}"},"items":{"0":{"id":"l","raw_quantity":{"value":"1e999"}}}},"order_changes":[{"status":"pending","internal_note":"r"}]}`))
	f.Add([]byte(`{"order":{"id":"order_1","items":null,"fulfillments":[{"id":"f","shipped_at":"x","labels":[{"tracking_number":["n"]}],"metadata":[1]}]}}`))
	f.Add([]byte(`{"order":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		adapter := medusa.New("https://shop.example.com", medusa.SecretKey("sk_x"), medusa.WithTransport(canned(body)), medusa.WithRateLimit(1e9), medusa.WithBackoff(time.Nanosecond))
		lines := []marketplace.ShipmentLine{{LineID: "l", Quantity: decimal.MustNew(2, 0)}}
		check := func(result marketplace.ShipmentResult, err error) {
			t.Helper()
			if err != nil && marketplace.CodeOf(err) == "" || result.Err != nil && marketplace.CodeOf(result.Err) == "" {
				t.Errorf("an error without a code: %v, %v", err, result.Err)
			}
			if err == nil && (result.Outcome == marketplace.ShipmentRejected) != (result.Err != nil) {
				t.Errorf("%+v", result)
			}
		}
		check(adapter.PublishShipment(context.Background(), marketplace.Shipment{
			OrderID: "order_1", Reference: "r", Location: "loc", Lines: lines, Packages: []marketplace.Package{{TrackingNumber: "n"}},
		}))
		check(adapter.PublishDelivery(context.Background(), marketplace.Delivery{OrderID: "order_1", Reference: "r", ID: "f"}))
		check(adapter.PublishCancellation(context.Background(), marketplace.Cancellation{OrderID: "order_1", Reference: "r", Lines: lines}))
		check(adapter.PublishCancellation(context.Background(), marketplace.Cancellation{OrderID: "order_1", Reference: "r", Whole: true, Lines: lines}))
	})
}
