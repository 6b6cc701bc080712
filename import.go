package retailsync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
)

// ImportOrders brings the orders of a channel that changed since a time into Odoo: new ones are inserted,
// their totals checked and confirmed; later edits and cancellations are applied as far as what has shipped
// allows. Orders that cannot be handled are set aside with the reason and never hold up the others.
//
// It is level-triggered and safe to repeat, to interrupt and to run in several processes at once. The error is
// for runs that could not go on (Odoo or the channel out of reach, broken rules, a done context); the report
// then says what was done until there. A run with failed orders alone is no error: see [Report.Failed].
func (c *Connector) ImportOrders(ctx context.Context, source marketplace.OrderLister, since time.Time, options ...RunOption) (done *Report, failure error) {
	ctx, end := c.flow(ctx, "ImportOrders", source.Channel())
	defer func() { end(done, failure) }()
	return c.importFrom(ctx, source, marketplace.OrderQuery{Since: since}, nil, options)
}

// ResumeOrders is [Connector.ImportOrders] from where the last ResumeOrders of the channel ended, or from
// since if there was none. The position is kept in the connector's store, which must be an
// [idempotency.CursorStore]; it is stored page by page, each time only when everything before it was handled, so that a run
// that is cut short, such as by a time-out, goes on from there the next time. Orders that failed are kept there too and tried first the next
// time, so none is lost however far the position moves.
func (c *Connector) ResumeOrders(ctx context.Context, source marketplace.OrderLister, since time.Time, options ...RunOption) (done *Report, failure error) {
	ctx, end := c.flow(ctx, "ResumeOrders", source.Channel())
	defer func() { end(done, failure) }()
	cursors, ok := c.store.(idempotency.CursorStore)
	if !ok {
		return nil, fmt.Errorf("retailsync: the store (%T) keeps no cursors: use one that implements idempotency.CursorStore, or ImportOrders", c.store)
	}
	return c.importFrom(ctx, source, marketplace.OrderQuery{Since: since}, cursors, options)
}

func (c *Connector) importFrom(
	ctx context.Context, source marketplace.OrderLister, query marketplace.OrderQuery,
	cursors idempotency.CursorStore, options []RunOption,
) (*Report, error) {
	started := time.Now()
	r, err := c.newRun(ctx, source, options)
	if err != nil {
		return &Report{Started: started.UTC()}, err
	}
	r.report.Started = started.UTC()
	query.Limit = r.pageSize
	var resume *resumption
	if cursors != nil && !r.dryRun {
		if resume, err = c.resumption(ctx, cursors, source); err != nil {
			return r.report, err
		}
		query.Cursor = resume.cursor
		r.failures = resume
		err = r.retry(resume)
	}
	if err == nil {
		err = r.pages(source, query, resume)
	}
	err = errors.Join(err, r.wait())
	if resume != nil {
		err = errors.Join(err, resume.save(context.WithoutCancel(ctx)))
	}
	r.report.Took = time.Since(started)
	return r.report, err
}

// pages reads the channel to its present end.
func (r *run) pages(source marketplace.OrderLister, query marketplace.OrderQuery, resume *resumption) error {
	for {
		if resume != nil {
			resume.turn()
		}
		page, err := source.ListOrders(r.ctx, query)
		if err != nil {
			return fmt.Errorf("list orders of %s: %w", source.Channel(), err)
		}
		for _, fetched := range page.Orders {
			r.add(fetched)
		}
		if r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		if page.Cursor == query.Cursor && page.More {
			return fmt.Errorf("list orders of %s: the adapter says that there is more but does not move on from its cursor", source.Channel())
		}
		query.Cursor = page.Cursor
		r.report.Cursor = string(page.Cursor)
		if resume != nil {
			resume.end(page.Cursor)
			resume.advance(r.ctx)
		}
		if !page.More {
			return nil
		}
	}
}

// ImportOrder brings single orders to their present state: what a webhook's notice asks for, or a person who
// has repaired something. It fetches each from the channel, so the notice may be late, doubled or out of order.
func (c *Connector) ImportOrder(ctx context.Context, source marketplace.OrderGetter, ids []string, options ...RunOption) (done *Report, failure error) {
	ctx, end := c.flow(ctx, "ImportOrder", source.Channel())
	defer func() { end(done, failure) }()
	started := time.Now()
	r, err := c.newRun(ctx, source, options)
	if err != nil {
		return &Report{Started: started.UTC()}, err
	}
	r.report.Started = started.UTC()
	err = r.get(source, ids)
	err = errors.Join(err, r.wait())
	r.report.Took = time.Since(started)
	return r.report, err
}

// get takes single orders in.
func (r *run) get(source marketplace.OrderGetter, ids []string) error {
	return fetch(r.ctx, source, ids, r.add)
}

// fetch fetches orders one by one. One that is gone or cannot be decoded fails by itself; a channel that is
// out of reach ends the run.
func fetch(ctx context.Context, source marketplace.OrderGetter, ids []string, take func(marketplace.Fetched)) error {
	for _, id := range ids {
		order, err := source.GetOrder(ctx, id)
		switch marketplace.CodeOf(err) {
		case marketplace.CodeNotFound, marketplace.CodeInvalid:
			take(marketplace.Fetched{Key: keyOf(source, id), Err: err})
			continue
		}
		if err != nil {
			return fmt.Errorf("get order %s of %s: %w", id, source.Channel(), err)
		}
		take(marketplace.Fetched{Key: order.Key, Order: order})
	}
	return nil
}
