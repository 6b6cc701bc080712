package stock

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/retailsync/retailsync/internal/lookback"
	"github.com/retailsync/retailsync/odoo"
)

// ChangedDeliveries are the deliveries that changed since a cursor.
type ChangedDeliveries struct {
	// Deliveries are those that may have changed, by id.
	Deliveries []ChangedDelivery
	// Cursor is where to go on. Store it when the deliveries have been dealt with: a crash before that repeats them.
	Cursor DeliveryCursor
}

// ChangedDelivery is a delivery of sale orders that is done and may have changed.
type ChangedDelivery struct {
	ID int64
	// Orders are the sale orders that it delivered something of, by id.
	Orders []int64
	// Look is equal as long as nothing that matters has changed; it can be stored, to pass by what comes again.
	Look string
}

// ChangedDeliveries names the deliveries to customers that were done, or changed after they were done (a late tracking
// number, another carrier), since the cursor; from a supplier by drop shipping too. With an empty cursor it names those since
// a time, which is ignored with any other. Deliveries that moved nothing of a sale order are left out.
//
// It takes two calls or so, at a cost in proportion to what changed. Times in Odoo are those at which a transaction
// began, cut to seconds. So each call looks behind what it has seen: by a short overlap ([WithOverlap]) every
// time, in which it knows what it has named, and by a long one ([WithLongOverlap]) once an hour, so that even a
// transaction of hours loses nothing. After the long one it names again what has changed within it:
// [ChangedDelivery.Look] tells which are known. It only reads, so it is safe to repeat.
func (r *Reader) ChangedDeliveries(ctx context.Context, cursor DeliveryCursor, since time.Time) (ChangedDeliveries, error) {
	now := r.clock()
	overlap := lookback.Overlap{Short: r.overlap, Long: r.longOverlap, Every: longEvery}
	p := lookback.Begin(since, now)
	from := time.Unix(p.At, 0).UTC()
	if cursor != "" {
		var err error
		if p, err = parseDeliveryCursor(cursor); err != nil {
			return ChangedDeliveries{}, err
		}
		from = p.From(now, overlap)
	}
	rows, err := odoo.Find[changedDelivery](ctx, r.client, odoo.And(
		odoo.Ge("write_date", from), odoo.Eq("state", "done"), odoo.Eq("location_dest_id.usage", "customer"),
	), odoo.PageSize(pageOf))
	if err != nil {
		return ChangedDeliveries{}, err
	}
	looks := map[int64]string{}
	for _, row := range rows {
		if look := row.look(); p.Note("d", row.ID, look) {
			looks[row.ID] = look
		}
	}
	orders, err := r.ordersOf(ctx, slices.Sorted(maps.Keys(looks)))
	if err != nil {
		return ChangedDeliveries{}, err
	}
	var changed ChangedDeliveries
	for _, id := range slices.Sorted(maps.Keys(orders)) {
		changed.Deliveries = append(changed.Deliveries, ChangedDelivery{ID: id, Orders: orders[id], Look: looks[id]})
	}
	p.Trim(overlap)
	text, err := p.Text()
	changed.Cursor = DeliveryCursor(text)
	return changed, err
}

// longEvery is how often the long overlap is read.
const longEvery = time.Hour

type moveOfLine struct {
	ID      int64         `json:"id"`
	Picking odoo.Many2One `json:"picking_id"`
	Line    odoo.Many2One `json:"sale_line_id"`
}

func (m moveOfLine) rowID() int64 { return m.ID }

// ordersOf reads which sale orders the deliveries deliver. A drop shipment belongs to a purchase; only its moves say what
// it was sold by.
func (r *Reader) ordersOf(ctx context.Context, deliveries []int64) (map[int64][]int64, error) {
	if len(deliveries) == 0 {
		return nil, nil
	}
	moves, err := allRows[moveOfLine](ctx, r.client, "stock.move", odoo.And(
		odoo.In("picking_id", deliveries), odoo.Eq("state", "done"), odoo.Ne("sale_line_id", false),
	), []string{"picking_id", "sale_line_id"})
	if err != nil || len(moves) == 0 {
		return nil, err
	}
	lines := map[int64]bool{}
	for _, m := range moves {
		lines[m.Line.ID] = true
	}
	rows, err := allRows[orderOfLine](ctx, r.client, "sale.order.line", odoo.In("id", slices.Sorted(maps.Keys(lines))), []string{"order_id"})
	if err != nil {
		return nil, err
	}
	orderOf := make(map[int64]int64, len(rows))
	for _, row := range rows {
		orderOf[row.ID] = row.Order.ID
	}
	orders := map[int64][]int64{}
	for _, m := range moves {
		if id := orderOf[m.Line.ID]; id != 0 && !slices.Contains(orders[m.Picking.ID], id) {
			orders[m.Picking.ID] = append(orders[m.Picking.ID], id)
		}
	}
	for _, ids := range orders {
		slices.Sort(ids)
	}
	return orders, nil
}
