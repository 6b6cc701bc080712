package odootest

import (
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// heldField and doneField are where a stock.move.line keeps what is reserved and what is done. Since 17
// they are one.
func (e *env) heldField() string {
	if e.series >= 17 {
		return "quantity"
	}
	return "product_uom_qty"
}

func (e *env) doneField() string {
	if e.series >= 17 {
		return "quantity"
	}
	return "qty_done"
}

// moveLines are the lines of a move.
func (e *env) moveLines(move int64) (*table, []*record) {
	t := e.table("stock.move.line")
	ids := t.by(t.model.field("move_id"), move)
	rows := make([]*record, len(ids))
	for i, id := range ids {
		rows[i] = t.rows[id]
	}
	return t, rows
}

func (e *env) sumLines(move int64, field string) decimal.Decimal {
	t, lines := e.moveLines(move)
	sum := decimal.Zero
	for _, l := range lines {
		sum = plus(sum, t.num(l, field))
	}
	return sum
}

// source and goal are where a line takes goods from and brings them to.
func source(t *table, l *record) spot {
	return spot{t.ref(l, "location_id"), t.ref(l, "package_id"), t.ref(l, "lot_id")}
}

func goal(t *table, l *record) spot {
	return spot{t.ref(l, "location_dest_id"), t.ref(l, "result_package_id"), t.ref(l, "lot_id")}
}

// held is what a move has reserved.
func (e *env) held(move int64) decimal.Decimal { return e.sumLines(move, e.heldField()) }

// doneQuantity is what a move has done or is about to.
func (e *env) doneQuantity(move int64) decimal.Decimal { return e.sumLines(move, e.doneField()) }

// picked reports whether somebody has taken the goods of a move, since 17.
func (e *env) picked(move int64) bool {
	t := e.table("stock.move")
	return e.series >= 17 && t.rows[move] != nil && t.truth(t.rows[move], "picked")
}

// counted reports whether a move takes from quants: of other goods, and from places that are not the
// company's, as much as is wanted can be taken.
func (e *env) counted(m *record) bool {
	t := e.table("stock.move")
	return e.holdsStock(t.ref(m, "location_id")) && e.storable(t.ref(m, "product_id"))
}

// reserve takes what is free for a move, up to its demand.
func (e *env) reserve(m *record) {
	t, quants := e.table("stock.move"), e.table("stock.quant")
	if s := t.str(m, "state"); s != "confirmed" && s != "waiting" && s != "partially_available" || e.series >= 17 && e.picked(m.id) {
		return
	}
	need := minus(t.num(m, "product_uom_qty"), e.held(m.id))
	if need.IsPos() && !e.counted(m) {
		e.take(m, spot{location: t.ref(m, "location_id")}, need)
	} else if need.IsPos() {
		there := e.quantsBelow(t.ref(m, "product_id"), t.ref(m, "location_id"))
		free := func(q *record) decimal.Decimal {
			return minus(quants.num(q, "quantity"), quants.num(q, "reserved_quantity"))
		}
		total := decimal.Zero
		for _, q := range there {
			total = plus(total, free(q))
		}
		need = need.Min(total)
		for _, q := range there {
			if part := need.Min(free(q)); part.IsPos() {
				e.take(m, spotOf(quants, q), part)
				need = minus(need, part)
			}
		}
	}
	e.restate(m)
}

// take reserves a quantity in one spot for a move, whether it is there or not. It joins a line of that spot: the first
// one, or since 17 the last that is not packed.
func (e *env) take(m *record, at spot, q decimal.Decimal) {
	t, moves := e.table("stock.move.line"), e.table("stock.move")
	e.hold(moves.ref(m, "product_id"), at, q)
	_, lines := e.moveLines(m.id)
	lines = slices.DeleteFunc(lines, func(l *record) bool {
		return source(t, l) != at || e.series >= 17 && (t.ref(l, "result_package_id") != 0 || !e.counted(m) && t.truth(l, "picked"))
	})
	if len(lines) == 0 {
		e.addLine(m, at, map[string]any{e.heldField(): q})
		return
	}
	l := lines[0]
	if e.series >= 17 && e.counted(m) {
		l = lines[len(lines)-1]
	}
	e.set(t, l, map[string]any{e.heldField(): plus(t.num(l, e.heldField()), q)})
}

func (e *env) addLine(m *record, at spot, more map[string]any) *record {
	moves := e.table("stock.move")
	vals := map[string]any{
		"picked": e.picked(m.id), "move_id": m.id, "picking_id": m.get(moves.model.field("picking_id")), "product_id": m.get(moves.model.field("product_id")), "product_uom_id": m.get(moves.model.field("product_uom")),
		"location_id": at.location, "package_id": nilZero(at.pack), "lot_id": nilZero(at.lot), "location_dest_id": m.get(moves.model.field("location_dest_id")), "company_id": m.get(moves.model.field("company_id")), "date": e.now(),
	}
	for k, v := range more {
		vals[k] = v
	}
	return e.add(e.table("stock.move.line"), vals)
}

// release gives up what a move has reserved, except since 17 what is picked; before, lines of which something is done
// stay.
func (e *env) release(m *record) {
	t, lines := e.moveLines(m.id)
	if e.series >= 17 && e.picked(m.id) {
		return
	}
	for _, l := range lines {
		if e.series >= 17 && t.truth(l, "picked") {
			continue
		}
		e.giveUp(t, l, t.num(l, e.heldField()))
	}
	e.restate(m)
}

// topUp reserves what has come to a place for the moves that wait for it there, those that are due first before
// others.
func (e *env) topUp(product, place int64) {
	if !e.holdsStock(place) {
		return
	}
	t := e.table("stock.move")
	var waiting []*record
	for _, id := range t.by(t.model.field("product_id"), product) {
		m := t.rows[id]
		if s := t.str(m, "state"); (s == "confirmed" || s == "partially_available") && t.ref(m, "location_id") == place {
			waiting = append(waiting, m)
		}
	}
	if e.series >= 17 {
		slices.SortStableFunc(waiting, func(a, b *record) int { return strings.Compare(t.str(a, "date"), t.str(b, "date")) })
	}
	for _, m := range waiting {
		e.reserve(m)
	}
}
