package retailsync

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
)

// item is one order on its way through a batch. Once it has failed or is done, later steps pass it by.
type item struct {
	order canonical.Order
	// revision is the order's; its digest is made once.
	revision idempotency.Revision
	plan     *mapping.Plan
	claim    idempotency.Claim
	claimed  bool
	odoo     sale.Order
	// follows is the order whose customer and addresses this one takes; nil for orders of the channel.
	follows *sale.Order
	// known is set when the order was in Odoo before this batch.
	known bool
	// again is set when the order was read again because it had changed at the channel while it was worked on.
	again bool
	// wrote is set when this batch changed the order's content in Odoo.
	wrote bool
	// outcome is the strongest thing that happened so far.
	outcome Outcome
	done    bool
	changes []string
	err     *OrderError
	events  []canonical.Event
}

func (i *item) open() bool { return i.err == nil && !i.done }

func (i *item) fail(stage Stage, err error) {
	i.err = &OrderError{Order: i.order.Key, Stage: stage, Err: err}
}

// end leaves the order as it is.
func (i *item) end(outcome Outcome) { i.outcome, i.done = outcome, true }

// reach notes what has become of the order; having been created outweighs what follows.
func (i *item) reach(outcome Outcome) {
	if i.outcome != Created {
		i.outcome = outcome
	}
}

// batch takes some orders through the whole flow, many orders per call. It is level-triggered: it compares
// what the orders should be with what they are in Odoo and does what is missing, so it may be stopped
// anywhere and run again. Every step only takes the orders that are still open.
type batch struct {
	*Connector
	source  marketplace.Adapter
	planner *planner
	dryRun  bool
	recheck bool
	items   []*item
	// products are what the plans were made with.
	products mapping.Products
}

// run returns an error when nothing more can be said about the orders that are still open: Odoo is out
// of reach, the rules are broken, the context is done.
func (b *batch) run(ctx context.Context) error {
	b.validate()
	if err := b.recall(ctx); err != nil {
		return err
	}
	defer b.extend(ctx)()
	steps := []func(context.Context) error{b.plan, b.find}
	if !b.dryRun {
		steps = append(steps, b.customers, b.insert)
	}
	steps = append(steps, b.converge)
	if !b.dryRun {
		steps = append(steps, b.confirm, b.deliver, b.cancel)
	}
	steps = append(steps, b.pay)
	for _, step := range steps {
		if err := step(ctx); err != nil {
			b.release(ctx)
			return err
		}
	}
	if b.dryRun {
		return nil
	}
	return b.finish(ctx)
}

// still returns the items that are open and meet the condition.
func (b *batch) still(condition func(*item) bool) []*item {
	var open []*item
	for _, i := range b.items {
		if i.open() && condition(i) {
			open = append(open, i)
		}
	}
	return open
}

func anyItem(*item) bool { return true }

func (b *batch) validate() {
	for _, i := range b.items {
		if err := i.order.Validate(); err != nil {
			i.fail(StageValidate, err)
			continue
		}
		i.revision = revisionOf(&i.order)
	}
}

func (b *batch) scope(kind string) string { return b.Connector.scope(kind, b.source.Channel()) }

func revisionOf(order *canonical.Order) idempotency.Revision {
	digest := order.Revision.Digest
	if digest == "" {
		digest = order.Digest()
	}
	return idempotency.Revision{UpdatedAt: order.Revision.UpdatedAt, Digest: digest}
}

// recall passes by what was done before, and claims the rest. In a dry run nothing is claimed.
func (b *batch) recall(ctx context.Context) error {
	open := b.still(anyItem)
	if revisions, ok := b.store.(idempotency.RevisionStore); ok && !b.recheck {
		keys := make([]idempotency.Key, len(open))
		for n, i := range open {
			keys[n] = idempotency.Key{Scope: b.scope("orders"), ID: i.order.Key.ID}
		}
		applied, err := revisions.Revisions(ctx, keys)
		if err != nil {
			return fmt.Errorf("read revisions: %w", err)
		}
		for n, i := range open {
			if stored, ok := applied[keys[n]]; ok && i.revision.Against(stored) != idempotency.Newer {
				i.end(Unchanged)
			}
		}
	}
	if b.dryRun {
		return nil
	}
	for _, i := range b.still(anyItem) {
		if err := b.claimOne(ctx, i); err != nil {
			b.release(ctx)
			return err
		}
	}
	return nil
}

// claimOne claims one revision of one order.
func (b *batch) claimOne(ctx context.Context, i *item) error {
	revision := i.revision
	key := idempotency.Key{
		Scope: b.scope("orders"),
		ID:    i.order.Key.ID + "@" + strconv.FormatInt(revision.UpdatedAt.UnixMicro(), 36) + "-" + revision.Digest,
	}
	claim, _, outcome, err := b.store.Acquire(ctx, key, idempotency.Fingerprint(revision.Digest), b.lease)
	switch {
	case errors.Is(err, idempotency.ErrInFlight):
		i.fail(StageClaim, err) // the run takes it up again when the other owner is done or gone
	case err != nil:
		return fmt.Errorf("claim: %w", err)
	case outcome == idempotency.Replayed && !b.recheck:
		i.end(Unchanged)
	case outcome == idempotency.Replayed:
	default:
		i.claim, i.claimed = claim, true
	}
	return nil
}

// extend keeps the claims of the batch alive while it works; the result ends that. A claim that is lost all the same
// does no harm: whoever took it over comes to the same end.
func (b *batch) extend(ctx context.Context) (end func()) {
	var claims []idempotency.Claim
	for _, i := range b.items {
		if i.claimed {
			claims = append(claims, i.claim)
		}
	}
	if len(claims) == 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() {
		beat := time.NewTicker(b.lease / 3)
		defer beat.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-beat.C:
			}
			for _, claim := range claims {
				if _, err := b.store.Extend(ctx, claim, b.lease); err != nil && ctx.Err() == nil {
					b.log.DebugContext(ctx, "extend claim", "order", claim.Key.ID, "error", err)
				}
			}
		}
	})
	return func() {
		cancel()
		group.Wait()
	}
}

// release gives back what is claimed, after an error that concerns the whole batch.
func (b *batch) release(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	for _, i := range b.items {
		if i.claimed {
			i.claimed = false
			if err := b.store.Release(ctx, i.claim); err != nil {
				b.log.WarnContext(ctx, "release claim", "order", i.order.Key.String(), "error", err)
			}
		}
	}
}

// plan maps the orders, with one look-up for all their products.
func (b *batch) plan(ctx context.Context) error {
	open := b.still(anyItem)
	orders := make([]*canonical.Order, len(open))
	for n, i := range open {
		orders[n] = &i.order
	}
	products, err := b.planner.catalog.find(ctx, b.planner.Wanted(orders...))
	if err != nil {
		return err
	}
	for _, i := range open {
		plan, err := b.planner.Plan(&i.order, products)
		if err != nil {
			i.fail(StageMap, err)
			continue
		}
		i.plan = plan
	}
	b.products = products
	return nil
}

// find looks for the orders in Odoo by their origin.
func (b *batch) find(ctx context.Context) error {
	open := b.still(anyItem)
	origins := make([]string, len(open))
	byOrigin := make(map[string]*item, len(open))
	for n, i := range open {
		origins[n] = i.plan.Order.Origin
		byOrigin[i.plan.Order.Origin] = i
	}
	orders, err := sale.FindByOrigin(ctx, b.erp, origins)
	if err != nil {
		return err
	}
	ids := make([]int64, len(orders))
	for n, order := range orders {
		ids[n] = order.ID
	}
	names, err := sale.ExternalIDs(ctx, b.erp, ids)
	if err != nil {
		return err
	}
	for _, order := range orders {
		// A person may have typed the same origin: only the order with our External ID is ours.
		if i := byOrigin[order.Origin]; i != nil && names[order.ID] == i.plan.Order.ExternalID {
			i.odoo, i.known = order, true
		}
	}
	if err := b.findRenamed(ctx); err != nil {
		return err
	}
	b.follow()
	return nil
}

// follow plans orders that the rules would not import (yet) but that are in Odoo: those follow their channel in any
// state. An edit that made the shopper pay again must not be lost.
func (b *batch) follow() {
	for _, i := range b.still(func(i *item) bool { return i.plan.Target == mapping.TargetSkip }) {
		if !i.known {
			i.end(Skipped)
			continue
		}
		plan, err := b.planner.PlanExisting(&i.order, b.products)
		if err != nil {
			i.fail(StageMap, err)
			continue
		}
		i.plan = plan
	}
}

// findRenamed looks by External ID for orders whose origin a person may have changed. Only those need it that the
// insert step will not find by itself: it skips cancelled orders, and a dry run skips it.
func (b *batch) findRenamed(ctx context.Context) error {
	missing := b.still(func(i *item) bool {
		return !i.known && (b.dryRun || i.plan.Target == mapping.TargetCancelled) && i.plan.Target != mapping.TargetSkip
	})
	names := make([]odoo.ExternalID, len(missing))
	for n, i := range missing {
		names[n] = i.plan.Order.ExternalID
	}
	found, err := sale.FindByExternalID(ctx, b.erp, names)
	if err != nil {
		return err
	}
	for _, i := range missing {
		i.odoo, i.known = found[i.plan.Order.ExternalID]
		if i.plan.Target == mapping.TargetCancelled && !i.known {
			i.end(Skipped) // cancelled before it ever came to Odoo
		}
	}
	return nil
}

// insert creates the orders that are not in Odoo, as quotations, and reads them back.
func (b *batch) insert(ctx context.Context) error {
	missing := b.still(func(i *item) bool { return !i.known })
	if len(missing) == 0 {
		return nil
	}
	drafts := make([]sale.Draft, len(missing))
	for n, i := range missing {
		drafts[n] = i.plan.Order
	}
	results, err := sale.Insert(ctx, b.erp, drafts)
	if err != nil {
		return err
	}
	var inserted []*item
	for n, i := range missing {
		if results[n].Err != nil {
			i.fail(StageInsert, results[n].Err)
			continue
		}
		i.odoo.ID = results[n].ID
		inserted = append(inserted, i)
	}
	if err := b.reread(ctx, inserted); err != nil {
		return err
	}
	for _, i := range inserted {
		if !i.odoo.Quotation() || i.odoo.Origin != i.plan.Order.Origin {
			// Its origin was changed by a person, so it was not found, and Odoo left it untouched.
			i.known = true
			continue
		}
		i.wrote = true
		i.reach(Created)
		i.record(canonical.EventOrderCreated, "quotation created")
	}
	return nil
}

// reread refreshes what is known of the orders.
func (b *batch) reread(ctx context.Context, items []*item) error {
	if len(items) == 0 {
		return nil
	}
	ids := make([]int64, len(items))
	for n, i := range items {
		ids[n] = i.odoo.ID
	}
	orders, err := sale.Read(ctx, b.erp, ids)
	if err != nil {
		return err
	}
	byID := make(map[int64]sale.Order, len(orders))
	for _, order := range orders {
		byID[order.ID] = order
	}
	for _, i := range items {
		order, ok := byID[i.odoo.ID]
		if !ok {
			i.fail(StageTotals, &Conflict{
				Name: "record " + strconv.FormatInt(i.odoo.ID, 10), State: "out of sight",
				Reason: "the order is there, but the connector's user may not see it, or it was deleted just now",
				WayOut: "give the user the rights of docs/odoo-rights.md and import the order again",
			})
			continue
		}
		i.odoo = order
	}
	return nil
}
