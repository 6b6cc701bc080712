package wootest

import (
	"encoding/json"
	"net/http"
)

// note is an order note; one for the customer is sent to him.
type note struct {
	ID       int    `json:"id"`
	Note     string `json:"note"`
	Customer bool   `json:"customer_note"`
}

// Notes returns the notes of an order that its customer was sent.
func (s *Server) Notes(orderID string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var texts []string
	for _, note := range s.notes[orderID] {
		if note.Customer {
			texts = append(texts, note.Note)
		}
	}
	return texts
}

func (s *Server) listNotes(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if s.shop.Get(id) == nil {
		refuse(w, http.StatusNotFound, "woocommerce_rest_shop_order_invalid_id", "Invalid order ID.")
		return
	}
	kind := r.URL.Query().Get("type")
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []note{}
	for _, note := range s.notes[id] {
		if kind == "" || kind == "any" || note.Customer == (kind == "customer") {
			found = append(found, note)
		}
	}
	write(w, found)
}

func (s *Server) addNote(w http.ResponseWriter, r *http.Request) {
	var body note
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&body) != nil || body.Note == "" {
		refuse(w, http.StatusBadRequest, "rest_missing_callback_param", "Missing parameter(s): note")
		return
	}
	id := r.PathValue("id")
	if s.shop.Get(id) == nil {
		refuse(w, http.StatusNotFound, "woocommerce_rest_order_invalid_id", "Invalid order ID.")
		return
	}
	body.ID = s.freshID()
	s.mu.Lock()
	s.notes[id] = append(s.notes[id], body)
	s.mu.Unlock()
	w.WriteHeader(http.StatusCreated)
	write(w, body)
}
