package odootest

import (
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// finish does what is about to be done of a picking. The rest goes to a back order or, with final, ends.
func (e *env) finish(r *record, final bool) {
	t, moves := e.table("stock.picking"), e.table("stock.move")
	var todo, rest []*record
	for _, m := range e.openMoves(r.id) {
		e.confirmMove(m)
		switch {
		case e.about(m).IsPos():
			todo = append(todo, m)
		case final || moves.num(m, "product_uom_qty").IsZero():
			e.cancelMove(m)
		default:
			rest = append(rest, m)
		}
	}
	for _, m := range todo {
		if more := e.settleDemand(m, final); more != nil {
			rest = append(rest, more)
		}
	}
	done := map[int64]bool{} // move lines
	lines := map[int64]bool{}
	for _, m := range todo {
		e.moveGoods(m, done)
		lines[moves.ref(m, "sale_line_id")] = true
	}
	for _, m := range todo {
		e.set(moves, m, map[string]any{"state": "done", "date": e.now(), "picked": true})
	}
	e.set(t, r, map[string]any{"date_done": e.now()})
	if len(todo) > 0 && len(rest) > 0 && !final {
		e.leave(r, rest)
	}
	e.refreshPicking(r.id)
	if e.arrives(r) {
		for _, m := range todo {
			e.topUp(moves.ref(m, "product_id"), moves.ref(m, "location_dest_id"))
		}
	}
	for id := range lines {
		e.setDelivered(id)
	}
}

// arrives reports whether moves that wait are served from what a picking brings: of receipts, and since 17 of
// transfers.
func (e *env) arrives(r *record) bool {
	t, kinds := e.table("stock.picking"), e.table("stock.picking.type")
	kind := kinds.rows[t.ref(r, "picking_type_id")]
	return kind != nil && (kinds.str(kind, "code") == "incoming" || e.series >= 17 && kinds.str(kind, "code") == "internal")
}

// settleDemand makes a move demand what it does; the rest, if there is one, is a move of its own, which is
// returned unless it ends.
func (e *env) settleDemand(m *record, final bool) *record {
	t := e.table("stock.move")
	demand, done := t.num(m, "product_uom_qty"), e.about(m)
	switch left := minus(demand, done); {
	case left.IsPos() && final && e.series >= 17:
		return nil
	case left.IsPos():
		e.set(t, m, map[string]any{"product_uom_qty": done})
		rest := e.split(m, left)
		if final {
			e.cancelMove(rest)
			return nil
		}
		if e.atOnce(rest) {
			e.reserve(rest)
		}
		return rest
	case left.IsNeg() && e.series < 17:
		e.set(t, m, map[string]any{"product_uom_qty": done})
	}
	return nil
}

// split adds a move like another one.
func (e *env) split(m *record, q decimal.Decimal) *record {
	t := e.table("stock.move")
	vals := map[string]any{}
	for i := range t.model.Fields {
		if f := &t.model.Fields[i]; f.stored() && f.Name != "id" {
			vals[f.Name] = m.v[i]
		}
	}
	vals["product_uom_qty"], vals["state"], vals["picked"] = q, "confirmed", false
	return e.add(t, vals)
}

// moveGoods moves what a move's lines have done.
func (e *env) moveGoods(m *record, done map[int64]bool) {
	moves := e.table("stock.move")
	product := moves.ref(m, "product_id")
	t, lines := e.moveLines(m.id)
	for _, l := range lines {
		from, to, q, held := source(t, l), goal(t, l), t.num(l, e.doneField()), t.num(l, e.heldField())
		if q.IsZero() || e.series >= 17 && !t.truth(l, "picked") {
			e.hold(product, from, held.Neg())
			e.tx.remove(t, l)
			continue
		}
		if extra := minus(q, held); e.series < 17 && extra.IsPos() && e.holdsStock(from.location) {
			if extra.Cmp(e.available(product, from)) > 0 {
				e.takeFromOthers(m, l, extra, done)
			}
		}
		e.hold(product, from, held.Neg())
		e.transfer(product, from, to, q)
		vals := map[string]any{"date": e.now()}
		if e.series < 17 {
			vals[e.heldField()] = decimal.Zero
		} else if short := e.available(product, from); short.IsNeg() && e.counted(m) {
			e.takeFromOthers(m, l, short.Neg(), done)
		}
		e.set(t, l, vals)
		done[l.id] = true
	}
}

// available is what is free in a spot; negative where more is reserved than there is.
func (e *env) available(product int64, at spot) decimal.Decimal {
	t := e.table("stock.quant")
	if r := e.quantAt(product, at); r != nil {
		return minus(t.num(r, "quantity"), t.num(r, "reserved_quantity"))
	}
	return decimal.Zero
}

// takeFromOthers lets other moves go of what is not there any more: first those of the same picking, then those that
// are due last.
func (e *env) takeFromOthers(m, line *record, q decimal.Decimal, done map[int64]bool) {
	t, moves, pickings := e.table("stock.move.line"), e.table("stock.move"), e.table("stock.picking")
	at, mine := source(t, line), t.ref(line, "picking_id")
	var others []*record
	for _, id := range t.by(t.model.field("product_id"), moves.ref(m, "product_id")) {
		l := t.rows[id]
		if id != line.id && !done[id] && source(t, l) == at && !ended(e.lineState(l)) && t.num(l, e.heldField()).IsPos() && !(e.series >= 17 && t.truth(l, "picked")) {
			others = append(others, l)
		}
	}
	due := func(l *record) string {
		if p := pickings.rows[t.ref(l, "picking_id")]; p != nil {
			return pickings.str(p, "scheduled_date")
		}
		return t.str(l, "date")
	}
	slices.SortStableFunc(others, func(a, b *record) int {
		if x, y := t.ref(a, "picking_id") == mine, t.ref(b, "picking_id") == mine; x != y {
			if x {
				return -1
			}
			return 1
		}
		if c := strings.Compare(due(b), due(a)); c != 0 || e.series < 17 {
			return c
		}
		return int(b.id - a.id)
	})
	var touched []*record
	for _, l := range others {
		part := q.Min(t.num(l, e.heldField()))
		if !part.IsPos() {
			break
		}
		e.giveUp(t, l, part)
		q = minus(q, part)
		if other := moves.rows[t.ref(l, "move_id")]; other != nil && !slices.Contains(touched, other) {
			touched = append(touched, other)
		}
	}
	for _, other := range touched {
		e.restate(other)
		if e.series >= 17 {
			e.reserve(other)
		}
	}
}

// giveUp takes a part of what a line has reserved; a line without anything goes.
func (e *env) giveUp(t *table, l *record, part decimal.Decimal) {
	e.hold(t.ref(l, "product_id"), source(t, l), part.Neg())
	left := minus(t.num(l, e.heldField()), part)
	if left.IsPos() || e.series < 17 && !t.num(l, e.doneField()).IsZero() {
		e.set(t, l, map[string]any{e.heldField(): left})
		return
	}
	e.tx.remove(t, l)
}

// leave moves the rest of a picking to a back order, which since 17 reserves at once.
func (e *env) leave(r *record, rest []*record) {
	t, moves, lines := e.table("stock.picking"), e.table("stock.move"), e.table("stock.move.line")
	vals := map[string]any{"backorder_id": r.id, "scheduled_date": r.get(t.model.field("scheduled_date")), "state": "draft"}
	if e.series < 17 {
		vals["user_id"] = r.get(t.model.field("user_id"))
	}
	for _, name := range []string{"origin", "partner_id", "picking_type_id", "location_id", "location_dest_id", "sale_id", "carrier_id", "move_type", "company_id", "note", "date_deadline"} {
		vals[name] = r.get(t.model.field(name))
	}
	if kind := e.table("stock.picking.type").rows[t.ref(r, "picking_type_id")]; kind != nil {
		vals["name"] = e.nextPicking(kind)
	}
	back := e.add(t, vals)
	for _, m := range rest {
		e.set(moves, m, map[string]any{"picking_id": back.id})
		if e.series >= 17 {
			_ = e.setPicked(moves, m, false)
		}
		_, list := e.moveLines(m.id)
		for _, l := range list {
			e.set(lines, l, map[string]any{"picking_id": back.id})
		}
	}
	for _, m := range rest {
		e.restate(m)
		if e.atOnce(m) {
			e.reserve(m)
		}
	}
	e.refreshPicking(back.id)
}
