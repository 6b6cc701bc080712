package observe

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// Reading is what a survey found: the numbers that its gauges show until the next one.
type Reading struct {
	// Survey is the kind of survey ("orders"), Channel the account that was surveyed ("woocommerce/main").
	Survey, Channel string
	// At is when it was made.
	At     time.Time
	Points []Point
}

// Point is the value of a gauge.
type Point struct {
	// Metric is one of [Metrics], a gauge.
	Metric     string
	Value      float64
	Attributes []attribute.KeyValue
}

type survey struct{ name, channel string }

// Record shows a reading in the gauges, in place of the one before of the same survey and channel. It may be called with zero Readings, which
// are left out.
func (t *Telemetry) Record(readings ...Reading) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, reading := range readings {
		if reading.Survey != "" {
			t.surveyed[survey{reading.Survey, reading.Channel}] = reading
		}
	}
}

// SurveyFailed counts a survey that could not be made. What the one before found stays, and its age grows.
func (t *Telemetry) SurveyFailed(ctx context.Context, name, channel string) {
	t.Count(ctx, SurveyFailures, 1, attribute.String(KeySurvey, name), attribute.String(KeyChannel, channel))
}
