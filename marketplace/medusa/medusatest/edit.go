package medusatest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// orderEdit is an open change of an order's lines; an order has one at most.
type orderEdit struct {
	note       string
	quantities map[string]int
}

const noEdit = "An active Order Change is required to proceed"

// beginEdit opens an edit.
func (s *Server) beginEdit(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Order string `json:"order_id"`
		Note  string `json:"internal_note"`
	}
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&body) != nil {
		refuse(w, http.StatusBadRequest, "invalid_data", "Invalid request")
		return
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	order := s.shop.Get(body.Order)
	switch {
	case order == nil:
		refuse(w, http.StatusNotFound, "not_found", "Order id not found: "+body.Order)
	case order["status"] == "canceled":
		refuse(w, http.StatusBadRequest, "invalid_data", "Order with id "+body.Order+" has been canceled.")
	case s.edits[body.Order] != nil || s.openChange(body.Order) != nil:
		refuse(w, http.StatusBadRequest, "invalid_data", "Order ("+body.Order+") already has an existing active order change")
	default:
		if s.edits == nil {
			s.edits = map[string]*orderEdit{}
		}
		s.edits[body.Order] = &orderEdit{note: body.Note, quantities: map[string]int{}}
		write(w, map[string]any{"order_change": map[string]any{"id": "ordch_" + body.Order, "status": "pending", "internal_note": body.Note}})
	}
}

// changes lists the open edit, if there is one.
func (s *Server) changes(w http.ResponseWriter, r *http.Request) {
	s.writing.Lock()
	defer s.writing.Unlock()
	id, all := r.PathValue("id"), []any{}
	if open := s.edits[id]; open != nil {
		all = append(all, map[string]any{"id": "ordch_" + id, "status": "pending", "change_type": "edit", "internal_note": open.note})
	}
	for _, change := range s.back.changes[id] {
		all = append(all, change)
	}
	write(w, map[string]any{"order_changes": all})
}

// editItem sets what an edit leaves of a line: not less than is fulfilled.
func (s *Server) editItem(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Quantity int `json:"quantity"`
	}
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&body) != nil {
		refuse(w, http.StatusBadRequest, "invalid_data", "Invalid request")
		return
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	id := r.PathValue("id")
	open, item := s.edits[id], itemOf(s.shop.Get(id), r.PathValue("item"))
	switch {
	case open == nil:
		refuse(w, http.StatusBadRequest, "invalid_data", noEdit)
	case item == nil:
		refuse(w, http.StatusBadRequest, "invalid_data", "Items with ids "+r.PathValue("item")+" does not exist in order with id "+id)
	case body.Quantity < amount(detail(item), "fulfilled_quantity"):
		refuse(w, http.StatusBadRequest, "invalid_data", fmt.Sprintf("Item %s has already been fulfilled and quantity cannot be lower than %v.", r.PathValue("item"), amount(detail(item), "fulfilled_quantity")))
	default:
		open.quantities[r.PathValue("item")] = body.Quantity
		write(w, map[string]any{"order_preview": map[string]any{"id": id}})
	}
}

// dropEdit closes an edit without doing it.
func (s *Server) dropEdit(w http.ResponseWriter, r *http.Request) {
	s.writing.Lock()
	defer s.writing.Unlock()
	id := r.PathValue("id")
	if s.edits[id] == nil {
		refuse(w, http.StatusBadRequest, "invalid_data", noEdit)
		return
	}
	delete(s.edits, id)
	write(w, map[string]any{"id": id, "object": "order-edit", "deleted": true})
}

// confirmEdit does what an edit says. A line without units is not in the order any more.
func (s *Server) confirmEdit(w http.ResponseWriter, r *http.Request) {
	s.edit(w, r, nil, func(order map[string]any) *refusal {
		open := s.edits[r.PathValue("id")]
		if open == nil {
			return invalid(noEdit)
		}
		left := []any{}
		for _, item := range objects(order["items"]) {
			if quantity, ok := open.quantities[fmt.Sprint(item["id"])]; ok {
				item["quantity"], detail(item)["quantity"] = quantity, quantity
			}
			if amount(item, "quantity") > 0 {
				left = append(left, item)
			}
		}
		order["items"] = left
		delete(s.edits, r.PathValue("id"))
		return nil
	})
}
