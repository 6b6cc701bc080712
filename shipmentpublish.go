package retailsync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo/stock"
)

// pendingShipment is a shipment that the channel accepted and works on.
type pendingShipment struct {
	order    shippedOrder
	dispatch dispatch
	ticket   ticket
}

// publishOrder brings the channel up to date on one order, shipment by shipment. When nothing is known of one, those after
// it wait: the channel must not see two at once. The error ends the run.
func (r *shipmentRun) publishOrder(ctx context.Context, order shippedOrder, known map[idempotency.Key]idempotency.Revision) error {
	for i, d := range order.dispatches {
		switch {
		case r.isDown() != nil:
			if d.err == nil && d.note == "" && known[r.memoryKey(d)].Digest == digestOf(d.shipment) {
				continue
			}
			r.oweNow(order.id)
			r.keepTickets(order, order.dispatches[i:i+1])
			r.decided(order, d, ShipmentResult{Outcome: ShipmentFailed, Err: r.isDown()})
			continue
		case d.err != nil:
			r.refused(order, d, d.err)
			continue
		case d.note != "":
			r.decided(order, d, ShipmentResult{Outcome: ShipmentSkipped, Note: d.note})
			continue
		}
		digest, has, id := digestOf(d.shipment), known[r.memoryKey(d)].Digest != "", ""
		switch {
		case known[r.memoryKey(d)].Digest == digest:
			r.decided(order, d, ShipmentResult{Outcome: ShipmentUnchanged})
		case r.DryRun:
			r.decided(order, d, ShipmentResult{Outcome: ShipmentPublished})
			continue
		default:
			result, err := r.publish(ctx, order, d, digest)
			if err != nil {
				return err
			}
			if result.Outcome == "" {
				r.keepTickets(order, order.dispatches[i:])
				return nil
			}
			if result.Outcome == marketplace.ShipmentRejected && !has {
				continue // what the channel does not have cannot have arrived there
			}
			id = result.ID
		}
		if err := r.deliver(ctx, order, d, id, known); err != nil {
			return err
		}
	}
	return nil
}

// publish tells the channel of one shipment and says what became of it; without an outcome if that is not known, so that the order's
// next one has to wait.
func (r *shipmentRun) publish(ctx context.Context, order shippedOrder, d dispatch, digest string) (result marketplace.ShipmentResult, err error) {
	reference := d.shipment.Reference
	t, ticketed := r.owed[order.id].Tickets[reference]
	follower, follows := r.target.(marketplace.ShipmentFollower)
	if ticketed && follows && t.Digest == digest {
		var results []marketplace.ShipmentResult
		if results, err = follower.FollowShipments(ctx, []string{t.Name}); err == nil && len(results) != 1 {
			err = fmt.Errorf("the adapter answered one ticket with %d results", len(results))
		}
		if err == nil {
			result = results[0]
			if result.Outcome == marketplace.ShipmentPending && result.Ticket == "" {
				result.Ticket = t.Name
			}
		}
	} else {
		result, err = r.target.PublishShipment(ctx, d.shipment)
	}
	if err != nil {
		if ctx.Err() != nil {
			return marketplace.ShipmentResult{}, ctx.Err()
		}
		r.failed(order, d, err)
		return marketplace.ShipmentResult{}, nil
	}
	switch result.Outcome {
	case marketplace.ShipmentConfirmed:
		return result, r.confirmed(ctx, order, d, digest, result)
	case marketplace.ShipmentPending:
		r.mu.Lock()
		r.pending = append(r.pending, pendingShipment{order: order, dispatch: d, ticket: ticket{Name: result.Ticket, Digest: digest}})
		r.mu.Unlock()
		return result, nil
	default:
		r.refused(order, d, result.Err)
		result.Outcome = marketplace.ShipmentRejected
		return result, nil
	}
}

// failed reports a shipment of which nothing is known, and leaves the order to the next run.
func (r *shipmentRun) failed(order shippedOrder, d dispatch, err error) {
	if fatal(err) && marketplace.CodeOf(err) != "" {
		r.mu.Lock()
		r.down = err
		r.mu.Unlock()
	}
	r.oweNow(order.id)
	r.decided(order, d, ShipmentResult{Outcome: ShipmentFailed, Err: err})
}

// refused sets a shipment aside, for the next run if it may work then, for a later one otherwise.
func (r *shipmentRun) refused(order shippedOrder, d dispatch, err error) {
	if err == nil {
		err = errors.New("the channel gave no reason")
	}
	if soon := marketplace.Retryable(err) || marketplace.CodeOf(err) == marketplace.CodeUnknown; soon {
		r.oweNow(order.id)
	} else {
		r.owe(order.id, true)
	}
	r.decided(order, d, ShipmentResult{Outcome: ShipmentFailed, Err: err})
}

// confirmed journals and remembers a shipment that the channel has, in this order: what is remembered has been journalled.
func (r *shipmentRun) confirmed(ctx context.Context, order shippedOrder, d dispatch, digest string, result marketplace.ShipmentResult) error {
	summary := fmt.Sprintf("%s told: %d lines, %d parcels", d.delivery.Name, len(d.shipment.Lines), len(d.shipment.Packages))
	err := r.conclude(ctx, order, d.delivery, canonical.EventShipmentPublished, d.shipment.Reference+"/"+digest, summary, r.memoryKey(d), digest)
	r.decided(order, d, ShipmentResult{Outcome: ShipmentPublished, ID: result.ID, Already: result.Already})
	return err
}

// conclude appends an event and remembers what it says.
func (r *shipmentRun) conclude(
	ctx context.Context, order shippedOrder, delivery stock.Delivery, kind canonical.EventType, id, summary string, key idempotency.Key, digest string,
) error {
	err := r.journal.Append(ctx, canonical.Event{
		ID: string(kind) + "/" + id, Type: kind, At: time.Now().UTC(), Subject: order.key,
		Record: fmt.Sprintf("stock.picking,%d", delivery.ID), Summary: summary,
	})
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	memory, ok := r.store.(idempotency.RevisionStore)
	if !ok {
		return nil
	}
	if _, err := memory.PutRevision(ctx, key, idempotency.Revision{Digest: digest}); err != nil {
		return fmt.Errorf("remember what was published: %w", err)
	}
	return nil
}

// deliver tells the channel that a shipment has arrived, once. A date that people correct is told again; where a value says it, the time
// is that of any change of the delivery, which says nothing new. A fulfilment that a person has made there does not bear the shipment's
// reference: its id, if it is not known from this run, is looked up.
func (r *shipmentRun) deliver(ctx context.Context, order shippedOrder, d dispatch, id string, known map[idempotency.Key]idempotency.Revision) error {
	publisher, ok := r.target.(marketplace.DeliveryPublisher)
	at, arrived := order.arrivals[d.delivery.ID]
	key := r.arrivalKey(d)
	if !ok || !arrived || r.isPending(d) || known[key].Digest == at.Format(time.RFC3339) {
		return nil
	}
	if known[key].Digest != "" && r.outlet.rules.Shipments.Delivered.Value != "" {
		return nil
	}
	if r.DryRun {
		r.decided(order, d, ShipmentResult{Outcome: ShipmentDelivered})
		return nil
	}
	delivery := marketplace.Delivery{OrderID: order.key.ID, Reference: d.shipment.Reference, ID: id, At: at}
	result, err := publisher.PublishDelivery(ctx, delivery)
	if err == nil && result.Outcome == marketplace.ShipmentRejected && marketplace.CodeOf(result.Err) == marketplace.CodeNotFound && id == "" {
		var there marketplace.ShipmentResult
		if there, err = r.target.PublishShipment(ctx, d.shipment); err == nil && there.Outcome == marketplace.ShipmentConfirmed {
			delivery.ID = there.ID
			result, err = publisher.PublishDelivery(ctx, delivery)
		}
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		r.failed(order, d, err)
		return nil
	case result.Outcome == marketplace.ShipmentRejected:
		r.refused(order, d, result.Err)
		return nil
	case result.Outcome == marketplace.ShipmentPending:
		r.oweNow(order.id)
		r.decided(order, d, ShipmentResult{Outcome: ShipmentPending, ID: result.ID})
		return nil
	}
	stamp := at.Format(time.RFC3339)
	err = r.conclude(ctx, order, d.delivery, canonical.EventShipmentDelivered, d.shipment.Reference+"/"+stamp, d.delivery.Name+" arrived", key, stamp)
	r.decided(order, d, ShipmentResult{Outcome: ShipmentDelivered, ID: result.ID, Already: result.Already})
	return err
}

// follow asks after what the channel is still working on, and leaves to the next run what takes too long.
func (r *shipmentRun) follow(ctx context.Context) error {
	follower, ok := r.target.(marketplace.ShipmentFollower)
	wait := backoff.NewExponentialBackOff(backoff.WithInitialInterval(50*time.Millisecond), backoff.WithMaxInterval(5*time.Second), backoff.WithMaxElapsedTime(r.FollowFor))
	for ok && len(r.pending) > 0 && r.down == nil {
		tickets := make([]string, len(r.pending))
		for i, p := range r.pending {
			tickets[i] = p.ticket.Name
		}
		results, err := follower.FollowShipments(ctx, tickets)
		if err != nil || len(results) != len(tickets) {
			break
		}
		var still []pendingShipment
		for i, result := range results {
			switch p := r.pending[i]; result.Outcome {
			case marketplace.ShipmentConfirmed:
				if err := r.confirmed(ctx, p.order, p.dispatch, p.ticket.Digest, result); err != nil {
					return err
				}
				if _, arrived := p.order.arrivals[p.dispatch.delivery.ID]; arrived {
					r.oweNow(p.order.id)
				}
			case marketplace.ShipmentPending:
				still = append(still, p)
			default:
				r.refused(p.order, p.dispatch, result.Err)
			}
		}
		r.pending = still
		pause := wait.NextBackOff()
		if pause == backoff.Stop || len(still) == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
	for _, p := range r.pending {
		r.oweTicket(p.order.id, p.dispatch.shipment.Reference, p.ticket)
		r.decided(p.order, p.dispatch, ShipmentResult{Outcome: ShipmentPending})
	}
	return nil
}

// remembered is what the channel was told of the orders, as far as the store knows.
func (r *shipmentRun) remembered(ctx context.Context, orders []shippedOrder) (map[idempotency.Key]idempotency.Revision, error) {
	memory, ok := r.store.(idempotency.RevisionStore)
	var keys []idempotency.Key
	for _, order := range orders {
		for _, d := range order.dispatches {
			keys = append(keys, r.memoryKey(d), r.arrivalKey(d))
		}
	}
	if !ok || len(keys) == 0 {
		return nil, nil
	}
	known, err := memory.Revisions(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read what was published: %w", err)
	}
	return known, nil
}

func (r *shipmentRun) memoryKey(d dispatch) idempotency.Key {
	return idempotency.Key{Scope: r.scope(), ID: d.shipment.Reference}
}

func (r *shipmentRun) arrivalKey(d dispatch) idempotency.Key {
	return idempotency.Key{Scope: r.scope(), ID: d.shipment.Reference + "/delivered"}
}

func (r *shipmentRun) isDown() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.down
}

func (r *shipmentRun) isPending(d dispatch) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.pending {
		if p.dispatch.shipment.Reference == d.shipment.Reference {
			return true
		}
	}
	return false
}

// decided reports what became of a shipment.
func (r *shipmentRun) decided(order shippedOrder, d dispatch, result ShipmentResult) {
	result.Order, result.OdooID, result.OdooName, result.Shipment = order.key, d.delivery.ID, d.delivery.Name, d.shipment
	r.report.add(result, r.OnResult)
}
