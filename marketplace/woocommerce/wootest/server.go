// Package wootest is a WooCommerce shop inside the process, for tests and demonstrations of what is
// built on the woocommerce adapter. It serves the part of REST v3 that the adapter uses, as WooCommerce
// does: strict bounds of modified_after and modified_before, ties in no particular order, refunds
// under their order, one entry of meta data per key, orders that lower the stock, batches in which each product is
// taken or refused by itself.
//
//	shop := wootest.NewServer(orderJSON...)
//	defer shop.Close()
//	adapter := woocommerce.New(shop.URL, woocommerce.Keys(shop.Key, shop.Secret))
package wootest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"time"

	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
)

const naive = "2006-01-02T15:04:05"

// Server is a running shop. Its methods may be called from several goroutines.
type Server struct {
	// URL is the shop's address, on this machine only.
	URL string
	// Key and Secret are accepted by the REST API, WebhookSecret signs deliveries.
	Key, Secret, WebhookSecret string

	shop    *fakeshop.Shop
	catalog catalog
	http    *httptest.Server

	mu      sync.Mutex
	refunds map[string][]json.RawMessage
	notes   map[string][]note
	// reduced are the orders whose units were taken off the stock.
	reduced  map[string]bool
	statuses []string
	calls    int
	nextID   int
	gateway  Gateway
	// writing makes refunds follow each other.
	writing sync.Mutex
}

// NewServer starts a shop with orders, each a JSON object as REST v3 shows it. An order that is not a JSON
// object with an id is left out.
func NewServer(orders ...string) *Server {
	s := &Server{
		Key: "ck_test_0123456789", Secret: "cs_test_9876543210", WebhookSecret: "webhook-secret",
		refunds: map[string][]json.RawMessage{}, notes: map[string][]note{}, reduced: map[string]bool{},
		nextID: 1_000_000, catalog: newCatalog(), gateway: GatewayPays,
		statuses: []string{"pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft"},
	}
	s.shop = fakeshop.New(time.Second, stamp)
	for _, order := range orders {
		s.Put(order)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /wp-json/wc/v3/orders", s.list)
	mux.HandleFunc("GET /wp-json/wc/v3/orders/{id}", s.get)
	mux.HandleFunc("PUT /wp-json/wc/v3/orders/{id}", s.update)
	mux.HandleFunc("GET /wp-json/wc/v3/orders/{id}/refunds", s.listRefunds)
	mux.HandleFunc("POST /wp-json/wc/v3/orders/{id}/refunds", s.makeRefund)
	mux.HandleFunc("GET /wp-json/wc/v3/orders/{id}/notes", s.listNotes)
	mux.HandleFunc("POST /wp-json/wc/v3/orders/{id}/notes", s.addNote)
	mux.HandleFunc("GET /wp-json/wc/v3/products", s.listProducts)
	mux.HandleFunc("GET /wp-json/wc/v3/products/{id}", s.getArticle)
	mux.HandleFunc("POST /wp-json/wc/v3/products/batch", s.batchArticles)
	mux.HandleFunc("GET /wp-json/wc/v3/products/{id}/variations", s.listVariations)
	mux.HandleFunc("GET /wp-json/wc/v3/products/{id}/variations/{variation}", s.getArticle)
	mux.HandleFunc("POST /wp-json/wc/v3/products/{id}/variations/batch", s.batchArticles)
	mux.HandleFunc("GET /wp-json/wc/v3/settings/{group}/{option}", s.getSetting)
	s.http = httptest.NewServer(s.guard(mux))
	s.URL = s.http.URL
	return s
}

// Close stops the shop.
func (s *Server) Close() { s.http.Close() }

// Put adds or replaces an order with the times that it has; without any it has changed now. The stock stays as it is,
// see [Server.Place].
func (s *Server) Put(order string) {
	id := s.put(order)
	s.mu.Lock()
	s.reduced[id] = reduces(s.shop.Get(id))
	s.mu.Unlock()
}

func (s *Server) put(order string) (id string) {
	var object fakeshop.Object
	if json.Unmarshal([]byte(order), &object) != nil || fakeshop.Text(object, "id") == "" {
		return ""
	}
	id = fakeshop.Text(object, "id")
	created := timeOf(object, "date_created_gmt", s.shop.Now())
	changed := timeOf(object, "date_modified_gmt", created)
	stamp(object, changed)
	s.shop.Put(id, object, created, changed)
	return id
}

// PutRefund adds a refund, a JSON object as REST v3 shows it, to an order, which changes.
func (s *Server) PutRefund(orderID, refund string) {
	var object struct {
		ID     json.Number `json:"id"`
		Amount string      `json:"amount"`
	}
	if json.Unmarshal([]byte(refund), &object) != nil {
		return
	}
	s.mu.Lock()
	s.refunds[orderID] = append(s.refunds[orderID], json.RawMessage(refund))
	s.mu.Unlock()
	s.Change(orderID, func(order map[string]any) {
		list, _ := order["refunds"].([]any)
		order["refunds"] = append(list, map[string]any{"id": object.ID, "total": "-" + object.Amount})
	})
}

// Change edits an order; its time of change moves.
func (s *Server) Change(id string, edit func(order map[string]any)) bool {
	return s.shop.Change(id, edit)
}

// Order returns an order as the API shows it, nil if there is none.
func (s *Server) Order(id string) map[string]any { return s.shop.Get(id) }

// stamp writes the time of change, in UTC and in the shop's zone, which is two hours ahead.
func stamp(order fakeshop.Object, changed time.Time) {
	order["date_modified_gmt"] = changed.UTC().Format(naive)
	order["date_modified"] = changed.UTC().Add(2 * time.Hour).Format(naive)
}

func timeOf(object fakeshop.Object, field string, otherwise time.Time) time.Time {
	at, err := time.Parse(naive, fakeshop.Text(object, field))
	if err != nil {
		return otherwise
	}
	return at
}

// guard checks the credentials and sets what every answer has.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.shop.Now().Format(http.TimeFormat))
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		key, secret, _ := r.BasicAuth()
		if key != s.Key || secret != s.Secret {
			refuse(w, http.StatusUnauthorized, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	write(w, map[string]any{"code": code, "message": message, "data": map[string]any{"status": status}})
}

func write(w http.ResponseWriter, value any) {
	// A client that has gone away is no concern of the shop.
	_ = json.NewEncoder(w).Encode(value)
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	size, offset, ok := pageOf(w, r)
	if !ok {
		return
	}
	query := r.URL.Query()
	keep, ok := bounds(query.Get("modified_after"), query.Get("modified_before"))
	if !ok {
		refuse(w, http.StatusBadRequest, "rest_invalid_param", "Invalid parameter(s): modified_after")
		return
	}
	rows := s.shop.Rows(keep, s.order(query.Get("orderby"), query.Get("order") == "asc"))
	w.Header().Set("X-WP-Total", strconv.Itoa(len(rows)))
	w.Header().Set("X-WP-TotalPages", strconv.Itoa((len(rows)+size-1)/size))
	orders := []fakeshop.Object{}
	for _, row := range rows[min(offset, len(rows)):min(offset+size, len(rows))] {
		orders = append(orders, row.Order)
	}
	write(w, orders)
}

// pageOf reads which part of a list is asked for; if that is refused, it has answered.
func pageOf(w http.ResponseWriter, r *http.Request) (size, offset int, ok bool) {
	query := r.URL.Query()
	size, page := 10, 1
	for name, target := range map[string]*int{"per_page": &size, "page": &page, "offset": &offset} {
		text := query.Get(name)
		if text == "" {
			continue
		}
		number, err := strconv.Atoi(text)
		if err != nil || number < 0 || name == "per_page" && (number < 1 || number > 100) {
			refuse(w, http.StatusBadRequest, "rest_invalid_param", "Invalid parameter(s): "+name)
			return 0, 0, false
		}
		*target = number
	}
	if query.Get("offset") == "" {
		offset = max(0, page-1) * size
	}
	return size, offset, true
}

// bounds are exclusive on both sides, as WordPress's date queries are.
func bounds(after, before string) (func(fakeshop.Row) bool, bool) {
	var from, to time.Time
	var err error
	if after != "" {
		if from, err = time.Parse(naive, after); err != nil {
			return nil, false
		}
	}
	if before != "" {
		if to, err = time.Parse(naive, before); err != nil {
			return nil, false
		}
	}
	return func(row fakeshop.Row) bool {
		return (after == "" || row.Changed.After(from)) && (before == "" || row.Changed.Before(to))
	}, true
}

// order sorts; rows with equal keys come in another order at each call, as databases may do.
func (s *Server) order(by string, ascending bool) func(a, b fakeshop.Row) bool {
	s.mu.Lock()
	s.calls++
	backwards := s.calls%2 == 0
	s.mu.Unlock()
	return func(a, b fakeshop.Row) bool {
		if !ascending {
			a, b = b, a
		}
		switch {
		case by == "modified" && !a.Changed.Equal(b.Changed):
			return a.Changed.Before(b.Changed)
		case by == "modified" && backwards:
			return number(b.ID) < number(a.ID)
		case by == "date" && !a.Created.Equal(b.Created):
			return a.Created.Before(b.Created)
		default:
			return number(a.ID) < number(b.ID)
		}
	}
}

func number(id string) int {
	n, err := strconv.Atoi(id)
	if err != nil {
		return 0
	}
	return n
}

func (s *Server) get(w http.ResponseWriter, r *http.Request) {
	order := s.shop.Get(r.PathValue("id"))
	if order == nil {
		refuse(w, http.StatusNotFound, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
		return
	}
	write(w, only(order, r.URL.Query().Get("_fields")))
}

func (s *Server) listRefunds(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	s.mu.Lock()
	refunds := append([]json.RawMessage{}, s.refunds[id]...)
	s.mu.Unlock()
	if s.shop.Get(id) == nil {
		refuse(w, http.StatusNotFound, "woocommerce_rest_order_invalid_id", "Invalid order ID.")
		return
	}
	if r.URL.Query().Get("page") != "1" {
		refunds = refunds[:0]
	}
	write(w, refunds)
}

func (s *Server) freshID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nextID++
	return s.nextID
}

// String names the shop without its secrets.
func (s *Server) String() string { return fmt.Sprintf("fake WooCommerce at %s", s.URL) }
