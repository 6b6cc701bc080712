// Package telling collects spans and metrics in memory, for tests.
package telling

import (
	"context"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/retailsync/retailsync/observe"
)

// Collector has what was told so far.
type Collector struct {
	// Telemetry tells it.
	*observe.Telemetry
	reader *sdkmetric.ManualReader
	spans  *tracetest.SpanRecorder
	tracer *sdktrace.TracerProvider
}

// New returns a collector that has nothing yet.
func New(t testing.TB) *Collector {
	t.Helper()
	c := &Collector{reader: sdkmetric.NewManualReader(), spans: tracetest.NewSpanRecorder()}
	c.tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(c.spans))
	var err error
	if c.Telemetry, err = observe.New(c.tracer, sdkmetric.NewMeterProvider(sdkmetric.WithReader(c.reader))); err != nil {
		t.Fatal(err)
	}
	return c
}

// Begin begins a span of the test's own.
func (c *Collector) Begin(ctx context.Context) (context.Context, func()) {
	ctx, span := c.tracer.Tracer("test").Start(ctx, "test")
	return ctx, func() { span.End() }
}

// Spans returns the spans that have ended and whose names begin so, in the order of their ends.
func (c *Collector) Spans(prefix string) []sdktrace.ReadOnlySpan {
	var found []sdktrace.ReadOnlySpan
	for _, span := range c.spans.Ended() {
		if strings.HasPrefix(span.Name(), prefix) {
			found = append(found, span)
		}
	}
	return found
}

// Points returns the values of a metric by attributes, without the beginning of our keys ("channel=shop/main,class=orders"); of histograms the
// counts. What could not be collected fails the test.
func (c *Collector) Points(t testing.TB, name string) map[string]float64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := c.reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	points := map[string]float64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != name {
				continue
			}
			switch data := m.Data.(type) {
			case metricdata.Gauge[float64]:
				for _, point := range data.DataPoints {
					points[Words(point.Attributes.ToSlice())] = point.Value
				}
			case metricdata.Sum[int64]:
				for _, point := range data.DataPoints {
					points[Words(point.Attributes.ToSlice())] = float64(point.Value)
				}
			case metricdata.Histogram[float64]:
				for _, point := range data.DataPoints {
					points[Words(point.Attributes.ToSlice())] = float64(point.Count)
				}
			default:
				t.Fatalf("%s is a %T", name, data)
			}
		}
	}
	return points
}

// Words writes attributes as one text, sorted.
func Words(attributes []attribute.KeyValue) string {
	words := make([]string, len(attributes))
	for i, each := range attributes {
		words[i] = strings.TrimPrefix(string(each.Key), "retailsync.") + "=" + each.Value.String()
	}
	slices.Sort(words)
	return strings.Join(words, ",")
}
