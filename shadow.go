package retailsync

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
)

// ShadowResult is what other rules would do differently with an order.
type ShadowResult struct {
	Order canonical.Key
	// Number is the order's number at the channel.
	Number string
	// Changes are what Odoo would be told otherwise, without personal data; empty if nothing.
	Changes []mapping.Change
	// Err and ShadowErr say why the rules in service, or the others, cannot map the order.
	Err, ShadowErr error
}

// Differs reports whether the rules do not come to the same.
func (r ShadowResult) Differs() bool {
	return len(r.Changes) > 0 || (r.Err == nil) != (r.ShadowErr == nil)
}

// String is the result in a line, or a few.
func (r ShadowResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:", r.Number)
	switch {
	case r.Err == nil && r.ShadowErr != nil:
		fmt.Fprintf(&b, " can no longer be mapped: %v", r.ShadowErr)
	case r.Err != nil && r.ShadowErr == nil:
		b.WriteString(" can be mapped now")
	case !r.Differs():
		b.WriteString(" the same")
	}
	for _, change := range r.Changes {
		b.WriteString("\n  " + change.String())
	}
	return b.String()
}

// ShadowReport sums a shadow run up.
type ShadowReport struct {
	// Orders is how many were compared, Same of how many nothing differs, Broken how many the other rules cannot map though those in service
	// can, Mended the other way round. Unread are orders that could not be read.
	Orders, Same, Broken, Mended, Unread int
	// Differing are the orders that differ, in the channel's order, at most the first thousand.
	Differing []ShadowResult
}

// maxDiffering bounds what a report keeps; all are counted.
const maxDiffering = 1000

// String sums it up in a line.
func (r *ShadowReport) String() string {
	return fmt.Sprintf("%d orders: %d the same, %d differ (%d can no longer be mapped, %d can be now), %d unread",
		r.Orders, r.Same, r.Orders-r.Same, r.Broken, r.Mended, r.Unread)
}

// ShadowOrders maps the channel's orders that changed since a time by the rules in service and by others, and compares what Odoo would be told. It
// writes nothing, to neither Odoo nor the channel, store or journal, so it may run beside everything else, and on production: the channel is
// read, and of Odoo what the rules name and the products. Records that the other rules name and Odoo lacks are an error.
func (c *Connector) ShadowOrders(ctx context.Context, source marketplace.OrderLister, others *mapping.Rules, since time.Time) (*ShadowReport, error) {
	report := &ShadowReport{}
	now, err := c.planner(ctx, source.Channel())
	if err != nil {
		return report, err
	}
	then, err := New(c.erp, others).planner(ctx, source.Channel())
	if err != nil {
		return report, fmt.Errorf("the other rules: %w", err)
	}
	query := marketplace.OrderQuery{Since: since}
	for {
		page, err := source.ListOrders(ctx, query)
		if err != nil {
			return report, err
		}
		var orders []*canonical.Order
		for i, fetched := range page.Orders {
			if fetched.Err != nil {
				report.Unread++
				continue
			}
			orders = append(orders, &page.Orders[i].Order)
		}
		if err := shadow(ctx, report, now, then, orders); err != nil {
			return report, err
		}
		if !page.More {
			return report, nil
		}
		query.Cursor = page.Cursor
	}
}

// shadow compares a page of orders.
func shadow(ctx context.Context, report *ShadowReport, now, then *planner, orders []*canonical.Order) error {
	if len(orders) == 0 {
		return nil
	}
	here, err := now.catalog.find(ctx, now.Wanted(orders...))
	if err != nil {
		return err
	}
	there, err := then.catalog.find(ctx, then.Wanted(orders...))
	if err != nil {
		return err
	}
	for _, order := range orders {
		result := ShadowResult{Order: order.Key, Number: order.Number}
		before, err := now.Plan(order, here)
		result.Err = err
		after, err := then.Plan(order, there)
		result.ShadowErr = err
		if result.Err == nil && result.ShadowErr == nil {
			result.Changes = mapping.ComparePlans(*before, *after)
		}
		report.Orders++
		switch {
		case !result.Differs():
			report.Same++
			continue
		case result.ShadowErr != nil:
			report.Broken++
		case result.Err != nil:
			report.Mended++
		}
		if len(report.Differing) < maxDiffering {
			report.Differing = append(report.Differing, result)
		}
	}
	return nil
}
