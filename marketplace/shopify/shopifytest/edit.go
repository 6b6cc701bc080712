package shopifytest

import (
	"fmt"
	"strconv"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
	"github.com/retailsync/retailsync/marketplace/shopify/internal/graphql"
)

// edit is an edit of an order that was begun: the quantities of its lines now, and how many may be removed.
type edit struct {
	id, order string
	lines     []editedLine
	// version is the order's time of change at the beginning.
	version string
}

type editedLine struct {
	id                 string
	quantity, editable int
}

// LockOrder makes the shop refuse to edit an order.
func (s *Server) LockOrder(orderID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locked[orderID] = true
}

// OnEdit is called after each edit that is begun; for what happens just then.
func (s *Server) OnEdit(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onEdit = f
}

// Edits counts the edits of an order that were committed, and the last note for the staff.
func (s *Server) Edits(orderID string) (count int, note string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.edited[orderID].writes, s.edited[orderID].value
}

func (e *edit) node() graphql.Object {
	nodes := []any{}
	for _, line := range e.lines {
		nodes = append(nodes, graphql.Object{"id": line.id, "quantity": jsonInt(line.quantity), "editableQuantity": jsonInt(line.editable)})
	}
	return graphql.Object{"__typename": "CalculatedOrder", "id": e.id, "lineItems": graphql.Object{"nodes": nodes}}
}

// editOf finds an edit by its global id.
func (s *Server) editOf(id any) *edit {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.edits {
		if e.id == id {
			return e
		}
	}
	return nil
}

func (s *Server) beginEdit(_, arguments graphql.Object) (any, error) {
	id := ownID("Order", arguments["id"])
	order := s.Order(id)
	if order == nil {
		return refusedInput("The order does not exist.", "id"), nil
	}
	s.mu.Lock()
	hook := s.onEdit
	s.mu.Unlock()
	if hook != nil {
		defer hook()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locked[id] || order["cancelledAt"] != nil {
		return refusedInput("The order cannot be edited."), nil
	}
	begun := &edit{id: fmt.Sprintf("gid://shopify/CalculatedOrder/%d", len(s.edits)+1), order: id, version: fakeshop.Text(order, "updatedAt")}
	for _, line := range objects(order, "lineItems", "nodes") {
		begun.lines = append(begun.lines, editedLine{
			id: "gid://shopify/CalculatedLineItem/" + numberOf(line), quantity: intOf(line["currentQuantity"]), editable: intOf(line["unfulfilledQuantity"]),
		})
	}
	s.edits = append(s.edits, begun)
	return graphql.Object{"calculatedOrder": begun.node(), "userErrors": []any{}}, nil
}

func (s *Server) editQuantity(_, arguments graphql.Object) (any, error) {
	begun := s.editOf(arguments["id"])
	if begun == nil {
		return refusedInput("The calculated order does not exist.", "id"), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range begun.lines {
		line := &begun.lines[i]
		if line.id != arguments["lineItemId"] {
			continue
		}
		wanted := intOf(arguments["quantity"])
		removed := line.quantity - wanted
		switch {
		case wanted < 0:
			return refusedInput("must be greater than or equal to 0", "quantity"), nil
		case removed > line.editable || removed < 0:
			return refusedInput("cannot remove fulfilled units", "quantity"), nil
		}
		line.quantity, line.editable = wanted, line.editable-removed
		return graphql.Object{"calculatedLineItem": graphql.Object{"id": line.id, "quantity": jsonInt(line.quantity), "editableQuantity": jsonInt(line.editable)}, "userErrors": []any{}}, nil
	}
	return refusedInput("The line item does not exist on the order.", "lineItemId"), nil
}

// commitEdit changes the order. Prices of what was removed are taken off its present total; discounts and taxes are not.
func (s *Server) commitEdit(_, arguments graphql.Object) (any, error) {
	begun := s.editOf(arguments["id"])
	if begun == nil {
		return refusedInput("The calculated order does not exist.", "id"), nil
	}
	if fakeshop.Text(s.Order(begun.order), "updatedAt") != begun.version {
		return refusedInput("The order has been changed since the edit was begun.", "id"), nil
	}
	s.Change(begun.order, func(order map[string]any) {
		tasks := tasksOf(order)
		for _, staged := range begun.lines {
			for _, line := range objects(order, "lineItems", "nodes") {
				removed := intOf(line["currentQuantity"]) - staged.quantity
				if numberOf(line) != number(staged.id) || removed <= 0 {
					continue
				}
				line["currentQuantity"], line["unfulfilledQuantity"] = staged.quantity, intOf(line["unfulfilledQuantity"])-removed
				order["currentTotalPriceSet"] = without(order["currentTotalPriceSet"], line["originalUnitPriceSet"], removed)
				takeOff(tasks, numberOf(line), removed)
			}
		}
		order["fulfillmentOrders"] = map[string]any{"nodes": anys(tasks)}
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	note, _ := arguments["staffNote"].(string)
	s.edited[begun.order] = reference{value: note, writes: s.edited[begun.order].writes + 1}
	return graphql.Object{"order": graphql.Object{"id": "gid://shopify/Order/" + begun.order}, "userErrors": []any{}}, nil
}

// takeOff lowers what is to be shipped of a line.
func takeOff(tasks []map[string]any, line string, units int) {
	for _, t := range tasks {
		for _, entry := range objects(t, "lineItems", "nodes") {
			if numberOf(entry["lineItem"]) == line {
				taken := min(units, intOf(entry["remainingQuantity"]))
				entry["remainingQuantity"] = intOf(entry["remainingQuantity"]) - taken
				units -= taken
			}
		}
	}
}

// without is an amount less so many times another one, in both currencies.
func without(total, price any, units int) any {
	sides, _ := total.(map[string]any)
	prices, _ := price.(map[string]any)
	result := map[string]any{}
	for side, money := range sides {
		fields, _ := money.(map[string]any)
		amount, err1 := decimal.Parse(fmt.Sprint(fields["amount"]))
		unit, err2 := decimal.Parse(fmt.Sprint(prices[side].(map[string]any)["amount"]))
		count, err3 := decimal.Parse(strconv.Itoa(units))
		if err1 != nil || err2 != nil || err3 != nil {
			return total
		}
		sum, err := unit.Mul(count)
		if err == nil {
			amount, err = amount.Sub(sum)
		}
		if err != nil {
			return total
		}
		result[side] = map[string]any{"amount": amount.String(), "currencyCode": fields["currencyCode"]}
	}
	return result
}
