package odootest

import (
	"fmt"

	"github.com/govalues/decimal"
)

// Deliver sets the delivered quantity of the order's line that has the External ID, as a done delivery
// would. quantity is a decimal.
func (s *Server) Deliver(order int64, lineXID, quantity string) error {
	return s.setQuantity(order, lineXID, "qty_delivered", quantity)
}

// Invoice sets the invoiced quantity of the order's line, as a posted invoice would.
func (s *Server) Invoice(order int64, lineXID, quantity string) error {
	return s.setQuantity(order, lineXID, "qty_invoiced", quantity)
}

func (s *Server) setQuantity(order int64, lineXID, field, quantity string) error {
	q, err := decimal.Parse(quantity)
	if err != nil {
		return fmt.Errorf("odootest: quantity %q: %w", quantity, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.store.xids[lineXID]
	t := s.store.tables["sale.order.line"]
	if x == nil || x.model != t.model.Name || t.rows[x.res] == nil || t.ref(t.rows[x.res], "order_id") != order {
		return fmt.Errorf("odootest: order %d has no line with External ID %q", order, lineXID)
	}
	t.set(t.rows[x.res], t.model.field(field).index, q)
	return nil
}

// evict drops the oldest orders and partners of a stub server.
func (s *Server) evict() {
	if s.keep == 0 {
		return
	}
	e := &env{Server: s, tx: &transaction{store: s.store}, user: &user{all: true}, su: true}
	orders, partners := s.store.tables["sale.order"], s.store.tables["res.partner"]
	for len(orders.ids) > s.keep {
		e.erase(orders, orders.ids[0])
	}
	// Partners stay longer than the orders that may point to them; the company's and users' own stay.
	for len(partners.ids) > 3*s.keep+s.own {
		e.erase(partners, partners.ids[s.own])
	}
}
