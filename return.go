package retailsync

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
)

// ReturnRun configures a run over returns.
type ReturnRun struct {
	// Since is where the first run of a platform begins; the zero time means now. Later runs go on from where the last one ended.
	Since time.Time
	// Orders is the channel whose orders come back. Nil: the platform itself, which then must be a [marketplace.OrderGetter].
	Orders marketplace.OrderGetter
	// Refunds moves the money. Nil: refunds to the means of payment are asked for and wait.
	Refunds Refunder
	// DryRun reads everything and writes nothing: the report says what would be done next.
	DryRun bool
	// AtOnce is how many returns are worked on at once; the default is 4.
	AtOnce int
	// OnResult is called once per return, as soon as it is dealt with. Calls do not overlap.
	OnResult func(ReturnResult)
}

// ProcessReturns brings the returns of a platform that changed since the last run, there or in Odoo, and those that wait for Odoo or for
// money, to their present state: at the platform, in Odoo's stock and in its accounts. What waits for people or goods alone costs a run
// nothing, and is looked at once an hour or so whatever has changed. Run it every minute or so, with the same store, which must be an
// [idempotency.CursorStore].
//
// It is level-triggered: it compares what the platform says with what Odoo has and carries out what is due. Each step exists once
// in Odoo, so a run may be interrupted anywhere and repeated, and two may run at once. What a person does by hand in Odoo is
// seen and built upon. Stages wait for their gates, and the result says for what. See docs/returns.md.
//
// The error is for runs that could not go on; a run with failed returns alone is no error: see [ReturnReport.Failed]. Returns
// that failed are tried again by the next run.
func (c *Connector) ProcessReturns(ctx context.Context, platform returns.Lister, options ReturnRun) (done *ReturnReport, failure error) {
	ctx, end := c.flow(ctx, "ProcessReturns", platform.Channel())
	defer func() { end(done, failure) }()
	started := time.Now()
	if options.Since.IsZero() {
		options.Since = started
	}
	r, err := c.newReturnRun(platform, options)
	if err != nil {
		return &ReturnReport{DryRun: options.DryRun, Started: started.UTC()}, err
	}
	defer r.report.end(started)
	if r.DryRun {
		return r.report, r.list(ctx, platform)
	}
	err = c.alone(ctx, idempotency.Key{Scope: r.scope(), ID: "run"}, func(ctx context.Context) error { return r.list(ctx, platform) })
	return r.report, err
}

// ProcessReturn brings single returns to their present state: what a webhook's notice asks for. The notice may be late, doubled
// or out of order. Refunds that succeeded are looked at once more: some come back. It is safe to repeat and to run beside
// [Connector.ProcessReturns].
func (c *Connector) ProcessReturn(ctx context.Context, platform returns.Getter, ids []string, options ReturnRun) (done *ReturnReport, failure error) {
	ctx, end := c.flow(ctx, "ProcessReturn", platform.Channel())
	defer func() { end(done, failure) }()
	started := time.Now()
	r, err := c.newReturnRun(platform, options)
	if err != nil {
		return &ReturnReport{DryRun: options.DryRun, Started: started.UTC()}, err
	}
	defer r.report.end(started)
	r.recheck = true
	if err := r.fetch(ctx, platform, ids); err != nil {
		return r.report, err
	}
	return r.report, r.rest(ctx)
}

// TellReturn tells a return what people or the warehouse have decided or found ([returns.Approved], [returns.Inspected],
// [returns.Decided] and so on), and carries out what follows. An event that does not fit is a [*returns.Refusal]; the events
// before it count. Telling the same again changes nothing.
func (c *Connector) TellReturn(ctx context.Context, platform returns.Getter, id string, options ReturnRun, events ...returns.Event) (done *ReturnReport, failure error) {
	ctx, end := c.flow(ctx, "TellReturn", platform.Channel())
	defer func() { end(done, failure) }()
	started := time.Now()
	r, err := c.newReturnRun(platform, options)
	if err != nil {
		return &ReturnReport{DryRun: options.DryRun, Started: started.UTC()}, err
	}
	defer r.report.end(started)
	r.told = events
	if err := r.fetch(ctx, platform, []string{id}); err != nil {
		return r.report, err
	}
	if err := r.rest(ctx); err != nil {
		return r.report, err
	}
	return r.report, errors.Join(r.refusals...)
}

// ReturnCase returns what is known of a return, as the last run left it: what was done, and what it waits for. It only reads.
func (c *Connector) ReturnCase(ctx context.Context, key canonical.Key) (returns.Case, error) {
	cursors, err := c.cursors()
	if err != nil {
		return returns.Case{}, err
	}
	return c.loadCase(ctx, cursors, key)
}

// returnRun is one run over returns of one platform.
type returnRun struct {
	*Connector
	ReturnRun
	platform returns.Platform
	can      returns.Capabilities
	orders   marketplace.OrderGetter
	cursors  idempotency.CursorStore
	report   *ReturnReport
	// told are events of people for the one return of the run; refusals are those that did not fit.
	told     []returns.Event
	refusals []error
	// recheck asks again about money that has moved: it may have come back.
	recheck bool

	// mark tells the run from others in the list of open cases.
	mark string

	mu   sync.Mutex // guards what follows
	seen map[string]bool
	// rests are the cases that may rest after the run.
	rests map[string]openCase
}

func (c *Connector) newReturnRun(platform returns.Platform, options ReturnRun) (*returnRun, error) {
	cursors, err := c.cursors()
	if err != nil {
		return nil, err
	}
	if options.AtOnce <= 0 {
		options.AtOnce = 4
	}
	r := &returnRun{
		Connector: c, ReturnRun: options, platform: platform, can: returns.CapabilitiesOf(platform), orders: options.Orders, cursors: cursors,
		report: &ReturnReport{DryRun: options.DryRun}, mark: rand.Text()[:8], seen: map[string]bool{}, rests: map[string]openCase{},
	}
	if r.orders == nil {
		var ok bool
		if r.orders, ok = platform.(marketplace.OrderGetter); !ok {
			return nil, fmt.Errorf("retailsync: %s (%T) has no orders itself: set ReturnRun.Orders to the channel that its returns are of", platform.Channel(), platform)
		}
	}
	r.DryRun = r.DryRun || c.rehearses(r.orders.Channel(), mapping.WorkflowReturns)
	r.report.DryRun = r.DryRun
	return r, nil
}

func (r *returnRun) scope() string { return r.Connector.scope("returns", r.platform.Channel()) }

// list reads the platform to its present end, then takes up the open cases that do not rest.
func (r *returnRun) list(ctx context.Context, platform returns.Lister) error {
	position, err := r.cursors.Cursor(ctx, r.scope())
	if err != nil {
		return fmt.Errorf("read cursor %s: %w", r.scope(), err)
	}
	open, err := r.openCases(ctx)
	if err != nil {
		return err
	}
	resting := resting(open)
	query := returns.Query{Since: r.Since, Cursor: marketplace.Cursor(position)}
	for {
		page, err := platform.ListReturns(ctx, query)
		if err != nil {
			return fmt.Errorf("list returns of %s: %w", platform.Channel(), err)
		}
		// Platforms list what changed of late again and again.
		fresh := slices.DeleteFunc(slices.Clone(page.Returns), func(f returns.Fetched) bool {
			known, ok := resting[f.Key.ID]
			return ok && !r.DryRun && f.Err == nil && known.Look != "" && known.Look == lookOf(f.Return)
		})
		if err := r.each(ctx, fresh); err != nil {
			return err
		}
		if page.Cursor == query.Cursor && page.More {
			return fmt.Errorf("list returns of %s: the adapter says that there is more but does not move on from its cursor", platform.Channel())
		}
		// What failed on this page is among the open cases, so the position may move on.
		if !r.DryRun && page.Cursor != query.Cursor {
			if err := r.cursors.PutCursor(ctx, r.scope(), string(page.Cursor)); err != nil {
				return fmt.Errorf("store cursor %s: %w", r.scope(), err)
			}
		}
		query.Cursor = page.Cursor
		if !page.More {
			break
		}
	}
	getter, ok := platform.(returns.Getter)
	if !ok {
		return r.rest(ctx)
	}
	awake, cursor, err := r.awake(ctx, open)
	if err != nil {
		return err
	}
	if err := r.fetch(ctx, getter, awake); err != nil || r.DryRun {
		return err
	}
	if err := r.rest(ctx); err != nil {
		return err
	}
	return r.watched(ctx, cursor)
}

// each deals with returns, several at once.
func (r *returnRun) each(ctx context.Context, fetched []returns.Fetched) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(r.AtOnce)
	for _, f := range fetched {
		group.Go(func() error { return r.take(inner, f) })
	}
	return group.Wait()
}

// fetch deals with returns by their ids, those that this run has not dealt with.
func (r *returnRun) fetch(ctx context.Context, platform returns.Getter, ids []string) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(r.AtOnce)
	for _, id := range ids {
		r.mu.Lock()
		seen := r.seen[id]
		r.mu.Unlock()
		if seen {
			continue
		}
		group.Go(func() error {
			ret, err := platform.GetReturn(inner, id)
			f := returns.Fetched{Key: canonical.Key{Channel: platform.Channel(), ID: id}, Return: ret, Err: err}
			code := marketplace.CodeOf(err)
			if err != nil && code != marketplace.CodeNotFound && code != marketplace.CodeInvalid {
				return fmt.Errorf("get return %s of %s: %w", id, platform.Channel(), err)
			}
			return r.take(inner, f)
		})
	}
	return group.Wait()
}
