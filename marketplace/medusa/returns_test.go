package medusa_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/returns"
)

// What the in-process shop does is held against the real one by the same tests.
func TestReturns(t *testing.T)     { t.Parallel(); testReturns(t, fakeReturns(t)) }
func TestRealReturns(t *testing.T) { t.Parallel(); testReturns(t, realReturns(t)) }

func testReturns(t *testing.T, b *returnBench) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, *returnBench)
	}{
		{"Killed", testKilled},
		{"Exchange", testExchange},
		{"Returnless", testReturnless},
		{"HalfDone", testHalfDone},
		{"InParts", testInParts},
		{"SomebodyElse", testSomebodyElse},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, b) })
	}
}

var errKilled = errors.New("the process was killed")

// deadly lets a number of writes through and then no call at all: the last of them is carried out, but its reply is lost.
type deadly struct {
	mu   sync.Mutex
	left int
	dead bool
}

func (d *deadly) RoundTrip(request *http.Request) (*http.Response, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return nil, errKilled
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if request.Method == http.MethodGet {
		return response, err
	}
	if d.left--; d.left == 0 {
		d.dead = true
		if err == nil {
			_ = response.Body.Close()
		}
		return nil, errKilled
	}
	return response, err
}

// A process that is killed after any of its writes and started again comes to the same end as one that is not.
func testKilled(t *testing.T, b *returnBench) {
	two := func(line string, qty int64) []returns.DecidedLine {
		return []returns.DecidedLine{{ID: line, Qty: decimal.MustNew(qty, 0)}}
	}
	inspected := func(ctx context.Context, adapter *medusa.Adapter, id, line string) error {
		return adapter.ReportInspected(ctx, returns.Inspection{ReturnID: id, Reference: "QA-" + id, Lines: []returns.InspectedLine{{ID: line, Found: []canonical.ReceivedUnits{
			{Qty: decimal.One, Disposition: canonical.DispositionSellable}, {Qty: decimal.One, Disposition: canonical.DispositionDamaged},
		}}}})
	}
	for _, action := range []struct {
		name    string
		options []medusa.Option
		do      func(ctx context.Context, adapter *medusa.Adapter, id, line string) error
		want    booked
		found   []canonical.ReceivedUnits
		state   canonical.ReturnApproval
		writes  int
	}{
		{
			name: "approve", writes: 1, state: canonical.ReturnApproved,
			do: func(ctx context.Context, adapter *medusa.Adapter, id, _ string) error {
				return adapter.ApproveReturn(ctx, returns.Decision{ReturnID: id, Reference: "A-" + id})
			},
		},
		{
			name: "decline", writes: 3, state: canonical.ReturnDeclined,
			do: func(ctx context.Context, adapter *medusa.Adapter, id, _ string) error {
				return adapter.DeclineReturn(ctx, returns.Decision{ReturnID: id, Reference: "D-" + id, Reason: "final_sale"})
			},
		},
		{
			name: "receive one, then two", writes: 7, state: canonical.ReturnApproved,
			do: func(ctx context.Context, adapter *medusa.Adapter, id, line string) error {
				if err := adapter.ReportReceived(ctx, returns.Receipt{ReturnID: id, Reference: "R1-" + id, Lines: two(line, 1)}); err != nil {
					return err
				}
				return adapter.ReportReceived(ctx, returns.Receipt{ReturnID: id, Reference: "R2-" + id, Lines: two(line, 2)})
			},
			want:  booked{Good: map[string]int{theLine: 2}, Receipts: 2},
			found: []canonical.ReceivedUnits{{Qty: decimal.Two, Disposition: canonical.DispositionPending}},
		},
		{
			name: "inspect what nobody has received", writes: 6, state: canonical.ReturnApproved,
			do:   inspected,
			want: booked{Good: map[string]int{theLine: 1}, Dismissed: map[string]int{theLine: 1}, Receipts: 1},
			found: []canonical.ReceivedUnits{
				{Qty: decimal.One, Disposition: canonical.DispositionSellable}, {Qty: decimal.One, Disposition: canonical.DispositionDamaged},
			},
		},
		{
			name: "receive at the inspection", writes: 7, state: canonical.ReturnApproved, options: []medusa.Option{medusa.WithReceiptsAtInspection()},
			do: func(ctx context.Context, adapter *medusa.Adapter, id, line string) error {
				if err := adapter.ReportReceived(ctx, returns.Receipt{ReturnID: id, Reference: "R-" + id, Lines: two(line, 2)}); err != nil {
					return err
				}
				return inspected(ctx, adapter, id, line)
			},
			want: booked{Good: map[string]int{theLine: 1}, Dismissed: map[string]int{theLine: 1}, Receipts: 1},
			found: []canonical.ReceivedUnits{
				{Qty: decimal.One, Disposition: canonical.DispositionSellable}, {Qty: decimal.One, Disposition: canonical.DispositionDamaged},
			},
		},
	} {
		t.Run(action.name, func(t *testing.T) {
			order := b.sell(t, 40)
			for kill := 1; ; kill += b.step {
				if kill > 20 {
					t.Fatal("the writes have no end")
				}
				id := b.ask(t, order, 2)
				line := b.lines(t, id)[0].ID
				wire := &deadly{left: kill}
				err := action.do(t.Context(), b.adapter(wire, action.options...), id, line)
				if wire.dead && err == nil {
					t.Fatalf("killed after write %d, and no error", kill)
				}
				if err := action.do(t.Context(), b.adapter(nil, action.options...), id, line); err != nil {
					t.Fatalf("again after write %d: %v", kill, err)
				}
				if diff := cmp.Diff(action.want.of(order.lines[0]), b.booked(t, order.id, id), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("killed after write %d (-want +got):\n%s", kill, diff)
				}
				got, err := b.adapter(nil).GetReturn(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(action.found, got.Lines[0].Received, cmpopts.EquateEmpty(), units); diff != "" || got.Approval != action.state {
					t.Errorf("killed after write %d: %s (-want +got):\n%s", kill, got.Approval, diff)
				}
				if got.Approval == canonical.ReturnRequested || got.Approval == canonical.ReturnApproved && len(got.Lines[0].Received) == 0 {
					// Free its units for the next one: an order can take back no more than was sold.
					b.try(t, "POST", "/admin/returns/"+id+"/cancel", map[string]any{}, nil)
				}
				if !wire.dead {
					if made := kill - wire.left; made != action.writes {
						t.Errorf("%d writes, want %d", made, action.writes)
					}
					return
				}
			}
		})
	}
}

// theLine stands for the only line of an order.
const theLine = "the line"

// of is what is booked, of a line with an id.
func (b booked) of(line string) booked {
	named := func(units map[string]int) map[string]int {
		if units[theLine] == 0 {
			return nil
		}
		return map[string]int{line: units[theLine]}
	}
	b.Good, b.Dismissed = named(b.Good), named(b.Dismissed)
	return b
}

var units = cmp.Options{
	cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) }),
	cmpopts.IgnoreFields(canonical.ReceivedUnits{}, "Location", "RawDisposition"),
}

// listed finds a return in the stream since a time.
func listed(t *testing.T, adapter *medusa.Adapter, since time.Time, id string) *canonical.Return {
	t.Helper()
	var found *canonical.Return
	for query := (returns.Query{Since: since}); ; {
		page, err := adapter.ListReturns(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range page.Returns {
			if one.Key.ID == id && one.Err == nil {
				found = &one.Return
			}
		}
		if query.Cursor = page.Cursor; !page.More {
			return found
		}
	}
}

// An exchange for something dearer and one for something cheaper: goods, prices, tax and what the way back costs.
func testExchange(t *testing.T, b *returnBench) {
	since := time.Now().Add(-time.Minute)
	for price, want := range map[string]struct{ total, tax string }{"22.5": {"45", "11.25"}, "10": {"20", "5"}} {
		order := b.sell(t, 3)
		exchange, id, line := b.exchange(t, order, 2, price, 4)
		adapter := b.adapter(nil)
		got, err := adapter.GetReturn(t.Context(), exchange)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Lines) != 1 || len(got.Exchange) != 1 || got.OrderNumber == "" || got.RequestedAt.IsZero() {
			t.Fatalf("got %+v", got)
		}
		expected := canonical.Return{
			Key: canonical.Key{Channel: channel, ID: id}, Order: canonical.Key{Channel: channel, ID: order.id}, Currency: "EUR",
			Approval: canonical.ReturnApproved, Logistics: canonical.ReturnUnsent, RawStatus: "requested",
			Lines: []canonical.ReturnLine{{
				ID: got.Lines[0].ID, OrderLineID: order.lines[0], Qty: decimal.Two, Resolution: canonical.ResolutionExchangeOther, RawResolution: "exchange",
			}},
			Exchange: []canonical.ExchangeLine{{
				ID: line, ReturnLineID: got.Lines[0].ID, Qty: decimal.Two, OrderID: order.id, Total: canonical.Shop(decimal.MustParse(want.total)),
				Taxes: []canonical.Tax{{
					Code: "SE25", Rate: decimal.MustParse("25"), RateKnown: true, Amount: canonical.Shop(decimal.MustParse(want.tax)), Collector: canonical.CollectorSeller,
				}},
			}},
			Fees: []canonical.ReturnFee{{Kind: canonical.FeeShipping, Amount: canonical.Shop(decimal.MustParse("5"))}},
		}
		ignored := cmp.Options{
			cmpopts.IgnoreFields(canonical.Return{}, "Number", "OrderNumber", "Revision", "RequestedAt"),
			cmpopts.IgnoreFields(canonical.ReturnLine{}, "SKU", "Reason"), cmpopts.IgnoreFields(canonical.ExchangeLine{}, "SKU", "Title"),
			cmpopts.EquateEmpty(), units,
		}
		if diff := cmp.Diff(expected, got, ignored); diff != "" {
			t.Errorf("exchange at %s (-want +got):\n%s", price, diff)
		}
		if found := listed(t, adapter, since, id); found == nil || found.Revision.Digest != got.Revision.Digest {
			t.Errorf("the list has %+v", found)
		}
	}
}

// A claim of which the buyer keeps the goods is a return without goods.
func testReturnless(t *testing.T, b *returnBench) {
	since := time.Now().Add(-time.Minute)
	order := b.sell(t, 3)
	id := b.claim(t, order, 1)
	adapter := b.adapter(nil)
	got, err := adapter.GetReturn(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if got.Key.ID != id || got.Approval != canonical.ReturnApproved || got.Logistics != canonical.ReturnReturnless || !got.Closed || len(got.Lines) != 1 ||
		!got.Lines[0].KeepItem || got.Lines[0].Resolution != canonical.ResolutionRefund || got.Lines[0].Reason != "wrong_item" || !got.Lines[0].Qty.Equal(decimal.One) {
		t.Errorf("got %+v", got)
	}
	if listed(t, adapter, since, id) == nil {
		t.Error("the claim is not listed")
	}
	err = adapter.ReportReceived(t.Context(), returns.Receipt{ReturnID: id, Reference: "R", Lines: []returns.DecidedLine{{ID: got.Lines[0].ID, Qty: decimal.One}}})
	if marketplace.CodeOf(err) != marketplace.CodeConflict {
		t.Errorf("goods of a claim without goods: %v", err)
	}
}

// A receipt of a person that Medusa has left half done, for want of a location, is finished, and nothing is received twice.
func testHalfDone(t *testing.T, b *returnBench) {
	order := b.sell(t, 2)
	id := b.ask(t, order, 2)
	line := b.lines(t, id)[0]
	path := "/admin/returns/" + id
	b.call(t, "POST", path+"/receive", map[string]any{}, nil)
	b.call(t, "POST", path+"/receive-items", map[string]any{"items": []any{map[string]any{"id": order.lines[0], "quantity": 2}}}, nil)
	if status := b.try(t, "POST", path+"/receive/confirm", map[string]any{}, nil); status != http.StatusInternalServerError {
		t.Fatalf("a receipt without a location: %d", status)
	}
	adapter := b.adapter(nil)
	got, err := adapter.GetReturn(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if got.Logistics != canonical.ReturnUnsent || got.RawStatus != "received" {
		t.Errorf("nothing is booked, and the return is %s (%s)", got.Logistics, got.RawStatus)
	}
	for range 2 {
		if err := adapter.ReportReceived(t.Context(), returns.Receipt{ReturnID: id, Reference: "R", Lines: []returns.DecidedLine{line}}); err != nil {
			t.Fatal(err)
		}
	}
	want := booked{Good: map[string]int{order.lines[0]: 2}, Receipts: 1}
	if diff := cmp.Diff(want, b.booked(t, order.id, id), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Medusa forgets the first receipt of a line when there is a second; quantities and states are right all the same, and the second
// is listed though Medusa does not move the return's time.
func testInParts(t *testing.T, b *returnBench) {
	order := b.sell(t, 3)
	id := b.ask(t, order, 3)
	line := b.lines(t, id)[0].ID
	adapter := b.adapter(nil)
	last := canonical.Return{Revision: canonical.Revision{UpdatedAt: time.Now().Add(-time.Minute)}}
	for i, want := range []struct {
		qty       int64
		logistics canonical.ReturnLogistics
	}{{1, canonical.ReturnPartiallyReceived}, {3, canonical.ReturnReceived}} {
		err := adapter.ReportReceived(t.Context(), returns.Receipt{
			ReturnID: id, Reference: fmt.Sprint("R", i), Lines: []returns.DecidedLine{{ID: line, Qty: decimal.MustNew(want.qty, 0)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		found := listed(t, adapter, last.Revision.UpdatedAt, id)
		if found == nil || found.Logistics != want.logistics || !found.Revision.UpdatedAt.After(last.Revision.UpdatedAt) {
			t.Fatalf("after %d units the list has %+v", want.qty, found)
		}
		last = *found
	}
	if !last.Closed || last.RawStatus != "partially_received" {
		t.Errorf("closed %t, Medusa says %s", last.Closed, last.RawStatus)
	}
	for _, inspected := range []canonical.Disposition{canonical.DispositionDamaged, canonical.DispositionRefurbish} {
		found := []canonical.ReceivedUnits{{Qty: decimal.Two, Disposition: canonical.DispositionSellable}, {Qty: decimal.One, Disposition: inspected}}
		if err := adapter.ReportInspected(t.Context(), returns.Inspection{ReturnID: id, Reference: "QA", Lines: []returns.InspectedLine{{ID: line, Found: found}}}); err != nil {
			t.Fatal(err)
		}
		got, err := adapter.GetReturn(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(found, got.Lines[0].Received, units); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if got := b.booked(t, order.id, id); got.Receipts != 2 || got.Good[order.lines[0]] != 3 {
		t.Errorf("what was found later has changed what is booked: %+v", got)
	}
}

// A receipt that a person has open stands in the way, and is not touched.
func testSomebodyElse(t *testing.T, b *returnBench) {
	order := b.sell(t, 2)
	id := b.ask(t, order, 1)
	line := b.lines(t, id)[0]
	b.call(t, "POST", "/admin/returns/"+id+"/receive", map[string]any{"internal_note": "mine"}, nil)
	adapter := b.adapter(nil)
	err := adapter.ReportReceived(t.Context(), returns.Receipt{ReturnID: id, Reference: "R", Lines: []returns.DecidedLine{line}})
	if marketplace.CodeOf(err) != marketplace.CodeConflict {
		t.Errorf("an open receipt of a person: %v", err)
	}
	if got := b.booked(t, order.id, id); got.Open != 1 || got.Receipts != 0 {
		t.Errorf("what the person has open is %+v", got)
	}
	b.call(t, "DELETE", "/admin/returns/"+id+"/receive", map[string]any{}, nil)
	for _, location := range []string{"sloc_nowhere", ""} {
		err := adapter.ReportReceived(t.Context(), returns.Receipt{ReturnID: id, Reference: "R", Location: location, Lines: []returns.DecidedLine{line}})
		if want := map[string]marketplace.Code{"sloc_nowhere": marketplace.CodeNotFound, "": ""}[location]; marketplace.CodeOf(err) != want {
			t.Errorf("location %q: %v", location, err)
		}
	}
}

// A delivery about a return is about its order, too.
func TestWebhookOfReturns(t *testing.T) {
	t.Parallel()
	adapter := medusa.New("https://shop.example.com", medusa.SecretKey("sk_x"), medusa.WithWebhookSecret("secret"))
	for body, want := range map[string]string{
		`{"name":"order.return_requested","data":{"order_id":"order_1","return_id":"return_1"}}`:   "return_1",
		`{"name":"order.return_received","data":{"order_id":"order_1","return_id":"return_1"}}`:    "return_1",
		`{"name":"order.exchange_created","data":{"order_id":"order_1","exchange_id":"oexc_1"}}`:   "oexc_1",
		`{"name":"order.claim_created","data":{"order_id":"order_1","claim_id":"claim_1"}}`:        "claim_1",
		`{"name":"order.fulfillment_created","data":{"order_id":"order_1","fulfillment_id":"f1"}}`: "",
	} {
		notices, err := adapter.ReceiveWebhook(t.Context(), medusatest.Sign("secret", "x", "d", []byte(body)), []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		got := map[marketplace.NoticeKind]string{}
		events := map[string]bool{}
		for _, notice := range notices {
			got[notice.Kind] = notice.Key.ID
			events[notice.EventID] = true
		}
		expected := map[marketplace.NoticeKind]string{marketplace.NoticeOrder: "order_1"}
		if want != "" {
			expected[marketplace.NoticeReturn] = want
		}
		if diff := cmp.Diff(expected, got); diff != "" || len(events) != len(notices) {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
}
