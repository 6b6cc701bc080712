// Package shopifytest is a Shopify shop inside the process, for tests and demonstrations of what is built on the shopify
// adapter. It serves the part of the GraphQL Admin API that the adapter uses, as Shopify does: each operation is checked
// against the published schema, answers hold the fields that were asked for and no others, lists come in pages whose
// cursors are positions by value, times have seconds, access tokens expire, and points can run out.
//
//	shop := shopifytest.NewServer(orderJSON...)
//	defer shop.Close()
//	adapter := shopify.New(shop.URL, shopify.AccessToken(shop.Token), shopify.WithShopDomain(shop.Domain))
package shopifytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
)

// Server is a running shop. Its methods may be called from several goroutines.
type Server struct {
	// URL is the shop's address, on this machine only; Domain is the name that its webhooks bear.
	URL, Domain string
	// Token is an access token that does not expire.
	Token string
	// ClientID and ClientSecret can be exchanged for tokens; the secret signs deliveries too.
	ClientID, ClientSecret string

	shop *fakeshop.Shop
	http *httptest.Server

	mu sync.Mutex
	// issued are the tokens that have not expired, tokens counts all.
	issued     map[string]bool
	tokens     int
	lifetime   time.Duration
	references map[string]reference
	deliveries int
	throttled  throttle
	maxFirst   int
	variants   []*variant
	// locations tells which ones are active.
	locations    map[string]bool
	keys         map[string]remembered
	stockWrites  int
	onStockWrite func()
	products     map[int]*product
	// listPrices are the fixed prices of the price list by variant.
	listPrices  map[int]price
	priceWrites int
	bulk        []*bulkOperation
	parcels     int
	onFulfill   func()
	jobs        []*cancelJob
	cancelLooks int
	onEdit      func()
	edits       []*edit
	// locked orders cannot be edited; edited are the notes of the edits.
	locked    map[string]bool
	edited    map[string]reference
	bulkLooks int
	// returns counts those that were made, returnWrites their changes by the API.
	returns      int
	returnWrites map[string]int
	account      account
	// refunding makes refunds with one key follow each other.
	refunding sync.Mutex
	// epoch is part of every cursor; cursors of an earlier one are not taken.
	epoch int
}

// NewServer starts a shop with orders, each a JSON object as the GraphQL Admin API shows it. An order that is not a JSON
// object with an id is left out.
func NewServer(orders ...string) *Server {
	s := &Server{
		Domain: "test-shop.myshopify.com", Token: "shpat_0123456789abcdef0123456789abcdef",
		ClientID: "client-0123456789", ClientSecret: "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",
		issued: map[string]bool{}, lifetime: 24 * time.Hour, references: map[string]reference{}, maxFirst: 250,
		locations: map[string]bool{Location: true, Elsewhere: true}, keys: map[string]remembered{},
		products: map[int]*product{}, listPrices: map[int]price{}, locked: map[string]bool{}, edited: map[string]reference{},
	}
	s.shop = fakeshop.New(time.Second, stamp)
	for _, order := range orders {
		s.Put(order)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /admin/oauth/access_token", s.issue)
	mux.HandleFunc("POST /admin/api/{version}/graphql.json", s.graphql)
	mux.HandleFunc("GET /files/{id}", s.bulkFile)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound, "Not Found") })
	s.http = httptest.NewServer(s.dated(mux))
	s.URL = s.http.URL
	return s
}

// Close stops the shop.
func (s *Server) Close() { s.http.Close() }

// Put adds or replaces an order with the times that it has; without any it has changed now.
func (s *Server) Put(order string) {
	var object fakeshop.Object
	if json.Unmarshal([]byte(order), &object) != nil || number(fakeshop.Text(object, "id")) == "" {
		return
	}
	created := timeOf(object, "createdAt", s.shop.Now())
	changed := timeOf(object, "updatedAt", created)
	stamp(object, changed)
	s.shop.Put(number(fakeshop.Text(object, "id")), object, created, changed)
}

// Change edits an order by its number; its time of update moves. It is false if there is no such order.
func (s *Server) Change(id string, edit func(order map[string]any)) bool {
	return s.shop.Change(id, edit)
}

// Order returns an order as the API shows it, nil if there is none.
func (s *Server) Order(id string) map[string]any { return s.shop.Get(id) }

// number is the number of a global id.
func number(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

func stamp(order fakeshop.Object, changed time.Time) {
	order["updatedAt"] = changed.UTC().Format(time.RFC3339)
}

func timeOf(object fakeshop.Object, field string, otherwise time.Time) time.Time {
	at, err := time.Parse(time.RFC3339, fakeshop.Text(object, field))
	if err != nil {
		return otherwise
	}
	return at.UTC()
}

// dated sets what every answer has.
func (s *Server) dated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.shop.Now().Format(http.TimeFormat))
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		next.ServeHTTP(w, r)
	})
}

// refuse answers as Shopify does where GraphQL is not reached.
func refuse(w http.ResponseWriter, status int, text string) {
	w.WriteHeader(status)
	write(w, map[string]any{"errors": text})
}

func write(w http.ResponseWriter, value any) {
	// A client that has gone away is no concern of the shop.
	_ = json.NewEncoder(w).Encode(value)
}

// less sorts orders by their time of change and their number.
func less(a, b fakeshop.Row) bool {
	if !a.Changed.Equal(b.Changed) {
		return a.Changed.Before(b.Changed)
	}
	return value(a.ID) < value(b.ID)
}

func value(id string) uint64 {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// String names the shop without its secrets.
func (s *Server) String() string { return fmt.Sprintf("fake Shopify at %s", s.URL) }
