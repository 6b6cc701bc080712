package medusatest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
)

// refusal is an error reply.
type refusal struct {
	status        int
	kind, message string
}

func notAllowed(message string) *refusal {
	return &refusal{http.StatusBadRequest, "not_allowed", message}
}

func invalid(message string) *refusal {
	return &refusal{http.StatusBadRequest, "invalid_data", message}
}

// edit lets a handler change an order, or refuse. As in Medusa, nothing of a refused change stays.
func (s *Server) edit(w http.ResponseWriter, r *http.Request, body any, change func(order map[string]any) *refusal) {
	if body != nil && json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(body) != nil {
		refuse(w, http.StatusBadRequest, "invalid_data", "Invalid request")
		return
	}
	id := r.PathValue("id")
	s.writing.Lock()
	defer s.writing.Unlock()
	order := copied(s.shop.Get(id))
	if order == nil {
		refuse(w, http.StatusNotFound, "not_found", "Order id not found: "+id)
		return
	}
	if refused := change(order); refused != nil {
		refuse(w, refused.status, refused.kind, refused.message)
		return
	}
	s.Change(id, func(now map[string]any) {
		for key, value := range order {
			now[key] = value
		}
	})
	write(w, map[string]any{"order": s.shop.Get(id)})
}

func copied(order fakeshop.Object) fakeshop.Object {
	if order == nil {
		return nil
	}
	data, err := json.Marshal(order)
	if err != nil {
		return nil
	}
	var twin fakeshop.Object
	if json.Unmarshal(data, &twin) != nil {
		return nil
	}
	return twin
}

// itemRequest is a line with a quantity.
type itemRequest struct {
	ID       string `json:"id"`
	Quantity int    `json:"quantity"`
}

func objects(value any) []map[string]any {
	list, _ := value.([]any)
	var all []map[string]any
	for _, one := range list {
		if object, ok := one.(map[string]any); ok {
			all = append(all, object)
		}
	}
	return all
}

func itemOf(order map[string]any, id string) map[string]any {
	for _, item := range objects(order["items"]) {
		if item["id"] == id {
			return item
		}
	}
	return nil
}

func fulfillmentOf(order map[string]any, id string) map[string]any {
	for _, one := range objects(order["fulfillments"]) {
		if one["id"] == id {
			return one
		}
	}
	return nil
}

// detail is what has become of an item's units.
func detail(item map[string]any) map[string]any {
	d, ok := item["detail"].(map[string]any)
	if !ok {
		d = map[string]any{}
		item["detail"] = d
	}
	return d
}

// amount reads a number of units; 0 if there is none.
func amount(of map[string]any, key string) int {
	n, err := strconv.Atoi(fakeshop.Text(of, key))
	if err != nil {
		return 0
	}
	return n
}

// fulfill makes a fulfilment, as far as units are left.
func (s *Server) fulfill(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Items    []itemRequest  `json:"items"`
		Location string         `json:"location_id"`
		Metadata map[string]any `json:"metadata"`
	}
	s.edit(w, r, &body, func(order map[string]any) *refusal {
		if order["status"] == "canceled" {
			return notAllowed("Order with id " + fmt.Sprint(order["id"]) + " has been canceled.")
		}
		if len(body.Items) == 0 {
			return invalid("Invalid request: Value for field 'items' too small, expected at least: '1'")
		}
		if known := s.knows(body.Location); !known {
			return &refusal{http.StatusNotFound, "not_found", "Stock location " + body.Location + " not found"}
		}
		items := []any{}
		for _, wanted := range body.Items {
			item := itemOf(order, wanted.ID)
			if item == nil {
				return invalid("Items with ids " + wanted.ID + " does not exist in order with id " + fmt.Sprint(order["id"]))
			}
			left := amount(item, "quantity") - amount(detail(item), "fulfilled_quantity")
			if wanted.Quantity > left {
				return invalid("Quantity to fulfill exceeds the reserved quantity for the item: " + wanted.ID)
			}
			detail(item)["fulfilled_quantity"] = amount(detail(item), "fulfilled_quantity") + wanted.Quantity
			items = append(items, map[string]any{"id": "fulit_" + wanted.ID, "line_item_id": wanted.ID, "quantity": wanted.Quantity})
		}
		s.mu.Lock()
		s.fulfillments++
		id := fmt.Sprintf("ful_%05d", s.fulfillments)
		s.mu.Unlock()
		now := s.shop.Now().Format(millis)
		order["fulfillments"] = append(slices.Clone(list(order["fulfillments"])), map[string]any{
			"id": id, "created_at": now, "packed_at": now, "shipped_at": nil, "delivered_at": nil, "canceled_at": nil,
			"location_id": body.Location, "provider_id": "manual_manual", "metadata": body.Metadata, "items": items, "labels": []any{},
		})
		order["fulfillment_status"] = "partially_fulfilled"
		return nil
	})
}

func list(value any) []any {
	all, _ := value.([]any)
	return all
}

func (s *Server) knows(location string) bool {
	s.stock.mu.Lock()
	defer s.stock.mu.Unlock()
	return location == "" || slices.Contains(s.stock.locations, location)
}

// advance changes a fulfilment and counts its units under a name in the order's items.
func (s *Server) advance(w http.ResponseWriter, r *http.Request, body any, counted string, change func(fulfillment map[string]any) *refusal) {
	s.edit(w, r, body, func(order map[string]any) *refusal {
		one := fulfillmentOf(order, r.PathValue("fulfillment"))
		switch {
		case order["status"] == "canceled":
			return notAllowed("Order with id " + fmt.Sprint(order["id"]) + " has been canceled.")
		case one == nil:
			return &refusal{http.StatusNotFound, "not_found", "Fulfillment with id " + r.PathValue("fulfillment") + " not found in the order"}
		case one["canceled_at"] != nil:
			return notAllowed("Fulfillment is canceled")
		}
		if refused := change(one); refused != nil {
			return refused
		}
		for _, part := range objects(one["items"]) {
			if item := itemOf(order, fmt.Sprint(part["line_item_id"])); item != nil {
				sign := 1
				if counted == "fulfilled_quantity" {
					sign = -1
				}
				detail(item)[counted] = amount(detail(item), counted) + sign*amount(part, "quantity")
			}
		}
		return nil
	})
}

// ship marks a fulfilment as shipped, once; labels can be given then only.
func (s *Server) ship(w http.ResponseWriter, r *http.Request) {
	type label struct {
		Number *string `json:"tracking_number"`
		URL    *string `json:"tracking_url"`
		Label  *string `json:"label_url"`
	}
	var body struct {
		Items  []itemRequest `json:"items"`
		Labels []label       `json:"labels"`
	}
	s.advance(w, r, &body, "shipped_quantity", func(fulfillment map[string]any) *refusal {
		if fulfillment["shipped_at"] != nil {
			return notAllowed("Shipment has already been created")
		}
		labels := []any{}
		for n, one := range body.Labels {
			if one.Number == nil || one.URL == nil || one.Label == nil {
				return invalid("Invalid request: Field 'labels' is required")
			}
			labels = append(labels, map[string]any{"id": fmt.Sprintf("label_%d", n), "tracking_number": *one.Number, "tracking_url": *one.URL, "label_url": *one.Label})
		}
		fulfillment["shipped_at"], fulfillment["labels"] = s.shop.Now().Format(millis), labels
		return nil
	})
}

// arrive marks a fulfilment as delivered, once.
func (s *Server) arrive(w http.ResponseWriter, r *http.Request) {
	s.advance(w, r, nil, "delivered_quantity", func(fulfillment map[string]any) *refusal {
		if fulfillment["delivered_at"] != nil {
			return notAllowed("Fulfillment has already been marked delivered")
		}
		fulfillment["delivered_at"] = s.shop.Now().Format(millis)
		return nil
	})
}

// cancelFulfillment takes a fulfilment back that was not shipped.
func (s *Server) cancelFulfillment(w http.ResponseWriter, r *http.Request) {
	s.advance(w, r, nil, "fulfilled_quantity", func(fulfillment map[string]any) *refusal {
		if fulfillment["shipped_at"] != nil {
			return notAllowed("Fulfillment with id " + fmt.Sprint(fulfillment["id"]) + " already shipped")
		}
		fulfillment["canceled_at"] = s.shop.Now().Format(millis)
		return nil
	})
}

// cancelOrder cancels an order of which nothing stands fulfilled.
func (s *Server) cancelOrder(w http.ResponseWriter, r *http.Request) {
	s.edit(w, r, nil, func(order map[string]any) *refusal {
		if order["status"] == "canceled" {
			return notAllowed("Order with id " + fmt.Sprint(order["id"]) + " has been canceled.")
		}
		for _, one := range objects(order["fulfillments"]) {
			if one["canceled_at"] == nil {
				return notAllowed("All fulfillments must be canceled before canceling an order")
			}
		}
		order["status"], order["canceled_at"] = "canceled", s.shop.Now().Format(millis)
		order["payment_status"] = "canceled"
		return nil
	})
}
