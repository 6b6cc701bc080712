package retailsync

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/retailsync/retailsync/marketplace"
)

// ticketed is a level that the channel accepted and works on.
type ticketed struct {
	offer
	ticket string
}

func (t ticketed) owed() owed {
	quantity := t.quantity
	return owed{Product: t.product, SKU: t.item.SKU, Location: t.item.Location, Ticket: t.ticket, Level: &quantity, Key: t.key, Offered: t.offered, Sold: t.sold}
}

// resume asks after the levels that earlier runs gave the channel, before anything is compared.
func (r *stockRun) resume(ctx context.Context) error {
	for item, o := range r.owed {
		if o.Ticket == "" || o.Level == nil {
			continue
		}
		l := level{item: item, product: o.Product, quantity: *o.Level, offered: o.Offered, sold: o.Sold}
		r.pending[item] = ticketed{offer: offer{level: l, key: o.Key}, ticket: o.Ticket}
	}
	if len(r.pending) == 0 || r.DryRun {
		return nil
	}
	done, _, err := r.ask(ctx)
	for _, o := range done {
		r.settled[o.item] = o.offered == nil // of a safe level Odoo's is still to come
	}
	return err
}

// ask asks once after all that is pending, and reports what the channel has carried out or refused: that is owed no
// more. It returns what was carried out, and what is to be looked at again.
func (r *stockRun) ask(ctx context.Context) (done []offer, again []level, err error) {
	follower, ok := r.target.(marketplace.StockFollower)
	if !ok {
		for _, p := range r.pending {
			again = append(again, p.level) // the adapter cannot follow any more
		}
		clear(r.pending)
		return nil, again, nil
	}
	items := slices.SortedFunc(maps.Keys(r.pending), cmpItems)
	tickets := make([]string, len(items))
	for i, item := range items {
		tickets[i] = r.pending[item].ticket
	}
	results, err := follower.FollowStock(ctx, tickets)
	if err == nil && len(results) != len(tickets) {
		err = fmt.Errorf("the adapter answered %d tickets with %d results", len(tickets), len(results))
	}
	if err != nil {
		r.log.WarnContext(ctx, "follow stock", "channel", r.target.Channel().String(), "error", err)
		if fatal(err) {
			r.down = err
		}
		return nil, nil, ctx.Err() // nothing is known: the tickets stay
	}
	var refused []level
	for i, result := range results {
		p := r.pending[items[i]]
		if result.Outcome == marketplace.StockPending {
			continue
		}
		delete(r.pending, items[i])
		switch {
		case result.Outcome == marketplace.StockAccepted:
			done = append(done, p.offer)
			r.answered(p)
		case result.Outcome == marketplace.StockConflict, lostTicket(result.Err):
			again = append(again, p.level)
			refused = append(refused, p.level)
		default:
			r.answered(p)
			refused = append(refused, p.level)
			r.rejected(p.offer, result.Err)
		}
	}
	if err := r.published(ctx, done); err != nil {
		return nil, nil, err
	}
	return done, again, r.renew(ctx, refused)
}

// answered owes a level no more, but for what a safe one leaves to be restored.
func (r *stockRun) answered(p ticketed) {
	delete(r.owed, p.item)
	if p.offered != nil {
		r.owed[p.item] = owed{Product: p.product, SKU: p.item.SKU, Location: p.item.Location}
	}
}

// lostTicket reports whether the channel does not know a ticket any more.
func lostTicket(err error) bool {
	var failure *marketplace.Error
	return errors.As(err, &failure) && failure.Code == marketplace.CodeNotFound && failure.Path == "ticket"
}

// follow asks after what the channel is still working on, and owes what takes too long.
func (r *stockRun) follow(ctx context.Context) error {
	wait := backoff.NewExponentialBackOff(backoff.WithInitialInterval(50*time.Millisecond), backoff.WithMaxInterval(5*time.Second), backoff.WithMaxElapsedTime(r.FollowFor))
	for len(r.pending) > 0 && r.down == nil && !r.DryRun {
		_, again, err := r.ask(ctx)
		if err != nil {
			return err
		}
		for _, l := range again {
			r.decided(offer{level: l}.result(StockWaiting, nil))
			r.owe(l, owed{})
		}
		pause := wait.NextBackOff()
		if pause == backoff.Stop || len(r.pending) == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
	for _, item := range slices.SortedFunc(maps.Keys(r.pending), cmpItems) {
		p := r.pending[item]
		r.decided(p.result(StockWaiting, nil))
		r.owes[item] = p.owed()
	}
	return nil
}

// unticketed leaves out the levels that the channel is working on already. A ticket for another quantity is dropped:
// the level that replaces it comes after it.
func (r *stockRun) unticketed(levels []level) []level {
	open := make([]level, 0, len(levels))
	for _, l := range levels {
		p, ok := r.pending[l.item]
		if ok && p.quantity.Equal(l.quantity) {
			continue
		}
		if ok {
			r.superseded[l.item] = true
		}
		delete(r.pending, l.item)
		open = append(open, l)
	}
	return open
}
