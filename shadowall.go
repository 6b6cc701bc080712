package retailsync

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/returns"
)

// ShadowSummary is what other rules would do differently in all flows of a channel.
type ShadowSummary struct {
	Channel canonical.Channel
	// Flows are those that the channel has, in the order in which they were looked at.
	Flows []ShadowFlow
}

// ShadowFlow is one flow of a [ShadowSummary].
type ShadowFlow struct {
	// Flow is as in [ShadowReport]. Report is nil for one that was left out.
	Flow   string
	Report *ShadowReport
	// Left says why nothing was compared, though the channel could have the flow; empty if it was.
	Left string
	// Err is why the flow could not be compared to its end; Report has what was compared before.
	Err error
}

// Differs reports whether anything would be done differently, or might: a flow that was not compared to its end counts, and so does one that only
// one of the rules has.
func (s *ShadowSummary) Differs() bool {
	for _, f := range s.Flows {
		if f.Err != nil || f.Left == leftByOne || f.Left == leftByOther || f.Report != nil && f.Report.Same < f.Report.Compared {
			return true
		}
	}
	return false
}

// String has a line for each flow.
func (s *ShadowSummary) String() string {
	var b strings.Builder
	b.WriteString(s.Channel.String())
	for _, f := range s.Flows {
		b.WriteString("\n  ")
		if f.Left != "" {
			b.WriteString(f.Flow + ": " + f.Left)
		}
		if f.Report != nil {
			b.WriteString(f.Report.String())
		}
		switch {
		case f.Err != nil && f.Report == nil:
			fmt.Fprintf(&b, "%s: not compared: %v", f.Flow, f.Err)
		case f.Err != nil:
			fmt.Fprintf(&b, "; not to the end: %v", f.Err)
		}
	}
	return b.String()
}

// Why a flow is left out.
const (
	leftByBoth  = "neither rules have it"
	leftByOne   = "only the rules in service have it: the others end it"
	leftByOther = "only the other rules have it: they begin it"
)

// Shadow makes the shadow runs of all flows that a channel has, by what its adapter can do and by what the rules say of it: orders, levels, prices,
// listings and shipments of a shop, returns of a returns platform, or of a shop that takes them itself, settlements of a payment provider. See [Connector.ShadowOrders]
// and the others for each; none of them writes anything.
//
// One flow that cannot be compared holds no other up: its error is in the summary, and in the error of the call, which joins them. The end of the
// context ends the call. Matched payments and cancellations have no shadow run. It is safe to repeat, and to run beside everything else.
func (c *Connector) Shadow(ctx context.Context, adapter marketplace.Adapter, others *mapping.Rules, run ShadowRun) (*ShadowSummary, error) {
	s := &ShadowSummary{Channel: adapter.Channel()}
	var errs []error
	for _, flow := range c.shadowFlows(adapter, others, run) {
		if err := ctx.Err(); err != nil {
			return s, errors.Join(append(errs, err)...)
		}
		done := ShadowFlow{Flow: flow.name}
		left, err := c.leftOut(flow, others)
		switch {
		case err != nil:
			done.Err = err
		case left != "":
			done.Left = left
		default:
			done.Report, done.Err = flow.compare(ctx)
		}
		if done.Err != nil {
			errs = append(errs, fmt.Errorf("shadow run of the %s of %s: %w", flow.name, s.Channel, done.Err))
		}
		s.Flows = append(s.Flows, done)
	}
	if len(s.Flows) == 0 {
		errs = append(errs, fmt.Errorf("retailsync: %s (%T) has no flow that could be compared", s.Channel, adapter))
	}
	return s, errors.Join(errs...)
}

// shadowFlow is a flow that a channel could have.
type shadowFlow struct {
	name string
	// ruled is the channel whose rules say whether it has the flow, by has; nil: it always does.
	ruled   canonical.Channel
	has     func(mapping.Channel) bool
	compare func(context.Context) (*ShadowReport, error)
}

// shadowFlows are those that an adapter is able to.
func (c *Connector) shadowFlows(adapter marketplace.Adapter, others *mapping.Rules, run ShadowRun) []shadowFlow {
	channel := adapter.Channel()
	var flows []shadowFlow
	add := func(name string, ruled canonical.Channel, has func(mapping.Channel) bool, compare func(context.Context) (*ShadowReport, error)) {
		flows = append(flows, shadowFlow{name, ruled, has, compare})
	}
	if shop, ok := adapter.(marketplace.OrderLister); ok {
		add("orders", channel, nil, func(ctx context.Context) (*ShadowReport, error) {
			recent := run
			recent.Since = run.since()
			return c.shadowOrders(ctx, shop, others, recent)
		})
	}
	if _, ok := adapter.(marketplace.StockPublisher); ok {
		add("levels", channel, nil, func(ctx context.Context) (*ShadowReport, error) { return c.ShadowStock(ctx, channel, others, run) })
	}
	if _, ok := adapter.(marketplace.PricePublisher); ok {
		add("prices", channel, func(rules mapping.Channel) bool { return len(rules.Prices) > 0 },
			func(ctx context.Context) (*ShadowReport, error) { return c.ShadowPrices(ctx, channel, others, run) })
	}
	if shop, ok := adapter.(marketplace.ListingPublisher); ok {
		add("listings", channel, func(rules mapping.Channel) bool { return len(rules.OwnedListing().OdooFields()) > 0 },
			func(ctx context.Context) (*ShadowReport, error) { return c.ShadowListings(ctx, shop, others, run) })
	}
	if shop, ok := adapter.(marketplace.ShipmentPublisher); ok {
		add("shipments", channel, nil, func(ctx context.Context) (*ShadowReport, error) { return c.ShadowShipments(ctx, shop, others, run) })
	}
	if platform, ok := adapter.(returns.Lister); ok {
		sells := channel
		if run.Orders != nil {
			sells = run.Orders.Channel()
		}
		add("returns", sells, func(rules mapping.Channel) bool { return !reflect.ValueOf(rules.Returns).IsZero() },
			func(ctx context.Context) (*ShadowReport, error) { return c.ShadowReturns(ctx, platform, others, run) })
	}
	if provider, ok := adapter.(payments.PayoutLister); ok {
		add("settlements", channel, func(rules mapping.Channel) bool { return !reflect.ValueOf(rules.Settlements).IsZero() },
			func(ctx context.Context) (*ShadowReport, error) {
				return c.ShadowSettlements(ctx, provider, others, run)
			})
	}
	return flows
}

// leftOut says why a flow is not compared; empty if it is.
func (c *Connector) leftOut(flow shadowFlow, others *mapping.Rules) (string, error) {
	if flow.has == nil {
		return "", nil
	}
	now, err := c.rules.For(flow.ruled)
	if err != nil {
		return "", err
	}
	then, err := others.For(flow.ruled)
	if err != nil {
		return "", otherRules(err)
	}
	switch here, there := flow.has(now), flow.has(then); {
	case !here && !there:
		return leftByBoth, nil
	case !there:
		return leftByOne, nil
	case !here:
		return leftByOther, nil
	}
	return "", nil
}
