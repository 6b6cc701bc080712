package observe_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"

	"github.com/retailsync/retailsync/internal/telling"
	"github.com/retailsync/retailsync/observe"
)

// TestReadingReplacesTheOneBefore lets a reason vanish and a survey of another channel stay.
func TestReadingReplacesTheOneBefore(t *testing.T) {
	t.Parallel()
	told := telling.New(t)
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
	if diff := cmp.Diff(want, told.Points(t, observe.Exceptions)); diff != "" {
		t.Error(diff)
	}
	if ages := told.Points(t, observe.SurveyAge); len(ages) != 2 {
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
