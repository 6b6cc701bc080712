package stock

import (
	"context"
	"fmt"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// Receipt is what has arrived of an open return.
type Receipt struct {
	Return int64
	Lines  []ReceivedLine
	// Last: nothing more comes; the rest is cancelled. Otherwise it is expected on, by a backorder.
	Last bool
}

// ReceivedLine is what has arrived of one move of the return, and its lots if the product has any.
type ReceivedLine struct {
	Move     int64
	Quantity decimal.Decimal
	Lots     []LotQuantity
}

// OverReceipt says that more has arrived than the return expects.
type OverReceipt struct {
	Return, Move      int64
	Wanted, Delivered decimal.Decimal
}

// Error implements error.
func (e *OverReceipt) Error() string {
	return fmt.Sprintf("%s units have arrived for move %d of return %d, which expects %s: open a return for the others first, or book them as found stock",
		e.Delivered, e.Move, e.Return, e.Wanted)
}

// UnknownLot says that units of a lot came back that did not leave.
type UnknownLot struct {
	Move int64
	Lot  string
	// Shipped are those that left.
	Shipped []string
}

// Error implements error.
func (e *UnknownLot) Error() string {
	if e.Lot == "" {
		return fmt.Sprintf("the product of move %d has lots or serial numbers: say which of %q arrived", e.Move, e.Shipped)
	}
	return fmt.Sprintf("lot %q did not leave with move %d; %q did: read the label again, or refuse the parcel", e.Lot, e.Move, e.Shipped)
}

// arrivedMove is what is written on a move of a picking that is to be validated; of one that does not arrive, nothing has come.
type arrivedMove struct {
	Quantity decimal.Decimal `odoo:"quantity,always"`
	Picked   bool            `odoo:"picked,optional,always"`
}

func (arrivedMove) OdooModel() string { return "stock.move" }

// Receive books what has arrived of a return and validates it. A return that is done or cancelled already is left alone, so it is
// safe to repeat with the same return: what goes on is its backorder, with an id of its own. Goods are in the location of the return
// then; routes of several steps go on by Odoo's own moves.
//
// Errors: [*OverReceipt], [*UnknownLot]. A user of the group Inventory / User may do it; on Odoo 14 with the app Inventory
// valuation Inventory / Administrator must.
func Receive(ctx context.Context, client *odoo.Client, receipt Receipt) error {
	for lost := range 2 {
		rows, err := odoo.Find[returnRow](ctx, client, odoo.Eq("id", receipt.Return))
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return &NotReturnable{Reason: fmt.Sprintf("Odoo has no return %d, or the user may not see it", receipt.Return)}
		}
		if rows[0].State == "done" || rows[0].State == "cancel" {
			return nil
		}
		if err = receive(ctx, client, receipt); err == nil || !odoo.Ambiguous(err) || lost > 0 {
			return err
		}
	}
	return nil
}

func receive(ctx context.Context, client *odoo.Client, receipt Receipt) error {
	moves, err := odoo.Find[returnMoveRow](ctx, client, odoo.And(odoo.Eq("picking_id", receipt.Return), odoo.NotIn("state", []string{"done", "cancel"})))
	if err != nil {
		return err
	}
	for _, line := range receipt.Lines {
		if !slices.ContainsFunc(moves, func(m returnMoveRow) bool { return m.ID == line.Move }) {
			return &NotReturnable{Move: line.Move, Reason: fmt.Sprintf("return %d does not expect it", receipt.Return)}
		}
	}
	for _, m := range moves {
		at := slices.IndexFunc(receipt.Lines, func(l ReceivedLine) bool { return l.Move == m.ID })
		var line ReceivedLine
		if at >= 0 {
			line = receipt.Lines[at]
		}
		if line.Quantity.Cmp(m.Wanted.Trim(0)) > 0 {
			return &OverReceipt{Return: receipt.Return, Move: m.ID, Wanted: m.Wanted.Trim(0), Delivered: line.Quantity}
		}
		if err := arrive(ctx, client, m, line); err != nil {
			return err
		}
	}
	return validate(ctx, client, receipt.Return, receipt.Last)
}

// validate validates a picking with what is written on its moves. The rest goes to a backorder, or is cancelled if nothing more comes.
func validate(ctx context.Context, client *odoo.Client, picking int64, last bool) error {
	quiet := odoo.Context{"skip_backorder": true, "skip_immediate": true, "skip_sms": true}
	if last {
		quiet["picking_ids_not_to_backorder"] = []int64{picking}
	}
	return client.Do(ctx, odoo.Call{Model: "stock.picking", Method: "button_validate", IDs: []int64{picking}, Context: quiet})
}

// shippedLot is a lot that left with a move.
type shippedLot struct {
	ID  int64         `odoo:"id"`
	Lot odoo.Many2One `odoo:"lot_id"`
}

func (shippedLot) OdooModel() string { return "stock.move.line" }

// arrive writes what has arrived of one move.
func arrive(ctx context.Context, client *odoo.Client, m returnMoveRow, line ReceivedLine) error {
	shipped, err := odoo.Find[shippedLot](ctx, client, odoo.And(odoo.Eq("move_id", m.Of.ID), odoo.Ne("lot_id", false)))
	if err != nil {
		return err
	}
	if len(shipped) == 0 || line.Quantity.IsZero() {
		return odoo.Write(ctx, client, []int64{m.ID}, arrivedMove{Quantity: line.Quantity, Picked: line.Quantity.IsPos()})
	}
	var c exact.Calc
	named := decimal.Zero
	var parts []lotPart
	for _, lot := range line.Lots {
		at := slices.IndexFunc(shipped, func(s shippedLot) bool { return s.Lot.Name == lot.Lot })
		if at < 0 {
			return &UnknownLot{Move: m.ID, Lot: lot.Lot, Shipped: lotNames(shipped)}
		}
		named = c.Add(named, lot.Quantity)
		parts = append(parts, lotPart{shipped[at].Lot.ID, lot.Quantity})
	}
	if err := c.Err(); err != nil {
		return err
	}
	if !named.Equal(line.Quantity) {
		return &UnknownLot{Move: m.ID, Shipped: lotNames(shipped)}
	}
	return writeLots(ctx, client, m, parts)
}

func lotNames(shipped []shippedLot) []string {
	var names []string
	for _, s := range shipped {
		names = append(names, s.Lot.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// fewerUnits is what is written on a move that is to bring less.
type fewerUnits struct {
	Wanted decimal.Decimal `odoo:"product_uom_qty"`
}

func (fewerUnits) OdooModel() string { return "stock.move" }

// ExpectLess has an open return expect so many units of one of its moves, which is less than before. A return that expects nothing more
// is cancelled, one that is done is left alone; it is safe to repeat. A user of the group Inventory / User may do it.
func ExpectLess(ctx context.Context, client *odoo.Client, id, move int64, units decimal.Decimal) error {
	moves, err := odoo.Find[returnMoveRow](ctx, client, odoo.And(odoo.Eq("picking_id", id), odoo.NotIn("state", []string{"done", "cancel"})))
	if err != nil {
		return err
	}
	found, others := false, false
	for _, m := range moves {
		if m.ID == move && units.Cmp(m.Wanted.Trim(0)) < 0 {
			found = true
		} else if m.ID != move {
			others = others || m.Wanted.IsPos()
		}
	}
	switch {
	case !found:
		return nil
	case !units.IsPos() && !others:
		return CancelReturn(ctx, client, id)
	}
	if err := odoo.Write(ctx, client, []int64{move}, fewerUnits{Wanted: units}); err != nil {
		return err
	}
	return arrange(ctx, client, id)
}

// CancelReturn cancels a return that nothing has arrived of. One that is done is left alone; it is safe to repeat.
func CancelReturn(ctx context.Context, client *odoo.Client, id int64) error {
	rows, err := odoo.Find[returnRow](ctx, client, odoo.Eq("id", id))
	if err != nil || len(rows) == 0 || rows[0].State == "done" || rows[0].State == "cancel" {
		return err
	}
	return client.Do(ctx, odoo.Call{Model: "stock.picking", Method: "action_cancel", IDs: []int64{id}})
}
