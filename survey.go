package retailsync

import (
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/observe"
)

// The names of the surveys.
const (
	SurveyOfOrders      = "orders"
	SurveyOfRefunds     = "refunds"
	SurveyOfStock       = "stock"
	SurveyOfReturns     = "returns"
	SurveyOfSettlements = "settlements"
)

// SurveyRun configures a survey: a look at what the source and Odoo say of the same things. A survey reads both and nothing of what this library
// counts, and it writes nothing, so it finds what the flows themselves do not know of. Run it on a schedule, as often as the source bears it.
type SurveyRun struct {
	// Since is where the survey's window begins: what has changed at the source since then. It must be set.
	Since time.Time
	// Grace is how long something may be on its way before it counts as missing; 15 minutes if zero.
	Grace time.Duration
}

func (r SurveyRun) grace() time.Duration {
	if r.Grace <= 0 {
		return 15 * time.Minute
	}
	return r.Grace
}

// maxExamples bounds how many things a survey names. All are counted.
const maxExamples = 100

// named adds to the examples of a survey.
func named(examples []canonical.Key, key canonical.Key) []canonical.Key {
	if len(examples) < maxExamples {
		return append(examples, key)
	}
	return examples
}

// shareOf is the part that is there; 1 of nothing.
func shareOf(all, missing int) float64 {
	if all == 0 {
		return 1
	}
	return float64(all-missing) / float64(all)
}

// ageAt is how old something is, never negative; 0 if its time is not known.
func ageAt(now, at time.Time) time.Duration {
	if at.IsZero() {
		return 0
	}
	return max(0, now.Sub(at))
}

func point(metric string, value float64, attributes ...attribute.KeyValue) observe.Point {
	return observe.Point{Metric: metric, Value: value, Attributes: attributes}
}
