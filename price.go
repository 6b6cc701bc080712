package retailsync

import (
	"context"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
)

// PriceRun configures one run of [Connector.PublishPrices] or [Connector.ReconcilePrices].
type PriceRun struct {
	// DryRun reads everything and writes nothing: the report says what would become of each price.
	DryRun bool
	// OnResult is called once per price, as soon as it is decided. Calls do not overlap.
	OnResult func(PriceResult)
	// FollowFor is how long prices that the channel accepted are followed until it has carried them out; what is
	// still open then is taken up by the next run. 30 seconds if zero.
	FollowFor time.Duration
}

// PriceResult is what became of the price of one SKU in one currency on one of the channel's price lists.
type PriceResult struct {
	Item marketplace.PriceItem
	// ProductID is the product variant in Odoo, 0 for SKUs that Odoo does not sell.
	ProductID int64
	Outcome   PublishOutcome
	// Amount and Sale are what the channel shall have; zero where Err says that there is no price.
	Amount decimal.Decimal
	Sale   *marketplace.SalePrice
	// Shown is what the channel had before, nil if nobody looked.
	Shown *marketplace.PriceReading
	// Drifted says that the channel had neither what was published last nor what it shall have: it was changed there.
	Drifted bool
	// Err is set when the outcome is [OutFailed]: a [*marketplace.Error], or another that names the SKU.
	Err error
}

// PriceReport sums up a run. It is complete when the run has returned.
type PriceReport struct {
	DryRun bool
	// Started and Took are the time of the run, UTC.
	Started time.Time
	Took    time.Duration

	counted[PriceResult]
}

// Count returns how many prices had the outcome.
func (r *PriceReport) Count(outcome PublishOutcome) int { return r.count(outcome) }

// Drifted returns the prices that had drifted, at most the first 10,000 of a run.
func (r *PriceReport) Drifted() []PriceResult { return r.results(&r.drifted) }

// Failed returns the prices that failed, at most the first 10,000 of a run.
func (r *PriceReport) Failed() []PriceResult { return r.results(&r.failed) }

// String is one line for a log: "200 prices: 3 published, 196 unchanged, 1 failed; 1 drifted".
func (r *PriceReport) String() string { return r.line("prices", r.DryRun) }

// ReconcilePrices compares what the channel charges for every product that Odoo sells with what it shall charge by the
// rules, publishes what differs, and reports every price that had drifted. Run it on a schedule: it heals whatever
// [Connector.PublishPrices] missed. Of channels whose SKUs can be listed it also reports those that only the channel has.
//
// Prices are computed by Odoo, which takes a millisecond or two per product and pricelist. It is safe to repeat and to
// interrupt. Prices that are refused never hold up the others; the error is for runs that could not go on, with the
// report of what was done until there. It needs memory in proportion to the catalog, about a kilobyte a SKU.
func (c *Connector) ReconcilePrices(ctx context.Context, target marketplace.PricePublisher, options PriceRun) (done *PriceReport, failure error) {
	ctx, end := c.flow(ctx, "ReconcilePrices", target.Channel())
	defer func() { end(done, failure) }()
	return c.publishPrices(ctx, target, options, func(r *priceRun, ctx context.Context) error {
		r.unknown = true
		return r.reconcile(ctx, r.compare)
	})
}

// PublishPrices brings to the channel what changed in Odoo since the last run: run it every few minutes. Its cost is in
// proportion to what changed. A price changes with its product, with a rule of its pricelist, when the time of a rule
// with dates begins or ends, and with exchange rates and taxes. The first run of a channel is a full comparison.
//
// Where the channel can be read, it is read first: what it has already is not sent again. Prices are Odoo's: one that was
// changed at the channel is set back when it changes in Odoo, or by [Connector.ReconcilePrices].
//
// The position, the prices published last and what is to be tried again are kept in the connector's store, which must
// be an [idempotency.CursorStore]. It is safe to repeat and to interrupt: what was not dealt with is taken up again.
// One run per channel works at a time, in all processes that share the store: another gets [idempotency.ErrInFlight].
//
// [idempotency.CursorStore]: https://pkg.go.dev/github.com/retailsync/retailsync/idempotency#CursorStore
// [idempotency.ErrInFlight]: https://pkg.go.dev/github.com/retailsync/retailsync/idempotency#ErrInFlight
func (c *Connector) PublishPrices(ctx context.Context, target marketplace.PricePublisher, options PriceRun) (done *PriceReport, failure error) {
	ctx, end := c.flow(ctx, "PublishPrices", target.Channel())
	defer func() { end(done, failure) }()
	return c.publishPrices(ctx, target, options, func(r *priceRun, ctx context.Context) error {
		return r.cycle(ctx, r.changes, r.compare)
	})
}

func (c *Connector) publishPrices(ctx context.Context, target marketplace.PricePublisher, options PriceRun, work func(*priceRun, context.Context) error) (*PriceReport, error) {
	started := time.Now()
	options.DryRun = options.DryRun || c.rehearses(target.Channel(), mapping.WorkflowPrices)
	report := &PriceReport{DryRun: options.DryRun, Started: started.UTC()}
	defer func() { report.Took = time.Since(started) }()
	till, err := c.till(ctx, target.Channel())
	if err != nil {
		return report, err
	}
	r := &priceRun{target: target, till: till, options: options, report: report}
	r.outbound = &outbound[marketplace.PriceItem, priceValue]{
		Connector: c, port: r, channel: target.Channel(), kind: "price",
		dryRun: options.DryRun, followFor: options.FollowFor, started: report.Started,
	}
	return report, r.run(ctx, func(ctx context.Context) error { return work(r, ctx) })
}
