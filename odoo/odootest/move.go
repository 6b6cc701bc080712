package odootest

import (
	"slices"

	"github.com/govalues/decimal"
)

// open reports whether a move or a picking is under way.
func open(state string) bool { return state != "done" && state != "cancel" && state != "draft" }

func ended(state string) bool { return state == "done" || state == "cancel" }

// restate sets a move's state from what it has reserved, and since 17 notes whether its goods are picked.
func (e *env) restate(m *record) {
	t := e.table("stock.move")
	state, held := t.str(m, "state"), e.held(m.id)
	if ended(state) || state == "draft" && (e.series < 17 || held.IsZero()) {
		return
	}
	e.notePicked(m)
	demand := t.num(m, "product_uom_qty")
	switch c := held.Cmp(demand); {
	case c == 0 || c > 0 && e.series >= 17:
		state = "assigned"
	case c < 0 && !held.IsZero():
		state = "partially_available"
	default:
		state = e.waits(m)
	}
	e.setState(m, state)
}

// waits is the state of a move that has reserved nothing: one that others precede waits for them.
func (e *env) waits(m *record) string {
	if e.preceded(m) {
		return "waiting"
	}
	return "confirmed"
}

// preceded reports whether a move takes on what others bring.
func (e *env) preceded(m *record) bool {
	return len(e.table("stock.move").list(m, "move_orig_ids")) > 0
}

// movesAfter are the moves that take on what a move brings.
func movesAfter(e *env, t *table, r *record) any {
	after := []int64{}
	for id, other := range t.rows {
		if slices.Contains(t.list(other, "move_orig_ids"), r.id) {
			after = append(after, id)
		}
	}
	slices.Sort(after)
	return after
}

// atOnce reports whether a move reserves as soon as it is confirmed: before 17 only one that takes from a place that is not the
// company's, unless it waits for others.
func (e *env) atOnce(m *record) bool { return e.series >= 17 || !e.counted(m) && !e.preceded(m) }

// notePicked keeps that a move's goods are picked: as its lines say, and where it has none as it was.
func (e *env) notePicked(m *record) {
	t := e.table("stock.move")
	lines, list := e.moveLines(m.id)
	if e.series < 17 || len(list) == 0 {
		return
	}
	some := slices.ContainsFunc(list, func(l *record) bool { return lines.truth(l, "picked") })
	e.tx.set(t, m, t.model.field("picked").index, some)
}

// setState sets a move's state, and its picking's with it.
func (e *env) setState(m *record, state string) {
	t := e.table("stock.move")
	if t.str(m, "state") != state {
		e.set(t, m, map[string]any{"state": state})
	}
	e.refreshPicking(t.ref(m, "picking_id"))
}

// confirmMove makes a draft wait for its goods.
func (e *env) confirmMove(m *record) {
	if e.table("stock.move").str(m, "state") == "draft" {
		e.setState(m, e.waits(m))
	}
}

// cancelMove gives up what a move has reserved and ends it.
func (e *env) cancelMove(m *record) {
	if e.series >= 17 {
		_ = e.setPicked(e.table("stock.move"), m, false)
	}
	e.release(m)
	e.setState(m, "cancel")
}

// guardMoves lets a move go of everything where its demand falls below what it has reserved, as Odoo does; a
// later action_assign takes it up again, except that receipts take it up at once.
func guardMoves(e *env, t *table, ids []int64, vals map[string]any) (func() error, error) {
	raw, changes := vals["product_uom_qty"]
	if !changes {
		return nil, nil
	}
	demand, err := number(raw, 2)
	if err != nil {
		return nil, err
	}
	var restate, receive []*record
	for _, id := range ids {
		m := t.rows[id]
		state := t.str(m, "state")
		receipt := e.usage(t.ref(m, "location_id")) == "supplier"
		switch {
		case open(state) && e.held(id).Cmp(demand) > 0:
			e.release(m)
			if receipt {
				receive = append(receive, m)
			}
			continue
		case state == "assigned":
			e.setState(m, "partially_available") // before 17 until somebody asks for the rest
		}
		if receipt && (state == "assigned" || state == "partially_available") {
			receive = append(receive, m)
		} else {
			restate = append(restate, m)
		}
	}
	return func() error {
		for _, m := range restate {
			if e.series >= 17 {
				e.restate(m)
			}
		}
		for _, m := range receive {
			e.reserve(m)
		}
		return nil
	}, nil
}

// setMoveQuantity takes a written quantity (17 and later) or quantity_done (before).
func (e *env) setMoveQuantity(t *table, m *record, v any) error {
	q, err := number(v, 2)
	switch {
	case err != nil:
		return err
	case e.series < 17:
		return e.setDone(t, m, q)
	case t.str(m, "state") == "cancel":
		return userError("You cannot change a cancelled stock move, create a new line instead.")
	}
	if now := e.held(m.id); q.Cmp(now) > 0 {
		e.raise(t, m, q)
	} else {
		e.lower(m, minus(now, q))
	}
	return nil
}

// setDone notes what is done of a move; with goods from several places only their lines can tell.
func (e *env) setDone(t *table, m *record, q decimal.Decimal) error {
	lines, list := e.moveLines(m.id)
	switch {
	case len(list) == 0:
		if !q.IsZero() {
			e.addLine(m, spot{location: t.ref(m, "location_id")}, map[string]any{"qty_done": q})
		}
	case len(list) == 1:
		e.changeLine(lines, list[0], map[string]any{"qty_done": q})
	case e.doneQuantity(m.id).Cmp(q) != 0:
		return userError("Cannot set the done quantity from this stock move, work directly with the move lines.")
	}
	return nil
}

// raise reserves more for a move, beyond its demand if need be: first what is free where its lines are, then what is
// free elsewhere, and the rest all the same, on lines of their own.
func (e *env) raise(t *table, m *record, q decimal.Decimal) {
	product, place := t.ref(m, "product_id"), t.ref(m, "location_id")
	lines, list := e.moveLines(m.id)
	used := map[spot]bool{}
	for _, l := range list {
		has := lines.num(l, "quantity")
		q = minus(q, has)
		if at := source(lines, l); q.IsPos() && lines.ref(l, "result_package_id") == 0 && e.counted(m) {
			if free := e.available(product, at).Min(q); free.IsPos() {
				used[at] = true
				e.changeLine(lines, l, map[string]any{"quantity": plus(has, free)})
				q = minus(q, free)
			}
		}
	}
	if e.counted(m) {
		quants := e.table("stock.quant")
		for _, r := range e.quantsBelow(product, place) {
			at := spotOf(quants, r)
			if free := e.available(product, at).Min(q); free.IsPos() && !used[at] {
				e.newLine(m, at, free)
				q = minus(q, free)
			}
		}
	}
	if q.IsPos() {
		e.newLine(m, spot{location: place}, q)
	}
}

// newLine adds a line to a move, which reserves or, in one that is done, moves its goods.
func (e *env) newLine(m *record, at spot, q decimal.Decimal) {
	moves := e.table("stock.move")
	t, l := e.table("stock.move.line"), e.addLine(m, at, map[string]any{e.heldField(): q})
	product := moves.ref(m, "product_id")
	if moves.str(m, "state") == "done" {
		e.transfer(product, at, goal(t, l), q)
		e.setDelivered(moves.ref(m, "sale_line_id"))
		return
	}
	e.hold(product, at, q)
	if e.counted(m) {
		e.restate(m)
	} else {
		e.notePicked(m)
	}
}

// lower gives up a part of what a move has reserved or done, the newest line first.
func (e *env) lower(m *record, less decimal.Decimal) {
	t, lines := e.moveLines(m.id)
	for _, l := range slices.Backward(lines) {
		part := less.Min(t.num(l, e.heldField()))
		if !part.IsPos() {
			continue
		}
		less = minus(less, part)
		if left := minus(t.num(l, e.heldField()), part); left.IsPos() || ended(e.lineState(l)) {
			e.changeLine(t, l, map[string]any{e.heldField(): left})
		} else {
			e.dropLine(t, l)
		}
	}
}

// dropLine takes a line away with what it has reserved.
func (e *env) dropLine(t *table, l *record) {
	moves := e.table("stock.move")
	e.hold(t.ref(l, "product_id"), source(t, l), t.num(l, e.heldField()).Neg())
	move := t.ref(l, "move_id")
	e.tx.remove(t, l)
	if m := moves.rows[move]; m != nil {
		e.restate(m)
	}
}

// setPicked marks a move's lines as taken or not, since 17.
func (e *env) setPicked(moves *table, m *record, v any) error {
	t, lines := e.moveLines(m.id)
	for _, l := range lines {
		e.set(t, l, map[string]any{"picked": !falsy(v)})
	}
	e.tx.set(moves, m, moves.model.field("picked").index, !falsy(v))
	return nil
}

// guardMoveLines lets quants and moves follow what is written on lines.
func guardMoveLines(e *env, t *table, ids []int64, vals map[string]any) (func() error, error) {
	var after []func()
	for _, id := range ids {
		after = append(after, e.follow(t, t.rows[id]))
	}
	return func() error {
		for _, then := range after {
			then()
		}
		return nil
	}, nil
}

// changeLine changes a line, and quants and moves with it.
func (e *env) changeLine(t *table, l *record, vals map[string]any) {
	then := e.follow(t, l)
	e.set(t, l, vals)
	then()
}

// follow takes back what a line does to quants; what it returns does it again, as the line is then.
func (e *env) follow(t *table, l *record) (then func()) {
	moves := e.table("stock.move")
	product, from, to := t.ref(l, "product_id"), source(t, l), goal(t, l)
	held, done := t.num(l, e.heldField()), t.num(l, e.doneField())
	m := moves.rows[t.ref(l, "move_id")]
	return func() {
		newFrom, newTo, newHeld, newDone := source(t, l), goal(t, l), t.num(l, e.heldField()), t.num(l, e.doneField())
		switch state := e.lineState(l); {
		case state == "done":
			if newFrom == from && newTo == to && newDone.Cmp(done) == 0 {
				return
			}
			e.transfer(product, to, from, done)
			e.transfer(product, newFrom, newTo, newDone)
			if short := e.available(product, newFrom); short.IsNeg() && e.holdsStock(newFrom.location) && m != nil {
				e.takeFromOthers(m, l, short.Neg(), map[int64]bool{})
			}
			if m != nil {
				if e.series < 17 {
					e.set(moves, m, map[string]any{"product_uom_qty": e.doneQuantity(m.id)})
				}
				e.setDelivered(moves.ref(m, "sale_line_id"))
			}
		case state != "cancel":
			if newFrom != from || newHeld.Cmp(held) != 0 {
				e.hold(product, from, held.Neg())
				e.hold(product, newFrom, newHeld)
			}
			if m != nil {
				if newHeld.Cmp(held) != 0 && (e.series < 17 || e.storable(product)) {
					e.restate(m)
				}
				e.notePicked(m)
			}
		}
	}
}

func (e *env) lineState(l *record) string {
	t, moves := e.table("stock.move.line"), e.table("stock.move")
	if m := moves.rows[t.ref(l, "move_id")]; m != nil {
		return moves.str(m, "state")
	}
	return "draft"
}

// completeMove fills what a move takes from its picking and product.
func (e *env) completeMove(t *table, r *record, put func(string, any)) {
	pickings := e.table("stock.picking")
	put("date", e.now())
	put("product_uom", e.unitOf(t.ref(r, "product_id")))
	if p := pickings.rows[t.ref(r, "picking_id")]; p != nil {
		for _, field := range []string{"location_id", "location_dest_id", "company_id", "origin", "partner_id", "picking_type_id"} {
			put(field, p.get(pickings.model.field(field)))
		}
	}
}

func moveReference(e *env, t *table, r *record) any {
	pickings, scraps := e.table("stock.picking"), e.table("stock.scrap")
	if e.series >= 17 {
		if s := scraps.rows[t.ref(r, "scrap_id")]; s != nil {
			return s.get(scraps.model.field("name"))
		}
	}
	if p := pickings.rows[t.ref(r, "picking_id")]; p != nil {
		return p.get(pickings.model.field("name"))
	}
	if t.str(r, "state") != "done" {
		return nil
	}
	users := e.table("res.users")
	if by := users.rows[t.ref(r, "create_uid")]; by != nil && e.series >= 19 {
		return countedName + " (" + users.str(by, "name") + ")"
	}
	if name := t.str(r, "name"); e.series < 17 && name != "" {
		return name // such as a scrap order's
	}
	return countedName
}

// heldByLine is in the product's unit, which is that of the line here.
func heldByLine(e *env, t *table, r *record) any { return t.num(r, e.heldField()) }

// countedName is what a move that a count makes is called.
const countedName = "Product Quantity Updated"

// moveName is such as "S00001/Stock>Customers".
func moveName(e *env, t *table, r *record) string {
	locations, products, pickings := e.table("stock.location"), e.table("product.product"), e.table("stock.picking")
	name := ""
	if p := pickings.rows[t.ref(r, "picking_id")]; p != nil && pickings.str(p, "origin") != "" {
		name = pickings.str(p, "origin") + "/"
	}
	if p := products.rows[t.ref(r, "product_id")]; p != nil && products.str(p, "default_code") != "" {
		name += products.str(p, "default_code") + ": "
	}
	if from := locations.rows[t.ref(r, "location_id")]; from != nil {
		name += locations.str(from, "name")
	}
	if to := locations.rows[t.ref(r, "location_dest_id")]; to != nil {
		name += ">" + locations.str(to, "name")
	}
	return name
}

func moveLineName(e *env, t *table, r *record) string {
	products := e.table("product.product")
	if p := products.rows[t.ref(r, "product_id")]; p != nil {
		return e.displayName(products, p)
	}
	return ""
}

// joinPicking lets a picking's state and order follow a move that is new in it.
func joinPicking(e *env, t *table, r *record) {
	pickings, lines := e.table("stock.picking"), e.table("sale.order.line")
	p, line := pickings.rows[t.ref(r, "picking_id")], lines.rows[t.ref(r, "sale_line_id")]
	if p != nil && line != nil && pickings.ref(p, "sale_id") == 0 {
		e.set(pickings, p, map[string]any{"sale_id": lines.ref(line, "order_id")})
	}
	e.refreshPicking(t.ref(r, "picking_id"))
}

// completeMoveLine fills what a line takes from its move.
func (e *env) completeMoveLine(t *table, r *record, put func(string, any)) {
	moves := e.table("stock.move")
	put("date", e.now())
	if m := moves.rows[t.ref(r, "move_id")]; m != nil {
		for _, field := range []string{"picking_id", "product_id", "location_id", "location_dest_id", "company_id"} {
			put(field, m.get(moves.model.field(field)))
		}
		put("product_uom_id", m.get(moves.model.field("product_uom")))
		put("picked", e.picked(m.id))
	}
}

// holdNewLine reserves what a new line takes, or moves it where its move is done.
func holdNewLine(e *env, t *table, r *record) {
	moves := e.table("stock.move")
	m := moves.rows[t.ref(r, "move_id")]
	switch state := e.lineState(r); {
	case state == "done":
		e.transfer(t.ref(r, "product_id"), source(t, r), goal(t, r), t.num(r, e.doneField()))
		if m != nil {
			if e.series < 17 {
				e.set(moves, m, map[string]any{"product_uom_qty": e.doneQuantity(m.id)})
			}
			e.setDelivered(moves.ref(m, "sale_line_id"))
		}
	case m != nil:
		e.hold(t.ref(r, "product_id"), source(t, r), t.num(r, e.heldField()))
		if e.counted(m) && t.num(r, e.heldField()).IsPos() {
			e.restate(m)
		}
		e.notePicked(m)
	}
}

// dropMoveLines gives up what lines have reserved before they are deleted.
func dropMoveLines(e *env, t *table, ids []int64) error {
	for _, id := range ids {
		if ended(e.lineState(t.rows[id])) {
			return userError("You can not delete product moves if the picking is done. You can only correct the done quantities.")
		}
	}
	for _, id := range ids {
		e.dropLine(t, t.rows[id])
	}
	return nil
}
