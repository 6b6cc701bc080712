package odootest

import "github.com/govalues/decimal"

// places are the roots of the locations that a product's quantities count: those of the context's key
// location, else of its warehouse (warehouse_id since 17), else of all warehouses.
func (e *env) places() []int64 {
	if ids := idsIn(e.ctx["location"]); len(ids) > 0 {
		return ids
	}
	key := "warehouse"
	if e.series >= 17 {
		key = "warehouse_id"
	}
	t := e.table("stock.warehouse")
	wanted := idsIn(e.ctx[key])
	if len(wanted) == 0 {
		wanted = t.ids
	}
	var roots []int64
	for _, id := range wanted {
		if w := t.rows[id]; w != nil {
			roots = append(roots, t.ref(w, "view_location_id"))
		}
	}
	return roots
}

// idsIn reads one id or a list of them.
func idsIn(v any) []int64 {
	if ids, ok := integers(v); ok && len(ids) > 0 {
		return ids
	}
	if n, ok := integer(v); ok && n > 0 {
		return []int64{n}
	}
	return nil
}

// stockOf is what product fields show: on hand, free, and what open moves will bring and take.
type stockOf struct{ onHand, free, incoming, outgoing decimal.Decimal }

func (e *env) stock(product int64) stockOf {
	quants, moves := e.table("stock.quant"), e.table("stock.move")
	roots := e.places()
	s := stockOf{decimal.Zero, decimal.Zero, decimal.Zero, decimal.Zero}
	for _, id := range quants.by(quants.model.field("product_id"), product) {
		if q := quants.rows[id]; e.within(quants.ref(q, "location_id"), roots...) {
			s.onHand = plus(s.onHand, quants.num(q, "quantity"))
			s.free = plus(s.free, minus(quants.num(q, "quantity"), quants.num(q, "reserved_quantity")))
		}
	}
	for _, id := range moves.by(moves.model.field("product_id"), product) {
		m := moves.rows[id]
		if !open(moves.str(m, "state")) {
			continue
		}
		from, to := e.within(moves.ref(m, "location_id"), roots...), e.within(moves.ref(m, "location_dest_id"), roots...)
		switch {
		case to && !from:
			s.incoming = plus(s.incoming, moves.num(m, "product_uom_qty"))
		case from && !to:
			s.outgoing = plus(s.outgoing, moves.num(m, "product_uom_qty"))
		}
	}
	return s
}

// quantityField is a product's quantity, rounded by its unit.
func quantityField(name, label string, pick func(stockOf) decimal.Decimal) Field {
	return Field{Name: name, Label: label, Type: Float, Digits: 2, compute: func(e *env, t *table, r *record) any {
		return e.roundUnit(t.ref(r, "uom_id"), pick(e.stock(r.id)))
	}}
}

func quantityFields() []Field {
	return []Field{
		quantityField("qty_available", "Quantity On Hand", func(s stockOf) decimal.Decimal { return s.onHand }),
		quantityField("free_qty", "Free To Use Quantity ", func(s stockOf) decimal.Decimal { return s.free }),
		quantityField("incoming_qty", "Incoming", func(s stockOf) decimal.Decimal { return s.incoming }),
		quantityField("outgoing_qty", "Outgoing", func(s stockOf) decimal.Decimal { return s.outgoing }),
		quantityField("virtual_available", "Forecasted Quantity", func(s stockOf) decimal.Decimal { return minus(plus(s.onHand, s.incoming), s.outgoing) }),
	}
}
