package observe

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Traceparent returns the W3C traceparent of the span in ctx, empty if there is none. Unlike baggage it holds nothing but two random numbers and
// a flag, so it may be stored.
func Traceparent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier["traceparent"]
}

// IsTraceparent says whether text is the traceparent of a span.
func IsTraceparent(text string) bool { return spanOf(text).IsValid() }

func spanOf(traceparent string) trace.SpanContext {
	if traceparent == "" {
		return trace.SpanContext{}
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{"traceparent": traceparent})
	return trace.SpanContextFromContext(ctx)
}

// Handing begins the span of handing events in; the handlers' spans are linked to it. The end of it is told with the error.
func (t *Telemetry) Handing(ctx context.Context, events int) (context.Context, func(error)) {
	if t == nil {
		return ctx, func(error) {}
	}
	ctx, span := t.tracer.Start(ctx, "ingest", trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(attribute.Int("retailsync.events", events)))
	return ctx, func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, "not accepted")
		}
		span.End()
	}
}

// Handled is an event whose handler runs.
type Handled struct {
	Channel, Kind, Class string
	Seq                  int64
	Try                  int
	// Trace is the traceparent of who handed it in.
	Trace string
}

// Handling begins the span of a try of an event. It is linked to who handed the event in rather than its child: days may lie between. The end of it
// is told with the outcome, the verdict if it failed, and when the event was received.
func (t *Telemetry) Handling(ctx context.Context, event Handled) (context.Context, func(outcome, verdict string, received time.Time)) {
	if t == nil {
		return ctx, func(string, string, time.Time) {}
	}
	of := []attribute.KeyValue{attribute.String(KeyChannel, event.Channel), attribute.String(KeyKind, event.Kind)}
	options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(append(of[:2:2],
		attribute.String(KeyClass, event.Class), attribute.Int64("retailsync.event", event.Seq), attribute.Int("retailsync.try", event.Try))...)}
	if from := spanOf(event.Trace); from.IsValid() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: from}))
	}
	started := t.clock()
	ctx, span := t.tracer.Start(ctx, "handle "+event.Kind, options...)
	return ctx, func(outcome, verdict string, received time.Time) {
		span.SetAttributes(attribute.String(KeyOutcome, outcome))
		if verdict != "" {
			span.SetAttributes(attribute.String(KeyVerdict, verdict))
			span.SetStatus(codes.Error, verdict)
		}
		span.End()
		ended := t.clock()
		t.Time(ctx, EventDuration, ended.Sub(started), append(of[:2:2], attribute.String(KeyOutcome, outcome), attribute.String(KeyVerdict, verdict))...)
		if outcome == "done" {
			t.Time(ctx, EventCompletion, max(0, ended.Sub(received)), of...)
		}
	}
}
