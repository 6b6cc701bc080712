package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/webhook"
)

// followed is how long a run follows what a channel works on; the next one takes up the rest.
const followed = 5 * time.Second

// raiseAfter is how long a sale may take to reach Odoo: three polls. A level that a shop has lowered by itself is not raised before.
const raiseAfter = 15 * time.Minute

// shopFlows are the flows of a shop. Those that the rules say nothing about are left out.
func (h *hub) shopFlows(s shop) ([]flow, error) {
	rules, err := h.rules.For(s.Channel())
	if err != nil {
		return nil, err
	}
	flows := []flow{
		{name: "poll-orders", title: "Orders in", class: worker.Orders, when: "every 5m", turns: "orders",
			run: func(ctx context.Context) (outcome, error) { return h.pollOrders(ctx, s) }},
		{name: "publish-stock", title: "Stock out", class: worker.Stock, when: "every 1m", turns: "stock",
			run: func(ctx context.Context) (outcome, error) { return h.stock(ctx, s, h.connector.PublishStock, false) }},
		{name: "reconcile-stock", title: "Stock compared", class: worker.Backfill, when: "nightly 02:10", turns: "stock",
			run: func(ctx context.Context) (outcome, error) { return h.stock(ctx, s, h.connector.ReconcileStock, true) }},
		{name: "publish-shipments", title: "Shipments out", class: worker.Stock, when: "every 1m", turns: "shipments",
			run: func(ctx context.Context) (outcome, error) {
				report, err := h.connector.PublishShipments(ctx, s, retailsync.ShipmentRun{FollowFor: followed})
				return ofShipments(report), err
			}},
	}
	if p := rules.Cancellations.Publish; p != nil && *p {
		flows = append(flows, flow{name: "publish-cancellations", title: "Cancellations out", class: worker.Stock, when: "every 1m", turns: "cancellations",
			run: func(ctx context.Context) (outcome, error) {
				report, err := h.connector.PublishCancellations(ctx, s, retailsync.ShipmentRun{FollowFor: followed})
				return ofShipments(report), err
			}})
	}
	if len(rules.Prices) > 0 {
		flows = append(flows,
			flow{name: "publish-prices", title: "Prices out", class: worker.Prices, when: "every 15m", turns: "prices",
				run: func(ctx context.Context) (outcome, error) { return h.prices(ctx, s, h.connector.PublishPrices) }},
			flow{name: "reconcile-prices", title: "Prices compared", class: worker.Backfill, when: "nightly 02:30", turns: "prices",
				run: func(ctx context.Context) (outcome, error) { return h.prices(ctx, s, h.connector.ReconcilePrices) }})
	}
	if len(rules.Listings.Fields) > 0 || !rules.Listings.Status.IsZero() {
		flows = append(flows,
			flow{name: "publish-listings", title: "Listings out", class: worker.Prices, when: "every 15m", turns: "listings",
				run: func(ctx context.Context) (outcome, error) { return h.listings(ctx, s, h.connector.PublishListings) }},
			flow{name: "reconcile-listings", title: "Listings compared", class: worker.Backfill, when: "nightly 02:50", turns: "listings",
				run: func(ctx context.Context) (outcome, error) { return h.listings(ctx, s, h.connector.ReconcileListings) }})
	}
	if len(rules.Registering()) > 0 {
		flows = append(flows, flow{name: "match-payments", title: "Payments matched", class: worker.Money, when: "every 1h", turns: "payments",
			run: func(ctx context.Context) (outcome, error) { return h.matchPayments(ctx, s) }})
	}
	for i := range flows {
		flows[i].channel = s.Channel()
	}
	return append(flows, h.shopSurveys(s)...), nil
}

// order is the handler of notices of orders.
func (h *hub) order(ctx context.Context, d worker.Delivery) error {
	s, err := h.shopOf(d.Event.Channel)
	if err != nil {
		return err
	}
	notice, err := webhook.NoticeOf(d.Event)
	if err != nil {
		return err
	}
	names := &nameList{}
	report, err := h.connector.ImportOrder(ctx, s, []string{notice.Key.ID}, retailsync.OnResult(names.add))
	for _, failed := range failedOrders(report) {
		err = errors.Join(err, failed.Err)
	}
	return errors.Join(err, h.state.Remember(ctx, names.all...))
}

// pollOrders reads what no webhook told of. An order that fails is handed in as if a webhook had told of it, so that it is tried again by itself
// or becomes a dead letter: once for each cause.
func (h *hub) pollOrders(ctx context.Context, s shop) (outcome, error) {
	names := &nameList{}
	since, err := h.since(ctx, s.Channel())
	if err != nil {
		return outcome{}, err
	}
	report, err := h.connector.ResumeOrders(ctx, s, since, retailsync.OnResult(names.add))
	if report == nil {
		return outcome{}, err
	}
	var events []worker.Event
	for _, failed := range report.Failed() {
		if known, unread := h.known(ctx, failed.Order); known || unread != nil {
			err = errors.Join(err, unread)
			continue
		}
		cause := sha256.Sum256([]byte(failed.Order.ID + worker.Scrub(failed.Err.Error())))
		event, ok := webhook.EventOf(marketplace.Notice{Kind: marketplace.NoticeOrder, Key: failed.Order, EventID: "poll/" + hex.EncodeToString(cause[:8])})
		if ok && len(events) < worker.MaxPage {
			event.Source = s.Channel().String() + "/poll"
			events = append(events, event)
		}
	}
	_, failed := h.worker.Ingest(ctx, events...)
	result := outcomeOf(report, report.Failed(), func(r retailsync.OrderResult) error { return r.Err })
	return result, errors.Join(err, failed, h.state.Remember(ctx, names.all...))
}

// since is when the hub's part in a shop begins: as long before its first poll as the environment says.
func (h *hub) since(ctx context.Context, channel canonical.Channel) (time.Time, error) {
	return h.state.Since(ctx, channel.String(), time.Now().Add(-h.said.reach))
}

// known says whether an event about the order waits already, for its turn or for a person.
func (h *hub) known(ctx context.Context, order canonical.Key) (bool, error) {
	event, ok := webhook.EventOf(marketplace.Notice{Kind: marketplace.NoticeOrder, Key: order})
	if !ok {
		return false, nil
	}
	found, err := h.worker.Find(ctx, worker.Filter{Channel: event.Channel, Key: event.Key, States: []worker.State{worker.StatePending, worker.StateDead}, Limit: 1})
	return len(found) > 0, err
}

// failedOrders are those of a report, which there is none of when a run could not begin.
func failedOrders(report *retailsync.Report) []retailsync.OrderResult {
	if report == nil {
		return nil
	}
	return report.Failed()
}

// nameList gathers how people call orders.
type nameList struct{ all []state.Name }

func (n *nameList) add(r retailsync.OrderResult) {
	n.all = append(n.all, state.Name{Word: r.Number, Kind: "order", Order: r.Order}, state.Name{Word: r.OdooName, Kind: "odoo", Order: r.Order})
}

// matchPayments matches the payments that came with orders with the invoices that were posted since.
func (h *hub) matchPayments(ctx context.Context, s shop) (outcome, error) {
	var failed []retailsync.PaymentResult
	report, err := h.connector.MatchPayments(ctx, s.Channel(), retailsync.PaymentRun{OnResult: func(r retailsync.PaymentResult) {
		if r.Err != nil {
			failed = append(failed, r)
		}
	}})
	return outcomeOf(report, failed, func(r retailsync.PaymentResult) error { return r.Err }), err
}

// stockFlow is PublishStock or ReconcileStock.
type stockFlow func(context.Context, marketplace.StockPublisher, retailsync.StockRun) (*retailsync.StockReport, error)

// stock runs a flow, and notes what had drifted and what is stuck. Whole says that it looks at all levels.
func (h *hub) stock(ctx context.Context, s shop, run stockFlow, whole bool) (outcome, error) {
	report, err := run(ctx, s, retailsync.StockRun{FollowFor: followed, RaiseAfter: raiseAfter})
	if report == nil {
		return outcome{}, err
	}
	channel := s.Channel().String()
	var drifts []state.Drift
	for _, r := range report.Drifted() {
		drift := state.Drift{Channel: channel, SKU: r.Item.SKU, Place: r.Item.Location, At: report.Started, Level: r.Level.Trim(0).String(), Outcome: string(r.Outcome)}
		if r.Shown != nil {
			drift.Shown = r.Shown.Trim(0).String()
		}
		drifts = append(drifts, drift)
	}
	var stuck []state.Stuck
	for _, r := range report.Failed() {
		stuck = append(stuck, state.Stuck{SKU: r.Item.SKU, Place: r.Item.Location, At: report.Started, Level: r.Level.Trim(0).String(), Problem: worker.Scrub(r.Err.Error())})
	}
	noting := context.WithoutCancel(ctx)
	return outcomeOf(report, report.Failed(), func(r retailsync.StockResult) error { return r.Err }),
		errors.Join(err, h.state.AddDrift(noting, drifts...), h.state.ReplaceStuck(noting, channel, whole && err == nil, stuck...))
}

func ofShipments(report *retailsync.ShipmentReport) outcome {
	if report == nil {
		return outcome{}
	}
	return outcomeOf(report, report.Failed(), func(r retailsync.ShipmentResult) error { return r.Err })
}

// priceFlow is PublishPrices or ReconcilePrices.
type priceFlow func(context.Context, marketplace.PricePublisher, retailsync.PriceRun) (*retailsync.PriceReport, error)

func (h *hub) prices(ctx context.Context, s shop, run priceFlow) (outcome, error) {
	report, err := run(ctx, s, retailsync.PriceRun{FollowFor: followed})
	if report == nil {
		return outcome{}, err
	}
	return outcomeOf(report, report.Failed(), func(r retailsync.PriceResult) error { return r.Err }), err
}

// listingFlow is PublishListings or ReconcileListings.
type listingFlow func(context.Context, marketplace.ListingPublisher, retailsync.ListingRun) (*retailsync.ListingReport, error)

func (h *hub) listings(ctx context.Context, s shop, run listingFlow) (outcome, error) {
	report, err := run(ctx, s, retailsync.ListingRun{})
	if report == nil {
		return outcome{}, err
	}
	return outcomeOf(report, report.Failed(), func(r retailsync.ListingResult) error { return r.Err }), err
}
