package odootest

import (
	"slices"
	"strings"
)

// lineage is a location with those above it, from the top down.
func (e *env) lineage(id int64) []int64 {
	t := e.table("stock.location")
	var chain []int64
	for r := t.rows[id]; r != nil && len(chain) < 100; r = t.rows[t.ref(r, "location_id")] {
		chain = append(chain, r.id)
	}
	slices.Reverse(chain)
	return chain
}

func (e *env) locationPath(id int64) string {
	var path strings.Builder
	for _, above := range e.lineage(id) {
		path.WriteString(itoa(above) + "/")
	}
	return path.String()
}

// locationName is the names from the top down; a view begins anew.
func locationName(_ *env, t *table, r *record) string {
	name := t.str(r, "name")
	for range 100 {
		parent := t.rows[t.ref(r, "location_id")]
		if parent == nil || t.str(r, "usage") == "view" {
			break
		}
		name, r = t.str(parent, "name")+"/"+name, parent
	}
	return name
}

// within reports whether a location is one of the roots or below one.
func (e *env) within(location int64, roots ...int64) bool {
	return slices.ContainsFunc(e.lineage(location), func(id int64) bool { return slices.Contains(roots, id) })
}

// holdsStock reports whether what is there belongs to the company.
func (e *env) holdsStock(location int64) bool {
	t := e.table("stock.location")
	r := t.rows[location]
	if r == nil {
		return false
	}
	usage := t.str(r, "usage")
	return usage == "internal" || usage == "transit"
}

// warehouseOf is the warehouse that a location lies in, or nil.
func (e *env) warehouseOf(location int64) any {
	t := e.table("stock.warehouse")
	for _, id := range t.ids {
		if e.within(location, t.ref(t.rows[id], "view_location_id")) {
			return id
		}
	}
	return nil
}

// locationFor is the first location of a usage, 0 if none.
func (e *env) locationFor(usage string) int64 {
	t := e.table("stock.location")
	for _, id := range t.ids {
		if t.str(t.rows[id], "usage") == usage {
			return id
		}
	}
	return 0
}

// completeWarehouse gives a new warehouse its locations and operation types: one step in, one step out.
func (e *env) completeWarehouse(t *table, r *record, put func(string, any)) {
	locations, types := e.table("stock.location"), e.table("stock.picking.type")
	code, company := t.str(r, "code"), r.get(t.model.field("company_id"))
	if code == "" || t.ref(r, "view_location_id") != 0 {
		return // the check for what is required refuses the former
	}
	view := e.add(locations, map[string]any{"name": code, "usage": "view", "company_id": company, "location_id": e.physical()}).id
	stock := e.add(locations, map[string]any{"name": "Stock", "usage": "internal", "company_id": company, "location_id": view}).id
	put("view_location_id", view)
	put("lot_stock_id", stock)
	vendors, customers := nilZero(e.locationFor("supplier")), nilZero(e.locationFor("customer"))
	if e.series < 17 {
		vendors, customers = nil, nil
	}
	for _, kind := range []struct {
		field, name, code, prefix string
		from, to                  any
	}{
		{"in_type_id", "Receipts", "incoming", "IN", vendors, stock}, {"out_type_id", "Delivery Orders", "outgoing", "OUT", stock, customers}, {"int_type_id", "Internal Transfers", "internal", "INT", stock, stock},
	} {
		put(kind.field, e.add(types, map[string]any{
			"name": kind.name, "code": kind.code, "sequence_code": kind.prefix, "warehouse_id": r.id, "company_id": company, "default_location_src_id": kind.from, "default_location_dest_id": kind.to,
		}).id)
	}
	in, out := t.ref(r, "in_type_id"), t.ref(r, "out_type_id")
	e.set(types, types.rows[in], map[string]any{"return_picking_type_id": out})
	e.set(types, types.rows[out], map[string]any{"return_picking_type_id": in})
}

// physical is what stands above warehouses until 18.
func (e *env) physical() any {
	t := e.table("stock.location")
	for _, id := range t.ids {
		if r := t.rows[id]; t.str(r, "usage") == "view" && t.ref(r, "company_id") == 0 && t.str(r, "name") == "Physical Locations" {
			return id
		}
	}
	return nil
}

// renameWarehouse lets the locations' names follow a warehouse's code.
func renameWarehouse(e *env, t *table, ids []int64, vals map[string]any) (func() error, error) {
	code, changes := vals["code"].(string)
	if !changes {
		return nil, nil
	}
	locations := e.table("stock.location")
	for _, id := range ids {
		if view := locations.rows[t.ref(t.rows[id], "view_location_id")]; view != nil {
			e.set(locations, view, map[string]any{"name": code})
		}
	}
	return nil, nil
}

func pickingTypeName(e *env, t *table, r *record) string {
	warehouses := e.table("stock.warehouse")
	if w := warehouses.rows[t.ref(r, "warehouse_id")]; w != nil {
		return warehouses.str(w, "name") + ": " + t.str(r, "name")
	}
	return t.str(r, "name")
}

// firstStock is where the first warehouse keeps its goods.
func (s *Server) firstStock() int64 {
	t := s.store.tables["stock.warehouse"]
	return t.ref(t.rows[1], "lot_stock_id")
}

// stockFoundation is the locations that every database has.
func (s *Server) stockFoundation() {
	place := func(name, usage string, parent, company any) int64 {
		return s.insert("stock.location", map[string]any{"name": name, "usage": usage, "location_id": parent, "company_id": company})
	}
	var partners, virtual any
	if s.series < 19 {
		place("Physical Locations", "view", nil, nil)
		partners, virtual = place("Partner Locations", "view", nil, nil), place("Virtual Locations", "view", nil, nil)
	}
	place("Vendors", "supplier", partners, nil)
	place("Customers", "customer", partners, nil)
	place("Inventory adjustment", "inventory", virtual, 1)
	place("Production", "production", virtual, 1)
	if s.series < 19 { // later the company's differences are where goods are written off to
		place("Scrap", "inventory", virtual, 1)
	}
}
