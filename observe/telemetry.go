package observe

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"
)

// Scope is the name of the instrumentation scope of all spans and metrics.
const Scope = "github.com/retailsync/retailsync"

// Telemetry makes the spans and metrics of one process. It is safe for concurrent use. A nil one tells nothing.
type Telemetry struct {
	tracer     trace.Tracer
	meter      metric.Meter
	counters   map[string]metric.Int64Counter
	histograms map[string]metric.Float64Histogram
	gauges     map[string]metric.Float64ObservableGauge
	clock      func() time.Time

	mu        sync.Mutex
	surveyed  map[survey]Reading
	endpoints map[endpoint]bool // whether it is up
}

// bounds of the histograms, in seconds: from a quick read of Odoo to a flow that runs for minutes, and for events up to the patience of
// three days.
var (
	quick = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300}
	slow  = []float64{0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 24 * 3600, 72 * 3600}
)

// New returns telemetry that goes to the given providers. Either may be nil: then there are no spans, or no metrics.
func New(tracers trace.TracerProvider, meters metric.MeterProvider) (*Telemetry, error) {
	if tracers == nil {
		tracers = tracenoop.NewTracerProvider()
	}
	if meters == nil {
		meters = metricnoop.NewMeterProvider()
	}
	t := &Telemetry{
		tracer: tracers.Tracer(Scope), meter: meters.Meter(Scope), clock: time.Now,
		counters: map[string]metric.Int64Counter{}, histograms: map[string]metric.Float64Histogram{}, gauges: map[string]metric.Float64ObservableGauge{},
		surveyed: map[survey]Reading{}, endpoints: map[endpoint]bool{},
	}
	var errs []error
	for _, m := range Metrics() {
		var err error
		switch m.Kind {
		case Counter:
			t.counters[m.Name], err = t.meter.Int64Counter(m.Name, metric.WithUnit(m.Unit), metric.WithDescription(m.Description))
		case Histogram:
			bounds := quick
			if m.Name == EventCompletion {
				bounds = slow
			}
			t.histograms[m.Name], err = t.meter.Float64Histogram(m.Name, metric.WithUnit(m.Unit), metric.WithDescription(m.Description), metric.WithExplicitBucketBoundaries(bounds...))
		case Gauge:
			t.gauges[m.Name], err = t.meter.Float64ObservableGauge(m.Name, metric.WithUnit(m.Unit), metric.WithDescription(m.Description))
		}
		errs = append(errs, err)
	}
	_, err := t.meter.RegisterCallback(t.observe, t.observed()...)
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	return t, nil
}

// Count adds to a counter of [Metrics].
func (t *Telemetry) Count(ctx context.Context, name string, by int, attributes ...attribute.KeyValue) {
	if t == nil {
		return
	}
	t.counters[name].Add(ctx, int64(by), metric.WithAttributes(attributes...))
}

// Time adds a duration to a histogram of [Metrics].
func (t *Telemetry) Time(ctx context.Context, name string, took time.Duration, attributes ...attribute.KeyValue) {
	if t == nil {
		return
	}
	t.histograms[name].Record(ctx, took.Seconds(), metric.WithAttributes(attributes...))
}

// observed are the gauges that the telemetry itself reads.
func (t *Telemetry) observed() []metric.Observable {
	gauges := make([]metric.Observable, 0, len(t.gauges))
	for _, gauge := range t.gauges {
		gauges = append(gauges, gauge)
	}
	return gauges
}

// observe shows the surveys and the endpoints.
func (t *Telemetry) observe(_ context.Context, to metric.Observer) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock()
	for of, reading := range t.surveyed {
		channel := attribute.String(KeyChannel, of.channel)
		for _, point := range reading.Points {
			to.ObserveFloat64(t.gauges[point.Metric], point.Value, metric.WithAttributes(append([]attribute.KeyValue{channel}, point.Attributes...)...))
		}
		to.ObserveFloat64(t.gauges[SurveyAge], max(0, now.Sub(reading.At).Seconds()), metric.WithAttributes(attribute.String(KeySurvey, of.name), channel))
	}
	for at, up := range t.endpoints {
		value := 0.0
		if up {
			value = 1
		}
		to.ObserveFloat64(t.gauges[EndpointUp], value, metric.WithAttributes(at.attributes()...))
	}
	return nil
}

// Watch has read called whenever metrics are collected, to show gauges that are read from elsewhere, such as the depths of queues. It
// returns what ends that.
func (t *Telemetry) Watch(read func(ctx context.Context, show func(name string, value float64, attributes ...attribute.KeyValue)) error) (stop func() error, err error) {
	if t == nil {
		return func() error { return nil }, nil
	}
	registration, err := t.meter.RegisterCallback(func(ctx context.Context, to metric.Observer) error {
		err := read(ctx, func(name string, value float64, attributes ...attribute.KeyValue) {
			to.ObserveFloat64(t.gauges[name], value, metric.WithAttributes(attributes...))
		})
		if err != nil {
			t.Count(ctx, CollectionFailure, 1)
		}
		return err
	}, t.observed()...)
	if err != nil {
		return nil, err
	}
	return registration.Unregister, nil
}
