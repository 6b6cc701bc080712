package stock

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Return is a picking by which delivered goods come back, or by which what came back goes out again; made by this library or
// by a person.
type Return struct {
	ID   int64
	Name string
	// State is Odoo's: draft, waiting, confirmed, assigned, done, cancel.
	State string
	// ExternalID is that of the return as it was opened: what a backorder continues has it too. It is zero on what people made.
	ExternalID odoo.ExternalID
	// Origin is its source document.
	Origin string
	// Backorder is the return whose rest this one is, 0 if none.
	Backorder int64
	// Created is when it was made, Done when it was received, UTC; Done is zero before.
	Created, Done time.Time
	Moves         []ReturnMove
}

// Open reports whether something is still to arrive.
func (r Return) Open() bool { return r.State != "done" && r.State != "cancel" }

// ReturnMove is what a return moves of one delivered move. Quantities are in Unit.
type ReturnMove struct {
	ID int64
	// Of is the move that it takes back.
	Of                      int64
	SaleLine, Product, Unit int64
	// KitLine is the line of the bill of materials that it is a component by (mrp.bom.line), 0 for what is no component.
	KitLine int64
	// Wanted is what is expected, Done what has arrived.
	Wanted, Done decimal.Decimal
	State        string
	// ToRefund: it lowers what the order counts as delivered.
	ToRefund bool
	// From and To are its locations.
	From, To int64
	// Out: it brings goods to the customer that came back before.
	Out bool
	// Lots are the lots and serial numbers that it has brought; none before it is done, or if the product has none.
	Lots []LotQuantity
}

// returnMoveRow is a stock.move that takes another one back.
type returnMoveRow struct {
	ID       int64           `odoo:"id"`
	Picking  odoo.Many2One   `odoo:"picking_id"`
	Of       odoo.Many2One   `odoo:"origin_returned_move_id"`
	Line     odoo.Many2One   `odoo:"sale_line_id"`
	KitLine  odoo.Many2One   `odoo:"bom_line_id,optional"`
	Product  odoo.Many2One   `odoo:"product_id"`
	Unit     odoo.Many2One   `odoo:"product_uom"`
	Wanted   decimal.Decimal `odoo:"product_uom_qty"`
	Quantity decimal.Decimal `odoo:"quantity"`
	State    string          `odoo:"state"`
	ToRefund bool            `odoo:"to_refund"`
	From     odoo.Many2One   `odoo:"location_id"`
	To       odoo.Many2One   `odoo:"location_dest_id"`
}

func (returnMoveRow) OdooModel() string { return "stock.move" }

func (m returnMoveRow) done() decimal.Decimal {
	if m.State != "done" {
		return decimal.Zero // before that it is what is reserved or typed
	}
	return m.Quantity.Trim(0)
}

// returnRow is a stock.picking.
type returnRow struct {
	ID        int64         `odoo:"id"`
	Name      string        `odoo:"name"`
	State     string        `odoo:"state"`
	Origin    string        `odoo:"origin"`
	Backorder odoo.Many2One `odoo:"backorder_id"`
	Created   time.Time     `odoo:"create_date,readonly"`
	Done      time.Time     `odoo:"date_done"`
}

func (returnRow) OdooModel() string { return "stock.picking" }

// Returns reads the returns of sale orders, whoever made them, oldest first: open, done and cancelled ones. It only reads.
func (r *Reader) Returns(ctx context.Context, orders []int64) ([]Return, error) {
	if len(orders) == 0 {
		return nil, nil
	}
	moves, err := odoo.Find[returnMoveRow](ctx, r.client, odoo.And(
		odoo.In("sale_line_id.order_id", orders), odoo.Ne("origin_returned_move_id", false), odoo.Ne("picking_id", false),
	))
	if err != nil || len(moves) == 0 {
		return nil, err
	}
	usages, err := r.usages(ctx, moves)
	if err != nil {
		return nil, err
	}
	lots, err := r.lotsOf(ctx, moves)
	if err != nil {
		return nil, err
	}
	byPicking := map[int64][]ReturnMove{}
	for _, m := range moves {
		byPicking[m.Picking.ID] = append(byPicking[m.Picking.ID], ReturnMove{
			ID: m.ID, Of: m.Of.ID, SaleLine: m.Line.ID, KitLine: m.KitLine.ID, Product: m.Product.ID, Unit: m.Unit.ID, Wanted: m.Wanted.Trim(0), Done: m.done(),
			State: m.State, ToRefund: m.ToRefund, From: m.From.ID, To: m.To.ID, Out: usages[m.To.ID] == "customer", Lots: lots[m.ID],
		})
	}
	return r.returnsOf(ctx, byPicking)
}

// returnsOf reads the pickings of moves.
func (r *Reader) returnsOf(ctx context.Context, byPicking map[int64][]ReturnMove) ([]Return, error) {
	ids := slices.Sorted(maps.Keys(byPicking))
	pickings, err := odoo.Find[returnRow](ctx, r.client, odoo.In("id", ids))
	if err != nil {
		return nil, err
	}
	names, err := r.client.Lookup(ctx, "stock.picking", ids)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(pickings, func(a, b returnRow) int { return cmp.Compare(a.ID, b.ID) })
	all := make([]Return, len(pickings))
	for i, p := range pickings {
		name, ok := names[p.ID]
		if !ok {
			name = names[p.Backorder.ID] // a backorder is younger than what it continues
			names[p.ID] = name
		}
		all[i] = Return{
			ID: p.ID, Name: p.Name, State: p.State, ExternalID: name, Origin: p.Origin, Backorder: p.Backorder.ID, Created: p.Created, Done: p.Done, Moves: byPicking[p.ID],
		}
	}
	return all, nil
}

// placeRow is a stock.location.
type placeRow struct {
	ID    int64  `odoo:"id"`
	Usage string `odoo:"usage"`
}

func (placeRow) OdooModel() string { return "stock.location" }

// usages are what the locations to which moves go are for ("customer", "internal").
func (r *Reader) usages(ctx context.Context, moves []returnMoveRow) (map[int64]string, error) {
	places := map[int64]bool{}
	for _, m := range moves {
		places[m.To.ID] = true
	}
	rows, err := odoo.Find[placeRow](ctx, r.client, odoo.In("id", slices.Sorted(maps.Keys(places))), odoo.Archived())
	if err != nil {
		return nil, err
	}
	usages := make(map[int64]string, len(rows))
	for _, row := range rows {
		usages[row.ID] = row.Usage
	}
	return usages, nil
}
