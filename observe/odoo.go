package observe

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/retailsync/retailsync/odoo"
)

// Odoo returns the observer of a client of the named database, for [odoo.WithObserver]: a span and the metrics of calls for each attempt.
// The name is only shown.
func (t *Telemetry) Odoo(database string) odoo.Observer {
	return &odooObserver{telemetry: t, at: endpoint{"odoo", database}}
}

type odooObserver struct {
	telemetry *Telemetry
	at        endpoint
}

// AttemptStart implements [odoo.Observer].
func (o *odooObserver) AttemptStart(ctx context.Context, attempt odoo.Attempt) context.Context {
	ctx, _ = o.telemetry.tracer.Start(ctx, "odoo "+operationOf(attempt), trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(append(o.at.attributes(),
		attribute.String(KeyOperation, operationOf(attempt)),
		attribute.String("retailsync.protocol", string(attempt.Protocol)),
		attribute.Int("retailsync.records", attempt.Records),
		attribute.Int("http.request.resend_count", attempt.Number-1))...))
	return ctx
}

// AttemptEnd implements [odoo.Observer].
func (o *odooObserver) AttemptEnd(ctx context.Context, attempt odoo.Attempt, outcome odoo.Outcome) {
	result := "ok"
	if outcome.Code != "" {
		result = string(outcome.Code)
	}
	span := trace.SpanFromContext(ctx)
	span.SetAttributes(attribute.String(KeyOutcome, result), attribute.Float64("retailsync.waited", outcome.Waited.Seconds()))
	if outcome.HTTPStatus != 0 {
		span.SetAttributes(attribute.Int("http.response.status_code", outcome.HTTPStatus),
			attribute.Int("http.request.body.size", outcome.RequestBytes), attribute.Int("http.response.body.size", outcome.ResponseBytes))
	}
	if outcome.Code != "" {
		span.SetStatus(codes.Error, result)
	}
	span.End()

	at := o.at.attributes()
	o.telemetry.Time(ctx, CallDuration, outcome.Duration-outcome.Waited, append(at, attribute.String(KeyOperation, operationOf(attempt)), attribute.String(KeyOutcome, result))...)
	o.telemetry.Time(ctx, CallWait, outcome.Waited, at...)
	if attempt.Number > 1 {
		o.telemetry.Count(ctx, CallRetries, 1, at...)
	}
	switch outcome.Code {
	case odoo.CodeRateLimited:
		o.telemetry.Count(ctx, CallsLimited, 1, at...)
	case odoo.CodeCanceled:
		// The caller gave up: that says nothing about the server.
	case odoo.CodeUnreachable, odoo.CodeNoDatabase, odoo.CodeWrongDatabase, odoo.CodeNotOdoo:
		// Something answered, or nothing: not this database.
		o.telemetry.reached(o.at, false)
	default:
		o.telemetry.reached(o.at, outcome.HTTPStatus != 0 && outcome.HTTPStatus != 502 && outcome.HTTPStatus != 503 && outcome.HTTPStatus != 504)
	}
}

func operationOf(attempt odoo.Attempt) string { return attempt.Model + "." + attempt.Method }
