package retailsync

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
)

// Progress says how far a run is. Total is unknown: channels do not say how many orders follow.
type Progress struct {
	// Fetched orders were read from the channel, Handled ones are done, Failed ones among them failed.
	Fetched, Handled, Failed int
}

// RunOption configures one run.
type RunOption func(*runOptions)

type runOptions struct {
	dryRun, recheck bool
	progress        func(Progress)
	result          func(OrderResult)
	pageSize        int
}

// DryRun reads everything and writes nothing, neither to Odoo nor to the channel, store or journal: the report
// says what would become of each order.
func DryRun() RunOption { return func(o *runOptions) { o.dryRun = true } }

// Recheck compares every order with Odoo, also those that the store remembers as unchanged. Use it after a
// change of the rules, or when people worked on the orders in Odoo.
func Recheck() RunOption { return func(o *runOptions) { o.recheck = true } }

// OnProgress calls back after every page and every batch. Calls do not overlap.
func OnProgress(f func(Progress)) RunOption { return func(o *runOptions) { o.progress = f } }

// OnResult calls back once per order, as soon as it is handled. Calls do not overlap. With it, a run of any
// size can be recorded completely although the report keeps only the first failures.
func OnResult(f func(OrderResult)) RunOption { return func(o *runOptions) { o.result = f } }

// WithPageSize asks the channel for pages of this many orders.
func WithPageSize(orders int) RunOption { return func(o *runOptions) { o.pageSize = orders } }

// run feeds orders through batches, several at a time, in bounded memory: at most workers × batch orders and
// one page are held.
type run struct {
	*Connector
	runOptions
	source  marketplace.Adapter
	planner *planner
	report  *Report

	parent   context.Context
	group    *errgroup.Group
	ctx      context.Context
	filling  []*item
	position map[string]int // of an order in filling, by id

	mu       sync.Mutex
	idle     *sync.Cond
	flying   map[string]bool // ids of orders in batches that are being worked on
	busy     []*item         // orders that another process has claimed
	stale    []string        // ids of orders that changed at the channel while they were worked on
	patient  bool            // whether busy orders are waited for
	sofar    Progress
	failures *resumption // nil unless the run is resumed later
}

func (c *Connector) newRun(ctx context.Context, source marketplace.Adapter, options []RunOption) (*run, error) {
	r := &run{Connector: c, source: source, patient: true, position: map[string]int{}, flying: map[string]bool{}}
	for _, option := range options {
		option(&r.runOptions)
	}
	r.dryRun = r.dryRun || c.rehearses(source.Channel(), mapping.WorkflowOrders)
	r.idle = sync.NewCond(&r.mu)
	planner, err := c.planner(ctx, source.Channel())
	if err != nil {
		return nil, err
	}
	r.planner = planner
	r.report = &Report{DryRun: r.dryRun}
	r.parent = ctx
	r.begin()
	return r, nil
}

// begin starts the workers.
func (r *run) begin() {
	r.group, r.ctx = errgroup.WithContext(r.parent)
	r.group.SetLimit(r.workers)
}

// add takes one order in. An order that came before in the same batch is replaced by its newer state; one
// that is being worked on is waited for, so that two batches never hold the same order.
func (r *run) add(fetched marketplace.Fetched) {
	if fetched.Err != nil {
		r.expect(fetched.Key.ID)
		r.step(func(p *Progress) { p.Fetched++ })
		r.done([]OrderResult{unfetched(fetched)}, true)
		return
	}
	id := fetched.Order.Key.ID
	if at, ok := r.position[id]; ok {
		r.expect(id)
		if !fetched.Order.Revision.UpdatedAt.Before(r.filling[at].order.Revision.UpdatedAt) {
			r.filling[at] = &item{order: fetched.Order}
		}
		return
	}
	r.step(func(p *Progress) { p.Fetched++ })
	r.mu.Lock()
	for r.flying[id] && r.ctx.Err() == nil {
		r.idle.Wait()
	}
	r.mu.Unlock()
	r.expect(id) // not before: what was being worked on is an older state
	r.position[id] = len(r.filling)
	r.filling = append(r.filling, &item{order: fetched.Order})
	if len(r.filling) >= r.batchSize {
		r.flush()
	}
}

// unfetched is the result of an order that could not be read.
func unfetched(fetched marketplace.Fetched) OrderResult {
	return OrderResult{Order: fetched.Key, Outcome: Failed, Err: &OrderError{Order: fetched.Key, Stage: StageFetch, Err: fetched.Err}}
}

// expect notes that the position may not move past an order before it is dealt with.
func (r *run) expect(id string) {
	if r.failures != nil {
		r.failures.expect(id)
	}
}

// flush hands the filled batch to a worker; it waits while all are busy.
func (r *run) flush() {
	if len(r.filling) == 0 {
		return
	}
	b := &batch{Connector: r.Connector, source: r.source, planner: r.planner, dryRun: r.dryRun, recheck: r.recheck, items: r.filling}
	r.filling, r.position = nil, map[string]int{}
	r.mu.Lock()
	for _, i := range b.items {
		r.flying[i.order.Key.ID] = true
	}
	r.mu.Unlock()
	r.group.Go(func() error {
		defer r.land(b)
		err := b.run(r.ctx)
		if err != nil {
			b.fail(err)
		}
		r.done(r.setAside(b), err == nil)
		return err
	})
}

// setAside keeps the orders that another process is working on for later, and those that must be read again, and returns the results of
// the others.
func (r *run) setAside(b *batch) []OrderResult {
	var settled []OrderResult
	for n, result := range b.results() {
		if errors.Is(result.Err, idempotency.ErrInFlight) && r.patient {
			r.mu.Lock()
			r.busy = append(r.busy, &item{order: b.items[n].order})
			r.mu.Unlock()
			continue
		}
		if b.looksAgain(b.items[n]) {
			r.mu.Lock()
			r.stale = append(r.stale, result.Order.ID)
			r.mu.Unlock()
			continue
		}
		settled = append(settled, result)
	}
	return settled
}

// land frees the orders of a batch.
func (r *run) land(b *batch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, i := range b.items {
		delete(r.flying, i.order.Key.ID)
	}
	r.idle.Broadcast()
}

// wait ends the run. Orders that another process was working on are taken up again until it is done, or until its
// claim has run out because it died; orders that changed at the channel meanwhile are read again and taken up once more.
func (r *run) wait() error {
	r.flush()
	err := r.group.Wait()
	deadline := time.Now().Add(2 * r.lease)
	for err == nil && len(r.busy)+len(r.stale) > 0 {
		r.begin()
		if stale := r.stale; len(stale) > 0 {
			r.stale = nil
			err = r.lookAgain(stale)
		} else {
			err = r.takeUp(deadline)
		}
		r.flush()
		err = errors.Join(err, r.group.Wait())
	}
	return err
}

// takeUp takes the orders up that another process was working on, after a while.
func (r *run) takeUp(deadline time.Time) error {
	select {
	case <-r.parent.Done():
		return r.parent.Err()
	case <-time.After(min(time.Second, r.lease/3)):
	}
	r.patient = time.Now().Before(deadline)
	busy := r.busy
	r.busy = nil
	for _, i := range busy {
		r.refill(i)
	}
	return nil
}

// refill takes an order up once more.
func (r *run) refill(i *item) {
	r.filling = append(r.filling, i)
	if len(r.filling) >= r.batchSize {
		r.flush()
	}
}

// looksAgain reports whether the channel would not take an acknowledgement because the order changed there while it was worked on,
// such as one that was cancelled. What the order is now decides what becomes of it; it is read again once.
func (b *batch) looksAgain(i *item) bool {
	_, can := b.source.(marketplace.OrderGetter)
	return can && !i.again && i.err != nil && i.err.Stage == StageAcknowledge && marketplace.CodeOf(i.err.Err) == marketplace.CodeConflict
}

// lookAgain reads orders as they are now.
func (r *run) lookAgain(ids []string) error {
	getter, ok := r.source.(marketplace.OrderGetter)
	if !ok {
		return nil
	}
	slices.Sort(ids)
	return fetch(r.ctx, getter, slices.Compact(ids), func(fetched marketplace.Fetched) {
		if fetched.Err != nil {
			r.done([]OrderResult{unfetched(fetched)}, true)
			return
		}
		r.refill(&item{order: fetched.Order, again: true})
	})
}

// done reports orders. They are settled unless their batch was cut short: then the position stays before them.
func (r *run) done(results []OrderResult, settled bool) {
	failed := 0
	for _, result := range results {
		r.report.add(result)
		if result.Outcome == Failed {
			failed++
		}
		if r.failures != nil {
			r.failures.note(result.Order, result.Outcome == Failed)
			if settled {
				r.failures.settle(result.Order.ID)
			}
		}
	}
	if r.failures != nil {
		r.failures.advance(r.parent)
	}
	r.mu.Lock()
	if r.result != nil {
		for _, result := range results {
			r.result(result)
		}
	}
	r.mu.Unlock()
	r.step(func(p *Progress) {
		p.Handled += len(results)
		p.Failed += failed
	})
}

func (r *run) step(change func(*Progress)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.sofar)
	if r.progress != nil {
		r.progress(r.sofar)
	}
}

// fail gives every order of the batch that is not settled the batch's own error.
func (b *batch) fail(err error) {
	for _, i := range b.items {
		if i.err == nil && !i.done {
			i.fail(StageFetch, err)
		}
	}
}
