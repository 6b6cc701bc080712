package retailsync

import (
	"context"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/observe"
)

// WithTelemetry has each run of a flow make a span and add to the metric of flows; the default makes none.
func WithTelemetry(telemetry *observe.Telemetry) Option {
	return func(c *Connector) { c.told = telemetry }
}

// flown is a report that knows how many objects of a run failed.
type flown interface{ failures() int }

// flow begins a run of a flow. The end of it is told with the report, which may be nil, and the error.
func (c *Connector) flow(ctx context.Context, name string, channel canonical.Channel) (context.Context, func(report flown, err error)) {
	ctx, end := c.told.Flow(ctx, name, channel.String())
	return ctx, func(report flown, err error) {
		failed := 0
		if report != nil {
			failed = report.failures()
		}
		end(failed, err)
	}
}

func (r *Report) failures() int {
	if r == nil {
		return 0
	}
	return r.Count(Failed)
}

func (r *StockReport) failures() int {
	if r == nil {
		return 0
	}
	return r.Count(StockFailed)
}

func (r *PriceReport) failures() int {
	if r == nil {
		return 0
	}
	return r.Count(OutFailed)
}

func (r *ListingReport) failures() int {
	if r == nil {
		return 0
	}
	return r.Count(OutFailed)
}

func (r *ShipmentReport) failures() int {
	if r == nil {
		return 0
	}
	return r.Count(ShipmentFailed)
}

func (r *ReturnReport) failures() int {
	if r == nil {
		return 0
	}
	return r.Count(ReturnFailed)
}

func (r *SettlementReport) failures() int {
	if r == nil {
		return 0
	}
	return r.Count(SettlementFailed)
}
