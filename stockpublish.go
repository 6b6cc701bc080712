package retailsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
)

// offer is a level with what is known of the channel.
type offer struct {
	level
	remembered, shown *decimal.Decimal
	drifted           bool
}

func (o offer) result(outcome StockOutcome, err error) StockResult {
	return StockResult{Item: o.item, ProductID: o.product, Outcome: outcome, Level: o.quantity, Shown: o.shown, Drifted: o.drifted, Err: err}
}

// ticketed is a level that the channel accepted and works on.
type ticketed struct {
	offer
	ticket string
}

// settle brings the channel to the levels, batch by batch. Listed is what the channel shows, nil if it was not listed.
func (r *stockRun) settle(ctx context.Context, levels []level, listed map[marketplace.StockItem]marketplace.StockReading) error {
	for part := range slices.Chunk(levels, max(1, r.target.StockBatch())) {
		if r.down != nil {
			r.leave(part)
			continue
		}
		offers, err := r.weigh(ctx, part, listed)
		if err != nil {
			return err
		}
		if r.DryRun {
			for _, o := range offers {
				r.decided(o.result(StockPublished, nil))
			}
			continue
		}
		again, err := r.publish(ctx, offers)
		if err != nil {
			return err
		}
		// A conflict is looked at once more, with what the channel shows now.
		if len(again) > 0 && r.down == nil {
			if offers, err = r.weigh(ctx, again, nil); err != nil {
				return err
			}
			if again, err = r.publish(ctx, offers); err != nil {
				return err
			}
		}
		for _, l := range again {
			r.fail(offer{level: l}, &marketplace.Error{
				Code: marketplace.CodeConflict, Channel: r.target.Channel(), Op: "publish stock", Path: "sku",
				Message: fmt.Sprintf("%q was changed at the channel twice meanwhile: the next run tries again", l.item.SKU),
			})
		}
	}
	return r.follow(ctx)
}

// leave owes levels that were not tried because the channel is down.
func (r *stockRun) leave(levels []level) {
	for _, l := range levels {
		r.fail(offer{level: l}, r.down)
	}
}

// fail reports a level that could not be published and leaves it to the next run.
func (r *stockRun) fail(o offer, err error) {
	r.decided(o.result(StockFailed, err))
	r.owe(o.level, owed{})
}

// failAll fails a batch for an error of the whole call. The error that is returned ends the run.
func (r *stockRun) failAll(ctx context.Context, offers []offer, err error) error {
	if fatal(err) {
		r.down = err
	}
	for _, o := range offers {
		r.fail(o, err)
	}
	return ctx.Err()
}

// weigh decides which levels are to be published: those that the channel does not show, as far as is known.
func (r *stockRun) weigh(ctx context.Context, levels []level, listed map[marketplace.StockItem]marketplace.StockReading) ([]offer, error) {
	offers, err := r.remembered(ctx, levels)
	if err != nil {
		return nil, err
	}
	if !r.full {
		offers = slices.DeleteFunc(offers, func(o offer) bool {
			_, due := r.owed[o.item]
			same := o.remembered != nil && o.remembered.Equal(o.quantity) && !due
			if same {
				r.decided(o.result(StockUnchanged, nil))
			}
			return same
		})
	}
	readings, err := r.look(ctx, offers, listed)
	if err != nil {
		return nil, r.failAll(ctx, offers, err)
	}
	var open, known []offer
	for _, o := range offers {
		reading, ok := readings[o.item]
		switch {
		case !ok, marketplace.CodeOf(reading.Err) == marketplace.CodeNotFound:
			// Nobody looked, or the place may still take it: publishing says which.
			open = append(open, o)
			continue
		case reading.Err != nil:
			r.fail(o, reading.Err)
			continue
		}
		shown := reading.Quantity
		o.shown = &shown
		o.drifted = o.remembered != nil && !shown.Equal(*o.remembered) && !shown.Equal(o.quantity)
		switch {
		case shown.Equal(o.quantity):
			r.decided(o.result(StockUnchanged, nil))
			known = append(known, o)
		case r.waits(o):
			r.decided(o.result(StockWaiting, nil))
			r.owe(o.level, owed{Shown: &shown})
		default:
			open = append(open, o)
		}
	}
	if r.DryRun {
		return open, nil
	}
	return open, r.remember(ctx, known)
}

// waits reports whether a level is not raised yet: the channel has lowered it by itself since the last run looked, so
// a sale may be on its way to Odoo.
func (r *stockRun) waits(o offer) bool {
	if o.remembered == nil || o.shown.Cmp(*o.remembered) >= 0 || o.quantity.Cmp(*o.shown) <= 0 {
		return false
	}
	before := r.owed[o.item].Shown
	return before == nil || !before.Equal(*o.shown)
}

// look reads what the channel shows of the offers; of a channel that cannot be read, nothing.
func (r *stockRun) look(ctx context.Context, offers []offer, listed map[marketplace.StockItem]marketplace.StockReading) (map[marketplace.StockItem]marketplace.StockReading, error) {
	reader, ok := r.target.(marketplace.StockReader)
	if listed != nil || !ok || len(offers) == 0 {
		return listed, nil
	}
	items := make([]marketplace.StockItem, len(offers))
	for i, o := range offers {
		items[i] = o.item
	}
	readings, err := reader.ReadStock(ctx, items)
	if err != nil {
		return nil, err
	}
	found := make(map[marketplace.StockItem]marketplace.StockReading, len(readings))
	for _, reading := range readings {
		found[reading.Item] = reading
	}
	return found, nil
}

// publish sends a batch and returns the levels that met a conflict.
func (r *stockRun) publish(ctx context.Context, offers []offer) ([]level, error) {
	if len(offers) == 0 {
		return nil, nil
	}
	levels := make([]marketplace.StockLevel, len(offers))
	for i, o := range offers {
		levels[i] = marketplace.StockLevel{StockItem: o.item, Quantity: o.quantity, Expected: o.shown, Key: r.key(o)}
	}
	results, err := r.target.PublishStock(ctx, levels)
	if marketplace.CodeOf(err) == marketplace.CodeUnknown {
		// Levels are absolute: what may have been set is set again, whatever is shown now.
		for i := range levels {
			levels[i].Expected = nil
		}
		results, err = r.target.PublishStock(ctx, levels)
	}
	if err == nil && len(results) != len(levels) {
		err = fmt.Errorf("the adapter answered %d levels with %d results", len(levels), len(results))
	}
	if err != nil {
		return nil, r.failAll(ctx, offers, err)
	}
	var again []level
	var done []offer
	for i, result := range results {
		switch o := offers[i]; result.Outcome {
		case marketplace.StockAccepted:
			done = append(done, o)
		case marketplace.StockPending:
			r.pending = append(r.pending, ticketed{offer: o, ticket: result.Ticket})
		case marketplace.StockConflict:
			again = append(again, o.level)
		default:
			r.rejected(o, result.Err)
		}
	}
	return again, r.published(ctx, done)
}

// rejected reports a level that the channel refused. One that may work later is tried again by the next run.
func (r *stockRun) rejected(o offer, err error) {
	var failure *marketplace.Error
	switch {
	case errors.As(err, &failure) && failure.Code == marketplace.CodeNotFound && failure.Path == "sku":
		r.decided(o.result(StockUnlisted, nil))
	case marketplace.Retryable(err) || marketplace.CodeOf(err) == marketplace.CodeUnknown:
		r.fail(o, err)
	default:
		r.decided(o.result(StockFailed, err))
	}
}

// published reports levels that the channel shows now, and remembers them.
func (r *stockRun) published(ctx context.Context, offers []offer) error {
	if err := r.remember(ctx, offers); err != nil {
		return err
	}
	events := make([]canonical.Event, len(offers))
	for i, o := range offers {
		r.decided(o.result(StockPublished, nil))
		id := o.item.SKU
		if o.item.Location != "" {
			id += "@" + o.item.Location
		}
		events[i] = canonical.Event{
			ID:   fmt.Sprintf("%s/%s/%s/%d", canonical.EventStockPublished, r.target.Channel(), id, r.report.Started.UnixMicro()),
			Type: canonical.EventStockPublished, At: time.Now().UTC(), Subject: canonical.Key{Channel: r.target.Channel(), ID: id},
			Record: fmt.Sprintf("product.product,%d", o.product), Summary: "shows " + o.quantity.String(),
		}
	}
	if len(events) == 0 {
		return nil
	}
	if err := r.journal.Append(ctx, events...); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// follow asks after what the channel is still working on, and owes what takes too long.
func (r *stockRun) follow(ctx context.Context) error {
	follower, ok := r.target.(marketplace.StockFollower)
	wait := backoff.NewExponentialBackOff(backoff.WithInitialInterval(50*time.Millisecond), backoff.WithMaxInterval(5*time.Second), backoff.WithMaxElapsedTime(r.FollowFor))
	for ok && len(r.pending) > 0 && r.down == nil {
		tickets := make([]string, len(r.pending))
		for i, p := range r.pending {
			tickets[i] = p.ticket
		}
		results, err := follower.FollowStock(ctx, tickets)
		if err != nil || len(results) != len(tickets) {
			break
		}
		var still []ticketed
		var done []offer
		for i, result := range results {
			switch p := r.pending[i]; result.Outcome {
			case marketplace.StockAccepted:
				done = append(done, p.offer)
			case marketplace.StockPending:
				still = append(still, p)
			case marketplace.StockConflict:
				r.fail(p.offer, result.Err)
			default:
				r.rejected(p.offer, result.Err)
			}
		}
		r.pending = still
		if err := r.published(ctx, done); err != nil {
			return err
		}
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
		r.decided(p.result(StockWaiting, nil))
		r.owe(p.level, owed{})
	}
	r.pending = nil
	return nil
}

// key identifies a change of a level, equal for repeats of it.
func (r *stockRun) key(o offer) string {
	before := "?"
	if o.shown != nil {
		before = o.shown.String()
	}
	return idempotency.Key{Scope: r.scope(), ID: fmt.Sprintf("%s|%s|%s>%s", o.item.Location, o.item.SKU, before, o.quantity)}.ProviderKey()
}

// memoryKey names an item in the store, by a hash where the name is longer than stores take.
func (r *stockRun) memoryKey(item marketplace.StockItem) idempotency.Key {
	key := idempotency.Key{Scope: r.scope(), ID: item.SKU + "@" + item.Location}
	if len(key.ID) > idempotency.MaxID {
		key.ID = key.ProviderKey()
	}
	return key
}

// remembered joins levels with what was published last.
func (r *stockRun) remembered(ctx context.Context, levels []level) ([]offer, error) {
	offers := make([]offer, len(levels))
	keys := make([]idempotency.Key, len(levels))
	for i, l := range levels {
		offers[i], keys[i] = offer{level: l}, r.memoryKey(l.item)
	}
	memory, ok := r.store.(idempotency.RevisionStore)
	if !ok || len(levels) == 0 {
		return offers, nil
	}
	revisions, err := memory.Revisions(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read what was published: %w", err)
	}
	for i, key := range keys {
		if quantity, err := decimal.Parse(revisions[key].Digest); err == nil {
			offers[i].remembered = &quantity
		}
	}
	return offers, nil
}

// remember stores what the channel shows now.
func (r *stockRun) remember(ctx context.Context, offers []offer) error {
	memory, ok := r.store.(idempotency.RevisionStore)
	if !ok || len(offers) == 0 {
		return nil
	}
	revisions := make([]idempotency.KeyedRevision, len(offers))
	for i, o := range offers {
		revisions[i] = idempotency.KeyedRevision{Key: r.memoryKey(o.item), Revision: idempotency.Revision{Digest: o.quantity.String()}}
	}
	if _, err := memory.PutRevisions(ctx, revisions); err != nil {
		return fmt.Errorf("remember what was published: %w", err)
	}
	return nil
}
