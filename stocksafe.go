package retailsync

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
)

// SafeStock says how far [Connector.PublishSafeStock] lowers what a channel shows.
type SafeStock struct {
	// Level is what is shown of a SKU. Required.
	Level SafeLevel
	// SKUs are the channel's names of what is lowered, with * for any text and ? for any letter; none: all.
	SKUs []string
	// Reason is why, for the journal. Required; without personal data.
	Reason string
	// FromMemory accepts that a channel that cannot be asked what it shows is told what follows from the memory alone. Where
	// it has sold below that by itself, and does not compare, it is raised to it. Without it such a channel can be told
	// [ShowNone] only.
	FromMemory bool
	// DryRun, OnResult and FollowFor are as in [StockRun].
	DryRun    bool
	OnResult  func(StockResult)
	FollowFor time.Duration
}

// SafeLevel is how much of what was published last a channel goes on to show.
type SafeLevel struct {
	share, most *decimal.Decimal
	text        string
}

// ShowNone has nothing be sold.
func ShowNone() SafeLevel { return SafeLevel{most: &decimal.Zero, text: "nothing"} }

// ShowPercent shows a part of what was published last, rounded down to the whole steps of the rules. The percentage is from 0
// to 100.
func ShowPercent(percent int) SafeLevel {
	share := decimal.MustNew(int64(percent), 0)
	return SafeLevel{share: &share, text: strconv.Itoa(percent) + " percent"}
}

// ShowAtMost shows no more than so many units of a SKU at each place, rounded down to the whole steps of the rules.
func ShowAtMost(units decimal.Decimal) SafeLevel {
	return SafeLevel{most: &units, text: "at most " + units.String()}
}

// of is what a place shows of what was published last.
func (s SafeLevel) of(place mapping.StockPlace, offered decimal.Decimal) (decimal.Decimal, error) {
	part := mapping.StockPlace{Share: decimal.Hundred, Most: s.most, Step: place.Step}
	if s.share != nil {
		part.Share = *s.share
	}
	return part.Sellable(offered)
}

func (s SafeStock) check(target marketplace.StockPublisher) error {
	channel := target.Channel().String()
	refuse := func(field, why string) error {
		return fmt.Errorf("retailsync: safe stock of %s: %s: %s", channel, field, why)
	}
	_, reads := target.(marketplace.StockReader)
	_, lists := target.(marketplace.StockLister)
	level := s.Level
	switch {
	case level.share == nil && level.most == nil:
		return refuse("Level", "is missing: ShowNone, ShowPercent or ShowAtMost")
	case level.share != nil && (level.share.IsNeg() || level.share.Cmp(decimal.Hundred) > 0):
		return refuse("Level", level.text+" is not from 0 to 100")
	case level.most != nil && level.most.IsNeg():
		return refuse("Level", level.text+" is negative")
	case strings.TrimSpace(s.Reason) == "":
		return refuse("Reason", "is missing: say why, for the journal")
	case slices.ContainsFunc(s.SKUs, func(sku string) bool { return strings.TrimSpace(sku) == "" }):
		return refuse("SKUs", "has an empty text: remove it, or write what is meant")
	case !reads && !lists && !s.FromMemory && !level.none():
		return refuse("Level", "the channel cannot be asked what it shows, so "+level.text+" may be more than it has left: use ShowNone, or set FromMemory")
	}
	return nil
}

func (s SafeLevel) none() bool {
	return s.most != nil && s.most.IsZero() || s.share != nil && s.share.IsZero()
}

// PublishSafeStock lowers what a channel shows while Odoo cannot be asked, by what was published last. It calls nothing of
// Odoo, and raises nothing: what the channel shows is read first where it can be, and is left alone where it is as low already.
//
// What was lowered is owed to Odoo's own level: the next [Connector.PublishStock] or [Connector.ReconcileStock] that
// reaches Odoo restores it, whether or not the stock has changed there and whether or not it is critical. Where the
// channel had sold something that may not be in Odoo yet, it waits as after any sale ([StockRun.RaiseAfter]). While Odoo
// answers and is not to be trusted, hold those back.
//
// A SKU that was never published, as far as is remembered, is left alone and reported as [StockUnknown]. The store must be an
// [idempotency.CursorStore] and an [idempotency.RevisionStore]; for SKUs that are not named one by one also an
// [idempotency.RevisionLister], unless the channel is a [marketplace.StockLister].
//
// It is safe to repeat and to interrupt: a percentage is always one of what Odoo offered last. A channel whose stock is
// being published gives [idempotency.ErrInFlight]: try again. Where the rules have the workflow of stock off, or
// with DryRun, it reports and writes nothing. The journal tells who did it and why ([ActingFor]) before anything is sent.
func (c *Connector) PublishSafeStock(ctx context.Context, target marketplace.StockPublisher, safe SafeStock) (done *StockReport, failure error) {
	ctx, end := c.flow(ctx, "PublishSafeStock", target.Channel())
	defer func() { end(done, failure) }()
	if err := safe.check(target); err != nil {
		return &StockReport{DryRun: safe.DryRun, Started: time.Now().UTC()}, err
	}
	options := StockRun{DryRun: safe.DryRun, OnResult: safe.OnResult, FollowFor: safe.FollowFor}
	return c.publishStock(ctx, target, options, c.places, func(r *stockRun, ctx context.Context) error { return r.lower(ctx, safe) })
}

// places is the outlet of a channel as far as the rules say it, without the database.
func (c *Connector) places(_ context.Context, channel canonical.Channel) (*outlet, error) {
	rules, err := c.rules.For(channel)
	if err != nil {
		return nil, err
	}
	o := &outlet{rules: rules}
	for _, place := range rules.StockPlaces() {
		o.places = append(o.places, servedPlace{StockPlace: place})
	}
	return o, nil
}

// lower brings the channel down to safe levels. All that earlier runs owe stays owed.
func (r *stockRun) lower(ctx context.Context, safe SafeStock) error {
	r.safe, r.full = true, true
	if err := r.loadBacklog(ctx); err != nil {
		return err
	}
	if err := r.resume(ctx); err != nil {
		return err
	}
	levels, listed, err := r.safeLevels(ctx, safe)
	if err != nil {
		return err
	}
	if len(levels) > 0 && !r.DryRun {
		if err := r.announce(ctx, safe); err != nil {
			return err
		}
	}
	if err := r.settle(ctx, levels, listed); err != nil || r.DryRun {
		return err
	}
	for item, o := range r.owed {
		if _, again := r.owes[item]; !again {
			r.owes[item] = o
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := r.saveBacklog(ctx, r.stored.Everything, r.owes); err != nil {
		return err
	}
	return r.down
}

// safeLevels are those of all SKUs that are meant, and what the channel showed where only its list says so.
func (r *stockRun) safeLevels(ctx context.Context, safe SafeStock) ([]level, map[marketplace.StockItem]marketplace.StockReading, error) {
	found, err := r.rememberedItems(ctx, safe)
	if err != nil {
		return nil, nil, err
	}
	var listed map[marketplace.StockItem]marketplace.StockReading
	if !safe.named() {
		all := map[marketplace.StockItem]marketplace.StockReading{}
		lists, err := r.eachListed(ctx, func(reading marketplace.StockReading) {
			if safe.means(reading.Item.SKU) && r.place(reading.Item.Location) != nil {
				all[reading.Item] = reading
				found[reading.Item] = true
			}
		})
		if err != nil {
			return nil, nil, err
		}
		if lists {
			listed = all
		}
	}
	for item := range r.pending {
		if safe.means(item.SKU) && r.place(item.Location) != nil {
			found[item] = true
		}
	}
	items := slices.SortedFunc(maps.Keys(found), cmpItems)
	var levels []level
	for part := range slices.Chunk(items, safeChunk) {
		plain := make([]level, len(part))
		for i, item := range part {
			plain[i].item = item
		}
		offers, err := r.remembered(ctx, plain)
		if err != nil {
			return nil, nil, err
		}
		for _, o := range offers {
			l, known, err := r.safeLevel(o, safe.Level)
			if err != nil {
				return nil, nil, err
			}
			if known {
				levels = append(levels, l)
				continue
			}
			unknown := StockResult{Item: o.item, Outcome: StockUnknown}
			if reading, ok := listed[o.item]; ok {
				unknown.Shown = &reading.Quantity
			}
			r.decided(unknown)
		}
	}
	if _, reads := r.target.(marketplace.StockReader); reads {
		listed = nil // each batch is read when its turn comes: nothing older is compared with
	}
	return levels, listed, nil
}

// safeChunk is how many levels of the memory are read at once.
const safeChunk = 1000

// safeLevel is the safe level of an item, if it was ever published. What the channel is still working on counts as published.
func (r *stockRun) safeLevel(o offer, safe SafeLevel) (l level, known bool, err error) {
	offered := o.remembered
	if o.lowered != nil {
		offered = o.lowered
	}
	pending, works := r.pending[o.item]
	if works {
		offered = &pending.quantity
		if pending.offered != nil {
			offered = pending.offered
		}
	}
	if offered == nil {
		return level{}, false, nil
	}
	quantity, err := safe.of(r.place(o.item.Location).StockPlace, *offered)
	if err != nil {
		return level{}, false, fmt.Errorf("stock of %q: %w", o.item.SKU, err)
	}
	switch {
	case works && pending.quantity.Cmp(quantity) <= 0:
		quantity = pending.quantity // what the channel works on is as low
	case o.remembered != nil:
		quantity = quantity.Min(*o.remembered)
	}
	return level{item: o.item, quantity: quantity, offered: offered, sold: o.sale}, true, nil
}

// rememberedItems are the items that are meant of those that were published, and all that are named one by one.
func (r *stockRun) rememberedItems(ctx context.Context, safe SafeStock) (map[marketplace.StockItem]bool, error) {
	if _, ok := r.store.(idempotency.RevisionStore); !ok {
		return nil, fmt.Errorf("retailsync: the store (%T) does not remember what was published: use one that implements idempotency.RevisionStore", r.store)
	}
	found := map[marketplace.StockItem]bool{}
	for _, sku := range safe.SKUs {
		if strings.ContainsAny(sku, "*?") {
			continue
		}
		for _, place := range r.outlet.places {
			found[marketplace.StockItem{SKU: sku, Location: place.Location}] = true
		}
	}
	if safe.named() {
		return found, nil
	}
	memory, ok := r.store.(idempotency.RevisionLister)
	if _, lists := r.target.(marketplace.StockLister); !ok && lists {
		return found, nil
	}
	if !ok {
		return nil, fmt.Errorf("retailsync: the store (%T) cannot list what was published: use one that implements idempotency.RevisionLister, or name the SKUs", r.store)
	}
	for after := ""; ; {
		page, err := memory.ListRevisions(ctx, r.scope(), after, safeChunk)
		if err != nil {
			return nil, fmt.Errorf("list what was published: %w", err)
		}
		for _, each := range page {
			if item, ok := r.itemOf(each.Key.ID); ok && safe.means(item.SKU) {
				found[item] = true
			}
		}
		if len(page) < safeChunk {
			return found, nil
		}
		after = page[len(page)-1].Key.ID
	}
}

// itemOf is the item of the memory's key at a place of the rules. A key that is a hash says nothing.
func (r *stockRun) itemOf(id string) (item marketplace.StockItem, ok bool) {
	for _, place := range r.outlet.places {
		sku, at := strings.CutSuffix(id, "@"+place.Location)
		if at && sku != "" && (!ok || len(place.Location) > len(item.Location)) {
			item, ok = marketplace.StockItem{SKU: sku, Location: place.Location}, true
		}
	}
	return item, ok
}

func (r *stockRun) place(location string) *servedPlace {
	for i := range r.outlet.places {
		if r.outlet.places[i].Location == location {
			return &r.outlet.places[i]
		}
	}
	return nil
}

// named reports whether all SKUs are named one by one.
func (s SafeStock) named() bool {
	return len(s.SKUs) > 0 && !slices.ContainsFunc(s.SKUs, func(sku string) bool { return strings.ContainsAny(sku, "*?") })
}

func (s SafeStock) means(sku string) bool {
	return len(s.SKUs) == 0 || mapping.CriticalRules{SKUs: s.SKUs}.HasSKU(sku)
}

// announce tells the journal what is about to be done and why.
func (r *stockRun) announce(ctx context.Context, safe SafeStock) error {
	skus := strings.Join(safe.SKUs, ",")
	if skus == "" {
		skus = "*"
	}
	data := map[string]json.RawMessage{}
	for name, value := range map[string]any{"level": safe.Level.text, "skus": safe.SKUs, "reason": safe.Reason} {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		data[name] = text
	}
	err := r.journal.Append(ctx, canonical.Event{
		ID:   fmt.Sprintf("%s/%s/%s", canonical.EventStockLowered, r.target.Channel(), r.mark()),
		Type: canonical.EventStockLowered, At: time.Now().UTC(), Subject: canonical.Key{Channel: r.target.Channel(), ID: skus},
		Summary: "shows " + safe.Level.text + ": " + safe.Reason, Data: data,
	})
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// weighSafe decides about a safe level: one that the channel shows more than is open, one that was set without an answer is set.
func (r *stockRun) weighSafe(o offer, reading marketplace.StockReading, read, looked bool, open, set []offer) (nowOpen, nowSet []offer) {
	switch {
	case reading.Err != nil && marketplace.CodeOf(reading.Err) == marketplace.CodeNotFound:
		r.rejected(o, reading.Err)
		return open, set
	case reading.Err != nil:
		r.fail(o, reading.Err)
		return open, set
	case !read && looked:
		r.decided(o.result(StockUnlisted, nil))
		return open, set
	case !read:
		if o.remembered != nil && o.remembered.Cmp(o.quantity) <= 0 && !r.superseded[o.item] {
			r.unchanged(o)
			return open, set
		}
		return append(open, o), set
	}
	shown := reading.Quantity
	o.shown = &shown
	o.drifted = o.remembered != nil && !shown.Equal(*o.remembered) && !shown.Equal(o.quantity)
	o.sold = o.sold || o.remembered != nil && shown.Cmp(*o.remembered) < 0 && !r.unsure[o.item]
	switch {
	case r.superseded[o.item]:
		o.quantity = o.quantity.Min(shown)
		return append(open, o), set
	case shown.Equal(o.quantity) && r.unsure[o.item]:
		return open, append(set, o)
	case shown.Cmp(o.quantity) <= 0:
		r.unchanged(o)
		return open, set
	}
	return append(open, o), set
}

// promise owes Odoo's levels before safe ones are sent: whatever becomes of this process, the next run restores them.
func (r *stockRun) promise(ctx context.Context, offers ...offer) error {
	_, later := r.target.(marketplace.StockFollower)
	for _, o := range offers {
		r.owe(o.level, owed{Sent: later})
	}
	if r.stored.Everything {
		return nil
	}
	return r.checkpoint(ctx)
}
