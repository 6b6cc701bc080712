package stock

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// Returnable is a delivered move with what has come back of it. Quantities are in Unit.
type Returnable struct {
	Move, Delivery, SaleLine, Product, Unit int64
	// Warehouse and From are the warehouse and the location that it left.
	Warehouse, From int64
	// Home is where the warehouse keeps its goods: From, unless they left by way of another location such as its output.
	Home int64
	// Done is when it left, UTC.
	Done time.Time
	// Shipped is what left, Returned what has come back, Expected what open returns still expect.
	Shipped, Returned, Expected decimal.Decimal
	// KitLine is the line of the bill of materials that it is a component by (mrp.bom.line), 0 for what is no component.
	KitLine int64
	// Lots are the lots and serial numbers that left; none if the product has none.
	Lots []LotQuantity
}

// Left is what can still be returned.
func (m Returnable) Left() (decimal.Decimal, error) {
	var c exact.Calc
	left := c.Sub(c.Sub(m.Shipped, m.Returned), m.Expected)
	return left, c.Err()
}

// returnableRow is a stock.move that went to a customer.
type returnableRow struct {
	deliveryMoveRow
	Date time.Time `odoo:"date"`
}

// Returnable reads what was delivered to the customers of sale orders, by move in the order of their ids, with what has come back.
// What went out in place of returned goods is not among it. It only reads.
func (r *Reader) Returnable(ctx context.Context, orders []int64) ([]Returnable, error) {
	if len(orders) == 0 {
		return nil, nil
	}
	rows, err := odoo.Find[returnableRow](ctx, r.client, odoo.And(
		odoo.In("sale_line_id.order_id", orders), odoo.Eq("state", "done"), odoo.Ne("picking_id", false),
		odoo.Eq("location_dest_id.usage", "customer"), odoo.Eq("origin_returned_move_id", false),
	))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	slices.Sort(ids)
	back, err := odoo.Find[returnMoveRow](ctx, r.client, odoo.And(odoo.In("origin_returned_move_id", ids), odoo.Ne("state", "cancel")))
	if err != nil {
		return nil, err
	}
	lots, err := r.lotsWith(ctx, ids)
	if err != nil {
		return nil, err
	}
	places := map[int64]bool{}
	for _, row := range rows {
		places[row.From.ID] = true
	}
	warehouses, homes := map[int64]int64{}, map[int64]int64{}
	for _, place := range slices.Sorted(maps.Keys(places)) {
		if warehouses[place], err = r.warehouseOf(ctx, place); err != nil {
			return nil, err
		}
		if homes[place], err = r.homeOf(ctx, place, warehouses[place]); err != nil {
			return nil, err
		}
	}
	all := make([]Returnable, len(rows))
	var c exact.Calc
	for i, row := range rows {
		m := Returnable{
			Move: row.ID, Delivery: row.Picking.ID, SaleLine: row.Line.ID, Product: row.Product.ID, Unit: row.Unit.ID, Warehouse: warehouses[row.From.ID], From: row.From.ID, Home: homes[row.From.ID],
			Done: row.Date, Shipped: row.Quantity.Trim(0), KitLine: row.KitLine.ID, Lots: lots[row.ID],
		}
		for _, b := range back {
			switch {
			case b.Of.ID != row.ID:
			case b.State == "done":
				m.Returned = c.Add(m.Returned, b.done())
			default:
				m.Expected = c.Add(m.Expected, b.Wanted.Trim(0))
			}
		}
		all[i] = m
	}
	slices.SortFunc(all, func(a, b Returnable) int { return cmp.Compare(a.Move, b.Move) })
	return all, c.Err()
}
