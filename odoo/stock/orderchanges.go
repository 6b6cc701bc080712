package stock

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/lookback"
	"github.com/retailsync/retailsync/odoo"
)

// OrderCursor is a position in the changes of sale orders. It is text that can be stored; only this package reads it.
type OrderCursor string

// changedMove is a stock.move of a sale order as far as changes of it are noticed by.
type changedMove struct {
	ID       int64           `odoo:"id"`
	Written  time.Time       `odoo:"write_date,readonly"`
	State    string          `odoo:"state"`
	Line     odoo.Many2One   `odoo:"sale_line_id"`
	Wanted   decimal.Decimal `odoo:"product_uom_qty"`
	Quantity decimal.Decimal `odoo:"quantity"`
}

func (changedMove) OdooModel() string { return "stock.move" }

// changedOrder is a sale.order as far as changes of it are noticed by.
type changedOrder struct {
	ID      int64     `odoo:"id"`
	Written time.Time `odoo:"write_date,readonly"`
	State   string    `odoo:"state"`
}

func (changedOrder) OdooModel() string { return "sale.order" }

// watchedAtOnce is how many orders one call asks about.
const watchedAtOnce = 1000

// movedRow is a stock.move as far as it tells that goods left a location.
type movedRow struct {
	ID      int64         `odoo:"id"`
	Written time.Time     `odoo:"write_date,readonly"`
	Product odoo.Many2One `odoo:"product_id"`
}

func (movedRow) OdooModel() string { return "stock.move" }

// ChangedOrders names those of some sale orders that changed since the cursor, themselves or a delivery or return of theirs, by id, and
// where to go on: store it when the orders have been dealt with. With an empty cursor it names those that changed
// within the last hour.
//
// Of orders with a product that a move by no order brought out of one of the locations, or into it, it names all: nobody but a person who
// reads the move knows which order its units are of.
//
// It takes two calls for a thousand orders, one more for locations, and one more for either where something changed. It looks behind what it has seen as
// [Reader.ChangedDeliveries] does. It only reads, so it is safe to repeat.
func (r *Reader) ChangedOrders(ctx context.Context, cursor OrderCursor, orders []int64, locations ...int64) ([]int64, OrderCursor, error) {
	now := r.clock()
	overlap := lookback.Overlap{Short: r.overlap, Long: r.longOverlap, Every: longEvery}
	p := lookback.Begin(now.Add(-longEvery), now) // clocks differ
	if cursor != "" {
		var ok bool
		if p, ok = lookback.Parse(string(cursor)); !ok {
			return nil, "", &odoo.Error{
				Code: odoo.CodeBadArguments, Model: "sale.order", Message: "not a cursor of orders of odoo/stock", Hint: "begin with an empty cursor",
			}
		}
	}
	from := p.From(now, overlap)
	changed, lines := map[int64]bool{}, map[int64]bool{}
	for some := range slices.Chunk(orders, watchedAtOnce) {
		moves, err := odoo.Find[changedMove](ctx, r.client, odoo.And(odoo.In("sale_line_id.order_id", some), odoo.Ge("write_date", from)))
		if err != nil {
			return nil, "", err
		}
		for _, m := range moves {
			if p.Note("m", m.ID, lookback.Look(m.Written, m.State, m.Wanted.Trim(0).String(), m.Quantity.Trim(0).String())) {
				lines[m.Line.ID] = true
			}
		}
		rows, err := odoo.Find[changedOrder](ctx, r.client, odoo.And(odoo.In("id", some), odoo.Ge("write_date", from)))
		if err != nil {
			return nil, "", err
		}
		for _, o := range rows {
			if p.Note("o", o.ID, lookback.Look(o.Written, o.State, strconv.FormatInt(o.ID, 36))) {
				changed[o.ID] = true
			}
		}
	}
	if len(lines) > 0 {
		rows, err := allRows[orderOfLine](ctx, r.client, "sale.order.line", odoo.In("id", slices.Sorted(maps.Keys(lines))), []string{"order_id"})
		if err != nil {
			return nil, "", err
		}
		for _, row := range rows {
			changed[row.Order.ID] = true
		}
	}
	if err := r.changedAt(ctx, &p, from, orders, locations, changed); err != nil {
		return nil, "", err
	}
	p.Trim(overlap)
	text, err := p.Text()
	return slices.Sorted(maps.Keys(changed)), OrderCursor(text), err
}

// changedAt adds the orders of which a product left one of the locations, or came back there, by a move of no order.
func (r *Reader) changedAt(ctx context.Context, p *lookback.Position, from time.Time, orders, locations []int64, changed map[int64]bool) error {
	if len(locations) == 0 {
		return nil
	}
	var there []odoo.Domain
	for _, location := range locations {
		there = append(there, odoo.ChildOf("location_id", location), odoo.ChildOf("location_dest_id", location))
	}
	moves, err := odoo.Find[movedRow](ctx, r.client, odoo.And(
		odoo.Ge("write_date", from), odoo.Eq("state", "done"), odoo.Eq("sale_line_id", false), odoo.Or(there...),
	))
	if err != nil {
		return err
	}
	products := map[int64]bool{}
	for _, m := range moves {
		if p.Note("l", m.ID, lookback.Look(m.Written, strconv.FormatInt(m.Product.ID, 36))) {
			products[m.Product.ID] = true
		}
	}
	if len(products) == 0 {
		return nil
	}
	for some := range slices.Chunk(orders, watchedAtOnce) {
		rows, err := allRows[orderOfLine](ctx, r.client, "sale.order.line",
			odoo.And(odoo.In("order_id", some), odoo.In("product_id", slices.Sorted(maps.Keys(products)))), []string{"order_id"})
		if err != nil {
			return err
		}
		for _, row := range rows {
			changed[row.Order.ID] = true
		}
	}
	return nil
}
