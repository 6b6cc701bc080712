package stock

import (
	"context"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

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
// It takes two calls at once (before Odoo 19 twice that), whatever the size of the catalog. A product may be named without a change. Where very
// many rows changed within the overlap ([WithOverlap]), a cursor holds them by blocks, and a product is named together
// with its neighbours. The definition of a kit, of a unit or of a location is not watched, nor is a transfer that was
// cancelled and deleted between two calls: a full read finds those. It only reads, so it is safe to repeat.
//
// Quants say what is there and what is reserved. A quant that was used up, or of which the reservation ended, is deleted
// by Odoo, so moves are watched beside them.
func (r *Reader) Changes(ctx context.Context, cursor Cursor) (Changed, error) {
	p, err := r.resume(ctx, cursor, false)
	if err != nil {
		return Changed{}, err
	}
	var rows []changedRow
	clock, err := r.lookBack(p, func(since time.Time) (err error) {
		rows, err = r.changedSince(ctx, since)
		return err
	})
	if err != nil {
		return Changed{}, err
	}
	products := p.advance(rows, clock, r.overlap, false)
	if cursor == "" {
		clear(products) // what was there before the beginning
	}
	if err := r.addKits(ctx, products); err != nil {
		return Changed{}, err
	}
	next, err := p.cursor()
	return Changed{Products: slices.Sorted(maps.Keys(products)), Cursor: next}, err
}

// resume returns the position of a cursor, or that of now. What the other way of following saw tells this one nothing.
func (r *Reader) resume(ctx context.Context, cursor Cursor, followed bool) (position, error) {
	var p position
	var err error
	if cursor == "" {
		p, err = r.begin(ctx)
	} else {
		p, err = parseCursor(cursor)
	}
	if p.Followed != followed {
		p.Seen, p.Followed, p.Old, p.Apart = seen{}, followed, nil, false
	}
	return p, err
}

// lookBack reads what was written since the position and returns Odoo's clock, as its replies tell. Only the clock's
// being set back costs a second pass.
func (r *Reader) lookBack(p position, read func(since time.Time) error) (time.Time, error) {
	for since := p.From; ; {
		if err := read(since); err != nil {
			return time.Time{}, err
		}
		clock := r.client.ServerTime()
		behind := clock.Add(-r.overlap)
		if clock.IsZero() || !behind.Before(since) || !clock.Before(p.At) {
			return clock, nil
		}
		since = behind
	}
}

// changedSince reads the quants and moves that were written since a time.
func (r *Reader) changedSince(ctx context.Context, since time.Time) ([]changedRow, error) {
	written := odoo.Ge("write_date", since)
	var quants, moves []changedRow
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		quants, err = allRows[changedRow](ctx, r.client, "stock.quant", written, []string{"product_id", "write_date", "quantity", "reserved_quantity"})
		for i := range quants {
			quants[i].at = writtenAt(quants[i].Written)
		}
		return err
	})
	group.Go(func() (err error) {
		moves, err = r.movesSince(ctx, written)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return append(quants, moves...), nil
}

func (r *Reader) movesSince(ctx context.Context, written odoo.Domain) ([]changedRow, error) {
	held := "quantity"
	if !r.client.Version().AtLeast(17) {
		held = "reserved_availability"
	}
	moves, err := allRows[changedRow](ctx, r.client, "stock.move", written, []string{"product_id", "write_date", "state", "product_uom_qty", held})
	for i := range moves {
		moves[i].move, moves[i].at = true, writtenAt(moves[i].Written)
	}
	return moves, err
}

// writtenAt is the time of a write_date; a row without one is older than any.
func writtenAt(written text) time.Time {
	at, err := time.Parse(time.DateTime, string(written))
	if err != nil {
		return time.Time{}
	}
	return at
}

// begin returns the position of the latest change that is not ahead of Odoo's clock.
func (r *Reader) begin(ctx context.Context) (position, error) {
	domain := odoo.And()
	if clock := r.client.ServerTime(); !clock.IsZero() {
		domain = odoo.Le("write_date", clock)
	}
	latest := time.Unix(0, 0) // if nothing was ever in stock, whatever comes is a change
	for _, model := range []string{"stock.quant", "stock.move"} {
		found, err := odoo.Invoke[[]changedRow](ctx, r.client, odoo.Call{
			Model: model, Method: "search_read", Args: odoo.Args{"domain": domain, "fields": []string{"write_date"}, "order": "write_date desc", "limit": 1},
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
	latest = inSeconds(latest)
	return position{At: latest, From: latest.Add(-r.overlap)}, nil
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
