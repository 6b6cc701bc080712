package retailsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
)

// offer is a level with what is known of the channel.
type offer struct {
	level
	remembered, shown *decimal.Decimal
	drifted           bool
	// lowered is what Odoo offered when what is remembered is a safe level beneath it, sale that the channel had sold by then.
	lowered *decimal.Decimal
	sale    bool
	// mark tells this change of the item from earlier ones: it is another whenever something is known of their end.
	mark string
	// key is that of the change when it was sent.
	key string
}

func (o offer) result(outcome StockOutcome, err error) StockResult {
	return StockResult{Item: o.item, ProductID: o.product, Outcome: outcome, Level: o.quantity, Shown: o.shown, Drifted: o.drifted, Err: err}
}

// settle brings the channel to the levels, batch by batch. Listed is what the channel shows, nil if it was not listed.
func (r *stockRun) settle(ctx context.Context, levels []level, listed map[marketplace.StockItem]marketplace.StockReading) error {
	for part := range slices.Chunk(levels, max(1, r.target.StockBatch())) {
		if r.down != nil {
			r.leave(r.unticketed(part))
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
		// A conflict or a lost answer is looked at once more, with what the channel shows now.
		if len(again) > 0 && r.down == nil {
			if again, err = r.retry(ctx, again, listed); err != nil {
				return err
			}
		}
		for _, l := range again {
			failure := &marketplace.Error{
				Code: marketplace.CodeConflict, Channel: r.target.Channel(), Op: "publish stock", Path: "sku",
				Message: fmt.Sprintf("%q was changed at the channel twice meanwhile: the next run tries again", l.item.SKU),
			}
			if r.unsure[l.item] {
				failure.Code, failure.Message = marketplace.CodeUnknown, fmt.Sprintf("the answer for %q was lost: the next run looks what is shown", l.item.SKU)
			}
			r.fail(offer{level: l}, failure)
		}
	}
	return r.follow(ctx)
}

// retry looks at levels once more and publishes what is still open; it returns what met the same again.
func (r *stockRun) retry(ctx context.Context, levels []level, listed map[marketplace.StockItem]marketplace.StockReading) ([]level, error) {
	if _, reads := r.target.(marketplace.StockReader); reads {
		listed = nil
	} else if len(r.told) > 0 {
		known := make(map[marketplace.StockItem]marketplace.StockReading, len(levels))
		for _, l := range levels {
			if reading, ok := r.told[l.item]; ok {
				known[l.item] = reading
			} else if reading, ok := listed[l.item]; ok {
				known[l.item] = reading
			}
		}
		listed = known
	}
	offers, err := r.weigh(ctx, levels, listed)
	if err != nil {
		return nil, err
	}
	return r.publish(ctx, offers)
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
	if !r.safe { // a safe level that was sent is owed already, one that was not leaves nothing to restore
		r.owe(o.level, owed{})
	}
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
	offers, err := r.remembered(ctx, r.unticketed(levels))
	if err != nil {
		return nil, err
	}
	if !r.full {
		offers = slices.DeleteFunc(offers, func(o offer) bool {
			_, due := r.owed[o.item]
			due = due && !r.settled[o.item] || r.unsure[o.item]
			same := o.remembered != nil && o.remembered.Equal(o.quantity) && o.lowered == nil && !due
			if same {
				r.unchanged(o)
			}
			return same
		})
	}
	readings, err := r.look(ctx, offers, listed)
	if err != nil {
		return nil, r.failAll(ctx, offers, err)
	}
	var open, known, set []offer
	for _, o := range offers {
		reading, ok := readings[o.item]
		if r.safe {
			open, set = r.weighSafe(o, reading, ok, readings != nil, open, set)
			continue
		}
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
		case shown.Equal(o.quantity) && r.overtakes(o):
			open = append(open, o) // the channel is about to show what it was told before
		case shown.Equal(o.quantity) && r.unsure[o.item]:
			set = append(set, o)
		case shown.Equal(o.quantity):
			r.unchanged(o)
			if o.remembered == nil || !o.remembered.Equal(o.quantity) || o.lowered != nil {
				known = append(known, o)
			}
		default:
			since, waits := r.waits(o)
			if !waits {
				open = append(open, o)
				continue
			}
			r.decided(o.result(StockWaiting, nil))
			r.owe(o.level, owed{Shown: &shown, Since: since})
		}
	}
	if r.DryRun {
		return open, nil
	}
	if err := r.published(ctx, set); err != nil {
		return nil, err
	}
	return open, r.remember(ctx, known)
}

// overtakes reports whether the channel may yet show another level that it was told before.
func (r *stockRun) overtakes(o offer) bool {
	before := r.owed[o.item]
	return r.superseded[o.item] && (!before.Unsure || !before.Level.Equal(o.quantity))
}

// unchanged reports a level that is shown already, unless it was reported when its ticket was settled.
func (r *stockRun) unchanged(o offer) {
	if !r.settled[o.item] {
		r.decided(o.result(StockUnchanged, nil))
	}
}

// waits reports whether a level is not raised yet, and since when: the channel has lowered it by itself, now or before it
// was told a safe level, so a sale may be on its way to Odoo.
func (r *stockRun) waits(o offer) (time.Time, bool) {
	if o.remembered == nil || o.shown.Cmp(*o.remembered) >= 0 && !o.sale || o.quantity.Cmp(*o.shown) <= 0 {
		return time.Time{}, false
	}
	before := r.owed[o.item]
	if before.Shown == nil || !before.Shown.Equal(*o.shown) {
		return r.report.Started, true
	}
	return before.Since, r.report.Started.Sub(before.Since) < r.RaiseAfter
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

// publish sends a batch and returns the levels that are to be looked at once more: those that met a conflict, and all
// of them if the answer was lost.
func (r *stockRun) publish(ctx context.Context, offers []offer) ([]level, error) {
	if len(offers) == 0 {
		return nil, nil
	}
	levels := make([]marketplace.StockLevel, len(offers))
	for i := range offers {
		o := &offers[i]
		o.key = r.key(*o)
		levels[i] = marketplace.StockLevel{StockItem: o.item, Quantity: o.quantity, Expected: o.shown, Key: o.key}
		if r.safe && o.shown == nil && o.quantity.IsPos() {
			levels[i].Expected = o.remembered // a channel that compares is not raised where it has sold since
		}
	}
	promise := r.checkpoint
	if r.safe {
		promise = r.promise
	}
	if err := promise(ctx, offers...); err != nil {
		return nil, err
	}
	results, err := r.target.PublishStock(ctx, levels)
	if err == nil && len(results) != len(levels) {
		err = fmt.Errorf("the adapter answered %d levels with %d results", len(levels), len(results))
	}
	var again []level
	switch {
	case marketplace.CodeOf(err) == marketplace.CodeUnknown && ctx.Err() == nil:
		for _, o := range offers {
			r.unsure[o.item] = true
			again = append(again, o.level)
		}
		return again, nil
	case err != nil:
		return nil, r.failAll(ctx, offers, err)
	}
	var done []offer
	var refused []level
	tickets := len(r.pending)
	for i, result := range results {
		if r.safe && result.Outcome != marketplace.StockPending {
			r.owe(offers[i].level, owed{})
		}
		switch o := offers[i]; result.Outcome {
		case marketplace.StockAccepted:
			done = append(done, o)
		case marketplace.StockPending:
			r.pending[o.item] = ticketed{offer: o, ticket: result.Ticket}
		case marketplace.StockConflict:
			refused = append(refused, o.level)
			delete(r.unsure, o.item)
			if result.Shows != nil {
				r.told[o.item] = marketplace.StockReading{Item: o.item, Quantity: *result.Shows}
			}
			again = append(again, o.level)
		default:
			if marketplace.CodeOf(result.Err) != marketplace.CodeNotFound {
				refused = append(refused, o.level)
			}
			r.rejected(o, result.Err)
		}
	}
	if len(r.pending) > tickets {
		unremembered := done
		if r.safe {
			unremembered = nil // they are owed anyway
		}
		if err := r.checkpoint(ctx, unremembered...); err != nil {
			return nil, err
		}
	}
	if err := r.published(ctx, done); err != nil {
		return nil, err
	}
	return again, r.renew(ctx, refused)
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

// published reports levels that the channel shows now, and remembers them. The journal comes first: what is remembered
// is not looked at again. A repeat of a change has the same event.
func (r *stockRun) published(ctx context.Context, offers []offer) error {
	if len(offers) == 0 {
		return nil
	}
	events := make([]canonical.Event, len(offers))
	for i, o := range offers {
		r.decided(o.result(StockPublished, nil))
		id := o.item.SKU
		if o.item.Location != "" {
			id += "@" + o.item.Location
		}
		if o.key == "" {
			o.key = r.key(o)
		}
		summary, record := "shows "+o.quantity.String(), ""
		if o.shown != nil {
			summary += " instead of " + o.shown.Trim(0).String()
		}
		if o.offered != nil {
			summary += ", a safe level of " + o.offered.String()
		}
		if o.product != 0 {
			record = fmt.Sprintf("product.product,%d", o.product)
		}
		events[i] = canonical.Event{
			ID:   fmt.Sprintf("%s/%s/%s/%s", canonical.EventStockPublished, r.target.Channel(), id, o.key),
			Type: canonical.EventStockPublished, At: time.Now().UTC(), Subject: canonical.Key{Channel: r.target.Channel(), ID: id},
			Record: record, Summary: summary,
		}
	}
	if err := r.journal.Append(ctx, events...); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return r.remember(ctx, offers)
}
