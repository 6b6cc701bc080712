package odootest

import "github.com/govalues/decimal"

// completeScrap names where scrapped goods go.
func (e *env) completeScrap(t *table, r *record, put func(string, any)) {
	put("scrap_location_id", nilZero(e.scrapPlace()))
	put("product_uom_id", e.unitOf(t.ref(r, "product_id")))
}

// scrapPlace is where goods are written off to unless a record says otherwise.
func (e *env) scrapPlace() int64 {
	locations := e.table("stock.location")
	for _, id := range locations.ids {
		if r := locations.rows[id]; e.series < 19 && locations.str(r, "usage") == "inventory" && locations.str(r, "name") == "Scrap" {
			return id
		}
	}
	return e.locationFor("inventory")
}

// scrap takes goods away, or answers the question whether to do so although they are not there. Like Odoo it takes them again
// where it is asked of a record that is done.
func (e *env) scrap(ids []int64) (any, error) {
	t, moves := e.table("stock.scrap"), e.table("stock.move")
	if len(ids) != 1 {
		return nil, valueError("Expected singleton: %s", t.model.Name)
	}
	r := t.rows[ids[0]]
	if r == nil {
		return nil, missing(t.model.Name, ids[0], e.user.id)
	}
	product, q := t.ref(r, "product_id"), t.num(r, "scrap_qty")
	from := spot{location: t.ref(r, "location_id"), lot: t.ref(r, "lot_id")}
	if pickings := e.table("stock.picking"); e.series < 19 && pickings.rows[t.ref(r, "picking_id")] != nil {
		from.location = pickings.ref(pickings.rows[t.ref(r, "picking_id")], "location_dest_id") // whatever the record says
	}
	to := spot{location: t.ref(r, "scrap_location_id"), lot: from.lot}
	if e.storable(product) && e.onHand(product, from).Cmp(q) < 0 {
		products := e.table("product.product")
		return map[string]any{
			"name": e.displayName(products, products.rows[product]) + ": Insufficient Quantity To Scrap", "view_mode": "form", "res_model": "stock.warn.insufficient.qty.scrap", "type": "ir.actions.act_window", "target": "new",
			"context": map[string]any{"default_product_id": product, "default_location_id": from.location, "default_scrap_id": r.id, "default_quantity": q},
		}, nil
	}
	name := "SP/" + "00000"[min(len(itoa(r.id)), 5):] + itoa(r.id)
	vals := map[string]any{
		"name": name, "scrap_id": r.id, "product_id": product, "product_uom": t.ref(r, "product_uom_id"), "product_uom_qty": q, "location_id": from.location, "location_dest_id": to.location,
		"picking_id": nilZero(t.ref(r, "picking_id")), "origin": t.str(r, "origin"), "state": "done", "date": e.now(), "company_id": t.ref(r, "company_id"), "picked": true, "scrapped": true,
	}
	m := e.add(moves, vals)
	line := e.add(e.table("stock.move.line"), map[string]any{
		"move_id": m.id, "product_id": product, "product_uom_id": t.ref(r, "product_uom_id"), e.doneField(): q, "picked": true, "company_id": t.ref(r, "company_id"),
		"location_id": from.location, "location_dest_id": to.location, "lot_id": nilZero(from.lot), "date": e.now(),
	})
	e.transfer(product, from, to, q)
	if short := e.available(product, from); short.IsNeg() && e.counted(m) {
		e.takeFromOthers(m, line, short.Neg(), map[int64]bool{})
	}
	e.set(t, r, map[string]any{"state": "done", "date_done": e.now(), "name": name})
	return true, nil
}

// onHand is what lies in a spot, reserved or not.
func (e *env) onHand(product int64, at spot) decimal.Decimal {
	if r := e.quantAt(product, at); r != nil {
		return e.table("stock.quant").num(r, "quantity")
	}
	return decimal.Zero
}
