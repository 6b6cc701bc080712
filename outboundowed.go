package retailsync

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// owedItem is an item that the next run takes up.
type owedItem[I comparable] struct {
	Product int64 `json:"p"`
	Item    I     `json:"i"`
	// Unsure says that it was sent without an answer, or by a run that did not come to remember it.
	Unsure bool `json:"u,omitempty"`
	// Ticket is what the channel calls the value that it is working on, Digest that of the value.
	Ticket string `json:"t,omitempty"`
	Digest string `json:"d,omitempty"`
}

// mostListed bounds what is listed: a store takes 64 KiB, and beyond it a comparison of all is no dearer.
const mostListed = 400

// owedItems is what the runs of a channel owe it.
type owedItems[I comparable] struct {
	// Everything says that more is owed than is listed: the next run compares all.
	Everything bool          `json:"everything,omitempty"`
	Items      []owedItem[I] `json:"items,omitempty"`
}

// loadOwed reads what earlier runs owe.
func (r *outbound[I, V]) loadOwed(ctx context.Context) (map[I]owedItem[I], bool, error) {
	name := r.scope() + "/backlog"
	text, err := r.cursors.Cursor(ctx, name)
	if err != nil {
		return nil, false, fmt.Errorf("read cursor %s: %w", name, err)
	}
	var b owedItems[I]
	if text != "" {
		if err := json.Unmarshal([]byte(text), &b); err != nil {
			return nil, false, fmt.Errorf("cursor %s is damaged: %w: delete it and reconcile", name, err)
		}
	}
	r.doubtful = b.Everything
	items := make(map[I]owedItem[I], len(b.Items))
	for _, o := range b.Items {
		items[o.Item] = o
	}
	return items, b.Everything, nil
}

// saveOwed stores what the next run takes up.
func (r *outbound[I, V]) saveOwed(ctx context.Context) error { return r.putOwed(ctx, false, r.owes) }

// promise owes what is about to be sent, beside what earlier runs owe: if this one dies, the next looks at it whatever is
// remembered of it.
func (r *outbound[I, V]) promise(ctx context.Context, offers []outboundOffer[I, V]) error {
	all := maps.Clone(r.owed)
	maps.Copy(all, r.owes)
	for _, o := range offers {
		all[o.item] = owedItem[I]{Product: o.product, Item: o.item, Unsure: true}
	}
	return r.putOwed(ctx, r.doubtful, all)
}

func (r *outbound[I, V]) putOwed(ctx context.Context, everything bool, owes map[I]owedItem[I]) error {
	b := owedItems[I]{Everything: everything, Items: slices.SortedFunc(maps.Values(owes), func(a, b owedItem[I]) int {
		return strings.Compare(r.port.name(a.Item), r.port.name(b.Item))
	})}
	if len(b.Items) > mostListed {
		b.Everything, b.Items = true, b.Items[:mostListed]
	}
	text, err := json.Marshal(b)
	if err == nil && len(text) > backlogPage {
		text, err = json.Marshal(owedItems[I]{Everything: true}) // of long names few fit
	}
	if err != nil {
		return err
	}
	name := r.scope() + "/backlog"
	if err := r.cursors.PutCursor(ctx, name, string(text)); err != nil {
		return fmt.Errorf("store cursor %s: %w", name, err)
	}
	return nil
}

// owe leaves an offer to the next run.
func (r *outbound[I, V]) owe(o outboundOffer[I, V], unsure bool) {
	r.owes[o.item] = owedItem[I]{Product: o.product, Item: o.item, Unsure: unsure || r.unsure(o.item)}
}

// unsure reports whether an item may have been sent something else than is remembered.
func (r *outbound[I, V]) unsure(item I) bool { return r.doubtful || r.owed[item].Unsure }

// owedProducts are the products of what is owed.
func (r *outbound[I, V]) owedProducts() map[int64]bool {
	products := map[int64]bool{}
	for _, o := range r.owed {
		products[o.Product] = true
	}
	return products
}
