package shopifytest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
	"github.com/retailsync/retailsync/marketplace/shopify/internal/graphql"
)

// Fulfillments returns an order's fulfilments as the API shows them.
func (s *Server) Fulfillments(orderID string) []map[string]any {
	return objects(s.Order(orderID), "fulfillments")
}

// AssignLine has a line of an order shipped from a location of its own.
func (s *Server) AssignLine(orderID, lineID, location string) {
	s.Change(orderID, func(order map[string]any) {
		tasks := tasksOf(order)
		for _, t := range tasks {
			lines := objects(t, "lineItems", "nodes")
			for i, line := range lines {
				if line["lineItem"].(map[string]any)["id"] != "gid://shopify/LineItem/"+lineID {
					continue
				}
				t["lineItems"] = map[string]any{"nodes": anys(append(lines[:i:i], lines[i+1:]...))}
				order["fulfillmentOrders"] = map[string]any{"nodes": append(anys(tasks), taskNode(order, len(tasks), location, []any{line}))}
				return
			}
		}
	})
}

// SetTaskStatus gives all fulfillment orders of an order a status, such as "ON_HOLD".
func (s *Server) SetTaskStatus(orderID, status string) {
	s.Change(orderID, func(order map[string]any) {
		tasks := tasksOf(order)
		for _, t := range tasks {
			t["status"] = status
		}
		order["fulfillmentOrders"] = map[string]any{"nodes": anys(tasks)}
	})
}

// Fulfill ships units of an order's lines by hand, with a tracking number unless that is empty, and returns the number of the
// fulfilment.
func (s *Server) Fulfill(orderID string, units map[string]int, number string) string {
	id := s.nextFulfillment()
	s.Change(orderID, func(order map[string]any) {
		tasks := tasksOf(order)
		var lines []any
		for _, t := range tasks {
			for _, line := range objects(t, "lineItems", "nodes") {
				if quantity := units[numberOf(line["lineItem"])]; quantity > 0 {
					move(order, t, line, quantity)
					lines = append(lines, map[string]any{"quantity": quantity, "lineItem": line["lineItem"]})
				}
			}
		}
		order["fulfillmentOrders"] = map[string]any{"nodes": anys(tasks)}
		var info []any
		if number != "" {
			info = append(info, map[string]any{"company": "By hand", "number": number, "url": nil})
		}
		addFulfillment(order, id, lines, info)
	})
	return id
}

// CancelFulfillment cancels a fulfilment of an order.
func (s *Server) CancelFulfillment(orderID, id string) {
	s.Change(orderID, func(order map[string]any) {
		for _, f := range objects(order, "fulfillments") {
			if numberOf(f) == id {
				f["status"], f["displayStatus"] = "CANCELLED", "CANCELED"
			}
		}
	})
}

// OnFulfill is called before each fulfilment is made; for what happens just then.
func (s *Server) OnFulfill(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onFulfill = f
}

// objects are the objects of a list inside of an object.
func objects(object map[string]any, path ...string) []map[string]any {
	var found any = object
	for _, field := range path {
		inner, _ := found.(map[string]any)
		found = inner[field]
	}
	list, _ := found.([]any)
	all := make([]map[string]any, 0, len(list))
	for _, entry := range list {
		if inner, ok := entry.(map[string]any); ok {
			all = append(all, inner)
		}
	}
	return all
}

func anys(list []map[string]any) []any {
	all := make([]any, len(list))
	for i, entry := range list {
		all[i] = entry
	}
	return all
}

func numberOf(object any) string {
	fields, _ := object.(map[string]any)
	return number(fakeshop.Text(fields, "id"))
}

func intOf(value any) int {
	n, err := strconv.Atoi(fakeshop.Text(map[string]any{"n": value}, "n"))
	if err != nil {
		return 0
	}
	return n
}

// tasksOf are an order's fulfillment orders; one that never had any gets one for what is still to be shipped.
func tasksOf(order map[string]any) []map[string]any {
	if order["fulfillmentOrders"] != nil {
		return objects(order, "fulfillmentOrders", "nodes")
	}
	var lines []any
	for _, line := range objects(order, "lineItems", "nodes") {
		lines = append(lines, map[string]any{
			"id":                "gid://shopify/FulfillmentOrderLineItem/" + numberOf(line) + "7",
			"remainingQuantity": intOf(line["unfulfilledQuantity"]), "lineItem": map[string]any{"id": line["id"]},
		})
	}
	first, _ := taskNode(order, 0, Location, lines).(map[string]any)
	return []map[string]any{first}
}

func taskNode(order map[string]any, place int, location string, lines []any) any {
	return map[string]any{
		"id": fmt.Sprintf("gid://shopify/FulfillmentOrder/%s%d", numberOf(order), place+1), "status": "OPEN",
		"assignedLocation": map[string]any{"location": map[string]any{"id": "gid://shopify/Location/" + location, "isActive": true}},
		"lineItems":        map[string]any{"nodes": lines},
	}
}

// move takes units off what is still to be shipped.
func move(order, task, line map[string]any, units int) {
	line["remainingQuantity"] = intOf(line["remainingQuantity"]) - units
	open := 0
	for _, other := range objects(task, "lineItems", "nodes") {
		open += intOf(other["remainingQuantity"])
	}
	if task["status"] = "IN_PROGRESS"; open == 0 {
		task["status"] = "CLOSED"
	}
	left := 0
	for _, item := range objects(order, "lineItems", "nodes") {
		if numberOf(item) == numberOf(line["lineItem"]) {
			item["unfulfilledQuantity"] = intOf(item["unfulfilledQuantity"]) - units
		}
		left += intOf(item["unfulfilledQuantity"])
	}
	if order["displayFulfillmentStatus"] = "PARTIALLY_FULFILLED"; left == 0 {
		order["displayFulfillmentStatus"] = "FULFILLED"
	}
}

// nextFulfillment is the number of the next fulfilment. Nothing is locked while an order changes, since others look at orders
// while they hold the lock.
func (s *Server) nextFulfillment() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parcels++
	return strconv.Itoa(70_000 + s.parcels)
}

// addFulfillment adds a fulfilment to an order.
func addFulfillment(order map[string]any, id string, lines, info []any) {
	list, _ := order["fulfillments"].([]any)
	order["fulfillments"] = append(list, map[string]any{
		"id": "gid://shopify/Fulfillment/" + id, "status": "SUCCESS", "displayStatus": "FULFILLED",
		"createdAt": time.Now().UTC().Format(time.RFC3339), "trackingInfo": info, "fulfillmentLineItems": map[string]any{"nodes": lines},
	})
}

// orderOf is the number of the order that an object of a list belongs to.
func (s *Server) orderOf(list func(order map[string]any) []map[string]any, id any) string {
	for _, row := range s.shop.Rows(func(fakeshop.Row) bool { return true }, less) {
		for _, object := range list(row.Order) {
			if object["id"] == id {
				return row.ID
			}
		}
	}
	return ""
}

func fulfillmentsOf(order map[string]any) []map[string]any { return objects(order, "fulfillments") }

func (s *Server) fulfillmentOrders(parent, _ graphql.Object) (any, error) {
	return graphql.Object{"nodes": anys(tasksOf(parent))}, nil
}

func (s *Server) fulfillmentOrder(_, arguments graphql.Object) (any, error) {
	for _, t := range tasksOf(s.Order(s.orderOf(tasksOf, arguments["id"]))) {
		if t["id"] == arguments["id"] {
			return t, nil
		}
	}
	return nil, nil
}

// refusedInput is the answer of a mutation whose errors have no code.
func refusedInput(message string, path ...any) graphql.Object {
	return graphql.Object{"userErrors": []any{graphql.Object{"field": path, "message": message}}}
}

// createFulfillment ships units of the fulfillment orders of one order that are assigned to one location.
func (s *Server) createFulfillment(_, arguments graphql.Object) (any, error) {
	s.mu.Lock()
	hook := s.onFulfill
	s.mu.Unlock()
	if hook != nil {
		hook()
	}
	input, _ := arguments["fulfillment"].(map[string]any)
	groups := objects(input, "lineItemsByFulfillmentOrder")
	if len(groups) == 0 {
		return refusedInput("Fulfillment orders can't be blank", "fulfillment"), nil
	}
	orderID := s.orderOf(tasksOf, groups[0]["fulfillmentOrderId"])
	if orderID == "" {
		return refusedInput("Fulfillment order does not exist.", "fulfillment"), nil
	}
	id := s.nextFulfillment()
	var refusal string
	var made any
	s.Change(orderID, func(order map[string]any) {
		var lines []any
		trial := copied(order) // a refusal leaves nothing behind
		if refusal = shipGroups(trial, tasksOf(trial), groups, &lines); refusal != "" {
			return
		}
		tasks := tasksOf(order)
		lines = nil
		shipGroups(order, tasks, groups, &lines)
		order["fulfillmentOrders"] = map[string]any{"nodes": anys(tasks)}
		addFulfillment(order, id, lines, trackingOf(input["trackingInfo"]))
		for _, f := range fulfillmentsOf(order) {
			if numberOf(f) == id {
				made = f
			}
		}
	})
	if refusal != "" {
		return refusedInput(refusal, "fulfillment"), nil
	}
	return graphql.Object{"fulfillment": made, "userErrors": []any{}}, nil
}

func copied(order map[string]any) map[string]any {
	var other map[string]any
	if text, err := json.Marshal(order); err != nil || json.Unmarshal(text, &other) != nil {
		return map[string]any{}
	}
	return other
}

// shipGroups ships what a call asks for, or says why not.
func shipGroups(order map[string]any, tasks, groups []map[string]any, lines *[]any) string {
	var place any
	for _, group := range groups {
		var task map[string]any
		for _, t := range tasks {
			if t["id"] == group["fulfillmentOrderId"] {
				task = t
			}
		}
		if task == nil {
			return "Fulfillment order does not exist."
		}
		if status := fakeshop.Text(task, "status"); status != "OPEN" && status != "IN_PROGRESS" {
			return fmt.Sprintf("Fulfillment order %s has an unfulfillable status= %s.", numberOf(task), status)
		}
		location := task["assignedLocation"].(map[string]any)["location"].(map[string]any)["id"]
		if place != nil && place != location {
			return "All fulfillment orders must be assigned to a single location. Multiple locations were found."
		}
		place = location
		for _, wanted := range objects(group, "fulfillmentOrderLineItems") {
			var line map[string]any
			for _, entry := range objects(task, "lineItems", "nodes") {
				if entry["id"] == wanted["id"] {
					line = entry
				}
			}
			units := intOf(wanted["quantity"])
			switch {
			case units <= 0:
				return "Quantity must be greater than 0"
			case line == nil:
				return "Fulfillment order line item does not exist."
			case units > intOf(line["remainingQuantity"]):
				return "Invalid fulfillment order line item quantity requested."
			}
			move(order, task, line, units)
			*lines = append(*lines, map[string]any{"quantity": units, "lineItem": line["lineItem"]})
		}
	}
	return ""
}

// trackingOf is what a fulfilment shows of its input.
func trackingOf(input any) []any {
	fields, _ := input.(map[string]any)
	numbers, _ := fields["numbers"].([]any)
	urls, _ := fields["urls"].([]any)
	info := []any{}
	for i, number := range numbers {
		entry := map[string]any{"company": fields["company"], "number": number, "url": nil}
		if i < len(urls) {
			entry["url"] = urls[i]
		}
		info = append(info, entry)
	}
	return info
}

// changeFulfillment changes a fulfilment and returns it, nil if there is none.
func (s *Server) changeFulfillment(id any, change func(map[string]any)) any {
	var found any
	s.Change(s.orderOf(fulfillmentsOf, id), func(order map[string]any) {
		for _, f := range fulfillmentsOf(order) {
			if f["id"] == id {
				change(f)
				found = f
			}
		}
	})
	return found
}

func (s *Server) trackFulfillment(_, arguments graphql.Object) (any, error) {
	changed := s.changeFulfillment(arguments["fulfillmentId"], func(f map[string]any) { f["trackingInfo"] = trackingOf(arguments["trackingInfoInput"]) })
	if changed == nil {
		return refusedInput("Fulfillment does not exist.", "fulfillmentId"), nil
	}
	return graphql.Object{"fulfillment": changed, "userErrors": []any{}}, nil
}

// addEvent adds an event to a fulfilment. Shopify takes the same one again and again.
func (s *Server) addEvent(_, arguments graphql.Object) (any, error) {
	event, _ := arguments["fulfillmentEvent"].(map[string]any)
	if s.changeFulfillment(event["fulfillmentId"], func(f map[string]any) {
		f["displayStatus"] = event["status"]
		if event["status"] == "DELIVERED" {
			f["deliveredAt"] = event["happenedAt"]
		}
		f["testEvents"] = intOf(f["testEvents"]) + 1
	}) == nil {
		return refusedInput("Fulfillment does not exist.", "fulfillmentEvent", "fulfillmentId"), nil
	}
	return graphql.Object{"fulfillmentEvent": graphql.Object{"id": "gid://shopify/FulfillmentEvent/1"}, "userErrors": []any{}}, nil
}

// Events counts the events of an order's fulfilments.
func (s *Server) Events(orderID string) int {
	events := 0
	for _, f := range s.Fulfillments(orderID) {
		events += intOf(f["testEvents"])
	}
	return events
}

// node finds an object of any kind that this shop has by that way.
func (s *Server) node(_, arguments graphql.Object) (any, error) {
	if edit := s.editOf(arguments["id"]); edit != nil {
		return edit.node(), nil
	}
	if node := s.moneyNode(arguments["id"]); node != nil {
		return node, nil
	}
	return nil, nil
}

func jsonInt(n int) json.Number { return json.Number(strconv.Itoa(n)) }
