package stock

import (
	"context"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Undelivered is what of a sale order line is arranged to be delivered and was not.
type Undelivered struct {
	// Open are the quantities still to come, by unit of measure.
	Open map[int64]decimal.Decimal
	// Cancelled says that some of it was cancelled; Kit that it is arranged by components.
	Cancelled, Kit bool
}

type openMoveRow struct {
	ID       int64           `odoo:"id"`
	Line     odoo.Many2One   `odoo:"sale_line_id"`
	State    string          `odoo:"state"`
	Quantity decimal.Decimal `odoo:"product_uom_qty"`
	Unit     odoo.Many2One   `odoo:"product_uom"`
	KitLine  odoo.Many2One   `odoo:"bom_line_id,optional"`
}

func (openMoveRow) OdooModel() string { return "stock.move" }

// Undelivered reads what of sale order lines is still to be delivered, or was cancelled, by line. Lines of which nothing was
// ever arranged, or all was delivered, are left out. Of units that leave in several steps the last one counts that is arranged: Odoo
// arranges a step when the one before it is done, or, by rules that pull, all at once. It only reads.
func (r *Reader) Undelivered(ctx context.Context, lines []int64) (map[int64]Undelivered, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	moves, err := odoo.Find[openMoveRow](ctx, r.client, odoo.And(
		odoo.In("sale_line_id", lines), odoo.Ne("state", "done"), odoo.Eq("origin_returned_move_id", false),
		odoo.Or(odoo.Eq("location_dest_id.usage", "customer"), odoo.Eq("move_dest_ids", false)),
	))
	if err != nil {
		return nil, err
	}
	all := map[int64]Undelivered{}
	for _, m := range moves {
		u := all[m.Line.ID]
		if u.Open == nil {
			u.Open = map[int64]decimal.Decimal{}
		}
		u.Kit = u.Kit || m.KitLine.ID != 0
		if m.State == "cancel" {
			u.Cancelled = true
		} else if u.Open[m.Unit.ID], err = u.Open[m.Unit.ID].Add(m.Quantity); err != nil {
			return nil, unfit(err)
		}
		all[m.Line.ID] = u
	}
	return all, nil
}
