package wootest

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
)

// Place adds an order as [Server.Put] does, and takes its units off the stock as a checkout does.
func (s *Server) Place(order string) { s.restock(s.put(order)) }

// AddStatus adds a word for the status of orders, as plugins do.
func (s *Server) AddStatus(word string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statuses = append(s.statuses, word)
}

// Meta returns the values that an order's meta data has under a key; a real shop's API leaves one at most.
func (s *Server) Meta(orderID, key string) []any {
	var values []any
	list, _ := s.shop.Get(orderID)["meta_data"].([]any)
	for _, entry := range list {
		if object, ok := entry.(map[string]any); ok && object["key"] == key {
			values = append(values, object["value"])
		}
	}
	return values
}

// Tracking returns the tracking of an order as the plugin Shipment Tracking keeps it.
func (s *Server) Tracking(orderID string) []map[string]any {
	var items []map[string]any
	for _, value := range s.Meta(orderID, "_wc_shipment_tracking_items") {
		list, _ := value.([]any)
		for _, item := range list {
			if object, ok := item.(map[string]any); ok {
				items = append(items, object)
			}
		}
	}
	return items
}

type metaChange struct {
	ID    json.Number `json:"id"`
	Key   string      `json:"key"`
	Value any         `json:"value"`
}

// update changes an order's status and meta data.
func (s *Server) update(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Status *string      `json:"status"`
		Meta   []metaChange `json:"meta_data"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&body); err != nil {
		refuse(w, http.StatusBadRequest, "rest_invalid_json", "Invalid JSON body passed.")
		return
	}
	s.mu.Lock()
	known := body.Status == nil || slices.Contains(s.statuses, *body.Status)
	s.mu.Unlock()
	if !known {
		refuse(w, http.StatusBadRequest, "rest_invalid_param", "Invalid parameter(s): status")
		return
	}
	id := r.PathValue("id")
	found := s.Change(id, func(order map[string]any) {
		for _, change := range body.Meta {
			s.setMeta(order, change)
		}
		if body.Status != nil {
			setStatus(order, *body.Status)
		}
	})
	if !found {
		refuse(w, http.StatusBadRequest, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
		return
	}
	s.restock(id)
	write(w, s.shop.Get(id))
}

// setMeta is WooCommerce's update_meta_data: the entry with the id is replaced. Without one, or if it is gone, the value is
// the only one of its key.
func (s *Server) setMeta(order fakeshop.Object, change metaChange) {
	list, _ := order["meta_data"].([]any)
	done := false
	kept := []any{}
	for _, entry := range list {
		object, _ := entry.(map[string]any)
		if change.ID != "" && fakeshop.Text(object, "id") == change.ID.String() {
			object["key"], object["value"], done = change.Key, change.Value, true
		}
	}
	for _, entry := range list {
		object, _ := entry.(map[string]any)
		switch {
		case done || object["key"] != change.Key:
			kept = append(kept, entry)
		case !slices.ContainsFunc(kept, func(other any) bool { return other.(map[string]any)["key"] == change.Key }):
			object["value"] = change.Value
			kept = append(kept, object)
		}
	}
	if !done && !slices.ContainsFunc(kept, func(entry any) bool { return entry.(map[string]any)["key"] == change.Key }) {
		kept = append(kept, map[string]any{"id": s.freshID(), "key": change.Key, "value": change.Value})
	}
	order["meta_data"] = kept
}

func setStatus(order fakeshop.Object, status string) {
	if order["status"] == status {
		return
	}
	order["status"] = status
	if status == "completed" {
		order["date_completed_gmt"] = time.Now().UTC().Format(naive)
	}
}

// reduces reports whether the units of an order are off the stock.
func reduces(order fakeshop.Object) bool {
	switch fakeshop.Text(order, "status") {
	case "processing", "on-hold", "completed":
		return true
	default:
		return false
	}
}

// restock takes the units of an order off the stock when it is accepted, and puts them back when it is cancelled.
func (s *Server) restock(id string) {
	order := s.shop.Get(id)
	status := fakeshop.Text(order, "status")
	s.mu.Lock()
	reduced := s.reduced[id]
	take, back := !reduced && reduces(order), reduced && (status == "cancelled" || status == "pending")
	if take || back {
		s.reduced[id] = take
	}
	s.mu.Unlock()
	if !take && !back {
		return
	}
	s.catalog.mu.Lock()
	defer s.catalog.mu.Unlock()
	lines, _ := order["line_items"].([]any)
	for _, entry := range lines {
		line, _ := entry.(map[string]any)
		units, err := decimal.Parse(fakeshop.Text(line, "quantity"))
		if err != nil {
			continue
		}
		if back {
			units = units.Neg()
		}
		s.catalog.take(s.catalog.bySKU(fakeshop.Text(line, "sku")), units)
	}
}
