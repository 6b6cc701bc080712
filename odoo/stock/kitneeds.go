package stock

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// KitNeed is how much of a component a kit takes.
type KitNeed struct {
	// KitLine is the line of the bill of materials (mrp.bom.line) that moves name; see [DeliveryMove.KitLine].
	KitLine int64
	// Quantity is what one kit takes, in the unit of measure UnitID; zero of a component that is optional. Kits are counted in the
	// unit KitUnitID.
	Quantity          decimal.Decimal
	UnitID, KitUnitID int64
	// Problem is why it cannot be told what a kit takes; empty: it can.
	Problem string
}

// kitMoveRow is a stock.move of a component.
type kitMoveRow struct {
	ID      int64           `odoo:"id"`
	Line    odoo.Many2One   `odoo:"sale_line_id"`
	KitLine odoo.Many2One   `odoo:"bom_line_id"`
	Unit    odoo.Many2One   `odoo:"product_uom"`
	Wanted  decimal.Decimal `odoo:"product_uom_qty"`
	Of      odoo.Many2One   `odoo:"origin_returned_move_id"`
	Before  []int64         `odoo:"move_orig_ids"`
	Created time.Time       `odoo:"create_date,readonly"`
}

func (kitMoveRow) OdooModel() string { return "stock.move" }

type kitLineRow struct {
	ID       int64           `odoo:"id"`
	Bom      odoo.Many2One   `odoo:"bom_id"`
	Product  odoo.Many2One   `odoo:"product_id"`
	Quantity decimal.Decimal `odoo:"product_qty"`
	Unit     odoo.Many2One   `odoo:"product_uom_id"`
	Written  time.Time       `odoo:"write_date,readonly"`
}

func (kitLineRow) OdooModel() string { return "mrp.bom.line" }

type kitRow struct {
	ID       int64           `odoo:"id"`
	Product  odoo.Many2One   `odoo:"product_id"`
	Template odoo.Many2One   `odoo:"product_tmpl_id"`
	Quantity decimal.Decimal `odoo:"product_qty"`
	Unit     odoo.Many2One   `odoo:"product_uom_id"`
	Written  time.Time       `odoo:"write_date,readonly"`
}

func (kitRow) OdooModel() string { return "mrp.bom" }

// kitOrderRow is a sale.order.line.
type kitOrderRow struct {
	ID       int64           `odoo:"id"`
	Quantity decimal.Decimal `odoo:"product_uom_qty"`
	Unit     odoo.Many2One   `odoo:"product_uom_id"`
}

func (kitOrderRow) OdooModel() string { return "sale.order.line" }

// KitNeeds reads what the kits on sale order lines take of all their components, those too that were not delivered yet, by
// line. Products are what was sold, by line. Lines whose product was no kit when their delivery was arranged are left out.
//
// What counts is the bill of materials as it was when the delivery was arranged. One that somebody has changed since says no
// longer what that was: then it is what Odoo set out to move of the component, divided by the kits that were ordered. It only
// reads.
func (r *Reader) KitNeeds(ctx context.Context, products map[int64]int64) (map[int64][]KitNeed, error) {
	if len(products) == 0 {
		return nil, nil
	}
	ordered := slices.Sorted(maps.Keys(products))
	// Every move counts, whatever became of it: a component that is still to come, or that somebody cancelled, is missing.
	moves, err := odoo.Find[kitMoveRow](ctx, r.client, odoo.And(odoo.In("sale_line_id", ordered), odoo.Ne("bom_line_id", false)))
	if err != nil || len(moves) == 0 {
		return nil, err
	}
	kitLines := map[int64]bool{}
	arranged := map[int64]time.Time{}
	for _, m := range moves {
		kitLines[m.KitLine.ID] = true
		if first, ok := arranged[m.Line.ID]; !ok || m.Created.Before(first) {
			arranged[m.Line.ID] = m.Created
		}
	}
	lines, boms, templates, err := r.readKitLines(ctx, slices.Sorted(maps.Keys(kitLines)), slices.Sorted(maps.Values(products)))
	if err != nil {
		return nil, err
	}
	changed := map[int64]bool{}
	for _, m := range moves {
		line := lines[m.KitLine.ID]
		if since := arranged[m.Line.ID]; line.Written.After(since) || boms[line.Bom.ID].Written.After(since) {
			changed[m.Line.ID] = true
		}
	}
	sold := map[int64]kitOrderRow{}
	if len(changed) > 0 {
		rows, err := odoo.Find[kitOrderRow](ctx, r.client, odoo.In("id", slices.Sorted(maps.Keys(changed))))
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			sold[row.ID] = row
		}
	}
	needs := map[int64][]KitNeed{}
	for _, m := range moves {
		known := func(need KitNeed) bool { return need.KitLine == m.KitLine.ID }
		if slices.ContainsFunc(needs[m.Line.ID], known) {
			continue
		}
		var need KitNeed
		line, product := lines[m.KitLine.ID], products[m.Line.ID]
		bom := boms[line.Bom.ID]
		switch {
		case bom.Product.ID != product && (bom.Product.ID != 0 || bom.Template.ID != templates[product]):
			need = KitNeed{KitLine: m.KitLine.ID, Problem: "it holds a kit within a kit"}
		case changed[m.Line.ID]:
			need, err = demanded(m.KitLine.ID, sold[m.Line.ID], moves)
		default:
			need, err = prescribed(line, bom, slices.DeleteFunc(slices.Collect(maps.Values(lines)), func(other kitLineRow) bool {
				return slices.ContainsFunc(moves, func(o kitMoveRow) bool { return o.Line.ID == m.Line.ID && o.KitLine.ID == other.ID })
			}))
		}
		if err != nil {
			return nil, unfit(err)
		}
		needs[m.Line.ID] = append(needs[m.Line.ID], need)
	}
	return needs, nil
}

// prescribed is what a bill of materials says of a component. Idle are the lines that no move of the order line names: Odoo 14 makes one
// move of two lines of one product, and names the first.
func prescribed(line kitLineRow, bom kitRow, idle []kitLineRow) (KitNeed, error) {
	if !bom.Quantity.IsPos() {
		return KitNeed{KitLine: line.ID, Problem: "its bill of materials makes nothing"}, nil
	}
	var c exact.Calc
	total := line.Quantity
	for _, other := range idle {
		if other.Bom.ID != line.Bom.ID || other.Product.ID != line.Product.ID {
			continue
		}
		if other.Unit.ID != line.Unit.ID {
			return KitNeed{KitLine: line.ID, Problem: "its bill of materials has a component in two units of measure"}, nil
		}
		total = c.Add(total, other.Quantity)
	}
	need := KitNeed{KitLine: line.ID, Quantity: c.Quo(total, bom.Quantity), UnitID: line.Unit.ID, KitUnitID: bom.Unit.ID}
	return need, c.Err()
}

// demanded is what Odoo set out to move of a component for each kit of an order line: by the first step of each delivery, since
// the others move the same again.
func demanded(kitLine int64, sold kitOrderRow, moves []kitMoveRow) (KitNeed, error) {
	need := KitNeed{KitLine: kitLine, KitUnitID: sold.Unit.ID}
	var c exact.Calc
	total := decimal.Zero
	for _, m := range moves {
		if m.Line.ID != sold.ID || m.KitLine.ID != kitLine || m.Of.ID != 0 || len(m.Before) > 0 {
			continue
		}
		if need.UnitID != 0 && need.UnitID != m.Unit.ID {
			total = decimal.Zero
			break
		}
		need.UnitID, total = m.Unit.ID, c.Add(total, m.Wanted)
	}
	if !total.IsPos() || !sold.Quantity.IsPos() {
		return KitNeed{KitLine: kitLine, Problem: "its bill of materials was changed since its delivery was arranged"}, c.Err()
	}
	need.Quantity = c.Quo(total, sold.Quantity)
	return need, c.Err()
}

// readKitLines reads lines of bills of materials with the other lines of these and with the bills, and the templates of products.
func (r *Reader) readKitLines(ctx context.Context, ids, products []int64) (map[int64]kitLineRow, map[int64]kitRow, map[int64]int64, error) {
	found, err := odoo.Find[kitLineRow](ctx, r.client, odoo.In("bom_id.bom_line_ids", ids), odoo.Archived())
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
