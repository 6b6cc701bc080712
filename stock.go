package retailsync

import (
	"context"
	"errors"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
)

// StockRun configures one run of [Connector.PublishStock] or [Connector.ReconcileStock].
type StockRun struct {
	// DryRun reads everything and writes nothing: the report says what would become of each level.
	DryRun bool
	// OnResult is called once per level, as soon as it is decided. Calls do not overlap.
	OnResult func(StockResult)
	// FollowFor is how long levels that the channel accepted are followed until it has carried them out; what is
	// still open then is taken up by the next run. 30 seconds if zero.
	FollowFor time.Duration
	// RaiseAfter is how long a sale may take to reach Odoo: a level that the channel has lowered by itself is not
	// raised again before. Until the next run if zero, which is right where each run comes after an import of the
	// channel's orders.
	RaiseAfter time.Duration
}

// ReconcileStock compares what the channel shows of every SKU with what Odoo has free, publishes what differs, and
// reports every SKU that had drifted. Run it on a schedule: it heals whatever [Connector.PublishStock] missed, and
// serves the SKUs that are not critical.
//
// What is free is Odoo's free_qty in the warehouses that the rules name, less the rules' buffer, share and bound.
// It is safe to repeat and to interrupt. Levels that are refused never hold up the others; the error is for runs that
// could not go on, with the report of what was done until there. It needs memory in proportion to the catalog, about
// 300 bytes a SKU.
func (c *Connector) ReconcileStock(ctx context.Context, target marketplace.StockPublisher, options StockRun) (done *StockReport, failure error) {
	ctx, end := c.flow(ctx, "ReconcileStock", target.Channel())
	defer func() { end(done, failure) }()
	return c.publishStock(ctx, target, options, c.outlet, (*stockRun).reconcile)
}

// PublishStock brings to the channel what changed in Odoo since the last run: run it every few seconds. It looks at
// the products that the rules call critical, and its cost is in proportion to what changed. The first run of a channel
// is a full comparison.
//
// Where the channel can be read, it is read first: what it shows already, such as after a sale of its own that is in
// Odoo now, is not sent again. A level that the channel has lowered by itself is not raised at once (see
// [StockRun.RaiseAfter]), since the sale that lowered it may still be on its way to Odoo.
//
// A level that the channel has accepted but not carried out is followed, by this run and by those after it, and not
// sent again meanwhile unless it changed.
//
// The position, the levels published last and what is to be tried again are kept in the connector's store, which must
// be an [idempotency.CursorStore]. It is safe to repeat and to interrupt: what was not dealt with is taken up again.
// One run per channel works at a time, in all processes that share the store: another gets [idempotency.ErrInFlight].
func (c *Connector) PublishStock(ctx context.Context, target marketplace.StockPublisher, options StockRun) (done *StockReport, failure error) {
	ctx, end := c.flow(ctx, "PublishStock", target.Channel())
	defer func() { end(done, failure) }()
	return c.publishStock(ctx, target, options, c.outlet, (*stockRun).cycle)
}

func (c *Connector) publishStock(
	ctx context.Context, target marketplace.StockPublisher, options StockRun,
	open func(context.Context, canonical.Channel) (*outlet, error), work func(*stockRun, context.Context) error,
) (*StockReport, error) {
	started := time.Now()
	options.DryRun = options.DryRun || c.rehearses(target.Channel(), mapping.WorkflowStock)
	report := &StockReport{DryRun: options.DryRun, Started: started.UTC()}
	defer func() { report.Took = time.Since(started) }()
	cursors, err := c.cursors()
	if err != nil {
		return report, err
	}
	if options.FollowFor <= 0 {
		options.FollowFor = 30 * time.Second
	}
	outlet, err := open(ctx, target.Channel())
	if err != nil {
		return report, err
	}
	r := &stockRun{
		Connector: c, StockRun: options, target: target, outlet: outlet, cursors: cursors, report: report,
		owed: map[marketplace.StockItem]owed{}, owes: map[marketplace.StockItem]owed{}, pending: map[marketplace.StockItem]ticketed{},
		settled: map[marketplace.StockItem]bool{}, unsure: map[marketplace.StockItem]bool{}, told: map[marketplace.StockItem]marketplace.StockReading{},
		superseded: map[marketplace.StockItem]bool{},
	}
	if options.DryRun {
		return report, work(r, ctx)
	}
	err = c.alone(ctx, idempotency.Key{Scope: r.scope(), ID: "run"}, func(ctx context.Context) error { return work(r, ctx) })
	return report, err
}

// alone does work while no other owner of the key does. The claim is given back when the work is done, so that the next
// run can have it: nothing about it is to be replayed.
func (c *Connector) alone(ctx context.Context, key idempotency.Key, work func(context.Context) error) error {
	_, _, err := idempotency.Do(ctx, c.store, key, "", idempotency.Op[struct{}]{
		Lease: c.lease,
		Apply: func(ctx context.Context, _ idempotency.Claim) (struct{}, error) { return struct{}{}, work(ctx) },
		Complete: func(ctx context.Context, claim idempotency.Claim, _ struct{}, _ []byte) error {
			err := c.store.Release(ctx, claim)
			if err != nil && !errors.Is(err, idempotency.ErrLeaseLost) {
				c.log.WarnContext(ctx, "release claim", "key", key.String(), "error", err)
				return nil
			}
			return err
		},
	})
	return err
}

// inTurn does work when no other owner of the key does any more: it waits for at most two leases, which an owner that died does not
// outlive.
func (c *Connector) inTurn(ctx context.Context, key idempotency.Key, work func(context.Context) error) error {
	deadline := time.Now().Add(2 * c.lease)
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		err := c.alone(ctx, key, work)
		if !errors.Is(err, idempotency.ErrInFlight) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}
