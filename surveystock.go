package retailsync

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/observe"
	"github.com/retailsync/retailsync/odoo"
)

// StockSurvey is what a channel shows of its stock and what it should show by Odoo.
type StockSurvey struct {
	Channel canonical.Channel
	At      time.Time
	// Levels is how many levels the channel shows and were compared, Drifted how many of them the channel shows differently.
	Levels, Drifted int
	// Lag is the age of the oldest change in Odoo that the channel does not show, as far as Odoo tells: of each product the last one counts.
	Lag time.Duration
	// SKUs are up to 100 of those that differ.
	SKUs []string
}

// Readings are what the gauges of stock show.
func (s StockSurvey) Readings() []observe.Reading {
	return []observe.Reading{{
		Survey: SurveyOfStock, Channel: s.Channel.String(), At: s.At, Points: []observe.Point{
			point(observe.StockChecked, float64(s.Levels)), point(observe.StockDrift, float64(s.Drifted)), point(observe.StockLag, s.Lag.Seconds()),
		},
	}}
}

// SurveyStock compares what the channel shows of every SKU with what Odoo has free by the rules, as [Connector.ReconcileStock] does, and writes
// nothing. The channel must be a [marketplace.StockReader] or a [marketplace.StockLister]: of another nobody can say what it shows.
// It costs as much as a dry run of a reconciliation.
func (c *Connector) SurveyStock(ctx context.Context, target marketplace.StockPublisher) (StockSurvey, error) {
	_, reads := target.(marketplace.StockReader)
	if _, lists := target.(marketplace.StockLister); !reads && !lists {
		return StockSurvey{}, errors.New("retailsync: survey of stock: the channel " + target.Channel().String() + " cannot be asked what it shows")
	}
	var results []StockResult
	levels := 0
	_, err := c.publishStock(ctx, target, StockRun{DryRun: true, OnResult: func(result StockResult) {
		if result.Shown == nil {
			return // the channel does not have it
		}
		levels++
		if result.Outcome == StockPublished {
			results = append(results, result)
		}
	}}, c.outlet, (*stockRun).reconcile)
	if err != nil {
		return StockSurvey{}, err
	}
	var products []int64
	for _, result := range results {
		products = append(products, result.ProductID)
	}
	slices.Sort(products)
	changed, err := c.quantsChanged(ctx, slices.Compact(products))
	if err != nil {
		return StockSurvey{}, err
	}
	survey := surveyStock(results, changed, time.Now().UTC())
	survey.Channel, survey.Levels = target.Channel(), levels
	return survey, nil
}

// changedQuant is a stock.quant with the time of its last change, reservations included.
type changedQuant struct {
	ID      int64         `odoo:"id"`
	Product odoo.Many2One `odoo:"product_id"`
	Changed time.Time     `odoo:"write_date"`
}

func (changedQuant) OdooModel() string { return "stock.quant" }

// quantsChanged is when the stock of products changed last; those that never had any are left out.
func (c *Connector) quantsChanged(ctx context.Context, products []int64) (map[int64]time.Time, error) {
	changed := map[int64]time.Time{}
	for part := range slices.Chunk(products, surveyChunk) {
		quants, err := odoo.Find[changedQuant](ctx, c.erp, odoo.And(odoo.In("product_id", part), odoo.Eq("location_id.usage", "internal")))
		if err != nil {
			return nil, err
		}
		for _, quant := range quants {
			if quant.Changed.After(changed[quant.Product.ID]) {
				changed[quant.Product.ID] = quant.Changed
			}
		}
	}
	return changed, nil
}

// surveyStock is what follows from the levels that a reconciliation would publish.
func surveyStock(differing []StockResult, changed map[int64]time.Time, now time.Time) StockSurvey {
	survey := StockSurvey{At: now}
	for _, result := range differing {
		survey.Drifted++
		survey.Lag = max(survey.Lag, ageAt(now, changed[result.ProductID]))
		if len(survey.SKUs) < maxExamples {
			survey.SKUs = append(survey.SKUs, result.Item.SKU)
		}
	}
	return survey
}
