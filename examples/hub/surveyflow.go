package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/observe"
	"github.com/retailsync/retailsync/worker"
)

// surveyed is how far back surveys look, if the hub's part in the channel does not begin later.
const surveyed = 7 * 24 * time.Hour

// survey asks a channel and Odoo the same thing. What it found is told in words, too.
type survey func(ctx context.Context, window retailsync.SurveyRun) ([]observe.Reading, string, error)

// surveyFlow is the flow of a survey.
func (h *hub) surveyFlow(name, title, when string, channel canonical.Channel, ask survey) flow {
	return flow{
		name: "survey-" + name, title: title, channel: channel, class: worker.Backfill, when: when, turns: "survey-" + name,
		run: func(ctx context.Context) (outcome, error) {
			began, err := h.since(ctx, channel)
			if err != nil {
				return outcome{}, err
			}
			if earliest := time.Now().Add(-surveyed); began.Before(earliest) {
				began = earliest
			}
			readings, text, err := ask(ctx, retailsync.SurveyRun{Since: began})
			if err != nil {
				h.metrics.SurveyFailed(ctx, name, channel.String())
				return outcome{}, err
			}
			return outcome{text: text}, h.state.PutReadings(ctx, kept(readings)...)
		},
	}
}

// shopSurveys are those of a shop.
func (h *hub) shopSurveys(s shop) []flow {
	flows := []flow{h.surveyFlow(retailsync.SurveyOfOrders, "Orders checked", "every 1h", s.Channel(),
		func(ctx context.Context, window retailsync.SurveyRun) ([]observe.Reading, string, error) {
			found, err := h.connector.SurveyOrders(ctx, s, window)
			return found.Readings(), fmt.Sprintf("orders: %d, not in Odoo: %d%s; refunds: %d, not in Odoo: %d%s", found.Orders, found.Missing, examples(found.Examples),
				found.Refunds.Refunds, found.Refunds.Open, examples(found.Refunds.Examples)), err
		})}
	_, reads := s.(marketplace.StockReader)
	if _, lists := s.(marketplace.StockLister); reads || lists {
		flows = append(flows, h.surveyFlow(retailsync.SurveyOfStock, "Stock checked", "nightly 03:10", s.Channel(),
			func(ctx context.Context, _ retailsync.SurveyRun) ([]observe.Reading, string, error) {
				found, err := h.connector.SurveyStock(ctx, s)
				text := fmt.Sprintf("levels: %d, other than in Odoo: %d", found.Levels, found.Drifted)
				if len(found.SKUs) > 0 {
					text += ", such as " + found.SKUs[0]
				}
				return found.Readings(), text, err
			}))
	}
	return flows
}

// deskSurvey is that of a returns platform.
func (h *hub) deskSurvey(d desk) flow {
	return h.surveyFlow(retailsync.SurveyOfReturns, "Returns checked", "nightly 03:30", d.Channel(),
		func(ctx context.Context, window retailsync.SurveyRun) ([]observe.Reading, string, error) {
			found, err := h.connector.SurveyReturns(ctx, d.platform, d.orders, window)
			return found.Readings(), fmt.Sprintf("returns: %d, open: %d", found.Returns, found.Open) + examples(found.Examples), err
		})
}

// bankSurvey is that of the payment provider.
func (h *hub) bankSurvey() flow {
	return h.surveyFlow(retailsync.SurveyOfSettlements, "Books checked", "every 1h", h.bank.Channel(),
		func(ctx context.Context, _ retailsync.SurveyRun) ([]observe.Reading, string, error) {
			found, err := h.connector.SurveySettlements(ctx, h.bank.Channel())
			var open []string
			for _, reason := range []retailsync.OpenReason{
				retailsync.OpenException, retailsync.OpenEntries, retailsync.OpenMatch, retailsync.OpenByHand, retailsync.OpenPayout, retailsync.OpenPayment,
			} {
				if n := found.Open[reason]; n > 0 {
					open = append(open, fmt.Sprintf("%s: %d", reason, n))
				}
			}
			return found.Readings(), "open: " + or(strings.Join(open, ", "), "nothing"), err
		})
}

// examples names the first of them.
func examples(keys []canonical.Key) string {
	if len(keys) == 0 {
		return ""
	}
	return ", such as " + keys[0].ID
}

// kept are readings as the tables have them.
func kept(readings []observe.Reading) []state.Reading {
	var all []state.Reading
	for _, reading := range readings {
		one := state.Reading{Survey: reading.Survey, Channel: reading.Channel, At: reading.At}
		for _, point := range reading.Points {
			words := map[string]string{}
			for _, each := range point.Attributes {
				words[string(each.Key)] = each.Value.AsString()
			}
			one.Points = append(one.Points, state.Point{Metric: point.Metric, Value: point.Value, Attributes: words})
		}
		all = append(all, one)
	}
	return all
}

// surveyedMetrics shows the newest readings in the gauges before they are read. Whichever process made them, and however long ago: each shows the same.
func (h *hub) surveyedMetrics() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		readings, err := h.state.Readings(r.Context())
		if err != nil && !errors.Is(err, context.Canceled) {
			h.log.WarnContext(r.Context(), "readings of surveys", "error", err)
		}
		for _, reading := range readings {
			h.metrics.Record(told(reading))
		}
		h.metrics.handler.ServeHTTP(w, r)
	})
}

// told is a reading as the gauges want it.
func told(reading state.Reading) observe.Reading {
	all := observe.Reading{Survey: reading.Survey, Channel: reading.Channel, At: reading.At}
	for _, point := range reading.Points {
		one := observe.Point{Metric: point.Metric, Value: point.Value}
		for key, value := range point.Attributes {
			one.Attributes = append(one.Attributes, attribute.String(key, value))
		}
		all.Points = append(all.Points, one)
	}
	return all
}
