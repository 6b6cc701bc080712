package retailsync

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/observe"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/sale"
)

// OrderSurvey is what a channel and Odoo say of the channel's orders.
type OrderSurvey struct {
	Channel canonical.Channel
	At      time.Time
	// Orders is how many orders of the window are to be imported, Missing how many of them Odoo does not have.
	Orders, Missing int
	// OldestMissing is the age of the oldest of those, Examples are up to 100 of them.
	OldestMissing time.Duration
	Examples      []canonical.Key
	// Refunds are the refunds of the orders.
	Refunds RefundSurvey
}

// RefundSurvey is what a channel says of refunds and Odoo of credit notes.
type RefundSurvey struct {
	// Refunds is how many refunds the channel has paid since the window began, Open how many of them Odoo's posted credit notes of the order do not
	// cover, the oldest first.
	Refunds, Open int
	// OldestOpen is the age of the oldest of those, Examples are the orders of up to 100 of them.
	OldestOpen time.Duration
	Examples   []canonical.Key
}

// Readings are what the gauges of orders and refunds show.
func (s OrderSurvey) Readings() []observe.Reading {
	channel := s.Channel.String()
	return []observe.Reading{{
		Survey: SurveyOfOrders, Channel: channel, At: s.At, Points: []observe.Point{
			point(observe.OrdersAtSource, float64(s.Orders)), point(observe.OrdersMissing, float64(s.Missing)),
			point(observe.OrderCompleteness, shareOf(s.Orders, s.Missing)), point(observe.OrderMissingAge, s.OldestMissing.Seconds()),
		},
	}, {
		Survey: SurveyOfRefunds, Channel: channel, At: s.At, Points: []observe.Point{
			point(observe.RefundsAtSource, float64(s.Refunds.Refunds)), point(observe.RefundsOpen, float64(s.Refunds.Open)),
			point(observe.RefundCompleteness, shareOf(s.Refunds.Refunds, s.Refunds.Open)), point(observe.RefundOpenAge, s.Refunds.OldestOpen.Seconds()),
		},
	}}
}

// orderFact is what is known of one order.
type orderFact struct {
	key             canonical.Key
	placed, changed time.Time
	// wanted: the rules import it. inOdoo: Odoo has it.
	wanted, inOdoo bool
	odooID         int64
	// refunds are what the channel has given back, in the currency that is posted; credited is what Odoo has credited.
	refunds  []refundFact
	credited decimal.Decimal
}

type refundFact struct {
	at     time.Time
	amount decimal.Decimal
}

// SurveyOrders compares the orders that changed at the channel since the window began with those of Odoo, by External ID, and their refunds with the
// credit notes. Which orders are to be imported the rules say, by a dry run that compares each order anew. It reads only, and is safe to
// repeat and to run beside the flows. It needs memory in proportion to the orders of the window, a few hundred bytes each.
func (c *Connector) SurveyOrders(ctx context.Context, source marketplace.OrderLister, options SurveyRun) (OrderSurvey, error) {
	if options.Since.IsZero() {
		return OrderSurvey{}, errors.New("retailsync: survey of orders: set Since to where the window begins")
	}
	rules, err := c.rules.For(source.Channel())
	if err != nil {
		return OrderSurvey{}, err
	}
	watched := &watchedOrders{OrderLister: source, view: rules.CurrencyView, since: options.Since, facts: map[string]*orderFact{}}
	var doubtful []*orderFact
	_, err = c.importFrom(ctx, watched, marketplace.OrderQuery{Since: options.Since}, nil, []RunOption{DryRun(), Recheck(), OnResult(func(result OrderResult) {
		fact := watched.fact(result.Order)
		fact.wanted, fact.inOdoo, fact.odooID = result.Outcome != Skipped, result.OdooID != 0, result.OdooID
		if fact.wanted && !fact.inOdoo {
			doubtful = append(doubtful, fact)
		}
	})})
	if err != nil {
		return OrderSurvey{}, err
	}
	if err := c.lookUp(ctx, doubtful); err != nil {
		return OrderSurvey{}, err
	}
	facts := watched.all()
	if err := c.creditsOf(ctx, facts); err != nil {
		return OrderSurvey{}, err
	}
	survey, err := surveyOrders(facts, time.Now().UTC(), options.grace())
	survey.Channel = source.Channel()
	return survey, err
}

// watchedOrders notes what passes by on its way into a run.
type watchedOrders struct {
	marketplace.OrderLister
	view  mapping.CurrencyView
	since time.Time

	mu    sync.Mutex
	facts map[string]*orderFact
}

// ListOrders implements [marketplace.OrderLister].
func (w *watchedOrders) ListOrders(ctx context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	page, err := w.OrderLister.ListOrders(ctx, query)
	for _, fetched := range page.Orders {
		if fetched.Err != nil {
			continue
		}
		fact := w.fact(fetched.Order.Key)
		fact.placed, fact.changed, fact.refunds = fetched.Order.PlacedAt, fetched.Order.Revision.UpdatedAt, nil
		for _, adjustment := range fetched.Order.Adjustments {
			amount := adjustment.Amount.Shop
			if w.view == mapping.ViewPresentment && fetched.Order.PresentmentCurrency != "" {
				amount = adjustment.Amount.Presentment
			}
			if adjustment.Kind == canonical.AdjustmentRefund && !amount.IsZero() {
				fact.refunds = append(fact.refunds, refundFact{at: adjustment.At, amount: amount})
			}
		}
	}
	return page, err
}

func (w *watchedOrders) fact(key canonical.Key) *orderFact {
	w.mu.Lock()
	defer w.mu.Unlock()
	fact := w.facts[key.ID]
	if fact == nil {
		fact = &orderFact{key: key}
		w.facts[key.ID] = fact
	}
	return fact
}

func (w *watchedOrders) all() []*orderFact {
	facts := make([]*orderFact, 0, len(w.facts))
	for _, fact := range w.facts {
		facts = append(facts, fact)
	}
	slices.SortFunc(facts, func(a, b *orderFact) int { return a.placed.Compare(b.placed) })
	return facts
}

// surveyChunk is how many orders are asked for at once.
const surveyChunk = 500

// lookUp asks Odoo for orders by their External IDs: one that failed in the dry run, or was cancelled by hand, may be there all the same.
func (c *Connector) lookUp(ctx context.Context, facts []*orderFact) error {
	for part := range slices.Chunk(facts, surveyChunk) {
		names := make([]odoo.ExternalID, len(part))
		for i, fact := range part {
			names[i] = odoo.NewExternalID(mapping.Module, fact.key.Channel.Name, fact.key.Channel.Account, "order", fact.key.ID)
		}
		found, err := sale.FindByExternalID(ctx, c.erp, names)
		if err != nil {
			return err
		}
		for i, fact := range part {
			order, ok := found[names[i]]
			fact.inOdoo, fact.odooID = ok, order.ID
		}
	}
	return nil
}

// creditsOf adds up the posted credit notes of the orders with refunds.
func (c *Connector) creditsOf(ctx context.Context, facts []*orderFact) error {
	byID := map[int64]*orderFact{}
	var ids []int64
	for _, fact := range facts {
		if len(fact.refunds) > 0 && fact.odooID != 0 {
			byID[fact.odooID], ids = fact, append(ids, fact.odooID)
		}
	}
	var calc exact.Calc
	for part := range slices.Chunk(ids, surveyChunk) {
		moves, err := account.Moves(ctx, c.erp, part)
		if err != nil {
			return err
		}
		for _, move := range moves {
			// A note for several orders is none of ours, and cannot be shared out.
			if move.Kind != account.KindCreditNote || move.State != account.StatePosted || len(move.Orders) != 1 {
				continue
			}
			if fact := byID[move.Orders[0]]; fact != nil {
				fact.credited = calc.Add(fact.credited, move.Total.Abs())
			}
		}
	}
	return calc.Err()
}

// surveyOrders is what follows from the facts.
func surveyOrders(facts []*orderFact, now time.Time, grace time.Duration) (OrderSurvey, error) {
	survey := OrderSurvey{At: now}
	var calc exact.Calc
	for _, fact := range facts {
		if !fact.wanted {
			continue
		}
		changed := fact.changed
		if changed.IsZero() {
			changed = fact.placed
		}
		survey.Orders++
		if !fact.inOdoo && (changed.IsZero() || now.Sub(changed) > grace) {
			survey.Missing++
			survey.OldestMissing = max(survey.OldestMissing, ageAt(now, fact.placed))
			survey.Examples = named(survey.Examples, fact.key)
		}
		slices.SortStableFunc(fact.refunds, func(a, b refundFact) int { return a.at.Compare(b.at) })
		left := fact.credited
		for _, refund := range fact.refunds {
			survey.Refunds.Refunds++
			if left = calc.Sub(left, refund.amount); !left.IsNeg() || !refund.at.IsZero() && now.Sub(refund.at) <= grace {
				continue
			}
			survey.Refunds.Open++
			survey.Refunds.OldestOpen = max(survey.Refunds.OldestOpen, ageAt(now, refund.at))
			survey.Refunds.Examples = named(survey.Refunds.Examples, fact.key)
		}
	}
	return survey, calc.Err()
}
