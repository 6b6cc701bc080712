package shopifytest

import (
	"fmt"
	"time"

	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
	"github.com/retailsync/retailsync/marketplace/shopify/internal/graphql"
)

// ReturnedLine is a line of a return: so many units of a line of the order.
type ReturnedLine struct {
	// LineID is the number of the order's line, SKU its article.
	LineID, SKU string
	Units       int
	// Cents is what the line costs after discounts, Fee what is kept back for restocking it; 0 for no fee.
	Cents, Fee int
}

// AddReturn makes a return that waits for a decision and returns its number, which is empty if there is no such order. A line's
// number is that of the return with two digits more, from 01.
func (s *Server) AddReturn(orderID string, lines ...ReturnedLine) string {
	s.mu.Lock()
	s.returns++
	number := 8_000_000 + s.returns
	s.mu.Unlock()
	nodes, reverse := []any{}, []any{}
	for i, line := range lines {
		id := number*100 + i + 1
		shipped := map[string]any{
			"id":       fmt.Sprintf("gid://shopify/FulfillmentLineItem/%d", id),
			"lineItem": map[string]any{"id": "gid://shopify/LineItem/" + line.LineID, "sku": line.SKU},
		}
		node := map[string]any{
			"__typename": "ReturnLineItem", "id": fmt.Sprintf("gid://shopify/ReturnLineItem/%d", id), "quantity": line.Units,
			"returnReasonDefinition": map[string]any{"handle": "too-small"}, "fulfillmentLineItem": shipped, "withCodeDiscountedTotalPriceSet": money(line.Cents),
		}
		if line.Fee > 0 {
			node["restockingFee"] = map[string]any{"amountSet": money(line.Fee)}
		}
		nodes = append(nodes, node)
		reverse = append(reverse, map[string]any{
			"id": fmt.Sprintf("gid://shopify/ReverseFulfillmentOrderLineItem/%d", id), "totalQuantity": line.Units, "fulfillmentLineItem": shipped, "dispositions": []any{},
		})
	}
	id, now := fmt.Sprint(number), s.shop.Now().Format(time.RFC3339)
	made := s.Change(orderID, func(order map[string]any) {
		all := objects(order, "returns", "nodes")
		all = append(all, map[string]any{
			"id": "gid://shopify/Return/" + id, "name": fmt.Sprintf("%v-R%d", order["name"], len(all)+1), "status": "REQUESTED",
			"createdAt": now, "returnLineItems": map[string]any{"nodes": nodes},
			"waiting": reverse, // what comes to be when the return is approved
		})
		order["returns"] = map[string]any{"nodes": anys(all)}
	})
	if !made {
		return ""
	}
	return id
}

// ChangeReturn edits a return by its number, as the API shows it; the time of its order moves. It is false if there is no such
// return.
func (s *Server) ChangeReturn(id string, edit func(ret map[string]any)) bool {
	orderID := s.orderOfReturn(id)
	return s.Change(orderID, func(order map[string]any) {
		for _, one := range objects(order, "returns", "nodes") {
			if one["id"] == "gid://shopify/Return/"+id {
				edit(one)
			}
		}
	})
}

// Return is a return as the API shows it, nil if there is none.
func (s *Server) Return(id string) map[string]any {
	for _, one := range objects(s.Order(s.orderOfReturn(id)), "returns", "nodes") {
		if one["id"] == "gid://shopify/Return/"+id {
			return one
		}
	}
	return nil
}

// ReturnWrites counts the changes that the API has made to a return.
func (s *Server) ReturnWrites(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.returnWrites[id]
}

func (s *Server) orderOfReturn(id string) string {
	rows := s.shop.Rows(func(row fakeshop.Row) bool {
		for _, one := range objects(row.Order, "returns", "nodes") {
			if one["id"] == "gid://shopify/Return/"+id {
				return true
			}
		}
		return false
	}, less)
	if len(rows) == 0 {
		return ""
	}
	return rows[0].ID
}

func money(cents int) map[string]any {
	amount := map[string]any{"amount": fmt.Sprintf("%d.%02d", cents/100, cents%100), "currencyCode": Currency}
	return map[string]any{"shopMoney": amount, "presentmentMoney": amount}
}

func (s *Server) returnByID(_, arguments graphql.Object) (any, error) {
	if one := s.Return(ownID("Return", arguments["id"])); one != nil {
		return one, nil
	}
	return nil, nil
}

func (s *Server) returningOrder(parent, _ graphql.Object) (any, error) {
	return s.Order(s.orderOfReturn(ownID("Return", parent["id"]))), nil
}

func returnRefused(code, message string) (any, error) {
	return graphql.Object{"userErrors": []any{graphql.Object{"field": []any{"id"}, "message": message, "code": code}}}, nil
}

// moveReturn brings a return from one of some states to another.
func (s *Server) moveReturn(id string, from []string, edit func(ret map[string]any)) (any, error) {
	one := s.Return(id)
	if one == nil {
		return returnRefused("NOT_FOUND", "Return not found.")
	}
	for _, state := range from {
		if one["status"] != state {
			continue
		}
		s.ChangeReturn(id, edit)
		s.countReturn(id)
		return graphql.Object{"return": s.Return(id), "userErrors": []any{}}, nil
	}
	return returnRefused("INVALID_STATE", fmt.Sprintf("Return is not in a valid state: it is %v.", one["status"]))
}

func (s *Server) countReturn(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.returnWrites == nil {
		s.returnWrites = map[string]int{}
	}
	s.returnWrites[id]++
}

// Approve approves a return as a person does.
func (s *Server) Approve(id string) bool {
	now := s.shop.Now()
	return s.ChangeReturn(id, func(ret map[string]any) { open(ret, now) })
}

// open approves a return: what is to come back is known to the shop's warehouse then.
func open(ret map[string]any, now time.Time) {
	ret["status"], ret["requestApprovedAt"] = "OPEN", now.Format(time.RFC3339)
	ret["reverseFulfillmentOrders"] = map[string]any{"nodes": []any{map[string]any{
		"id": "gid://shopify/ReverseFulfillmentOrder/" + number(fmt.Sprint(ret["id"])), "lineItems": map[string]any{"nodes": ret["waiting"]},
	}}}
}

func (s *Server) approveReturn(_, arguments graphql.Object) (any, error) {
	input, _ := arguments["input"].(map[string]any)
	now := s.shop.Now()
	return s.moveReturn(ownID("Return", input["id"]), []string{"REQUESTED"}, func(ret map[string]any) { open(ret, now) })
}

func (s *Server) declineReturn(_, arguments graphql.Object) (any, error) {
	input, _ := arguments["input"].(map[string]any)
	return s.moveReturn(ownID("Return", input["id"]), []string{"REQUESTED"}, func(ret map[string]any) {
		ret["status"], ret["decline"] = "DECLINED", map[string]any{"reason": input["declineReason"], "note": input["declineNote"]}
	})
}

func (s *Server) closeReturn(_, arguments graphql.Object) (any, error) {
	now := s.shop.Now().Format(time.RFC3339)
	return s.moveReturn(ownID("Return", arguments["id"]), []string{"OPEN"}, func(ret map[string]any) {
		ret["status"], ret["closedAt"] = "CLOSED", now
	})
}

// dispose notes what was found in units: all of it, or none if one is refused.
func (s *Server) dispose(_, arguments graphql.Object) (any, error) {
	inputs, _ := arguments["dispositionInputs"].([]any)
	var id string
	var disposed []any
	for _, row := range s.shop.Rows(func(fakeshop.Row) bool { return true }, less) {
		for _, one := range objects(row.Order, "returns", "nodes") {
			for _, input := range inputs {
				fields, _ := input.(map[string]any)
				if reverseLine(one, fields["reverseFulfillmentOrderLineItemId"]) != nil {
					id = number(fmt.Sprint(one["id"]))
				}
			}
		}
	}
	refused := ""
	s.ChangeReturn(id, func(ret map[string]any) {
		before := copied(ret)
		for _, input := range inputs {
			fields, _ := input.(map[string]any)
			line := reverseLine(ret, fields["reverseFulfillmentOrderLineItemId"])
			if line == nil {
				refused = "Reverse fulfillment order line item not found."
				break
			}
			left := intOf(line["totalQuantity"])
			list, _ := line["dispositions"].([]any)
			for _, done := range list {
				object, _ := done.(map[string]any)
				left -= intOf(object["quantity"])
			}
			switch {
			case intOf(fields["quantity"]) < 1 || intOf(fields["quantity"]) > left:
				refused = "Quantity exceeds the quantity that is left to be disposed."
			case fields["dispositionType"] == "RESTOCKED" && fields["locationId"] == nil:
				refused = "Location is required for restocked items."
			}
			entry := map[string]any{"type": fields["dispositionType"], "quantity": fields["quantity"]}
			if fields["locationId"] != nil {
				entry["location"] = map[string]any{"id": fields["locationId"]}
			}
			line["dispositions"] = append(list, entry)
			disposed = append(disposed, line)
		}
		if refused != "" {
			for key := range ret {
				delete(ret, key)
			}
			for key, value := range before {
				ret[key] = value
			}
		}
	})
	if id == "" || refused != "" {
		return returnRefused("INVALID", "Reverse fulfillment order: "+refused)
	}
	s.countReturn(id)
	return graphql.Object{"reverseFulfillmentOrderLineItems": disposed, "userErrors": []any{}}, nil
}

func reverseLine(ret map[string]any, id any) map[string]any {
	for _, reverse := range objects(ret, "reverseFulfillmentOrders", "nodes") {
		for _, line := range objects(reverse, "lineItems", "nodes") {
			if line["id"] == id {
				return line
			}
		}
	}
	return nil
}
