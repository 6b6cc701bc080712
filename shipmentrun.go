package retailsync

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/govalues/decimal"
	"golang.org/x/sync/errgroup"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/product"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/odoo/stock"
)

// ordersAtOnce is how many orders' deliveries are read in one go; it bounds the memory of a run.
const ordersAtOnce = 200

// shipmentRun is one run for one channel.
type shipmentRun struct {
	*Connector
	ShipmentRun
	channel canonical.Channel
	// kind is what is published: it keeps positions and what is set aside apart.
	kind    string
	target  marketplace.ShipmentPublisher
	outlet  *outlet
	cursors idempotency.CursorStore
	report  *ShipmentReport

	// owed is what earlier runs owe, owes what this one leaves to later ones, by sale order.
	owed map[int64]owedOrder

	mu   sync.Mutex // guards what follows
	owes map[int64]owedOrder
	// pending are shipments that the channel is working on.
	pending []pendingShipment
	// down is why the channel cannot be reached any more; orders after it are owed.
	down error
}

// shippedOrder is a sale order of the channel with what was delivered of it.
type shippedOrder struct {
	id         int64
	key        canonical.Key
	dispatches []dispatch
	// arrivals says when deliveries reached the customer.
	arrivals map[int64]time.Time
}

func (r *shipmentRun) scope() string { return r.Connector.scope(r.kind, r.channel) }

// run publishes what changed since the last run.
func (r *shipmentRun) run(ctx context.Context) error {
	name := r.scope()
	text, err := r.cursors.Cursor(ctx, name)
	if err != nil {
		return fmt.Errorf("read cursor %s: %w", name, err)
	}
	if err := r.loadBacklog(ctx); err != nil {
		return err
	}
	changed, err := r.goods.ChangedDeliveries(ctx, stock.DeliveryCursor(text), r.Since)
	if err != nil {
		return err
	}
	fresh, err := r.unknown(ctx, changed.Deliveries)
	if err != nil {
		return err
	}
	wanted := map[int64]bool{}
	for _, delivery := range fresh {
		for _, order := range delivery.Orders {
			wanted[order] = true
		}
	}
	orders := append(slices.Sorted(maps.Keys(wanted)), r.due(time.Now(), wanted)...)
	for part := range slices.Chunk(orders, ordersAtOnce) {
		if err := r.publishOrders(ctx, part); err != nil {
			return err
		}
	}
	if err := r.follow(ctx); err != nil {
		return err
	}
	if r.DryRun {
		return nil
	}
	return r.end(ctx, fresh, string(changed.Cursor))
}

// end stores what is owed first, then what was seen, and the position last: a crash in between repeats, and loses nothing.
func (r *shipmentRun) end(ctx context.Context, seen []stock.ChangedDelivery, cursor string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	whole, err := r.saveBacklog(ctx)
	if err != nil {
		return err
	}
	if !whole {
		if r.down != nil {
			return r.down
		}
		return fmt.Errorf("more %s of %s fail than can be set aside: the position is not moved on until some are repaired: see the report", r.kind, r.channel)
	}
	if err := r.know(ctx, seen); err != nil {
		return err
	}
	if err := r.cursors.PutCursor(ctx, r.scope(), cursor); err != nil {
		return fmt.Errorf("store cursor %s: %w", r.scope(), err)
	}
	return r.down
}

// unknown are the deliveries that do not look as they did when an earlier run dealt with them.
func (r *shipmentRun) unknown(ctx context.Context, deliveries []stock.ChangedDelivery) ([]stock.ChangedDelivery, error) {
	memory, ok := r.store.(idempotency.RevisionStore)
	if !ok || len(deliveries) == 0 {
		return deliveries, nil
	}
	keys := make([]idempotency.Key, len(deliveries))
	for i, d := range deliveries {
		keys[i] = r.lookKey(d)
	}
	looks, err := memory.Revisions(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read which deliveries are known: %w", err)
	}
	var fresh []stock.ChangedDelivery
	for i, d := range deliveries {
		if looks[keys[i]].Digest != d.Look {
			fresh = append(fresh, d)
		}
	}
	return fresh, nil
}

// know remembers what deliveries look like that were dealt with.
func (r *shipmentRun) know(ctx context.Context, deliveries []stock.ChangedDelivery) error {
	memory, ok := r.store.(idempotency.RevisionStore)
	if !ok || len(deliveries) == 0 {
		return nil
	}
	looks := make([]idempotency.KeyedRevision, len(deliveries))
	for i, d := range deliveries {
		looks[i] = idempotency.KeyedRevision{Key: r.lookKey(d), Revision: idempotency.Revision{Digest: d.Look}}
	}
	if _, err := memory.PutRevisions(ctx, looks); err != nil {
		return fmt.Errorf("remember deliveries: %w", err)
	}
	return nil
}

func (r *shipmentRun) lookKey(d stock.ChangedDelivery) idempotency.Key {
	return idempotency.Key{Scope: r.scope(), ID: "delivery/" + strconv.FormatInt(d.ID, 10)}
}

// publishOrders brings the channel up to date on some orders, several at once.
func (r *shipmentRun) publishOrders(ctx context.Context, ids []int64) error {
	orders, err := r.read(ctx, ids)
	if err != nil {
		return err
	}
	known, err := r.remembered(ctx, orders)
	if err != nil {
		return err
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(r.Orders)
	for _, order := range orders {
		group.Go(func() error { return r.publishOrder(inner, order, known) })
	}
	return group.Wait()
}

// read reads what was delivered of the orders among ids that are the channel's.
func (r *shipmentRun) read(ctx context.Context, ids []int64) ([]shippedOrder, error) {
	gathered, err := r.gather(ctx, ids)
	if err != nil {
		return nil, err
	}
	return r.planned(ctx, gathered)
}

// gathered is what Odoo has of orders of the channel, whatever the rules.
type gathered struct {
	lines      map[int64][]soldLine
	keys       map[int64]canonical.Key
	deliveries []stock.Delivery
}

func (r *shipmentRun) gather(ctx context.Context, ids []int64) (gathered, error) {
	var g gathered
	var err error
	if g.lines, g.keys, err = r.lines(ctx, ids); err != nil {
		return g, err
	}
	if g.deliveries, err = r.goods.Deliveries(ctx, slices.Sorted(maps.Keys(g.lines))); err != nil {
		return g, err
	}
	return g, r.addKits(ctx, g.lines, g.deliveries)
}

// planned is what the channel shall be told of what was gathered, by the rules.
func (r *shipmentRun) planned(ctx context.Context, g gathered) ([]shippedOrder, error) {
	arrivals, err := r.arrivals(ctx, g.deliveries)
	if err != nil {
		return nil, err
	}
	convert := func(q decimal.Decimal, from, to int64) (decimal.Decimal, error) {
		return r.goods.Convert(ctx, q, from, to)
	}
	own := slices.Sorted(maps.Keys(g.lines))
	orders := make([]shippedOrder, 0, len(own))
	for _, id := range own {
		order := shippedOrder{id: id, key: g.keys[id], arrivals: arrivals}
		order.dispatches = dispatches(g.lines[id], deliveriesOf(g.deliveries, id), convert)
		for i := range order.dispatches {
			r.address(&order.dispatches[i], order.key, g.lines[id], convert)
		}
		orders = append(orders, order)
	}
	return orders, nil
}

// lines reads the lines of the orders that stand for lines of the channel, and the channel's keys of the orders.
func (r *shipmentRun) lines(ctx context.Context, ids []int64) (map[int64][]soldLine, map[int64]canonical.Key, error) {
	return channelLines(ctx, r.Connector, r.channel, ids)
}

func channelLines(ctx context.Context, c *Connector, channel canonical.Channel, ids []int64) (map[int64][]soldLine, map[int64]canonical.Key, error) {
	byOrder, err := sale.Lines(ctx, c.erp, ids)
	if err != nil {
		return nil, nil, err
	}
	lines, keys := map[int64][]soldLine{}, map[int64]canonical.Key{}
	products := map[int64]bool{}
	for _, all := range byOrder {
		for _, line := range all {
			if _, _, ok := mapping.OrderLine(channel, line.ExternalID); ok && line.ProductID.ID != 0 {
				products[line.ProductID.ID] = true
			}
		}
	}
	if len(products) == 0 {
		return lines, keys, nil
	}
	found, err := odoo.Find[product.Product](ctx, c.erp, odoo.In("id", slices.Sorted(maps.Keys(products))), odoo.Archived())
	if err != nil {
		return nil, nil, err
	}
	skus := make(map[int64]string, len(found))
	for _, p := range found {
		skus[p.ID] = p.SKU
	}
	for _, id := range ids {
		for _, line := range byOrder[id] {
			order, channelID, ok := mapping.OrderLine(channel, line.ExternalID)
			if !ok || line.ProductID.ID == 0 {
				continue
			}
			keys[id] = canonical.Key{Channel: channel, ID: order}
			lines[id] = append(lines[id], soldLine{
				id: line.ID, channelID: channelID, product: line.ProductID.ID, sku: skus[line.ProductID.ID], ordered: line.Quantity, unit: line.UoM.ID,
			})
		}
	}
	return lines, keys, nil
}

// deliveriesOf are the deliveries with what they moved of one order.
func deliveriesOf(deliveries []stock.Delivery, order int64) []stock.Delivery {
	var of []stock.Delivery
	for _, d := range deliveries {
		d.Moves = slices.DeleteFunc(slices.Clone(d.Moves), func(m stock.DeliveryMove) bool { return m.OrderID != order })
		if len(d.Moves) > 0 {
			of = append(of, d)
		}
	}
	return of
}

// addKits adds to the lines that were sold as kits what those take.
func (r *shipmentRun) addKits(ctx context.Context, lines map[int64][]soldLine, deliveries []stock.Delivery) error {
	kits := map[int64]bool{}
	for _, d := range deliveries {
		for _, m := range d.Moves {
			if m.KitLine != 0 {
				kits[m.LineID] = true
			}
		}
	}
	if len(kits) == 0 {
		return nil
	}
	products := map[int64]int64{}
	for _, all := range lines {
		for _, line := range all {
			if kits[line.id] {
				products[line.id] = line.product
			}
		}
	}
	needs, err := r.goods.KitNeeds(ctx, products)
	if err != nil {
		return err
	}
	for _, all := range lines {
		for i := range all {
			all[i].kit = needs[all[i].id]
		}
	}
	return nil
}

// arrivals reads when deliveries reached the customer, if channel and rules want that.
func (r *shipmentRun) arrivals(ctx context.Context, deliveries []stock.Delivery) (map[int64]time.Time, error) {
	rule := r.outlet.rules.Shipments.Delivered
	if _, ok := r.target.(marketplace.DeliveryPublisher); !ok || rule.Field == "" {
		return nil, nil
	}
	ids := make([]int64, len(deliveries))
	for i, d := range deliveries {
		ids[i] = d.ID
	}
	arrivals, err := r.goods.Arrivals(ctx, ids, rule.Field, rule.Value)
	if err != nil {
		return nil, fmt.Errorf("rules of %s: shipments.delivered: %w", r.channel, err)
	}
	return arrivals, nil
}

// address completes a shipment with all but its lines.
func (r *shipmentRun) address(d *dispatch, order canonical.Key, lines []soldLine, convert converter) {
	rules := r.outlet.rules
	if own := r.outlet.own; own != 0 && d.delivery.WarehouseID == own {
		d.note, d.err = "the channel has shipped it itself", nil
	}
	word, template, err := rules.Carrier(d.delivery.Carrier.ID, d.delivery.Carrier.Name)
	if d.err == nil && d.note == "" {
		d.err = err
	}
	s := &d.shipment
	s.OrderID, s.Reference, s.Name = order.ID, r.reference(order, d.delivery), d.delivery.Name
	s.Location = rules.LocationOf(d.delivery.WarehouseID, r.outlet.warehouseNamed)
	s.Carrier, s.ShippedAt = word, d.delivery.Done
	s.Notify = rules.Shipments.Notify != nil && *rules.Shipments.Notify
	s.Packages = parcels(d.delivery, lines, template, convert)
}

// reference names a shipment for good. It follows from the channel's order and Odoo's delivery alone, so that every
// process and every attempt comes to the same. The time at which the delivery was made tells apart deliveries of one
// number in two databases; a database's own name can change.
func (r *shipmentRun) reference(order canonical.Key, d stock.Delivery) string {
	return "rs-" + idempotency.Key{
		Scope: r.scope(), ID: order.ID + "|" + strconv.FormatInt(d.ID, 10) + "|" + strconv.FormatInt(d.Created.Unix(), 10),
	}.ProviderKey()[:32]
}
