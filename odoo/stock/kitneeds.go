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
	// KitLine is the line of the bill of materials (mrp.bom.line), Bom the bill.
	KitLine, Bom int64
	// Quantity is what one kit takes, in the unit of measure UnitID. The kit is counted in the unit KitUnitID.
	Quantity          decimal.Decimal
	UnitID, KitUnitID int64
	// Nested says that the component is one of a kit that is itself a component: one line does not say what the whole
	// kit takes.
	Nested bool
}

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

// KitNeeds reads what kits take of their components, by the lines of bills of materials that moves name
// ([DeliveryMove.KitLine]). Products are those that were sold as kits, by line. It only reads.
func (r *Reader) KitNeeds(ctx context.Context, soldAs map[int64]int64) (map[int64]KitNeed, error) {
	if len(soldAs) == 0 {
		return nil, nil
	}
	lines, err := odoo.Find[kitLineRow](ctx, r.client, odoo.In("id", slices.Sorted(maps.Keys(soldAs))), odoo.Archived())
	if err != nil {
		return nil, err
	}
	boms, products := map[int64]bool{}, map[int64]bool{}
	for _, line := range lines {
		boms[line.Bom.ID], products[soldAs[line.ID]] = true, true
	}
	kits, err := odoo.Find[kitRow](ctx, r.client, odoo.In("id", slices.Sorted(maps.Keys(boms))), odoo.Archived())
	if err != nil {
		return nil, err
	}
	templates, err := allRows[productRow](ctx, r.client, "product.product", odoo.In("id", slices.Sorted(maps.Keys(products))), []string{"product_tmpl_id"})
	if err != nil {
		return nil, err
	}
	templateOf := map[int64]int64{}
	for _, p := range templates {
		templateOf[p.ID] = p.Template.ID
	}
	byID := map[int64]kitRow{}
	for _, kit := range kits {
		byID[kit.ID] = kit
	}
	needs := make(map[int64]KitNeed, len(lines))
	var c exact.Calc
	for _, line := range lines {
		kit, sold := byID[line.Bom.ID], soldAs[line.ID]
		if !kit.Quantity.IsPos() || !line.Quantity.IsPos() {
			return nil, &odoo.Error{
				Code: odoo.CodeValidation, Model: "mrp.bom", IDs: []int64{line.Bom.ID}, Field: "product_qty",
				Message: fmt.Sprintf("the bill of materials %d makes or takes nothing", line.Bom.ID), Hint: "correct its quantities in Odoo",
			}
		}
		needs[line.ID] = KitNeed{
			KitLine: line.ID, Bom: line.Bom.ID, Quantity: c.Quo(line.Quantity, kit.Quantity), UnitID: line.Unit.ID, KitUnitID: kit.Unit.ID,
			Nested: kit.Product.ID != sold && (kit.Product.ID != 0 || kit.Template.ID != templateOf[sold]),
		}
	}
	if c.Err() != nil {
		return nil, unfit(c.Err())
	}
	return needs, nil
}
