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

// ShadowResult is what other rules would do differently with one thing: an order, a level of stock, a price, a listing, a shipment, a return, a
// settlement. It holds no personal data.
type ShadowResult struct {
	// Key is the channel's: of the order, return, settlement; of goods the SKU, of a shipment its reference.
	Key canonical.Key
	// Name is what people call it: the order's number, "SKU@location", "SKU@list/EUR", the delivery's number in Odoo and so on.
	Name string
	// Changes are what would be told or written otherwise, before and after; empty if nothing.
	Changes []mapping.Change
	// Err and ShadowErr say why the rules in service, or the others, cannot deal with it.
	Err, ShadowErr error
}

// Differs reports whether the rules do not come to the same.
func (r ShadowResult) Differs() bool {
	return len(r.Changes) > 0 || (r.Err == nil) != (r.ShadowErr == nil)
}

// String is the result in a line, or a few.
func (r ShadowResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:", r.Name)
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
	// Flow is what was compared: "orders", "levels", "prices", "listings", "shipments", "returns", "settlements".
	Flow string
	// Compared is how many things were, Same of how many nothing differs, Broken how many the other rules cannot deal with though those in
	// service can, Mended the other way round; Failing are those of Same that neither can deal with. Unread are those that could not be read.
	Compared, Same, Broken, Mended, Failing, Unread int
	// ByPath is how many things have a change at the place: "carrier", "quantity".
	ByPath map[string]int
	// Differing are those that differ, in the order in which they were read, at most the first thousand.
	Differing []ShadowResult

	onDiffering func(ShadowResult)
}

// ShadowRun configures a shadow run. Each flow reads what it has use for.
type ShadowRun struct {
	// Since is how far back shipments, returns and settlements are looked at, and orders by [Connector.Shadow]; 30 days if zero.
	Since time.Time
	// Orders is the channel whose orders come back, for returns. Nil: the platform itself, which then must be a [marketplace.OrderGetter].
	Orders marketplace.OrderGetter
	// Afresh looks at returns and settlements as if nothing of them had been decided or booked, so that rules are judged by what is long done. Without it
	// what was decided and booked stays, and only what would follow is compared: what putting the rules into service changes.
	Afresh bool
	// OnDiffering is called for each thing that differs, as soon as it is found, also for those that the report does not keep. Calls do not overlap.
	OnDiffering func(ShadowResult)
}

func (r ShadowRun) since() time.Time {
	if r.Since.IsZero() {
		return time.Now().AddDate(0, 0, -30)
	}
	return r.Since
}

// maxDiffering bounds what a report keeps; all are counted.
const maxDiffering = 1000

// String sums it up in a line.
func (r *ShadowReport) String() string {
	return fmt.Sprintf("%d %s: %d the same (%d can be mapped by neither), %d differ (%d can no longer be mapped, %d can be now), %d unread",
		r.Compared, r.Flow, r.Same, r.Failing, r.Compared-r.Same, r.Broken, r.Mended, r.Unread)
}

// add counts a result, and keeps it if it differs.
func (r *ShadowReport) add(result ShadowResult) {
	r.Compared++
	switch {
	case !result.Differs():
		r.Same++
		if result.Err != nil {
			r.Failing++
		}
		return
	case result.Err == nil && result.ShadowErr != nil:
		r.Broken++
	case result.Err != nil && result.ShadowErr == nil:
		r.Mended++
	}
	if r.ByPath == nil {
		r.ByPath = map[string]int{}
	}
	for _, change := range result.Changes {
		r.ByPath[change.Path]++
	}
	if len(r.Differing) < maxDiffering {
		r.Differing = append(r.Differing, result)
	}
	if r.onDiffering != nil {
		r.onDiffering(result)
	}
}

// shadowView is how a thing looks by some rules: what would be told or written, by name. No values: the rules leave it out.
type shadowView struct {
	values map[string]string
	err    error
}

// compare counts a thing as both rules see it.
func (r *ShadowReport) compare(key canonical.Key, name string, now, then shadowView) {
	result := ShadowResult{Key: key, Name: name, Err: now.err, ShadowErr: then.err}
	if now.err == nil && then.err == nil {
		result.Changes = mapping.Compare(now.values, then.values)
	}
	r.add(result)
}

// beside is a connector with other rules for the same database and store that cannot write to the store, and tells no journal.
func (c *Connector) beside(rules *mapping.Rules) *Connector {
	return New(c.erp, rules, WithStore(readOnly(c.store)), WithEnvironment(c.environment), WithLogger(c.log), WithLease(c.lease))
}

// shadowPair are connectors for the rules in service and for others, neither of which can write.
func (c *Connector) shadowPair(others *mapping.Rules) (now, then *Connector) {
	return c.beside(c.rules), c.beside(others)
}

// otherRules marks errors that the other rules make.
func otherRules(err error) error { return fmt.Errorf("the other rules: %w", err) }

// ShadowOrders maps the channel's orders that changed since a time by the rules in service and by others, and compares what Odoo would be told. It
// writes nothing, to neither Odoo nor the channel, store or journal, so it may run beside everything else, and on production: the channel is
// read, and of Odoo what the rules name and the products. Records that the other rules name and Odoo lacks are an error.
func (c *Connector) ShadowOrders(ctx context.Context, source marketplace.OrderLister, others *mapping.Rules, since time.Time) (*ShadowReport, error) {
	return c.shadowOrders(ctx, source, others, ShadowRun{Since: since})
}

// shadowOrders is [Connector.ShadowOrders] with all that a run says; its Since is taken as it is.
func (c *Connector) shadowOrders(ctx context.Context, source marketplace.OrderLister, others *mapping.Rules, run ShadowRun) (*ShadowReport, error) {
	report := &ShadowReport{Flow: "orders", onDiffering: run.OnDiffering}
	now, err := c.planner(ctx, source.Channel())
	if err != nil {
		return report, err
	}
	then, err := New(c.erp, others).planner(ctx, source.Channel())
	if err != nil {
		return report, otherRules(err)
	}
	query := marketplace.OrderQuery{Since: run.Since}
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
		result := ShadowResult{Key: order.Key, Name: order.Number}
		before, err := now.Plan(order, here)
		result.Err = err
		after, err := then.Plan(order, there)
		result.ShadowErr = err
		if result.Err == nil && result.ShadowErr == nil {
			result.Changes = mapping.ComparePlans(*before, *after)
		}
		report.add(result)
	}
	return nil
}
