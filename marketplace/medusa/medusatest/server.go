// Package medusatest is a Medusa v2 shop inside the process, for tests and demonstrations of what is
// built on the medusa adapter. It serves the part of the Admin API that the adapter uses, as Medusa does:
// filters on updated_at and created_at with operators, one sort field, metadata merged key by key,
// items in no particular order; stock levels of which what is reserved cannot be sold; fulfilments that take labels only
// when they are marked as shipped, and that once; variants whose prices are replaced all at once, and price lists;
// returns, exchanges and claims, whose receipts are changes of the order; refunds that are made as often as they are asked for.
//
//	shop := medusatest.NewServer(orderJSON...)
//	defer shop.Close()
//	adapter := medusa.New(shop.URL, medusa.SecretKey(shop.SecretKey))
package medusatest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
)

const millis = "2006-01-02T15:04:05.000Z"

// Server is a running shop. Its methods may be called from several goroutines.
type Server struct {
	// URL is the shop's address, on this machine only.
	URL string
	// SecretKey is accepted by the Admin API, WebhookSecret signs deliveries.
	SecretKey, WebhookSecret string

	shop     *fakeshop.Shop
	stock    inventory
	products products
	http     *httptest.Server

	mu         sync.Mutex
	calls      int
	deliveries int
	// fulfillments counts those that were made.
	fulfillments int
	edits        map[string]*orderEdit
	back         back
	// money counts captures and refunds.
	money int
	// writing makes changes of orders follow each other.
	writing sync.Mutex
}

// NewServer starts a shop with orders, each a JSON object as the Admin API shows it. An order that
// is not a JSON object with an id is left out.
func NewServer(orders ...string) *Server {
	s := &Server{SecretKey: "sk_test_0123456789abcdef", WebhookSecret: "webhook-secret"}
	s.shop = fakeshop.New(time.Millisecond, stamp)
	for _, order := range orders {
		s.Put(order)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /admin/orders", s.list)
	mux.HandleFunc("GET /admin/orders/{id}", s.get)
	mux.HandleFunc("POST /admin/orders/{id}", s.update)
	mux.HandleFunc("POST /admin/orders/{id}/cancel", s.cancelOrder)
	mux.HandleFunc("GET /admin/orders/{id}/changes", s.changes)
	mux.HandleFunc("POST /admin/order-edits", s.beginEdit)
	mux.HandleFunc("DELETE /admin/order-edits/{id}", s.dropEdit)
	mux.HandleFunc("POST /admin/order-edits/{id}/items/item/{item}", s.editItem)
	mux.HandleFunc("POST /admin/order-edits/{id}/confirm", s.confirmEdit)
	mux.HandleFunc("POST /admin/orders/{id}/fulfillments", s.fulfill)
	mux.HandleFunc("POST /admin/orders/{id}/fulfillments/{fulfillment}/shipments", s.ship)
	mux.HandleFunc("POST /admin/orders/{id}/fulfillments/{fulfillment}/mark-as-delivered", s.arrive)
	mux.HandleFunc("POST /admin/orders/{id}/fulfillments/{fulfillment}/cancel", s.cancelFulfillment)
	s.stock.locations = []string{"sloc_main"}
	mux.HandleFunc("GET /admin/inventory-items", s.listItems)
	mux.HandleFunc("GET /admin/stock-locations", s.listLocations)
	mux.HandleFunc("POST /admin/inventory-items/location-levels/batch", s.setLevels)
	s.serveProducts(mux)
	s.serveReturns(mux)
	s.servePayments(mux)
	s.http = httptest.NewServer(s.guard(mux))
	s.URL = s.http.URL
	return s
}

// Close stops the shop.
func (s *Server) Close() { s.http.Close() }

// Put adds or replaces an order with the times that it has; without any it has changed now.
func (s *Server) Put(order string) {
	var object fakeshop.Object
	if json.Unmarshal([]byte(order), &object) != nil || fakeshop.Text(object, "id") == "" {
		return
	}
	created := timeOf(object, "created_at", s.shop.Now())
	changed := timeOf(object, "updated_at", created)
	stamp(object, changed)
	s.shop.Put(fakeshop.Text(object, "id"), object, created, changed)
}

// Change edits an order; its time of update moves.
func (s *Server) Change(id string, edit func(order map[string]any)) bool {
	return s.shop.Change(id, edit)
}

// ChangeSilently edits an order without moving its time of update, as refunds and partial captures do.
func (s *Server) ChangeSilently(id string, edit func(order map[string]any)) bool {
	order := s.shop.Get(id)
	if order == nil {
		return false
	}
	data, err := json.Marshal(order)
	if err != nil {
		return false
	}
	var copied fakeshop.Object
	if json.Unmarshal(data, &copied) != nil {
		return false
	}
	edit(copied)
	s.shop.Put(id, copied, timeOf(order, "created_at", time.Time{}), timeOf(order, "updated_at", time.Time{}))
	return true
}

// Order returns an order as the API shows it, nil if there is none.
func (s *Server) Order(id string) map[string]any { return s.shop.Get(id) }

func stamp(order fakeshop.Object, changed time.Time) {
	order["updated_at"] = changed.UTC().Format(millis)
}

func timeOf(object fakeshop.Object, field string, otherwise time.Time) time.Time {
	at, err := time.Parse(time.RFC3339Nano, fakeshop.Text(object, field))
	if err != nil {
		return otherwise
	}
	return at.UTC()
}

func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.shop.Now().Format(http.TimeFormat))
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		if key, _, _ := r.BasicAuth(); key != s.SecretKey {
			w.WriteHeader(http.StatusUnauthorized)
			write(w, map[string]any{"message": "Unauthorized"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	w.WriteHeader(status)
	write(w, map[string]any{"type": kind, "message": message})
}

func write(w http.ResponseWriter, value any) {
	// A client that has gone away is no concern of the shop.
	_ = json.NewEncoder(w).Encode(value)
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit, offset := 15, 0
	for name, target := range map[string]*int{"limit": &limit, "offset": &offset} {
		if text := query.Get(name); text != "" {
			number, err := strconv.Atoi(text)
			if err != nil || number < 0 {
				refuse(w, http.StatusBadRequest, "invalid_data", "Invalid request: "+name)
				return
			}
			*target = number
		}
	}
	keep, err := filter(query)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "unknown_error", "An unknown error occurred.")
		return
	}
	s.mu.Lock()
	s.calls++
	backwards := s.calls%2 == 0
	s.mu.Unlock()
	byUpdate := query.Get("order") == "updated_at"
	rows := s.shop.Rows(keep, func(a, b fakeshop.Row) bool {
		switch {
		case byUpdate && !a.Changed.Equal(b.Changed):
			return a.Changed.Before(b.Changed)
		case byUpdate && backwards:
			return b.ID < a.ID
		default:
			return a.ID < b.ID
		}
	})
	orders := []fakeshop.Object{}
	for _, row := range rows[min(offset, len(rows)):min(offset+limit, len(rows))] {
		orders = append(orders, shuffled(row.Order, backwards))
	}
	write(w, map[string]any{"orders": orders, "count": len(rows), "offset": offset, "limit": limit})
}

// shuffled returns the order with its items the other way round, since Medusa's items have no order.
func shuffled(order fakeshop.Object, backwards bool) fakeshop.Object {
	items, ok := order["items"].([]any)
	if !ok || !backwards {
		return order
	}
	copied := fakeshop.Object{}
	for key, value := range order {
		copied[key] = value
	}
	items = slices.Clone(items)
	slices.Reverse(items)
	copied["items"] = items
	return copied
}

// filter reads updated_at[$gte] and its like.
func filter(query url.Values) (func(fakeshop.Row) bool, error) {
	type bound struct {
		created  bool
		operator string
		at       time.Time
	}
	var bounds []bound
	for _, field := range []string{"updated_at", "created_at"} {
		for _, operator := range []string{"$gt", "$gte", "$lt", "$lte"} {
			text := query.Get(fmt.Sprintf("%s[%s]", field, operator))
			if text == "" {
				continue
			}
			at, err := time.Parse(time.RFC3339Nano, text)
			if err != nil {
				return nil, err
			}
			bounds = append(bounds, bound{field == "created_at", operator, at})
		}
	}
	return func(row fakeshop.Row) bool {
		for _, b := range bounds {
			at := row.Changed
			if b.created {
				at = row.Created
			}
			order := at.Compare(b.at)
			if b.operator == "$gt" && order <= 0 || b.operator == "$gte" && order < 0 ||
				b.operator == "$lt" && order >= 0 || b.operator == "$lte" && order > 0 {
				return false
			}
		}
		return true
	}, nil
}

func (s *Server) get(w http.ResponseWriter, r *http.Request) {
	order := s.shop.Get(r.PathValue("id"))
	if order == nil {
		refuse(w, http.StatusNotFound, "not_found", "Order id not found: "+r.PathValue("id"))
		return
	}
	write(w, map[string]any{"order": order})
}

func (s *Server) update(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Metadata map[string]any `json:"metadata"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&body); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_data", "Invalid JSON")
		return
	}
	id := r.PathValue("id")
	s.writing.Lock()
	defer s.writing.Unlock()
	if order := s.shop.Get(id); order["status"] == "canceled" {
		refuse(w, http.StatusBadRequest, "invalid_data", "Order with id "+id+" has been canceled.")
		return
	}
	found := s.Change(id, func(order map[string]any) {
		metadata, ok := order["metadata"].(map[string]any)
		if !ok {
			metadata = map[string]any{}
		}
		for key, value := range body.Metadata {
			metadata[key] = value
		}
		order["metadata"] = metadata
	})
	if !found {
		refuse(w, http.StatusNotFound, "not_found", "Order id not found: "+id)
		return
	}
	write(w, map[string]any{"order": s.shop.Get(id)})
}
