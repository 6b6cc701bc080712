package odootest

import (
	"slices"

	"github.com/govalues/decimal"
)

// plus and minus leave a quantity as it is that is far beyond what a warehouse can hold.
func plus(a, b decimal.Decimal) decimal.Decimal {
	if sum, err := a.Add(b); err == nil {
		return sum.Trim(0)
	}
	return a
}

func minus(a, b decimal.Decimal) decimal.Decimal { return plus(a, b.Neg()) }

// num reads a float field.
func (t *table) num(r *record, name string) decimal.Decimal {
	return asDecimal(r.get(t.model.field(name)))
}

// storable reports whether Odoo keeps stock of the product.
func (e *env) storable(product int64) bool {
	t := e.table("product.product")
	r := t.rows[product]
	switch {
	case r == nil:
		return false
	case e.series >= 18:
		return t.str(r, "type") == "consu" && t.truth(r, "is_storable")
	}
	return t.str(r, "type") == "product"
}

// spot is where goods lie: in a location and there, if they do, in a package and of a lot.
type spot struct{ location, pack, lot int64 }

// spotOf is where a quant is.
func spotOf(t *table, r *record) spot {
	return spot{t.ref(r, "location_id"), t.ref(r, "package_id"), t.ref(r, "lot_id")}
}

// quantAt is the quant of a product in a spot, or nil. Those that belong to somebody else are others.
func (e *env) quantAt(product int64, at spot) *record {
	t := e.table("stock.quant")
	for _, id := range t.by(t.model.field("product_id"), product) {
		if r := t.rows[id]; spotOf(t, r) == at && t.ref(r, "owner_id") == 0 {
			return r
		}
	}
	return nil
}

// quantsBelow are the quants of a product in a location and those below it, oldest first.
func (e *env) quantsBelow(product, location int64) []*record {
	t := e.table("stock.quant")
	var found []*record
	for _, id := range t.by(t.model.field("product_id"), product) {
		if r := t.rows[id]; e.within(t.ref(r, "location_id"), location) {
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, func(a, b *record) int {
		return compareValues(a.get(t.model.field("in_date")), b.get(t.model.field("in_date")))
	})
	return found
}

// shift adds to what is of a storable product in a spot; the quantity may be negative.
func (e *env) shift(product int64, at spot, q decimal.Decimal) {
	e.addToQuant(product, at, "quantity", q)
}

// hold adds to what is reserved there; the quantity may be negative.
func (e *env) hold(product int64, at spot, q decimal.Decimal) {
	if e.holdsStock(at.location) {
		e.addToQuant(product, at, "reserved_quantity", q)
	}
}

func (e *env) addToQuant(product int64, at spot, field string, q decimal.Decimal) {
	if q.IsZero() || !e.storable(product) {
		return
	}
	t := e.table("stock.quant")
	if r := e.quantAt(product, at); r != nil {
		e.set(t, r, map[string]any{field: plus(t.num(r, field), q)})
		return
	}
	e.addQuant(product, at, map[string]any{field: q})
}

func (e *env) addQuant(product int64, at spot, more map[string]any) *record {
	vals := map[string]any{"product_id": product, "location_id": at.location, "package_id": nilZero(at.pack), "lot_id": nilZero(at.lot), "in_date": e.now()}
	for k, v := range more {
		vals[k] = v
	}
	return e.add(e.table("stock.quant"), vals)
}

// transfer moves goods between two spots.
func (e *env) transfer(product int64, from, to spot, q decimal.Decimal) {
	e.shift(product, from, q.Neg())
	e.shift(product, to, q)
}

// quantName is the product before 17 and the place since.
func quantName(e *env, t *table, r *record) string {
	field := "product_id"
	if e.series >= 17 {
		field = "location_id"
	}
	other := e.table(t.model.field(field).Relation)
	if named := other.rows[t.ref(r, field)]; named != nil {
		return e.displayName(other, named)
	}
	return ""
}

// packed is a field of the goods in a package, or nil where it is empty.
func (e *env) packed(pack int64, field string) any {
	t := e.table("stock.quant")
	for _, id := range t.by(t.model.field("package_id"), pack) {
		if r := t.rows[id]; t.num(r, "quantity").IsPos() {
			return e.value(t, r, t.model.field(field))
		}
	}
	return nil
}
