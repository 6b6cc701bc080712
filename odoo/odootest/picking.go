package odootest

import (
	"slices"
	"strings"
)

// movesOf are a picking's moves, oldest first.
func (e *env) movesOf(picking int64) []*record {
	t := e.table("stock.move")
	ids := t.by(t.model.field("picking_id"), picking)
	rows := make([]*record, len(ids))
	for i, id := range ids {
		rows[i] = t.rows[id]
	}
	return rows
}

// openMoves are a picking's moves that are not done or cancelled.
func (e *env) openMoves(picking int64) []*record {
	t := e.table("stock.move")
	return slices.DeleteFunc(e.movesOf(picking), func(m *record) bool { return ended(t.str(m, "state")) })
}

// refreshPicking sets a picking's state from its moves'.
func (e *env) refreshPicking(id int64) {
	t := e.table("stock.picking")
	r := t.rows[id]
	if r == nil {
		return
	}
	if state := e.pickingState(t, r); state != t.str(r, "state") {
		e.set(t, r, map[string]any{"state": state})
	}
}

func (e *env) pickingState(t *table, r *record) string {
	moves := e.table("stock.move")
	count := map[string]int{}
	all, empty := 0, true
	for _, m := range e.movesOf(r.id) {
		s := moves.str(m, "state")
		count[s]++
		all++
		if s == "confirmed" && moves.num(m, "product_uom_qty").IsPos() {
			empty = false
		}
	}
	switch {
	case all == 0 || count["draft"] > 0:
		return "draft"
	case count["cancel"] == all:
		return "cancel"
	case count["cancel"]+count["done"] == all:
		return "done"
	case t.str(r, "move_type") == "one" && count["confirmed"]+count["partially_available"] > 0:
		return "confirmed"
	case count["assigned"]+count["partially_available"] > 0:
		return "assigned"
	case count["waiting"] > 0 && e.series >= 17 && !e.holdsStock(t.ref(r, "location_id")):
		return "assigned" // nothing there is counted
	case count["waiting"] > 0:
		return "waiting"
	case empty && e.series >= 17:
		return "assigned"
	}
	return "confirmed"
}

// completePicking fills what a picking takes from its type.
func (e *env) completePicking(t *table, r *record, given func(string) bool, put func(string, any)) {
	types := e.table("stock.picking.type")
	kind := types.rows[t.ref(r, "picking_type_id")]
	put("scheduled_date", e.now())
	if kind == nil {
		return
	}
	if e.series >= 17 {
		put("location_id", kind.get(types.model.field("default_location_src_id")))
		put("location_dest_id", kind.get(types.model.field("default_location_dest_id")))
	}
	if name := t.str(r, "name"); !given("name") || name == "" || name == "/" {
		r.v[t.model.field("name").index] = e.nextPicking(kind)
	}
}

// nextPicking numbers a picking by its type, such as WH/OUT/00001. Like PostgreSQL's, numbers are not given
// back.
func (e *env) nextPicking(kind *record) string {
	types, warehouses := e.table("stock.picking.type"), e.table("stock.warehouse")
	e.store.pickings[kind.id]++
	n := itoa(e.store.pickings[kind.id])
	name := types.str(kind, "sequence_code") + "/" + "00000"[min(len(n), 5):] + n
	if w := warehouses.rows[types.ref(kind, "warehouse_id")]; w != nil {
		name = warehouses.str(w, "code") + "/" + name
	}
	return name
}

// confirmPickings makes drafts wait for their goods. Since 17 they reserve at once.
func (e *env) confirmPickings(ids []int64) (any, error) {
	_, rows, err := e.existing("stock.picking", ids)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		for _, m := range e.openMoves(r.id) {
			e.confirmMove(m)
			if e.atOnce(m) && !e.preceded(m) {
				e.reserve(m)
			}
		}
	}
	return true, nil
}

// assign reserves what is free.
func (e *env) assign(ids []int64) (any, error) {
	_, rows, err := e.existing("stock.picking", ids)
	if err != nil {
		return nil, err
	}
	found := false
	for _, r := range rows {
		for _, m := range e.openMoves(r.id) {
			found = true
			e.confirmMove(m)
			e.reserve(m)
		}
	}
	if !found {
		return nil, userError("Nothing to check the availability for.")
	}
	return true, nil
}

// unreserve gives up what is reserved, except since 17 what is picked.
func (e *env) unreserve(ids []int64) (any, error) {
	_, rows, err := e.existing("stock.picking", ids)
	if err != nil {
		return nil, err
	}
	moves := e.table("stock.move")
	for _, r := range rows {
		if e.series < 17 && slices.ContainsFunc(e.movesOf(r.id), func(m *record) bool { return moves.str(m, "state") == "done" }) {
			return nil, userError("You cannot unreserve a stock move that has been set to 'Done'.")
		}
		for _, m := range e.openMoves(r.id) {
			e.release(m)
		}
	}
	return nil, nil
}

// cancelPickings ends pickings and gives up what they have reserved.
func (e *env) cancelPickings(ids []int64) (any, error) {
	_, rows, err := e.existing("stock.picking", ids)
	if err != nil {
		return nil, err
	}
	moves := e.table("stock.move")
	for _, r := range rows {
		if slices.ContainsFunc(e.movesOf(r.id), func(m *record) bool { return moves.str(m, "state") == "done" }) {
			return nil, userError("You cannot cancel a stock move that has been set to 'Done'. Create a return in order to reverse the moves which took place.")
		}
		for _, m := range e.openMoves(r.id) {
			e.cancelMove(m)
		}
	}
	return true, nil
}

// trackingURL fills the carrier's link, which carriers of one's own have since 17.
func trackingURL(e *env, t *table, r *record) any {
	carriers := e.table("delivery.carrier")
	ref := t.str(r, "carrier_tracking_ref")
	if c := carriers.rows[t.ref(r, "carrier_id")]; c != nil && ref != "" {
		if link := carriers.str(c, "tracking_url"); link != "" {
			return strings.ReplaceAll(link, "<shipmenttrackingnumber>", ref)
		}
	}
	return nil
}
