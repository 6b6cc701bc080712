package sale

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

// ChangedOrders are the orders that changed since a cursor.
type ChangedOrders struct {
	// Orders are the ids of the orders, ascending, each once.
	Orders []int64
	// Cursor is where to go on. Store it when the orders have been dealt with: a crash before that repeats them.
	Cursor string
}

type changedOrder struct {
	ID      int64     `odoo:"id"`
	State   State     `odoo:"state"`
	Written time.Time `odoo:"write_date,readonly"`
}

func (changedOrder) OdooModel() string { return "sale.order" }

type changedLine struct {
	ID       int64           `odoo:"id"`
	OrderID  odoo.Many2One   `odoo:"order_id"`
	Quantity decimal.Decimal `odoo:"product_uom_qty"`
	Written  time.Time       `odoo:"write_date,readonly"`
}

func (changedLine) OdooModel() string { return "sale.order.line" }

type cancelledMove struct {
	ID      int64         `odoo:"id"`
	LineID  odoo.Many2One `odoo:"sale_line_id"`
	Written time.Time     `odoo:"write_date,readonly"`
}

func (cancelledMove) OdooModel() string { return "stock.move" }

// backwards is how far each read looks behind the last change that was seen, and once an hour.
var backwards = lookback.Overlap{Short: 5 * time.Minute, Long: 24 * time.Hour, Every: time.Hour}

// Changes names the confirmed and cancelled orders that may deliver less than before: those that were cancelled, of which a
// line was changed, or of which an open delivery was cancelled, since the cursor. With an empty cursor it names those since a
// time, which is ignored with any other. An order may be named without a change, and is named again now and then.
//
// It takes three calls or so, at a cost in proportion to what changed. It looks behind what it has seen, as
// stock.Reader.ChangedDeliveries does, so that what is committed late is not lost. It only reads, so it is safe to repeat. A
// cursor that is none of its own is an error of [odoo.CodeBadArguments].
func Changes(ctx context.Context, client *odoo.Client, cursor string, since time.Time) (ChangedOrders, error) {
	now := time.Now()
	p := lookback.Begin(since, now)
	from := time.Unix(p.At, 0).UTC()
	if cursor != "" {
		var ok bool
		if p, ok = lookback.Parse(cursor); !ok {
			return ChangedOrders{}, &odoo.Error{
				Code: odoo.CodeBadArguments, Model: "sale.order", Message: "not a cursor of odoo/sale", Hint: "begin with an empty cursor",
			}
		}
		from = p.From(now, backwards)
	}
	found := map[int64]bool{}
	orders, err := odoo.Find[changedOrder](ctx, client, odoo.And(odoo.Ge("write_date", from), odoo.Eq("state", "cancel")))
	if err != nil {
		return ChangedOrders{}, err
	}
	for _, o := range orders {
		if p.Note("o", o.ID, lookback.Look(o.Written, string(o.State))) {
			found[o.ID] = true
		}
	}
	lines, err := odoo.Find[changedLine](ctx, client, odoo.And(
		odoo.Ge("write_date", from), odoo.In("order_id.state", []State{StateSale, StateDone, StateCancel}), odoo.Ne("product_id", false),
	))
	if err != nil {
		return ChangedOrders{}, err
	}
	for _, l := range lines {
		if p.Note("l", l.ID, lookback.Look(l.Written, l.Quantity.Trim(0).String())) {
			found[l.OrderID.ID] = true
		}
	}
	if err := cancelledMoves(ctx, client, from, &p, found); err != nil {
		return ChangedOrders{}, err
	}
	p.Trim(backwards)
	text, err := p.Text()
	return ChangedOrders{Orders: slices.Sorted(maps.Keys(found)), Cursor: text}, err
}

// cancelledMoves adds the orders of which a delivery was cancelled. Without the app Inventory there are none.
func cancelledMoves(ctx context.Context, client *odoo.Client, from time.Time, p *lookback.Position, found map[int64]bool) error {
	moves, err := odoo.Find[cancelledMove](ctx, client, odoo.And(odoo.Ge("write_date", from), odoo.Eq("state", "cancel"), odoo.Ne("sale_line_id", false)))
	if odoo.CodeOf(err) == odoo.CodeUnknownModel || odoo.CodeOf(err) == odoo.CodeUnknownField {
		return nil
	}
	if err != nil {
		return err
	}
	lines := map[int64]bool{}
	for _, m := range moves {
		if p.Note("m", m.ID, lookback.Look(m.Written, strconv.FormatInt(m.LineID.ID, 36))) {
			lines[m.LineID.ID] = true
		}
	}
	if len(lines) == 0 {
		return nil
	}
	of, err := odoo.Find[changedLine](ctx, client, odoo.In("id", slices.Sorted(maps.Keys(lines))))
	for _, l := range of {
		found[l.OrderID.ID] = true
	}
	return err
}
