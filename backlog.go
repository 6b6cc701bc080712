package retailsync

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
)

// owed is a level that the next run takes up.
type owed struct {
	Product  int64  `json:"p"`
	SKU      string `json:"sku"`
	Location string `json:"at,omitempty"`
	// Shown is what the channel had lowered its level to by itself, when a run waited because of that.
	Shown *decimal.Decimal `json:"shown,omitempty"`
}

func (o owed) item() marketplace.StockItem {
	return marketplace.StockItem{SKU: o.SKU, Location: o.Location}
}

// backlog is what the runs of a channel owe it.
type backlog struct {
	// Everything says that more is owed than is listed: the next run compares all.
	Everything bool   `json:"everything,omitempty"`
	Items      []owed `json:"items,omitempty"`
}

// mostOwed keeps a backlog within what stores take.
const mostOwed = 400

// loadBacklog reads what earlier runs owe.
func (r *stockRun) loadBacklog(ctx context.Context) (map[marketplace.StockItem]owed, bool, error) {
	name := r.scope() + "/backlog"
	text, err := r.cursors.Cursor(ctx, name)
	if err != nil {
		return nil, false, fmt.Errorf("read cursor %s: %w", name, err)
	}
	var b backlog
	if text != "" {
		if err := json.Unmarshal([]byte(text), &b); err != nil {
			return nil, false, fmt.Errorf("cursor %s is damaged: %w: delete it and reconcile the stock", name, err)
		}
	}
	items := make(map[marketplace.StockItem]owed, len(b.Items))
	for _, o := range b.Items {
		items[o.item()] = o
	}
	return items, b.Everything, nil
}

// saveBacklog stores what this run owes.
func (r *stockRun) saveBacklog(ctx context.Context) error {
	b := backlog{Items: slices.SortedFunc(maps.Values(r.owes), func(a, b owed) int {
		return strings.Compare(a.SKU+"@"+a.Location, b.SKU+"@"+b.Location)
	})}
	if len(b.Items) > mostOwed {
		b = backlog{Everything: true, Items: b.Items[:mostOwed]}
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

// owe leaves a level to the next run.
func (r *stockRun) owe(l level, reason owed) {
	reason.Product, reason.SKU, reason.Location = l.product, l.item.SKU, l.item.Location
	r.owes[l.item] = reason
}
