package odootest

import (
	"fmt"

	"github.com/govalues/decimal"
)

// Deliver makes quantity, a decimal, the delivered quantity of the order's line that has the External ID. What
// the line's open delivery has of it goes out, whether it is in stock or not, and the rest stays in a back order.
// Beyond that, and for lines that have no delivery, only the number is set.
func (s *Server) Deliver(order int64, lineXID, quantity string) error {
	return s.onLine(order, lineXID, quantity, func(e *env, line *record, q decimal.Decimal) error {
		if err := e.ship(line, q); err != nil {
			return err
		}
		t := e.table("sale.order.line")
		e.set(t, line, map[string]any{"qty_delivered": q})
		return nil
	})
}

// Invoice sets the invoiced quantity of the order's line, as a posted invoice would.
func (s *Server) Invoice(order int64, lineXID, quantity string) error {
	return s.onLine(order, lineXID, quantity, func(e *env, line *record, q decimal.Decimal) error {
		e.set(e.table("sale.order.line"), line, map[string]any{"qty_invoiced": q})
		return nil
	})
}

// onLine runs a change of an order's line as one transaction.
func (s *Server) onLine(order int64, lineXID, quantity string, change func(*env, *record, decimal.Decimal) error) error {
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
	e := s.system()
	if err := change(e, t.rows[x.res], q); err != nil {
		e.tx.rollback(0)
		return err
	}
	return nil
}

// system is the environment of what the server does itself, past access rights.
func (s *Server) system() *env {
	return &env{Server: s, tx: &transaction{store: s.store}, user: &user{id: 1, all: true}, su: true, ctx: map[string]any{}}
}

// ship delivers of a line's open move what lacks up to the quantity.
func (e *env) ship(line *record, q decimal.Decimal) error {
	t, moves, pickings := e.table("sale.order.line"), e.table("stock.move"), e.table("stock.picking")
	lacks := minus(q, t.num(line, "qty_delivered"))
	for _, id := range moves.by(moves.model.field("sale_line_id"), line.id) {
		m := moves.rows[id]
		picking := pickings.rows[moves.ref(m, "picking_id")]
		if !open(moves.str(m, "state")) || picking == nil || !lacks.IsPos() {
			continue
		}
		if err := e.setMoveQuantity(moves, m, lacks.Min(moves.num(m, "product_uom_qty"))); err != nil {
			return err
		}
		if e.series >= 17 {
			if err := e.setPicked(moves, m, true); err != nil {
				return err
			}
		}
		e.finish(picking, false)
		return nil
	}
	return nil
}

// evict drops the oldest orders and partners of a stub server.
func (s *Server) evict() {
	if s.keep == 0 {
		return
	}
	e := s.system()
	orders, partners := s.store.tables["sale.order"], s.store.tables["res.partner"]
	for len(orders.ids) > s.keep {
		e.forget(orders.ids[0])
		e.erase(orders, orders.ids[0])
	}
	// Partners stay longer than the orders that may point to them; the company's and users' own stay.
	for len(partners.ids) > 3*s.keep+s.own {
		e.erase(partners, partners.ids[s.own])
	}
}
