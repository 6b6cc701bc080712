package stock

import (
	"context"
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// Convert turns a quantity in one unit of measure into another, rounded to the steps of the other, as Odoo does. The
// units must measure the same thing; the caller has them from one product. Units are read once.
func (r *Reader) Convert(ctx context.Context, q decimal.Decimal, from, to int64) (decimal.Decimal, error) {
	if from == to {
		return q, nil
	}
	sizes, err := r.unitSizes(ctx, from, to)
	if err != nil {
		return decimal.Zero, err
	}
	a, b := sizes[from], sizes[to]
	var c exact.Calc
	converted := c.Quo(c.Mul(c.Mul(q, a.more), b.less), c.Mul(a.less, b.more))
	if c.Err() != nil {
		return decimal.Zero, unfit(c.Err())
	}
	rounded, err := Unit{Rounding: b.rounding}.round(converted)
	if err != nil {
		return decimal.Zero, unfit(err)
	}
	return rounded.Trim(0), nil
}

// unitSize is how many reference units a unit is, as more ÷ less: a dozen is 12 ÷ 1, a centimetre 1 ÷ 100.
type unitSize struct{ more, less, rounding decimal.Decimal }

type unitSizeRow struct {
	ID       int64           `odoo:"id"`
	Factor   decimal.Decimal `odoo:"factor"`
	Inverse  decimal.Decimal `odoo:"factor_inv,optional"`
	Rounding decimal.Decimal `odoo:"rounding"`
}

func (unitSizeRow) OdooModel() string { return "uom.uom" }

// absoluteFactors is the version from which on a unit's factor is how many reference units it is. Before, it is the
// other way round, and factor_inv is how many it is.
const absoluteFactors = 19

// size is how large the unit is, false if it has no size.
func (row unitSizeRow) size(version odoo.Version) (unitSize, bool) {
	size := unitSize{more: sure(row.Factor), less: decimal.One, rounding: row.Rounding}
	if !version.AtLeast(absoluteFactors) {
		// Of the two numbers one is what a person typed, and the other its rounded inverse.
		if size = (unitSize{more: decimal.One, less: sure(row.Factor), rounding: row.Rounding}); row.Inverse.Cmp(decimal.One) > 0 {
			size.more, size.less = exact.HalfUp(row.Inverse, 6), decimal.One
		}
	}
	return size, size.more.IsPos() && size.less.IsPos()
}

// sure cuts off what lies beyond the 15 sure digits of a number that Odoo computes in floating point.
func sure(d decimal.Decimal) decimal.Decimal {
	if digits := 15 - (d.Prec() - d.Scale()); d.Scale() > max(0, digits) {
		d = d.Round(max(0, digits))
	}
	return d.Trim(0)
}

func (r *Reader) unitSizes(ctx context.Context, wanted ...int64) (map[int64]unitSize, error) {
	r.mu.Lock()
	known := r.sizes
	r.mu.Unlock()
	missing := func() int64 {
		for _, id := range wanted {
			if _, ok := known[id]; !ok {
				return id
			}
		}
		return 0
	}
	if missing() == 0 {
		return known, nil
	}
	rows, err := odoo.Find[unitSizeRow](ctx, r.client, odoo.And(), odoo.Archived())
	if err != nil {
		return nil, err
	}
	known = make(map[int64]unitSize, len(rows))
	for _, row := range rows {
		if size, ok := row.size(r.client.Version()); ok {
			known[row.ID] = size
		}
	}
	r.mu.Lock()
	r.sizes = known
	r.mu.Unlock()
	if id := missing(); id != 0 {
		return nil, &odoo.Error{
			Code: odoo.CodeMissingRecord, Model: "uom.uom", IDs: []int64{id}, Message: fmt.Sprintf("the unit of measure %d is not there, or has no size", id),
			Hint: "look at the unit in Odoo (Inventory, Configuration, Units of Measure)",
		}
	}
	return known, nil
}
