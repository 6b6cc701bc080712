package woocommerce_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

const orderedAt = "2026-03-01T12:00:00"

func shippedLine(id string, units int64) marketplace.ShipmentLine {
	return marketplace.ShipmentLine{LineID: id, SKU: "MUG", Quantity: decimal.MustNew(units, 0)}
}

func shipmentOf(reference string, lines ...marketplace.ShipmentLine) marketplace.Shipment {
	return marketplace.Shipment{
		OrderID: "7", Reference: reference, Name: "WH/OUT/" + reference, Lines: lines, Carrier: "dhl-de",
		ShippedAt: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
	}
}

func ship(t *testing.T, adapter *woocommerce.Adapter, shipment marketplace.Shipment) marketplace.ShipmentResult {
	t.Helper()
	result, err := adapter.PublishShipment(context.Background(), shipment)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func confirmed(t *testing.T, result marketplace.ShipmentResult, already bool) {
	t.Helper()
	if result.Outcome != marketplace.ShipmentConfirmed || result.Err != nil || result.Already != already {
		t.Errorf("%+v, want confirmed, already: %t", result, already)
	}
}

func hasStatus(t *testing.T, server *wootest.Server, want string) {
	t.Helper()
	if got := server.Order("7")["status"]; got != want {
		t.Errorf("the order is %q, want %q", got, want)
	}
}

func numbers(server *wootest.Server) []string {
	var all []string
	for _, item := range server.Tracking("7") {
		all = append(all, fmt.Sprint(item["tracking_provider"], " ", item["tracking_number"]))
	}
	return all
}

// Two lines of one SKU leave in two parcels by two carriers, the second number late: the order is completed by the
// second parcel, and the shop has both numbers once.
func TestShipments(t *testing.T) {
	t.Parallel()
	server, adapter, wire := open(t)
	server.Put(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 2}, wootest.Line{SKU: "MUG", Units: 1}))
	first := shipmentOf("A", shippedLine("701", 1), shippedLine("702", 1))
	first.Packages = []marketplace.Package{{TrackingNumber: "111", TrackingURL: "https://track.example.com/111"}}
	second := shipmentOf("B", shippedLine("701", 1))
	second.Carrier, second.Packages = "postnord-se", []marketplace.Package{{}}

	confirmed(t, ship(t, adapter, first), false)
	hasStatus(t, server, "processing")
	confirmed(t, ship(t, adapter, first), true)
	confirmed(t, ship(t, adapter, second), false)
	hasStatus(t, server, "completed")
	second.Packages[0].TrackingNumber = "222"
	confirmed(t, ship(t, adapter, second), false)
	confirmed(t, ship(t, adapter, second), true)
	hasStatus(t, server, "completed")
	if diff := cmp.Diff([]string{"dhl-de 111", "postnord-se 222"}, numbers(server)); diff != "" {
		t.Error(diff)
	}
	second.Packages[0].TrackingNumber = "223" // a typing error, corrected
	confirmed(t, ship(t, adapter, second), false)
	if diff := cmp.Diff([]string{"dhl-de 111", "postnord-se 223"}, numbers(server)); diff != "" {
		t.Error(diff)
	}
	want := map[string]any{
		"tracking_provider": "dhl-de", "custom_tracking_provider": "dhl-de", "custom_tracking_link": "https://track.example.com/111",
		"tracking_number": "111", "date_shipped": "1772442000", "tracking_id": server.Tracking("7")[0]["tracking_id"],
	}
	if diff := cmp.Diff(want, server.Tracking("7")[0]); diff != "" {
		t.Error(diff)
	}
	// The order as it is read has shipped everything.
	order, err := adapter.GetOrder(context.Background(), "7")
	if err != nil || order.Status != canonical.StatusShipped || order.Lines[0].Qty.Shipped.String() != "2" {
		t.Errorf("%+v, %v", order, err)
	}
	wire.set(nil)
	ship(t, adapter, first)
	ship(t, adapter, second)
	if wire.writes() != 0 || wire.calls() != 2 {
		t.Errorf("%d calls, %d writes for what is there", wire.calls(), wire.writes())
	}
}

// What does not fit the order is refused with the code and the field, and changes nothing.
func TestShipmentsRefused(t *testing.T) {
	t.Parallel()
	elsewhere := shipmentOf("A", shippedLine("701", 1))
	elsewhere.Location = "wh-2"
	nameless := shipmentOf(" ", shippedLine("701", 1))
	another := shipmentOf("A", shippedLine("701", 1))
	another.OrderID = "8"
	odd := shipmentOf("A", shippedLine("701", 1))
	odd.OrderID = "../7"
	for name, test := range map[string]struct {
		shipment marketplace.Shipment
		status   string
		code     marketplace.Code
		path     string
	}{
		"no such order":  {another, "processing", marketplace.CodeNotFound, "order"},
		"no order id":    {odd, "processing", marketplace.CodeNotFound, "order"},
		"no such line":   {shipmentOf("A", shippedLine("799", 1)), "processing", marketplace.CodeNotFound, "line"},
		"a nameless one": {shipmentOf("A", shippedLine("", 1)), "processing", marketplace.CodeNotFound, "line"},
		"a location":     {elsewhere, "processing", marketplace.CodeNotFound, "location"},
		"too many":       {shipmentOf("A", shippedLine("701", 4)), "processing", marketplace.CodeConflict, "line"},
		"twice too many": {shipmentOf("A", shippedLine("701", 2), shippedLine("701", 2)), "processing", marketplace.CodeConflict, "line"},
		"nothing":        {shipmentOf("A"), "processing", marketplace.CodeInvalid, "lines"},
		"none of a line": {shipmentOf("A", shippedLine("701", 0)), "processing", marketplace.CodeInvalid, "quantity"},
		"no reference":   {nameless, "processing", marketplace.CodeInvalid, "reference"},
		"cancelled":      {shipmentOf("A", shippedLine("701", 1)), "cancelled", marketplace.CodeConflict, "order"},
		"refunded":       {shipmentOf("A", shippedLine("701", 1)), "refunded", marketplace.CodeConflict, "order"},
		"not paid":       {shipmentOf("A", shippedLine("701", 1)), "pending", marketplace.CodeConflict, "order"},
		"in the trash":   {shipmentOf("A", shippedLine("701", 1)), "trash", marketplace.CodeConflict, "order"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, adapter, wire := open(t)
			server.Put(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 3}))
			server.Change("7", func(order map[string]any) { order["status"] = test.status })
			result := ship(t, adapter, test.shipment)
			code(t, name, result.Err, test.code, test.path)
			if result.Outcome != marketplace.ShipmentRejected || wire.writes() != 0 {
				t.Errorf("%+v, %d writes", result, wire.writes())
			}
		})
	}
}

// The second of two shipments that together are more than was ordered is refused, and the first stays.
func TestShipmentsTogetherTooMany(t *testing.T) {
	t.Parallel()
	server, adapter, _ := open(t)
	server.Put(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 3}))
	confirmed(t, ship(t, adapter, shipmentOf("A", shippedLine("701", 2))), false)
	code(t, "two and two of three", ship(t, adapter, shipmentOf("B", shippedLine("701", 2))).Err, marketplace.CodeConflict, "line")
	confirmed(t, ship(t, adapter, shipmentOf("A", shippedLine("701", 2))), true)
	hasStatus(t, server, "processing")
}

// The status moves with the shipments, by the shop's own words, and never back.
func TestShipmentStatus(t *testing.T) {
	t.Parallel()
	words := []woocommerce.Option{
		woocommerce.WithShippedStatus("shipped"), woocommerce.WithPartlyShippedStatus("partial-shipped"), woocommerce.WithDeliveredStatus("delivered"),
	}
	for name, test := range map[string]struct {
		options []woocommerce.Option
		lines   []wootest.Line
		setup   func(*wootest.Server)
		// ships are the units of the first line in each shipment, want the status after each.
		ships []int64
		want  []string
	}{
		"whole":            {ships: []int64{3}, want: []string{"completed"}},
		"in parts":         {ships: []int64{1, 1, 1}, want: []string{"processing", "processing", "completed"}},
		"the shop's words": {options: words, ships: []int64{1, 1, 1}, want: []string{"partial-shipped", "partial-shipped", "shipped"}},
		"on hold": {ships: []int64{3}, want: []string{"completed"}, setup: func(s *wootest.Server) {
			s.Change("7", func(o map[string]any) { o["status"] = "on-hold" })
		}},
		"a plugin's word": {ships: []int64{1, 2}, want: []string{"packing", "completed"}, setup: func(s *wootest.Server) {
			s.Change("7", func(o map[string]any) { o["status"] = "packing" })
		}},
		"completed by hand": {ships: []int64{1}, want: []string{"completed"}, setup: func(s *wootest.Server) {
			s.Change("7", func(o map[string]any) { o["status"], o["date_completed_gmt"] = "completed", orderedAt })
		}},
		"completed by an import": {options: words, ships: []int64{3}, want: []string{"completed"}, setup: func(s *wootest.Server) {
			s.Change("7", func(o map[string]any) { o["status"] = "completed" })
		}},
		"completed by mistake and taken back": {ships: []int64{1, 2}, want: []string{"processing", "completed"}, setup: func(s *wootest.Server) {
			s.Change("7", func(o map[string]any) { o["date_completed_gmt"] = orderedAt })
		}},
		"further already": {ships: []int64{3}, want: []string{"arrived"}, setup: func(s *wootest.Server) {
			s.Change("7", func(o map[string]any) { o["status"], o["date_completed_gmt"] = "arrived", orderedAt })
		}},
		"the rest was refunded": {ships: []int64{2}, want: []string{"completed"}, setup: func(s *wootest.Server) {
			s.PutRefund("7", `{"id":91,"amount":"10.00","date_created_gmt":"2026-03-01T13:00:00","line_items":[{"id":92,"quantity":-1,"total":"-10.00","total_tax":"0","meta_data":[{"key":"_refunded_item_id","value":"701"}]}]}`)
		}},
		"another line is open": {ships: []int64{3}, want: []string{"processing"}, lines: []wootest.Line{{SKU: "MUG", Units: 3}, {SKU: "PEN", Units: 1, ProductID: 60}}, setup: func(s *wootest.Server) {
			s.PutProduct(`{"id":60,"sku":"PEN"}`)
		}},
		"another line is a service": {ships: []int64{3}, want: []string{"completed"}, lines: []wootest.Line{{SKU: "MUG", Units: 3}, {SKU: "CARE", Units: 1, ProductID: 60}}, setup: func(s *wootest.Server) {
			s.PutProduct(`{"id":60,"sku":"CARE","virtual":true}`)
		}},
		"another line is a download": {ships: []int64{3}, want: []string{"completed"}, lines: []wootest.Line{{SKU: "MUG", Units: 3}, {SKU: "PDF", Units: 1, ProductID: 60, VariationID: 61}}, setup: func(s *wootest.Server) {
			s.PutProduct(`{"id":60,"type":"variable"}`)
			s.PutVariation(60, `{"id":61,"sku":"PDF","virtual":true}`)
		}},
		"another line's article is gone": {ships: []int64{3}, want: []string{"processing"}, lines: []wootest.Line{{SKU: "MUG", Units: 3}, {SKU: "PDF", Units: 1, ProductID: 60}, {SKU: "X", Units: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, adapter, _ := open(t, test.options...)
			for _, word := range []string{"shipped", "partial-shipped", "delivered"} {
				server.AddStatus(word)
			}
			lines := test.lines
			if lines == nil {
				lines = []wootest.Line{{SKU: "MUG", Units: 3}}
			}
			server.Put(wootest.LinesOrder(7, orderedAt, lines...))
			if test.setup != nil {
				test.setup(server)
			}
			for i, units := range test.ships {
				shipment := shipmentOf(fmt.Sprint("S", i), shippedLine("701", units))
				confirmed(t, ship(t, adapter, shipment), false)
				hasStatus(t, server, test.want[i])
				confirmed(t, ship(t, adapter, shipment), true)
				hasStatus(t, server, test.want[i])
			}
			if _, err := adapter.GetOrder(context.Background(), "7"); err != nil {
				t.Error(err)
			}
		})
	}
}

// Tracking that comes when a plugin has moved the order on does not take that back; an order that was shipped and still
// waits is moved.
func TestShipmentStatusOfPlugins(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{"arrived": "arrived", "processing": "shipped"} {
		server, adapter, _ := open(t, woocommerce.WithShippedStatus("shipped"))
		server.AddStatus("shipped")
		server.Put(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 1}))
		shipment := shipmentOf("A", shippedLine("701", 1))
		confirmed(t, ship(t, adapter, shipment), false)
		hasStatus(t, server, "shipped")
		server.Change("7", func(o map[string]any) { o["status"] = word })
		shipment.Packages = []marketplace.Package{{TrackingNumber: "111"}}
		confirmed(t, ship(t, adapter, shipment), false)
		hasStatus(t, server, want)
	}
}

// A word that the shop does not have is refused with the shop's own reason.
func TestShipmentStatusUnknown(t *testing.T) {
	t.Parallel()
	server, adapter, _ := open(t, woocommerce.WithShippedStatus("shipped"))
	server.Put(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 1}))
	result := ship(t, adapter, shipmentOf("A", shippedLine("701", 1)))
	code(t, "an unknown word", result.Err, marketplace.CodeInvalid, "")
	if !strings.Contains(result.Err.Error(), "status") {
		t.Errorf("the error does not name the field: %v", result.Err)
	}
}

// Tracking that others have entered stays as it is; what they have entered already is not entered again.
func TestShipmentTrackingOfOthers(t *testing.T) {
	t.Parallel()
	theirs := `[{"tracking_provider":"ups","tracking_number":"111","tracking_id":"abc","date_shipped":"1","extra":{"a":[1]}},{"tracking_number":"999"}]`
	for name, test := range map[string]struct {
		list string
		want []string
	}{
		"a list":        {theirs, []string{"ups 111", "<nil> 999", "dhl-de 222"}},
		"with gaps":     {`{"0":{"tracking_provider":"ups","tracking_number":"111"},"3":{"tracking_number":"999"}}`, []string{"ups 111", "<nil> 999", "dhl-de 222"}},
		"nothing":       {`""`, []string{"dhl-de 111", "dhl-de 222"}},
		"an empty list": {`[]`, []string{"dhl-de 111", "dhl-de 222"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, adapter, _ := open(t)
			server.Put(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 1}))
			server.Change("7", func(order map[string]any) {
				var value any
				if err := json.Unmarshal([]byte(test.list), &value); err != nil {
					t.Error(err)
				}
				order["meta_data"] = []any{map[string]any{"id": 5, "key": "_wc_shipment_tracking_items", "value": value}, map[string]any{"id": 6, "key": "other", "value": "x"}}
			})
			shipment := shipmentOf("A", shippedLine("701", 1))
			shipment.Packages = []marketplace.Package{{TrackingNumber: "111"}, {TrackingNumber: "222"}}
			confirmed(t, ship(t, adapter, shipment), false)
			confirmed(t, ship(t, adapter, shipment), true)
			if diff := cmp.Diff(test.want, numbers(server)); diff != "" {
				t.Error(diff)
			}
			if name == "a list" {
				if diff := cmp.Diff(map[string]any{"a": []any{1.0}}, server.Tracking("7")[0]["extra"]); diff != "" {
					t.Error(diff)
				}
			}
			if len(server.Meta("7", "other")) != 1 {
				t.Error("other meta data was lost")
			}
		})
	}
	server, adapter, _ := open(t)
	server.Put(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 1}))
	server.Change("7", func(order map[string]any) {
		order["meta_data"] = []any{map[string]any{"id": 5, "key": "_wc_shipment_tracking_items", "value": 17}}
	})
	code(t, "no list", ship(t, adapter, shipmentOf("A", shippedLine("701", 1))).Err, marketplace.CodeInvalid, "meta_data")
}

// The plugin's list has the numbers that the shipment has: one that is taken back is taken out, and none stands there twice.
func TestShipmentTrackingTakenBack(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ first, second []string }{
		"the second parcel": {[]string{"111", "222"}, []string{"111"}},
		"the first parcel":  {[]string{"111", "222"}, []string{"222"}},
		"all":               {[]string{"111"}, nil},
		"in another order":  {[]string{"111", "222"}, []string{"222", "111"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, adapter, _ := open(t)
			server.Put(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 2}))
			other := shipmentOf("B", shippedLine("701", 1))
			other.Packages = []marketplace.Package{{TrackingNumber: "333"}}
			confirmed(t, ship(t, adapter, other), false)
			want := []string{"dhl-de 333"}
			for i, numbers := range [][]string{test.first, test.second} {
				shipment := shipmentOf("A", shippedLine("701", 1))
				for _, number := range numbers {
					shipment.Packages = append(shipment.Packages, marketplace.Package{TrackingNumber: number})
					if i == 1 {
						want = append(want, "dhl-de "+number)
					}
				}
				confirmed(t, ship(t, adapter, shipment), false)
				confirmed(t, ship(t, adapter, shipment), true)
			}
			if diff := cmp.Diff(want, numbers(server)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The customer is sent one note per state of a shipment, and none unless it is asked for.
func TestShipmentNotes(t *testing.T) {
	t.Parallel()
	server, adapter, _ := open(t)
	server.Put(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 1}))
	shipment := shipmentOf("A", shippedLine("701", 1))
	confirmed(t, ship(t, adapter, shipment), false)
	if len(server.Notes("7")) != 0 {
		t.Error("a note that nobody asked for")
	}
	shipment.Notify, shipment.Packages = true, []marketplace.Package{{TrackingNumber: "1 & 2", TrackingURL: "https://t.example.com/?a=1&b=2"}}
	confirmed(t, ship(t, adapter, shipment), false)
	confirmed(t, ship(t, adapter, shipment), true)
	want := []string{"Your order has left us in shipment WH/OUT/A.\nCarrier: dhl-de\nTracking: 1 & 2 https://t.example.com/?a=1&b=2"}
	if diff := cmp.Diff(want, server.Notes("7")); diff != "" {
		t.Error(diff)
	}
	server, swedish, _ := open(t, woocommerce.WithShipmentNote(func(s marketplace.Shipment) string { return "Skickat: " + s.Packages[0].TrackingNumber }))
	server.Put(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 1}))
	confirmed(t, ship(t, swedish, shipment), false)
	if diff := cmp.Diff([]string{"Skickat: 1 & 2"}, server.Notes("7")); diff != "" {
		t.Error(diff)
	}
	server, silent, _ := open(t, woocommerce.WithShipmentNote(func(marketplace.Shipment) string { return "" }))
	server.Put(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 1}))
	confirmed(t, ship(t, silent, shipment), false)
	if len(server.Notes("7")) != 0 {
		t.Error("an empty note was sent")
	}
}

// Killed before or after any call, and run again, the shop ends as if nothing had happened.
func TestShipmentsThroughCrashes(t *testing.T) {
	t.Parallel()
	first := shipmentOf("A", shippedLine("701", 1))
	first.Packages, first.Notify = []marketplace.Package{{TrackingNumber: "111"}}, true
	second := shipmentOf("B", shippedLine("701", 1), shippedLine("702", 1))
	second.Notify = true
	late := second
	late.Packages = []marketplace.Package{{TrackingNumber: "222"}}
	work := []func(context.Context, *woocommerce.Adapter) error{
		func(ctx context.Context, a *woocommerce.Adapter) error {
			_, err := a.PublishShipment(ctx, first)
			return err
		},
		func(ctx context.Context, a *woocommerce.Adapter) error {
			_, err := a.PublishShipment(ctx, second)
			return err
		},
		func(ctx context.Context, a *woocommerce.Adapter) error {
			_, err := a.PublishShipment(ctx, late)
			return err
		},
		func(ctx context.Context, a *woocommerce.Adapter) error {
			_, err := a.PublishDelivery(ctx, marketplace.Delivery{OrderID: "7", Reference: "A", At: spring})
			return err
		},
		func(ctx context.Context, a *woocommerce.Adapter) error {
			_, err := a.PublishDelivery(ctx, marketplace.Delivery{OrderID: "7", Reference: "B", At: spring})
			return err
		},
	}
	type end struct {
		status  any
		numbers []string
		notes   []string
		records int
	}
	// run does the work with the call k broken, before the shop hears of it or after, and again from the step that broke.
	run := func(t *testing.T, k int, after bool) (end, int) {
		server, adapter, wire := open(t, woocommerce.WithDeliveredStatus("delivered"))
		server.AddStatus("delivered")
		server.Put(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 2}, wootest.Line{SKU: "MUG", Units: 1}))
		calls := 0
		ctx, kill := context.WithCancel(context.Background())
		defer kill()
		wire.set(func(request *http.Request, _ string) (*http.Response, error) {
			calls++
			if calls != k {
				return nil, nil
			}
			if after {
				response, err := http.DefaultTransport.RoundTrip(request.WithContext(context.Background()))
				if err != nil {
					return nil, err
				}
				_ = response.Body.Close()
			}
			kill()
			return nil, errCut
		})
		for _, step := range work {
			if err := step(ctx, adapter); err != nil {
				if ctx.Err() == nil || !errors.Is(err, context.Canceled) {
					t.Fatalf("call %d: %v", k, err)
				}
				ctx = context.Background()
				if err := step(ctx, adapter); err != nil {
					t.Fatalf("again after call %d: %v", k, err)
				}
			}
		}
		records := 0
		list, _ := server.Order("7")["meta_data"].([]any)
		for _, entry := range list {
			if key, _ := entry.(map[string]any)["key"].(string); strings.HasPrefix(key, "_retailsync_shipment_") {
				records++
			}
		}
		return end{server.Order("7")["status"], numbers(server), server.Notes("7"), records}, calls
	}
	want, calls := run(t, 0, false)
	if want.status != "delivered" || len(want.numbers) != 2 || len(want.notes) != 3 || want.records != 2 {
		t.Fatalf("undisturbed: %+v", want)
	}
	for k := 1; k <= calls; k++ {
		for _, after := range []bool{false, true} {
			got, _ := run(t, k, after)
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(end{})); diff != "" {
				t.Errorf("killed at call %d of %d, after it was done: %t: %s", k, calls, after, diff)
			}
		}
	}
}

// An outcome that is not known, a shop that is slow or a key that has expired are errors of the call, not refusals.
func TestShipmentFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		play func(*http.Request, string) (*http.Response, error)
		code marketplace.Code
	}{
		"a lost reply": {loseReplies("/orders/7"), marketplace.CodeUnknown},
		"too many":     {reply(429, `{"code":"slow"}`, true), marketplace.CodeRateLimited},
		"expired key":  {reply(401, `{"code":"woocommerce_rest_authentication_error","message":"Consumer key is invalid."}`, false), marketplace.CodeUnauthenticated},
		"broken":       {reply(502, `<html>`, true), marketplace.CodeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, adapter, wire := open(t)
			server.Put(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 1}))
			wire.set(test.play)
			if _, err := adapter.PublishShipment(context.Background(), shipmentOf("A", shippedLine("701", 1))); marketplace.CodeOf(err) != test.code {
				t.Errorf("got %v, want %s", err, test.code)
			}
			wire.set(nil)
			result := ship(t, adapter, shipmentOf("A", shippedLine("701", 1)))
			confirmed(t, result, name == "a lost reply")
			hasStatus(t, server, "completed")
		})
	}
}

// A delivery is kept with its shipment once, and ends the order when everything has arrived.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	server, adapter, _ := open(t, woocommerce.WithDeliveredStatus("delivered"))
	server.AddStatus("delivered")
	server.Put(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 2}))
	deliver := func(reference string) marketplace.ShipmentResult {
		result, err := adapter.PublishDelivery(context.Background(), marketplace.Delivery{OrderID: "7", Reference: reference, At: spring})
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	code(t, "an unknown shipment", deliver("A").Err, marketplace.CodeNotFound, "reference")
	ship(t, adapter, shipmentOf("A", shippedLine("701", 1)))
	confirmed(t, deliver("A"), false)
	confirmed(t, deliver("A"), true)
	hasStatus(t, server, "processing")
	ship(t, adapter, shipmentOf("B", shippedLine("701", 1)))
	hasStatus(t, server, "completed")
	confirmed(t, deliver("B"), false)
	hasStatus(t, server, "delivered")
	confirmed(t, deliver("B"), true)
	// Tracking that comes after all neither undoes the delivery nor the status.
	late := shipmentOf("A", shippedLine("701", 1))
	late.Packages = []marketplace.Package{{TrackingNumber: "111"}}
	confirmed(t, ship(t, adapter, late), false)
	confirmed(t, deliver("A"), true)
	hasStatus(t, server, "delivered")
	order, err := adapter.GetOrder(context.Background(), "7")
	if err != nil || order.Status != canonical.StatusDelivered || order.Lines[0].Qty.Delivered.String() != "2" || order.Validate() != nil {
		t.Errorf("%+v, %v, %v", order, err, order.Validate())
	}
	result, err := adapter.PublishDelivery(context.Background(), marketplace.Delivery{OrderID: "8", Reference: "A"})
	if err != nil {
		t.Fatal(err)
	}
	code(t, "an unknown order", result.Err, marketplace.CodeNotFound, "order")
}

// A whole order is cancelled once, and its units are for sale again; anything else is refused.
func TestCancellations(t *testing.T) {
	t.Parallel()
	whole := marketplace.Cancellation{OrderID: "7", Reference: "C", Whole: true, Lines: []marketplace.ShipmentLine{shippedLine("701", 2)}, Reason: "Sold out", Notify: true}
	part := whole
	part.Whole, part.Lines = false, []marketplace.ShipmentLine{shippedLine("701", 1)}
	unknown := whole
	unknown.OrderID = "8"
	for name, test := range map[string]struct {
		cancellation marketplace.Cancellation
		setup        func(*wootest.Server, *woocommerce.Adapter)
		code         marketplace.Code
		path         string
		already      bool
		status       string
		stock        string
	}{
		"whole":   {cancellation: whole, status: "cancelled", stock: "10"},
		"a part":  {cancellation: part, code: marketplace.CodeInvalid, path: "lines", status: "processing", stock: "8"},
		"unknown": {cancellation: unknown, code: marketplace.CodeNotFound, path: "order", status: "processing", stock: "8"},
		"not paid": {cancellation: whole, status: "cancelled", stock: "8", setup: func(s *wootest.Server, _ *woocommerce.Adapter) {
			s.Put(strings.Replace(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 2}), `"processing"`, `"pending"`, 1))
		}},
		"cancelled already": {cancellation: whole, already: true, status: "cancelled", stock: "8", setup: func(s *wootest.Server, _ *woocommerce.Adapter) {
			s.Change("7", func(o map[string]any) { o["status"] = "cancelled" })
		}},
		"a part of a cancelled one": {cancellation: part, already: true, status: "cancelled", stock: "8", setup: func(s *wootest.Server, _ *woocommerce.Adapter) {
			s.Change("7", func(o map[string]any) { o["status"] = "cancelled" })
		}},
		"refunded": {cancellation: whole, already: true, status: "refunded", stock: "8", setup: func(s *wootest.Server, _ *woocommerce.Adapter) {
			s.Change("7", func(o map[string]any) { o["status"] = "refunded" })
		}},
		"refunded after it was shipped": {cancellation: whole, code: marketplace.CodeConflict, path: "order", status: "refunded", stock: "8", setup: func(s *wootest.Server, _ *woocommerce.Adapter) {
			s.Change("7", func(o map[string]any) { o["status"], o["date_completed_gmt"] = "refunded", orderedAt })
		}},
		"shipped": {cancellation: whole, code: marketplace.CodeConflict, path: "order", status: "completed", stock: "8", setup: func(s *wootest.Server, a *woocommerce.Adapter) {
			_, _ = a.PublishShipment(context.Background(), shipmentOf("A", shippedLine("701", 2)))
		}},
		"shipped in part": {cancellation: whole, code: marketplace.CodeConflict, path: "order", status: "processing", stock: "8", setup: func(s *wootest.Server, a *woocommerce.Adapter) {
			_, _ = a.PublishShipment(context.Background(), shipmentOf("A", shippedLine("701", 1)))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, adapter, wire := open(t)
			server.SetStock("MUG", 10)
			server.Place(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 2}))
			showsStock(t, server, "MUG", "8")
			if test.setup != nil {
				test.setup(server, adapter)
			}
			cancel := func() marketplace.ShipmentResult {
				result, err := adapter.PublishCancellation(context.Background(), test.cancellation)
				if err != nil {
					t.Fatal(err)
				}
				return result
			}
			result := cancel()
			if test.code != "" {
				code(t, name, result.Err, test.code, test.path)
			} else if result.Outcome != marketplace.ShipmentConfirmed {
				t.Errorf("%+v", result)
			}
			hasStatus(t, server, test.status)
			showsStock(t, server, "MUG", test.stock)
			if test.code == "" {
				if diff := cmp.Diff([]string{"Your order has been cancelled. Sold out"}, server.Notes("7")); diff != "" {
					t.Error(diff)
				}
				wire.set(nil)
				confirmed(t, cancel(), true)
				if wire.writes() != 0 {
					t.Error("cancelled twice")
				}
				if made := len(server.Meta("7", "_retailsync_cancellation")); made == 1 == test.already {
					t.Errorf("%d marks", made)
				}
			}
			showsStock(t, server, "MUG", test.stock)
		})
	}
	server, adapter, wire := open(t)
	server.Put(wootest.LinesOrder(7, orderedAt, wootest.Line{SKU: "MUG", Units: 2}))
	wire.set(loseReplies("/orders/7"))
	if _, err := adapter.PublishCancellation(context.Background(), whole); marketplace.CodeOf(err) != marketplace.CodeUnknown {
		t.Errorf("a lost reply: %v", err)
	}
	wire.set(reply(200, `{"id":7,"status":"processing"}`, true))
	server.Change("7", func(o map[string]any) { o["status"] = "processing" })
	result, err := adapter.PublishCancellation(context.Background(), whole)
	if err != nil {
		t.Fatal(err)
	}
	code(t, "a plugin", result.Err, marketplace.CodeConflict, "order")
}

// No order makes the publisher panic, or an outcome that is neither confirmed nor explained.
func FuzzPublishShipment(f *testing.F) {
	f.Add([]byte(`{"id":7,"status":"processing","line_items":[{"id":701,"quantity":2,"product_id":5}],"meta_data":[{"id":1,"key":"_retailsync_shipment_0","value":{"reference":"B","lines":[{"id":"701","quantity":"1"}],"packages":[]}}]}`))
	f.Add([]byte(`{"id":7,"status":"processing","line_items":{"0":{"id":"701","quantity":"1e3"}},"refunds":[{"id":1}],"meta_data":[{"key":"_wc_shipment_tracking_items","value":[1,null,{"tracking_id":[]}]}]}`))
	f.Add([]byte(`{"id":7,"status":["x"],"line_items":[{"id":701,"quantity":"N/A"}],"meta_data":{"a":{"key":"_retailsync_shipment_0","value":"x"}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		wire := &line{play: func(request *http.Request, _ string) (*http.Response, error) {
			switch {
			case strings.HasSuffix(request.URL.Path, "/orders/7"):
				return answer(request, 200, string(body)), nil
			case strings.HasSuffix(request.URL.Path, "/refunds"):
				return answer(request, 200, `[]`), nil
			default:
				return answer(request, 404, `{"code":"woocommerce_rest_product_invalid_id"}`), nil
			}
		}}
		shipment := shipmentOf("A", shippedLine("701", 1))
		shipment.Packages = []marketplace.Package{{TrackingNumber: "111"}}
		result, err := fuzzed(wire).PublishShipment(context.Background(), shipment)
		if err != nil {
			if marketplace.CodeOf(err) == "" {
				t.Errorf("an error without a code: %v", err)
			}
			return
		}
		if (result.Outcome == marketplace.ShipmentConfirmed) != (result.Err == nil) {
			t.Errorf("%+v", result)
		}
	})
}
