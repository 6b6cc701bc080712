package stock

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// KitNeed is how much of a component a kit takes.
type KitNeed struct {
	// KitLine is the line of the bill of materials (mrp.bom.line) that moves name; see [DeliveryMove.KitLine].
	KitLine int64
	// Quantity is what one kit takes, in the unit of measure UnitID. Kits are counted in the unit KitUnitID.
	Quantity          decimal.Decimal
	UnitID, KitUnitID int64
	// Nested says that the component is one of a kit that is itself a component: the line alone does not say what the
	// whole kit takes.
	Nested bool
}

type kitMoveRow struct {
	ID      int64         `odoo:"id"`
	Line    odoo.Many2One `odoo:"sale_line_id"`
	KitLine odoo.Many2One `odoo:"bom_line_id"`
}

func (kitMoveRow) OdooModel() string { return "stock.move" }

type kitLineRow struct {
	ID       int64           `odoo:"id"`
	Bom      odoo.Many2One   `odoo:"bom_id"`
	Quantity decimal.Decimal `odoo:"product_qty"`
	Unit     odoo.Many2One   `odoo:"product_uom_id"`
}

func (kitLineRow) OdooModel() string { return "mrp.bom.line" }

type kitRow struct {
	ID       int64           `odoo:"id"`
	Product  odoo.Many2One   `odoo:"product_id"`
	Template odoo.Many2One   `odoo:"product_tmpl_id"`
	Quantity decimal.Decimal `odoo:"product_qty"`
	Unit     odoo.Many2One   `odoo:"product_uom_id"`
}

func (kitRow) OdooModel() string { return "mrp.bom" }

// KitNeeds reads what the kits on sale order lines take of all their components, those too that were not delivered yet, by
// line. Products are what was sold, by line. Lines whose product was no kit when their delivery was arranged are left out.
// It only reads.
func (r *Reader) KitNeeds(ctx context.Context, products map[int64]int64) (map[int64][]KitNeed, error) {
	if len(products) == 0 {
		return nil, nil
	}
	// Every move counts, whatever became of it: a component that is still to come, or that somebody cancelled, is missing.
	moves, err := odoo.Find[kitMoveRow](ctx, r.client, odoo.And(odoo.In("sale_line_id", slices.Sorted(maps.Keys(products))), odoo.Ne("bom_line_id", false)))
	if err != nil || len(moves) == 0 {
		return nil, err
	}
	kitLines := map[int64]bool{}
	for _, m := range moves {
		kitLines[m.KitLine.ID] = true
	}
	lines, boms, templates, err := r.readKitLines(ctx, slices.Sorted(maps.Keys(kitLines)), slices.Sorted(maps.Values(products)))
	if err != nil {
		return nil, err
	}
	needs := map[int64][]KitNeed{}
	for _, m := range moves {
		known := func(need KitNeed) bool { return need.KitLine == m.KitLine.ID }
		if slices.ContainsFunc(needs[m.Line.ID], known) {
			continue
		}
		line, sold := lines[m.KitLine.ID], products[m.Line.ID]
		bom := boms[line.Bom.ID]
		if !bom.Quantity.IsPos() || !line.Quantity.IsPos() {
			return nil, &odoo.Error{
				Code: odoo.CodeValidation, Model: "mrp.bom", IDs: []int64{bom.ID}, Field: "product_qty",
				Message: fmt.Sprintf("line %d of a bill of materials is gone, or makes or takes nothing", m.KitLine.ID), Hint: "correct the bill of materials in Odoo",
			}
		}
		var c exact.Calc
		need := KitNeed{
			KitLine: line.ID, Quantity: c.Quo(line.Quantity, bom.Quantity), UnitID: line.Unit.ID, KitUnitID: bom.Unit.ID,
			Nested: bom.Product.ID != sold && (bom.Product.ID != 0 || bom.Template.ID != templates[sold]),
		}
		if c.Err() != nil {
			return nil, unfit(c.Err())
		}
		needs[m.Line.ID] = append(needs[m.Line.ID], need)
	}
	return needs, nil
}

// readKitLines reads lines of bills of materials with their bills, and the templates of products.
func (r *Reader) readKitLines(ctx context.Context, ids, products []int64) (map[int64]kitLineRow, map[int64]kitRow, map[int64]int64, error) {
	found, err := odoo.Find[kitLineRow](ctx, r.client, odoo.In("id", ids), odoo.Archived())
	if err != nil {
		return nil, nil, nil, err
	}
	lines, boms := map[int64]kitLineRow{}, map[int64]kitRow{}
	for _, line := range found {
		lines[line.ID], boms[line.Bom.ID] = line, kitRow{}
	}
	kits, err := odoo.Find[kitRow](ctx, r.client, odoo.In("id", slices.Sorted(maps.Keys(boms))), odoo.Archived())
	if err != nil {
		return nil, nil, nil, err
	}
	for _, kit := range kits {
		boms[kit.ID] = kit
	}
	sold, err := allRows[productRow](ctx, r.client, "product.product", odoo.In("id", products), []string{"product_tmpl_id"})
	if err != nil {
		return nil, nil, nil, err
	}
	templates := map[int64]int64{}
	for _, p := range sold {
		templates[p.ID] = p.Template.ID
	}
	return lines, boms, templates, nil
}
