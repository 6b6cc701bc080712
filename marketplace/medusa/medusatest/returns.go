package medusatest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
)

// back is what the shop knows of what comes back, beside the returns in the orders.
type back struct {
	made      int
	changes   map[string][]map[string]any // by order
	exchanges []map[string]any
	claims    []map[string]any
}

// serveReturns serves returns, exchanges and claims as Medusa does: a receipt is an open change of the order, of which there is one
// at most; a receipt of a return without a location fails half-way; the quantities of a return's item are those of the last
// receipt; a return whose way back has a fulfilment cannot be cancelled before that.
func (s *Server) serveReturns(mux *http.ServeMux) {
	s.back.changes = map[string][]map[string]any{}
	mux.HandleFunc("GET /admin/returns/{return}", func(w http.ResponseWriter, r *http.Request) {
		if _, one := s.returnOf(r.PathValue("return")); one != nil {
			write(w, map[string]any{"return": one})
			return
		}
		refuse(w, http.StatusNotFound, "not_found", "Return id not found: "+r.PathValue("return"))
	})
	mux.HandleFunc("POST /admin/returns/{return}", s.setReturn)
	mux.HandleFunc("POST /admin/returns/{return}/receive", s.beginReceipt)
	mux.HandleFunc("DELETE /admin/returns/{return}/receive", s.dropReceipt)
	mux.HandleFunc("POST /admin/returns/{return}/receive-items", func(w http.ResponseWriter, r *http.Request) { s.receiveItems(w, r, "RECEIVE_RETURN_ITEM") })
	mux.HandleFunc("POST /admin/returns/{return}/dismiss-items", func(w http.ResponseWriter, r *http.Request) { s.receiveItems(w, r, "RECEIVE_DAMAGED_RETURN_ITEM") })
	mux.HandleFunc("POST /admin/returns/{return}/receive/confirm", s.confirmReceipt)
	mux.HandleFunc("POST /admin/returns/{return}/cancel", s.cancelReturn)
	mux.HandleFunc("POST /admin/fulfillments/{fulfillment}/cancel", s.cancelWayBack)
	for name, list := range map[string]*[]map[string]any{"exchange": &s.back.exchanges, "claim": &s.back.claims} {
		mux.HandleFunc("GET /admin/"+name+"s", func(w http.ResponseWriter, r *http.Request) {
			s.writing.Lock()
			defer s.writing.Unlock()
			found := []any{}
			for _, one := range *list {
				if order := r.URL.Query().Get("order_id"); order == "" || one["order_id"] == order {
					found = append(found, one)
				}
			}
			write(w, map[string]any{name + "s": found, "count": len(found), "offset": 0, "limit": 200})
		})
		mux.HandleFunc("GET /admin/"+name+"s/{id}", func(w http.ResponseWriter, r *http.Request) {
			s.writing.Lock()
			defer s.writing.Unlock()
			for _, one := range *list {
				if one["id"] == r.PathValue("id") {
					write(w, map[string]any{name: one})
					return
				}
			}
			refuse(w, http.StatusNotFound, "not_found", name+" id not found: "+r.PathValue("id"))
		})
	}
}

// AskReturn makes a return of units by line of an order, as a shopper asks for it, and returns its id: it has no location, and a
// fulfilment of the way back. It is empty if there is no such order.
func (s *Server) AskReturn(order string, units map[string]int) string {
	return s.makeReturn(order, units, nil)
}

// Exchange makes an exchange of units by line for units of a new line, each at so much net with 25 % tax, as a person of the shop
// does; the way back costs the buyer the fee, net. It returns the ids of the exchange, of its return and of the new line.
func (s *Server) Exchange(order string, units map[string]int, sku, price string, quantity int, fee string) (exchange, returned, line string) {
	s.mu.Lock()
	s.back.made++
	exchange = fmt.Sprintf("oexc_%05d", s.back.made)
	s.mu.Unlock()
	line = exchange + "_line"
	returned = s.makeReturn(order, units, map[string]any{"exchange_id": exchange, "created_by": "user_1", "location_id": "sloc_main"})
	s.writing.Lock()
	defer s.writing.Unlock()
	now := s.shop.Now().Format(millis)
	s.back.exchanges = append(s.back.exchanges, map[string]any{
		"id": exchange, "order_id": order, "return_id": returned, "display_id": 1, "created_at": now, "updated_at": now, "canceled_at": nil,
		"additional_items": []any{map[string]any{"id": exchange + "_item", "item_id": line, "quantity": quantity}},
	})
	s.Change(order, func(order map[string]any) {
		var bought map[string]any
		_ = json.Unmarshal([]byte(item(line, sku, price, quantity, now)), &bought)
		order["items"] = append(list(order["items"]), bought)
		order["shipping_methods"] = append(list(order["shipping_methods"]), map[string]any{
			"id": exchange + "_sm", "name": "Return by post", "amount": json.Number(fee), "created_at": now, "is_tax_inclusive": false,
			"tax_lines": []any{map[string]any{"code": "SE25", "rate": 25}}, "adjustments": []any{},
			"detail": map[string]any{"return_id": returned, "exchange_id": exchange},
		})
		total := decimal.MustParse(fmt.Sprint(order["total"]))
		var c exact.Calc
		for _, net := range []decimal.Decimal{decimal.MustParse(fee), c.Mul(decimal.MustParse(price), decimal.MustNew(int64(quantity), 0))} {
			total = c.Add(total, c.Mul(net, decimal.MustParse("1.25")))
		}
		if c.Err() == nil { // else the numbers are beyond what any shop has
			order["total"] = json.Number(total.String())
		}
	})
	return exchange, returned, line
}

// Claim makes a claim for the money of units by line that the buyer keeps, and returns its id.
func (s *Server) Claim(order string, units map[string]int) string {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	s.back.made++
	id := fmt.Sprintf("claim_%05d", s.back.made)
	s.mu.Unlock()
	now := s.shop.Now().Format(millis)
	items := []any{}
	s.Change(order, func(order map[string]any) {
		for _, line := range sortedKeys(units) {
			items = append(items, map[string]any{"id": id + "_" + line, "item_id": line, "quantity": units[line], "reason": "wrong_item"})
			if bought := itemOf(order, line); bought != nil {
				detail(bought)["written_off_quantity"] = amount(detail(bought), "written_off_quantity") + units[line]
			}
		}
	})
	s.back.claims = append(s.back.claims, map[string]any{
		"id": id, "type": "refund", "order_id": order, "display_id": 1, "created_at": now, "updated_at": now, "canceled_at": nil,
		"claim_items": items, "additional_items": []any{},
	})
	return id
}

// Receipts are the quantities of a return's lines, by line of the order, that were received and dismissed, and how many receipts
// there were.
func (s *Server) Receipts(returned string) (good, dismissed map[string]int, receipts int) {
	order, _ := s.returnOf(returned)
	s.writing.Lock()
	defer s.writing.Unlock()
	good, dismissed = map[string]int{}, map[string]int{}
	for _, change := range s.back.changes[order] {
		if change["return_id"] != returned || change["change_type"] != "return_receive" || change["status"] != "confirmed" {
			continue
		}
		receipts++
		for _, action := range objects(change["actions"]) {
			details, _ := action["details"].(map[string]any)
			into := good
			if action["action"] == "RECEIVE_DAMAGED_RETURN_ITEM" {
				into = dismissed
			}
			into[fmt.Sprint(details["reference_id"])] += amount(details, "quantity")
		}
	}
	return good, dismissed, receipts
}

func sortedKeys(units map[string]int) []string {
	var keys []string
	for key := range units {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func (s *Server) makeReturn(orderID string, units map[string]int, with map[string]any) string {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	s.back.made++
	number := s.back.made
	s.mu.Unlock()
	id, now := fmt.Sprintf("return_%05d", number), s.shop.Now().Format(millis)
	items := []any{}
	found := s.Change(orderID, func(order map[string]any) {
		for n, line := range sortedKeys(units) {
			items = append(items, map[string]any{
				"id": fmt.Sprintf("%s_%d", id, n), "item_id": line, "quantity": units[line], "received_quantity": 0, "damaged_quantity": 0,
				"updated_at": now, "reason": map[string]any{"value": "wrong-size", "label": "Wrong size"},
			})
			if bought := itemOf(order, line); bought != nil {
				detail(bought)["return_requested_quantity"] = amount(detail(bought), "return_requested_quantity") + units[line]
			}
		}
		one := map[string]any{
			"id": id, "order_id": orderID, "display_id": number, "status": "requested", "location_id": nil, "created_by": nil, "metadata": nil,
			"created_at": now, "updated_at": now, "requested_at": now, "received_at": nil, "canceled_at": nil, "items": items,
			"fulfillments": []any{map[string]any{"id": "ful_back_" + id, "canceled_at": nil, "shipped_at": nil, "labels": []any{}}},
		}
		for key, value := range with {
			one[key] = value
		}
		order["returns"] = append(list(order["returns"]), one)
	})
	if !found {
		return ""
	}
	return id
}

// returnOf finds a return and its order.
func (s *Server) returnOf(id string) (order string, one map[string]any) {
	for _, row := range s.shop.Rows(func(row fakeshop.Row) bool { return returnIn(row.Order, id) != nil }, func(a, b fakeshop.Row) bool { return a.ID < b.ID }) {
		return row.ID, returnIn(row.Order, id)
	}
	return "", nil
}

func returnIn(order map[string]any, id string) map[string]any {
	for _, one := range objects(order["returns"]) {
		if one["id"] == id {
			return one
		}
	}
	return nil
}

// openChange is the open change of an order, nil if there is none.
func (s *Server) openChange(order string) map[string]any {
	for _, change := range s.back.changes[order] {
		if change["status"] == "pending" {
			return change
		}
	}
	return nil
}

// onReturn lets a handler change a return, or refuse. The time of the order moves if the handler says so.
func (s *Server) onReturn(w http.ResponseWriter, r *http.Request, body any, change func(orderID string, order, one map[string]any) (moves bool, refused *refusal)) {
	if body != nil && json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(body) != nil {
		refuse(w, http.StatusBadRequest, "invalid_data", "Invalid request")
		return
	}
	id := r.PathValue("return")
	orderID, _ := s.returnOf(id)
	s.writing.Lock()
	defer s.writing.Unlock()
	order := copied(s.shop.Get(orderID))
	if order == nil {
		refuse(w, http.StatusNotFound, "not_found", "Return id not found: "+id)
		return
	}
	one := returnIn(order, id)
	moves, refused := change(orderID, order, one)
	// As in Medusa, what was done before a failure may stay.
	if refused == nil || moves {
		put := func(now map[string]any) {
			for key, value := range order {
				now[key] = value
			}
		}
		if moves && refused == nil {
			s.Change(orderID, put)
		} else {
			s.ChangeSilently(orderID, put)
		}
	}
	if refused != nil {
		refuse(w, refused.status, refused.kind, refused.message)
		return
	}
	write(w, map[string]any{"return": one, "order_preview": map[string]any{"id": orderID}})
}

func (s *Server) setReturn(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Location *string        `json:"location_id"`
		Metadata map[string]any `json:"metadata"`
	}
	s.onReturn(w, r, &body, func(orderID string, _, one map[string]any) (bool, *refusal) {
		if s.openChange(orderID) == nil {
			return false, invalid(noEdit)
		}
		if body.Location != nil {
			one["location_id"] = *body.Location
		}
		one["updated_at"] = s.shop.Now().Format(millis)
		return false, nil
	})
}

func (s *Server) beginReceipt(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Note string `json:"internal_note"`
	}
	s.onReturn(w, r, &body, func(orderID string, _, one map[string]any) (bool, *refusal) {
		switch {
		case one["status"] == "canceled":
			return false, invalid("Return with id " + fmt.Sprint(one["id"]) + " has been canceled.")
		case s.openChange(orderID) != nil || s.edits[orderID] != nil:
			return false, invalid("Order (" + orderID + ") already has an existing active order change")
		}
		s.back.changes[orderID] = append(s.back.changes[orderID], map[string]any{
			"id": fmt.Sprintf("ordch_%d", len(s.back.changes[orderID])), "status": "pending", "change_type": "return_receive", "return_id": one["id"],
			"internal_note": body.Note, "confirmed_at": nil, "actions": []any{},
		})
		return false, nil
	})
}

func (s *Server) dropReceipt(w http.ResponseWriter, r *http.Request) {
	s.onReturn(w, r, nil, func(orderID string, _, one map[string]any) (bool, *refusal) {
		open := s.openChange(orderID)
		if open == nil || open["return_id"] != one["id"] {
			return false, invalid(noEdit)
		}
		s.back.changes[orderID] = slices.DeleteFunc(s.back.changes[orderID], func(change map[string]any) bool { return change["id"] == open["id"] })
		return false, nil
	})
}

func (s *Server) receiveItems(w http.ResponseWriter, r *http.Request, action string) {
	var body struct {
		Items []itemRequest `json:"items"`
	}
	s.onReturn(w, r, &body, func(orderID string, order, one map[string]any) (bool, *refusal) {
		open := s.openChange(orderID)
		if open == nil || open["return_id"] != one["id"] {
			return false, invalid(noEdit)
		}
		for _, wanted := range body.Items {
			bought := itemOf(order, wanted.ID)
			if bought == nil {
				return false, invalid("Items with ids " + wanted.ID + " does not exist in order with id " + orderID)
			}
			left := amount(detail(bought), "return_requested_quantity")
			for _, before := range objects(open["actions"]) {
				if details, _ := before["details"].(map[string]any); details["reference_id"] == wanted.ID {
					left -= amount(details, "quantity")
				}
			}
			if wanted.Quantity > left {
				return false, invalid("Cannot receive more items than what was requested to be returned for item " + wanted.ID + ".")
			}
			open["actions"] = append(list(open["actions"]), map[string]any{
				"action": action, "details": map[string]any{"reference_id": wanted.ID, "quantity": wanted.Quantity},
			})
		}
		return false, nil
	})
}

func (s *Server) confirmReceipt(w http.ResponseWriter, r *http.Request) {
	s.onReturn(w, r, nil, func(orderID string, order, one map[string]any) (bool, *refusal) {
		open := s.openChange(orderID)
		if open == nil || open["return_id"] != one["id"] {
			return false, invalid(noEdit)
		}
		now := s.shop.Now().Format(millis)
		received, dismissed := map[string]int{}, map[string]int{}
		for _, action := range objects(open["actions"]) {
			details, _ := action["details"].(map[string]any)
			line := fmt.Sprint(details["reference_id"])
			received[line] += amount(details, "quantity")
			if action["action"] == "RECEIVE_DAMAGED_RETURN_ITEM" {
				dismissed[line] += amount(details, "quantity")
			}
		}
		was, whole := one["status"], true
		for _, item := range objects(one["items"]) {
			whole = whole && received[fmt.Sprint(item["item_id"])] == amount(item, "quantity")
		}
		one["status"] = "partially_received"
		if whole {
			one["status"], one["received_at"] = "received", now
		}
		if one["status"] != was {
			one["updated_at"] = now
		}
		if one["location_id"] == nil && len(received) > 0 {
			return true, &refusal{http.StatusInternalServerError, "unknown_error", "An unknown error occurred."}
		}
		for _, item := range objects(one["items"]) {
			line := fmt.Sprint(item["item_id"])
			if received[line] == 0 {
				continue
			}
			item["received_quantity"], item["damaged_quantity"], item["updated_at"] = received[line], dismissed[line], now
			if bought := itemOf(order, line); bought != nil {
				d := detail(bought)
				d["return_requested_quantity"] = amount(d, "return_requested_quantity") - received[line]
				d["return_received_quantity"] = amount(d, "return_received_quantity") + received[line] - dismissed[line]
				d["return_dismissed_quantity"] = amount(d, "return_dismissed_quantity") + dismissed[line]
				d["written_off_quantity"] = amount(d, "written_off_quantity") + dismissed[line]
			}
		}
		open["status"], open["confirmed_at"] = "confirmed", now
		return true, nil
	})
}

func (s *Server) cancelReturn(w http.ResponseWriter, r *http.Request) {
	s.onReturn(w, r, nil, func(_ string, order, one map[string]any) (bool, *refusal) {
		if one["status"] == "canceled" {
			return false, invalid("Return with id " + fmt.Sprint(one["id"]) + " has been canceled.")
		}
		for _, parcel := range objects(one["fulfillments"]) {
			if parcel["canceled_at"] == nil {
				return false, notAllowed("All fulfillments must be canceled before canceling a return")
			}
		}
		for _, item := range objects(one["items"]) {
			if amount(item, "received_quantity") > 0 {
				return false, notAllowed("Can't cancel a return which has returned items")
			}
			if bought := itemOf(order, fmt.Sprint(item["item_id"])); bought != nil {
				detail(bought)["return_requested_quantity"] = amount(detail(bought), "return_requested_quantity") - amount(item, "quantity")
			}
		}
		now := s.shop.Now().Format(millis)
		one["status"], one["canceled_at"], one["updated_at"] = "canceled", now, now
		return true, nil
	})
}

// cancelWayBack cancels the fulfilment of a return.
func (s *Server) cancelWayBack(w http.ResponseWriter, r *http.Request) {
	id, ok := strings.CutPrefix(r.PathValue("fulfillment"), "ful_back_")
	if !ok {
		refuse(w, http.StatusNotFound, "not_found", "Fulfillment with id "+r.PathValue("fulfillment")+" not found")
		return
	}
	r.SetPathValue("return", id)
	s.onReturn(w, r, nil, func(_ string, _, one map[string]any) (bool, *refusal) {
		for _, parcel := range objects(one["fulfillments"]) {
			parcel["canceled_at"] = s.shop.Now().Format(millis)
		}
		return false, nil
	})
}
