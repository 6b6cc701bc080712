package odootest

import "github.com/govalues/decimal"

// inventoryMode is the context in which a user's counts are taken as what is there.
func (e *env) inventoryMode() bool {
	group := "stock.group_stock_user"
	if e.series < 15 {
		group = "stock.group_stock_manager"
	}
	return e.flag("inventory_mode") && (e.su || e.user.all || e.user.groups[group])
}

// allowQuant decides on quants where groups alone do not: whoever may count may write them, and before
// 15 nobody else may.
func (e *env) allowQuant(right rune) (allowed, decided bool) {
	switch {
	case right == 'r' || e.su:
		return false, false
	case e.inventoryMode():
		return true, true
	}
	return false, e.series < 15
}

// makeQuant creates a quant in inventory mode: the one that is there already, if there is one. Before 15 the
// count applies at once, since then action_apply_inventory does it.
func makeQuant(e *env, t *table, vals map[string]any) (int64, bool, error) {
	product, _ := integer(vals["product_id"])
	location, _ := integer(vals["location_id"])
	if product == 0 || location == 0 {
		return 0, false, nil // the check for what is required refuses it
	}
	if err := e.checkQuant(product, location); err != nil {
		return 0, false, err
	}
	count, given := vals["inventory_quantity"]
	if !given || !e.inventoryMode() {
		return 0, false, nil
	}
	counted, err := number(count, 2)
	if err != nil {
		return 0, false, err
	}
	pack, _ := integer(vals["package_id"])
	lot, _ := integer(vals["lot_id"])
	at := spot{location, pack, lot}
	r := e.quantAt(product, at)
	if r == nil {
		r = e.addQuant(product, at, nil)
	}
	if e.series < 15 {
		e.count(r, counted)
	} else {
		e.set(t, r, map[string]any{"inventory_quantity": counted, "inventory_quantity_set": true})
	}
	return r.id, true, nil
}

// checkQuant refuses quants of what is not counted and where nothing can lie.
func (e *env) checkQuant(product, location int64) error {
	products, locations := e.table("product.product"), e.table("stock.location")
	if products.rows[product] == nil || locations.rows[location] == nil {
		return nil // the check of links refuses it
	}
	if !e.storable(product) {
		return raise(classValidation, "Quants cannot be created for consumables or services.")
	}
	if l := locations.rows[location]; locations.str(l, "usage") == "view" {
		return raise(classValidation, "You cannot take products from or deliver products to a location of type \"view\" (%s).", locations.str(l, "name"))
	}
	return nil
}

// countedBefore15 shows what is there to who counts, and nothing to others.
func countedBefore15(e *env, t *table, r *record) any {
	if e.inventoryMode() {
		return t.num(r, "quantity")
	}
	return decimal.Zero
}

// countNow takes a written count before 15.
func (e *env) countNow(_ *table, r *record, v any) error {
	counted, err := number(v, 2)
	if err == nil && e.inventoryMode() {
		e.count(r, counted)
	}
	return err
}

// count makes a quant hold the counted quantity, by a move from or to the inventory's location.
func (e *env) count(r *record, counted decimal.Decimal) {
	t := e.table("stock.quant")
	product, place := t.ref(r, "product_id"), spotOf(t, r)
	difference := minus(counted, t.num(r, "quantity"))
	if difference.IsZero() {
		return
	}
	from, to, q := spot{location: e.locationFor("inventory"), lot: place.lot}, place, difference
	if difference.IsNeg() {
		from, to, q = to, from, difference.Neg()
	}
	moves, lines := e.table("stock.move"), e.table("stock.move.line")
	uom := e.unitOf(product)
	m := e.add(moves, map[string]any{
		"name": countedName, "product_id": product, "product_uom_qty": q, "product_uom": uom, "location_id": from.location, "location_dest_id": to.location,
		"state": "done", "date": e.now(), "is_inventory": true, "picked": true, "to_refund": e.series >= 17,
	})
	e.add(lines, map[string]any{
		"move_id": m.id, "product_id": product, "product_uom_id": uom, e.doneField(): q, "picked": true, "location_id": from.location, "location_dest_id": to.location, "package_id": nilZero(from.pack), "result_package_id": nilZero(to.pack), "lot_id": nilZero(to.lot), "date": e.now(),
	})
	if e.series >= 17 {
		e.hold(product, from, q) // as lines then do, until they are done
	}
	e.moveGoods(m, map[int64]bool{})
	if e.series >= 15 {
		e.topUp(product, to.location)
	}
}

func (e *env) unitOf(product int64) any {
	t := e.table("product.product")
	if r := t.rows[product]; r != nil {
		return nilZero(t.ref(r, "uom_id"))
	}
	return nil
}

// applyInventory makes the counts of quants what is there, since 15.
func (e *env) applyInventory(ids []int64) (any, error) {
	t := e.table("stock.quant")
	for _, id := range ids {
		r := t.rows[id]
		if r == nil {
			return nil, missing(t.model.Name, id, e.user.id)
		}
		e.count(r, t.num(r, "inventory_quantity"))
		e.set(t, r, map[string]any{"inventory_quantity": decimal.Zero, "inventory_quantity_set": false})
	}
	return nil, nil
}
