package stock

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// LotQuantity are units of one lot or serial number.
type LotQuantity struct {
	Lot      string
	Quantity decimal.Decimal
}

// lotRow is a stock.move.line with a lot.
type lotRow struct {
	ID       int64           `odoo:"id"`
	Move     odoo.Many2One   `odoo:"move_id"`
	Lot      odoo.Many2One   `odoo:"lot_id"`
	Quantity decimal.Decimal `odoo:"quantity"`
}

func (lotRow) OdooModel() string { return "stock.move.line" }

// lotsOf reads the lots of those moves that are done, by move.
func (r *Reader) lotsOf(ctx context.Context, moves []returnMoveRow) (map[int64][]LotQuantity, error) {
	var done []int64
	for _, m := range moves {
		if m.State == "done" {
			done = append(done, m.ID)
		}
	}
	return r.lotsWith(ctx, done)
}

// lotsWith reads the lots that done moves have brought, by move, each lot once, in the order of their names.
func (r *Reader) lotsWith(ctx context.Context, moves []int64) (map[int64][]LotQuantity, error) {
	if len(moves) == 0 {
		return nil, nil
	}
	rows, err := odoo.Find[lotRow](ctx, r.client, odoo.And(odoo.In("move_id", moves), odoo.Ne("lot_id", false)))
	if err != nil {
		return nil, err
	}
	all := map[int64][]LotQuantity{}
	var c exact.Calc
	for _, row := range rows {
		lots := all[row.Move.ID]
		at := slices.IndexFunc(lots, func(l LotQuantity) bool { return l.Lot == row.Lot.Name })
		if at < 0 {
			all[row.Move.ID] = append(lots, LotQuantity{Lot: row.Lot.Name, Quantity: row.Quantity.Trim(0)})
			continue
		}
		lots[at].Quantity = c.Add(lots[at].Quantity, row.Quantity.Trim(0))
	}
	for _, lots := range all {
		slices.SortFunc(lots, func(a, b LotQuantity) int { return cmp.Compare(a.Lot, b.Lot) })
	}
	return all, c.Err()
}

// MissingLot says that units cannot be moved because it is not said of which lot or serial number they are.
type MissingLot struct {
	Product, Location int64
	// Wanted are the units, Named those of which the lot is named.
	Wanted, Named decimal.Decimal
	// Here are the lots that are in the location.
	Here []string
}

// Error implements error.
func (e *MissingLot) Error() string {
	return fmt.Sprintf("product %d has lots or serial numbers and %s of %s units that leave location %d name one: say which of %q they are",
		e.Product, e.Named, e.Wanted, e.Location, e.Here)
}

// hereRow is a stock.quant with a lot.
type hereRow struct {
	ID       int64           `odoo:"id"`
	Lot      odoo.Many2One   `odoo:"lot_id"`
	Quantity decimal.Decimal `odoo:"quantity"`
}

func (hereRow) OdooModel() string { return "stock.quant" }

// nameLots completes and checks the lots of units that leave a location: where nothing is named and all that is there is of one lot, it is
// that one. Units of products without lots name none.
func nameLots(ctx context.Context, client *odoo.Client, product, location int64, units decimal.Decimal, named []LotQuantity) ([]LotQuantity, error) {
	here, err := odoo.Find[hereRow](ctx, client, odoo.And(
		odoo.Eq("product_id", product), odoo.Eq("location_id", location), odoo.Ne("lot_id", false), odoo.Gt("quantity", 0),
	))
	if err != nil {
		return nil, err
	}
	var c exact.Calc
	total := decimal.Zero
	for _, lot := range named {
		total = c.Add(total, lot.Quantity)
	}
	if err := c.Err(); err != nil {
		return nil, err
	}
	var lots []string
	for _, row := range here {
		lots = append(lots, row.Lot.Name)
	}
	slices.Sort(lots)
	lots = slices.Compact(lots)
	switch {
	case total.Equal(units):
		return named, nil
	case len(named) == 0 && len(lots) == 0:
		return nil, nil
	case len(named) == 0 && len(lots) == 1:
		return []LotQuantity{{Lot: lots[0], Quantity: units}}, nil
	}
	return nil, &MissingLot{Product: product, Location: location, Wanted: units, Named: total, Here: lots}
}

// findLot is the lot of a product with the name. One that there is not is an [*UnknownLot] of the move, if it is for one.
func findLot(ctx context.Context, client *odoo.Client, product, move int64, name string) (int64, error) {
	found, err := odoo.Invoke[[]int64](ctx, client, odoo.Call{
		Model: client.ModelName("stock.lot"), Method: "search", Effect: odoo.EffectRead,
		Args: odoo.Args{"domain": odoo.And(odoo.Eq("product_id", product), odoo.Eq("name", name))},
	})
	if err != nil {
		return 0, err
	}
	if len(found) != 1 {
		return 0, &UnknownLot{Move: move, Lot: name}
	}
	return found[0], nil
}

// moveLineID is a stock.move.line.
type moveLineID struct {
	ID int64 `odoo:"id"`
}

func (moveLineID) OdooModel() string { return "stock.move.line" }

// lotPart is what of a move is of one lot.
type lotPart struct {
	lot      int64
	quantity decimal.Decimal
}

// writeLots writes what a move brings, by lot. What it had reserved is deleted, not detached: detached lines would keep their
// reservation.
func writeLots(ctx context.Context, client *odoo.Client, m returnMoveRow, parts []lotPart) error {
	quantity, _ := client.FieldName("stock.move.line", "quantity")
	reserved, err := odoo.Find[moveLineID](ctx, client, odoo.Eq("move_id", m.ID))
	if err != nil {
		return err
	}
	var lines odoo.Commands
	for _, line := range reserved {
		lines = append(lines, odoo.DeleteCmd(line.ID))
	}
	for _, part := range parts {
		values := map[string]any{
			"product_id": m.Product.ID, "product_uom_id": m.Unit.ID, "location_id": m.From.ID, "location_dest_id": m.To.ID, "lot_id": part.lot,
			"picking_id": m.Picking.ID, quantity: part.quantity,
		}
		if client.Version().AtLeast(17) {
			values["picked"] = true
		}
		lines = append(lines, odoo.CreateCmd(values))
	}
	return client.Do(ctx, odoo.Call{Model: "stock.move", Method: "write", IDs: []int64{m.ID}, Args: odoo.Args{"vals": map[string]any{"move_line_ids": lines}}})
}
