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
}

// owedItems is what the runs of a channel owe it.
type owedItems[I comparable] struct {
	// Everything says that more is owed than is listed: the next run compares all.
	Everything bool          `json:"everything,omitempty"`
	Items      []owedItem[I] `json:"items,omitempty"`
}

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
	items := make(map[I]owedItem[I], len(b.Items))
	for _, o := range b.Items {
		items[o.Item] = o
	}
	return items, b.Everything, nil
}

func (r *outbound[I, V]) saveOwed(ctx context.Context) error {
	b := owedItems[I]{Items: slices.SortedFunc(maps.Values(r.owes), func(a, b owedItem[I]) int {
		return strings.Compare(r.port.name(a.Item), r.port.name(b.Item))
	})}
	if len(b.Items) > mostOwed {
		b = owedItems[I]{Everything: true, Items: b.Items[:mostOwed]}
	}
	text, err := json.Marshal(b)
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
func (r *outbound[I, V]) owe(o outboundOffer[I, V]) {
	r.owes[o.item] = owedItem[I]{Product: o.product, Item: o.item}
}

// owedProducts are the products of what is owed.
func (r *outbound[I, V]) owedProducts() map[int64]bool {
	products := map[int64]bool{}
	for _, o := range r.owed {
		products[o.Product] = true
	}
	return products
}
