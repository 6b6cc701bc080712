package stock

import (
	"context"
	"maps"
	"slices"

	"github.com/retailsync/retailsync/odoo"
)

// kits are the products whose stock Odoo computes from that of their components: those with a bill of materials of the
// type kit. They have no quants to sum.
type kits struct{ products, templates map[int64]bool }

type bomRow struct {
	ID       int64         `json:"id"`
	Product  odoo.Many2One `json:"product_id"`
	Template odoo.Many2One `json:"product_tmpl_id"`
}

func (b bomRow) rowID() int64 { return b.ID }

var activeKit = []odoo.Domain{odoo.Eq("type", "phantom"), odoo.Eq("active", true)}

// readBoms reads the kits' bills of materials; there are none where the app Manufacturing is not installed.
func (r *Reader) readBoms(ctx context.Context) ([]bomRow, error) {
	r.mu.Lock()
	absent := r.kitsAbsent
	r.mu.Unlock()
	if absent {
		return nil, nil
	}
	boms, err := allRows[bomRow](ctx, r.client, "mrp.bom", odoo.And(activeKit...), []string{"product_id", "product_tmpl_id"})
	if odoo.CodeOf(err) == odoo.CodeUnknownModel {
		r.mu.Lock()
		r.kitsAbsent = true
		r.mu.Unlock()
		return nil, nil
	}
	return boms, err
}

// readKits returns the kits, those that a full read found last unless fresh.
func (r *Reader) readKits(ctx context.Context, fresh bool) (kits, error) {
	r.mu.Lock()
	known := r.kits
	r.mu.Unlock()
	if known != nil && !fresh {
		return *known, nil
	}
	boms, err := r.readBoms(ctx)
	if err != nil {
		return kits{}, err
	}
	read := kitsOf(boms)
	r.mu.Lock()
	r.kits = &read
	r.mu.Unlock()
	return read, nil
}

func kitsOf(boms []bomRow) kits {
	k := kits{products: map[int64]bool{}, templates: map[int64]bool{}}
	for _, b := range boms {
		if b.Product.ID != 0 {
			k.products[b.Product.ID] = true
		} else {
			k.templates[b.Template.ID] = true
		}
	}
	return k
}

func (k kits) any() bool { return len(k.products)+len(k.templates) > 0 }

func (k kits) has(p productRow) bool { return k.products[p.ID] || k.templates[p.Template.ID] }

func (k kits) domain() odoo.Domain {
	var any []odoo.Domain
	if len(k.products) > 0 {
		any = append(any, odoo.In("id", slices.Sorted(maps.Keys(k.products))))
	}
	if len(k.templates) > 0 {
		any = append(any, odoo.In("product_tmpl_id", slices.Sorted(maps.Keys(k.templates))))
	}
	return odoo.Or(any...)
}
