package retailsync

import (
	"context"
	"time"

	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
)

// ListingRun configures one run of [Connector.PublishListings] or [Connector.ReconcileListings].
type ListingRun struct {
	// DryRun reads everything and writes nothing: the report says what would become of each listing.
	DryRun bool
	// OnResult is called once per listing, as soon as it is decided. Calls do not overlap.
	OnResult func(ListingResult)
}

// ListingResult is what became of the listing of one SKU.
type ListingResult struct {
	SKU string
	// ProductID is the product variant in Odoo, 0 for SKUs that Odoo does not have.
	ProductID int64
	Outcome   PublishOutcome
	// Fields are what the listing shall say, as far as Odoo owns it.
	Fields map[marketplace.ListingField]string
	// Shown is what the channel said before of these fields, nil if nobody looked.
	Shown map[marketplace.ListingField]string
	// Drifted says that the channel said neither what was published last nor what it shall say: it was changed there.
	Drifted bool
	// Err is set when the outcome is [OutFailed]: a [*marketplace.Error], or another that names the SKU.
	Err error
}

// ListingReport sums up a run. It is complete when the run has returned.
type ListingReport struct {
	DryRun bool
	// Started and Took are the time of the run, UTC.
	Started time.Time
	Took    time.Duration

	counted[ListingResult]
}

// Count returns how many listings had the outcome.
func (r *ListingReport) Count(outcome PublishOutcome) int { return r.count(outcome) }

// Drifted returns the listings that had drifted, at most the first 10,000 of a run.
func (r *ListingReport) Drifted() []ListingResult { return r.results(&r.drifted) }

// Failed returns the listings that failed, at most the first 10,000 of a run.
func (r *ListingReport) Failed() []ListingResult { return r.results(&r.failed) }

// String is one line for a log: "200 listings: 3 published, 196 unchanged, 1 failed; 1 drifted".
func (r *ListingReport) String() string { return r.line("listings", r.DryRun) }

// ReconcileListings compares what the channel's listings say with what they shall say by the rules, publishes the fields
// that differ, and reports every listing that had drifted and every SKU that only one side has. Run it on a
// schedule: it heals whatever [Connector.PublishListings] missed, such as a change of a record that a field is reached
// over. A channel whose listings cannot be listed is sent everything.
//
// Listings are never created: a product that the channel does not have is reported as [OutUnlisted], unless it is
// archived in Odoo. It is safe to repeat and to interrupt. Listings that are refused never hold up the others; the error
// is for runs that could not go on, with the report of what was done until there.
func (c *Connector) ReconcileListings(ctx context.Context, target marketplace.ListingPublisher, options ListingRun) (done *ListingReport, failure error) {
	ctx, end := c.flow(ctx, "ReconcileListings", target.Channel())
	defer func() { end(done, failure) }()
	return c.publishListings(ctx, target, options, func(r *listingRun, ctx context.Context) error {
		return r.reconcile(ctx, r.compare)
	})
}

// PublishListings brings to the channel's listings what changed in Odoo since the last run: run it every few minutes. Its
// cost is in proportion to what changed, and only fields that changed are sent. The first run of a channel is a full
// comparison.
//
// The position, what was published last and what is to be tried again are kept in the connector's store, which must be
// an [idempotency.CursorStore]. It is safe to repeat and to interrupt: what was not dealt with is taken up again. One
// run per channel works at a time, in all processes that share the store: another gets [idempotency.ErrInFlight].
//
// [idempotency.CursorStore]: https://pkg.go.dev/github.com/retailsync/retailsync/idempotency#CursorStore
// [idempotency.ErrInFlight]: https://pkg.go.dev/github.com/retailsync/retailsync/idempotency#ErrInFlight
func (c *Connector) PublishListings(ctx context.Context, target marketplace.ListingPublisher, options ListingRun) (done *ListingReport, failure error) {
	ctx, end := c.flow(ctx, "PublishListings", target.Channel())
	defer func() { end(done, failure) }()
	return c.publishListings(ctx, target, options, func(r *listingRun, ctx context.Context) error {
		return r.cycle(ctx, r.changes, r.compare)
	})
}

func (c *Connector) publishListings(ctx context.Context, target marketplace.ListingPublisher, options ListingRun, work func(*listingRun, context.Context) error) (*ListingReport, error) {
	started := time.Now()
	options.DryRun = options.DryRun || c.rehearses(target.Channel(), mapping.WorkflowListings)
	report := &ListingReport{DryRun: options.DryRun, Started: started.UTC()}
	defer func() { report.Took = time.Since(started) }()
	r := &listingRun{target: target, options: options, report: report}
	var err error
	if r.window, err = c.shopWindow(ctx, target); err != nil {
		return report, err
	}
	r.outbound = &outbound[string, listingFields]{
		Connector: c, port: r, channel: target.Channel(), kind: "listing", dryRun: options.DryRun, started: report.Started,
	}
	return report, r.run(ctx, func(ctx context.Context) error { return work(r, ctx) })
}
