package stock

import (
	"context"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// Unit is the unit of measure that a product's quantities are in (uom.uom).
type Unit struct {
	ID int64
	// Name is in the language of the client's context.
	Name string
	// Rounding is the smallest step of a quantity, such as 0.01. From Odoo 19 on all units share that of the decimal
	// precision "Product Unit".
	Rounding decimal.Decimal
}

// round rounds to the unit's steps, halves away from zero, as Odoo does.
func (u Unit) round(q decimal.Decimal) (decimal.Decimal, error) {
	if !u.Rounding.IsPos() {
		return q, nil
	}
	var c exact.Calc
	steps := exact.HalfUp(c.Quo(q, u.Rounding), 0)
	rounded := c.Mul(steps, u.Rounding)
	return rounded.Trim(0), c.Err()
}

type unitRow struct {
	ID       int64           `odoo:"id"`
	Name     string          `odoo:"name"`
	Rounding decimal.Decimal `odoo:"rounding"`
}

func (unitRow) OdooModel() string { return "uom.uom" }

// unitsOf returns the units with the ids; those that are not remembered are read, and with them all others.
func (r *Reader) unitsOf(ctx context.Context, products []productRow) (map[int64]Unit, error) {
	r.mu.Lock()
	known := r.units
	r.mu.Unlock()
	complete := true
	for _, p := range products {
		if _, ok := known[p.Unit.ID]; !ok {
			complete = false
			break
		}
	}
	if complete {
		return known, nil
	}
	read, err := odoo.Find[unitRow](ctx, r.client, odoo.And(), odoo.Archived())
	if err != nil {
		return nil, err
	}
	known = make(map[int64]Unit, len(read))
	for _, u := range read {
		known[u.ID] = Unit(u)
	}
	r.mu.Lock()
	r.units = known
	r.mu.Unlock()
	return known, nil
}
