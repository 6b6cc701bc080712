package retailsync

import (
	"context"
	"time"

	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
)

// ShipmentRun configures one run of [Connector.PublishShipments] or [Connector.PublishCancellations].
type ShipmentRun struct {
	// Since is where the first run of a channel begins, by the time of the last change in Odoo; later runs go on where the
	// last one ended. 30 days ago if zero.
	Since time.Time
	// DryRun reads everything and writes nothing: the report says what would become of each shipment.
	DryRun bool
	// OnResult is called once per shipment, as soon as it is decided. Calls do not overlap.
	OnResult func(ShipmentResult)
	// Orders is how many orders are worked on at once; 4 if zero. The shipments of one order follow each other.
	Orders int
	// FollowFor is how long shipments that the channel accepted are followed until it has carried them out; what is
	// still open then is taken up by the next run. 30 seconds if zero.
	FollowFor time.Duration
}

// PublishShipments tells the channel what has left for its customers since the last run: each delivery that is done in
// Odoo, once, and its tracking when that comes. Run it every minute or so; its cost is in proportion to what changed.
//
// A delivery that is split, by backorders, over warehouses or carriers, by drop shipping, is several shipments; each names
// the channel's own lines, so two lines of one SKU stay apart. Of a kit only whole ones count. Goods that come back are no
// shipment, nor are those that go out again. Lines that people added in Odoo are left out.
//
// Each shipment has a reference that follows from the order and the delivery, and adapters look before they act: so a lost
// reply, a restart or an emptied store makes no second fulfilment. The store remembers what the channel was told, so that
// nothing unchanged is sent again. A shipment that the channel refuses, or that a rule is missing for, is set aside with the
// reason, holds up no other, and is tried again after minutes and then hours, or at once when it changes in Odoo. While the
// channel is down nothing is lost.
//
// The position and what is to be tried again are kept in the connector's store, which must be an
// [idempotency.CursorStore]. It is safe to repeat and to interrupt. One run per channel works at a time, in all processes that
// share the store: another gets [idempotency.ErrInFlight]. The error is for runs that could not go on, with the report of what was
// done until there.
func (c *Connector) PublishShipments(ctx context.Context, target marketplace.ShipmentPublisher, options ShipmentRun) (done *ShipmentReport, failure error) {
	ctx, end := c.flow(ctx, "PublishShipments", target.Channel())
	defer func() { end(done, failure) }()
	started := time.Now()
	options.DryRun = options.DryRun || c.rehearses(target.Channel(), mapping.WorkflowShipments)
	report := &ShipmentReport{DryRun: options.DryRun, Started: started.UTC(), noun: "shipments"}
	defer func() { report.Took = time.Since(started) }()
	if options.Since.IsZero() {
		options.Since = started.AddDate(0, 0, -30)
	}
	r, err := c.newShipmentRun(ctx, target, "shipments", options, report)
	if err != nil {
		return report, err
	}
	r.target = target
	if options.DryRun {
		return report, r.run(ctx)
	}
	err = c.alone(ctx, idempotency.Key{Scope: r.scope(), ID: "run"}, r.run)
	return report, err
}
