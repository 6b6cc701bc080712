package odootest

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
)

// roundUnit rounds to a unit's steps, halves away from zero.
func (e *env) roundUnit(unit int64, q decimal.Decimal) decimal.Decimal {
	t := e.table("uom.uom")
	r := t.rows[unit]
	if r == nil {
		return q
	}
	step := asDecimal(e.value(t, r, t.model.field("rounding")))
	if !step.IsPos() {
		return q
	}
	var c exact.Calc
	rounded := c.Mul(exact.HalfUp(c.Quo(q, step), 0), step)
	if c.Err() != nil {
		return q
	}
	return rounded.Trim(0)
}

// unitRounding is a unit's step since 19: that of the precision of all product units.
func unitRounding(e *env, _ *table, _ *record) any {
	t := e.table("decimal.precision")
	for _, id := range t.ids {
		if r := t.rows[id]; t.str(r, "name") == "Product Unit" {
			digits, _ := r.get(t.model.field("digits")).(int64)
			if step, err := decimal.New(1, int(digits)); err == nil {
				return step
			}
		}
	}
	return decimal.Zero
}

// convertUnit turns a quantity in one unit into another, rounded to the steps of the other.
func (e *env) convertUnit(q decimal.Decimal, from, to int64) decimal.Decimal {
	if from == to || from == 0 || to == 0 {
		return q
	}
	var c exact.Calc
	converted := c.Quo(c.Mul(q, e.unitSize(from)), e.unitSize(to))
	if c.Err() != nil {
		return q
	}
	return e.roundUnit(to, converted)
}

// unitSize is how many reference units a unit is.
func (e *env) unitSize(unit int64) decimal.Decimal {
	t := e.table("uom.uom")
	r := t.rows[unit]
	if r == nil {
		return decimal.One
	}
	field := "factor"
	if e.series < 19 {
		field = "factor_inv"
	}
	if size := asDecimal(e.value(t, r, t.model.field(field))); size.IsPos() {
		return size
	}
	return decimal.One
}

// inverseFactor is how many reference units a unit is, before 19.
func inverseFactor(_ *env, t *table, r *record) any {
	var c exact.Calc
	if inverse := c.Quo(decimal.One, t.num(r, "factor")); c.Err() == nil {
		return exact.HalfUp(inverse, 10).Trim(0)
	}
	return decimal.Zero
}

// absoluteFactor is how many reference units a unit is, since 19.
func absoluteFactor(e *env, t *table, r *record) any {
	size := decimal.One
	var c exact.Calc
	for range 10 {
		size = c.Mul(size, t.num(r, "relative_factor"))
		if r = t.rows[t.ref(r, "relative_uom_id")]; r == nil {
			break
		}
	}
	return size
}

// demandInProductUnit is what a move demands in the unit of its product.
func demandInProductUnit(e *env, t *table, r *record) any {
	to, _ := e.unitOf(t.ref(r, "product_id")).(int64)
	return e.convertUnit(t.num(r, "product_uom_qty"), t.ref(r, "product_uom"), to)
}

// pricePerUnit is a price per one unit as one per another.
func (e *env) pricePerUnit(price decimal.Decimal, of, to int64) decimal.Decimal {
	if of == to || to == 0 {
		return price
	}
	var c exact.Calc
	if converted := c.Quo(c.Mul(price, e.unitSize(to)), e.unitSize(of)); c.Err() == nil {
		return converted
	}
	return price
}
