package stock

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Deliveries reads the deliveries of sale orders that are done, and their returns, in the order in which they were
// done. An order that nothing was delivered of, or that the user may not see, has none. It takes about six calls for
// hundreds of orders and only reads, so it is safe to repeat. Where the app Inventory is not installed the error is of
// [odoo.CodeUnknownModel].
func (r *Reader) Deliveries(ctx context.Context, orders []int64) ([]Delivery, error) {
	if len(orders) == 0 {
		return nil, nil
	}
	moves, err := odoo.Find[deliveryMoveRow](ctx, r.client, odoo.And(
		odoo.In("sale_line_id.order_id", orders), odoo.Eq("state", "done"), odoo.Ne("picking_id", false),
		odoo.Or(odoo.Eq("location_dest_id.usage", "customer"), odoo.Eq("location_id.usage", "customer")),
	))
	if err != nil {
		return nil, err
	}
	moves = slices.DeleteFunc(moves, func(m deliveryMoveRow) bool { return !m.Quantity.IsPos() })
	if len(moves) == 0 {
		return nil, nil
	}
	lines, usages, err := r.aroundMoves(ctx, moves)
	if err != nil {
		return nil, err
	}
	packed, err := r.packed(ctx, moves)
	if err != nil {
		return nil, err
	}
	byPicking := map[int64][]DeliveryMove{}
	for _, m := range moves {
		from, to := usages[m.From.ID], usages[m.To.ID]
		if from == to {
			continue // from customer to customer: nothing left and nothing came back
		}
		byPicking[m.Picking.ID] = append(byPicking[m.Picking.ID], DeliveryMove{
			ID: m.ID, LineID: m.Line.ID, OrderID: lines[m.Line.ID], Product: m.Product, Quantity: m.Quantity.Trim(0), UnitID: m.Unit.ID,
			Returned: from == "customer", Again: from != "customer" && m.Origin.ID != 0, KitLine: m.KitLine.ID, Packed: packed[m.ID],
		})
	}
	pickings, err := odoo.Find[deliveryRow](ctx, r.client, odoo.In("id", slices.Sorted(maps.Keys(byPicking))))
	if err != nil {
		return nil, err
	}
	deliveries := make([]Delivery, len(pickings))
	for i, p := range pickings {
		warehouse, err := r.warehouseOf(ctx, p.From.ID)
		if err != nil {
			return nil, err
		}
		deliveries[i] = Delivery{
			ID: p.ID, Name: p.Name, Created: p.Created, Done: p.Done, From: p.From, WarehouseID: warehouse,
			Carrier: p.Carrier, Tracking: p.Tracking, TrackingURL: p.TrackingURL, Backorder: p.Backorder, Moves: byPicking[p.ID],
		}
	}
	slices.SortStableFunc(deliveries, func(a, b Delivery) int { return cmp.Or(a.Done.Compare(b.Done), cmp.Compare(a.ID, b.ID)) })
	return deliveries, nil
}

// deliveryMoveRow is a stock.move of a sale order.
type deliveryMoveRow struct {
	ID       int64           `odoo:"id"`
	Picking  odoo.Many2One   `odoo:"picking_id"`
	Line     odoo.Many2One   `odoo:"sale_line_id"`
	Product  odoo.Many2One   `odoo:"product_id"`
	Unit     odoo.Many2One   `odoo:"product_uom"`
	Quantity decimal.Decimal `odoo:"quantity"`
	From     odoo.Many2One   `odoo:"location_id"`
	To       odoo.Many2One   `odoo:"location_dest_id"`
	Origin   odoo.Many2One   `odoo:"origin_returned_move_id"`
	KitLine  odoo.Many2One   `odoo:"bom_line_id,optional"`
}

func (deliveryMoveRow) OdooModel() string { return "stock.move" }

// deliveryRow is a stock.picking.
type deliveryRow struct {
	ID          int64         `odoo:"id"`
	Name        string        `odoo:"name"`
	Created     time.Time     `odoo:"create_date,readonly"`
	Done        time.Time     `odoo:"date_done"`
	From        odoo.Many2One `odoo:"location_id"`
	Backorder   odoo.Many2One `odoo:"backorder_id"`
	Carrier     odoo.Many2One `odoo:"carrier_id,optional"`
	Tracking    string        `odoo:"carrier_tracking_ref,optional"`
	TrackingURL string        `odoo:"carrier_tracking_url,optional"`
}

func (deliveryRow) OdooModel() string { return "stock.picking" }

type orderOfLine struct {
	ID    int64         `json:"id"`
	Order odoo.Many2One `json:"order_id"`
}

func (o orderOfLine) rowID() int64 { return o.ID }

type usageRow struct {
	ID    int64 `json:"id"`
	Usage text  `json:"usage"`
}

func (u usageRow) rowID() int64 { return u.ID }

// aroundMoves reads the orders of the moves' lines and the usages of their locations.
func (r *Reader) aroundMoves(ctx context.Context, moves []deliveryMoveRow) (orders map[int64]int64, usages map[int64]string, err error) {
	lines, places := map[int64]bool{}, map[int64]bool{}
	for _, m := range moves {
		lines[m.Line.ID], places[m.From.ID], places[m.To.ID] = true, true, true
	}
	ofLines, err := allRows[orderOfLine](ctx, r.client, "sale.order.line", odoo.In("id", slices.Sorted(maps.Keys(lines))), []string{"order_id"})
	if err != nil {
		return nil, nil, err
	}
	ofPlaces, err := allRows[usageRow](ctx, r.client, "stock.location", odoo.In("id", slices.Sorted(maps.Keys(places))), []string{"usage"})
	if err != nil {
		return nil, nil, err
	}
	orders, usages = make(map[int64]int64, len(ofLines)), make(map[int64]string, len(ofPlaces))
	for _, line := range ofLines {
		orders[line.ID] = line.Order.ID
	}
	for _, place := range ofPlaces {
		// Whatever is no customer's is the seller's side: a warehouse, a supplier, a transit.
		if usages[place.ID] = "own"; place.Usage == "customer" {
			usages[place.ID] = "customer"
		}
	}
	return orders, usages, nil
}

type packedRow struct {
	ID       int64           `odoo:"id"`
	Move     odoo.Many2One   `odoo:"move_id"`
	Package  odoo.Many2One   `odoo:"result_package_id"`
	Quantity decimal.Decimal `odoo:"quantity"`
	Unit     odoo.Many2One   `odoo:"product_uom_id"`
}

func (packedRow) OdooModel() string { return "stock.move.line" }

// packed reads what was put into packages, by move and in the order of the packages.
func (r *Reader) packed(ctx context.Context, moves []deliveryMoveRow) (map[int64][]Packed, error) {
	ids := make([]int64, len(moves))
	for i, m := range moves {
		ids[i] = m.ID
	}
	rows, err := odoo.Find[packedRow](ctx, r.client, odoo.And(odoo.In("move_id", ids), odoo.Ne("result_package_id", false)))
	if err != nil {
		return nil, err
	}
	packed := map[int64][]Packed{}
	for _, row := range rows {
		if row.Quantity.IsPos() {
			packed[row.Move.ID] = append(packed[row.Move.ID], Packed{Package: row.Package, Quantity: row.Quantity.Trim(0), UnitID: row.Unit.ID})
		}
	}
	for _, parts := range packed {
		slices.SortStableFunc(parts, func(a, b Packed) int { return cmp.Compare(a.Package.ID, b.Package.ID) })
	}
	return packed, nil
}

// warehouseOf returns the warehouse that holds a location, 0 if none does.
func (r *Reader) warehouseOf(ctx context.Context, location int64) (int64, error) {
	r.mu.Lock()
	warehouses, paths := r.warehouses, r.paths
	r.mu.Unlock()
	var err error
	if warehouses == nil {
		if warehouses, err = r.loadWarehouses(ctx); err != nil {
			return 0, err
		}
	}
	if paths[location] == "" {
		if paths, err = r.loadPaths(ctx); err != nil {
			return 0, err
		}
	}
	for pass := range 2 {
		for _, id := range slices.Sorted(maps.Keys(warehouses)) {
			if view := paths[warehouses[id].View.ID]; view != "" && strings.HasPrefix(paths[location], view) {
				return id, nil
			}
		}
		if pass > 0 || !r.mayBeNew(paths[location], warehouses) {
			break
		}
		if warehouses, err = r.loadWarehouses(ctx); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// homeOf is where a warehouse keeps the goods that left from one of its locations: there, if that is part of its stock, else in its stock.
func (r *Reader) homeOf(ctx context.Context, location, warehouse int64) (int64, error) {
	r.mu.Lock()
	warehouses, paths := r.warehouses, r.paths
	r.mu.Unlock()
	w, ok := warehouses[warehouse]
	if !ok || w.Stock.ID == 0 {
		return location, nil
	}
	if paths[w.Stock.ID] == "" {
		var err error
		if paths, err = r.loadPaths(ctx); err != nil {
			return 0, err
		}
	}
	if strings.HasPrefix(paths[location], paths[w.Stock.ID]) {
		return location, nil
	}
	return w.Stock.ID, nil
}

// mayBeNew reports whether a location may belong to a warehouse made since the warehouses were read: it is newer than
// the views of all that are known. Ids grow.
func (r *Reader) mayBeNew(path string, known map[int64]Warehouse) bool {
	var newest int64
	for _, w := range known {
		newest = max(newest, w.View.ID)
	}
	for _, part := range strings.Split(path, "/") {
		var id int64
		for _, digit := range part {
			id = id*10 + int64(digit-'0')
		}
		if id > newest {
			return true
		}
	}
	return false
}
