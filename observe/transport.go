package observe

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/calling"
)

// Transport returns a transport for the adapter of a channel, a platform or a provider: a span and the metrics of calls for each attempt. It sends by
// next; nil means a transport of its own. Addresses and headers, which hold numbers of orders and secrets, are not shown.
func (t *Telemetry) Transport(channel canonical.Channel, next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
		if shared, ok := next.(*http.Transport); ok {
			next = shared.Clone() // a channel that gives up closes its idle connections, and no other's
		}
	}
	return &transport{telemetry: t, at: endpoint{channel.Name, channel.String()}, next: next}
}

type transport struct {
	telemetry *Telemetry
	at        endpoint
	next      http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	call := calling.Of(request.Context())
	number := call.Attempt()
	operation := call.Operation
	if operation == "" {
		operation = request.Method
	}
	ctx, span := t.telemetry.tracer.Start(request.Context(), t.at.system+" "+operation, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(append(t.at.attributes(),
		attribute.String(KeyOperation, operation),
		attribute.String("http.request.method", request.Method),
		attribute.Int("http.request.resend_count", number-1))...))
	attempt := &attempt{telemetry: t.telemetry, at: t.at, operation: operation, span: span, ctx: ctx, started: time.Now()}
	if number == 1 {
		t.telemetry.Time(ctx, CallWait, call.Waited, t.at.attributes()...)
	} else {
		t.telemetry.Count(ctx, CallRetries, 1, t.at.attributes()...)
	}
	response, err := t.next.RoundTrip(request.WithContext(ctx))
	if err != nil {
		attempt.end(0, err)
		return nil, err
	}
	response.Body = &watchedBody{ReadCloser: response.Body, attempt: attempt, status: response.StatusCode}
	return response, nil
}

// attempt is a request on its way.
type attempt struct {
	telemetry *Telemetry
	at        endpoint
	operation string
	span      trace.Span
	ctx       context.Context
	started   time.Time
	once      sync.Once
}

func (a *attempt) end(status int, err error) {
	a.once.Do(func() {
		outcome, up := outcomeOf(status, err)
		a.span.SetAttributes(attribute.String(KeyOutcome, outcome))
		if status != 0 {
			a.span.SetAttributes(attribute.Int("http.response.status_code", status))
		}
		if outcome != "ok" {
			a.span.SetStatus(codes.Error, outcome)
		}
		a.span.End()
		at := a.at.attributes()
		a.telemetry.Time(a.ctx, CallDuration, time.Since(a.started), append(at, attribute.String(KeyOperation, a.operation), attribute.String(KeyOutcome, outcome))...)
		if status == http.StatusTooManyRequests {
			a.telemetry.Count(a.ctx, CallsLimited, 1, at...)
		}
		if outcome != "canceled" {
			a.telemetry.reached(a.at, up)
		}
	})
}

// outcomeOf names how an attempt ended, and says whether the server itself answered.
func outcomeOf(status int, err error) (outcome string, up bool) {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.Canceled):
		return "canceled", false
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout", false
	case err != nil:
		return "unreachable", false
	case status < 400:
		return "ok", true
	}
	return strconv.Itoa(status/100) + "xx", status < 500
}

// watchedBody ends the attempt with the last byte of the reply, or where it breaks off.
type watchedBody struct {
	io.ReadCloser
	attempt *attempt
	status  int
}

func (b *watchedBody) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	switch {
	case err == io.EOF:
		b.attempt.end(b.status, nil)
	case err != nil:
		b.attempt.end(b.status, err)
	}
	return n, err
}

func (b *watchedBody) Close() error {
	b.attempt.end(b.status, nil)
	return b.ReadCloser.Close()
}
