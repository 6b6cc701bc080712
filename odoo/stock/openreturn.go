package stock

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// ReturnDraft is a return to be opened: moves of one picking that come back, or that came back and go out again.
type ReturnDraft struct {
	// ExternalID makes it one return, however often it is opened and by whom.
	ExternalID odoo.ExternalID
	Lines      []ReturnLine
	// To is the location that receives the goods; 0: where Odoo's operation puts them.
	To int64
	// Note is the picking's source document; "": "Return of" the picking.
	Note string
}

// ReturnLine is a part of one move that comes back.
type ReturnLine struct {
	Move     int64
	Quantity decimal.Decimal
	// ToRefund lowers what the order counts as delivered, so that less is invoiced, or the credit note agrees with it.
	ToRefund bool
}

// OverReturn says that more would come back than left.
type OverReturn struct {
	Move int64
	// Shipped left, Returned came back or is expected, Asked is what was to be returned on top.
	Shipped, Returned, Asked decimal.Decimal
}

// Error implements error.
func (e *OverReturn) Error() string {
	return fmt.Sprintf("%s units of move %d are to come back; %s left and %s of them came back or are expected: correct the quantity, or cancel the return that expects them",
		e.Asked, e.Move, e.Shipped, e.Returned)
}

// NotReturnable says that a move cannot be taken back.
type NotReturnable struct {
	Move   int64
	Reason string
}

// Error implements error.
func (e *NotReturnable) Error() string {
	return fmt.Sprintf("move %d cannot be taken back: %s", e.Move, e.Reason)
}

// takenBackRow is a stock.move that is to be taken back.
type takenBackRow struct {
	returnMoveRow
	Kind  odoo.Many2One `odoo:"picking_type_id"`
	Name  string        `odoo:"name,optional"`
	Group odoo.Many2One `odoo:"group_id,optional"`
}

// kindRow is a stock.picking.type.
type kindRow struct {
	ID      int64         `odoo:"id"`
	Code    string        `odoo:"code"`
	Returns odoo.Many2One `odoo:"return_picking_type_id"`
	From    odoo.Many2One `odoo:"default_location_src_id"`
	To      odoo.Many2One `odoo:"default_location_dest_id"`
}

func (kindRow) OdooModel() string { return "stock.picking.type" }

// partnerRow is whom a stock.picking is for.
type partnerRow struct {
	ID      int64         `odoo:"id"`
	Name    string        `odoo:"name"`
	Partner odoo.Many2One `odoo:"partner_id"`
}

func (partnerRow) OdooModel() string { return "stock.picking" }

// OpenReturn has Odoo expect that units of done moves come back, and returns the id of the picking. Unlike Odoo's own wizard it takes
// back no more than left, and makes one return however often it is called and by how many processes: Odoo inserts the picking, its
// moves and its External ID in one transaction. A return that exists is only brought on: confirmed, if a process died before that. It
// is as the wizard makes it: linked to the moves that it takes back, to their order lines, and with their lots.
//
// Errors: [*OverReturn], [*NotReturnable], those of [odoo.Client.Load]. It is safe to repeat. A user of the group Inventory / User may
// do it.
func OpenReturn(ctx context.Context, client *odoo.Client, draft ReturnDraft) (int64, error) {
	moves, err := takenBack(ctx, client, draft)
	if err != nil {
		return 0, err
	}
	if err := checkLeft(ctx, client, draft, moves); err != nil {
		return 0, err
	}
	batch, err := returnBatch(ctx, client, draft, moves)
	if err != nil {
		return 0, err
	}
	picking, err := insert(ctx, client, batch)
	if err != nil {
		return 0, err
	}
	return picking, arrange(ctx, client, picking)
}

// takenBack reads the moves of a draft, by id.
func takenBack(ctx context.Context, client *odoo.Client, draft ReturnDraft) (map[int64]takenBackRow, error) {
	ids := make([]int64, len(draft.Lines))
	for i, line := range draft.Lines {
		ids[i] = line.Move
		switch {
		case !line.Quantity.IsPos():
			return nil, &NotReturnable{Move: line.Move, Reason: fmt.Sprintf("the quantity %s is not positive", line.Quantity)}
		case slices.Contains(ids[:i], line.Move):
			return nil, &NotReturnable{Move: line.Move, Reason: "it is named twice: add its quantities up"}
		}
	}
	if len(ids) == 0 {
		return nil, &NotReturnable{Reason: "the return has no lines"}
	}
	rows, err := odoo.Find[takenBackRow](ctx, client, odoo.In("id", ids))
	if err != nil {
		return nil, err
	}
	moves := make(map[int64]takenBackRow, len(rows))
	for _, row := range rows {
		moves[row.ID] = row
	}
	for _, id := range ids {
		m, ok := moves[id]
		switch {
		case !ok:
			return nil, &NotReturnable{Move: id, Reason: "Odoo has no such move, or the user may not see it"}
		case m.State != "done":
			return nil, &NotReturnable{Move: id, Reason: "it is " + m.State + ", not done"}
		case m.Picking.ID != moves[ids[0]].Picking.ID:
			return nil, &NotReturnable{Move: id, Reason: "it is of another picking: open a return for each"}
		}
	}
	return moves, nil
}

// checkLeft refuses to take back more than left. What the return itself expects, if it exists, does not count against it.
func checkLeft(ctx context.Context, client *odoo.Client, draft ReturnDraft, moves map[int64]takenBackRow) error {
	back, err := odoo.Find[returnMoveRow](ctx, client, odoo.And(
		odoo.In("origin_returned_move_id", slices.Sorted(maps.Keys(moves))), odoo.Ne("state", "cancel"),
	))
	if err != nil {
		return err
	}
	pickings := map[int64]bool{}
	for _, b := range back {
		if b.Picking.ID != 0 {
			pickings[b.Picking.ID] = true
		}
	}
	names, err := client.Lookup(ctx, "stock.picking", slices.Sorted(maps.Keys(pickings)))
	if err != nil {
		return err
	}
	for _, name := range names {
		if name == draft.ExternalID {
			return nil // it was checked when it was made
		}
	}
	var c exact.Calc
	for _, line := range draft.Lines {
		returned := decimal.Zero
		for _, b := range back {
			if b.Of.ID != line.Move {
				continue
			}
			if b.State == "done" {
				returned = c.Add(returned, b.done())
			} else {
				returned = c.Add(returned, b.Wanted.Trim(0))
			}
		}
		shipped := moves[line.Move].Quantity.Trim(0)
		if c.Add(returned, line.Quantity).Cmp(shipped) > 0 {
			return &OverReturn{Move: line.Move, Shipped: shipped, Returned: returned, Asked: line.Quantity}
		}
	}
	return c.Err()
}

// returnBatch is the picking as Odoo's import takes it.
func returnBatch(ctx context.Context, client *odoo.Client, draft ReturnDraft, moves map[int64]takenBackRow) (odoo.LoadBatch, error) {
	first := moves[draft.Lines[0].Move]
	kind, to, err := wayBack(ctx, client, first)
	if err != nil {
		return odoo.LoadBatch{}, err
	}
	to = cmp.Or(draft.To, to)
	pickings, err := odoo.Find[partnerRow](ctx, client, odoo.Eq("id", first.Picking.ID))
	if err != nil {
		return odoo.LoadBatch{}, err
	}
	if len(pickings) == 0 {
		return odoo.LoadBatch{}, &NotReturnable{Move: first.ID, Reason: "the user may not see its picking"}
	}
	note := cmp.Or(draft.Note, "Return of "+pickings[0].Name)
	from := first.To.ID
	header := columns{
		{"picking_type_id/.id", id(kind)}, {"location_id/.id", id(from)}, {"location_dest_id/.id", id(to)}, {"partner_id/.id", id(pickings[0].Partner.ID)},
		{"origin", note},
	}
	_, linked := client.FieldName("stock.picking", "return_id")
	if linked {
		header = append(header, column{"return_id/.id", id(first.Picking.ID)})
	}
	grouped := false // procurement groups tie pickings to orders before Odoo 19
	kits := false    // by the lines of the bill of materials Odoo counts what is delivered of a kit
	for _, m := range moves {
		grouped, kits = grouped || m.Group.ID != 0, kits || m.KitLine.ID != 0
	}
	if grouped {
		header = append(header, column{"group_id/.id", id(first.Group.ID)})
	}
	record := odoo.LoadRecord{ExternalID: draft.ExternalID}
	var fields []string
	for n, line := range draft.Lines {
		m := moves[line.Move]
		row := slices.Clone(header)
		if n > 0 {
			for i := range row {
				row[i].cell = ""
			}
		}
		sub := columns{
			{"id", subName(draft.ExternalID, line.Move)}, {"product_id/.id", id(m.Product.ID)}, {"product_uom_qty", line.Quantity.String()},
			{"product_uom/.id", id(m.Unit.ID)}, {"location_id/.id", id(m.To.ID)}, {"location_dest_id/.id", id(to)}, {"origin_returned_move_id/.id", id(m.ID)},
			{"to_refund", truth(line.ToRefund)}, {"sale_line_id/.id", id(m.Line.ID)},
			{"procure_method", "make_to_stock"}, {"move_orig_ids/.id", id(m.ID)}, {"picking_type_id/.id", id(kind)},
		}
		if grouped {
			sub = append(sub, column{"group_id/.id", id(m.Group.ID)})
		}
		if kits {
			sub = append(sub, column{"bom_line_id/.id", id(m.KitLine.ID)})
		}
		if m.Name != "" {
			sub = append(sub, column{"name", m.Name})
		}
		for _, s := range sub {
			row = append(row, column{"move_ids/" + s.field, s.cell})
		}
		if n == 0 {
			for _, c := range row {
				fields = append(fields, c.field)
			}
		}
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = c.cell
		}
		record.Rows = append(record.Rows, cells)
	}
	return odoo.LoadBatch{Model: "stock.picking", Mode: odoo.InsertMissing, Fields: fields, Records: []odoo.LoadRecord{record}, Context: odoo.Unattended()}, nil
}

// subName is the External ID of the move of a return.
func subName(of odoo.ExternalID, move int64) string {
	return odoo.NewExternalID(of.Module, of.Name, strconv.FormatInt(move, 10)).String()
}

// wayBack is the operation by which a move is taken back, and where it puts the goods.
func wayBack(ctx context.Context, client *odoo.Client, m takenBackRow) (kind, to int64, err error) {
	kinds, err := odoo.Find[kindRow](ctx, client, odoo.Eq("id", m.Kind.ID), odoo.Archived())
	if err != nil {
		return 0, 0, err
	}
	if len(kinds) == 0 {
		return 0, 0, &NotReturnable{Move: m.ID, Reason: "the user may not see its operation type"}
	}
	if kinds[0].Code == "incoming" {
		return cmp.Or(kinds[0].Returns.ID, kinds[0].ID), m.From.ID, nil
	}
	if kinds[0].Returns.ID == 0 {
		return kinds[0].ID, m.From.ID, nil
	}
	back, err := odoo.Find[kindRow](ctx, client, odoo.Eq("id", kinds[0].Returns.ID), odoo.Archived())
	if err != nil || len(back) == 0 {
		return kinds[0].Returns.ID, m.From.ID, err
	}
	return back[0].ID, cmp.Or(back[0].To.ID, m.From.ID), nil
}

// ConfirmReturn confirms and reserves a return that a process left before that was done. It is safe to repeat.
func ConfirmReturn(ctx context.Context, client *odoo.Client, id int64) error {
	return arrange(ctx, client, id)
}

// arrange confirms and reserves a picking that a process left as a draft.
func arrange(ctx context.Context, client *odoo.Client, id int64) error {
	rows, err := odoo.Find[returnRow](ctx, client, odoo.Eq("id", id))
	if err != nil || len(rows) == 0 {
		return err
	}
	if rows[0].State == "draft" {
		if err := client.Do(ctx, odoo.Call{Model: "stock.picking", Method: "action_confirm", IDs: []int64{id}, Context: odoo.Unattended()}); err != nil {
			return err
		}
	}
	if rows[0].State == "draft" || rows[0].State == "confirmed" || rows[0].State == "waiting" {
		return client.Do(ctx, odoo.Call{Model: "stock.picking", Method: "action_assign", IDs: []int64{id}})
	}
	return nil
}
