package stock

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/retailsync/retailsync/odoo"
)

// Changed is what changed since a cursor.
type Changed struct {
	// Products are the ids of the products (product.product) whose stock may have changed, ascending, each once.
	Products []int64
	// Cursor is where to go on. Store it when the products have been dealt with: a crash before that repeats them.
	Cursor Cursor
}

// Changes names the products whose stock may have changed since the cursor: by a delivery, a receipt, a transfer or a
// count, by a reservation or its end, and kits by a change of any component. An empty cursor begins now: it names none,
// so read all stock once after it.
//
// It takes three calls or so, whatever the size of the catalog. A product may be named without a change, and is
// named again if what changed it is still within the overlap ([WithOverlap]) and too much else happened there. The
// definition of a kit is not watched: a full read finds that. It only reads, so it is safe to repeat.
//
// Quants say what is there and what is reserved. A quant that was used up is deleted by Odoo, so moves that are done
// are watched beside them.
func (r *Reader) Changes(ctx context.Context, cursor Cursor) (Changed, error) {
	p, err := r.from(ctx, cursor)
	if err != nil {
		return Changed{}, err
	}
	since := odoo.Ge("write_date", p.At.Add(-r.overlap))
	quants, err := allRows[changedRow](ctx, r.client, "stock.quant", since, []string{"product_id", "write_date", "quantity", "reserved_quantity"})
	if err != nil {
		return Changed{}, err
	}
	moves, err := allRows[changedRow](ctx, r.client, "stock.move", odoo.And(since, odoo.Eq("state", "done")), []string{"product_id", "write_date"})
	if err != nil {
		return Changed{}, err
	}
	products := map[int64]bool{}
	for kind, rows := range map[string][]changedRow{"q": quants, "m": moves} {
		for _, row := range rows {
			if p.note(kind, row) {
				products[row.Product.ID] = true
			}
		}
	}
	if cursor == "" {
		clear(products) // what was there before the beginning
	}
	if err := r.addKits(ctx, products); err != nil {
		return Changed{}, err
	}
	p.trim(p.At.Add(-r.overlap))
	next, err := p.cursor()
	return Changed{Products: slices.Sorted(maps.Keys(products)), Cursor: next}, err
}

// from returns the position of a cursor; of an empty one the latest change that there is, by Odoo's clock.
func (r *Reader) from(ctx context.Context, cursor Cursor) (position, error) {
	if cursor != "" {
		return parseCursor(cursor)
	}
	latest := time.Unix(0, 0) // if nothing was ever in stock, whatever comes is a change
	for _, model := range []string{"stock.quant", "stock.move"} {
		found, err := odoo.Invoke[[]changedRow](ctx, r.client, odoo.Call{
			Model: model, Method: "search_read", Args: odoo.Args{"domain": odoo.And(), "fields": []string{"write_date"}, "order": "write_date desc", "limit": 1},
		})
		if err != nil {
			return position{}, err
		}
		for _, row := range found {
			if at, err := time.Parse(time.DateTime, string(row.Written)); err == nil && at.After(latest) {
				latest = at
			}
		}
	}
	return position{At: latest}, nil
}

type componentRow struct {
	ID   int64         `json:"id"`
	Kit  odoo.Many2One `json:"bom_id"`
	Part odoo.Many2One `json:"product_id"`
}

func (c componentRow) rowID() int64 { return c.ID }

// addKits adds the kits that the products are components of, and the kits that those are components of.
func (r *Reader) addKits(ctx context.Context, products map[int64]bool) error {
	if len(products) == 0 {
		return nil
	}
	boms, err := r.readBoms(ctx)
	if err != nil || len(boms) == 0 {
		return err
	}
	byID := map[int64]bomRow{}
	for _, b := range boms {
		byID[b.ID] = b
	}
	for fresh := slices.Sorted(maps.Keys(products)); len(fresh) > 0; {
		lines, err := allRows[componentRow](ctx, r.client, "mrp.bom.line",
			odoo.And(odoo.In("product_id", fresh), odoo.In("bom_id", slices.Sorted(maps.Keys(byID)))), []string{"bom_id", "product_id"})
		if err != nil {
			return err
		}
		var own, templates []int64
		for _, line := range lines {
			if b := byID[line.Kit.ID]; b.Product.ID != 0 {
				own = append(own, b.Product.ID)
			} else {
				templates = append(templates, b.Template.ID)
			}
		}
		if len(templates) > 0 {
			variants, err := allRows[productRow](ctx, r.client, "product.product", odoo.In("product_tmpl_id", templates), []string{"product_tmpl_id"})
			if err != nil {
				return err
			}
			for _, v := range variants {
				own = append(own, v.ID)
			}
		}
		fresh = nil
		for _, id := range own {
			if !products[id] {
				products[id] = true
				fresh = append(fresh, id)
			}
		}
	}
	return nil
}
