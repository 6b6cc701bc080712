package odootest

import (
	"fmt"

	"github.com/govalues/decimal"
)

// SeedWarehouse creates a warehouse with its locations and returns its id. The code, such as "WH2", begins the
// names of its locations and deliveries.
func (s *Server) SeedWarehouse(name, code string) (int64, error) {
	return s.Seed("stock.warehouse", map[string]any{"name": name, "code": code})
}

// SetStock counts a product in a warehouse: quantity, a decimal, is what is there from then on, whatever of it is
// reserved. On Odoo 17 and later, deliveries that wait for the product reserve what has come in. The product
// must be one that Odoo keeps stock of; see [Product.Stock].
func (s *Server) SetStock(product, warehouse int64, quantity string) error {
	q, err := decimal.Parse(quantity)
	if err != nil {
		return fmt.Errorf("odootest: quantity %q of product %d: %w", quantity, product, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.system()
	warehouses := e.table("stock.warehouse")
	w := warehouses.rows[warehouse]
	if w == nil {
		return fmt.Errorf("odootest: no warehouse %d", warehouse)
	}
	if !e.storable(product) {
		return fmt.Errorf("odootest: product %d is not storable; seed it with a Stock", product)
	}
	place := spot{location: warehouses.ref(w, "lot_stock_id")}
	r := e.quantAt(product, place)
	if r == nil {
		r = e.addQuant(product, place, nil)
	}
	e.count(r, q)
	return nil
}
