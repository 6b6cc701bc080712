package retailsync_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/odoo"
)

// parcelDesk is a Medusa shop in the process whose orders are delivered by a real Odoo.
type parcelDesk struct {
	t       *testing.T
	odoo    *warehouse.Warehouse
	shop    *medusatest.Server
	adapter *medusa.Adapter
	sync    *retailsync.Connector
	store   idempotency.Store
	journal *retailsync.MemoryJournal
	rules   *mapping.Rules
	account string
	since   time.Time

	mu     sync.Mutex
	lost   bool // nothing reaches the shop
	cut    int  // the reply to this write to the shop is lost, counted down
	orders int
}

// RoundTrip implements http.RoundTripper.
func (p *parcelDesk) RoundTrip(request *http.Request) (*http.Response, error) {
	p.mu.Lock()
	lost := p.lost
	if request.Method != http.MethodGet {
		p.cut--
	}
	cut := p.cut == 0 && request.Method != http.MethodGet
	p.mu.Unlock()
	if lost {
		return nil, errors.New("connection refused")
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err == nil && cut {
		response.Body.Close()
		return nil, errors.New("connection reset by peer")
	}
	return response, err
}

func (p *parcelDesk) lose(lost bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lost = lost
}

// newParcelDesk opens a shop of an account of its own, so that nobody else's orders are its.
func newParcelDesk(t *testing.T, w *warehouse.Warehouse, rules string) *parcelDesk {
	t.Helper()
	p := &parcelDesk{t: t, odoo: w, shop: medusatest.NewServer(), journal: &retailsync.MemoryJournal{}, account: strings.ToLower(tag()), since: time.Now().Add(-time.Minute)}
	t.Cleanup(p.shop.Close)
	p.adapter = medusa.New(p.shop.URL, medusa.SecretKey(p.shop.SecretKey), medusa.WithAccount(p.account),
		medusa.WithTransport(p), medusa.WithBackoff(time.Millisecond), medusa.WithRateLimit(1000))
	text := `version: 1
channels:
  medusa/` + p.account + `:
    currency_view: shop
    stock:
      locations: [{location: sloc_main, warehouses: [` + w.Name + `]}]
` + rules
	loaded, err := mapping.Load(strings.NewReader(text), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p.rules, p.store = loaded, idempotency.NewMemory()
	p.restart()
	return p
}

// restart begins with the store that is there.
func (p *parcelDesk) restart() {
	p.sync = retailsync.New(p.odoo.Client, p.rules, retailsync.WithJournal(p.journal), retailsync.WithStore(p.store))
}

// forget begins with an empty store.
func (p *parcelDesk) forget() {
	p.store = idempotency.NewMemory()
	p.restart()
}

// sold is an order of the shop that is confirmed in Odoo.
type sold struct {
	id    string
	odoo  int64
	lines []int64  // in Odoo
	names []string // at the channel
}

// ship sells two units of a new product and has them leave by one delivery, whose id it returns.
func (p *parcelDesk) ship() (order sold, delivery int64) {
	p.t.Helper()
	product := p.odoo.Product(nil)
	p.odoo.Count(product, p.odoo.Place, 10)
	order = p.sell(product, 2)
	return order, p.odoo.Ship(order.odoo, map[int64]float64{order.lines[0]: 2})
}

// sell places an order with a line per quantity, of one product, and brings it to Odoo as an import does.
func (p *parcelDesk) sell(product int64, quantities ...int) sold {
	p.t.Helper()
	p.orders++
	order := sold{id: fmt.Sprintf("order_%s_%d", p.account, p.orders)}
	p.shop.Put(medusatest.SampleOrder(order.id, p.orders, 1, "TS-M", time.Now().UTC().Format("2006-01-02T15:04:05.000Z")))
	items, lines := []any{}, []any{}
	for i, quantity := range quantities {
		name := fmt.Sprintf("%s_l%d", order.id, i)
		order.names = append(order.names, name)
		items = append(items, map[string]any{
			"id": name, "variant_sku": "TS-M", "quantity": float64(quantity),
			"detail": map[string]any{"quantity": float64(quantity), "fulfilled_quantity": 0.0},
		})
		lines = append(lines, []any{0, 0, map[string]any{"product_id": product, "product_uom_qty": quantity}})
	}
	p.shop.Change(order.id, func(o map[string]any) { o["items"] = items })
	partner := p.odoo.Create("res.partner", map[string]any{"name": "Test"}, nil)
	order.odoo = p.odoo.Create("sale.order", map[string]any{"partner_id": partner, "warehouse_id": p.odoo.ID, "order_line": lines}, nil)
	order.lines = p.odoo.LinesOf(order.odoo)
	for i, line := range order.lines {
		id := odoo.NewExternalID(mapping.Module, "medusa", p.account, "line", order.id, order.names[i])
		p.odoo.Create("ir.model.data", map[string]any{"module": id.Module, "name": id.Name, "model": "sale.order.line", "res_id": line}, nil)
	}
	warehouse.Call[any](p.odoo, "sale.order", "action_confirm", []int64{order.odoo}, nil, nil)
	return order
}

// publish runs once and returns what became of the shop's shipments, by the delivery's id, as "outcome".
func (p *parcelDesk) publish() map[int64]string {
	p.t.Helper()
	found, err := p.try()
	if err != nil {
		p.t.Fatal(err)
	}
	return found
}

func (p *parcelDesk) try() (map[int64]string, error) {
	p.t.Helper()
	found := map[int64]string{}
	_, err := p.sync.PublishShipments(context.Background(), p.adapter, retailsync.ShipmentRun{Since: p.since, OnResult: func(r retailsync.ShipmentResult) {
		found[r.OdooID] = string(r.Outcome)
		if r.Outcome == retailsync.ShipmentPublished && r.Already {
			found[r.OdooID] = "already"
		}
		if (r.Err != nil) != (r.Outcome == retailsync.ShipmentFailed) || r.OdooName == "" || r.Order.ID == "" {
			p.t.Errorf("a result of %+v", r)
		}
	}})
	return found, err
}

func (p *parcelDesk) want(what string, got, want map[int64]string) {
	p.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// fulfilled is what the shop shows of an order: a text per fulfilment, such as "l0:2 l1:1 [NR-1] shipped".
func (p *parcelDesk) fulfilled(order sold) []string {
	p.t.Helper()
	return fulfilments(p.shop.Order(order.id), order.names)
}

func fulfilments(order map[string]any, names []string) []string {
	var all []string
	list, _ := order["fulfillments"].([]any)
	for _, one := range list {
		f := one.(map[string]any)
		if f["canceled_at"] != nil {
			continue
		}
		var parts []string
		for _, item := range f["items"].([]any) {
			part := item.(map[string]any)
			parts = append(parts, fmt.Sprintf("l%d:%v", slices.Index(names, fmt.Sprint(part["line_item_id"])), part["quantity"]))
		}
		slices.Sort(parts)
		var numbers []string
		labels, _ := f["labels"].([]any)
		for _, label := range labels {
			numbers = append(numbers, fmt.Sprint(label.(map[string]any)["tracking_number"]))
		}
		slices.Sort(numbers)
		parts = append(parts, fmt.Sprint(numbers))
		if f["shipped_at"] != nil {
			parts = append(parts, "shipped")
		}
		if f["delivered_at"] != nil {
			parts = append(parts, "delivered")
		}
		all = append(all, strings.Join(parts, " "))
	}
	slices.Sort(all)
	return all
}

func (p *parcelDesk) shows(order sold, want ...string) {
	p.t.Helper()
	if diff := cmp.Diff(want, p.fulfilled(order)); diff != "" {
		p.t.Errorf("the shop's fulfilments (-want +got):\n%s", diff)
	}
}

// Each delivery is told once, with its own lines and numbers; late tracking follows; a channel that is down loses
// nothing; returns and what goes out again are no shipments; an emptied store doubles nothing.
func TestPublishShipments(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		carrier := w.Carrier("Carrier " + w.Name)
		p := newParcelDesk(t, w, `    shipments:
      carriers: [{carrier: "Carrier *", word: post, url: "https://track.example.com/{number}"}]
`)
		product := w.Product(nil)
		w.Count(product, w.Place, 100)
		order := p.sell(product, 3, 2)
		other := p.sell(product, 1)
		p.want("nothing is delivered", p.publish(), map[int64]string{})

		first := w.Ship(order.odoo, map[int64]float64{order.lines[0]: 2})
		w.Track(first, carrier, "NR-1")
		p.want("a part", p.publish(), map[int64]string{first: "published"})
		p.shows(order, "l0:2 [NR-1] shipped")
		p.want("again", p.publish(), map[int64]string{})

		second := w.Ship(order.odoo, map[int64]float64{order.lines[0]: 1, order.lines[1]: 2})
		w.Track(second, carrier, "")
		third := w.Ship(other.odoo, map[int64]float64{other.lines[0]: 1})
		p.lose(true)
		if _, err := p.try(); marketplace.CodeOf(err) != marketplace.CodeUnavailable {
			t.Errorf("the channel is down: %v", err)
		}
		p.lose(false)
		p.restart()
		p.want("it is back", p.publish(), map[int64]string{first: "unchanged", second: "published", third: "published"})
		p.shows(order, "l0:1 l1:2 []", "l0:2 [NR-1] shipped")
		p.shows(other, "l0:1 [] shipped")

		w.Track(second, 0, "NR-2, NR-3")
		p.want("late tracking", p.publish(), map[int64]string{first: "unchanged", second: "published"})
		p.shows(order, "l0:1 l1:2 [NR-2 NR-3] shipped", "l0:2 [NR-1] shipped")

		w.Return(second, 1)
		p.want("a return", p.publish(), map[int64]string{})
		p.forget()
		got := p.publish()
		for _, id := range []int64{first, second, third} {
			if got[id] != "already" {
				t.Errorf("with an empty store: delivery %d is %q, want already", id, got[id])
			}
		}
		p.shows(order, "l0:1 l1:2 [NR-2 NR-3] shipped", "l0:2 [NR-1] shipped")
		p.want("at rest", p.publish(), map[int64]string{})
		types := map[canonical.EventType]int{}
		ids := map[string]bool{}
		for _, event := range p.journal.Events() {
			if !ids[event.ID] {
				types[event.Type]++
			}
			ids[event.ID] = true
		}
		if types[canonical.EventShipmentPublished] != 4 { // three shipments, one of them twice
			t.Errorf("events %v", types)
		}
	})
}

// A shipment that is refused is set aside with the reason, holds up no other, and is told when it is repaired.
func TestRefusedShipments(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		known, unknown := w.Carrier("Known "+w.Name), w.Carrier("Other "+w.Name)
		p := newParcelDesk(t, w, "    shipments:\n      carriers: [{carrier: \"Known *\", word: post}]\n")
		product := w.Product(nil)
		w.Count(product, w.Place, 100)
		unmapped, gone, good := p.sell(product, 1), p.sell(product, 1), p.sell(product, 2)
		a := w.Ship(unmapped.odoo, map[int64]float64{unmapped.lines[0]: 1})
		w.Track(a, unknown, "NR-1")
		b := w.Ship(gone.odoo, map[int64]float64{gone.lines[0]: 1})
		p.shop.Change(gone.id, func(o map[string]any) { o["status"] = "canceled" })
		w.Ship(good.odoo, map[int64]float64{good.lines[0]: 2})
		report, err := p.sync.PublishShipments(context.Background(), p.adapter, retailsync.ShipmentRun{Since: p.since})
		if err != nil {
			t.Fatal(err)
		}
		if report.Count(retailsync.ShipmentPublished) != 1 || report.Count(retailsync.ShipmentFailed) != 2 || report.String() != "3 shipments: 1 published, 2 failed" {
			t.Errorf("%s", report)
		}
		reasons := map[int64]error{}
		for _, failed := range report.Failed() {
			reasons[failed.OdooID] = failed.Err
		}
		if found := mapping.Unmapped(reasons[a]); len(found) != 1 || found[0].Kind != mapping.UnmappedCarrier {
			t.Errorf("an unmapped carrier: %v", reasons[a])
		}
		if marketplace.CodeOf(reasons[b]) != marketplace.CodeConflict {
			t.Errorf("a cancelled order: %v", reasons[b])
		}
		p.shows(good, "l0:2 [] shipped")
		p.shows(unmapped)
		p.want("they wait for a while", p.publish(), map[int64]string{})
		w.Track(a, known, "")
		p.want("repaired in Odoo", p.publish(), map[int64]string{a: "published"})
		p.shows(unmapped, "l0:1 [NR-1] shipped")
	})
}

// A dry run says what would happen and does nothing.
func TestShipmentsDryRun(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		p := newParcelDesk(t, w, "")
		product := w.Product(nil)
		w.Count(product, w.Place, 10)
		order := p.sell(product, 2)
		w.Ship(order.odoo, map[int64]float64{order.lines[0]: 2})
		for range 2 {
			report, err := p.sync.PublishShipments(context.Background(), p.adapter, retailsync.ShipmentRun{Since: p.since, DryRun: true})
			if err != nil || report.String() != "1 shipments: 1 published (dry run)" {
				t.Errorf("%s, %v", report, err)
			}
		}
		p.shows(order)
		if len(p.journal.Events()) != 0 {
			t.Errorf("%d events", len(p.journal.Events()))
		}
	})
}

// What the channel told is told that it arrived, as the rules' field says.
func TestPublishDeliveries(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		// Any date of a delivery will do: its deadline is one that people can set.
		p := newParcelDesk(t, w, "    shipments: {delivered: {field: date_deadline}}\n")
		order, id := p.ship()
		warehouse.Call[any](w, "stock.picking", "write", []int64{id}, odoo.Args{"vals": map[string]any{"date_deadline": "2026-03-01 12:00:00"}}, nil)
		p.want("arrived", p.publish(), map[int64]string{id: "delivered"})
		p.shows(order, "l0:2 [] shipped delivered")
		p.want("again", p.publish(), map[int64]string{})
		var kinds []canonical.EventType
		for _, event := range p.journal.Events() {
			kinds = append(kinds, event.Type)
		}
		if diff := cmp.Diff([]canonical.EventType{canonical.EventShipmentPublished, canonical.EventShipmentDelivered}, kinds); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

// A user with the documented rights publishes shipments and deliveries; without the right to sales it is refused.
func TestShipmentRights(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		carrier := w.Carrier("Carrier " + w.Name)
		p := newParcelDesk(t, w, "    shipments: {delivered: {field: date_deadline}}\n    cancellations: {publish: true}\n")
		product := w.Product(nil)
		w.Count(product, w.Place, 10)
		order := p.sell(product, 2)
		id := w.Ship(order.odoo, map[int64]float64{order.lines[0]: 2})
		w.Track(id, carrier, "NR-1")
		publish := func(groups ...string) (*retailsync.ShipmentReport, error) {
			connector := retailsync.New(w.As(append([]string{"base.group_user"}, groups...)...), p.rules)
			return connector.PublishShipments(context.Background(), p.adapter, retailsync.ShipmentRun{Since: p.since})
		}
		// Accounting read-only, which is for addresses, lets a user see sales too.
		if report, err := publish(groupContacts); odoo.CodeOf(err) != odoo.CodeAccess {
			t.Errorf("without sales: %s, %v", report, err)
		}
		report, err := publish(documented(w.Series)...)
		if err != nil || report.Count(retailsync.ShipmentPublished) != 1 || len(report.Failed()) > 0 {
			t.Errorf("%s, %v, %v", report, report.Failed(), err)
		}
		p.shows(order, "l0:2 [NR-1] shipped delivered")
		cancelled := p.sell(product, 1)
		warehouse.Call[any](w, "sale.order", "action_cancel", []int64{cancelled.odoo}, nil, odoo.Context{"disable_cancel_warning": true})
		connector := retailsync.New(w.As(append([]string{"base.group_user"}, documented(w.Series)...)...), p.rules)
		report, err = connector.PublishCancellations(context.Background(), p.adapter, retailsync.ShipmentRun{Since: p.since})
		if err != nil || report.Count(retailsync.ShipmentPublished) != 1 {
			t.Errorf("%s, %v, %v", report, report.Failed(), err)
		}
	})
}

// Whichever reply of the shop is lost, the shipment is there once, and told as such in the same run or the next.
func TestShipmentsThroughLostReplies(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		p := newParcelDesk(t, w, "")
		product := w.Product(nil)
		w.Count(product, w.Place, 10)
		for write := 1; write <= 2; write++ { // the fulfilment and its shipping
			order := p.sell(product, 2)
			id := w.Ship(order.odoo, map[int64]float64{order.lines[0]: 2})
			p.mu.Lock()
			p.cut = write
			p.mu.Unlock()
			first := p.publish()[id]
			if first != "published" && first != "failed" {
				t.Errorf("the reply to write %d is lost: %q", write, first)
			}
			if second := p.publish()[id]; first == "failed" && second != "published" && second != "already" {
				t.Errorf("after the reply to write %d was lost: %q", write, second)
			}
			p.shows(order, "l0:2 [] shipped")
		}
	})
}
