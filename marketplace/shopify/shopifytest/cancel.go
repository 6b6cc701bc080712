package shopifytest

import (
	"fmt"
	"time"

	"github.com/retailsync/retailsync/marketplace/shopify/internal/graphql"
)

// cancelJob is a cancellation that the shop works on.
type cancelJob struct {
	order, reason string
	looks         int
	done          bool
}

// DelayCancel makes the cancellations that are asked for from now on be carried out after so many looks; below 0 they never are,
// and their jobs end without having done anything.
func (s *Server) DelayCancel(looks int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancelLooks = looks
}

// cancelOrder begins to cancel an order.
func (s *Server) cancelOrder(_, arguments graphql.Object) (any, error) {
	refuse := func(field, code, message string) (any, error) {
		return graphql.Object{"orderCancelUserErrors": []any{graphql.Object{"field": []any{field}, "message": message, "code": code}}}, nil
	}
	id := ownID("Order", arguments["orderId"])
	order := s.Order(id)
	note, _ := arguments["staffNote"].(string)
	method, _ := arguments["refundMethod"].(map[string]any)
	switch {
	case order == nil:
		return refuse("orderId", "NOT_FOUND", "Order does not exist")
	case len([]rune(note)) > 255:
		return refuse("staffNote", "INVALID", "Staff note is too long. Maximum length is 255 characters.")
	case order["cancelledAt"] != nil:
		return refuse("orderId", "INVALID", "Cannot cancel an order that has already been canceled")
	case method["originalPaymentMethodsRefund"] == true || arguments["restock"] == true:
		return nil, &failure{"BAD_REQUEST", "this shop neither refunds nor restocks"}
	}
	for _, f := range fulfillmentsOf(order) {
		if f["status"] != "CANCELLED" {
			return refuse("orderId", "INVALID", "Cannot cancel an order that has outstanding fulfillments")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs = append(s.jobs, &cancelJob{order: id, reason: fmt.Sprint(arguments["reason"]), looks: s.cancelLooks})
	return graphql.Object{"job": graphql.Object{"id": fmt.Sprintf("gid://shopify/Job/%d", len(s.jobs)), "done": false}, "orderCancelUserErrors": []any{}}, nil
}

// Cancellations counts how often the shop was made to cancel an order.
func (s *Server) Cancellations(orderID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := 0
	for _, job := range s.jobs {
		if job.order == orderID {
			count++
		}
	}
	return count
}

// CancelOrder cancels an order as a person does.
func (s *Server) CancelOrder(orderID string) { s.cancel(orderID, "OTHER") }

// CancelledUnits are the units of an order that will not be shipped any more, by line; those of which none are, are left
// out.
func (s *Server) CancelledUnits(orderID string) map[string]int {
	units := map[string]int{}
	order := s.Order(orderID)
	for _, line := range objects(order, "lineItems", "nodes") {
		gone := intOf(line["quantity"]) - intOf(line["currentQuantity"])
		if order["cancelledAt"] != nil {
			gone = intOf(line["quantity"])
		}
		if gone > 0 {
			units[numberOf(line)] = gone
		}
	}
	return units
}

// work carries out what is due, as each look of somebody comes.
func (s *Server) work() {
	s.mu.Lock()
	var due []*cancelJob
	for _, job := range s.jobs {
		if job.done {
			continue
		}
		if job.looks > 0 {
			job.looks--
			continue
		}
		if job.done = true; job.looks == 0 {
			due = append(due, job)
		}
	}
	s.mu.Unlock()
	for _, job := range due {
		s.cancel(job.order, job.reason)
	}
}

func (s *Server) cancel(orderID, reason string) {
	now := s.shop.Now().Format(time.RFC3339)
	s.Change(orderID, func(order map[string]any) {
		order["cancelledAt"], order["closedAt"], order["cancelReason"] = now, now, reason
		order["currentTotalPriceSet"], order["currentTotalTaxSet"] = zeroOf(order["totalPriceSet"]), zeroOf(order["totalTaxSet"])
		tasks := tasksOf(order)
		for _, t := range tasks {
			t["status"] = "CLOSED"
			for _, line := range objects(t, "lineItems", "nodes") {
				line["remainingQuantity"] = 0
			}
		}
		order["fulfillmentOrders"] = map[string]any{"nodes": anys(tasks)}
	})
}

// zeroOf is nothing, in both currencies of an amount.
func zeroOf(amount any) any {
	sides, _ := amount.(map[string]any)
	result := map[string]any{}
	for side, money := range sides {
		fields, _ := money.(map[string]any)
		result[side] = map[string]any{"amount": "0.0", "currencyCode": fields["currencyCode"]}
	}
	return result
}

func (s *Server) job(_, arguments graphql.Object) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, job := range s.jobs {
		if id := fmt.Sprintf("gid://shopify/Job/%d", i+1); id == arguments["id"] {
			return graphql.Object{"id": id, "done": job.done}, nil
		}
	}
	return nil, nil
}
