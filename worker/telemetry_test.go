package worker_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/trace"

	"github.com/retailsync/retailsync/internal/telling"
	"github.com/retailsync/retailsync/observe"
	"github.com/retailsync/retailsync/worker"
)

// TestTelemetry hands in an event that succeeds, the same one again, and one that dies, and looks at spans, their links and the metrics.
func TestTelemetry(t *testing.T) {
	t.Parallel()
	told := telling.New(t)
	w, err := worker.New(worker.NewMemory(), worker.NewMemoryEngine(), []worker.Channel{{Name: "shop/main"}}, worker.WithTelemetry(told.Telemetry))
	if err != nil {
		t.Fatal(err)
	}
	const secret = "jane.doe@example.com"
	inner := make(chan trace.SpanContext, 2)
	for kind, fails := range map[string]error{"good": nil, "bad": worker.AskPerson(errors.New("rules of "+secret), worker.RunbookRules)} {
		if err := w.Handle(kind, func(ctx context.Context, _ worker.Delivery) error {
			inner <- trace.SpanContextFromContext(ctx)
			return fails
		}, worker.Policy{}); err != nil {
			t.Fatal(err)
		}
	}
	good := worker.Event{Source: "test", ID: "1", Channel: "shop/main", Kind: "good", Key: "order/" + secret, Class: worker.Orders, Payload: []byte(secret)}
	bad := good
	bad.ID, bad.Kind, bad.Key, bad.Trace = "2", "bad", "order/2", "no trace"
	ctx, end := told.Begin(t.Context())
	for _, events := range [][]worker.Event{{good, bad}, {good}} {
		if _, err := w.Ingest(ctx, events...); err != nil {
			t.Fatal(err)
		}
	}
	end()
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := map[trace.SpanID]bool{(<-inner).SpanID(): true, (<-inner).SpanID(): true}
	if err := w.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}

	ingested := told.Spans("ingest")
	if len(ingested) != 2 || ingested[0].Parent().SpanID() != trace.SpanContextFromContext(ctx).SpanID() {
		t.Fatalf("spans of handing in: %v", ingested)
	}
	for _, span := range told.Spans("handle ") {
		links := span.Links()
		if len(links) != 1 || links[0].SpanContext.SpanID() != ingested[0].SpanContext().SpanID() || links[0].SpanContext.TraceID() != ingested[0].SpanContext().TraceID() {
			t.Errorf("%s is linked to %v", span.Name(), links)
		}
		if !seen[span.SpanContext().SpanID()] {
			t.Errorf("the handler did not run within span %q", span.Name())
		}
	}
	for _, span := range told.Spans("") {
		if text := span.Name() + telling.Words(span.Attributes()) + span.Status().Description; strings.Contains(text, secret) {
			t.Errorf("personal data in %s", text)
		}
	}
	for name, want := range map[string]map[string]float64{
		observe.EventsAccepted: {"channel=shop/main,class=orders,duplicate=false": 2, "channel=shop/main,class=orders,duplicate=true": 1},
		observe.EventDuration:  {"channel=shop/main,kind=good,outcome=done,verdict=": 1, "channel=shop/main,kind=bad,outcome=dead,verdict=person": 1},
		observe.EventCompletion: {
			"channel=shop/main,kind=good": 1,
		},
	} {
		if diff := cmp.Diff(want, told.Points(t, name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestGauges looks at the queues of a channel that a person has paused.
func TestGauges(t *testing.T) {
	t.Parallel()
	told := telling.New(t)
	w, err := worker.New(worker.NewMemory(), worker.NewMemoryEngine(), []worker.Channel{{Name: "shop/main"}}, worker.WithTelemetry(told.Telemetry))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Pause(t.Context(), "shop/main", worker.Decision{By: "test", Reason: "to look at what waits"}); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	for i, class := range []worker.Class{worker.Orders, worker.Orders, worker.Money} {
		if _, err := w.Ingest(t.Context(), worker.Event{Source: "test", ID: strconv.Itoa(i), Channel: "shop/main", Kind: "order", Key: "order/1", Class: class, Received: old}); err != nil {
			t.Fatal(err)
		}
	}
	if depths := told.Points(t, observe.QueueDepth); len(depths) != 0 {
		t.Errorf("depths of a worker that was not started: %v", depths)
	}
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	queue := func(class worker.Class) string { return "channel=shop/main,class=" + string(class) }
	for name, want := range map[string]map[string]float64{
		observe.QueueDepth:    {queue(worker.Orders): 2, queue(worker.Money): 1, queue(worker.Stock): 0, queue(worker.Prices): 0, queue(worker.Backfill): 0},
		observe.DeadLetters:   {queue(worker.Orders): 0, queue(worker.Money): 0, queue(worker.Stock): 0, queue(worker.Prices): 0, queue(worker.Backfill): 0},
		observe.BreakerState:  {"channel=shop/main": 0},
		observe.ChannelPaused: {"cause=person,channel=shop/main": 1, "cause=breaker,channel=shop/main": 0},
	} {
		if diff := cmp.Diff(want, told.Points(t, name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	ages := told.Points(t, observe.QueueOldestAge)
	if ages[queue(worker.Orders)] < 3600 || ages[queue(worker.Stock)] != 0 {
		t.Errorf("ages: %v", ages)
	}
	if err := w.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if depths := told.Points(t, observe.QueueDepth); len(depths) != 0 {
		t.Errorf("depths of a worker that was stopped: %v", depths)
	}
}
