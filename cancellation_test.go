package retailsync_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
)

// cancel runs PublishCancellations once and returns what became of the shop's orders, as "outcome".
func (p *parcelDesk) cancel() map[string]string {
	p.t.Helper()
	found := map[string]string{}
	_, err := p.sync.PublishCancellations(context.Background(), p.adapter, retailsync.ShipmentRun{Since: p.since, OnResult: func(r retailsync.ShipmentResult) {
		found[r.Order.ID] = string(r.Outcome)
		if r.Outcome == retailsync.ShipmentPublished && r.Already {
			found[r.Order.ID] = "already"
		}
		if r.Err != nil {
			found[r.Order.ID] += " " + string(marketplace.CodeOf(r.Err))
		}
	}})
	if err != nil {
		p.t.Fatal(err)
	}
	return found
}

// imported notes that the shop's order is in Odoo as it is, as an import does.
func (p *parcelDesk) imported(order sold) {
	p.t.Helper()
	there, err := p.adapter.GetOrder(context.Background(), order.id)
	if err != nil {
		p.t.Fatal(err)
	}
	_, err = p.store.(idempotency.RevisionStore).PutRevision(context.Background(),
		idempotency.Key{Scope: "orders/" + p.adapter.Channel().String(), ID: order.id}, idempotency.Revision{UpdatedAt: there.Revision.UpdatedAt, Digest: there.Digest()})
	if err != nil {
		p.t.Fatal(err)
	}
}

// left are the units by line that the shop's order has, nil once it is cancelled.
func (p *parcelDesk) left(order sold) map[string]string {
	p.t.Helper()
	there := p.shop.Order(order.id)
	if there["status"] == "canceled" {
		return nil
	}
	units := map[string]string{}
	for _, item := range there["items"].([]any) {
		one := item.(map[string]any)
		units[one["id"].(string)] = fmt.Sprint(one["quantity"])
	}
	return units
}

func (p *parcelDesk) wants(what string, got, want any) {
	p.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// What a person cancels in Odoo is cancelled at the channel, once; what the channel cancelled, and what has left, is not.
func TestPublishCancellations(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		p := newParcelDesk(t, w, "    cancellations: {publish: true, reason: out_of_stock}\n")
		product := w.Product(nil)
		w.Count(product, w.Place, 100)
		cancelInOdoo := func(order sold) {
			warehouse.Call[any](w, "sale.order", "action_cancel", []int64{order.odoo}, nil, odoo.Context{"disable_cancel_warning": true})
		}
		whole, theirs, lowered, rest, kept := p.sell(product, 2, 1), p.sell(product, 1), p.sell(product, 4, 2), p.sell(product, 5), p.sell(product, 3)
		for _, order := range []sold{whole, theirs, lowered, rest, kept} {
			p.imported(order)
		}
		p.wants("nothing is cancelled", p.cancel(), map[string]string{})

		cancelInOdoo(whole)
		p.shop.Change(theirs.id, func(o map[string]any) { o["status"], o["canceled_at"] = "canceled", "2026-03-01T12:00:00.000Z" })
		cancelInOdoo(theirs)
		before := p.shop.Order(theirs.id)["updated_at"]
		p.wants("a person and the channel", p.cancel(), map[string]string{whole.id: "published"})
		p.wants("the whole order", p.left(whole), map[string]string(nil))
		if after := p.shop.Order(theirs.id)["updated_at"]; after != before {
			t.Errorf("an order that the channel cancelled was written at %v", after)
		}
		p.wants("again", p.cancel(), map[string]string{})

		warehouse.Call[any](w, "sale.order.line", "write", []int64{lowered.lines[0]}, odoo.Args{"vals": map[string]any{"product_uom_qty": 3}}, nil)
		p.shop.Change(lowered.id, func(o map[string]any) { o["email"] = "new@example.com" })
		p.wants("the channel's change comes first", p.cancel(), map[string]string{lowered.id: "pending"})
		p.imported(lowered)
		p.wants("a lowered line", p.cancel(), map[string]string{lowered.id: "published"})
		p.wants("units of the lowered order", p.left(lowered), map[string]string{lowered.names[0]: "3", lowered.names[1]: "2"})
		p.wants("again", p.cancel(), map[string]string{})

		w.Ship(rest.odoo, map[int64]float64{rest.lines[0]: 2})
		p.publish()
		p.imported(rest)
		open := warehouse.Call[[]int64](w, "stock.picking", "search", nil, odoo.Args{"domain": odoo.And(odoo.Eq("sale_id", rest.odoo), odoo.NotIn("state", []string{"done", "cancel"}))}, nil)
		warehouse.Call[any](w, "stock.picking", "action_cancel", open, nil, nil)
		p.wants("the rest of a delivery", p.cancel(), map[string]string{rest.id: "published"})
		p.wants("units of the order that was delivered in part", p.left(rest), map[string]string{rest.names[0]: "2"})
		p.wants("the order that nobody touched", p.left(kept), map[string]string{kept.names[0]: "3"})

		// What has left the shop's books cannot be cancelled there: it is set aside with the reason.
		p.shop.Change(kept.id, func(o map[string]any) {
			o["fulfillments"] = []any{map[string]any{"id": "ful_byhand", "items": []any{}, "labels": []any{}, "canceled_at": nil}}
		})
		cancelInOdoo(kept)
		p.wants("fulfilled by hand", p.cancel(), map[string]string{kept.id: "failed conflict"})
		p.wants("set aside", p.cancel(), map[string]string{})
		ids := map[string]bool{}
		for _, event := range p.journal.Events() {
			if event.Type == canonical.EventCancellationPublished {
				ids[event.ID] = true
			}
		}
		if len(ids) != 3 {
			t.Errorf("%d events of 3 cancellations", len(ids))
		}
		p.forget()
		again := p.cancel()
		delete(again, kept.id)
		p.wants("with an empty store", again, map[string]string{})
	})
}

// A quantity that a person lowers a second time, after the channel has raised it, is another cancellation although it is the same
// quantity.
func TestCancellationAfterMoreWereOrdered(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		p := newParcelDesk(t, w, "    cancellations: {publish: true}\n")
		product := w.Product(nil)
		w.Count(product, w.Place, 100)
		order := p.sell(product, 5)
		p.imported(order)
		lower := func(units int) {
			warehouse.Call[any](w, "sale.order.line", "write", order.lines, odoo.Args{"vals": map[string]any{"product_uom_qty": units}}, nil)
		}
		lower(3)
		p.wants("lowered", p.cancel(), map[string]string{order.id: "published"})
		p.wants("units", p.left(order), map[string]string{order.names[0]: "3"})
		p.shop.Change(order.id, func(o map[string]any) {
			item := o["items"].([]any)[0].(map[string]any)
			item["quantity"], item["detail"].(map[string]any)["quantity"] = 4.0, 4.0
		})
		lower(4) // by the import
		p.imported(order)
		p.wants("raised by the channel", p.cancel(), map[string]string{})
		lower(3)
		p.wants("lowered again", p.cancel(), map[string]string{order.id: "published"})
		p.wants("units", p.left(order), map[string]string{order.names[0]: "3"})
		p.imported(order)
		p.wants("at rest", p.cancel(), map[string]string{})
	})
}

// Nothing goes out unless the rules say so, nor in a dry run.
func TestCancellationsAreOff(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		for _, rules := range []string{"", "    cancellations: {publish: true}\n"} {
			p := newParcelDesk(t, w, rules)
			order := p.sell(w.Product(nil), 1)
			warehouse.Call[any](w, "sale.order", "action_cancel", []int64{order.odoo}, nil, odoo.Context{"disable_cancel_warning": true})
			report, err := p.sync.PublishCancellations(context.Background(), p.adapter, retailsync.ShipmentRun{Since: p.since, DryRun: rules != ""})
			want := "0 cancellations"
			if rules != "" {
				want = "1 cancellations: 1 published (dry run)"
			}
			if err != nil || report.String() != want {
				t.Errorf("%s, %v; want %s", report, err, want)
			}
			if p.left(order) == nil {
				t.Error("the order is cancelled at the channel")
			}
		}
	})
}
