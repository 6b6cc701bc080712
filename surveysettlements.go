package retailsync

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/observe"
)

// SettlementSurvey is what is open between a provider and Odoo's books.
type SettlementSurvey struct {
	Channel canonical.Channel
	At      time.Time
	// Open counts the items by reason; reasons that nothing is open for have 0.
	Open map[OpenReason]int
	// Oldest is the age of the oldest item, without payments that wait for their settlement, which is how it should be. Days are all that Odoo knows.
	Oldest time.Duration
}

var openReasons = []OpenReason{OpenPayment, OpenEntries, OpenMatch, OpenPayout, OpenByHand, OpenException}

// Readings are what the gauges of settlements show.
func (s SettlementSurvey) Readings() []observe.Reading {
	reading := observe.Reading{Survey: SurveyOfSettlements, Channel: s.Channel.String(), At: s.At}
	for _, reason := range openReasons {
		reading.Points = append(reading.Points, point(observe.Exceptions, float64(s.Open[reason]), attribute.String(observe.KeyReason, string(reason))))
	}
	reading.Points = append(reading.Points, point(observe.ExceptionAge, s.Oldest.Seconds()))
	return []observe.Reading{reading}
}

// SurveySettlements counts what [Connector.OpenSettlementItems] finds: what the provider's settlements say and Odoo's books do not, and the other way
// round. It reads only.
func (c *Connector) SurveySettlements(ctx context.Context, provider canonical.Channel) (SettlementSurvey, error) {
	items, err := c.OpenSettlementItems(ctx, provider)
	if err != nil {
		return SettlementSurvey{}, err
	}
	survey := surveySettlements(items, time.Now().UTC())
	survey.Channel = provider
	return survey, nil
}

// surveySettlements is what follows from the items.
func surveySettlements(items []OpenSettlementItem, now time.Time) SettlementSurvey {
	survey := SettlementSurvey{At: now, Open: map[OpenReason]int{}}
	for _, item := range items {
		survey.Open[item.Reason]++
		if item.Reason != OpenPayment && !item.Since.IsZero() {
			survey.Oldest = max(survey.Oldest, ageAt(now, item.Since.Time()))
		}
	}
	return survey
}
