package retailsync

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
)

// key identifies a change of a level, equal for repeats of it: also for those of another process, and of no other
// change between the same two levels.
func (r *stockRun) key(o offer) string {
	before := "?"
	if o.shown != nil {
		before = o.shown.String()
	}
	return idempotency.Key{Scope: r.scope(), ID: fmt.Sprintf("%s|%s|%s|%s>%s", o.item.Location, o.item.SKU, o.mark, before, o.quantity)}.ProviderKey()
}

// mark is another one each time.
func (r *stockRun) mark() string {
	r.marks++
	return strconv.FormatInt(r.report.Started.UnixMicro(), 36) + "." + strconv.Itoa(r.marks)
}

// memoryKey names an item in the store, by a hash where the name is longer than stores take.
func (r *stockRun) memoryKey(item marketplace.StockItem) idempotency.Key {
	return stockMemoryKey(r.scope(), item)
}

func stockMemoryKey(scope string, item marketplace.StockItem) idempotency.Key {
	key := idempotency.Key{Scope: scope, ID: item.SKU + "@" + item.Location}
	if len(key.ID) > idempotency.MaxID {
		key.ID = key.ProviderKey()
	}
	return key
}

// remembered joins levels with what was published last.
func (r *stockRun) remembered(ctx context.Context, levels []level) ([]offer, error) {
	mark := r.mark()
	offers := make([]offer, len(levels))
	keys := make([]idempotency.Key, len(levels))
	for i, l := range levels {
		offers[i], keys[i] = offer{level: l, mark: mark}, r.memoryKey(l.item)
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
		readMemory(revisions[key].Digest, &offers[i])
	}
	return offers, nil
}

// remember stores what the channel shows now.
func (r *stockRun) remember(ctx context.Context, offers []offer) error {
	return r.keep(ctx, offers, func(o offer, mark string) string { return memoryText(&o.quantity, mark, o.offered, o.sold) })
}

// memoryText is how a level is remembered: "level#mark", and a safe one "level#mark#offered", with "#sold" at its end if the
// channel had sold of it.
func memoryText(quantity *decimal.Decimal, mark string, offered *decimal.Decimal, sold bool) string {
	text := "#" + mark
	if quantity != nil {
		text = quantity.String() + text
	}
	if offered == nil {
		return text
	}
	text += "#" + offered.String()
	if sold {
		text += "#sold"
	}
	return text
}

func readMemory(text string, into *offer) {
	parts := append(strings.Split(text, "#"), "", "", "")
	into.mark = parts[1]
	if quantity, err := decimal.Parse(parts[0]); err == nil {
		into.remembered = &quantity
	}
	if offered, err := decimal.Parse(parts[2]); err == nil {
		into.lowered, into.sale = &offered, parts[3] == "sold"
	}
}

// renew gives what the channel refused or lost another mark, so that the next attempt is no repeat.
func (r *stockRun) renew(ctx context.Context, refused []level) error {
	if len(refused) == 0 {
		return nil
	}
	offers, err := r.remembered(ctx, refused)
	if err != nil {
		return err
	}
	return r.keep(ctx, offers, func(o offer, mark string) string { return memoryText(o.remembered, mark, o.lowered, o.sale) })
}

func (r *stockRun) keep(ctx context.Context, offers []offer, text func(o offer, mark string) string) error {
	memory, ok := r.store.(idempotency.RevisionStore)
	if !ok || len(offers) == 0 {
		return nil
	}
	mark := r.mark()
	revisions := make([]idempotency.KeyedRevision, len(offers))
	for i, o := range offers {
		revisions[i] = idempotency.KeyedRevision{Key: r.memoryKey(o.item), Revision: idempotency.Revision{Digest: text(o, mark)}}
	}
	if _, err := memory.PutRevisions(ctx, revisions); err != nil {
		return fmt.Errorf("remember what was published: %w", err)
	}
	return nil
}
