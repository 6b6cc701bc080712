package observe_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/retailsync/retailsync/observe"
)

// collected are the points of a metric by their attributes ("a=1,b=2"), with their values; of histograms the counts.
func collected(t *testing.T, reader *sdkmetric.ManualReader, name string) map[string]float64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
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
					points[keyOf(point.Attributes)] = point.Value
				}
			case metricdata.Sum[int64]:
				for _, point := range data.DataPoints {
					points[keyOf(point.Attributes)] = float64(point.Value)
				}
			case metricdata.Histogram[float64]:
				for _, point := range data.DataPoints {
					points[keyOf(point.Attributes)] = float64(point.Count)
				}
			default:
				t.Fatalf("%s is a %T", name, data)
			}
		}
	}
	return points
}

func keyOf(set attribute.Set) string {
	var parts []string
	for _, each := range set.ToSlice() {
		parts = append(parts, strings.TrimPrefix(string(each.Key), "retailsync.")+"="+each.Value.Emit())
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

func telemetry(t *testing.T) (*observe.Telemetry, *sdkmetric.ManualReader) {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	told, err := observe.New(nil, sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	if err != nil {
		t.Fatal(err)
	}
	return told, reader
}

// TestReadingReplacesTheOneBefore lets a reason vanish and a survey of another channel stay.
func TestReadingReplacesTheOneBefore(t *testing.T) {
	t.Parallel()
	told, reader := telemetry(t)
	reason := func(name string, count float64) observe.Point {
		return observe.Point{Metric: observe.Exceptions, Value: count, Attributes: []attribute.KeyValue{attribute.String(observe.KeyReason, name)}}
	}
	now := time.Now()
	told.Record(
		observe.Reading{Survey: "settlements", Channel: "a", At: now, Points: []observe.Point{reason("x", 3), reason("y", 1)}},
		observe.Reading{Survey: "settlements", Channel: "b", At: now, Points: []observe.Point{reason("x", 5)}},
		observe.Reading{})
	told.Record(observe.Reading{Survey: "settlements", Channel: "a", At: now, Points: []observe.Point{reason("x", 2)}})
	want := map[string]float64{"channel=a,reason=x": 2, "channel=b,reason=x": 5}
	if diff := cmp.Diff(want, collected(t, reader, observe.Exceptions)); diff != "" {
		t.Error(diff)
	}
	if ages := collected(t, reader, observe.SurveyAge); len(ages) != 2 {
		t.Errorf("ages of surveys: %v", ages)
	}
}

// TestCatalogue looks at each metric's description.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	names, series := map[string]bool{}, map[string]bool{}
	for _, m := range observe.Metrics() {
		if names[m.Name] || !strings.HasPrefix(m.Name, "retailsync.") || m.Unit == "" || !strings.HasSuffix(m.Description, ".") {
			t.Errorf("%+v", m)
		}
		names[m.Name] = true
		for _, name := range m.Prometheus() {
			if series[name] {
				t.Errorf("two metrics have the series %s", name)
			}
			series[name] = true
		}
	}
}

// TestWithoutProviders shows that telemetry costs nothing where nobody listens.
func TestWithoutProviders(t *testing.T) {
	t.Parallel()
	told, err := observe.New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	told.Record(observe.Reading{Survey: "orders", Channel: "a", At: time.Now()})
	told.SurveyFailed(context.Background(), "orders", "a")
}
