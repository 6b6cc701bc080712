package retailsync

import (
	"context"
	"fmt"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo/sale"
)

// aside is a channel whose orders are made here, so that nobody is to be told of them.
type aside struct{ channel canonical.Channel }

// Channel implements [marketplace.Adapter].
func (a aside) Channel() canonical.Channel { return a.channel }

// planExchange is what the order of what goes out for returned goods is to be in Odoo.
func (c *Connector) planExchange(ctx context.Context, order canonical.Order) (*mapping.Plan, error) {
	resolved, err := c.planner(ctx, order.Key.Channel)
	if err != nil {
		return nil, err
	}
	exchanges := resolved.Exchanges()
	products, err := resolved.catalog.find(ctx, exchanges.Wanted(&order))
	if err != nil {
		return nil, err
	}
	return exchanges.Plan(&order, products)
}

// placeExchange brings the order of what goes out for returned goods into Odoo, or finds it there. It is an order like others,
// with the customer and the addresses of the one that it follows: its totals are checked before it is confirmed. It is safe to
// repeat, by its External ID.
func (c *Connector) placeExchange(ctx context.Context, order canonical.Order, follows sale.Order) (sale.Order, error) {
	resolved, err := c.planner(ctx, order.Key.Channel)
	if err != nil {
		return sale.Order{}, err
	}
	exchanges := planner{Planner: resolved.Exchanges(), catalog: resolved.catalog}
	b := &batch{Connector: c, source: aside{order.Key.Channel}, planner: &exchanges, recheck: true, items: []*item{{order: order, follows: &follows}}}
	if err := b.run(ctx); err != nil {
		return sale.Order{}, err
	}
	placed := b.items[0]
	switch {
	case placed.err != nil:
		return placed.odoo, placed.err
	case placed.odoo.ID == 0:
		return sale.Order{}, fmt.Errorf("order %s: the rules leave it out (statuses.import): exchanges of %s cannot go out", order.Key, order.Key.Channel)
	}
	return placed.odoo, nil
}
