package retailsync

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/govalues/decimal"
	"golang.org/x/sync/errgroup"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo/sale"
)

// PublishCancellations tells the channel what of its orders Odoo will not deliver: orders that a person cancelled in Odoo,
// lines whose quantity a person lowered, and what was left of lines when a person cancelled its delivery. It does nothing
// unless the rules say cancellations.publish: with some channels it gives money back. Run it every minute or so, after the
// import of orders and with the same store.
//
// It compares each order that changed in Odoo with the channel, which must be a [marketplace.OrderGetter]: what the channel
// has fewer of, because it cancelled units itself, is never sent back to it. What has been delivered is not cancelled. A part is
// cancelled only when Odoo has the order as the channel has it now: after a change at the channel the import goes first. Lines
// that the channel has and Odoo does not are left alone.
//
// Outcomes, repeats, what is set aside and tried again, and errors are as in [Connector.PublishShipments]; the first run of a
// channel begins now unless ShipmentRun.Since says otherwise.
func (c *Connector) PublishCancellations(ctx context.Context, target marketplace.CancellationPublisher, options ShipmentRun) (done *ShipmentReport, failure error) {
	ctx, end := c.flow(ctx, "PublishCancellations", target.Channel())
	defer func() { end(done, failure) }()
	started := time.Now()
	options.DryRun = options.DryRun || c.rehearses(target.Channel(), mapping.WorkflowCancellations)
	report := &ShipmentReport{DryRun: options.DryRun, Started: started.UTC(), noun: "cancellations"}
	defer func() { report.Took = time.Since(started) }()
	if options.Since.IsZero() {
		options.Since = started
	}
	r := &cancellationRun{target: target}
	run, err := c.newShipmentRun(ctx, target, "cancellations", options, report)
	if err != nil {
		return report, err
	}
	r.shipmentRun = run
	if publish := r.outlet.rules.Cancellations.Publish; publish == nil || !*publish {
		return report, nil
	}
	var ok bool
	if r.source, ok = target.(marketplace.OrderGetter); !ok {
		return report, fmt.Errorf("retailsync: the adapter of %s (%T) fetches no orders: cancellations cannot be compared with the channel", target.Channel(), target)
	}
	if options.DryRun {
		return report, r.run(ctx)
	}
	err = c.alone(ctx, idempotency.Key{Scope: r.scope(), ID: "run"}, r.run)
	return report, err
}

// newShipmentRun prepares a run of what goes out of orders.
func (c *Connector) newShipmentRun(ctx context.Context, target marketplace.Adapter, kind string, options ShipmentRun, report *ShipmentReport) (*shipmentRun, error) {
	cursors, err := c.cursors()
	if err != nil {
		return nil, err
	}
	if options.FollowFor <= 0 {
		options.FollowFor = 30 * time.Second
	}
	if options.Orders <= 0 {
		options.Orders = 4
	}
	outlet, err := c.outlet(ctx, target.Channel())
	if err != nil {
		return nil, err
	}
	r := &shipmentRun{
		Connector: c, ShipmentRun: options, channel: target.Channel(), kind: kind, outlet: outlet, cursors: cursors, report: report,
		owed: map[int64]owedOrder{}, owes: map[int64]owedOrder{},
	}
	var mu sync.Mutex
	if then := options.OnResult; then != nil {
		r.OnResult = func(result ShipmentResult) {
			mu.Lock()
			defer mu.Unlock()
			then(result)
		}
	}
	return r, nil
}

// cancellationRun is one run for one channel.
type cancellationRun struct {
	*shipmentRun
	target marketplace.CancellationPublisher
	source marketplace.OrderGetter
}

// remainder is a sale order of the channel with what it delivers in all.
type remainder struct {
	id    int64
	name  string
	key   canonical.Key
	state sale.State
	// wanted are the units by line of the channel; lines are the channel's ids in order.
	wanted map[string]decimal.Decimal
	lines  []soldLine
	reason string
	// digest is equal as long as the order delivers the same.
	digest string
}

func (r *cancellationRun) run(ctx context.Context) error {
	name := r.scope()
	text, err := r.cursors.Cursor(ctx, name)
	if err != nil {
		return fmt.Errorf("read cursor %s: %w", name, err)
	}
	if err := r.loadBacklog(ctx); err != nil {
		return err
	}
	changed, err := sale.Changes(ctx, r.erp, text, r.Since)
	if err != nil {
		return err
	}
	wanted := map[int64]bool{}
	for _, id := range changed.Orders {
		wanted[id] = true
	}
	for part := range slices.Chunk(append(changed.Orders, r.due(time.Now(), wanted)...), ordersAtOnce) {
		if err := r.publishAll(ctx, part); err != nil {
			return err
		}
	}
	if r.DryRun {
		return nil
	}
	return r.end(ctx, nil, changed.Cursor)
}

// publishAll brings the channel up to date on some orders, several at once.
func (r *cancellationRun) publishAll(ctx context.Context, ids []int64) error {
	orders, err := r.readRemainders(ctx, ids)
	if err != nil {
		return err
	}
	known, err := r.rememberedRemainders(ctx, orders)
	if err != nil {
		return err
	}
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(r.Orders)
	for _, order := range orders {
		if known[r.remainderKey(order)].Digest == order.digest {
			continue
		}
		group.Go(func() error { return r.publishRemainder(inner, order) })
	}
	return group.Wait()
}

func (r *cancellationRun) remainderKey(order remainder) idempotency.Key {
	return idempotency.Key{Scope: r.scope(), ID: "order/" + order.key.ID}
}

func (r *cancellationRun) rememberedRemainders(ctx context.Context, orders []remainder) (map[idempotency.Key]idempotency.Revision, error) {
	memory, ok := r.store.(idempotency.RevisionStore)
	if !ok || len(orders) == 0 {
		return nil, nil
	}
	keys := make([]idempotency.Key, len(orders))
	for i, order := range orders {
		keys[i] = r.remainderKey(order)
	}
	known, err := memory.Revisions(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read what was compared: %w", err)
	}
	return known, nil
}

// readRemainders reads what the orders among ids that are the channel's deliver in all. Quotations are left out: nothing was
// promised yet.
func (r *cancellationRun) readRemainders(ctx context.Context, ids []int64) ([]remainder, error) {
	lines, keys, err := channelLines(ctx, r.Connector, r.channel, ids)
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	records, err := sale.Read(ctx, r.erp, slices.Sorted(maps.Keys(lines)))
	if err != nil {
		return nil, err
	}
	records = slices.DeleteFunc(records, sale.Order.Quotation)
	own := make([]int64, len(records))
	var lineIDs []int64
	for i, record := range records {
		own[i] = record.ID
		for _, line := range lines[record.ID] {
			lineIDs = append(lineIDs, line.id)
		}
	}
	deliveries, err := r.goods.Deliveries(ctx, own)
	if err != nil {
		return nil, err
	}
	if err := r.addKits(ctx, lines, deliveries); err != nil {
		return nil, err
	}
	undelivered, err := r.goods.Undelivered(ctx, lineIDs)
	if err != nil {
		return nil, err
	}
	reasons, err := r.reasons(ctx, own)
	if err != nil {
		return nil, err
	}
	convert := func(q decimal.Decimal, from, to int64) (decimal.Decimal, error) {
		return r.goods.Convert(ctx, q, from, to)
	}
	orders := make([]remainder, 0, len(records))
	for _, record := range records {
		order := remainder{id: record.ID, name: record.Name, key: keys[record.ID], state: record.State, lines: lines[record.ID], reason: reasons[record.ID]}
		delivered := deliveredUnits(dispatches(order.lines, deliveriesOf(deliveries, order.id), convert))
		if order.wanted, err = wantedUnits(order, delivered, undelivered, convert); err != nil {
			return nil, err
		}
		order.digest = digestOfUnits(order)
		orders = append(orders, order)
	}
	return orders, nil
}

// reasons are the channel's words for why, by order.
func (r *cancellationRun) reasons(ctx context.Context, ids []int64) (map[int64]string, error) {
	rules := r.outlet.rules.Cancellations
	said, err := sale.Texts(ctx, r.erp, ids, rules.ReasonField)
	if err != nil {
		return nil, fmt.Errorf("rules of %s: cancellations.reason_field: %w", r.channel, err)
	}
	reasons := make(map[int64]string, len(ids))
	for _, id := range ids {
		reasons[id] = rules.ReasonOf(said[id])
	}
	return reasons, nil
}

// publishRemainder compares one order with the channel and cancels there what Odoo will not deliver.
func (r *cancellationRun) publishRemainder(ctx context.Context, order remainder) error {
	if down := r.isDown(); down != nil {
		r.oweNow(order.id)
		r.concluded(order, ShipmentResult{Outcome: ShipmentFailed, Err: down})
		return nil
	}
	there, err := r.source.GetOrder(ctx, order.key.ID)
	if err != nil {
		return r.unpublished(ctx, order, err)
	}
	cancellation, err := r.cancellationOf(order, &there)
	if err != nil {
		return r.unpublished(ctx, order, err)
	}
	if len(cancellation.Lines) == 0 {
		return r.compared(ctx, order) // the channel has no more than Odoo delivers
	}
	if note, err := r.imported(ctx, order, &there, cancellation.Whole); err != nil {
		return err
	} else if note != "" {
		r.oweNow(order.id)
		r.concluded(order, ShipmentResult{Outcome: ShipmentPending, Cancellation: &cancellation, Note: note})
		return nil
	}
	if r.DryRun {
		r.concluded(order, ShipmentResult{Outcome: ShipmentPublished, Cancellation: &cancellation})
		return nil
	}
	result, err := r.target.PublishCancellation(ctx, cancellation)
	if err != nil {
		return r.unpublished(ctx, order, err)
	}
	switch result.Outcome {
	case marketplace.ShipmentConfirmed:
		return r.cancelled(ctx, order, cancellation, result)
	case marketplace.ShipmentPending:
		// The next run compares again: what the channel has carried out by then needs no more.
		r.oweNow(order.id)
		r.concluded(order, ShipmentResult{Outcome: ShipmentPending, Cancellation: &cancellation})
		return nil
	default:
		return r.unpublished(ctx, order, result.Err)
	}
}

// cancelled journals a cancellation that the channel has. The next run compares the order once more.
func (r *cancellationRun) cancelled(ctx context.Context, order remainder, cancellation marketplace.Cancellation, result marketplace.ShipmentResult) error {
	err := r.journal.Append(ctx, canonical.Event{
		ID:   string(canonical.EventCancellationPublished) + "/" + cancellation.Reference,
		Type: canonical.EventCancellationPublished, At: time.Now().UTC(), Subject: order.key,
		Record: fmt.Sprintf("sale.order,%d", order.id), Summary: fmt.Sprintf("%d lines cancelled at the channel", len(cancellation.Lines)),
	})
	r.concluded(order, ShipmentResult{Outcome: ShipmentPublished, Cancellation: &cancellation, ID: result.ID, Already: result.Already})
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return r.compared(ctx, order)
}

// compared remembers that the channel has an order as Odoo has it.
func (r *cancellationRun) compared(ctx context.Context, order remainder) error {
	memory, ok := r.store.(idempotency.RevisionStore)
	if !ok || r.DryRun {
		return nil
	}
	if _, err := memory.PutRevision(ctx, r.remainderKey(order), idempotency.Revision{Digest: order.digest}); err != nil {
		return fmt.Errorf("remember what was compared: %w", err)
	}
	return nil
}

// imported says why a part must wait: the channel's order has changed since it was imported, so that Odoo's quantities may be
// fewer because the import is behind. A whole order that a person cancelled needs no comparison.
func (r *cancellationRun) imported(ctx context.Context, order remainder, there *canonical.Order, whole bool) (note string, err error) {
	memory, ok := r.store.(idempotency.RevisionStore)
	if whole {
		return "", nil
	}
	if ok {
		applied, known, err := memory.Revision(ctx, idempotency.Key{Scope: r.Connector.scope("orders", r.channel), ID: order.key.ID})
		if err != nil {
			return "", fmt.Errorf("read the imported revision: %w", err)
		}
		if now := revisionOf(there); known && applied.Digest == now.Digest {
			return "", nil
		}
	}
	return "the order has changed at the channel since it was imported with this store: import it first", nil
}

// unpublished reports an order that could not be compared or cancelled.
func (r *cancellationRun) unpublished(ctx context.Context, order remainder, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	code := marketplace.CodeOf(err)
	switch {
	case fatal(err) && code != "":
		r.mu.Lock()
		r.down = err
		r.mu.Unlock()
		r.oweNow(order.id)
	case code == marketplace.CodeUnknown:
		r.oweNow(order.id)
	default:
		r.owe(order.id, true)
	}
	r.concluded(order, ShipmentResult{Outcome: ShipmentFailed, Err: err})
	return nil
}

func (r *cancellationRun) concluded(order remainder, result ShipmentResult) {
	result.Order, result.OdooID, result.OdooName = order.key, order.id, order.name
	r.report.add(result, r.OnResult)
}

// isCancelled reports whether the order was cancelled in Odoo.
func (o remainder) isCancelled() bool { return o.state == sale.StateCancel }
