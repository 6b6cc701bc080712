package retailsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/observe"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/returns"
)

// ReturnSurvey is what a returns platform and Odoo say of its returns.
type ReturnSurvey struct {
	Channel canonical.Channel
	At      time.Time
	// Returns is how many returns of the window were looked at; those that were declined or withdrawn are not counted. Open is how many of them are not
	// finished.
	Returns, Open int
	// OldestOpen is the age of the oldest of those, Examples are up to 100 of them.
	OldestOpen time.Duration
	Examples   []canonical.Key
	// Finished is of how many the time is known from the buyer's request until Odoo had the goods and the credit note; Median and P90 are those times.
	Finished    int
	Median, P90 time.Duration
}

// Readings are what the gauges of returns show. Without a finished return there is no cycle time.
func (s ReturnSurvey) Readings() []observe.Reading {
	points := []observe.Point{point(observe.ReturnsOpen, float64(s.Open)), point(observe.ReturnOpenAge, s.OldestOpen.Seconds())}
	if s.Finished > 0 {
		points = append(points,
			point(observe.ReturnCycleTime, s.Median.Seconds(), attribute.String(observe.KeyQuantile, "0.5")),
			point(observe.ReturnCycleTime, s.P90.Seconds(), attribute.String(observe.KeyQuantile, "0.9")))
	}
	return []observe.Reading{{Survey: SurveyOfReturns, Channel: s.Channel.String(), At: s.At, Points: points}}
}

// returnFact is what is known of one return.
type returnFact struct {
	key       canonical.Key
	requested time.Time
	// void: nothing is to come back.
	void, finished bool
	odooID         int64
	// ended is when Odoo got the last of it: goods or credit note.
	ended time.Time
}

// SurveyReturns compares the returns that changed at the platform since the window began with what Odoo has of them: a dry run says which are finished,
// Odoo's receipts and credit notes say when. Orders is the channel that the returns are of; nil: the platform itself. It reads only.
func (c *Connector) SurveyReturns(ctx context.Context, platform returns.Lister, orders marketplace.OrderGetter, options SurveyRun) (ReturnSurvey, error) {
	if options.Since.IsZero() {
		return ReturnSurvey{}, errors.New("retailsync: survey of returns: set Since to where the window begins")
	}
	facts := map[string]*returnFact{}
	r, err := c.newReturnRun(platform, ReturnRun{DryRun: true, Orders: orders, OnResult: func(result ReturnResult) {
		if fact := facts[result.Return.ID]; fact != nil {
			fact.finished, fact.odooID = result.Outcome == ReturnUnchanged, result.OdooID
		}
	}})
	if err != nil {
		return ReturnSurvey{}, err
	}
	query := returns.Query{Since: options.Since}
	for {
		page, err := platform.ListReturns(ctx, query)
		if err != nil {
			return ReturnSurvey{}, fmt.Errorf("list returns of %s: %w", platform.Channel(), err)
		}
		for _, fetched := range page.Returns {
			facts[fetched.Key.ID] = &returnFact{
				key: fetched.Key, requested: fetched.Return.RequestedAt,
				void: fetched.Err == nil && (fetched.Return.Approval == canonical.ReturnDeclined || fetched.Return.Approval == canonical.ReturnExpired ||
					fetched.Return.Approval == canonical.ReturnCancelled),
			}
		}
		if err := r.each(ctx, page.Returns); err != nil {
			return ReturnSurvey{}, err
		}
		if page.Cursor == query.Cursor && page.More {
			return ReturnSurvey{}, fmt.Errorf("list returns of %s: the adapter says that there is more but does not move on from its cursor", platform.Channel())
		}
		query.Cursor = page.Cursor
		if !page.More {
			break
		}
	}
	if err := c.endsOf(ctx, facts); err != nil {
		return ReturnSurvey{}, err
	}
	all := make([]*returnFact, 0, len(facts))
	for _, fact := range facts {
		all = append(all, fact)
	}
	survey := surveyReturns(all, time.Now().UTC())
	survey.Channel = platform.Channel()
	return survey, nil
}

// stampedMove is an account.move with the time of its making, which is finer than its date.
type stampedMove struct {
	ID      int64     `odoo:"id"`
	Created time.Time `odoo:"create_date"`
}

func (stampedMove) OdooModel() string { return "account.move" }

// endsOf notes when Odoo got the last of each finished return, by the External IDs of its receipts and credit notes.
func (c *Connector) endsOf(ctx context.Context, facts map[string]*returnFact) error {
	var ids []int64
	for _, fact := range facts {
		if fact.finished && fact.odooID != 0 {
			ids = append(ids, fact.odooID)
		}
	}
	slices.Sort(ids)
	for part := range slices.Chunk(slices.Compact(ids), surveyChunk) {
		came, err := c.goods.Returns(ctx, part)
		if err != nil {
			return err
		}
		for _, back := range came {
			if fact := factOf(facts, back.ExternalID); fact != nil && back.Done.After(fact.ended) {
				fact.ended = back.Done
			}
		}
		moves, err := account.Moves(ctx, c.erp, part)
		if err != nil {
			return err
		}
		credits := map[int64]*returnFact{}
		for _, move := range moves {
			if fact := factOf(facts, move.ExternalID); fact != nil && move.State == account.StatePosted {
				credits[move.ID] = fact
			}
		}
		if len(credits) == 0 {
			continue
		}
		made := make([]int64, 0, len(credits))
		for id := range credits {
			made = append(made, id)
		}
		stamps, err := odoo.Read[stampedMove](ctx, c.erp, made...)
		if err != nil {
			return err
		}
		for _, stamp := range stamps {
			if fact := credits[stamp.ID]; stamp.Created.After(fact.ended) {
				fact.ended = stamp.Created
			}
		}
	}
	return nil
}

// factOf is the return that a record was made for, by its External ID; nil if it is none of these.
func factOf(facts map[string]*returnFact, name odoo.ExternalID) *returnFact {
	parts, ok := name.Parts()
	if !ok || len(parts) < 4 || parts[2] != "return" {
		return nil
	}
	fact := facts[parts[3]]
	if fact == nil || fact.key.Channel.Name != parts[0] || fact.key.Channel.Account != parts[1] {
		return nil
	}
	return fact
}

// surveyReturns is what follows from the facts.
func surveyReturns(facts []*returnFact, now time.Time) ReturnSurvey {
	survey := ReturnSurvey{At: now}
	var cycles []time.Duration
	slices.SortFunc(facts, func(a, b *returnFact) int { return a.requested.Compare(b.requested) })
	for _, fact := range facts {
		if fact.void {
			continue
		}
		survey.Returns++
		switch {
		case !fact.finished:
			survey.Open++
			survey.OldestOpen = max(survey.OldestOpen, ageAt(now, fact.requested))
			survey.Examples = named(survey.Examples, fact.key)
		case !fact.ended.IsZero() && !fact.requested.IsZero():
			cycles = append(cycles, max(0, fact.ended.Sub(fact.requested)))
		}
	}
	slices.Sort(cycles)
	if survey.Finished = len(cycles); survey.Finished > 0 {
		survey.Median, survey.P90 = quantile(cycles, 50), quantile(cycles, 90)
	}
	return survey
}

// quantile is the smallest value that at least so many per cent do not exceed.
func quantile(sorted []time.Duration, percent int) time.Duration {
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}
