package observe

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Flow begins the span of a run of a flow. The end of it is told with how many objects failed and with the error of a run that could not go on, whose
// text is not shown.
func (t *Telemetry) Flow(ctx context.Context, flow, channel string) (context.Context, func(failed int, err error)) {
	if t == nil {
		return ctx, func(int, error) {}
	}
	of := []attribute.KeyValue{attribute.String(KeyFlow, flow), attribute.String(KeyChannel, channel)}
	started := t.clock()
	ctx, span := t.tracer.Start(ctx, "flow "+flow, trace.WithAttributes(of...))
	return ctx, func(failed int, err error) {
		outcome := "ok"
		switch {
		case errors.Is(err, context.Canceled):
			outcome = "canceled"
		case err != nil:
			outcome = "error"
		case failed > 0:
			outcome = "partial"
		}
		span.SetAttributes(attribute.String(KeyOutcome, outcome), attribute.Int("retailsync.failed", failed))
		if outcome != "ok" {
			span.SetStatus(codes.Error, outcome)
		}
		span.End()
		t.Time(ctx, FlowDuration, t.clock().Sub(started), append(of[:2:2], attribute.String(KeyOutcome, outcome))...)
	}
}
