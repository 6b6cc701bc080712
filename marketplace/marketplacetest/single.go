package marketplacetest

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
)

func testGet(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	getter := shop.getter(t)
	id := shop.seed(t, 1)[0]
	order, err := getter.GetOrder(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	if order.Key.ID != id || order.Key.Channel != shop.Adapter.Channel() {
		t.Errorf("got the order %s, want %s", order.Key, id)
	}
	if err := order.Validate(); err != nil && (shop.MayBeInvalid == nil || !shop.MayBeInvalid(id)) {
		t.Errorf("the order is not valid: %v", err)
	}
	again, err := getter.GetOrder(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(order.Revision, again.Revision); diff != "" {
		t.Errorf("an unchanged order was read twice with two revisions (-first +second):\n%s", diff)
	}
	if lister, ok := shop.Adapter.(marketplace.OrderLister); ok {
		seen, _ := run(t, lister, marketplace.OrderQuery{Since: h.Since}, nil)
		if got := seen[id].order.Revision.Digest; got != order.Revision.Digest {
			t.Error("the list and GetOrder decode one order differently")
		}
	}
}

// An order that adds up may still be another one: quantities that were swapped, a line that was lost before the adapter itself summed up.
func testContent(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	if shop.Shows == nil {
		t.Skip("the harness has no Shows")
	}
	ids := shop.seed(t, min(5, h.Orders))
	check := func(how, id string, order canonical.Order) {
		t.Helper()
		got := ShownOrder{Currency: order.Currency, Total: order.Totals.Grand.Shop, Goods: map[string]ShownLine{}}
		for _, line := range order.Lines {
			if line.Kind.Goods() {
				got.Goods[line.ID] = ShownLine{line.SKU, line.Qty.Ordered.Trim(0).String()}
			}
		}
		if diff := cmp.Diff(shop.Shows(t, id), got, cmp.Comparer(decimal.Decimal.Equal)); diff != "" {
			t.Errorf("order %s, %s (-the shop +the adapter):\n%s", id, how, diff)
		}
	}
	if getter, ok := shop.Adapter.(marketplace.OrderGetter); ok {
		for _, id := range ids {
			order, err := getter.GetOrder(context.Background(), id)
			if err != nil {
				t.Fatal(err)
			}
			check("fetched", id, order)
		}
	}
	if lister, ok := shop.Adapter.(marketplace.OrderLister); ok {
		seen, _ := run(t, lister, marketplace.OrderQuery{Since: h.Since}, nil)
		for _, id := range ids {
			check("listed", id, seen[id].order)
		}
	}
}

func testNotFound(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	getter := shop.getter(t)
	for _, id := range []string{"999999999", "no_such_order", "", "../orders", "1?x=y", "a b", "\x00"} {
		_, err := getter.GetOrder(context.Background(), id)
		expect(t, fmt.Sprintf("the order %q, which does not exist", id), h, wire, err, marketplace.CodeNotFound)
	}
}

func testAcknowledge(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	acknowledger := shop.acknowledger(t)
	id := shop.seed(t, 1)[0]
	for range 2 {
		if err := acknowledger.AcknowledgeOrder(context.Background(), marketplace.Acknowledgement{OrderID: id, Reference: "S00042"}); err != nil {
			t.Fatal(err)
		}
	}
	if shop.Traces != nil {
		if traces := shop.Traces(t, id); traces != 1 {
			t.Errorf("acknowledged twice, %d traces", traces)
		}
	}
	err := acknowledger.AcknowledgeOrder(context.Background(), marketplace.Acknowledgement{OrderID: "999999999", Reference: "S1"})
	expect(t, "acknowledging an order that does not exist", h, wire, err, marketplace.CodeNotFound)
}

// A write whose reply is lost may have been done. It is reported as such and is not repeated.
func testAcknowledgeLost(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	acknowledger := shop.acknowledger(t)
	id := shop.seed(t, 1)[0]
	writes := wire.LoseReplies()
	ack := marketplace.Acknowledgement{OrderID: id, Reference: "S00043"}
	err := acknowledger.AcknowledgeOrder(context.Background(), ack)
	if writes() == 0 {
		t.Skip("the adapter acknowledges without a write over HTTP")
	}
	expect(t, "a write without a reply", h, wire, err, marketplace.CodeUnknown)
	if writes() != 1 {
		t.Errorf("the write was sent %d times without knowing what had become of it", writes())
	}
	wire.Set(nil)
	if err := acknowledger.AcknowledgeOrder(context.Background(), ack); err != nil {
		t.Errorf("acknowledging again: %v", err)
	}
	if shop.Traces != nil {
		if traces := shop.Traces(t, id); traces != 1 {
			t.Errorf("%d traces after a lost reply and another try", traces)
		}
	}
}

// A look that failed has found nothing out: whoever takes it for "there is none" leaves one more.
func testAcknowledgeLookFails(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	acknowledger := shop.acknowledger(t)
	if shop.Traces == nil {
		t.Skip("the harness has no Traces")
	}
	id := shop.seed(t, 1)[0]
	ack := marketplace.Acknowledgement{OrderID: id, Reference: "S00044"}
	if err := acknowledger.AcknowledgeOrder(context.Background(), ack); err != nil {
		t.Fatal(err)
	}
	wire.RefuseReads()
	if err := acknowledger.AcknowledgeOrder(context.Background(), ack); err != nil {
		expect(t, "an acknowledgement that cannot be looked for", h, wire, err, marketplace.CodeUnavailable, marketplace.CodeUnknown)
	}
	wire.Set(nil)
	if traces := shop.Traces(t, id); traces != 1 {
		t.Errorf("%d traces after a look that failed", traces)
	}
}

// An order that was cancelled meanwhile is marked like others, or is a conflict: reading it again shows why. Never is it a matter for a
// person. One that was marked before it was cancelled is marked.
func testAcknowledgeCancelled(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	acknowledger := shop.acknowledger(t)
	if shop.Shipments == nil || shop.Shipments.Cancel == nil {
		t.Skip("the harness has no Shipments.Cancel")
	}
	acknowledge := func(id string) error {
		return acknowledger.AcknowledgeOrder(context.Background(), marketplace.Acknowledgement{OrderID: id, Reference: "S00045"})
	}
	ids := shop.seed(t, 2)
	id, marked := ids[0], ids[1]
	shop.Shipments.Cancel(t, id)
	if err := acknowledge(id); err != nil {
		expect(t, "acknowledging a cancelled order", h, wire, err, marketplace.CodeConflict)
		if getter, ok := shop.Adapter.(marketplace.OrderGetter); ok {
			order, err := getter.GetOrder(context.Background(), id)
			if err != nil || order.Status != canonical.StatusCancelled {
				t.Errorf("a conflict, but read again the order is %s, %v", order.Status, err)
			}
		}
		if shop.Traces != nil && shop.Traces(t, id) != 0 {
			t.Error("an order that was refused has a trace")
		}
	}
	if err := acknowledge(marked); err != nil {
		t.Fatal(err)
	}
	shop.Shipments.Cancel(t, marked)
	if err := acknowledge(marked); err != nil {
		t.Errorf("acknowledging again what was cancelled since: %v", err)
	}
}
